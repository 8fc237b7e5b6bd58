"""data.aws_iam_policy_document to the JSON it renders.

Source: the Terraform registry's page "Data Source: aws_iam_policy_document".
"""

from __future__ import annotations

from typing import TypeGuard

from iacreview.evaluate.embedded import decode_json
from iacreview.evaluate.terraform.values import is_null, references_in
from iacreview.model.parts import is_sensitive
from iacreview.model.source import Span
from iacreview.model.value import Choice, Encoded, Known, ListValue, MapValue, Value

_PLURALS = {
    "actions": "Action",
    "not_actions": "NotAction",
    "resources": "Resource",
    "not_resources": "NotResource",
}
_NEEDED = ("actions", "resources")
_SOURCES = ("source_json", "source_policy_documents")
_OVERRIDES = ("override_json", "override_policy_documents")


def with_json(attributes: MapValue) -> MapValue:
    """The data source's attributes with `json` and `minified_json`, whose inner values stay where they were written."""
    structure = document(attributes)
    encoded = Encoded(structure, attributes.span, references=references_in([structure]))
    entries = {**attributes.entries, "json": encoded, "minified_json": encoded}
    return MapValue(
        entries, attributes.span, attributes.via, attributes.references, attributes.keys, attributes.complete
    )


def document(attributes: MapValue) -> MapValue:
    """The policy: source documents, then the statements, then overriding documents, merged by Sid."""
    entries: dict[str, Value] = {}
    version, id = attributes.entries.get("version"), attributes.entries.get("policy_id")
    entries["Version"] = version if version and not is_null(version) else Known("2012-10-17", attributes.span)
    if id is not None and not is_null(id):
        entries["Id"] = id
    own, complete = _own_statements(attributes)
    statements = _Statements(complete)
    for name in _SOURCES:
        statements.merge_documents(attributes.entries.get(name))
    for statement in own:
        statements.add(statement)
    for name in _OVERRIDES:
        statements.merge_documents(attributes.entries.get(name))
    span = attributes.span if statements.items else None
    entries["Statement"] = ListValue(statements.items, span, complete=statements.complete)
    return MapValue(entries, attributes.span)


class _Statements:
    """Statements in order; one with the Sid of an earlier one takes its place."""

    __slots__ = ("_by_sid", "complete", "items")

    def __init__(self, complete: bool) -> None:
        self.items: list[Value] = []
        self.complete = complete
        self._by_sid: dict[str, int] = {}

    def add(self, statement: Value) -> None:
        sid = statement.entries.get("Sid") if isinstance(statement, MapValue) else None
        name = sid.data if _is_key(sid) and isinstance(sid.data, str) else ""
        if name and name in self._by_sid:
            self.items[self._by_sid[name]] = statement
            return
        if name:
            self._by_sid[name] = len(self.items)
        self.items.append(statement)

    def merge_documents(self, value: Value | None) -> None:
        """Adds the statements of a JSON document, or of a list of them."""
        if value is None or is_null(value) or (isinstance(value, Known) and value.data == ""):
            return
        if isinstance(value, ListValue):
            self.complete = self.complete and value.complete
            for item in value.items:
                self.merge_documents(item)
            return
        decoded = decode_json(value)
        found = decoded.entries.get("Statement") if isinstance(decoded, MapValue) else None
        if isinstance(found, ListValue):
            self.complete = self.complete and found.complete
            for statement in found.items:
                self.add(statement)
        elif isinstance(found, MapValue):
            self.add(found)
        else:
            self.complete = False


def _own_statements(attributes: MapValue) -> tuple[list[Value], bool]:
    blocks = _blocks(attributes, "statement")
    if not isinstance(blocks, ListValue):
        return [], blocks is None
    return [_statement(block) for block in blocks.items if isinstance(block, MapValue)], blocks.complete


def _blocks(around: MapValue, type: str) -> Value | None:
    """The blocks of a type. In the JSON syntax one is an object ("JSON Configuration Syntax")."""
    found = around.entries.get(type)
    return ListValue([found], found.span) if isinstance(found, MapValue) else found


def _statement(block: MapValue) -> MapValue:
    entries: dict[str, Value] = {}
    keys: dict[str, Span] = {}
    _take(block, "sid", "Sid", entries, keys)
    _take(block, "effect", "Effect", entries, keys)
    entries["Effect"] = _effect(entries.get("Effect"), Known("Allow", block.span))
    for name, key in _PLURALS.items():
        _take(block, name, key, entries, keys)
    for name, key in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        found = _blocks(block, name)
        if isinstance(found, ListValue) and (found.items or not found.complete):
            entries[key] = _principals(found)
            _key(block, name, key, keys)
    conditions = _blocks(block, "condition")
    if isinstance(conditions, ListValue) and (conditions.items or not conditions.complete):
        entries["Condition"] = _conditions(conditions)
        _key(block, "condition", "Condition", keys)
    return MapValue(entries, block.span, keys=keys, complete=block.complete)


def _effect(written: Value | None, default: Known) -> Value:
    """The Effect, where a choice may leave it out with the default there."""
    if not isinstance(written, Choice):
        return default if written is None or is_null(written) else written
    branches = [(when, _effect(branch, default)) for when, branch in written.branches]
    return Choice(branches, written.span, written.via, written.references)


def _take(block: MapValue, name: str, key: str, entries: dict[str, Value], keys: dict[str, Span]) -> None:
    value = block.entries.get(name)
    if value is None or is_null(value) or (isinstance(value, Known) and value.data == ""):
        return
    if isinstance(value, ListValue) and not value.items and value.complete:
        if name not in _NEEDED:
            return
        # Nobody writes an empty list there: an input has to fill it.
        value = ListValue((), value.span, value.via, value.references, complete=False)
    entries[key] = _once(value) if name in _PLURALS and isinstance(value, ListValue) else value
    _key(block, name, key, keys)


def _once(value: ListValue) -> ListValue:
    """A set of texts, as the provider's schema has it: what is written again is there once."""
    texts = [each.data for each in value.items if isinstance(each, Known)]
    if len(set(texts)) == len(texts):
        return value
    seen: set[object] = set()
    items = [each for each in value.items if not isinstance(each, Known) or _is_new(each.data, seen)]
    return ListValue(items, value.span, value.via, value.references, value.complete)


def _is_new(data: object, seen: set[object]) -> bool:
    known = data in seen
    seen.add(data)
    return not known


def _key(block: MapValue, name: str, key: str, keys: dict[str, Span]) -> None:
    if name in block.keys:
        keys[key] = block.keys[name]


def _principals(blocks: ListValue) -> Value:
    """`type = "*"` is everyone, whatever the identifiers; other types map to their identifiers."""
    entries: dict[str, Value] = {}
    keys: dict[str, Span] = {}
    complete = blocks.complete
    for block in blocks.items:
        type = block.entries.get("type") if isinstance(block, MapValue) else None
        identifiers = block.entries.get("identifiers") if isinstance(block, MapValue) else None
        if not isinstance(block, MapValue) or not _is_key(type) or identifiers is None:
            complete = False
        elif type.data == "*":
            return Known("*", type.span, type.via, type.references)
        else:
            name = str(type.data)
            entries[name] = _appended(entries.get(name), identifiers)
            if "type" in block.keys:
                keys.setdefault(name, block.keys["type"])
    return MapValue(entries, blocks.span, keys=keys, complete=complete)


def _is_key(value: Value | None) -> TypeGuard[Known]:
    """Whether a value can be a key of a document; those are shown."""
    return isinstance(value, Known) and not is_sensitive(value)


def _appended(before: Value | None, more: Value) -> Value:
    if before is None:
        return more
    items: list[Value] = []
    complete = True
    for value in (before, more):
        if isinstance(value, ListValue):
            items += value.items
            complete = complete and value.complete
        else:
            items.append(value)
    return ListValue(items, before.span, before.via, before.references, complete)


def _conditions(blocks: ListValue) -> Value:
    """{test: {variable: values}}"""
    tests: dict[str, dict[str, Value]] = {}
    spans: dict[str, Span | None] = {}
    complete = blocks.complete
    for block in blocks.items:
        entries = block.entries if isinstance(block, MapValue) else {}
        test, variable, values = (entries.get(name) for name in ("test", "variable", "values"))
        if not _is_key(test) or not _is_key(variable) or values is None:
            complete = False
            continue
        found = tests.setdefault(str(test.data), {})
        spans.setdefault(str(test.data), block.span)
        found[str(variable.data)] = _appended(found.get(str(variable.data)), values)
    operators: dict[str, Value] = {name: MapValue(found, spans[name]) for name, found in tests.items()}
    return MapValue(operators, blocks.span, complete=complete)
