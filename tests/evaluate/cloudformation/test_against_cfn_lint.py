"""Intrinsic functions nested in each other, over parameters' defaults: cfn-lint's resolver is the independent reader.

Left out is `${!Literal}` in Fn::Sub, which CloudFormation resolves to `${Literal}` and cfn-lint leaves as it is.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from cfnlint.context import create_context_for_template
from cfnlint.decode import decode_str
from cfnlint.jsonschema import CfnTemplateValidator
from cfnlint.template import Template

from iacreview.languages.language import Target
from iacreview.model.source import Source
from iacreview.model.value import Choice, Known, ListValue, Unknown, Value
from iacreview.pipeline import evaluate
from tests.trees import MemoryTree

PARAMETERS = {
    "A": {"Type": "String", "Default": "alpha"},
    "B": {"Type": "String", "Default": "b-c-d"},
    "L": {"Type": "CommaDelimitedList", "Default": "x,y,z"},
    "K": {"Type": "String", "Default": "k1"},
    "E": {"Type": "String", "Default": "dev", "AllowedValues": ["dev", "prod"]},
    "F": {"Type": "String", "Default": "x"},
    "N": {"Type": "Number", "Default": 3},
    "NL": {"Type": "List<Number>", "Default": "1,2,3"},
}
CONDITIONS = {
    "IsProd": {"Fn::Equals": [{"Ref": "E"}, "prod"]},
    "IsF": {"Fn::Equals": [{"Ref": "F"}, "q"]},
    "NotProd": {"Fn::Not": [{"Condition": "IsProd"}]},
    "Both": {"Fn::And": [{"Condition": "IsProd"}, {"Condition": "IsF"}]},
}
MAPPINGS = {"M": {"k1": {"s": "one", "t": ["p", "q"]}, "k2": {"s": "two", "t": ["r"]}}}
GENERATED = 1200


def text(chance: random.Random, depth: int) -> Any:
    if depth == 0:
        return chance.choice([{"Ref": name} for name in "ABKEN"] + ["literal"])
    inner = depth - 1
    makers = [
        lambda: {"Fn::If": [chance.choice(list(CONDITIONS)), text(chance, inner), text(chance, inner)]},
        lambda: {"Fn::If": [chance.choice(list(CONDITIONS)), text(chance, inner), text(chance, inner)]},
        lambda: {"Fn::Sub": chance.choice(["${A}-x", "${B}", "p${K}q${A}", "no hole"])},
        lambda: {"Fn::Sub": ["${X}/${A}", {"X": text(chance, inner)}]},
        lambda: {"Fn::Join": [chance.choice(["", "-", ","]), items(chance, inner)]},
        lambda: {"Fn::FindInMap": ["M", chance.choice([{"Ref": "K"}, {"Fn::If": ["IsProd", "k1", "k2"]}]), "s"]},
        lambda: {"Fn::Select": [chance.choice([0, 1, "0"]), items(chance, inner)]},
        lambda: {"Fn::Select": [0, {"Fn::Split": ["-", text(chance, inner)]}]},
    ]
    return chance.choice(makers)()


def items(chance: random.Random, depth: int) -> Any:
    if depth == 0:
        return chance.choice([{"Ref": "L"}, ["u", "v"], {"Ref": "NL"}])
    makers = [
        lambda: {"Fn::Split": [chance.choice(["-", ","]), text(chance, depth - 1)]},
        lambda: [text(chance, depth - 1), text(chance, depth - 1)],
        lambda: {"Fn::FindInMap": ["M", {"Ref": "K"}, "t"]},
        lambda: {"Ref": "L"},
        lambda: {"Fn::If": [chance.choice(list(CONDITIONS)), ["i", "j"], {"Ref": "L"}]},
    ]
    return chance.choice(makers)()


def ours(template: str) -> list[Any]:
    """What the property can be: the values in all branches, but those that have no value."""
    unit = evaluate(MemoryTree({}), Target("cloudformation", "t.json", Source("t.json", template)))
    return [plain(each) for each in leaves(unit.resources[0].attributes.entries["DisplayName"])]


def leaves(value: Value) -> Iterator[Value]:
    if isinstance(value, Choice):
        for _, branch in value.branches:
            yield from leaves(branch)
    elif not (isinstance(value, Unknown) and value.reason == "the list has no such item"):
        yield value


def plain(value: Value) -> Any:
    if isinstance(value, ListValue):
        return [plain(item) for item in value.items]
    return value.data if isinstance(value, Known) else repr(value)


def theirs(template: str) -> list[Any]:
    document, _ = decode_str(template)
    read = Template("t.json", document, ["us-east-1"])
    validator = CfnTemplateValidator({}).evolve(context=create_context_for_template(read), cfn=read)
    property = document["Resources"]["T"]["Properties"]["DisplayName"]
    return [value for value, _, error in validator.resolve_value(property) if error is None]


@pytest.mark.parametrize("seed", range(4))
def test_nested_functions(seed: int) -> None:
    chance = random.Random(seed)
    compared = 0
    for _ in range(GENERATED // 4):
        expression = text(chance, 3)
        resources = {"T": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": expression}}}
        sections = {"Parameters": PARAMETERS, "Mappings": MAPPINGS, "Conditions": CONDITIONS}
        template = json.dumps({**sections, "Resources": resources})
        wanted = theirs(template)
        if wanted:  # an index past the end has no value
            compared += 1
            found = ours(template)
            # cfn-lint also has values that only other parameters than the defaults, or no conditions, lead to.
            assert found, expression
            assert [each for each in found if each not in wanted] == [], expression
    assert compared > GENERATED // 5
