"""What a resource is, whatever it is called and wherever it is written."""

from __future__ import annotations

from typing import TypeGuard

from iacreview.model.content import content
from iacreview.model.digest import digest as sha256_of
from iacreview.model.graph import Resource
from iacreview.model.value import Known, Value, is_sensitive

_NAMES = ("name", "identifier", "bucket")


def digest(resource: Resource) -> str:
    """Equal for two resources of one type with the same content, names of other resources and layout left aside."""
    return sha256_of(repr((resource.type, content(resource.attributes))))


def physical_name(resource: Resource) -> str:
    """The name that AWS knows a resource by, where it is a literal; empty where it is not.

    That is an attribute such as `name`, `identifier`, or one that is called after the type (`function_name`,
    `DBInstanceIdentifier`). One that must not be shown names nothing.
    """
    last = _plain(resource.type.rpartition("::")[2] if "::" in resource.type else resource.type.split("_", 2)[-1])
    for key, value in resource.attributes.entries.items():
        if _names(_plain(key), last) and _is_shown(value):
            return str(value.data)
    return ""


def _names(key: str, type: str) -> bool:
    """Whether an attribute is called after the type, or after its last words (`GroupName` of a security group)."""
    if key in (*_NAMES, f"{type}identifier", f"{type}id"):
        return True
    return key.endswith("name") and f"{type}name".endswith(key)


def _is_shown(value: Value) -> TypeGuard[Known]:
    return isinstance(value, Known) and isinstance(value.data, str) and not is_sensitive(value)


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
