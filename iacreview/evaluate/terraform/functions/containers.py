"""What functions on lists and maps have in common: how they take one, and make one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from iacreview.evaluate.terraform.functions.call import FunctionCall, FunctionError, Structural, TooComplex
from iacreview.evaluate.terraform.guards import remainder, selected
from iacreview.evaluate.terraform.traversal import options_of
from iacreview.evaluate.terraform.values import MAX_ITEMS, SetValue, choice, union, unknown_from, via_of
from iacreview.model.guard import When
from iacreview.model.source import Span
from iacreview.model.value import Encoded, Known, ListValue, MapValue, Text, Value

_Kind = TypeVar("_Kind", ListValue, MapValue)


def list_of(call: FunctionCall, items: Sequence[Value], complete: bool = True) -> ListValue:
    """A list that a call makes, with what its arguments were made of; a longer one than is allowed raises."""
    if len(items) > MAX_ITEMS:
        raise TooComplex("the list is too long")
    references = union(*(arg.references for arg in call.args))
    return ListValue(items, call.span, via_of(call.args), references, complete)


def map_of(call: FunctionCall, entries: dict[str, Value], complete: bool = True) -> MapValue:
    """A map that a call makes, its keys where the arguments have them."""
    references = union(*(arg.references for arg in call.args))
    keys: dict[str, Span] = {}
    for arg in call.args:
        if isinstance(arg, MapValue):
            keys.update(arg.keys)
    written = {key: keys[key] for key in entries if key in keys}
    return MapValue(entries, call.span, via_of(call.args), references, written, complete)


def unknown(call: FunctionCall) -> Value:
    """What a call gives where its arguments are not known, with their reasons."""
    return unknown_from(call.args, call.span)


def over(kind: type[_Kind], compute: Callable[[FunctionCall, _Kind], Value]) -> Structural:
    """A function whose first argument is a list, or a map; unknown where that is not known, for any other an error."""
    wanted = "a list" if issubclass(kind, ListValue) else "a map"

    def function(call: FunctionCall) -> Value:
        call.need(1)
        first = call.args[0]
        if isinstance(first, kind):
            return compute(call, first)
        if isinstance(first, (Known, ListValue, MapValue, Text, Encoded)):
            raise FunctionError(f"{wanted} is required")
        return unknown(call)

    return function


def no_sets(*values: Value) -> None:
    """Raises where a set is given to a function that asks for the order of a list."""
    if any(isinstance(value, SetValue) for value in values):
        raise FunctionError("lists are required, not sets")


def any_of(call: FunctionCall, value: ListValue | MapValue, otherwise: Value | None = None) -> Value:
    """What a key that is not known, the second argument, selects."""
    options = options_of(value)
    if not options or len(call.node.args) != len(call.args):
        return unknown(call)
    if not value.complete:
        otherwise = unknown(call)
    branches: list[tuple[When, Value]]
    key, scope = call.node.args[1], call.scope
    if isinstance(value, ListValue):
        # `element` begins again at the end of the list.
        branches = [((remainder(key, len(options), int(at), scope),), item) for at, item in options.items()]
    else:
        branches = selected(key, options, scope, call.evaluate, otherwise)
    return choice(branches, call.span, call.args)
