"""How long policies are, and how long they may be."""

from __future__ import annotations

import json
from typing import Any

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.options import Options
from iacreview.pipeline import check
from iacreview.semantics.sizes import Size, limit_named, limit_of, size
from tests.semantics.values import UNKNOWN_VALUE, choice, partial, text, value
from tests.trees import MemoryTree


@pytest.mark.parametrize(
    "document",
    [
        {"Version": "2012-10-17"},
        {"a": ["b", 1], "c": {}, "d": [], "e": True, "f": None},
        {"Statement": [{"Sid": "", "Condition": {"StringLike": {"s3:prefix": 'a"b\\c'}}}]},
    ],
)
def test_what_is_known_counts_as_it_is_written(document: Any) -> None:
    assert size(value(document)) == Size(len(json.dumps(document, separators=(",", ":"))), True)


def test_what_is_not_known_counts_as_nothing() -> None:
    assert size(value({"a": [UNKNOWN_VALUE]})) == Size(len('{"a":[]}'), False)
    assert size(value({"a": partial("b")})) == Size(len('{"a":["b"]}'), False)
    assert size(value({"a": text("arn:", UNKNOWN_VALUE, ":x")})) == Size(len('{"a":"arn::x"}'), False)
    assert size(value({"a": choice(one="b", other="ccc")})) == Size(len('{"a":"b"}'), False)
    assert size(value({"a": "b c"})) == Size(len('{"a":"bc"}'), True)


def test_limits() -> None:
    assert limit_of("awscc_iam_managed_policy") == limit_of("AWS::IAM::ManagedPolicy") == limit_named("managed")
    assert limit_of("aws_iam_policy") == limit_named("managed")
    assert limit_of("AWS::IAM::Policy") == limit_named("any-inline")
    assert limit_of("aws_instance") is None


def document(characters: int, **elements: Any) -> dict[str, Any]:
    """A policy of so many characters."""
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/", **elements}
    made = {"Version": "2012-10-17", "Statement": [statement]}
    key = "Resource" if isinstance(statement.get("Resource"), str) else "Action"
    statement[key] += "x" * (characters - len(json.dumps(made, separators=(",", ":"))))
    return made


def told(*resources: dict[str, Any]) -> list[str]:
    rules = [rule for rule in load_rules() if rule.code == "IAM015"]
    template = json.dumps({"Resources": {f"R{number}": each for number, each in enumerate(resources)}})
    report = check(MemoryTree({"t.json": template}), (), Options(rules, load_catalog(), profile="strict"))
    return [each.message for each in report.findings if "AWS accepts" in each.message]


def managed(characters: int) -> dict[str, Any]:
    return {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document(characters)}}


def trusting(characters: int) -> dict[str, Any]:
    trust = document(characters, Principal={"Service": "ec2.amazonaws.com"}, Action="sts:AssumeRole")
    statement = trust["Statement"][0]
    statement["Sid"] = "A" * (len(statement.pop("Resource")) + len('"Resource":"",') - len('"Sid":"",'))
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}}


def principal(kind: str, *characters: int) -> dict[str, Any]:
    policies = [{"PolicyName": f"p{n}", "PolicyDocument": document(each)} for n, each in enumerate(characters)]
    return {"Type": f"AWS::IAM::{kind}", "Properties": {"Policies": policies}}


def attached(characters: int, to: str) -> dict[str, Any]:
    properties = {"PolicyName": "more", "PolicyDocument": document(characters), "Users": [{"Ref": to}]}
    return {"Type": "AWS::IAM::Policy", "Properties": properties}


def organizational(type: str, characters: int) -> dict[str, Any]:
    rest = {"Effect": "Deny", **({"Principal": "*"} if type.startswith("RES") else {})}
    properties = {"Name": "p", "Type": type, "Content": document(characters, **rest)}
    return {"Type": "AWS::Organizations::Policy", "Properties": properties}


@pytest.mark.parametrize(
    ("resources", "texts"),
    [
        ([managed(6144)], []),
        ([managed(6145)], ["the policy has 6,145 characters without white space; AWS accepts 6,144"]),
        ([trusting(2048)], []),
        ([trusting(2049)], ["unless the account's quota has been raised"]),
        ([trusting(8193)], ["AWS rejects the trust policy: the policy has 8,193"]),
        ([principal("User", 2048)], []),
        ([principal("User", 2049)], ["the policy has 2,049 characters"]),
        ([principal("User", 1000, 1049)], ["its inline policies together have 2,049 characters"]),
        ([principal("User", 1000), attached(1049, "R0")], ["together have 2,049 characters"]),
        ([principal("User", 1000), attached(1048, "R0")], []),
        ([principal("Group", 5121)], ["AWS accepts 5,120"]),
        ([principal("Role", 10000, 241)], ["AWS accepts 10,240"]),
        ([attached(10241, "Elsewhere")], ["AWS accepts 10,240"]),
        ([organizational("SERVICE_CONTROL_POLICY", 10240)], []),
        ([organizational("SERVICE_CONTROL_POLICY", 10241)], ["AWS accepts 10,240"]),
        ([organizational("RESOURCE_CONTROL_POLICY", 5121)], ["AWS accepts 5,120"]),
    ],
)
def test_what_is_too_long(resources: list[dict[str, Any]], texts: list[str]) -> None:
    found = told(*resources)
    assert len(found) == len(texts), found
    assert all(text in each for text, each in zip(texts, found, strict=True)), found


def test_what_a_set_has_twice_counts_once() -> None:
    """`actions` and `resources` of the data source are sets ("aws_iam_policy_document", Terraform Registry)."""
    actions = ", ".join(['"sqs:SendMessage"'] * 400)
    files = {
        "main.tf": f"""
data "aws_iam_policy_document" "d" {{
  statement {{
    actions   = [{actions}]
    resources = ["arn:aws:sqs:eu-west-1:111122223333:orders"]
  }}
}}
resource "aws_iam_policy" "p" {{
  policy = data.aws_iam_policy_document.d.json
}}
"""
    }
    rules = [each for each in load_rules() if each.code == "IAM015"]
    assert not check(MemoryTree(files), (), Options(rules, load_catalog(), profile="strict")).findings
