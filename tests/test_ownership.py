"""Whose accounts, organization, people and programs there are, as the settings say."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
import yaml

from iacreview.config import load_config
from iacreview.config_fields import config_schema
from iacreview.engine.load import load_catalog, load_rules
from iacreview.errors import ConfigError
from iacreview.model.operations import Operations, People
from iacreview.options import Options
from iacreview.pipeline import check
from iacreview.review.files import FileChanges
from iacreview.review.settings import settings_findings
from tests.trees import MemoryTree

OWN = "o-a1b2c3d4e5"
OTHER = "o-z9y8x7w6v5"
UNIT = f"{OWN}/r-ab12/ou-ab12-11111111/*"
PARTNER = {"AWS": "arn:aws:iam::444455556666:root"}
SAML = {"Federated": "arn:aws:iam::111122223333:saml-provider/workforce"}
GITHUB = {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"organization: {OWN}\n", (OWN,)),
        (f"organization: [{OWN}, {UNIT!r}]\n", (OWN, UNIT)),
    ],
)
def test_organization(text: str, found: tuple[str, ...]) -> None:
    assert load_config(MemoryTree({".iacreview.yaml": text})).organization == found
    jsonschema.Draft202012Validator(config_schema()).validate(yaml.safe_load(text))


def test_people() -> None:
    text = "people: {roles: [ops-*], not-roles: [ci-*], principals: [p], not-principals: [q]}\n"
    assert load_config(MemoryTree({".iacreview.yaml": text})).people == People(("ops-*",), ("ci-*",), ("p",), ("q",))
    jsonschema.Draft202012Validator(config_schema()).validate(yaml.safe_load(text))


@pytest.mark.parametrize(
    "text", ["organization: acme\n", "organization: o-A1\n", "people: {role: [x]}\n", "people: {roles: x}\n"]
)
def test_what_is_wrong(text: str) -> None:
    with pytest.raises(ConfigError, match="1"):
        load_config(MemoryTree({".iacreview.yaml": text}))


def bucket_policy(principal: Any, condition: Any) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
    if condition:
        statement["Condition"] = condition
    document = {"Version": "2012-10-17", "Statement": [statement]}
    resource = {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": "b", "PolicyDocument": document}}
    return json.dumps({"Resources": {"Policy": resource}})


def found(template: str, rules: tuple[str, ...], operations: Operations) -> list[str]:
    wanted = [rule for rule in load_rules() if rule.code in rules]
    options = Options(wanted, load_catalog(), profile="strict", operations=operations)
    return [f"{each.rule} {each.message}" for each in check(MemoryTree({"t.json": template}), (), options).findings]


@pytest.mark.parametrize(
    ("own", "principal", "condition", "rules"),
    [
        ([OWN], "*", {"StringEquals": {"aws:PrincipalOrgID": OWN}}, []),
        ([OWN], "*", {"StringEquals": {"aws:PrincipalOrgID": OTHER}}, ["IAM018"]),
        ([OWN], "*", {"StringEquals": {"aws:PrincipalOrgID": [OWN, OTHER]}}, ["IAM018"]),
        ([OWN], "*", {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{OWN}/r-ab12/*"}}, []),
        ([OWN], "*", {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{OTHER}/*"}}, ["IAM018"]),
        ([OWN], "*", {"StringEquals": {"aws:PrincipalOrgID": OTHER, "aws:SourceVpce": "vpce-0a1b2c3d"}}, []),
        ([OWN], "*", {"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}, []),
        ([OWN], "*", {"StringEquals": {"aws:ResourceOrgID": OWN}}, ["IAM005"]),
        ([OWN], "*", {"StringLike": {"aws:PrincipalOrgID": "o-*"}}, ["IAM005"]),
        ([OWN], "*", {"StringNotEquals": {"aws:PrincipalOrgID": OWN}}, ["IAM005"]),
        ([UNIT], "*", {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": UNIT}}, []),
        ([UNIT], "*", {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{OWN}/*"}}, ["IAM018"]),
        ([], "*", {"StringEquals": {"aws:PrincipalOrgID": OTHER}}, []),
        ([OWN], PARTNER, {}, ["IAM018"]),
        ([OWN], PARTNER, {"StringEquals": {"aws:PrincipalOrgID": OWN}}, []),
        ([OWN], PARTNER, {"StringEquals": {"aws:PrincipalOrgID": OTHER}}, ["IAM018", "IAM018"]),
        ([OWN], {"Service": "logs.amazonaws.com"}, {"StringEquals": {"aws:SourceOrgID": OWN}}, []),
        ([OWN], {"Service": "logs.amazonaws.com"}, {"StringEquals": {"aws:SourceOrgID": OTHER}}, ["IAM017", "IAM018"]),
    ],
)
def test_whose_organization_is_let_in(own: list[str], principal: Any, condition: Any, rules: list[str]) -> None:
    operations = Operations(accounts=frozenset({"111122223333"}), organization=frozenset(own))
    told = found(bucket_policy(principal, condition), ("IAM005", "IAM017", "IAM018"), operations)
    assert sorted(each.split()[0] for each in told) == rules


def role(trusted: Any, name: str = "operator") -> str:
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": trusted, "Action": "sts:*"}]}
    allowed = {"Effect": "Allow", "Action": "ec2:TerminateInstances", "Resource": "*"}
    policy = {"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [allowed]}}
    properties = {"RoleName": name, "AssumeRolePolicyDocument": trust, "Policies": [policy]}
    return json.dumps({"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}})


@pytest.mark.parametrize(
    ("people", "template", "by"),
    [
        (People(), role(SAML), 'it trusts "arn:aws:iam::111122223333:saml-provider/workforce"'),
        (People(), role(GITHUB), ""),
        (People(roles=("oper*",)), role(GITHUB), "by its name in the settings"),
        (People(trusted=("token.actions.githubusercontent.com",)), role(GITHUB), "it trusts"),
        (People(programs=("operator",)), role(SAML), ""),
        (People(trusted_programs=("*:saml-provider/work*",)), role(SAML), ""),
        (People(), role(PARTNER), 'it trusts "arn:aws:iam::444455556666:root"'),
        (People(trusted_programs=("444455556666",)), role(PARTNER), ""),
        (People(trusted_programs=("444455556666",)), role({"AWS": ["444455556666", "777788889999"]}), '"777788889999"'),
        (People(roles=("admin-*",)), role({"Service": "ec2.amazonaws.com"}), ""),
    ],
)
def test_who_is_taken_for_people_is_said_and_can_be_set(people: People, template: str, by: str) -> None:
    told = found(template, ("IAM014",), Operations(people=people))
    assert len(told) == bool(by)
    assert by in "".join(told)


@pytest.mark.parametrize(
    ("before", "after", "softer"),
    [
        (f"organization: {OWN}\n", f"organization: [{OWN}, {OTHER}]\n", "counts as one's own `o-z9y8x7w6v5`"),
        (f"organization: {OWN}\n", "", "no longer says what is one's own"),
        ('accounts: ["111122223333"]\n', 'accounts: ["111122223333", "444455556666"]\n', "`444455556666`"),
        ("", "people: {not-roles: [ci-*]}\n", "no longer counts as people `ci-*`"),
        ("people: {roles: [ops]}\n", "", "no longer counts as people `ops`"),
    ],
)
def test_a_change_that_softens_them_is_told(before: str, after: str, softer: str) -> None:
    base, head = MemoryTree({".iacreview.yaml": before}), MemoryTree({".iacreview.yaml": after})
    changes = FileChanges(base, head, {".iacreview.yaml"})
    told = settings_findings(base, head, load_config(base), changes)
    assert [each.rule for each in told] == ["CFG001"]
    assert softer in told[0].message
