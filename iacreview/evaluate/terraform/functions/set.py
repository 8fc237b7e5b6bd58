"""Sets, and the functions on them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from iacreview.evaluate.terraform.convert import to_text
from iacreview.evaluate.terraform.functions.call import FunctionCall, FunctionError, Pure, Structural, TooComplex
from iacreview.evaluate.terraform.numbers import is_number
from iacreview.evaluate.terraform.operators import equal
from iacreview.evaluate.terraform.values import (
    MAX_ITEMS,
    SetValue,
    is_known,
    plain,
    references_in,
    unknown_from,
    via_of,
)
from iacreview.model.value import Known, ListValue, MapValue, Value


def identity(value: Value) -> object:
    """What makes two known values the same item; None for what is not known."""
    if isinstance(value, Known):
        return (type(value.data) is bool, isinstance(value.data, str), value.data)
    return repr(plain(value)) if is_known(value) else None


def unique(items: Iterable[Value]) -> list[Value]:
    """Items without repetition; those that are not known all stay."""
    seen: set[object] = set()
    found = []
    for item in items:
        mark = identity(item)
        if mark is None:
            found.append(item)
        elif mark not in seen:
            seen.add(mark)
            found.append(item)
    return found


def unified(items: list[Value]) -> list[Value]:
    """Items of one type: a string among numbers or booleans makes all of them strings."""
    kinds = {_kind(item) for item in items if isinstance(item, Known) and item.data is not None}
    return [to_text(item) if isinstance(item, Known) else item for item in items] if len(kinds) > 1 else items


def together(items: list[Value]) -> list[Value]:
    """Items of one type, as `unified` has them. Raises FunctionError where scalars stand beside collections."""
    scalars = [item for item in items if isinstance(item, Known) and item.data is not None]
    collections = [item for item in items if isinstance(item, (ListValue, MapValue))]
    if scalars and collections:
        raise FunctionError("the items have no common type")
    return unified(items)


def _kind(item: Known) -> str:
    return "number" if is_number(item.data) else type(item.data).__name__


def to_set(value: ListValue, items: list[Value], call: FunctionCall) -> SetValue:
    """A set of items, in Terraform's order."""
    found = unique(together(items))
    if all(isinstance(item, Known) for item in found):
        found.sort(key=_rank)
    return SetValue(found, call.span, via_of(call.args), references_in(call.args), value.complete)


def _rank(item: Value) -> tuple[int, object]:
    data = item.data if isinstance(item, Known) else None
    if data is None:
        return (2, 0)
    return (1, data.encode()) if isinstance(data, str) else (0, data)


def _lists(call: FunctionCall) -> list[ListValue] | None:
    call.need(1)
    found = [arg for arg in call.args if isinstance(arg, ListValue)]
    if len(found) == len(call.args):
        return found
    if any(isinstance(arg, Known) for arg in call.args):
        raise FunctionError("a set is required")
    return None


def _setunion(call: FunctionCall) -> Value:
    lists = _lists(call)
    if lists is None:
        return unknown_from(call.args, call.span)
    result = to_set(lists[0], [item for found in lists for item in found.items], call)
    result.complete = all(found.complete for found in lists)
    return result


def _setintersection(call: FunctionCall) -> Value:
    return _filtered(call, lambda inside: all(inside))


def _setsubtract(call: FunctionCall) -> Value:
    return _filtered(call, lambda inside: not any(inside))


def _filtered(call: FunctionCall, wanted: object) -> Value:
    lists = _lists(call)
    if lists is None or not all(map(is_known, lists)):
        return unknown_from(call.args, call.span)
    whole = together([item for found in lists for item in found.items])
    rows = [[whole.pop(0) for _ in found.items] for found in lists]
    others = [{identity(item) for item in row} for row in rows[1:]]
    assert callable(wanted)
    items = [item for item in rows[0] if wanted([identity(item) in other for other in others])]
    return to_set(lists[0], items, call)


def _setproduct(call: FunctionCall) -> Value:
    lists = _lists(call)
    if lists is None:
        return unknown_from(call.args, call.span)
    call.need(2)
    size = 1
    for found in lists:
        size *= len(found.items)
    if size * len(lists) > MAX_ITEMS:
        raise TooComplex("the product is too large")
    rows: list[Value] = [
        ListValue(list(row), call.span) for row in product(*[unified(list(found.items)) for found in lists])
    ]
    kind = SetValue if all(isinstance(found, SetValue) for found in lists) else ListValue
    complete = all(found.complete for found in lists)
    return kind(rows, call.span, via_of(call.args), references_in(call.args), complete)


def _contains(call: FunctionCall) -> Value:
    call.need(2, 2)
    collection, wanted = call.args
    if not isinstance(collection, ListValue):
        if isinstance(collection, Known):
            raise FunctionError("a list is required")
        return unknown_from(call.args, call.span)
    if isinstance(wanted, Known) and wanted.data is None:
        raise FunctionError("the value to look for is null")
    answers = [equal(item, wanted) for item in collection.items]
    if True in answers:
        return _flag(True, call)
    if None in answers or not collection.complete:
        return unknown_from(call.args, call.span)
    return _flag(False, call)


def _flag(answer: bool, call: FunctionCall) -> Value:
    return Known(answer, call.span, via_of(call.args), references_in(call.args))


TABLE: dict[str, Pure | Structural] = {
    "contains": _contains,
    "setintersection": _setintersection,
    "setproduct": _setproduct,
    "setsubtract": _setsubtract,
    "setunion": _setunion,
}
