"""Whether data has the shape of a schema: what jsonschema says of it, for any data and any schema of these keywords."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from iacreview import schemas
from iacreview.discussion.shape import Shape

NAMES = st.sampled_from(["a", "b", "c"])
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-1, 2), st.sampled_from([0.0, 1.0, 1.5]), NAMES)
DATA = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3))
TYPES = st.sampled_from(["array", "boolean", "integer", "null", "number", "object", "string"])
PLAIN = st.fixed_dictionaries(
    {},
    optional={
        "type": TYPES | st.lists(TYPES, min_size=1, max_size=2, unique=True),
        "const": SCALARS,
        "enum": st.lists(SCALARS, min_size=1, max_size=3),
        "minimum": st.integers(0, 1),
        "required": st.lists(NAMES, max_size=2, unique=True),
    },
)
SCHEMA = st.recursive(
    PLAIN,
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "properties": st.dictionaries(NAMES, inner, max_size=2),
            "additionalProperties": inner,
            "items": inner,
            "allOf": st.lists(inner, min_size=1, max_size=2),
            "anyOf": st.lists(inner, min_size=1, max_size=2),
            "$ref": st.just("#/$defs/other"),
        },
    ),
    max_leaves=6,
)


@given(SCHEMA, PLAIN, DATA)
@settings(max_examples=60)
def test_as_jsonschema_says(schema: dict[str, Any], other: dict[str, Any], data: Any) -> None:
    whole = {**schema, "$defs": {"other": other}}
    assert (Shape(whole).misfit(data) is None) is Draft202012Validator(whole).is_valid(data)


def test_where_it_does_not_fit() -> None:
    schema = {"properties": {"a": {"items": {"type": "string"}}}}
    assert Shape(schema).misfit({"a": ["x", 1]}) == ("a", 1)


def test_a_keyword_that_is_not_known_is_an_error() -> None:
    with pytest.raises(KeyError):
        Shape({"pattern": "x"}).misfit("x")


def test_every_keyword_of_the_schema_of_reports_is_known() -> None:
    report = json.loads((Path(schemas.__file__).parent / "report.schema.json").read_text(encoding="utf-8"))
    keywords = {keyword for each in _schemas(report) for keyword in each}
    assert keywords <= {*Shape({}).keywords, "$schema", "$defs", "title", "description"}


def _schemas(schema: Any) -> Iterator[dict[str, Any]]:
    """A schema and those inside of it."""
    yield schema
    inside = [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values()]
    inside += [*schema.get("anyOf", ()), *schema.get("allOf", ())]
    for each in (*inside, *(schema[key] for key in ("items", "additionalProperties") if key in schema)):
        yield from _schemas(each)
