from __future__ import annotations

from typing import Any

import pytest

from iacreview.model.logic import NO, UNKNOWN, YES, Truth
from iacreview.model.value import Unknown
from iacreview.semantics import conditions, denials, deputies, issuers
from iacreview.semantics.parts import lines_of
from tests.semantics.values import UNKNOWN_VALUE, policy, statement, text

BITBUCKET = "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"
GITHUB = "token.actions.githubusercontent.com"


def fixed(issuer: str, operator: str, claim: str, *values: Any) -> Truth:
    found = issuers.issuer_of(issuer)
    assert found is not None
    return issuers.fixes_owner(found, statement(Condition={operator: {f"{issuer}:{claim}": list(values)}}).conditions)


@pytest.mark.parametrize(
    ("issuer", "operator", "claim", "values", "answer"),
    [
        (GITHUB, "StringLike", "sub", ["repo:acme/app:*"], YES),
        (GITHUB, "StringLike", "sub", ["repo:acme/*"], YES),
        (GITHUB, "StringEquals", "sub", ["repo:acme/app:ref:refs/heads/main"], YES),
        (GITHUB, "StringEquals", "sub", ["repo:acme/*"], YES),
        (GITHUB, "StringLike", "sub", ["repo:acme*"], NO),
        (GITHUB, "StringLike", "sub", ["repo:*/app:*"], NO),
        (GITHUB, "StringLike", "sub", ["repo:acm?/app:*"], NO),
        (GITHUB, "StringLike", "sub", ["rep*"], NO),
        (GITHUB, "StringLike", "sub", ["*"], NO),
        (GITHUB, "StringLike", "sub", ["repo:acme/app:*", "*:ref:refs/heads/main"], NO),
        (GITHUB, "StringLike", "sub", ["environment:prod:*"], UNKNOWN),
        (GITHUB, "StringLike", "sub", [UNKNOWN_VALUE], UNKNOWN),
        (GITHUB, "StringLike", "sub", [text("repo:", UNKNOWN_VALUE, "/app:*")], YES),
        (GITHUB, "StringLike", "sub", [], UNKNOWN),
        (GITHUB, "StringNotLike", "sub", ["repo:other/*"], NO),
        (GITHUB, "ForAllValues:StringLike", "sub", ["repo:acme/app:*"], NO),
        (GITHUB, "StringLikeIfExists", "sub", ["repo:acme/app:*"], NO),
        (GITHUB, "StringEquals", "aud", ["sts.amazonaws.com"], NO),
        (GITHUB, "StringEquals", "repository_owner_id", ["12345"], YES),
        (GITHUB, "StringLike", "job_workflow_ref", ["acme/workflows/*"], YES),
        (GITHUB, "StringEquals", "ref", ["refs/heads/main"], NO),
        ("gitlab.com", "StringLike", "sub", ["project_path:acme/*"], YES),
        ("gitlab.com", "StringLike", "sub", ["project_path:*"], NO),
        ("app.terraform.io", "StringLike", "sub", ["organization:acme:*"], YES),
        ("app.terraform.io", "StringLike", "sub", ["organization:acme*"], NO),
        ("accounts.google.com", "StringEquals", "aud", ["1.apps.googleusercontent.com"], YES),
        ("accounts.google.com", "StringLike", "aud", ["*.apps.googleusercontent.com"], NO),
        ("oidc.eks.eu-west-1.amazonaws.com/id/A1", "StringLike", "sub", ["system:serviceaccount:*:*"], NO),
        ("oidc.eks.eu-west-1.amazonaws.com/id/A1", "StringLike", "sub", ["system:serviceaccount:app:*"], YES),
        (BITBUCKET, "StringLike", "sub", ["{1234}:*"], YES),
        (BITBUCKET, "StringLike", "sub", ["*"], NO),
        (BITBUCKET, "StringEquals", "aud", ["ari:cloud:bitbucket::workspace/1234"], YES),
        ("oidc.circleci.com/org/1234", "StringLike", "sub", ["org/1234/project/5678/user/*"], YES),
        ("oidc.circleci.com/org/1234", "StringLike", "sub", ["*"], NO),
        ("acme.app.spacelift.io", "StringLike", "sub", ["space:root:*"], YES),
    ],
)
def test_owner(issuer: str, operator: str, claim: str, values: list[Any], answer: Truth) -> None:
    assert fixed(issuer, operator, claim, *values) is answer


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        (f"arn:aws:iam::111122223333:oidc-provider/{GITHUB}", "GitHub Actions"),
        (f"https://{GITHUB}", "GitHub Actions"),
        ("gitlab.com", "GitLab"),
        ("gitlab.example.com", None),
        (f"{GITHUB}/acme", None),
        ("arn:aws:iam::111122223333:saml-provider/okta", None),
        ("oidc.eks.eu-west-1.amazonaws.com/id/A1", "the cluster's service accounts"),
        (f"arn:aws:iam::111122223333:oidc-provider/{BITBUCKET}", "Bitbucket Pipelines of the workspace"),
    ],
)
def test_issuers(provider: str, name: str | None) -> None:
    found = issuers.issuer_of(provider)
    assert (found.name if found else None) == name


def test_the_keys_of_another_issuer_do_not_count() -> None:
    found = issuers.issuer_of(GITHUB)
    assert found is not None
    asked = statement(Condition={"StringEquals": {"gitlab.com:sub": "repo:acme/app:ref:refs/heads/main"}})
    assert issuers.fixes_owner(found, asked.conditions) is NO


def test_deputies() -> None:
    assert deputies.acts_for_others("scheduler.amazonaws.com", deputies.ROLE)
    assert deputies.acts_for_others("logs.eu-central-1.amazonaws.com", deputies.ROLE)
    assert deputies.acts_for_others("sns.amazonaws.com.cn", deputies.RESOURCE)
    assert not deputies.acts_for_others("lambda.amazonaws.com", deputies.ROLE)
    assert not deputies.acts_for_others("scheduler.amazonaws.com", deputies.RESOURCE)
    assert all(line.split()[0] in (deputies.ROLE, deputies.RESOURCE) for line in lines_of("deputies.txt"))


ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
OUTSIDE = {"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}


@pytest.mark.parametrize(
    ("deny", "answer"),
    [
        ({**ALLOW, "Condition": OUTSIDE}, YES),
        ({**ALLOW, "Action": "*", "Resource": "*", "Condition": OUTSIDE}, YES),
        ({**ALLOW, "Condition": {"StringNotEqualsIfExists": {"aws:SourceVpce": "vpce-1a2b3c4d"}}}, YES),
        ({**ALLOW, "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}, YES),
        ({**ALLOW, "Condition": {"Bool": {"aws:PrincipalIsAWSService": "false"}}}, YES),
        ({**ALLOW, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}, NO),
        ({**ALLOW, "Condition": {**OUTSIDE, "Bool": {"aws:SecureTransport": "false"}}}, NO),
        ({**ALLOW, "Action": "execute-api:ManageConnections", "Condition": OUTSIDE}, NO),
        ({**ALLOW, "Resource": "execute-api:/prod/*", "Condition": OUTSIDE}, NO),
        ({**ALLOW, "Principal": {"AWS": "111122223333"}, "Condition": OUTSIDE}, NO),
        ({**ALLOW, "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}}, NO),
    ],
)
def test_what_a_denial_leaves(deny: dict[str, Any], answer: Truth) -> None:
    found = policy(ALLOW, {**deny, "Effect": "Deny"})
    assert conditions.restricting(denials.conditions_with_denials(found, found.statements[0])) is answer


def test_all_denied() -> None:
    found = policy(ALLOW, {**ALLOW, "Effect": "Deny"})
    assert denials.denied_altogether(found, found.statements[0])
    found = policy(ALLOW, {**ALLOW, "Effect": "Deny", "Condition": OUTSIDE})
    assert not denials.denied_altogether(found, found.statements[0])


@pytest.mark.parametrize(
    ("key", "value", "answer"),
    [
        ("aws:SourceIp", "52.0.0.0/7", NO),
        ("aws:SourceIp", "52.0.0.0/8", YES),
        ("aws:SourceIp", "2001:db8::/31", NO),
        ("aws:SourceIp", "2001:db8::/32", YES),
    ],
)
def test_ranges_too_wide_to_narrow(key: str, value: str, answer: Truth) -> None:
    assert conditions.restricting(statement(Condition={"IpAddress": {key: value}}).conditions) is answer


def test_the_arn_of_one_resource_is_one_source() -> None:
    from iacreview.model.provenance import Reference

    one = Unknown("is known after deployment", target=Reference("aws_sns_topic.orders", "arn"))
    assert conditions.restricting(statement(Condition={"ArnLike": {"aws:SourceArn": one}}).conditions) is YES
    assert (
        conditions.restricting(statement(Condition={"ArnLike": {"aws:SourceArn": UNKNOWN_VALUE}}).conditions) is UNKNOWN
    )


def test_what_the_stack_knows_is_one_account() -> None:
    from iacreview.model.provenance import Reference

    account = Unknown("AWS::AccountId is known at deployment", references=(Reference("AWS::AccountId"),))
    assert conditions.restricting(statement(Condition={"StringLike": {"aws:SourceAccount": account}}).conditions) is YES
