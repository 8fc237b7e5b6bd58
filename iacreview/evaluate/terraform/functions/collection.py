"""Functions on lists and maps. They pass values on with their spans, and keep what is known beside what is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from iacreview.evaluate.terraform.convert import to_bool, to_number, to_text
from iacreview.evaluate.terraform.functions.call import Call, FunctionError, Pure, Structural, TooComplex
from iacreview.evaluate.terraform.functions.set import together, unified, unique
from iacreview.evaluate.terraform.guards import remainder, selected
from iacreview.evaluate.terraform.numbers import is_number, scalar_text
from iacreview.evaluate.terraform.operators import equal
from iacreview.evaluate.terraform.traversal import attribute_of, options_of
from iacreview.evaluate.terraform.values import (
    MAX_ITEMS,
    Failed,
    ResourceValue,
    SetValue,
    choice,
    is_known,
    is_null,
    known,
    ordered,
    plain,
    union,
    unknown_from,
    via_of,
)
from iacreview.model.guard import Guard, Says, When
from iacreview.model.source import Span
from iacreview.model.value import Encoded, Known, ListValue, MapValue, Text, Unknown, Value, is_sensitive, walk


def _list(call: Call, items: Sequence[Value], complete: bool = True) -> ListValue:
    if len(items) > MAX_ITEMS:
        raise TooComplex("the list is too long")
    references = union(*(arg.references for arg in call.args))
    return ListValue(items, call.span, via_of(call.args), references, complete)


def _map(call: Call, entries: dict[str, Value], complete: bool = True) -> MapValue:
    references = union(*(arg.references for arg in call.args))
    keys: dict[str, Span] = {}
    for arg in call.args:
        if isinstance(arg, MapValue):
            keys.update(arg.keys)
    written = {key: keys[key] for key in entries if key in keys}
    return MapValue(entries, call.span, via_of(call.args), references, written, complete)


def _unknown(call: Call) -> Value:
    return unknown_from(call.args, call.span)


def _over_list(compute: Callable[[Call, ListValue], Value]) -> Structural:
    """A function whose first argument is a list; for any other it is unknown or an error."""

    def function(call: Call) -> Value:
        call.need(1)
        first = call.args[0]
        if isinstance(first, ListValue):
            return compute(call, first)
        if isinstance(first, Known | MapValue | Text | Encoded):
            raise FunctionError("a list is required")
        return _unknown(call)

    return function


def _over_map(compute: Callable[[Call, MapValue], Value]) -> Structural:
    def function(call: Call) -> Value:
        call.need(1)
        first = call.args[0]
        if isinstance(first, MapValue):
            return compute(call, first)
        if isinstance(first, Known | ListValue | Text | Encoded):
            raise FunctionError("a map is required")
        return _unknown(call)

    return function


def _whole(call: Call, at: int) -> int | None:
    """A whole-number argument, None where it is not known."""
    value = to_number(call.args[at])
    if not isinstance(value, Known):
        return None
    if not is_number(value.data) or not isinstance(value.data, int):
        raise FunctionError("a whole number is required")
    return value.data


def _merge(call: Call) -> Value:
    """Later entries win. What an unknown argument might override stays, and the result is incomplete."""
    entries: dict[str, Value] = {}
    complete = True
    for arg in call.args:
        if isinstance(arg, MapValue):
            entries.update(arg.entries)
            complete = complete and arg.complete
        elif isinstance(arg, Unknown):
            complete = False
        elif not is_null(arg):
            raise FunctionError("maps are required")
    if not entries and not complete:
        return _unknown(call)
    return _map(call, entries, complete)


def _no_sets(*values: Value) -> None:
    if any(isinstance(value, SetValue) for value in values):
        raise FunctionError("lists are required, not sets")


def _concat(call: Call) -> Value:
    _no_sets(*call.args)
    items: list[Value] = []
    complete = True
    for arg in call.args:
        if isinstance(arg, ListValue):
            items += arg.items
            complete = complete and arg.complete
        elif isinstance(arg, Unknown):
            complete = False
        else:
            raise FunctionError("lists are required")
    return _list(call, items, complete) if items or complete else _unknown(call)


def _flatten(call: Call, value: ListValue) -> Value:
    items: list[Value] = []
    return _list(call, items, _flatten_into(value, items) and value.complete)


def _flatten_into(value: ListValue, items: list[Value]) -> bool:
    complete = True
    for item in value.items:
        if isinstance(item, ListValue):
            complete = _flatten_into(item, items) and item.complete and complete
        elif isinstance(item, Unknown):
            items.append(item)
            complete = False
        else:
            items.append(item)
    if len(items) > MAX_ITEMS:
        raise TooComplex("the list is too long")
    return complete


def _lookup(call: Call, value: MapValue) -> Value:
    call.need(2, 3)
    key = to_text(call.args[1])
    if isinstance(key, Unknown | Text) and not isinstance(key, Failed):
        return _any_of(call, value, call.args[2] if len(call.args) == 3 else None)
    if not isinstance(key, Known) or key.data is None:
        return _unknown(call)
    name = scalar_text(key.data)
    if name in value.entries:
        return value.entries[name]
    if not value.complete:
        return attribute_of(value, name, call.span) if isinstance(value, ResourceValue) else _unknown(call)
    if len(call.args) < 3:
        raise FunctionError("there is no such key")
    return call.args[2]


def _element(call: Call, value: ListValue) -> Value:
    call.need(2, 2)
    index = _whole(call, 1)
    _no_sets(value)
    if index is not None and index < 0:
        raise FunctionError("an index from 0 on is required")
    if not value.items:
        if not value.complete:
            return _unknown(call)
        raise FunctionError("the list is empty")
    if index is None:
        return _any_of(call, value) if value.complete else _unknown(call)
    if not value.complete and index >= len(value.items):
        return _unknown(call)
    return value.items[index % len(value.items)]


def _any_of(call: Call, value: ListValue | MapValue, otherwise: Value | None = None) -> Value:
    """What a key that is not known, the second argument, selects."""
    options = options_of(value)
    if not options or len(call.node.args) != len(call.args):
        return _unknown(call)
    if not value.complete:
        otherwise = _unknown(call)
    branches: list[tuple[When, Value]]
    key, scope = call.node.args[1], call.scope
    if isinstance(value, ListValue):
        # `element` begins again at the end of the list.
        branches = [((remainder(key, len(options), int(at), scope),), item) for at, item in options.items()]
    else:
        branches = selected(key, options, scope, call.evaluate, otherwise)
    return choice(branches, call.span, call.args)


def _length(call: Call) -> Value:
    call.need(1, 1)
    value = call.args[0]
    if isinstance(value, ListValue) and value.complete:
        return known(len(value.items), call.span, call.args)
    if isinstance(value, MapValue) and value.complete:
        return known(len(value.entries), call.span, call.args)
    if isinstance(value, Known):
        if not isinstance(value.data, str):
            raise FunctionError("a string or a collection is required")
        return known(len(value.data), call.span, call.args)
    return _unknown(call)


def _keys(call: Call, value: MapValue) -> Value:
    items: list[Value] = [Known(key, value.keys.get(key, call.span)) for key in sorted(value.entries)]
    return _list(call, items, value.complete)


def _values(call: Call, value: MapValue) -> Value:
    return _list(call, [item for _, item in ordered(value.entries)], value.complete)


def _zipmap(call: Call, value: ListValue) -> Value:
    call.need(2, 2)
    values = call.args[1]
    _no_sets(values)
    hidden = any(map(is_sensitive, value.items))
    if not isinstance(values, ListValue) or not is_known(value) or not values.complete or hidden:
        return _unknown(call)
    if len(value.items) != len(values.items):
        raise FunctionError("the lists differ in length")
    names = [scalar_text(plain(to_text(item))) for item in value.items]  # type: ignore[arg-type]
    return _map(call, dict(zip(names, values.items, strict=True)))


def _distinct(call: Call, value: ListValue) -> Value:
    return _list(call, unique(unified(list(value.items))), value.complete)


def _compact(call: Call, value: ListValue) -> Value:
    kept = [item for item in map(to_text, value.items) if not (isinstance(item, Known) and item.data in ("", None))]
    complete = value.complete and not any(isinstance(item, Unknown) for item in kept)
    return _list(call, kept, complete)


def _chunklist(call: Call, value: ListValue) -> Value:
    size = _whole(call, 1)
    if size is None or not value.complete:
        return _unknown(call)
    if size < 0:
        raise FunctionError("the size is negative")
    items = unified(list(value.items))
    size = size or max(1, len(items))
    return _list(call, [ListValue(items[at : at + size], call.span) for at in range(0, len(items), size)])


def _slice(call: Call, value: ListValue) -> Value:
    call.need(3, 3)
    start, end = _whole(call, 1), _whole(call, 2)
    _no_sets(value)
    if start is None or end is None or not value.complete:
        return _unknown(call)
    if not 0 <= start <= end <= len(value.items):
        raise FunctionError("the range does not fit the list")
    return _list(call, value.items[start:end])


def _reverse(call: Call, value: ListValue) -> Value:
    return _list(call, value.items[::-1], value.complete)


def _sort(call: Call, value: ListValue) -> Value:
    items = [to_text(item) for item in value.items]
    if all(isinstance(item, Known) and isinstance(item.data, str) for item in items):
        items.sort(key=lambda item: str(item.data).encode() if isinstance(item, Known) else b"")
    elif any(is_null(item) for item in items):
        raise FunctionError("a list item is null")
    return _list(call, items, value.complete)


def _index(call: Call, value: ListValue) -> Value:
    call.need(2, 2)
    _no_sets(value)
    for at, item in enumerate(value.items):
        answer = equal(item, call.args[1])
        if answer:
            return known(at, call.span, call.args)
        if answer is None:
            return _unknown(call)
    if not value.complete:
        return _unknown(call)
    raise FunctionError("the item is not in the list")


def _coalesce(call: Call) -> Value:
    kinds = {type(arg.data) for arg in call.args if isinstance(arg, Known) and arg.data is not None}
    if bool in kinds and kinds & {int, float} and str not in kinds:
        raise FunctionError("the arguments have no common type")
    return _first_filled(call, together(call.args))


def _first_filled(call: Call, args: list[Value]) -> Value:
    for at, arg in enumerate(args):
        if isinstance(arg, Unknown):
            return arg if arg.target is not None else _or_following(call, args[at + 1 :])
        if not isinstance(arg, Known) or arg.data not in (None, ""):
            return arg
    raise FunctionError("all arguments are null or empty")


def _or_following(call: Call, rest: list[Value]) -> Value:
    """An argument that is not known; where it turns out null or empty, what comes after it."""
    filled = [each for each in rest if not (isinstance(each, Known) and each.data in (None, ""))]
    if not filled or len(call.node.args) != len(call.args):
        return _unknown(call)
    guard = Guard(
        f"{call.scope.words(call.node.args[-len(rest) - 1])} is set", Says.HOLDS, scope=call.scope.module.prefix
    )
    return choice([((guard,), _unknown(call)), ((guard.opposite,), _first_filled(call, rest))], call.span, call.args)


def _coalescelist(call: Call) -> Value:
    _no_sets(*call.args)
    for arg in call.args:
        if isinstance(arg, Unknown) or (isinstance(arg, ListValue) and not arg.items and not arg.complete):
            return _unknown(call)
        if isinstance(arg, ListValue | MapValue) and (arg.items if isinstance(arg, ListValue) else arg.entries):
            return arg
    raise FunctionError("all lists are empty")


def _one(call: Call) -> Value:
    call.need(1, 1)
    value = call.args[0]
    if isinstance(value, ListValue):
        if len(value.items) == 1:
            return value.items[0]
        if not value.items and value.complete:
            return Known(None, call.span, references=value.references)
        if len(value.items) > 1:
            raise FunctionError("the list has more than one item")
        return _unknown(call)
    return value if not isinstance(value, Unknown) else _unknown(call)


def _range(call: Call) -> Value:
    call.need(1, 3)
    bounds = [to_number(arg) for arg in call.args]
    if not all(is_known(bound) for bound in bounds):
        return _unknown(call)
    numbers = [plain(bound) for bound in bounds]
    start, limit = (0, numbers[0]) if len(numbers) == 1 else numbers[:2]
    assert isinstance(start, int | float) and isinstance(limit, int | float)  # noqa: PT018
    step = numbers[2] if len(numbers) == 3 else (1 if start <= limit else -1)
    assert isinstance(step, int | float)
    if step == 0 or ((limit > start) != (step > 0) and limit != start):
        raise FunctionError("the step does not lead to the limit")
    items: list[Value] = []
    while (start < limit) if step > 0 else (start > limit):
        items.append(Known(start, call.span))
        if len(items) > 1024:
            raise FunctionError("the range is too long")
        start += step
    return _list(call, items)


def _matchkeys(call: Call, value: ListValue) -> Value:
    call.need(3, 3)
    keys, wanted = call.args[1:]
    if (
        not isinstance(keys, ListValue)
        or not isinstance(wanted, ListValue)
        or not is_known(keys)
        or not is_known(wanted)
    ):
        return _unknown(call)
    if len(keys.items) != len(value.items):
        raise FunctionError("the lists differ in length")
    pairs = zip(value.items, keys.items, strict=True)
    return _list(call, [item for item, key in pairs if any(equal(key, other) for other in wanted.items)])


def _transpose(call: Call, value: MapValue) -> Value:
    if not is_known(value) or any(map(is_sensitive, walk(value))):
        return _unknown(call)
    found: dict[str, list[Value]] = {}
    for key, items in ordered(value.entries):
        if not isinstance(items, ListValue):
            raise FunctionError("a map of lists is required")
        for item in items.items:
            found.setdefault(str(plain(to_text(item))), []).append(Known(key, call.span))
    return _map(call, {key: ListValue(items, call.span) for key, items in sorted(found.items())})


def _every(decisive: bool) -> Structural:
    def function(call: Call, value: ListValue) -> Value:
        flags = [to_bool(item) for item in value.items]
        if any(isinstance(flag, Failed) for flag in flags):
            raise FunctionError("a list of bools is required")
        if any(isinstance(flag, Known) and flag.data is decisive for flag in flags):
            return known(decisive, call.span, call.args)
        if any(is_null(flag) for flag in flags):
            return known(False, call.span, call.args)
        if not value.complete or not all(map(is_known, flags)):
            return _unknown(call)
        return known(not decisive, call.span, call.args)

    return _over_list(function)


def _sum(call: Call, value: ListValue) -> Value:
    if not is_known(value):
        return _unknown(call)
    numbers = [plain(to_number(item)) for item in value.items]
    if not numbers or not all(map(is_number, numbers)):
        raise FunctionError("a list of numbers is required")
    return known(sum(numbers), call.span, call.args)  # type: ignore[arg-type]


def _make_list(call: Call) -> Value:
    return _list(call, call.args)


TABLE: dict[str, Pure | Structural] = {
    "alltrue": _every(False),
    "anytrue": _every(True),
    "chunklist": _over_list(_chunklist),
    "coalesce": _coalesce,
    "coalescelist": _coalescelist,
    "compact": _over_list(_compact),
    "concat": _concat,
    "distinct": _over_list(_distinct),
    "element": _over_list(_element),
    "flatten": _over_list(_flatten),
    "index": _over_list(_index),
    "keys": _over_map(_keys),
    "length": _length,
    "list": _make_list,
    "lookup": _over_map(_lookup),
    "matchkeys": _over_list(_matchkeys),
    "merge": _merge,
    "one": _one,
    "range": _range,
    "reverse": _over_list(_reverse),
    "slice": _over_list(_slice),
    "sort": _over_list(_sort),
    "sum": _over_list(_sum),
    "transpose": _over_map(_transpose),
    "values": _over_map(_values),
    "zipmap": _over_list(_zipmap),
}
