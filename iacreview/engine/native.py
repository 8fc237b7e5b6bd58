"""Rows in native words: types and attributes, tags, and calls of modules, brought to what the engine knows.

A row of `type` or `module` becomes one of a general kind, with properties of its own; `tags.NAME` becomes a property of
whatever kind the row is about.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from iacreview.catalog.types import Types
from iacreview.engine.require import names

ANY, MODULE = "any.resource", "foreign.module"
TAG = "tags."
# Whatever kind has tags.
EVERY = "*"

_PLAIN = re.compile(r"[\w-]+")
_KEYS = ("cfn", "tf")
_STACK = "the stack may be given tags when it is deployed"


def is_native(row: Mapping[str, Any]) -> bool:
    """Whether a row is in native words, wholly or in part."""
    return any(key in row for key in ("type", "module")) or row.get("kind") == EVERY or bool(list(tags_of(row)))


def tags_of(row: Mapping[str, Any]) -> Iterator[str]:
    """The names like `tags.Owner` that a row asks about."""
    for key in ("when", "require"):
        asked = row.get(key)
        if isinstance(asked, dict):
            yield from (name for name in names(asked) if name.startswith(TAG))


def brought_over(row: Mapping[str, Any], types: Types) -> dict[str, Any]:
    """The row in the engine's own words; what is in them already stays as it is."""
    found = {key: value for key, value in row.items() if key not in ("type", "attribute", "module")}
    properties = {name: _tag(name.removeprefix(TAG)) for name in tags_of(row)}
    if "type" in row:
        found |= {"kind": ANY, "types": _list(row["type"])}
    elif row.get("kind") == EVERY:
        found |= {"kind": ANY, "types": sorted(types.tagged)}
    elif "module" in row:
        found |= {"kind": MODULE, "source": row["module"]}
        asked = [name for key in ("when", "require") for name in names(row.get(key, {}))]
        properties |= {name: {"tf": name} for name in asked}
    if "attribute" in row:
        attribute = row["attribute"]
        paths = attribute if isinstance(attribute, dict) else dict.fromkeys(_KEYS, attribute)
        name = str(next(iter(paths.values())))
        properties[name] = paths
        found["require"] = {name: row["require"]}
    return {**found, **({"properties": properties} if properties else {})}


def taggable(types: Collection[str], known: Types) -> bool:
    """Whether any of the types has tags."""
    return not known.tagged.isdisjoint(types)


def _tag(name: str) -> dict[str, Any]:
    """Where a tag stands: in a map, in a list of pairs, or in the tags that a provider gives to all its resources.

    Sources: "AWS::EC2::Instance" and "Resource tag" (CloudFormation), "Resource: aws_autoscaling_group" and
    "default_tags Configuration Block" (the Terraform provider). A stack's tags are given to its resources as well.
    """
    key = name if _PLAIN.fullmatch(name) else f'"{name}"'
    return {
        "cfn": [f"Tags.{key}", f"Tags[Key={name}].Value"],
        "tf": [f"tags.{key}", f"tag[key={name}].value"],
        "default": {"cfn": {"unknown": _STACK}},
        "setting": f"provider/default_tags.tags.{key}",
    }


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
