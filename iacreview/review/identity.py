"""What a resource is, whatever it is called and wherever it is written."""

from __future__ import annotations

from typing import Any, TypeGuard

from iacreview.model.graph import Resource
from iacreview.model.value import (
    Choice,
    Encoded,
    Known,
    ListValue,
    MapValue,
    Text,
    Unknown,
    Value,
    is_sensitive,
    scalar_text,
)

_NAMES = ("name", "identifier", "bucket")


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


def physical_name(resource: Resource) -> str:
    """The name that AWS knows a resource by, where it is a literal; empty where it is not.

    That is an attribute such as `name`, `identifier`, or one that is called after the type (`function_name`,
    `DBInstanceIdentifier`). One that must not be shown names nothing.
    """
    last = _plain(resource.type.rpartition("::")[2] if "::" in resource.type else resource.type.split("_", 2)[-1])
    for key, value in resource.attributes.entries.items():
        if _plain(key) in (*_NAMES, f"{last}name", f"{last}identifier", f"{last}id") and _is_shown(value):
            return str(value.data)
    return ""


def _is_shown(value: Value) -> TypeGuard[Known]:
    return isinstance(value, Known) and isinstance(value.data, str) and not is_sensitive(value)


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
