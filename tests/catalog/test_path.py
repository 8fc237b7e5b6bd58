from __future__ import annotations

import pytest

from iacreview.catalog.path import ends, parse_path
from iacreview.model.guard import Guard, Says
from iacreview.model.provenance import Reference
from iacreview.model.source import Source, Span
from iacreview.model.value import Choice, Known, ListValue, MapValue, Unknown, Value

C = Guard("c", Says.HOLDS)

SOURCE = Source("a.yaml", "x" * 100)
HEADER = Span(SOURCE, 0, 5)


def nothing(value: Value) -> None:
    """Follows no reference."""


def of(data: object) -> Value:
    if isinstance(data, dict):
        return MapValue({key: of(value) for key, value in data.items()})
    if isinstance(data, list):
        return ListValue([of(item) for item in data])
    if isinstance(data, Value):
        return data
    assert data is None or isinstance(data, (str, int, float, bool))
    return Known(data)


def led(data: object, path: str) -> list[object]:
    """What a path leads to: data of scalars, None for an absence, the reason of an unknown."""
    found = ends(of(data), parse_path(path).segments, HEADER, nothing)
    return [
        each.value.data
        if isinstance(each.value, Known)
        else each.value.reason
        if isinstance(each.value, Unknown)
        else type(each.value).__name__
        if each.value is not None
        else None
        for each in found
    ]


@pytest.mark.parametrize(
    ("data", "path", "expected"),
    [
        ({"A": 1}, "A", [1]),
        ({"A": {"B": 2}}, "A.B", [2]),
        ({"A": {}}, "A.B", [None]),
        ({}, "A.B", [None]),
        ({"A": None}, "A", [None]),  # Terraform's null is an absence
        ({"L": [{"B": 1}, {}, {"B": 3}]}, "L.B", [1, None, 3]),  # each item, absent in the second
        ({"L": []}, "L.B", [None]),
        ({"L": [1, 2]}, "L", ["ListValue"]),
        ({"M": {"x": 1, "y": 2}}, "M.*", [1, 2]),
        ({"L": [{"K": "a", "V": 1}, {"K": "b", "V": 2}]}, "L[K=b].V", [2]),
        ({"L": [{"K": "a", "V": 1}]}, "L[K=b].V", [None]),
        ({"P": {"rds.force_ssl": "1"}}, 'P."rds.force_ssl"', ["1"]),  # a name with a dot
        ({"A": Unknown("why")}, "A.B", ["why"]),  # nobody knows what is inside
        ({"L": [Unknown("why"), {"B": 1}]}, "L.B", ["why", 1]),
        ({"L": [{"K": Unknown("why")}]}, "L[K=b].V", ["an entry's name is not known"]),
        ({"A": ["*", {"B": 1}]}, "A.B", [None, 1]),  # everybody has no sort of principal
        ({"A": "text"}, "A.B", ["the value has no `B` that can be read here"]),
    ],
)
def test_places(data: object, path: str, expected: list[object]) -> None:
    assert led(data, path) == expected


def test_an_absence_points_at_the_item_it_is_missing_from() -> None:
    item = Span(SOURCE, 10, 20)
    value = MapValue({"L": ListValue([MapValue({}, item)])})
    (place,) = ends(value, parse_path("L.B").segments, HEADER, nothing)
    assert (place.value, place.span) == (None, item)
    (place,) = ends(MapValue({}), parse_path("L.B").segments, HEADER, nothing)
    assert (place.value, place.span) == (None, HEADER)


def test_a_reference_is_followed_from_where_it_stands() -> None:
    def follow(value: Value) -> MapValue | None:
        return MapValue({"B": Known(1)}) if value.references else None

    group = Unknown("known after apply", references=(Reference("aws_db_parameter_group.g"),))
    (place,) = ends(MapValue({"A": group}), parse_path("A.follow().B").segments, HEADER, follow)
    assert isinstance(place.value, Known)
    assert place.value.data == 1
    (place,) = ends(MapValue({"A": Known("default.mysql8.0")}), parse_path("A.follow().B").segments, HEADER, follow)
    assert isinstance(place.value, Unknown)
    (place,) = ends(MapValue({}), parse_path("A.follow().B").segments, HEADER, follow)
    assert place.value is None


def test_branches_are_named() -> None:
    value = MapValue({"A": Choice([((C,), of({"B": 1})), ((C.opposite,), of({}))])})
    first, second = ends(value, parse_path("A.B").segments, HEADER, nothing)
    assert (first.when, second.when, second.value) == ((C,), (C.opposite,), None)


def test_what_may_not_exist_is_not_sure() -> None:
    value = MapValue({"L": ListValue([of({"B": 1})], complete=False)})
    (place,) = ends(value, parse_path("L.B").segments, HEADER, nothing)
    assert not place.sure
    (place,) = ends(MapValue({"L": ListValue([], complete=False)}), parse_path("L.B").segments, HEADER, nothing)
    assert (place.value, place.sure) == (None, False)


@pytest.mark.parametrize("text", ["", "A..B", "A[K]", "A.B()", "A B"])
def test_malformed(text: str) -> None:
    with pytest.raises(ValueError, match="path"):
        parse_path(text)


def test_parts() -> None:
    path = parse_path("aws_s3_bucket_logging/target_bucket")
    assert (path.satellite, path.native) == ("aws_s3_bucket_logging", "target_bucket")
    assert parse_path("aws_flow_log/").segments == ()
    assert parse_path("policy.json().Statement").native == "policy.Statement"
    assert parse_path("parameter[name=require_ssl].value").native == "parameter[require_ssl].value"


@pytest.mark.parametrize(
    ("data", "path", "there"),
    [
        ({"a": {"b": None}}, "a.b", True),  # null, where the rest of the path is written
        ({"a": None}, "a.b", False),
        ({"a": {}}, "a.b", True),
        ({}, "a.b", False),
        ({"l": [{"a": None}]}, "l.a", True),
        ({"l": [{"a": None}]}, "l.a.b", False),
    ],
)
def test_whether_what_would_have_an_absence_is_written(data: object, path: str, there: bool) -> None:
    (end,) = ends(of(data), parse_path(path).segments, HEADER, nothing)
    assert end.value is None
    assert bool(end.parent) is there
