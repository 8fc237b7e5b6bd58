"""Every path of the catalog leads to something that exists: CloudFormation's in the resource schemas that cfn-lint ships,
Terraform's in an extract of the provider's schema (scripts/extract_terraform_facts.py)."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from iacreview.catalog.catalog import Kind, Property
from iacreview.catalog.path import Path as CatalogPath
from iacreview.engine.load import load_catalog

CATALOG = load_catalog()
DATA = Path(__file__).parent.parent / "data"
# Not of the AWS provider or of a resource schema: what the evaluators make themselves.
OWN = {
    "terraform.variable",
    "terraform.output",
    "provider.aws",
    "AWS::CloudFormation::Parameter",
    "AWS::CloudFormation::Output",
}

# Arguments of earlier major versions of the provider, which configurations still use.
FORMER = {("aws_dms_endpoint", "s3_settings")}


@cache
def terraform() -> dict[str, Any]:
    types: dict[str, Any] = json.loads((DATA / "terraform-types.json").read_text(encoding="utf-8"))["types"]
    return types


@cache
def schemas() -> tuple[Path, dict[str, str]]:
    spec = importlib.util.find_spec("cfnlint")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    folder = Path(spec.submodule_search_locations[0]) / "data" / "schemas"
    return folder, json.loads((folder / "providers" / "us-east-1.json").read_text(encoding="utf-8"))


@cache
def schema(type: str) -> dict[str, Any] | None:
    folder, types = schemas()
    if type not in types:
        return None
    found: dict[str, Any] = json.loads((folder / "resources" / f"{types[type]}.json").read_text(encoding="utf-8"))
    return found


def texts(spec: object) -> list[str]:
    return [spec] if isinstance(spec, str) else list(spec or ())  # type: ignore[call-overload]


Way = tuple[CatalogPath, ...]


def ways(
    properties: dict[str, Property], dialect: str, outer: tuple[Way, ...] = ((),)
) -> Iterator[tuple[str, list[Way]]]:
    """(property, the ways to it): alternatives of its own and of the collections it is in."""
    for name, prop in properties.items():
        found = [(*before, path) for before in outer for path in prop.paths[dialect]]
        if found:
            yield name, found
            if prop.items:
                yield from ways(prop.items, dialect, tuple(found))


def names_of(way: Way) -> list[str]:
    """The attribute names on the way, up to where the schema ends: embedded JSON, free-form maps, another resource."""
    names: list[str] = []
    for path in way:
        for step in path.steps:
            if step.action != "name" or step.name.startswith("@"):
                return names
            names.append(step.name)
    return names


def terraform_has(type: str, names: list[str]) -> bool:
    level: Any = terraform().get(type)
    for name in names:
        if isinstance(level, str) or not isinstance(level, dict):
            return isinstance(level, str) and level.startswith("map")
        if name not in level:
            return False
        found = level[name]
        level = found["of"] if isinstance(found, dict) else found.rstrip("!")
    return True


def resolved(root: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        target: Any = root
        for step in part["$ref"].lstrip("#/").split("/"):
            target = target[step]
        part = target
    return part


def cloudformation_has(type: str, names: list[str]) -> bool:
    root = schema(type)
    assert root is not None
    return _schema_has(root, root, names)


def _schema_has(root: dict[str, Any], part: dict[str, Any], names: list[str]) -> bool:
    if not names:
        return True
    part = resolved(root, part)
    if names[0] in part.get("properties", {}):
        return _schema_has(root, part["properties"][names[0]], names[1:])
    if "items" in part:
        return _schema_has(root, part["items"], names)
    for key in ("oneOf", "anyOf", "allOf"):
        if any(_schema_has(root, each, names) for each in part.get(key, ())):
            return True
    for pattern in part.get("patternProperties", {}).values():
        if _schema_has(root, pattern, names[1:]):
            return True
    # A free-form object: the schema says nothing of what is inside.
    types = part.get("type", ())
    return "properties" not in part and "items" not in part and "object" in texts(types)


def own(kind: Kind) -> dict[str, Property]:
    return {name: kind.property(name) for name in kind.spec["properties"]}


@pytest.mark.parametrize("name", sorted(CATALOG))
def test_terraform(name: str) -> None:
    kind = CATALOG.kind(name)
    types = [each for each in texts(kind.spec["types"].get("tf")) if each not in OWN]
    assert not [each for each in types if each not in terraform()]
    for prop, found in ways(own(kind), "terraform"):
        assert not types or any(terraform_reaches(types, way) for way in found), f"{prop}: {found}"
    for type, satellite in kind.satellites.items():
        if "::" not in type:
            assert terraform_has(type, satellite.link.split(".")), f"{type}: {satellite.link}"


def terraform_reaches(types: list[str], way: Way) -> bool:
    names = names_of(way)
    if way[0].satellite:
        return "::" in way[0].satellite or terraform_has(way[0].satellite, names)
    # The evaluator adds the document it computes to the data source.
    former = any((each, name) in FORMER for each in types for name in names[:1])
    return former or names[:1] == ["json"] or any(terraform_has(each, names) for each in types)


@pytest.mark.parametrize("name", sorted(CATALOG))
def test_cloudformation(name: str) -> None:
    kind = CATALOG.kind(name)
    types = [each for each in texts(kind.spec["types"].get("cfn")) if each not in OWN]
    # SAM's types are those of a transform and have no schema.
    known = [each for each in types if not each.startswith("AWS::Serverless::")]
    assert not [each for each in known if schema(each) is None]
    for prop, found in ways(own(kind), "cloudformation"):
        reached = any(cloudformation_reaches(known, way) for way in found)
        assert reached or not known or len(known) < len(types), f"{prop}: {found}"


def cloudformation_reaches(types: list[str], way: Way) -> bool:
    names = names_of(way)
    if way[0].satellite:
        return schema(way[0].satellite) is None or cloudformation_has(way[0].satellite, names)
    return any(cloudformation_has(each, names) for each in types)
