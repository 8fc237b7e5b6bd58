"""Steps into values: `.name`, `[key]` and splats."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from iacreview.evaluate.terraform.numbers import is_number, parse_number, scalar_text
from iacreview.evaluate.terraform.values import (
    ResourceValue,
    SetValue,
    choice,
    failed,
    is_null,
    union,
    unknown_from,
)
from iacreview.model.guard import When
from iacreview.model.provenance import Reference
from iacreview.model.source import Span
from iacreview.model.value import (
    TOO_MANY_KEYS,
    Choice,
    Encoded,
    Failed,
    Known,
    ListValue,
    MapValue,
    Passed,
    Text,
    Unknown,
    Value,
)

# How many elements a key that is not known can select.
MAX_OPTIONS = 256

Select: TypeAlias = "Callable[[Mapping[str, Value], Value | None], list[tuple[When, Value]]]"


def attribute_of(value: Value, name: str, span: Span) -> Value:
    """value.name, where `value.0` is the old spelling of an index."""
    if isinstance(value, ResourceValue):
        return value.attribute(name, span)
    if isinstance(value, MapValue):
        return _entry(value, name, span)
    if isinstance(value, ListValue) and name.isdigit():
        return _item(value, int(name), span)
    if isinstance(value, Choice):
        return _each_branch(value, span, lambda branch: attribute_of(branch, name, span))
    if isinstance(value, Unknown):
        return _beyond(value, f".{name}", span)
    return failed("there is no such attribute", span, [value])


def element_of(value: Value, key: Value, span: Span, select: Select) -> Value:
    """value[key]. `select` makes branches of what a key that is not known selects."""
    if isinstance(key, Choice):
        return _each_branch(key, span, lambda branch: element_of(value, branch, span, select))
    if isinstance(value, Choice):
        return _each_branch(value, span, lambda branch: element_of(branch, key, span, select))
    if isinstance(key, Failed) or not isinstance(key, Known):
        return _any_element(value, key, span, select)
    if isinstance(value, Unknown):
        return _beyond(value, f"[{key.data}]", span)
    if isinstance(value, MapValue) and key.data is not None:
        return attribute_of(value, scalar_text(key.data), span)
    if isinstance(value, ListValue) and not isinstance(value, SetValue):
        number = parse_number(key.data) if isinstance(key.data, str) else key.data
        if isinstance(number, int) and is_number(number):
            return _item(value, number, span)
    return failed("the index does not fit the value", span, [value, key])


def splat_over(value: Value, each: Callable[[Value], Value], span: Span) -> Value:
    """value[*]...: over the items of a list, the one item of anything else, nothing for null."""
    if isinstance(value, ListValue):
        items = [each(item) for item in value.items]
        return ListValue(items, span, value.via, value.references, value.complete)
    if isinstance(value, Choice):
        return _each_branch(value, span, lambda branch: splat_over(branch, each, span))
    if isinstance(value, Failed):
        return value
    if isinstance(value, Unknown):
        return ListValue([each(value)], span, value.via, value.references, complete=False)
    if is_null(value):
        return ListValue([], span, value.via, value.references)
    return ListValue([each(value)], span, value.via, value.references)


def _entry(value: MapValue, name: str, span: Span) -> Value:
    found = value.entries.get(name)
    if found is not None:
        return found
    if not value.complete:
        return Unknown("is not wholly known", span, value.via, value.references)
    return failed("there is no such attribute or key", span, [value])


def _item(value: ListValue, index: int, span: Span) -> Value:
    if 0 <= index < len(value.items):
        return value.items[index]
    if not value.complete:
        return Unknown("is not wholly known", span, value.via, value.references)
    return failed("the index is out of range", span, [value])


def _any_element(value: Value, key: Value, span: Span, select: Select) -> Value:
    """An element under a key that is not known: the only one, one of those that there are, or nobody knows which."""
    if isinstance(key, Failed):
        return key
    if isinstance(key, (Unknown, Text, Encoded)) and isinstance(value, ListValue) and len(value.items) == 1:
        return value.items[0]
    options = options_of(value)
    if not options or not isinstance(value, (ListValue, MapValue)):
        return _too_many(value, key, span) or unknown_from([key, value], span)
    otherwise = None if value.complete else unknown_from([key, value], span)
    return choice(select(options, otherwise), span, [value, key])


def _too_many(value: Value, key: Value, span: Span) -> Value | None:
    """What one of more elements than MAX_OPTIONS is; None where they are not so many."""
    size = len(value.items if isinstance(value, ListValue) else value.entries if isinstance(value, MapValue) else ())
    if size <= MAX_OPTIONS or isinstance(value, (SetValue, ResourceValue)):
        return None
    return Unknown(TOO_MANY_KEYS, span, value.via, unknown_from([key, value], span).references)


def options_of(value: Value) -> dict[str, Value]:
    """What a key can select of a collection, by its name; nothing where that is not known, or too much."""
    if isinstance(value, (SetValue, ResourceValue)):
        return {}
    if isinstance(value, ListValue):
        options = {str(index): item for index, item in enumerate(value.items[: MAX_OPTIONS + 1])}
    else:
        options = dict(value.entries) if isinstance(value, MapValue) else {}
    return options if len(options) <= MAX_OPTIONS else {}


def _beyond(value: Unknown, step: str, span: Span) -> Value:
    """A step into what is not known: still a named attribute where the outer one was."""
    if isinstance(value, Failed):
        return value
    if value.target is None:
        return Unknown(value.reason, span, value.via, value.references)
    attribute = f"{value.target.attribute}{step}" if value.target.attribute else step.lstrip(".")
    target = Reference(value.target.address, attribute)
    references = tuple(target if reference == value.target else reference for reference in value.references)
    kind = Passed if isinstance(value, Passed) else Unknown
    return kind(value.reason, span, value.via, union(references, (target,)), target)


def _each_branch(value: Choice, span: Span, step: Callable[[Value], Value]) -> Value:
    branches = [(when, step(branch)) for when, branch in value.branches]
    return Choice(branches, span, value.via, value.references)
