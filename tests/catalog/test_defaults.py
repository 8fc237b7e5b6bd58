"""Defaults of CloudFormation's resource schemas: what is extracted, what the catalog takes, where the two disagree."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from iacreview.catalog.catalog import Catalog, Kind, Property
from iacreview.catalog.defaults import full_path, read_from, with_schema_defaults
from iacreview.catalog.view import View, Where
from iacreview.catalog.world import World
from iacreview.engine.load import COMPILED, load_catalog
from iacreview.model.value import Known, ListValue, Value, scalar_text
from iacreview.pipeline import graphs
from scripts.extract_cloudformation_defaults import default_of, named
from tests.trees import MemoryTree

CATALOG = load_catalog()
EXTRACT: dict[str, dict[str, Any]] = json.loads(
    (Path(COMPILED) / "cloudformation_defaults.json").read_text(encoding="utf-8")
)["types"]

# Where AWS's documentation says other than the schema, (kind, property): why.
CONTRADICTIONS = {
    (
        "elasticache.replication_group",
        "at_rest_encryption",
    ): "CreateReplicationGroup: `true` when using Valkey, `false` when using Redis OSS",
    (
        "elasticache.replication_group",
        "transit_encryption",
    ): "AWS::ElastiCache::ReplicationGroup: required when `Engine` is `valkey`",
}


def stated(kind: Kind) -> Iterator[tuple[Property, str]]:
    """Every property and full path of which the catalog's own files say what holds."""

    def visit(properties: dict[str, Property], outer: list[str]) -> Iterator[tuple[Property, str]]:
        for prop in properties.values():
            paths = [full for path in prop.paths["cloudformation"] for base in outer if (full := full_path(base, path))]
            if "cloudformation" in {*prop.defaults, *prop.unknown} or prop.spec.get("default", "") is None:
                yield from ((prop, path) for path in paths)
            yield from visit(prop.items, paths)

    yield from visit({name: kind.property(name) for name in kind.spec["properties"]}, [""])


def contradictions() -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for name in CATALOG:
        kind = CATALOG.kind(name)
        for prop, path in stated(kind):
            for type in read_from(kind, path):
                schema = EXTRACT.get(type, {}).get(path.rpartition("/")[2])
                ours = prop.defaults.get("cloudformation")
                if schema is not None and scalar_text(ours).lower() != scalar_text(schema).lower():
                    found[name, prop.name] = f"{ours!r} here, {schema!r} in the schema of {type}"
    return found


def test_nothing_contradicts_the_schemas_without_a_reason() -> None:
    assert not {key: text for key, text in contradictions().items() if key not in CONTRADICTIONS}
    assert not CONTRADICTIONS.keys() - contradictions().keys()


def test_there_is_something_to_contradict() -> None:
    compared = [
        (type, path)
        for name in CATALOG
        for _, path in stated(CATALOG.kind(name))
        for type in read_from(CATALOG.kind(name), path)
        if path in EXTRACT.get(type, {})
    ]
    assert ("AWS::KMS::Key", "KeySpec") in compared
    assert ("AWS::Cassandra::Table", "EncryptionSpecification.EncryptionType") in compared


SCHEMA = {
    "properties": {
        "Plain": {"default": False},
        "Object": {"$ref": "#/definitions/Object"},
        "List": {"type": "array", "items": {"$ref": "#/definitions/Object"}},
        "Enum": {"$ref": "#/definitions/Enum"},
        "Nearer": {"$ref": "#/definitions/Enum", "default": "B"},
        "Either": {"oneOf": [{"properties": {"X": {"default": 1}}}, {"properties": {"X": {"default": 2}}}]},
        "Same": {"anyOf": [{"properties": {"X": {"default": 1}}}, {"properties": {"X": {"default": 1}}}]},
        "Texts": {"default": ["a", "b"]},
        "Loop": {"$ref": "#/definitions/Loop"},
        "Empty": {"default": ""},
        "Null": {"default": None},
        "Whole": {"default": {"X": 1}},
        "Nothing": {"type": "string"},
    },
    "definitions": {
        "Object": {"properties": {"Inner": {"default": 7}, "Self": {"$ref": "#/definitions/Object"}}},
        "Enum": {"enum": ["A", "B"], "default": "A"},
        "Loop": {"$ref": "#/definitions/Loop"},
    },
}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Plain", False),
        ("Object.Inner", 7),
        ("Object.Self.Self.Inner", 7),
        ("List.Inner", 7),  # over a list, of each item
        ("Enum", "A"),  # what is said where the type is defined
        ("Nearer", "B"),  # before what is said where it is used
        ("Texts", ["a", "b"]),
        ("Same.X", 1),
        ("Either.X", None),  # nobody can know which
        ("Loop", None),
        ("Loop.X", None),
        ("Empty", None),  # chooses nothing
        ("Null", None),
        ("Whole", None),
        ("Nothing", None),
        ("Missing.Inner", None),
    ],
)
def test_the_default_at_a_path(path: str, expected: object) -> None:
    assert default_of(SCHEMA, path) == expected


KINDS: dict[str, Any] = {
    "s3.bucket": {
        "title": "S3 bucket",
        "types": {"cfn": ["AWS::S3::Bucket", "AWS::S3::Other"], "tf": "aws_s3_bucket"},
        "satellites": {"AWS::S3::Part": {"link": "Bucket"}},
        "properties": {
            "plain": {"cfn": "Plain", "tf": "plain"},
            "nested": {"cfn": "Object.Inner", "tf": "object.inner"},
            "ours": {"cfn": "Plain", "default": True},
            "nobody": {"cfn": "Plain", "default": {"unknown": "it depends"}},
            "none": {"cfn": "Plain", "default": None},
            "theirs": {"cfn": "Plain", "tf": "plain", "default": {"tf": True}},
            "either": {"cfn": ["Plain", "Object.Inner"]},
            "differs": {"cfn": "Differs"},
            "part": {"cfn": "AWS::S3::Part/Texts"},
            "text": {"cfn": "Plain.json()"},
            "list": {"cfn": "List", "items": {"inner": {"cfn": "Object.Inner"}}},
        },
    }
}
DEFAULTS: dict[str, dict[str, Any]] = {
    type: {"Plain": False, "Object.Inner": 7, "List.Object.Inner": 8, "Differs": differs}
    for type, differs in (("AWS::S3::Bucket", 1), ("AWS::S3::Other", 2))
} | {"AWS::S3::Part": {"Texts": ["a", "b"]}}
TAKEN = Catalog(with_schema_defaults(KINDS, DEFAULTS))


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("plain", False),
        ("nested", 7),
        ("ours", True),  # what the catalog says wins
        ("nobody", None),
        ("none", None),
        ("theirs", False),  # it says nothing for CloudFormation
        ("either", None),  # which of two places?
        ("differs", None),  # the types do not agree
        ("part", ["a", "b"]),
        ("text", None),
    ],
)
def test_what_the_catalog_takes(name: str, default: object) -> None:
    prop = TAKEN.kind("s3.bucket").property(name)
    assert prop.default("cloudformation")[0] == default
    assert prop.default("awscc")[0] == default
    assert prop.default("terraform")[0] == (True if name in ("ours", "theirs") else None)


def test_members_have_their_own() -> None:
    assert TAKEN.kind("s3.bucket").members("list")["inner"].schema_default == 8


def test_the_paths_that_are_looked_up() -> None:
    paths = {"Plain", "Object.Inner", "Differs", "List", "List.Object.Inner"}
    assert named(KINDS) == {"AWS::S3::Bucket": paths, "AWS::S3::Other": paths, "AWS::S3::Part": {"Texts"}}


def view_of(properties: dict[str, Any], **others: Any) -> View:
    resources = {"B": {"Type": "AWS::S3::Bucket", "Properties": properties}, **others}
    (graph,) = graphs(MemoryTree({"t.json": json.dumps({"Resources": resources})}), (), TAKEN)
    resource = graph.resources["B"]
    kind = TAKEN.kind("s3.bucket")
    return View(World(graph, TAKEN), Where(resource, kind, resource.attributes, resource.header))


def data(value: Value | None) -> object:
    if isinstance(value, ListValue):
        return [data(item) for item in value.items]
    return value.data if isinstance(value, Known) else value


@pytest.mark.parametrize(
    ("properties", "name", "collection", "expected"),
    [
        ({}, "plain", "", [False]),
        ({"Plain": True}, "plain", "", [True]),
        ({"Object": {}}, "nested", "", [7]),
        ({"Object": {"Inner": 1}}, "nested", "", [1]),
        ({}, "nested", "", [None]),  # there is no object that would have it
        ({"Object": {"Ref": "AWS::NoValue"}}, "nested", "", [None]),
        ({"Object": []}, "nested", "", [None]),
        ({}, "ours", "", [True]),
        ({"List": [{"Object": {}}, {}]}, "inner", "list", [8, None]),
        ({}, "part", "", [None]),  # there is no satellite
    ],
)
def test_a_schemas_default_needs_what_would_have_it(
    properties: dict[str, Any], name: str, collection: str, expected: list[object]
) -> None:
    view = view_of(properties)
    views = view.members(collection) if collection else [view]
    assert [data(each.value) for one in views for each in one.occurrences(name)] == expected


def test_a_list_is_a_default() -> None:
    view = view_of({}, P={"Type": "AWS::S3::Part", "Properties": {"Bucket": {"Ref": "B"}}})
    assert [(data(each.value), each.defaulted) for each in view.occurrences("part")] == [(["a", "b"], True)]
