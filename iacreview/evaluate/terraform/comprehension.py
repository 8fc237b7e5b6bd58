"""`for` expressions, and the iteration over collections they share with directives and dynamic blocks."""

from __future__ import annotations

from collections.abc import Callable

from iacreview.evaluate.terraform.convert import require_bool, to_text
from iacreview.evaluate.terraform.numbers import scalar_text
from iacreview.evaluate.terraform.scope import Scope
from iacreview.evaluate.terraform.values import (
    CutOff,
    SetValue,
    choice,
    failed,
    ordered,
    union,
    unknown_from,
)
from iacreview.model.parts import is_sensitive
from iacreview.model.value import Choice, Failed, Known, ListValue, MapValue, Value
from iacreview.parse.terraform.nodes import Expression, For

Evaluate = Callable[[Expression, Scope], Value]


def iterate(collection: Value) -> list[tuple[Value, Value]] | None:
    """(key, value) pairs as Terraform iterates them; None where the collection is not wholly known."""
    if isinstance(collection, (ListValue, MapValue)) and collection.complete:
        return known_pairs(collection)
    return None


def known_pairs(collection: ListValue | MapValue) -> list[tuple[Value, Value]]:
    """The pairs that are known; the key of a set's item is the item."""
    if isinstance(collection, MapValue):
        return [(Known(key, collection.keys.get(key)), value) for key, value in ordered(collection.entries)]
    if isinstance(collection, SetValue):
        return [(item, item) for item in collection.items]
    return [(Known(index, item.span), item) for index, item in enumerate(collection.items)]


def evaluate_for(node: For, scope: Scope, evaluate: Evaluate) -> Value:
    """The list or map that a `for` expression builds, as far as the collection is known."""
    collection = evaluate(node.collection, scope)
    if isinstance(collection, Choice):
        branches = [(when, _over(node, value, scope, evaluate)) for when, value in collection.branches]
        return choice(branches, scope.span(node), [collection])
    return _over(node, collection, scope, evaluate)


def _over(node: For, collection: Value, scope: Scope, evaluate: Evaluate) -> Value:
    if isinstance(collection, Failed):
        return collection
    if isinstance(collection, (ListValue, MapValue)):
        pairs, complete = known_pairs(collection), collection.complete
    elif isinstance(collection, Known):
        return failed("a for expression needs a collection", scope.span(node), [collection])
    else:
        return _over_unknown(node, collection, scope, evaluate)
    builder = _Builder(node, scope, evaluate, complete)
    for key, value in pairs:
        builder.add(key, value)
        if not scope.run.spend(1):
            return CutOff("is too large to be evaluated", scope.span(node))
    return builder.result(collection)


def _over_unknown(node: For, collection: Value, scope: Scope, evaluate: Evaluate) -> Value:
    """One item stands for all."""
    builder = _Builder(node, scope, evaluate, complete=False)
    item = unknown_from([collection], scope.span(node.collection))
    builder.add(item, item)
    return builder.result(collection)


class _Builder:
    """Collects what a `for` expression yields."""

    __slots__ = ("complete", "entries", "evaluate", "items", "node", "problem", "references", "scope")

    def __init__(self, node: For, scope: Scope, evaluate: Evaluate, complete: bool) -> None:
        self.node = node
        self.scope = scope
        self.evaluate = evaluate
        self.complete = complete
        self.items: list[Value] = []
        self.entries: dict[str, list[Value]] = {}
        self.references: list[Value] = []
        self.problem: Value | None = None

    def add(self, key: Value, value: Value) -> None:
        node = self.node
        names = {node.value: value} if node.key is None else {node.key: key, node.value: value}
        inner = self.scope.bound(names)
        if node.condition is not None and not self._wanted(node.condition, inner):
            return
        result = self.evaluate(node.result, inner)
        if node.result_key is None:
            self.items.append(result)
            return
        self._put(node.result_key, result, inner)

    def _wanted(self, condition: Expression, inner: Scope) -> bool:
        outcome = require_bool(self.evaluate(condition, inner), inner.span(condition))
        if isinstance(outcome, bool):
            return outcome
        if isinstance(outcome, Failed):
            self.problem = self.problem or outcome
        self.complete = False
        return True

    def _put(self, key_node: Expression, result: Value, inner: Scope) -> None:
        key = to_text(self.evaluate(key_node, inner))
        if isinstance(key, Failed):
            self.problem = self.problem or key
        if not isinstance(key, Known) or key.data is None or is_sensitive(key):
            self.complete = False
            self.references += [key, result]
            return
        values = self.entries.setdefault(scalar_text(key.data), [])
        if values and not self.node.grouping:
            self.problem = failed("two results have the same key", inner.span(key_node))
        values.append(result)

    def result(self, collection: Value) -> Value:
        span = self.scope.span(self.node)
        if self.problem is not None:
            return self.problem
        references = union(collection.references, *(value.references for value in self.references))
        if self.node.result_key is None:
            return ListValue(self.items, span, collection.via, references, self.complete)
        entries: dict[str, Value] = {
            key: ListValue(values, span) if self.node.grouping else values[-1] for key, values in self.entries.items()
        }
        return MapValue(entries, span, collection.via, references, complete=self.complete)
