from __future__ import annotations

from typing import Any

import pytest

from iacreview.model.logic import NO, UNKNOWN, YES, Truth
from iacreview.semantics import statements
from iacreview.semantics.policy import Statement
from tests.semantics.values import UNKNOWN_VALUE, choice, policy, statement, text


def patterns(items: Any) -> list[str | None]:
    return [item.pattern for item in items]


@pytest.mark.parametrize(
    ("actions", "all", "services", "wild"),
    [
        ("*", ["*"], [], []),
        ("*:*", ["*:*"], [], []),
        ("**", ["**"], [], []),
        (["s3:*", "ec2:Get*", "iam:PassRole"], [], ["s3:*"], ["ec2:Get*"]),
        ("S3:**", [], ["S3:**"], []),
        ("s3*:*", [], ["s3*:*"], []),
        (UNKNOWN_VALUE, [], [], []),
        (text(UNKNOWN_VALUE, ":*"), [], ["\0:*"], []),
        (text("s3:", UNKNOWN_VALUE), [], [], []),
    ],
)
def test_wildcards_in_actions(actions: Any, all: list[str], services: list[str], wild: list[str]) -> None:
    found = statement(Action=actions)
    assert patterns(statements.grants_all_actions(found)) == all
    assert patterns(statements.service_wildcards(found)) == services
    assert patterns(statements.action_wildcards(found)) == wild


@pytest.mark.parametrize(
    "function", [statements.grants_all_actions, statements.service_wildcards, statements.action_wildcards]
)
def test_a_deny_grants_nothing(function: Any) -> None:
    assert function(statement(Effect="Deny", Action=["*", "s3:*", "s3:Get*"])) == ()


def test_unknown_items() -> None:
    assert len(statements.unknown_items(statement(Action=["a", UNKNOWN_VALUE]).actions)) == 1


@pytest.mark.parametrize(
    ("resources", "everything"),
    [
        ("*", ["*"]),
        (["arn:aws:s3:::data", "arn:*"], ["arn:*"]),
        ("arn:aws:s3:::*", []),
        ("arn:aws:s3:::data/*", []),
        (UNKNOWN_VALUE, []),
    ],
)
def test_resources(resources: Any, everything: list[str]) -> None:
    found = statement(Action="s3:*", Resource=resources)
    assert patterns(statements.unrestricted_resource(found)) == everything


@pytest.mark.parametrize(
    ("elements", "found"),
    [
        ({"Principal": "*"}, ["*"]),
        ({"Principal": {"AWS": "*"}}, ["*"]),
        ({"Principal": {"AWS": ["111122223333", "*"]}}, ["*"]),
        ({"Principal": {"Service": "*"}}, []),
        ({"Principal": {"Federated": "*"}}, []),
        ({"Principal": {"AWS": "arn:aws:iam::111122223333:root"}}, []),
        ({"Principal": {"AWS": UNKNOWN_VALUE}}, []),
        ({"Principal": choice(x="*", y={"AWS": "111122223333"})}, ["*"]),
        ({}, []),
    ],
)
def test_everyone(elements: dict[str, Any], found: list[str]) -> None:
    assert patterns(each for each in statement(**elements).principals if statements.is_everyone(each)) == found


ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def deny(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": "s3:*", "Resource": "*", **elements}


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        (deny(), YES),
        (deny(Action=["ec2:*", "s3:Get*"]), YES),
        (deny(Action="s3:Put*"), NO),
        (deny(Action=UNKNOWN_VALUE), UNKNOWN),
        (deny(Action=choice(x="s3:*", y="ec2:*")), UNKNOWN),
        (deny(Resource="arn:aws:s3:::data/*"), YES),
        (deny(Resource="arn:aws:s3:::DATA/*"), NO),
        (deny(Resource="arn:aws:s3:::data/secret"), UNKNOWN),
        (deny(Resource=text("arn:aws:s3:::", UNKNOWN_VALUE, "/*")), UNKNOWN),
        (deny(Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}}), UNKNOWN),
        (deny(Principal="*"), YES),
        (deny(Principal={"AWS": "111122223333"}), UNKNOWN),
        (deny(Effect=UNKNOWN_VALUE), UNKNOWN),
        (deny(Effect=choice(x="Allow", y="Deny")), UNKNOWN),
        ({"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"}, YES),
        ({"Effect": "Deny", "NotAction": ["iam:*", "s3:Get*"], "Resource": "*"}, NO),
        ({"Effect": "Deny", "NotAction": UNKNOWN_VALUE, "Resource": "*"}, UNKNOWN),
        ({"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::other/*"}, YES),
        ({"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::*"}, NO),
    ],
)
def test_denied(statement: dict[str, Any], answer: Truth) -> None:
    resource = "arn:aws:s3:::data/*"
    opposite = {YES: NO, NO: YES, UNKNOWN: UNKNOWN}
    found = policy(ALLOW_ALL, statement)
    assert statements.denied(found, "s3:GetObject", resource) is answer
    assert statements.allowed(found, "s3:GetObject", resource) is opposite[answer]


@pytest.mark.parametrize(
    ("parts", "answer"),
    [
        ([], NO),
        ([ALLOW_ALL], YES),
        ([{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}], UNKNOWN),
        ([{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}], NO),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], YES),
        ([UNKNOWN_VALUE], UNKNOWN),
        ([UNKNOWN_VALUE, ALLOW_ALL], YES),
        ([UNKNOWN_VALUE, deny()], NO),
    ],
)
def test_allowed(parts: list[Any], answer: Truth) -> None:
    assert statements.allowed(policy(*parts), "s3:*") is answer


def test_a_trust_policy_is_about_its_own_role() -> None:
    found: Statement = statement(Action="sts:AssumeRole", Principal="*")
    assert statements.applies_to_resource(found, "arn:aws:iam::111122223333:role/x") is YES
    assert statements.applies_to_action(found, "sts:AssumeRole") is YES
