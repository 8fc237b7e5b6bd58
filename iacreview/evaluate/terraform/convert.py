"""Terraform's conversions between strings, numbers and booleans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iacreview.evaluate.terraform.numbers import is_number, parse_number, scalar_text
from iacreview.evaluate.terraform.values import failed
from iacreview.model.value import Encoded, Failed, Known, ListValue, MapValue, Supplied, Text, Unknown, Value

if TYPE_CHECKING:
    from iacreview.model.source import Span

_BOOLS = {"true": True, "false": False, "1": True, "0": False}


def to_number(value: Value) -> Value:
    """The value as a number: Known (or null), Unknown where it is not known, Failed where it is none."""
    if not isinstance(value, Known):
        return _not_scalar(value, "number")
    if value.data is None or is_number(value.data):
        return value
    number = parse_number(value.data) if isinstance(value.data, str) else None
    if number is None:
        return failed("a number is required", value.span, [value])
    return with_data(value, number)


def to_bool(value: Value) -> Value:
    """The value as a boolean, with the outcomes of `to_number`."""
    if not isinstance(value, Known):
        return _not_scalar(value, "bool")
    if value.data is None or isinstance(value.data, bool):
        return value
    if isinstance(value.data, str) and value.data in _BOOLS:
        return with_data(value, _BOOLS[value.data])
    return failed("a bool is required", value.span, [value])


def to_text(value: Value) -> Value:
    """The value as a string: what is a string already, or has holes, stays."""
    if isinstance(value, Known):
        if value.data is None or isinstance(value.data, str):
            return value
        return with_data(value, scalar_text(value.data))
    if isinstance(value, (Text, Encoded)):
        return value
    return _not_scalar(value, "string")


def _not_scalar(value: Value, wanted: str) -> Value:
    if isinstance(value, Unknown):
        return value
    if isinstance(value, (ListValue, MapValue)):
        return failed(f"a {wanted} is required", value.span, [value])
    if isinstance(value, (Text, Encoded)) and wanted != "string":
        return Unknown("is not known", value.span, value.via, value.references)
    return value


def with_data(value: Known, data: str | int | float | bool) -> Known:
    """The same scalar in another type; what nobody wrote out stays so."""
    kind = Supplied if isinstance(value, Supplied) else Known
    return kind(data, value.span, value.via, value.references)


def require_bool(value: Value, span: Span) -> bool | Value:
    """A Python bool, or the Unknown / Failed / Choice that stands in its place."""
    converted = to_bool(value)
    if isinstance(converted, Known):
        if isinstance(converted.data, bool):
            return converted.data
        return Failed("the condition is null", span, converted.via, converted.references)
    return converted
