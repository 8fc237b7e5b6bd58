"""Every path of the catalog leads to something that exists: CloudFormation's in the resource schemas that cfn-lint ships,
Terraform's in the provider's schema (scripts/terraform_schema.py). tests/data/former.yaml has what neither has any more."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from iacreview.catalog.catalog import Kind, Property
from iacreview.catalog.path import Path as CatalogPath
from iacreview.catalog.path import parse_path
from iacreview.engine.load import load_catalog
from tests.schemas import resolved, schema, schemas

CATALOG = load_catalog()
DATA = Path(__file__).parent.parent / "data"
# Not of the AWS provider or of a resource schema: what the evaluators make themselves.
OWN = {
    "terraform.variable",
    "terraform.output",
    "provider.aws",
    "provider.*",
    "terraform.module",
    "terraform.values",
    "terraform.state",
    # Of the provider for Kubernetes, in which access to a cluster of EKS may be written.
    "kubernetes_config_map",
    "kubernetes_config_map_v1",
    "kubernetes_config_map_v1_data",
    "Template::Macro",
    "Template::Mappings",
    "*",
    "*::*",
    "AWS::*",
    "aws_*",
    "AWS::CloudFormation::Parameter",
    "AWS::CloudFormation::Output",
}

FORMER: dict[str, dict[str, str]] = yaml.safe_load((DATA / "former.yaml").read_text(encoding="utf-8"))


@cache
def terraform() -> dict[str, Any]:
    types: dict[str, Any] = json.loads((DATA / "terraform-types.json").read_text(encoding="utf-8"))["types"]
    return types


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
        for segment in path.segments:
            if segment.action != "name" or segment.name.startswith("@"):
                return names
            names.append(segment.name)
    return names


def terraform_has(type: str, names: list[str]) -> bool:
    if type not in terraform():
        return type in FORMER["terraform"]
    level: Any = terraform()[type]
    for name in names:
        if isinstance(level, str) or not isinstance(level, dict):
            return isinstance(level, str) and level.startswith(("map", "any"))
        if name not in level:
            return f"{type}/{names[0]}" in FORMER["terraform"]
        found = level[name]
        level = found["of"] if isinstance(found, dict) else found.rstrip("!")
    return True


def cloudformation_has(type: str, names: list[str]) -> bool:
    root = schema(type)
    if root is None or f"{type}/{names[0]}" in FORMER["cloudformation"]:
        return type in FORMER["cloudformation"] or root is not None
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


HELP = """

{what} is not in the {schema}.
- A slip? Near: {near}.
- Newer than the schema? {renew}
- Removed, and still used? Add it to tests/data/former.yaml, with the reason."""
SCHEMAS = {
    "terraform": (
        "schema of the Terraform provider (tests/data/terraform-types.json)",
        "Pin a newer version in scripts/terraform_schema.py, and run it.",
    ),
    "cloudformation": (
        "CloudFormation resource schemas that cfn-lint ships",
        "Pin a newer cfn-lint in pyproject.toml, and run `make generate`.",
    ),
}


def explained(dialect: str, what: str, known: Iterable[str]) -> str:
    """What somebody who adds a type or a property has to do about a name that no schema has."""
    last = re.split(r"[/.]", what)[-1]
    near = ", ".join(get_close_matches(last, list(known), n=3, cutoff=0.5)) or "nothing"
    name, renew = SCHEMAS[dialect]
    return HELP.format(what=what, schema=name, near=near, renew=renew)


def known_types(dialect: str) -> Iterable[str]:
    return terraform() if dialect == "terraform" else schemas()[1]


def is_known(dialect: str, type: str) -> bool:
    # SAM's types are those of a transform and have no schema.
    return type in known_types(dialect) or type in FORMER[dialect] or type.startswith("AWS::Serverless::")


def names_at(dialect: str, type: str, names: list[str]) -> list[str]:
    """The names that the schema has where the last of `names` should be."""
    has = terraform_has if dialect == "terraform" else cloudformation_has
    depth = next(at for at in range(len(names)) if not has(type, names[: at + 1]))
    if dialect == "terraform":
        level: Any = terraform()[type]
        for name in names[:depth]:
            level = level[name]["of"] if isinstance(level[name], dict) else {}
        return list(level)
    part = schema(type)
    assert part is not None
    return sorted({each for inner in _parts(part, part, names[:depth]) for each in inner.get("properties", ())})


def _parts(root: dict[str, Any], part: dict[str, Any], names: list[str]) -> Iterator[dict[str, Any]]:
    part = resolved(root, part)
    if not names:
        yield part
    if names and names[0] in part.get("properties", {}):
        yield from _parts(root, part["properties"][names[0]], names[1:])
    for inner in (part.get("items"), *part.get("oneOf", ()), *part.get("anyOf", ())):
        if inner is not None:
            yield from _parts(root, inner, names)


def types_of(kind: Kind, dialect: str) -> list[str]:
    return texts(kind.spec["types"].get("tf" if dialect == "terraform" else "cfn"))


@pytest.mark.parametrize("name", sorted(CATALOG))
@pytest.mark.parametrize("dialect", ["terraform", "cloudformation"])
def test_types(name: str, dialect: str) -> None:
    kind = CATALOG.kind(name)
    types = types_of(kind, dialect)
    satellites = [each for each in kind.satellites if ("::" in each) == (dialect == "cloudformation")]
    for type in (*types, *satellites):
        if type not in OWN and not is_known(dialect, type):
            pytest.fail(explained(dialect, type, known_types(dialect)), pytrace=False)


@pytest.mark.parametrize("name", sorted(CATALOG))
@pytest.mark.parametrize("dialect", ["terraform", "cloudformation"])
def test_paths(name: str, dialect: str) -> None:
    """Every path of every property leads to something in one of the kind's types, or in its satellite."""
    kind = CATALOG.kind(name)
    types = [each for each in types_of(kind, dialect) if each not in OWN and is_known(dialect, each)]
    for prop, found in ways(own(kind), dialect):
        # A member's path may exist in one of the collections that the property is a name for.
        for path in {way[-1] for way in found}:
            missed = [missing(dialect, types, way) for way in found if way[-1] == path]
            if "" not in missed:
                pytest.fail(f"{name}, {prop}: {missed[0].lstrip()}", pytrace=False)


def missing(dialect: str, types: list[str], way: Way) -> str:
    """What to do about a way that leads nowhere; empty where it leads to something in one of the types."""
    names = names_of(way)
    where = [way[0].satellite] if way[0].satellite else types
    if not names or not where or any(reaches(dialect, type, names) for type in where):
        return ""
    what = f"{where[0]}/{'.'.join(names)}"
    return explained(dialect, what, names_at(dialect, where[0], names))


def reaches(dialect: str, type: str, names: list[str]) -> bool:
    if dialect == "cloudformation":
        return type.startswith("AWS::Serverless::") or cloudformation_has(type, names)
    # The evaluator adds the document it computes to the data source.
    return names[:1] == ["json"] or "::" in type or terraform_has(type, names)


@pytest.mark.parametrize("name", sorted(CATALOG))
def test_links(name: str) -> None:
    """What links a satellite to its parent is an attribute of the satellite."""
    for type, satellite in CATALOG.kind(name).satellites.items():
        dialect = "cloudformation" if "::" in type else "terraform"
        for path in satellite.links:
            if lacking := missing(dialect, [type], (path,)):
                pytest.fail(f"{name}, link of {type}: {lacking.lstrip()}", pytrace=False)


def test_a_misspelt_link_is_told_with_what_is_near() -> None:
    told = missing("terraform", ["aws_s3_bucket_logging"], (parse_path("buket"),))
    assert "aws_s3_bucket_logging/buket is not in the schema" in told
    assert "Near: bucket" in told


def test_former_is_former() -> None:
    """What a schema has again needs no exception."""
    for dialect, entries in FORMER.items():
        for entry in entries:
            type, _, argument = entry.partition("/")
            if dialect == "terraform":
                assert argument not in terraform().get(type, ()) if argument else type not in terraform()
            else:
                root = schema(type)
                assert root is None or (argument and argument not in root.get("properties", ()))
