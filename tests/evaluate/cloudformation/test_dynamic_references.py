"""Dynamic references: no value, no literal, resolved when the stack is deployed."""

from __future__ import annotations

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.model.finding import Report
from iacreview.options import Options
from iacreview.pipeline import check
from tests.trees import MemoryTree

SSM = "'{{resolve:ssm:/orders/setting:1}}'"


def run(text: str, *codes: str) -> Report:
    rules = [rule for rule in load_rules() if rule.code in codes]
    return check(MemoryTree({"t.yaml": text}), (), Options(rules, load_catalog(), profile="strict"))


@pytest.mark.parametrize(
    ("code", "type", "properties"),
    [
        ("ENC001", "AWS::EC2::Volume", f"{{AvailabilityZone: a, Encrypted: {SSM}}}"),
        ("ENC001", "AWS::EC2::Volume", "{AvailabilityZone: a, Encrypted: !Sub '{{resolve:ssm:/x}}'}"),
        ("NET004", "AWS::RDS::DBInstance", f"{{PubliclyAccessible: {SSM}}}"),
        ("NET001", "AWS::EC2::SecurityGroup", f"{{SecurityGroupIngress: [{{IpProtocol: '-1', CidrIp: {SSM}}}]}}"),
        (
            "IAM001",
            "AWS::IAM::ManagedPolicy",
            f"{{PolicyDocument: {{Statement: [{{Effect: Allow, Action: {SSM}, Resource: '*'}}]}}}}",
        ),
        ("ENC003", "AWS::ApiGateway::DomainName", f"{{SecurityPolicy: {SSM}}}"),
    ],
)
def test_what_only_a_deployment_resolves_is_undecided(code: str, type: str, properties: str) -> None:
    report = run(f"Resources:\n  R: {{Type: {type}, Properties: {properties}}}\n", code)
    assert report.findings == ()
    assert report.undecided
    assert all("a dynamic reference is resolved at deployment" in each.reason for each in report.undecided)


@pytest.mark.parametrize(
    ("password", "findings"),
    [
        ("'{{resolve:secretsmanager:orders:SecretString:password}}'", []),
        ("'{{resolve:ssm-secure:/orders/password}}'", []),
        ("!Sub '{{resolve:secretsmanager:${Secret}:SecretString:password}}'", []),
        ("!Join ['', ['{{resolve:secretsmanager:', !Ref Secret, ':SecretString:password}}']]", []),
        ("'{{resolve:ssm:/orders/password}}'", ["SEC005"]),
        ("'{{resolve:secretsmanager:orders'", ["SEC001"]),
        ("correct-horse", ["SEC001"]),
    ],
)
def test_passwords(password: str, findings: list[str]) -> None:
    report = run(
        "Resources:\n  Secret: {Type: AWS::SecretsManager::Secret}\n  DB:\n    Type: AWS::RDS::DBInstance\n"
        f"    Properties:\n      MasterUserPassword: {password}\n",
        "SEC001",
        "SEC005",
    )
    assert [each.rule for each in report.findings] == findings
    assert report.undecided == ()


def test_what_is_there_is_there() -> None:
    """Whatever the name of the log bucket is, logs go to one."""
    text = f"Resources:\n  B: {{Type: AWS::S3::Bucket, Properties: {{LoggingConfiguration: {{DestinationBucketName: {SSM}}}}}}}\n"
    assert run(text, "LOG001").findings == ()
