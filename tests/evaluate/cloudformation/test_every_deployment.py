"""What is found in a template is what is found in its deployments, tried one by one with all values of the parameters."""

from __future__ import annotations

import json
import random
from itertools import product
from typing import Any

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.languages.language import Given
from iacreview.model.finding import Report
from iacreview.options import Options
from iacreview.pipeline import check
from tests.trees import MemoryTree

CODES = ("NET001", "NET002", "ENC001", "IAM001", "IAM002", "IAM003", "IAM004", "IAM007", "IAM009")
RULES = [rule for rule in load_rules() if rule.code in CODES]
CATALOG = load_catalog()
VALUES = {"P": ["a", "b", "c"], "Q": ["a", "b"], "R": ["x", "y"]}
# A parameter without AllowedValues can also be what nothing in the template names.
OPEN = {"R": ["x", "y", "a", "b", "c", "another"]}
MAPPINGS = {"M": {"a": {"k": "x", "n": "0.0.0.0/0"}, "b": {"k": "y", "n": "10.0.0.0/8"}, "c": {"k": "x", "n": "::/0"}}}
TEMPLATES = 90


def condition(chance: random.Random, earlier: list[str], depth: int) -> Any:
    name, other = chance.sample(list(VALUES), 2)
    makers = [
        lambda: {"Fn::Equals": [{"Ref": name}, chance.choice("abcxy")]},
        lambda: {"Fn::Equals": [chance.choice(VALUES[name]), {"Ref": name}]},
        lambda: {"Fn::Equals": [{"Ref": name}, {"Ref": other}]},
        lambda: {"Fn::Equals": [{"Fn::FindInMap": ["M", {"Ref": "P"}, "k"]}, {"Ref": "R"}]},
        lambda: {
            "Fn::Equals": [{"Fn::Join": ["-", [{"Ref": "P"}, {"Ref": "Q"}]]}, chance.choice(["a-a", "b-a", "c-b"])]
        },
        lambda: {"Fn::Equals": [{"Fn::Sub": "${P}${R}"}, chance.choice(["ax", "by"])]},
    ]
    if earlier:
        makers.append(lambda: {"Condition": chance.choice(earlier)})
    if depth:
        makers += [
            lambda: {"Fn::Not": [condition(chance, earlier, depth - 1)]},
            lambda: {"Fn::And": [condition(chance, earlier, depth - 1) for _ in range(2)]},
            lambda: {"Fn::Or": [condition(chance, earlier, depth - 1) for _ in range(2)]},
        ]
    return chance.choice(makers)()


def choice(chance: random.Random, names: list[str], *values: Any, depth: int = 2) -> Any:
    if depth == 0 or chance.random() < 0.3:
        return chance.choice(values)
    branches = [choice(chance, names, *values, depth=depth - 1) for _ in range(2)]
    return {"Fn::If": [chance.choice(names), *branches]}


def template(chance: random.Random, open: bool) -> dict[str, Any]:
    conditions: dict[str, Any] = {}
    for name in ("C0", "C1", "C2", "C3", "C4"):
        conditions[name] = condition(chance, list(conditions), 2)
    names = list(conditions)
    rule = {
        "IpProtocol": choice(chance, names, "tcp", "udp", "-1", depth=1),
        "FromPort": choice(chance, names, 22, 443),
        "ToPort": choice(chance, names, 443, 3389, depth=1),
        "CidrIp": choice(chance, names, "0.0.0.0/0", "10.0.0.0/8", {"Fn::FindInMap": ["M", {"Ref": "P"}, "n"]}),
    }
    actions: tuple[Any, ...] = (
        "*",
        "iam:PassRole",
        ["s3:GetObject"],
        ["lambda:CreateFunction", "lambda:InvokeFunction"],
    )
    statements = [
        {
            "Effect": choice(chance, names, "Allow", "Deny", depth=1),
            "Action": choice(chance, names, *actions),
            "Resource": choice(chance, names, "*", "arn:aws:s3:::b/*"),
        }
        for _ in range(chance.choice([1, 2]))
    ]
    if chance.random() < 0.3:
        statements[0] = {"Fn::If": [chance.choice(names), statements[0], {"Ref": "AWS::NoValue"}]}
    resources: dict[str, Any] = {
        "Group": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {"GroupDescription": "x", "SecurityGroupIngress": [rule]},
        },
        "Volume": {
            "Type": "AWS::EC2::Volume",
            "Properties": {
                "AvailabilityZone": "a",
                "Encrypted": choice(chance, names, True, False, {"Ref": "AWS::NoValue"}),
            },
        },
        "Policy": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {"PolicyDocument": {"Version": "2012-10-17", "Statement": statements}},
        },
    }
    for resource in resources.values():
        if chance.random() < 0.6:
            resource["Condition"] = chance.choice(names)
    parameters: dict[str, dict[str, Any]] = {
        name: {"Type": "String", "AllowedValues": values} for name, values in VALUES.items()
    }
    for name in OPEN if open else ():
        del parameters[name]["AllowedValues"]
    return {"Parameters": parameters, "Mappings": MAPPINGS, "Conditions": conditions, "Resources": resources}


def argument(chance: random.Random, conditions: list[str], name: str) -> Any:
    """What a nested stack is given for a parameter."""
    own, values = {"Ref": name}, VALUES[name]
    makers = [
        lambda: own,
        lambda: {"Fn::If": [chance.choice(conditions), chance.choice(values), chance.choice(values)]},
        lambda: {"Fn::If": [chance.choice(conditions), own, chance.choice(values)]},
        lambda: {"Fn::Join": ["", [own]]},
        lambda: {"Fn::FindInMap": ["M", {"Ref": "P"}, "k"]} if name == "R" else own,
        lambda: chance.choice(values),
    ]
    return chance.choice(makers)()


def nesting(chance: random.Random) -> dict[str, str]:
    """A template in a stack of another one, which gives it its parameters."""
    outer, inner = template(chance, open=False), template(chance, open=False)
    for parameter in inner["Parameters"].values():
        del parameter["AllowedValues"]
    conditions = list(outer["Conditions"])
    given = {name: argument(chance, conditions, name) for name in VALUES}
    stack: dict[str, Any] = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": "n.json", "Parameters": given},
    }
    if chance.random() < 0.6:
        stack["Condition"] = chance.choice(conditions)
    outer["Resources"] = {"Stack": stack}
    return {"t.json": json.dumps(outer), "n.json": json.dumps(inner)}


def found(report: Report) -> set[tuple[str, str]]:
    return {(each.rule, each.resource.address) for each in report.findings if each.resource}


def run(files: dict[str, str], given: dict[str, str] | None = None) -> Report:
    files = {**files, **({"p.json": json.dumps(given)} if given is not None else {})}
    inputs = Given(parameter_files=("p.json",)) if given is not None else Given()
    return check(MemoryTree(files), ("t.json",), Options(RULES, CATALOG, inputs=inputs))


@pytest.mark.parametrize("seed", range(6))
def test_what_is_found_is_what_some_deployment_has(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(TEMPLATES // 6):
        open = chance.random() < 0.5
        files = {"t.json": json.dumps(template(chance, open))}
        values = {**VALUES, **OPEN} if open else VALUES
        compare(files, values)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_found_in_a_nested_stack_is_what_some_deployment_has(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(TEMPLATES // 6):
        compare(nesting(chance), VALUES)


def compare(files: dict[str, str], values: dict[str, list[str]]) -> None:
    every = (run(files, dict(zip(values, chosen, strict=True))) for chosen in product(*values.values()))
    expected = set().union(*map(found, every))
    report = run(files)
    assert report.undecided == (), files
    assert found(report) == expected, files
