"""Defaults that CloudFormation's resource schemas state, put into the catalog when it is compiled.

Source: "CloudFormation resource provider definition schema" (CloudFormation CLI User Guide), `default`; the schemas
are read by scripts/extract_cloudformation_defaults.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iacreview.catalog.catalog import Kind, Property
from iacreview.catalog.path import Path

Defaults = Mapping[str, Mapping[str, Any]]


def full_path(outer: str, path: Path) -> str:
    """The names from the resource to a property, `type/` before those in a satellite.

    Empty where they leave what a schema describes: embedded texts, selected items, entries of a map.
    """
    if any(
        segment.action != "name" or segment.select_key or segment.name[:1] in ("", "@") for segment in path.segments
    ):
        return ""
    names = ".".join(segment.name for segment in path.segments)
    if path.satellite:
        return f"{path.satellite}/{names}" if names else ""
    return f"{outer}.{names}" if outer else names


def read_from(kind: Kind, path: str) -> list[str]:
    """The CloudFormation types in which a full path is read."""
    satellite = path.rpartition("/")[0]
    if satellite:
        return [satellite]
    types = kind.spec["types"].get("cfn", ())
    return [types] if isinstance(types, str) else list(types)


def schema_default(kind: Kind, prop: Property, outer: str, defaults: Defaults) -> Any:
    """What the schemas say of a property where it is in one place; None where they say nothing or disagree."""
    paths = prop.paths["cloudformation"]
    path = full_path(outer, paths[0]) if len(paths) == 1 else ""
    if not path:
        return None
    found = [defaults.get(type, {}).get(path.rpartition("/")[2]) for type in read_from(kind, path)]
    return found[0] if found and all(each == found[0] for each in found) else None


def with_schema_defaults(kinds: Mapping[str, Any], defaults: Defaults) -> dict[str, Any]:
    """The kinds with `schema_default` in each property of which the catalog itself says nothing for CloudFormation."""
    return {name: {**spec, "properties": _completed(Kind(name, spec), defaults)} for name, spec in kinds.items()}


def _completed(kind: Kind, defaults: Defaults) -> dict[str, Any]:
    own = {name: kind.property(name) for name in kind.spec["properties"]}
    return _all_completed(kind, own, "", defaults)


def _all_completed(kind: Kind, properties: Mapping[str, Property], outer: str, defaults: Defaults) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, prop in properties.items():
        spec = dict(prop.spec)
        default = None if _said(spec) else schema_default(kind, prop, outer, defaults)
        if default is not None:
            spec["schema_default"] = default
        if prop.items:
            spec["items"] = _items_completed(kind, prop, outer, defaults)
        found[name] = spec
    return found


def _items_completed(kind: Kind, prop: Property, outer: str, defaults: Defaults) -> dict[str, Any]:
    paths = prop.paths["cloudformation"]
    inner = full_path(outer, paths[0]) if len(paths) == 1 else ""
    if not inner:
        return dict(prop.spec["items"])
    return _all_completed(kind, prop.items, inner, defaults)


def _said(spec: Mapping[str, Any]) -> bool:
    """Whether the catalog says what holds in CloudFormation; `default: null` says that it has no default."""
    if "default" not in spec:
        return False
    default = spec["default"]
    return not isinstance(default, dict) or "cfn" in default or not default.keys() <= {"cfn", "tf"}
