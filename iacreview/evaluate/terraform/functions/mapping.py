"""Functions on maps. They pass values on with their spans, and keep what is known beside what is not."""

from __future__ import annotations

from iacreview.evaluate.terraform.convert import to_text
from iacreview.evaluate.terraform.functions.call import FunctionCall, FunctionError, Pure, Structural
from iacreview.evaluate.terraform.functions.containers import any_of, list_of, map_of, no_sets, over, unknown
from iacreview.evaluate.terraform.numbers import scalar_text
from iacreview.evaluate.terraform.traversal import attribute_of
from iacreview.evaluate.terraform.values import ResourceValue, is_known, is_null, ordered, plain
from iacreview.model.parts import is_sensitive, walk
from iacreview.model.value import Failed, Known, ListValue, MapValue, Text, Unknown, Value


def _merge(call: FunctionCall) -> Value:
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
        return unknown(call)
    return map_of(call, entries, complete)


def _lookup(call: FunctionCall, value: MapValue) -> Value:
    call.need(2, 3)
    key = to_text(call.args[1])
    if isinstance(key, (Unknown, Text)) and not isinstance(key, Failed):
        return any_of(call, value, call.args[2] if len(call.args) == 3 else None)
    if not isinstance(key, Known) or key.data is None:
        return unknown(call)
    name = scalar_text(key.data)
    if name in value.entries:
        return value.entries[name]
    if not value.complete:
        return attribute_of(value, name, call.span) if isinstance(value, ResourceValue) else unknown(call)
    if len(call.args) < 3:
        raise FunctionError("there is no such key")
    return call.args[2]


def _keys(call: FunctionCall, value: MapValue) -> Value:
    items: list[Value] = [Known(key, value.keys.get(key, call.span)) for key in sorted(value.entries)]
    return list_of(call, items, value.complete)


def _values(call: FunctionCall, value: MapValue) -> Value:
    return list_of(call, [item for _, item in ordered(value.entries)], value.complete)


def _zipmap(call: FunctionCall, value: ListValue) -> Value:
    call.need(2, 2)
    values = call.args[1]
    no_sets(values)
    hidden = any(map(is_sensitive, value.items))
    if not isinstance(values, ListValue) or not is_known(value) or not values.complete or hidden:
        return unknown(call)
    if len(value.items) != len(values.items):
        raise FunctionError("the lists differ in length")
    names = [scalar_text(plain(to_text(item))) for item in value.items]  # type: ignore[arg-type]
    return map_of(call, dict(zip(names, values.items, strict=True)))


def _transpose(call: FunctionCall, value: MapValue) -> Value:
    if not is_known(value) or any(map(is_sensitive, walk(value))):
        return unknown(call)
    found: dict[str, list[Value]] = {}
    for key, items in ordered(value.entries):
        if not isinstance(items, ListValue):
            raise FunctionError("a map of lists is required")
        for item in items.items:
            found.setdefault(str(plain(to_text(item))), []).append(Known(key, call.span))
    return map_of(call, {key: ListValue(items, call.span) for key, items in sorted(found.items())})


MAPS: dict[str, Pure | Structural] = {
    "keys": over(MapValue, _keys),
    "lookup": over(MapValue, _lookup),
    "merge": _merge,
    "transpose": over(MapValue, _transpose),
    "values": over(MapValue, _values),
    "zipmap": over(ListValue, _zipmap),
}
