"""What is wrong with a policy: one table of what is, one of what is not."""

from __future__ import annotations

from typing import Any

import pytest

from iacreview.evaluate.embedded import decode_json
from iacreview.model.value import Known
from iacreview.semantics.mistakes import (
    IDENTITY,
    INERT,
    MISSPELT,
    REFUSED,
    RESOURCE,
    RESOURCE_CONTROL,
    SERVICE_CONTROL,
    TRUST,
    UNKNOWN_NAME,
    mistakes_in,
)
from iacreview.semantics.policy import parse_policy
from tests.semantics.values import UNKNOWN_VALUE, choice, partial, text, value

OBJECT = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}
APP = {"AWS": "arn:aws:iam::111122223333:role/app"}
GRANT = {"Effect": "Allow", "Principal": APP, "Action": "sqs:SendMessage", "Resource": "*"}
ASSUMED = {"Effect": "Allow", "Principal": APP, "Action": "sts:AssumeRole"}
OIDC = {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}


def found(kind: str, *statements: Any, **elements: Any) -> list[tuple[str, str]]:
    document = value({"Version": "2012-10-17", "Statement": list(statements), **elements})
    return [(each.grade, each.text) for each in mistakes_in(parse_policy(document), document, kind)]


def conditions(operator: str, key: str, *values: Any) -> dict[str, Any]:
    return {**OBJECT, "Condition": {operator: {key: list(values)}}}


@pytest.mark.parametrize(
    ("kind", "statement", "grade", "text"),
    [
        (IDENTITY, {**OBJECT, "Effect": "allow"}, REFUSED, 'AWS accepts only "Allow"'),
        (IDENTITY, {**OBJECT, "Effect": "Permit"}, REFUSED, "neither Allow nor Deny"),
        (IDENTITY, {**OBJECT, "Actions": "s3:*"}, REFUSED, "is `Action` meant?"),
        (IDENTITY, {**OBJECT, "Sid": "my statement"}, REFUSED, "letters and digits"),
        (IDENTITY, {**OBJECT, "Principal": "*"}, REFUSED, "may not have a Principal"),
        (SERVICE_CONTROL, {**OBJECT, "Effect": "Deny", "Principal": "*"}, REFUSED, "policy may not have a Principal"),
        (RESOURCE_CONTROL, OBJECT | {"Principal": "*"}, REFUSED, "may only deny"),
        (RESOURCE_CONTROL, OBJECT | {"Effect": "Deny", "Principal": APP}, REFUSED, "which may have `*` alone"),
        (RESOURCE_CONTROL, OBJECT | {"Effect": "Deny"}, REFUSED, "has no Principal"),
        (RESOURCE_CONTROL, {**OBJECT, "Effect": "Deny", "Principal": "*", "Action": "*"}, REFUSED, "to name services"),
        (IDENTITY, {**OBJECT, "NotAction": "s3:PutObject"}, REFUSED, "both Action and NotAction"),
        (IDENTITY, {**OBJECT, "Action": []}, REFUSED, "empty list"),
        (IDENTITY, {"Effect": "Allow", "Action": "s3:GetObject"}, REFUSED, "neither Resource nor NotResource"),
        (IDENTITY, {"Effect": "Allow", "Resource": "*"}, REFUSED, "neither Action nor NotAction"),
        (IDENTITY, {**OBJECT, "Action": "GetObject"}, REFUSED, "no service in front"),
        (IDENTITY, {**OBJECT, "Action": "s3*:GetObject"}, REFUSED, "wildcard in its service"),
        (IDENTITY, {**OBJECT, "Action": "s3:Get Object"}, REFUSED, "is not an action"),
        (IDENTITY, {**OBJECT, "Action": "s3:GetObjects"}, MISSPELT, "is `GetObject` meant?"),
        (IDENTITY, {**OBJECT, "Action": ["s3:ListBucket", "s3:GetBucketAcl"]}, INERT, "`s3:GetBucketAcl` act on"),
        (RESOURCE, {**GRANT, "Action": "sqs:SendMessageBatch"}, MISSPELT, "`sqs:SendMessage` allows this operation"),
        (IDENTITY, {**OBJECT, "Action": "lambda:DeleteDurableExecution"}, UNKNOWN_NAME, "is not known"),
        (IDENTITY, {**OBJECT, "Action": "s3:HeadObject"}, MISSPELT, "`s3:GetObject` allows this operation"),
        (IDENTITY, {**OBJECT, "Action": "lamda:GetFunction"}, MISSPELT, "is `lambda` meant?"),
        (IDENTITY, {**OBJECT, "Action": "s3:Wholly"}, UNKNOWN_NAME, "is not known"),
        (IDENTITY, {**OBJECT, "Action": "s3:Wholly*"}, UNKNOWN_NAME, "no known action"),
        (IDENTITY, {**OBJECT, "Resource": "reports/*"}, REFUSED, "neither an ARN nor `*`"),
        (IDENTITY, {**OBJECT, "Resource": "arn:aws:s3:reports"}, REFUSED, "six parts"),
        (IDENTITY, {**OBJECT, "Resource": "arn:asw:s3:::reports/*"}, REFUSED, "no partition"),
        (IDENTITY, {**OBJECT, "Resource": "arn:aws:s3:::reports"}, INERT, "allows nothing"),
        (IDENTITY, {**OBJECT, "Effect": "Deny", "Resource": "arn:aws:s3:::reports"}, INERT, "denies nothing"),
        (IDENTITY, {**OBJECT, "Action": "s3:ListBucket"}, INERT, "arn:${Partition}:s3:::${BucketName}"),
        (IDENTITY, {**OBJECT, "Action": "lambda:Invoke*"}, INERT, "acts on"),
        (RESOURCE, {**GRANT, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports"}, INERT, "acts on"),
        (RESOURCE, {**GRANT, "Principal": {"AWS": "111"}}, REFUSED, "neither an account nor an ARN"),
        (RESOURCE, {**GRANT, "Principal": {"AWS": "arn:aws:iam::1:root"}}, REFUSED, "12 digits"),
        (RESOURCE, {**GRANT, "Principal": {"AWS": "arn:aws:iam::111122223333:group/a"}}, REFUSED, "not a principal"),
        (RESOURCE, {**GRANT, "Principal": {"AWS": "arn:aws:iam::*:role/app"}}, REFUSED, "wildcard"),
        (RESOURCE, {**GRANT, "Principal": {"Service": "lambda"}}, REFUSED, "not the name of a service"),
        (
            IDENTITY,
            {**OBJECT, "Resource": "arn:aws:sqs:111122223333:eu-west-1:q"},
            REFUSED,
            "in the place of its region",
        ),
        (RESOURCE, {**GRANT, "Principal": {"Service": "lambda.amazon.com"}}, REFUSED, "not the name of a service"),
        (
            RESOURCE,
            {**GRANT, "Principal": {"Service": "lamda.amazonaws.com"}},
            MISSPELT,
            "`lambda.amazonaws.com` meant",
        ),
        (RESOURCE, {**GRANT, "Principal": {"Services": "lambda.amazonaws.com"}}, REFUSED, "not a kind of principal"),
        (RESOURCE, {key: GRANT[key] for key in ("Effect", "Action", "Resource")}, REFUSED, "no Principal"),
        (TRUST, {**ASSUMED, "Resource": "*"}, REFUSED, "may not have a Resource"),
        (TRUST, {**ASSUMED, "Action": "s3:GetObject"}, REFUSED, "actions of sts alone"),
        (TRUST, {**ASSUMED, "Principal": OIDC}, INERT, "sts:AssumeRoleWithWebIdentity"),
        (TRUST, {**ASSUMED, "Action": "sts:AssumeRoleWithSAML"}, INERT, "sts:AssumeRole"),
        (IDENTITY, conditions("StringEqual", "aws:PrincipalOrgID", "o-1"), REFUSED, "is `StringEquals` meant?"),
        (IDENTITY, conditions("NullIfExists", "aws:PrincipalOrgID", "true"), REFUSED, "not a condition operator"),
        (IDENTITY, conditions("ForSome:StringLike", "aws:TagKeys", "a"), REFUSED, "not a condition operator"),
        (IDENTITY, conditions("StringEquals", "PrincipalOrgID", "o-1"), REFUSED, "no service in front"),
        (IDENTITY, conditions("StringEquals", "aws:PrincipalOrganisation", "o-1"), MISSPELT, "is not known"),
        (IDENTITY, conditions("StringEquals", "aws:PrincipalOrgIDs", "o-1"), INERT, "is `aws:PrincipalOrgID` meant?"),
        (IDENTITY, conditions("StringEquals", "aws:ResourceTag", "x"), INERT, "the name of a tag"),
        (IDENTITY, conditions("StringEquals", "wholly:Unknown", "x"), UNKNOWN_NAME, "no service has"),
        (IDENTITY, conditions("IpAddress", "aws:SourceIp", "300.0.0.0/8"), INERT, "neither an address nor a range"),
        (IDENTITY, conditions("StringEquals", "aws:SourceIp", "10.0.0.0/8"), INERT, "compares `aws:SourceIp` as text"),
        (IDENTITY, conditions("IpAddress", "aws:SourceVpc", "10.0.0.0/8"), INERT, "of type String"),
        (IDENTITY, conditions("DateLessThan", "aws:CurrentTime", "soon"), INERT, "is not a date"),
        (IDENTITY, conditions("Bool", "aws:SecureTransport", "yes"), INERT, "neither true nor false"),
        (IDENTITY, conditions("Bool", "aws:SecureTransport", "true", "false"), INERT, "holds always"),
        (IDENTITY, conditions("Null", "aws:TokenIssueTime", "no"), INERT, "neither true nor false"),
        (IDENTITY, conditions("NumericLessThan", "s3:max-keys", "ten"), INERT, "is not a number"),
        (IDENTITY, conditions("ArnLike", "aws:SourceArn", "reports"), INERT, "is not an ARN"),
        (IDENTITY, conditions("StringEquals", "aws:SourceAccount", "11112222333"), INERT, "11 digits"),
        (IDENTITY, conditions("StringEquals", "aws:PrincipalTag/team", "a*"), INERT, "`StringLike` knows wildcards"),
        (
            IDENTITY,
            conditions("StringNotEquals", "aws:PrincipalArn", "arn:aws:iam::*:role/a"),
            INERT,
            "`StringNotLike`",
        ),
        (TRUST, {**ASSUMED, "Condition": {"StringEquals": {"gitlab.com:sub": "project_path:a/*"}}}, INERT, "literally"),
    ],
)
def test_a_mistake(kind: str, statement: Any, grade: str, text: str) -> None:
    assert [each for each in found(kind, statement) if each[0] == grade and text in each[1]], found(kind, statement)


@pytest.mark.parametrize(
    ("kind", "statement"),
    [
        (IDENTITY, OBJECT),
        (IDENTITY, {**OBJECT, "Action": "*", "Resource": "*"}),
        (IDENTITY, {**OBJECT, "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "arn:aws:s3:::reports*"}),
        (IDENTITY, {**OBJECT, "Action": "s3:*", "Resource": ["arn:aws:s3:::reports", "arn:aws:s3:::reports/*"]}),
        (IDENTITY, {**OBJECT, "Action": "S3:getobject"}),
        (IDENTITY, {**OBJECT, "Action": UNKNOWN_VALUE, "Resource": "arn:aws:sqs:eu-west-1:111122223333:q"}),
        (IDENTITY, {**OBJECT, "Action": text("s3:", UNKNOWN_VALUE), "Resource": "arn:aws:sqs:eu-west-1:111122223333:q"}),
        (IDENTITY, {**OBJECT, "Action": partial()}),
        (IDENTITY, {**OBJECT, "Resource": UNKNOWN_VALUE}),
        (IDENTITY, {**OBJECT, "Resource": text(UNKNOWN_VALUE, "/*")}),
        (IDENTITY, {**OBJECT, "Resource": text("arn:aws:s3:::", UNKNOWN_VALUE)}),
        (IDENTITY, {**OBJECT, "Resource": text("arn:", UNKNOWN_VALUE, ":s3:::reports/*")}),
        (IDENTITY, {**OBJECT, "Resource": "arn:aws:s3:::reports/${aws:username}/*"}),
        (IDENTITY, {**OBJECT, "Action": "s3:ListAllMyBuckets", "Resource": "arn:aws:s3:::reports"}),
        (IDENTITY, {**OBJECT, "Sid": choice(a="One", b="Two")}),
        (IDENTITY, conditions("ForAllValues:StringLikeIfExists", "aws:TagKeys", "a*")),
        (IDENTITY, conditions("StringEquals", "aws:PrincipalTag/team", "a")),
        (IDENTITY, conditions("StringEquals", "s3:RequestObjectTag/team", "a")),
        (IDENTITY, conditions("StringLike", "token.actions.githubusercontent.com:sub", "repo:acme/app:*")),
        (IDENTITY, conditions("StringEquals", "aws:SourceIp", "${aws:PrincipalTag/address}")),
        (IDENTITY, conditions("Bool", "aws:SecureTransport", True)),
        (IDENTITY, conditions("DateLessThan", "aws:CurrentTime", "2030-01-01T00:00:00Z")),
        (IDENTITY, conditions("NumericLessThan", "aws:MultiFactorAuthAge", 3600)),
        (IDENTITY, conditions("IpAddress", "aws:SourceIp", "10.0.0.1/8", "2001:db8::/32")),
        (IDENTITY, conditions("StringEquals", "s3:prefix", "*")),
        (IDENTITY, conditions("StringLike", "aws:PrincipalTag/team", "a*")),
        (RESOURCE, GRANT),
        (RESOURCE, {**GRANT, "Sid": "__owner statement"}),
        (RESOURCE, {**GRANT, "Principal": "*"}),
        (RESOURCE, {**GRANT, "Action": "SNS:Receive"}),
        (RESOURCE, {**GRANT, "Principal": {"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}}),
        (RESOURCE, {**GRANT, "Principal": {"AWS": "AROACKCEVSQ6C2EXAMPLE"}}),
        (RESOURCE, {**GRANT, "Principal": {"AWS": text("arn:aws:iam::", UNKNOWN_VALUE, ":root")}}),
        (RESOURCE, {**GRANT, "Principal": {"AWS": UNKNOWN_VALUE}}),
        (RESOURCE, {**GRANT, "Principal": {"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}}),
        *(
            (RESOURCE, {**GRANT, "Principal": {"Service": f"{name}.amazonaws.com"}})
            for name in ("ecs-tasks", "application-insights", "replicator.lambda", "macie", "edgelambda")
        ),
        (RESOURCE, {**GRANT, "Principal": {"Service": "alexa-appkit.amazon.com"}}),
        (RESOURCE, {**GRANT, "Principal": {"Service": "logs.eu-central-1.amazonaws.com"}}),
        (TRUST, ASSUMED),
        (TRUST, {**ASSUMED, "Action": ["sts:AssumeRole", "sts:TagSession"]}),
        (TRUST, {**ASSUMED, "Action": "sts:*", "Principal": OIDC}),
        (TRUST, {**ASSUMED, "Action": "sts:AssumeRoleWithWebIdentity", "Principal": {"Federated": "accounts.google.com"}}),
        (TRUST, {**ASSUMED, "Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}),
        ("", {"Effect": "Allow", "Action": "s3:GetObject"}),
        (RESOURCE, {**GRANT, "Action": "logs:PutLogEventsBatch"}),
        (
            IDENTITY,
            {
                **OBJECT,
                "Action": "cloudformation:CreateChangeSet",
                "Resource": "arn:aws:cloudformation:eu-west-1:aws:transform/Serverless-2016-10-31",
            },
        ),
        (IDENTITY, {**OBJECT, "Action": "logs:PutLogEvents", "Resource": "arn:aws:logs:*:*:/aws-glue/*"}),
    ],
)  # fmt: skip
def test_no_mistake(kind: str, statement: Any) -> None:
    assert found(kind, statement) == []


def test_documents() -> None:
    assert found(IDENTITY, OBJECT, Version="2012-10-18")[0][0] == REFUSED
    assert "no element `Statements`" in found(IDENTITY, OBJECT, Statements=[])[0][1]
    assert found(IDENTITY) == [(REFUSED, "the Statement is an empty list")]
    twice = found(IDENTITY, {**OBJECT, "Sid": "A"}, {**OBJECT, "Sid": "A"})
    assert twice == [(REFUSED, 'the Sid "A" is also that of another statement')]


def test_variables_need_the_newer_version() -> None:
    own = {**OBJECT, "Resource": "arn:aws:s3:::reports/${aws:username}/*"}
    assert found(IDENTITY, own, Version="2008-10-17")[0][0] == INERT
    assert found(IDENTITY, own, Version=None)[0][0] == INERT
    assert found(IDENTITY, OBJECT, Version="2008-10-17") == []


def test_a_comma_too_many() -> None:
    written = Known('{"Statement": [{"Effect": "Allow", "Action": ["s3:GetObject",], "Resource": "*",},], }')
    document = decode_json(written)
    assert document is not None
    policy = parse_policy(document)
    assert [item.pattern for item in policy.statements[0].actions] == ["s3:GetObject"]
    assert (REFUSED, "there is a comma before a closing bracket, which JSON does not have") in [
        (each.grade, each.text) for each in mistakes_in(policy, document, IDENTITY)
    ]
    assert decode_json(Known('{"a": [1,,]}')) is None
    assert decode_json(Known('{"a": ",]"}')) is not None
