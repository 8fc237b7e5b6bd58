"""One statement asked of every IAM rule, wherever it may stand: no rule forgets what another one knows.

What is expected is each rule that speaks, with its severity; a star marks what the strict profile alone tells. Who
holds a policy (a role of a service, or people) changes what IAM014 says and nothing else.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.engine.rule import Rule
from iacreview.options import Options
from iacreview.pipeline import check
from tests.trees import MemoryTree

CATALOG = load_catalog()
Statement = dict[str, Any]


def marked() -> list[Rule]:
    """The rules, those rows apart that the strict profile alone has."""
    found = []
    for rule in load_rules():
        for star in ("", "*") if rule.family == "iam" else ():
            rows = tuple(row for row in rule.rows if (row.profile == "strict") is bool(star))
            found.append(rule._replace(code=f"{rule.code}{star}", rows=rows))
    return found


RULES = marked()


def allow(action: Any, resource: Any = "*", **more: Any) -> Statement:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*") -> Statement:
    return {**allow(action, resource), "Effect": "Deny"}


def unless(key: str, value: str) -> Statement:
    return {**deny("*"), **when("StringNotEquals", key, value)}


def when(operator: str, key: str, value: str) -> Statement:
    return {"Condition": {operator: {key: value}}}


TABLE = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
STREAM = "arn:aws:firehose:eu-west-1:111122223333:deliverystream/logs"
OBJECTS = "arn:aws:s3:::orders/*"
TLS = when("Bool", "aws:SecureTransport", "true")
TAGGED = when("StringEquals", "aws:ResourceTag/team", "orders")
REGION = when("StringEquals", "aws:RequestedRegion", "eu-west-1")
TO_EC2 = when("StringEquals", "iam:PassedToService", "ec2.amazonaws.com")
BUT_IAM = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}
BUT_OBJECTS = {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": OBJECTS}

# The statements; what is said of them; whether people may change something by them.
HELD: dict[str, tuple[list[Statement], str, bool]] = {
    "everything": ([allow("*")], "IAM001 critical", True),
    "everything, hollow condition": ([allow("*:*", **TLS)], "IAM001 critical", True),
    "everything, narrowed": ([allow("*", **TAGGED)], "", True),
    "everything on one thing": ([allow("*", TABLE)], "IAM001 medium", True),
    "everything on a type": ([allow("*", "arn:aws:iam::111122223333:role/*")], "IAM001 critical", True),
    "everything, all denied": ([allow("*"), deny("*")], "", False),
    "everything, a part denied": ([allow("*"), deny("iam:*")], "IAM001 critical", True),
    "all but": ([BUT_IAM], "IAM006 high", True),
    "all but, denied": ([BUT_IAM, deny("*")], "", False),
    "all resources but": ([BUT_OBJECTS], "IAM006 medium, IAM009 medium", False),
    "service": ([allow("dynamodb:*")], "IAM002 medium", True),
    "service by ARN": ([allow("dynamodb:*", "arn:aws:dynamodb:*:*:*")], "IAM002 medium", True),
    "service on a type": ([allow("firehose:*", "arn:aws:firehose:*:*:deliverystream/*")], "IAM002 low", True),
    "service on one thing, permissions": ([allow("dynamodb:*", TABLE)], "IAM002 low", True),
    "service on one thing": ([allow("firehose:*", STREAM)], "IAM002* low", True),
    "service on what another has": ([allow("iam:*", OBJECTS)], "IAM015 medium", False),
    "service, narrowed": ([allow("dynamodb:*", **TAGGED)], "", True),
    "service, denied": ([allow("dynamodb:*"), deny("dynamodb:*")], "", False),
    "inside a name, permissions": (
        [allow("s3:Put*", ["arn:aws:s3:::orders", OBJECTS])],
        "IAM013 medium, IAM013* low",
        True,
    ),
    "inside a name, writes": ([allow("s3:Put*", OBJECTS)], "IAM013* low", True),
    "inside a name, takes permissions": ([allow("dynamodb:Delete*", TABLE)], "IAM013* low", True),
    "inside a name, everywhere": ([allow("s3:Put*")], "IAM003 high, IAM003* medium", True),
    "permissions": ([allow("s3:PutBucketPolicy", "arn:aws:s3:::*")], "IAM003 high", True),
    "ACLs of objects": ([allow("s3:PutObjectAcl")], "IAM003* medium", True),
    "destroys": ([allow("kms:ScheduleKeyDeletion")], "IAM003 medium", True),
    "overwrites": ([allow("dynamodb:PutItem")], "IAM003 medium", True),
    "destroys one": ([allow("dynamodb:DeleteTable", TABLE)], "", True),
    "writes": ([allow("sqs:SendMessage")], "IAM003* medium", True),
    "data": ([allow("s3:GetObject", "arn:aws:s3:::*/*")], "IAM009 medium", False),
    "data, hollow condition": ([allow("s3:GetObject", **REGION)], "IAM009 medium", False),
    "data of one bucket": ([allow("s3:GetObject", OBJECTS)], "", False),
    "lists": ([allow("s3:ListBucket")], "IAM003* low", False),
    "works on * alone": ([allow("ec2:DescribeInstances")], "", False),
    "credentials": ([allow("redshift:GetClusterCredentials")], "IAM008* medium", True),
    "escalation beside permissions": ([allow(["iam:PutRolePolicy", "iam:CreatePolicy"])], "IAM007 high", True),
    "escalation": ([allow("iam:PutRolePolicy")], "IAM007 high", True),
    "passes any role": ([allow("iam:PassRole", "arn:aws:iam::111122223333:role/*")], "IAM004 high", True),
    "passes roles to one service": ([allow("iam:PassRole", **TO_EC2)], "", True),
    "passes one role": ([allow("iam:PassRole", "arn:aws:iam::111122223333:role/app")], "", True),
    # What a Deny leaves by a condition is as narrow as an Allow with the condition.
    "denied but where tagged": ([allow("s3:GetObject"), unless("aws:ResourceTag/team", "orders")], "", False),
    "denied but from a network": ([allow("kms:Decrypt"), unless("aws:SourceVpc", "vpc-0123456789abcdef0")], "", True),
    "everything but from a network": (
        [allow("*"), unless("aws:SourceVpc", "vpc-0123456789abcdef0")],
        "IAM001 critical",
        True,
    ),
    "everything but where tagged": ([allow("*"), unless("aws:ResourceTag/team", "orders")], "", True),
    "raises rights but where tagged": (
        [allow("iam:PutRolePolicy"), unless("aws:ResourceTag/team", "orders")],
        "",
        True,
    ),
    "denied but in a region": (
        [allow("s3:GetObject"), unless("aws:RequestedRegion", "eu-west-1")],
        "IAM009 medium",
        False,
    ),
    # What is left of everything is told as if it were named.
    "everything but one action": (
        [allow("*"), {"Effect": "Deny", "NotAction": "s3:GetObject", "Resource": "*"}],
        "IAM009 medium",
        False,
    ),
    # All who hold a policy are in one account and organization.
    "own organization": (
        [allow("s3:GetObject", **when("StringEquals", "aws:PrincipalOrgID", "o-abcdefghij"))],
        "IAM009 medium",
        False,
    ),
    "own key's caller": (
        [allow("kms:Decrypt", **when("StringEquals", "kms:CallerAccount", "111122223333"))],
        "IAM009 medium",
        True,
    ),
    "acts on nothing": ([allow("s3:GetObject", "arn:aws:s3:::orders")], "IAM015 medium", False),
}
PEOPLE = ("group", "set")
TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}


def files(statements: list[Statement]) -> dict[str, str]:
    """The statements inline, in managed policies (attached or not), of a group, of a permission set, in both languages."""
    policy = {"Version": "2012-10-17", "Statement": statements}
    text, trust = json.dumps(policy), json.dumps(TRUST)
    resources = {
        "aws_iam_role": {name: {"name": name, "assume_role_policy": trust} for name in ("a", "b")},
        "aws_iam_role_policy": {"inline": {"role": "${aws_iam_role.a.id}", "policy": text}},
        "aws_iam_policy": {"alone": {"policy": text}, "attached": {"policy": text}},
        "aws_iam_role_policy_attachment": {"b": {"role": "b", "policy_arn": "${aws_iam_policy.attached.arn}"}},
        "aws_iam_group": {"g": {"name": "g"}},
        "aws_iam_group_policy": {"group": {"group": "${aws_iam_group.g.name}", "policy": text}},
        "aws_ssoadmin_permission_set_inline_policy": {"set": {"inline_policy": text}},
    }
    policies = [{"PolicyName": "p", "PolicyDocument": policy}]
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST, "Policies": policies}}
    return {"main.tf.json": json.dumps({"resource": resources}), "t.json": json.dumps({"Resources": {"Role": role}})}


def said(tree: dict[str, str]) -> dict[str, str]:
    found = defaultdict(set)
    for each in check(MemoryTree(tree), (), Options(RULES, CATALOG, profile="strict")).findings:
        assert each.resource is not None
        found[each.resource.address.rpartition(".")[2]].add(f"{each.rule} {each.severity.label}")
    return {address: ", ".join(sorted(texts)) for address, texts in found.items()}


@pytest.mark.parametrize("name", HELD)
def test_what_is_said_of_a_statement(name: str) -> None:
    statements, wanted, changing = HELD[name]
    of_people = ", ".join(sorted(filter(None, [*wanted.split(", "), "IAM014* medium" if changing else ""])))
    expected = dict.fromkeys(("inline", "alone", "attached", "Role"), wanted)
    expected.update(dict.fromkeys(PEOPLE, of_people))
    assert said(files(statements)) == {address: text for address, text in expected.items() if text}


def granted(principal: Any, element: str = "Principal", **more: Any) -> list[Statement]:
    return [{"Effect": "Allow", element: principal, **more}]


EVERYONE = granted("*")
ACCOUNT = {"AWS": "arn:aws:iam::111122223333:root"}
EVENTS = {"Service": "events.amazonaws.com"}
RESOURCES: dict[str, tuple[dict[str, str], str, str]] = {
    "aws_s3_bucket_policy": ({"bucket": "orders"}, "s3:GetObject", OBJECTS),
    "aws_sqs_queue_policy": ({"queue_url": "q"}, "sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:q"),
    "aws_sns_topic_policy": ({"arn": "t"}, "sns:Publish", "arn:aws:sns:eu-west-1:111122223333:t"),
    "aws_secretsmanager_secret_policy": ({"secret_arn": "s"}, "secretsmanager:GetSecretValue", "*"),
    "aws_ecr_repository_policy": ({"repository": "r"}, "ecr:BatchGetImage", ""),
    "aws_kms_key_policy": ({"key_id": "k"}, "kms:Decrypt", "*"),
}
# What is granted by the policies of resources; what is said of each, and what of some of them instead.
OPEN: dict[str, tuple[list[Statement], str, dict[str, str]]] = {
    "everyone": (EVERYONE, "IAM005 high", {}),
    "everyone as AWS": (granted({"AWS": "*"}), "IAM005 high", {}),
    "hollow condition": (granted("*", **TLS), "IAM005 high", {}),
    "any organization": (granted("*", **when("StringLike", "aws:PrincipalOrgID", "*")), "IAM005 high", {}),
    "the whole world": (granted("*", **when("IpAddress", "aws:SourceIp", "0.0.0.0/0")), "IAM005 high", {}),
    "one organization": (granted("*", **when("StringEquals", "aws:PrincipalOrgID", "o-abcdefghij")), "", {}),
    "one endpoint": (granted("*", **when("StringEquals", "aws:SourceVpce", "vpce-0123456789abcdef0")), "", {}),
    "denied": ([*EVERYONE, {"Effect": "Deny", "Principal": "*"}], "", {}),
    "all but": (granted(ACCOUNT, "NotPrincipal"), "IAM006 high", {}),
    "own account": (granted(ACCOUNT), "", {}),
    "service": (
        granted(EVENTS),
        "",
        {
            **dict.fromkeys(("aws_sqs_queue_policy", "aws_sns_topic_policy"), "IAM017 medium, IAM017* low"),
            **dict.fromkeys(("aws_s3_bucket_policy", "aws_secretsmanager_secret_policy"), "IAM017* low"),
        },
    ),
    "service, of a source": (
        granted(EVENTS, **when("ArnEquals", "aws:SourceArn", "arn:aws:events:eu-west-1:111122223333:rule/r")),
        "",
        {},
    ),
}


@pytest.mark.parametrize("name", OPEN)
def test_what_is_said_of_a_resource_s_policy(name: str) -> None:
    statements, wanted, others = OPEN[name]
    resources = {
        type: {type: {**own, "policy": json.dumps({"Version": "2012-10-17", "Statement": _about(statements, *on)})}}
        for type, (own, *on) in RESOURCES.items()
    }
    found = said({"main.tf.json": json.dumps({"resource": resources})})
    assert {type: found.get(type, "") for type in RESOURCES} == {**dict.fromkeys(RESOURCES, wanted), **others}


def _about(statements: list[Statement], action: str, resource: str) -> list[Statement]:
    return [{**each, "Action": action, **({"Resource": resource} if resource else {})} for each in statements]
