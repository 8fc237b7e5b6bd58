"""Bodies of blocks to values; `dynamic` blocks are expanded."""

from __future__ import annotations

from collections.abc import Sequence

from iacreview.evaluate.terraform.cells import MAX_DEPTH
from iacreview.evaluate.terraform.comprehension import known_pairs
from iacreview.evaluate.terraform.configuration import Content
from iacreview.evaluate.terraform.expressions import evaluate
from iacreview.evaluate.terraform.scope import Scope
from iacreview.evaluate.terraform.values import is_null, unknown_from
from iacreview.model.source import Source, Span
from iacreview.model.value import Choice, Known, ListValue, MapValue, Value
from iacreview.parse.terraform.nodes import Attribute, Block, Body, Name


class _Blocks:
    """The blocks of one type in a body."""

    __slots__ = ("complete", "items")

    def __init__(self) -> None:
        self.items: list[Value] = []
        self.complete = True


def evaluate_body(content: Content, scope: Scope, span: Span) -> MapValue:
    """The attributes of a body, and its nested blocks as lists of maps under their type."""
    entries: dict[str, Value] = {}
    inner = scope
    for attribute, source in content.attributes:
        if source is not inner.source:
            inner = scope.within(source)
        entries[attribute.name] = evaluate(attribute.expression, inner)
    nested: dict[str, _Blocks] = {}
    for block, source in content.blocks:
        inner = scope.within(source)
        if block.type == "dynamic" and block.labels:
            _expand_dynamic(block, inner, nested.setdefault(block.labels[0].text, _Blocks()))
        else:
            nested.setdefault(block.type, _Blocks()).items.append(_nested(block.body, block, inner))
    for type, found in nested.items():
        found.items[:0] = _written(entries.get(type))
        if found.items or not found.complete:
            place = found.items[0].span if found.items else span
            entries[type] = ListValue(found.items, place, complete=found.complete)
    return MapValue(entries, span, keys=content.keys)


def _written(value: Value | None) -> Sequence[Value]:
    """The blocks that the JSON syntax has as an attribute, beside dynamic ones."""
    if isinstance(value, ListValue):
        return value.items
    return [value] if isinstance(value, MapValue) else []


def _nested(body: Body, block: Block, scope: Scope) -> Value:
    span = scope.source.span(block.start, block.end)
    if scope.run.depth > MAX_DEPTH:
        scope.run.note("is nested too deeply to be evaluated", span)
        return MapValue({}, span, complete=False)
    scope.run.depth += 1
    value = evaluate_body(_content(body, scope.source), scope, span)
    scope.run.depth -= 1
    return value


def _content(body: Body, source: Source) -> Content:
    """What is in a body, made once for its source."""
    kept = body.content
    if kept is None or kept[0] is not source:
        attributes = [(attribute, source) for attribute in body.attributes.values()]
        kept = body.content = (source, Content(attributes, [(inner, source) for inner in body.blocks]))
    content: Content = kept[1]
    return content


def _expand_dynamic(block: Block, scope: Scope, found: _Blocks) -> None:
    attribute = block.body.attributes.get("for_each")
    content = next((inner for inner in block.body.blocks if inner.type == "content"), None)
    if attribute is None or content is None:
        return
    iterator = block.body.attributes.get("iterator")
    name = iterator.expression.name if iterator and isinstance(iterator.expression, Name) else block.labels[0].text
    collection = evaluate(attribute.expression, scope)
    pairs, complete = _pairs(collection, scope, attribute)
    found.complete = found.complete and complete
    for key, value in pairs:
        each = MapValue({"key": key, "value": value}, value.span)
        found.items.append(_nested(content.body, block, scope.bound({name: each})))
        if not scope.run.spend(1):
            found.complete = False
            return


def _pairs(collection: Value, scope: Scope, attribute: Attribute) -> tuple[list[tuple[Value, Value]], bool]:
    """What a dynamic block iterates over; one unknown item stands for a collection that is not known."""
    if isinstance(collection, (ListValue, MapValue)):
        pairs = known_pairs(collection)
        if pairs or collection.complete:
            return pairs, collection.complete
    if is_null(collection):
        return [], True
    if isinstance(collection, Choice):
        pairs = [
            pair
            for _, branch in collection.branches
            if not isinstance(branch, Known)
            for pair in _pairs(branch, scope, attribute)[0]
        ]
        return pairs, False
    item = unknown_from([collection], scope.span(attribute.expression))
    return [(item, item)], False
