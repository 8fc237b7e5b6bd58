"""What a resource is, whatever it is called and wherever it is written."""

from __future__ import annotations

from typing import Any

from iacreview.model.graph import Resource
from iacreview.model.value import Choice, Encoded, Known, ListValue, MapValue, Text, Unknown, Value, scalar_text


def digest(resource: Resource) -> str:
    """Equal for two resources of one type with the same content, names of other resources and layout left aside."""
    from hashlib import sha256

    text = repr((resource.type, _content(resource.attributes)))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _content(value: Value) -> Any:
    if isinstance(value, Known):
        return scalar_text(value.data)
    if isinstance(value, ListValue):
        return [_content(item) for item in value.items]
    if isinstance(value, MapValue):
        return sorted((key, _content(entry)) for key, entry in value.entries.items())
    if isinstance(value, Text):
        return ("text", [_content(part) for part in value.parts])
    if isinstance(value, Encoded):
        return ("encoded", _content(value.structure))
    if isinstance(value, Choice):
        return ("choice", [_content(branch) for _, branch in value.branches])
    assert isinstance(value, Unknown)
    return ("unknown", value.target.attribute if value.target is not None else "")
