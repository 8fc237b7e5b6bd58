"""What a value is, whatever it is called and wherever it is written: equal for equal values."""

from __future__ import annotations

from typing import Any

from iacreview.model.value import Choice, Encoded, Known, ListValue, MapValue, Text, Unknown, Value, scalar_text


def content(value: Value) -> Any:
    """The value as plain data, names of other resources and layout left aside."""
    if isinstance(value, Known):
        return scalar_text(value.data)
    if isinstance(value, ListValue):
        return [content(item) for item in value.items]
    if isinstance(value, MapValue):
        return sorted((key, content(entry)) for key, entry in value.entries.items())
    if isinstance(value, Text):
        return ("text", [content(part) for part in value.parts])
    if isinstance(value, Encoded):
        return ("encoded", content(value.structure))
    if isinstance(value, Choice):
        return ("choice", [content(branch) for _, branch in value.branches])
    assert isinstance(value, Unknown)
    return ("unknown", value.target.attribute if value.target is not None else "")
