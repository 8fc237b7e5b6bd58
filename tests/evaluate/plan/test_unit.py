"""Plans to units: what is there, what is not known, what is secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from iacreview.evaluate.plan.matching import Matching
from iacreview.model.provenance import Reference
from iacreview.model.value import Known, ListValue, MapValue, Supplied, Unknown, Value
from iacreview.parse.data.nodes import ScalarNode
from tests.evaluate.plan.support import instance, plan, resources_of, text_of, unit_of

REAL = Path(__file__).parent / "data" / "real"


def plain(value: Value | None) -> Any:
    if isinstance(value, Known):
        return value.data
    if isinstance(value, ListValue):
        return [plain(item) for item in value.items]
    if isinstance(value, MapValue):
        return {key: plain(entry) for key, entry in value.entries.items()}
    return f"<{value.reason}>" if isinstance(value, Unknown) else repr(value)


CONSTANT = {"constant_value": "x"}
VALUES = [
    # (values, after_unknown, sensitive_values, expressions) -> attributes
    (({"a": 1, "b": None, "c": "x"}, {}, {}, {}), {"a": 1, "c": "x"}),
    (({"a": [1, None]}, {}, {}, {}), {"a": [1, None]}),
    # a block that is not written is absent, one that is empty is not
    (({"logging": [], "tags": {}}, {}, {}, {"name": CONSTANT}), {}),
    (({"logging": []}, {"kms": True}, {}, {}), {}),
    (({"logging": []}, {}, {}, {"logging": {"references": ["var.l"]}}), {"logging": []}),
    (({"rule": [{"a": "x", "b": None, "inner": []}]}, {}, {}, {"rule": [{"a": CONSTANT}]}), {"rule": [{"a": "x"}]}),
    # unknown: what is written, not what the provider computes
    (({}, {"id": True, "kms": True}, {}, {"kms": {"references": ["var.k"]}}), {"kms": "<known after apply>"}),
    (
        ({"l": [None, "b"]}, {"l": [True, False]}, {}, {"l": {"references": ["var.k"]}}),
        {"l": ["<known after apply>", "b"]},
    ),
    (
        ({"r": [{}]}, {"r": [{"k": True}]}, {}, {"r": [{"k": {"references": ["var.k"]}}]}),
        {"r": [{"k": "<known after apply>"}]},
    ),
    (({"r": [{"l": []}]}, {"r": [{"k": True}]}, {}, {"r": [{}]}), {"r": [{}]}),
    (({}, {"r": [{"k": True}]}, {}, {"r": [{"k": {"references": ["var.k"]}}]}), {"r": [{"k": "<known after apply>"}]}),
    # sensitive: written out or not
    (({"p": "pw"}, {}, {"p": True}, {"p": {"references": ["var.p"]}}), {"p": "<is sensitive>"}),
    (({"p": "pw"}, {}, {"p": True}, {}), {"p": "<is sensitive>"}),
    (({"p": "pw"}, {}, {"p": True}, {"p": {"constant_value": "pw"}}), {"p": "pw"}),
    (({"p": None}, {}, {"p": True}, {"p": {"references": ["var.p"]}}), {}),
    (
        ({"m": {"a": "s", "b": "t"}}, {}, {"m": {"a": True}}, {"m": {"references": ["var.p"]}}),
        {"m": {"a": "<is sensitive>", "b": "t"}},
    ),
    (({"m": {"a": "s"}}, {}, {"m": True}, {"m": {"references": ["var.p"]}}), {"m": "<is sensitive>"}),
]


@pytest.mark.parametrize(("sections", "attributes"), VALUES)
def test_attributes(sections: tuple[Any, ...], attributes: dict[str, Any]) -> None:
    found = resources_of(unit_of(plan([instance("aws_x.y", *sections)])))["aws_x.y"]
    assert plain(found.attributes) == attributes


def test_without_configuration_nothing_is_taken_for_absent() -> None:
    data = plan([instance("aws_x.y", {"l": []}, {"id": True})])
    del data["configuration"]
    assert plain(resources_of(unit_of(data))["aws_x.y"].attributes) == {"l": [], "id": "<known after apply>"}


def test_a_value_from_outside_is_supplied() -> None:
    expressions = {"a": {"references": ["var.a"]}, "b": {"references": ["var.b"]}, "c": {"constant_value": "c"}}
    values = {"a": "a", "b": "b", "c": "c"}
    data = plan(
        [instance("aws_x.y", values, expressions=expressions)],
        given={"a": {"value": "a"}, "b": {"value": "b"}},
    )
    data["configuration"]["root_module"]["variables"] = {"a": {}, "b": {"default": "b"}}
    entries = resources_of(unit_of(data))["aws_x.y"].attributes.entries
    assert [type(entries[name]) for name in "abc"] == [Supplied, Known, Known]


def test_data_sources_that_were_read_come_from_the_prior_state() -> None:
    read = instance("data.aws_iam_policy_document.d", {"json": "{}"})["resource"]
    managed = instance("aws_s3_bucket.gone", {"bucket": "g"})["resource"]
    data = plan([instance("aws_s3_bucket.b", {"bucket": "b"})])
    data["prior_state"] = {"format_version": "1.0", "values": {"root_module": {"resources": [read, managed]}}}
    found = resources_of(unit_of(data))
    assert {address: each.mode for address, each in found.items()} == {
        "aws_s3_bucket.b": "managed",
        "data.aws_iam_policy_document.d": "data",
    }


B, S = "aws_s3_bucket.b", "aws_s3_bucket_logging.s"
MENTIONS = [
    (["aws_s3_bucket.b.id", "aws_s3_bucket.b"], Reference(B, "id"), True),
    (["aws_s3_bucket.b[0].id", "aws_s3_bucket.b[0]", "aws_s3_bucket.b"], Reference(f"{B}[0]", "id"), True),
    (['aws_s3_bucket.b["a.b"].id', 'aws_s3_bucket.b["a.b"]', B], Reference(f'{B}["a.b"]', "id"), True),
    (["data.aws_vpc.v.id", "data.aws_vpc.v"], Reference("data.aws_vpc.v", "id"), True),
    (["aws_s3_bucket.b.id", B, "var.x"], Reference(B, "id"), False),
    (["var.x"], Reference("var.x"), False),
    (["module.m.bucket", "module.m"], Reference("module.m.aws_s3_bucket.own", "id"), True),
    (["module.m.missing", "module.m"], Reference("module.m", "missing"), False),
]


@pytest.mark.parametrize(("names", "reference", "exact"), MENTIONS)
def test_what_an_unknown_value_refers_to(names: list[str], reference: Reference, exact: bool) -> None:
    own = {"references": ["aws_s3_bucket.own.id", "aws_s3_bucket.own"]}
    data = plan(
        [instance(S, {}, {"bucket": True}, expressions={"bucket": {"references": names}})],
        module_calls={"m": {"source": "./m", "module": {"outputs": {"bucket": {"expression": own}}}}},
    )
    bucket = resources_of(unit_of(data))[S].attributes.entries["bucket"]
    assert isinstance(bucket, Unknown)
    assert reference in bucket.references
    assert bucket.target == (reference if exact else None)


def test_references_through_variables_of_modules() -> None:
    inner = instance(
        'module.m["k"].aws_s3_bucket_logging.s', {}, {"bucket": True}, expressions={"bucket": {"references": ["var.b"]}}
    )
    given = {"references": ["aws_s3_bucket.b", "each.key"]}
    data = plan(
        [instance('aws_s3_bucket.b["k"]', {}, index="k")],
        {'module.m["k"]': [inner]},
        module_calls={
            "m": {
                "expressions": {"b": given},
                "module": {"resources": [inner["configuration"]], "variables": {"b": {}}},
            }
        },
    )
    bucket = resources_of(unit_of(data))['module.m["k"].aws_s3_bucket_logging.s'].attributes.entries["bucket"]
    assert bucket.references == (Reference('aws_s3_bucket.b["k"]'),)


def test_references_through_each_value() -> None:
    inner = instance(
        'aws_s3_bucket_logging.s["k"]',
        {},
        {"bucket": True},
        expressions={"bucket": {"references": ["each.value.id", "each.value"]}},
        index="k",
        for_each={"references": ["aws_s3_bucket.b"]},
    )
    bucket = resources_of(unit_of(plan([inner])))['aws_s3_bucket_logging.s["k"]'].attributes.entries["bucket"]
    assert isinstance(bucket, Unknown)
    assert bucket.target == Reference('aws_s3_bucket.b["k"]', "id")


@pytest.mark.parametrize("beside", [True, False])
def test_a_plan_that_terraform_made(beside: bool) -> None:
    """data/real: `terraform plan` of the built-in provider, whose files are beside it or are not."""
    files = {file.relative_to(REAL).as_posix(): file.read_text() for file in REAL.rglob("*.tf")} if beside else {}
    unit = unit_of((REAL / "plan.json").read_text(), files)
    found = resources_of(unit)
    assert [each for each in found if found[each].mode == "managed"] == [
        'terraform_data.b["a"]',
        'terraform_data.b["c"]',
        "terraform_data.m",
        'terraform_data.s["a"]',
        'terraform_data.s["c"]',
        'terraform_data.t["a"]',
        'terraform_data.t["c"]',
        'module.db["x"].terraform_data.this',
    ]
    this = found['module.db["x"].terraform_data.this']
    assert this.header.path == ("db/main.tf" if beside else "plan.json")
    assert plain(found['terraform_data.b["a"]'].attributes) == {"input": {"k": "a", "list": [1, None]}}
    linked = [found["terraform_data.m"], found['terraform_data.s["c"]'], found['terraform_data.t["c"]'], this]
    names = ["input", "input", "input", "triggers_replace"]
    assert [linked[index].attributes.entries[name].references[0].address for index, name in enumerate(names)] == [
        'module.db["x"].terraform_data.this',
        'terraform_data.b["c"]',
        'terraform_data.b["c"]',
        'terraform_data.b["a"]',
    ]


NOTHING = [
    ('{"format_version":"2.0","terraform_version":"3.0","planned_values":{}}', "another format_version"),
    ('{"format_version":"0.2","terraform_version":"1.0","planned_values":{}}', "another format_version"),
    ('{"format_version":1,"planned_values":{}}', "no format_version"),
    ("[]", "no format_version"),
]


@pytest.mark.parametrize(("text", "reason"), NOTHING)
def test_what_is_no_plan_of_ours_is_skipped(text: str, reason: str) -> None:
    unit = unit_of(text)
    assert not unit.resources
    assert not unit.problems
    assert [reason in each.reason for each in unit.skipped] == [True]


@pytest.mark.parametrize(("key", "value"), [("errored", True), ("complete", False)])
def test_what_terraform_left_out_is_counted(key: str, value: bool) -> None:
    assert not unit_of({**plan([]), key: not value}).skipped
    assert len(unit_of({**plan([]), key: value}).skipped) == 1


BROKEN = [
    ('{"format_version":"1.2","planned_values":', 41),
    ("", 0),
    ("{'a':1}", 1),
    ('{"format_version":"1.2","planned_values":' + "[" * 200_000, 140),
    ('{"format_version":"1.2","planned_values":{"root_module":[]}}', 0),
    ('{"format_version":"1.2","terraform_version":"1.11.4"}', 0),
]


@pytest.mark.parametrize(("text", "offset"), BROKEN)
def test_what_cannot_be_read_is_a_problem_with_its_place(text: str, offset: int) -> None:
    unit = unit_of(text)
    assert not unit.resources
    assert [each.span.start for each in unit.problems] == [offset]


ODD: list[Any] = [None, True, 1, "x", [], {}, [None], {"a": None}, [[[]]], {"references": ["", ".", "[", 'a["', None]}]


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_odd_shapes_are_left_alone(odd: Any) -> None:
    """Each part of a plan is in turn something else than it should be: nothing is raised, and the rest goes on."""
    data = plan(
        [
            instance(
                "aws_x.y", {"a": [{"b": 1}]}, {"a": [{"c": True}]}, {"a": [{"b": True}]}, {"a": [{"b": CONSTANT}]}
            ),
            instance("aws_x.z", {"a": "b"}),
        ],
        {'module.m["k"]': [instance('module.m["k"].aws_x.i', {"a": 1}, index=0)]},
        given={"v": {"value": "x"}},
        module_calls={"m": {"expressions": {"v": CONSTANT}, "module": {"variables": {"v": {"default": 1}}}}},
    )
    data["configuration"]["provider_config"] = {"aws": {"name": "aws", "expressions": {"region": CONSTANT}}}
    tried = 0
    for path in _paths(data):
        changed = json.loads(text_of(data))
        inside = changed
        for step in path[:-1]:
            inside = inside[step]
        inside[path[-1]] = odd
        unit_of(changed, {"main.tf": 'resource "aws_x" "y" {\n  a { b = 1 }\n}\n'})
        tried += 1
    assert tried > 60


def _paths(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [found for key, item in inner for found in ((*path, key), *_paths(item, (*path, key)))]


def test_circles_of_references_end() -> None:
    around = {"references": ["module.m.o", "module.m"]}
    inside = {"references": ["var.v"]}
    data = plan(
        [instance("aws_x.y", {}, {"a": True}, expressions={"a": around})],
        module_calls={"m": {"expressions": {"v": around}, "module": {"outputs": {"o": {"expression": inside}}}}},
    )
    assert isinstance(resources_of(unit_of(data))["aws_x.y"].attributes.entries["a"], Unknown)


def test_a_large_set_of_blocks_is_not_compared_block_by_block() -> None:
    count = 3000
    rules = [{"port": number} for number in range(count)]
    blocks = [{"port": {"constant_value": number}} for number in range(count)]
    found = resources_of(unit_of(plan([instance("aws_x.y", {"rule": rules}, expressions={"rule": blocks})])))["aws_x.y"]
    assert plain(found.attributes) == {"rule": rules}


def test_items_are_matched_by_place_when_comparing_takes_too_long() -> None:
    values, written = [1, 2], [Known(2), Known(1)]
    nodes = [ScalarNode(each, str(each), True, None, 0, 1) for each in values]
    assert [each.data for each in Matching().values(nodes, written) if isinstance(each, Known)] == [1, 2]
    assert Matching(-1).values(nodes, written) == written
    assert Matching(-1).values(nodes, written * 2) == [None, None]
