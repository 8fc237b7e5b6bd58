"""What conditions leave of a grant: each alone, and together."""

from __future__ import annotations

from typing import Any

import pytest

from iacreview.model.logic import NO, UNKNOWN, YES, Truth
from iacreview.semantics.narrowing import narrowing
from tests.semantics.values import UNKNOWN_VALUE, statement

TAG = "aws:ResourceTag/team"


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        # What is reached.
        ({"StringEquals": {TAG: "orders"}}, YES),
        ({"StringEquals": {TAG: "${aws:PrincipalTag/team}"}}, YES),
        ({"StringLike": {"s3:prefix": "home/*"}}, YES),
        ({"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}, YES),
        ({"StringEqualsIfExists": {"iam:PassedToService": "ec2.amazonaws.com"}}, YES),
        ({"ArnEquals": {"iam:PermissionsBoundary": "arn:aws:iam::111122223333:policy/b"}}, YES),
        ({"StringEquals": {"aws:ResourceAccount": "111122223333"}}, YES),
        ({"Bool": {"aws:ViaAWSService": "true"}}, YES),
        ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, YES),
        # Who can use it.
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, YES),
        ({"StringEquals": {"aws:SourceVpce": "vpce-0a1b2c3d"}}, YES),
        ({"StringEquals": {"aws:PrincipalTag/team": "orders"}}, YES),
        # Nothing.
        ({"Bool": {"aws:SecureTransport": "true"}}, NO),
        ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, NO),
        ({"StringLike": {"aws:PrincipalArn": "*"}}, NO),
        ({"StringLike": {"iam:PassedToService": "*.amazonaws.com"}}, NO),
        ({"StringEqualsIfExists": {TAG: "orders"}}, NO),
        ({"ForAllValues:StringEquals": {TAG: ["orders"]}}, NO),
        ({"StringNotEquals": {"aws:PrincipalAccount": "999999999999"}}, NO),
        ({"Null": {"aws:PrincipalArn": "false"}}, NO),
        ({"Null": {TAG: ["true", "false"]}}, NO),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, NO),
        ({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/0"]}}, NO),
        ({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, NO),
        ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, NO),
        ({"DateLessThan": {"aws:CurrentTime": "2199-01-01T00:00:00Z"}}, NO),
        ({"Bool": {"aws:ViaAWSService": ["true", "false"]}}, NO),
        ({"Bool": {"aws:ViaAWSService": "false"}}, NO),
        # More is asked of the same principal, or nobody knows what.
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, UNKNOWN),
        (UNKNOWN_VALUE, UNKNOWN),
        # Together: one that narrows is enough, and a key that has to be there is there.
        ({"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {TAG: "orders"}}, YES),
        ({"ForAllValues:StringEquals": {TAG: ["orders"]}, "Null": {TAG: "false"}}, YES),
        ({"ForAllValues:StringEquals": {TAG: ["orders"]}, "Null": {TAG: "true"}}, NO),
    ],
)
def test_narrowing(condition: Any, wanted: Truth) -> None:
    assert narrowing(statement(Action="s3:GetObject", Resource="*", Condition=condition)).any is wanted


def test_hollow_conditions_are_named() -> None:
    conditions = {"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {TAG: "orders"}}
    found = narrowing(statement(Action="s3:GetObject", Resource="*", Condition=conditions))
    assert found.hollow == ("Bool aws:SecureTransport",)


def test_a_key_can_be_left_aside() -> None:
    found = statement(Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}})
    assert narrowing(found, ("iam:passedtoservice",)).any is NO
