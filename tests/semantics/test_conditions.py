from __future__ import annotations

from typing import Any

import pytest

from iacreview.model.logic import NO, UNKNOWN, YES, Truth
from iacreview.model.value import MapValue
from iacreview.semantics.conditions import denies_insecure_transport, restricting
from iacreview.semantics.policy import parse_policy
from tests.semantics.values import UNKNOWN_VALUE, choice, names, policy, statement, text, value

OWN_TOPIC = "arn:aws:sns:eu-west-1:111122223333:topic"


@pytest.mark.parametrize(
    ("operator", "key", "data", "answer"),
    [
        ("StringEquals", "aws:SourceAccount", "111122223333", YES),
        ("StringEquals", "AWS:sourceaccount", ["111122223333", "444455556666"], YES),
        ("stringequals", "aws:SourceAccount", UNKNOWN_VALUE, YES),
        ("StringLike", "aws:SourceAccount", UNKNOWN_VALUE, UNKNOWN),
        ("StringLike", "aws:SourceAccount", "*", NO),
        ("StringLike", "aws:SourceAccount", "1111*", NO),
        ("StringLike", "aws:SourceVpce", "vpce-*", NO),
        ("IpAddress", "aws:VpcSourceIp", "10.0.0.0/16", NO),
        ("StringLike", "aws:SourceAccount", ["111122223333", "*"], NO),
        ("StringLike", "aws:SourceAccount", [], NO),
        ("StringEquals", "aws:SourceAccount", [], NO),
        ("StringEqualsIfExists", "aws:SourceAccount", "111122223333", NO),
        ("ForAllValues:StringEquals", "aws:SourceAccount", "111122223333", NO),
        ("ForAnyValue:StringEquals", "aws:PrincipalOrgPaths", "o-1/r-1/*", YES),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-1/r-1/*", YES),
        ("StringNotEquals", "aws:SourceAccount", "111122223333", NO),
        ("Null", "aws:SourceAccount", "false", NO),
        ("StringEquals", "aws:PrincipalOrgID", "o-1", YES),
        ("StringLike", "aws:PrincipalOrgID", "o-*", NO),
        ("StringLike", "aws:PrincipalOrgID", "o-a1b2c3d4e5", YES),
        ("StringLike", "aws:PrincipalOrgID", UNKNOWN_VALUE, UNKNOWN),
        ("StringLike", "aws:PrincipalOrgPaths", text(UNKNOWN_VALUE, "/*"), YES),
        ("StringLike", "aws:SourceOrgID", ["o-a1b2c3d4e5", "o-?????"], NO),
        ("StringEquals", "aws:PrincipalOrgID", "${aws:ResourceOrgID}", YES),
        ("StringEquals", "aws:PrincipalOrgID", "${aws:PrincipalOrgID}", NO),
        ("StringEquals", "aws:SourceAccount", "${aws:SourceAccount}", NO),
        ("StringEquals", "aws:SourceAccount", "${aws:ResourceAccount}", YES),
        ("StringEquals", "aws:ResourceOrgID", "${aws:PrincipalOrgID}", YES),
        ("StringEquals", "aws:ResourceAccount", "${aws:PrincipalAccount}", YES),
        ("StringEquals", "aws:ResourceAccount", "111122223333", NO),
        ("StringEquals", "aws:SourceVpce", "vpce-1", YES),
        ("StringEquals", "kms:CallerAccount", "111122223333", YES),
        ("StringEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com", NO),
        ("StringEquals", "s3:DataAccessPointAccount", "111122223333", YES),
        ("StringEquals", "lambda:FunctionUrlAuthType", "NONE", NO),
        ("StringEquals", "lambda:FunctionUrlAuthType", "AWS_IAM", UNKNOWN),
        ("Bool", "aws:PrincipalIsAWSService", True, YES),
        ("Bool", "aws:PrincipalIsAWSService", "false", NO),
        ("Bool", "aws:SecureTransport", "true", NO),
        ("StringEquals", "aws:Referer", "https://example.com", NO),
        ("StringEquals", "aws:PrincipalTag/team", "x", NO),
        ("ArnLike", "aws:SourceArn", OWN_TOPIC, YES),
        ("ArnEquals", "aws:SourceArn", "arn:aws:s3:*:*:bucket", YES),
        ("ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:topic", NO),
        ("ArnLike", "aws:SourceArn", "arn:aws:s3:::*", NO),
        ("ArnLike", "aws:SourceArn", [OWN_TOPIC, "*"], NO),
        ("ArnLike", "aws:SourceArn", text("arn:aws:sns:*:", UNKNOWN_VALUE, ":*"), YES),
        ("ArnLike", "aws:SourceArn", UNKNOWN_VALUE, UNKNOWN),
        ("ArnLike", "aws:SourceArn", choice(x=OWN_TOPIC, y="*"), NO),
        ("StringLike", "aws:PrincipalArn", "arn:aws:iam::*:role/admin", NO),
        ("IpAddress", "aws:SourceIp", "203.0.113.0/24", YES),
        ("IpAddress", "aws:SourceIp", "0.0.0.0/0", NO),
        ("IpAddress", "aws:SourceIp", ["10.0.0.0/8", "::/0"], NO),
        ("IpAddress", "aws:SourceIp", ["0.0.0.0/1", "128.0.0.0/1"], NO),
        ("IpAddress", "aws:SourceIp", UNKNOWN_VALUE, UNKNOWN),
        ("IpAddress", "aws:SourceIp", text(UNKNOWN_VALUE, "/32"), UNKNOWN),
        ("IpAddress", "aws:SourceIp", [], NO),
        ("NotIpAddress", "aws:SourceIp", "203.0.113.0/24", NO),
        ("StringLike", "token.actions.githubusercontent.com:sub", "repo:org/name:*", YES),
        ("StringLike", "token.actions.githubusercontent.com:sub", "repo:*", NO),
        ("StringLike", "token.actions.githubusercontent.com:sub", "*", NO),
        ("StringEquals", "token.actions.githubusercontent.com:aud", "sts.amazonaws.com", NO),
        ("StringEquals", "cognito-identity.amazonaws.com:aud", "eu-west-1:1234", YES),
        ("StringEquals", "sts:ExternalId", "x", YES),
        ("StringLike", "aws:userid", "AROAEXAMPLE:*", YES),
        ("Strange", "aws:SourceAccount", "111122223333", NO),
        (":", "", "", NO),
    ],
)
def test_one_condition(operator: str, key: str, data: Any, answer: Truth) -> None:
    assert restricting(statement(Principal="*", Condition={operator: {key: data}}).conditions) is answer


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        (None, NO),
        ({}, NO),
        (UNKNOWN_VALUE, UNKNOWN),
        ({"StringEquals": UNKNOWN_VALUE}, UNKNOWN),
        ({"StringEqualsIfExists": UNKNOWN_VALUE}, NO),
        (MapValue({}, complete=False), UNKNOWN),
        ({"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"aws:SourceVpc": "vpc-1"}}, YES),
        ({"StringLike": {"aws:SourceVpc": "*", "aws:SourceAccount": "*"}}, NO),
        ({"StringEquals": choice(x={"aws:SourceVpc": "vpc-1"}, y={})}, UNKNOWN),
    ],
)
def test_conditions_together(condition: Any, answer: Truth) -> None:
    assert restricting(statement(Principal="*", Condition=condition).conditions) is answer


def test_each_alternative_of_a_statement_has_its_own_answer() -> None:
    condition = choice(closed={"StringEquals": {"aws:SourceVpc": "vpc-1"}}, open=None)
    found = policy({"Effect": "Allow", "Principal": "*", "Condition": condition}).statements
    assert [(names(each.when), restricting(each.conditions)) for each in found] == [(("closed",), YES), (("open",), NO)]


INSECURE = {"Bool": {"aws:SecureTransport": "false"}}
SECURE = {"Bool": {"aws:SecureTransport": "true"}}


def deny(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": INSECURE, **elements}


def allow(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:GetObject", **elements}


@pytest.mark.parametrize(
    ("statements", "answer"),
    [
        ([], NO),
        ([deny()], YES),
        ([allow(), deny()], YES),
        ([deny(Action="*", Principal={"AWS": "*"})], YES),
        ([deny(Condition={"BoolIfExists": {"AWS:SecureTransport": False}})], YES),
        ([deny(Condition={"StringEquals": {"aws:SecureTransport": "false"}})], YES),
        ([deny(Condition=SECURE)], NO),
        ([deny(Condition={"StringNotEquals": {"aws:SecureTransport": "true"}})], YES),
        ([deny(Condition={"StringNotEquals": {"aws:SecureTransport": "false"}})], NO),
        ([deny(Resource=["arn:aws:s3:::b", "arn:aws:s3:::b/*"])], YES),
        ([deny(Resource="arn:aws:s3:::b*")], YES),
        ([deny(Resource="arn:aws:s3:::b/*")], NO),
        ([deny(Resource="arn:aws:s3:::b")], NO),
        ([deny(Resource=["arn:aws:s3:::b", "arn:aws:s3:::b/in/*"])], NO),
        ([deny(Resource="arn:aws:s3:::b"), deny(Resource="arn:aws:s3:::b/*")], YES),
        ([deny(Resource="arn:aws:s3:::b"), deny(Resource="arn:aws:s3:::b/*", Action="s3:GetObject")], NO),
        ([deny(Resource=[text(UNKNOWN_VALUE, "/*"), text("arn:aws:s3:::", UNKNOWN_VALUE)])], YES),
        ([deny(Resource=["arn:aws:s3:::b", text("arn:aws:s3:::b/", UNKNOWN_VALUE)])], UNKNOWN),
        ([deny(Resource=UNKNOWN_VALUE)], UNKNOWN),
        ([deny(Condition=None)], NO),
        ([deny(Action="s3:GetObject")], NO),
        ([deny(Action=UNKNOWN_VALUE)], UNKNOWN),
        ([deny(Principal={"AWS": "111122223333"})], NO),
        ([deny(Principal=UNKNOWN_VALUE)], UNKNOWN),
        ([deny(Condition=UNKNOWN_VALUE)], UNKNOWN),
        ([deny(Condition={**INSECURE, "StringEquals": {"aws:SourceVpc": "vpc-1"}})], UNKNOWN),
        ([deny(Effect=UNKNOWN_VALUE)], UNKNOWN),
        ([deny(Condition={"Bool": {"aws:SecureTransport": UNKNOWN_VALUE}})], UNKNOWN),
        ([allow()], NO),
        ([allow(Condition=SECURE)], YES),
        ([allow(Condition=SECURE), allow()], NO),
        ([allow(Condition=SECURE), UNKNOWN_VALUE], UNKNOWN),
        ([allow(), UNKNOWN_VALUE], UNKNOWN),
        ([deny(), UNKNOWN_VALUE], YES),
    ],
)
def test_denies_insecure_transport(statements: list[Any], answer: Truth) -> None:
    assert denies_insecure_transport(policy(*statements)) is answer


def test_nobody_knows_an_unknown_policy() -> None:
    assert denies_insecure_transport(parse_policy(UNKNOWN_VALUE)) is UNKNOWN
    assert denies_insecure_transport(parse_policy(value(None))) is NO
