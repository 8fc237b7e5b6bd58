"""What is granted does not hang on how it is written: split, merged, reordered, or moved to another of the principal's
policies, the same rules say the same with the same severity."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.options import Options
from iacreview.pipeline import check
from tests.trees import MemoryTree

Statement = dict[str, Any]
Said = set[tuple[str, str]]

# They speak of how policies are arranged, not of what is granted.
ARRANGEMENT = {"IAM012", "IAM015"}
RULES = [rule for rule in load_rules() if rule.family == "iam" and rule.code not in ARRANGEMENT]
CATALOG = load_catalog()


def allow(action: Any, resource: Any = "*", **more: Any) -> Statement:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> Statement:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


TLS = {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}
TAGGED = {"Condition": {"StringEquals": {"aws:ResourceTag/team": "orders"}}}
TO_EC2 = {"Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}}
BUCKET = ["arn:aws:s3:::orders", "arn:aws:s3:::orders/*"]

POLICIES: dict[str, list[Statement]] = {
    "administrator": [allow("*")],
    "administrator with TLS": [allow("*", **TLS)],
    "nothing left": [allow("*"), deny("*")],
    "services": [allow(["s3:*", "sqs:*"])],
    "service of tagged resources": [allow("dynamodb:*", **TAGGED)],
    "service, and a part denied": [allow("s3:*"), deny("s3:Delete*")],
    "service, all denied": [allow("sqs:*"), deny("sqs:*")],
    "data": [allow(["s3:GetObject", "secretsmanager:GetSecretValue"])],
    "data by ARN": [allow("ssm:GetParameter", "arn:aws:ssm:*:*:parameter/*")],
    "data denied": [allow("s3:GetObject"), deny("s3:Get*")],
    "one bucket": [allow("s3:GetObject", BUCKET)],
    "wildcard inside": [allow("s3:Put*", BUCKET)],
    "permissions": [allow(["s3:PutBucketPolicy", "sqs:AddPermission"])],
    "permissions denied but one": [allow("s3:PutBucketPolicy"), deny("s3:*", "arn:aws:s3:::other")],
    "changes": [allow(["sqs:DeleteQueue", "dynamodb:PutItem"])],
    "all but": [{"Effect": "Allow", "NotAction": ["iam:*", "sts:*"], "Resource": "*"}],
    "all but, denied": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, deny("*")],
    "raises rights": [allow(["iam:PutRolePolicy", "iam:CreateAccessKey"])],
    "raises rights with two": [allow(["iam:UpdateAssumeRolePolicy", "sts:AssumeRole"])],
    "passes roles to what it runs": [allow("iam:PassRole", **TO_EC2), allow("ec2:RunInstances")],
    "passes roles": [allow("iam:PassRole"), allow("lambda:CreateFunction"), allow("lambda:InvokeFunction")],
    "passes its account's roles": [allow("iam:PassRole", "arn:aws:iam::111122223333:role/*")],
    "passes one role": [allow("iam:PassRole", "arn:aws:iam::111122223333:role/app"), allow("ec2:RunInstances")],
    "credentials": [allow(["redshift:GetClusterCredentials", "ecr:GetAuthorizationToken"])],
    "two conditions": [allow("kms:Decrypt", **TLS), allow("kms:Decrypt", **TAGGED)],
}

TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}


def document(statements: list[Statement]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def role(**more: Any) -> dict[str, Any]:
    return {"aws_iam_role": {"r": {"name": "r", "assume_role_policy": json.dumps(TRUST)}}, **more}


def files(**resources: Any) -> dict[str, str]:
    return {"main.tf.json": json.dumps({"resource": resources})}


def separate(groups: list[list[Statement]]) -> dict[str, str]:
    """Policies of a role, one for each group of statements."""
    policies = {
        f"p{index}": {"role": "${aws_iam_role.r.id}", "policy": document(statements)}
        for index, statements in enumerate(groups)
    }
    return files(**role(aws_iam_role_policy=policies))


def whole(statements: list[Statement]) -> dict[str, str]:
    return separate([statements])


def each_alone(statements: list[Statement]) -> dict[str, str]:
    return separate([[each] for each in statements])


def reversed_order(statements: list[Statement]) -> dict[str, str]:
    return whole(list(reversed(statements)))


def split(statements: list[Statement]) -> dict[str, str]:
    """Each statement once for each of its actions."""
    return whole(list(_split(statements)))


def split_alone(statements: list[Statement]) -> dict[str, str]:
    return separate([[each] for each in _split(statements)])


def _split(statements: list[Statement]) -> Iterator[Statement]:
    for each in statements:
        actions = each.get("Action")
        for action in actions if isinstance(actions, list) else [actions]:
            yield each if action is None else {**each, "Action": action}


def lists(statements: list[Statement]) -> dict[str, str]:
    """Every text as a list of one."""
    changed = [
        {key: [value] if isinstance(value, str) and key != "Effect" else value for key, value in each.items()}
        for each in statements
    ]
    return whole(changed)


def letter_case(statements: list[Statement]) -> dict[str, str]:
    changed = []
    for each in statements:
        each = dict(each)
        for key in ("Action", "NotAction"):
            if key in each:
                each[key] = json.loads(json.dumps(each[key]).upper())
        changed.append(each)
    return whole(changed)


def attached(statements: list[Statement]) -> dict[str, str]:
    policies = {f"p{index}": {"policy": document([each])} for index, each in enumerate(statements)}
    attachments = {
        name: {"role": "${aws_iam_role.r.name}", "policy_arn": f"${{aws_iam_policy.{name}.arn}}"} for name in policies
    }
    return files(**role(aws_iam_policy=policies, aws_iam_role_policy_attachment=attachments))


def inline_and_attached(statements: list[Statement]) -> dict[str, str]:
    first, rest = statements[:1], statements[1:]
    return files(
        **role(
            aws_iam_role_policy={"p": {"role": "r", "policy": document(first)}},
            aws_iam_policy={"p": {"policy": document(rest or first)}},
            aws_iam_role_policy_attachment={"p": {"role": "r", "policy_arn": "${aws_iam_policy.p.arn}"}},
        )
    )


def behind_a_module(statements: list[Statement]) -> dict[str, str]:
    policies = {
        f"p{index}": {"role": "${var.role}", "policy": document([each])} for index, each in enumerate(statements)
    }
    return {
        "main.tf.json": json.dumps({"resource": role()}),
        "call.tf": 'module "policies" {\n  source = "./policies"\n  role   = aws_iam_role.r.name\n}\n',
        "policies/main.tf.json": json.dumps({"variable": {"role": {}}, "resource": {"aws_iam_role_policy": policies}}),
    }


def of_its_group(statements: list[Statement]) -> dict[str, str]:
    policies = {
        f"p{index}": {"group": "${aws_iam_group.g.name}", "policy": document([each])}
        for index, each in enumerate(statements)
    }
    return files(
        aws_iam_user={"u": {"name": "u"}},
        aws_iam_group={"g": {"name": "g"}},
        aws_iam_user_group_membership={"m": {"user": "u", "groups": ["g"]}},
        aws_iam_group_policy=policies,
    )


def cloudformation(statements: list[Statement]) -> dict[str, str]:
    policies = [
        {"PolicyName": f"p{index}", "PolicyDocument": {"Version": "2012-10-17", "Statement": [each]}}
        for index, each in enumerate(statements)
    ]
    properties = {"AssumeRolePolicyDocument": TRUST, "Policies": policies}
    return {"t.json": json.dumps({"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": properties}}})}


WAYS: list[Callable[[list[Statement]], dict[str, str]]] = [
    each_alone,
    reversed_order,
    split,
    split_alone,
    lists,
    letter_case,
    attached,
    inline_and_attached,
    behind_a_module,
    of_its_group,
    cloudformation,
]


def said(tree: dict[str, str]) -> Said:
    return set(_said(tuple(tree.items())))


@cache
def _said(tree: tuple[tuple[str, str], ...]) -> Said:
    """What is said of some files: several ways make the same of a policy of one statement."""
    report = check(MemoryTree(dict(tree)), (), Options(RULES, CATALOG, profile="strict"))
    # Who holds a policy changes what IAM014 says; all else is the same for users.
    return {(each.rule, each.severity.label) for each in report.findings if each.rule != "IAM014"}


@pytest.mark.parametrize("name", POLICIES)
def test_alike(name: str) -> None:
    wanted = said(whole(POLICIES[name]))
    different = {way.__name__: found for way in WAYS if (found := said(way(POLICIES[name]))) != wanted}
    assert not different, wanted


def test_the_policies_differ_from_each_other() -> None:
    """The comparison above means something: most of the policies are told apart, and some are found harmless."""
    found = [frozenset(said(whole(statements))) for statements in POLICIES.values()]
    assert frozenset() in found
    assert len(set(found)) > 10
