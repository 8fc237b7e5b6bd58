"""The names that AWS knows resources by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeGuard

from iacreview.model.graph import Resource, Unit
from iacreview.model.parts import is_sensitive
from iacreview.model.value import Known, Value

_NAMES = ("name", "identifier", "bucket")


def physical_names(unit: Unit) -> Mapping[str, str]:
    """The physical names of a unit's resources that are literals, by address; what is imported is named by its id."""
    own = ((each.address, physical_name(each)) for each in unit.resources if each.mode == "managed")
    return {address: name for address, name in own if name} | dict(unit.imported)


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
