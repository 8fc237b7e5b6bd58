"""Intrinsic functions nested in each other, over parameters' defaults: cfn-lint's resolver is the independent reader.

Left out is `${!Literal}` in Fn::Sub, which CloudFormation resolves to `${Literal}` and cfn-lint leaves as it is.
"""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from cfnlint.context import create_context_for_template
from cfnlint.decode import decode_str
from cfnlint.jsonschema import CfnTemplateValidator
from cfnlint.template import Template

from iacreview.discovery import Target
from iacreview.model.source import Source
from iacreview.model.value import Known, ListValue, Value
from iacreview.pipeline import evaluate
from tests.trees import MemoryTree

PARAMETERS = {
    "A": {"Type": "String", "Default": "alpha"},
    "B": {"Type": "String", "Default": "b-c-d"},
    "L": {"Type": "CommaDelimitedList", "Default": "x,y,z"},
    "K": {"Type": "String", "Default": "k1"},
}
MAPPINGS = {"M": {"k1": {"s": "one", "t": ["p", "q"]}, "k2": {"s": "two", "t": ["r"]}}}
GENERATED = 400


def text(chance: random.Random, depth: int) -> Any:
    if depth == 0:
        return chance.choice([{"Ref": "A"}, {"Ref": "B"}, {"Ref": "K"}, "literal"])
    inner = depth - 1
    makers = [
        lambda: {"Fn::Sub": chance.choice(["${A}-x", "${B}", "p${K}q${A}", "no hole"])},
        lambda: {"Fn::Sub": ["${X}/${A}", {"X": text(chance, inner)}]},
        lambda: {"Fn::Join": [chance.choice(["", "-", ","]), items(chance, inner)]},
        lambda: {"Fn::FindInMap": ["M", {"Ref": "K"}, "s"]},
        lambda: {"Fn::Select": [chance.choice([0, 1, "0"]), items(chance, inner)]},
        lambda: {"Fn::Select": [0, {"Fn::Split": ["-", text(chance, inner)]}]},
    ]
    return chance.choice(makers)()


def items(chance: random.Random, depth: int) -> Any:
    if depth == 0:
        return chance.choice([{"Ref": "L"}, ["u", "v"]])
    makers = [
        lambda: {"Fn::Split": [chance.choice(["-", ","]), text(chance, depth - 1)]},
        lambda: [text(chance, depth - 1), text(chance, depth - 1)],
        lambda: {"Fn::FindInMap": ["M", {"Ref": "K"}, "t"]},
        lambda: {"Ref": "L"},
    ]
    return chance.choice(makers)()


def ours(template: str) -> Any:
    unit = evaluate(MemoryTree({}), Target("cloudformation", "t.json", Source("t.json", template)))
    return plain(unit.resources[0].attributes.entries["DisplayName"])


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
        template = json.dumps({"Parameters": PARAMETERS, "Mappings": MAPPINGS, "Resources": resources})
        wanted = theirs(template)
        if wanted:  # an index past the end has no value
            compared += 1
            assert ours(template) in wanted, expression
    assert compared > GENERATED // 5
