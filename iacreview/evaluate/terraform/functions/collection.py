"""Functions on lists, and the table of all on collections.

They pass values on with their spans, and keep what is known beside what is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from iacreview.evaluate.terraform.convert import to_bool, to_number, to_text
from iacreview.evaluate.terraform.functions.call import FunctionCall, FunctionError, Pure, Structural, TooComplex
from iacreview.evaluate.terraform.functions.containers import any_of, list_of, no_sets, over, unknown
from iacreview.evaluate.terraform.functions.mapping import MAPS
from iacreview.evaluate.terraform.functions.set import together, unified, unique
from iacreview.evaluate.terraform.guards import selected
from iacreview.evaluate.terraform.numbers import is_number
from iacreview.evaluate.terraform.operators import equal
from iacreview.evaluate.terraform.values import MAX_BRANCHES, MAX_ITEMS, choice, is_known, is_null, known, plain
from iacreview.model.guard import Guard, Says, When
from iacreview.model.guard import together as joined
from iacreview.model.value import Choice, Failed, Known, ListValue, MapValue, Unknown, Value

_DATA = attrgetter("data")


def _whole(call: FunctionCall, at: int) -> int | None:
    """A whole-number argument, None where it is not known."""
    value = to_number(call.args[at])
    if not isinstance(value, Known):
        return None
    if not is_number(value.data) or not isinstance(value.data, int):
        raise FunctionError("a whole number is required")
    return value.data


def _concat(call: FunctionCall) -> Value:
    no_sets(*call.args)
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
    return list_of(call, items, complete) if items or complete else unknown(call)


def _flatten(call: FunctionCall, value: ListValue) -> Value:
    items: list[Value] = []
    return list_of(call, items, _flatten_into(value, items) and value.complete)


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


def _element(call: FunctionCall, value: ListValue) -> Value:
    call.need(2, 2)
    index = _whole(call, 1)
    no_sets(value)
    if index is not None and index < 0:
        raise FunctionError("an index from 0 on is required")
    if not value.items:
        if not value.complete:
            return unknown(call)
        raise FunctionError("the list is empty")
    if index is None:
        return any_of(call, value) if value.complete else unknown(call)
    if not value.complete and index >= len(value.items):
        return unknown(call)
    return value.items[index % len(value.items)]


def _length(call: FunctionCall) -> Value:
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
    return unknown(call)


def _distinct(call: FunctionCall, value: ListValue) -> Value:
    return list_of(call, unique(unified(list(value.items))), value.complete)


def _compact(call: FunctionCall, value: ListValue) -> Value:
    """The texts that are not empty; where that depends on a choice, a choice of lists."""
    lists: list[tuple[When, list[Value]]] = [((), [])]
    complete = value.complete
    for item in map(to_text, value.items):
        ways = item.branches if isinstance(item, Choice) and any(_is_empty(each) for _, each in item.branches) else ()
        if len(lists) * len(ways) > MAX_BRANCHES:
            # Whether it is there stays open.
            complete, ways = False, [each for each in ways if not _is_empty(each[1])]
            item = Choice(ways, item.span, item.via, item.references)
            ways = [((), item)]
        lists = [
            (joined(when, under), [*kept] if _is_empty(each) else [*kept, each])
            for when, kept in lists
            for under, each in ways or [((), item)]
        ]
    branches = [(when, _compacted(call, kept, complete)) for when, kept in lists]
    return choice(branches, call.span, call.args) if len(branches) > 1 else branches[0][1]


def _is_empty(value: Value) -> bool:
    return isinstance(value, Known) and value.data in ("", None)


def _compacted(call: FunctionCall, kept: list[Value], complete: bool) -> ListValue:
    return list_of(call, kept, complete and not any(isinstance(item, Unknown) for item in kept))


def _chunklist(call: FunctionCall, value: ListValue) -> Value:
    size = _whole(call, 1)
    if size is None or not value.complete:
        return unknown(call)
    if size < 0:
        raise FunctionError("the size is negative")
    items = unified(list(value.items))
    size = size or max(1, len(items))
    return list_of(call, [ListValue(items[at : at + size], call.span) for at in range(0, len(items), size)])


def _slice(call: FunctionCall, value: ListValue) -> Value:
    call.need(3, 3)
    start, end = _whole(call, 1), _whole(call, 2)
    no_sets(value)
    if start is None or end is None or not value.complete:
        return unknown(call)
    if not 0 <= start <= end <= len(value.items):
        raise FunctionError("the range does not fit the list")
    return list_of(call, value.items[start:end])


def _reverse(call: FunctionCall, value: ListValue) -> Value:
    return list_of(call, value.items[::-1], value.complete)


def _sort(call: FunctionCall, value: ListValue) -> Value:
    items = [to_text(item) for item in value.items]
    if all(isinstance(item, Known) and isinstance(item.data, str) for item in items):
        items.sort(key=lambda item: str(item.data).encode() if isinstance(item, Known) else b"")
    elif any(is_null(item) for item in items):
        raise FunctionError("a list item is null")
    return list_of(call, items, value.complete)


def _index(call: FunctionCall, value: ListValue) -> Value:
    call.need(2, 2)
    no_sets(value)
    wanted = call.args[1]
    place = _place_of(wanted.data, value.items) if isinstance(wanted, Known) and isinstance(wanted.data, str) else None
    if place is not None:
        return known(place, call.span, call.args)
    for at, item in enumerate(value.items):
        answer = equal(item, wanted)
        if answer:
            return known(at, call.span, call.args)
        if answer is None:
            return _index_of_open(call, value)
    if not value.complete:
        return unknown(call)
    raise FunctionError("the item is not in the list")


def _place_of(text: str, items: Sequence[Value]) -> int | None:
    """Where a text is in a list of scalars that are all known; None where it is in none."""
    try:
        return list(map(_DATA, items)).index(text)
    except (AttributeError, ValueError):
        return None


def _index_of_open(call: FunctionCall, value: ListValue) -> Value:
    """Where in a list of texts something is that is not known: at each of its places, where it is that text."""
    texts = [item.data if isinstance(item, Known) else None for item in value.items]
    names = {text: known(texts.index(text), call.span) for text in texts if isinstance(text, str)}
    if not isinstance(call.args[1], Unknown) or len(names) < len(set(texts)) or len(names) > MAX_BRANCHES:
        return unknown(call)
    return choice(selected(call.node.args[1], names, call.scope, call.evaluate), call.span, call.args)


def _coalesce(call: FunctionCall) -> Value:
    kinds = {type(arg.data) for arg in call.args if isinstance(arg, Known) and arg.data is not None}
    if bool in kinds and kinds & {int, float} and str not in kinds:
        raise FunctionError("the arguments have no common type")
    return _first_filled(call, together(call.args))


def _first_filled(call: FunctionCall, args: list[Value]) -> Value:
    for at, arg in enumerate(args):
        if isinstance(arg, Unknown):
            return arg if arg.target is not None else _or_following(call, args[at + 1 :])
        if not isinstance(arg, Known) or arg.data not in (None, ""):
            return arg
    raise FunctionError("all arguments are null or empty")


def _or_following(call: FunctionCall, rest: list[Value]) -> Value:
    """An argument that is not known; where it turns out null or empty, what comes after it."""
    filled = [each for each in rest if not (isinstance(each, Known) and each.data in (None, ""))]
    if not filled or len(call.node.args) != len(call.args):
        return unknown(call)
    guard = Guard(
        f"{call.scope.words(call.node.args[-len(rest) - 1])} is set", Says.HOLDS, scope=call.scope.module.prefix
    )
    return choice([((guard,), unknown(call)), ((guard.opposite,), _first_filled(call, rest))], call.span, call.args)


def _coalescelist(call: FunctionCall) -> Value:
    no_sets(*call.args)
    for arg in call.args:
        if isinstance(arg, Unknown) or (isinstance(arg, ListValue) and not arg.items and not arg.complete):
            return unknown(call)
        if isinstance(arg, (ListValue, MapValue)) and (arg.items if isinstance(arg, ListValue) else arg.entries):
            return arg
    raise FunctionError("all lists are empty")


def _one(call: FunctionCall) -> Value:
    call.need(1, 1)
    value = call.args[0]
    if isinstance(value, ListValue):
        if len(value.items) == 1:
            return value.items[0]
        if not value.items and value.complete:
            return Known(None, call.span, references=value.references)
        if len(value.items) > 1:
            raise FunctionError("the list has more than one item")
        return unknown(call)
    return value if not isinstance(value, Unknown) else unknown(call)


def _range(call: FunctionCall) -> Value:
    call.need(1, 3)
    bounds = [to_number(arg) for arg in call.args]
    if not all(is_known(bound) for bound in bounds):
        return unknown(call)
    numbers = [plain(bound) for bound in bounds]
    start, limit = (0, numbers[0]) if len(numbers) == 1 else numbers[:2]
    assert isinstance(start, (int, float)) and isinstance(limit, (int, float))  # noqa: PT018
    step = numbers[2] if len(numbers) == 3 else (1 if start <= limit else -1)
    assert isinstance(step, (int, float))
    if step == 0 or ((limit > start) != (step > 0) and limit != start):
        raise FunctionError("the step does not lead to the limit")
    items: list[Value] = []
    while (start < limit) if step > 0 else (start > limit):
        items.append(Known(start, call.span))
        if len(items) > 1024:
            raise FunctionError("the range is too long")
        start += step
    return list_of(call, items)


def _matchkeys(call: FunctionCall, value: ListValue) -> Value:
    call.need(3, 3)
    keys, wanted = call.args[1:]
    if (
        not isinstance(keys, ListValue)
        or not isinstance(wanted, ListValue)
        or not is_known(keys)
        or not is_known(wanted)
    ):
        return unknown(call)
    if len(keys.items) != len(value.items):
        raise FunctionError("the lists differ in length")
    pairs = zip(value.items, keys.items, strict=True)
    return list_of(call, [item for item, key in pairs if any(equal(key, other) for other in wanted.items)])


def _every(decisive: bool) -> Structural:
    def function(call: FunctionCall, value: ListValue) -> Value:
        flags = [to_bool(item) for item in value.items]
        if any(isinstance(flag, Failed) for flag in flags):
            raise FunctionError("a list of bools is required")
        if any(isinstance(flag, Known) and flag.data is decisive for flag in flags):
            return known(decisive, call.span, call.args)
        if any(is_null(flag) for flag in flags):
            return known(False, call.span, call.args)
        if not value.complete or not all(map(is_known, flags)):
            return unknown(call)
        return known(not decisive, call.span, call.args)

    return over(ListValue, function)


def _sum(call: FunctionCall, value: ListValue) -> Value:
    if not is_known(value):
        return unknown(call)
    numbers = [plain(to_number(item)) for item in value.items]
    if not numbers or not all(map(is_number, numbers)):
        raise FunctionError("a list of numbers is required")
    return known(sum(numbers), call.span, call.args)  # type: ignore[arg-type]


def _make_list(call: FunctionCall) -> Value:
    return list_of(call, call.args)


TABLE: dict[str, Pure | Structural] = {
    **MAPS,
    "alltrue": _every(False),
    "anytrue": _every(True),
    "chunklist": over(ListValue, _chunklist),
    "coalesce": _coalesce,
    "coalescelist": _coalescelist,
    "compact": over(ListValue, _compact),
    "concat": _concat,
    "distinct": over(ListValue, _distinct),
    "element": over(ListValue, _element),
    "flatten": over(ListValue, _flatten),
    "index": over(ListValue, _index),
    "length": _length,
    "list": _make_list,
    "matchkeys": over(ListValue, _matchkeys),
    "one": _one,
    "range": _range,
    "reverse": over(ListValue, _reverse),
    "slice": over(ListValue, _slice),
    "sort": over(ListValue, _sort),
    "sum": over(ListValue, _sum),
}
