"""Rules of one's own in native words, from their files to what they find."""

from __future__ import annotations

import pytest

from iacreview.commands.project import project_of
from iacreview.engine.explanation import explanation
from iacreview.engine.explanation import fixes as explained_fixes
from iacreview.errors import RuleError
from iacreview.model.finding import Report
from iacreview.options import Options
from iacreview.pipeline import check
from tests.trees import MemoryTree

HEAD = """\
id: ACME001
name: house-rule
family: house
title: Not as we do it
why: It is the custom of the house.
rows:
"""
TYPES = """\
  - type: [aws_instance, AWS::EC2::Instance]
    attribute: {tf: instance_type, cfn: InstanceType}
    require: [t3.micro, t3.small]
"""
OWNER = '  - {kind: "*", require: {tags.Owner: present}}\n'
STAGE = "  - {type: [aws_s3_bucket, AWS::SSM::Parameter, AWS::S3::Bucket], require: {tags.Stage: [dev, prod]}}\n"
NAMES = "  - {kind: s3.bucket, require: {tags.Name: {matches: '^acme-'}}}\n"
MODULE = "  - {module: 'terraform-aws-modules/rds/aws*', require: {storage_encrypted: true}}\n"


def run(rows: str, files: dict[str, str], settings: str = "rules: [policy]\n", **more: str) -> Report:
    tree = MemoryTree({".iacreview.yaml": settings, "policy/rule.yaml": HEAD + rows, **files, **more})
    project = project_of(tree, "/", ())
    own = [rule for rule in project.rules if rule.own]
    return check(tree, list(files), Options(own, project.catalog))


def found(report: Report) -> list[tuple[str, int]]:
    return [(each.resource.address, each.span.first.line) for each in report.findings if each.resource]


def bucket(body: str) -> str:
    return f'resource "aws_s3_bucket" "b" {{\n{body}}}\n'


PROVIDERS = (
    'provider "aws" {\n  default_tags {\n    tags = { Owner = "us" }\n  }\n}\nprovider "aws" {\n  alias = "b"\n}\n'
)
PAIRS = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      Tags: [{Key: Stage, Value: test}]\n"
MAP = "Resources:\n  P:\n    Type: AWS::SSM::Parameter\n    Properties:\n      Tags: {Stage: test}\n"


@pytest.mark.parametrize(
    ("rows", "name", "text", "findings", "undecided"),
    [
        (TYPES, "main.tf", 'resource "aws_instance" "a" {\n  instance_type = "m5.large"\n}\n', [("aws_instance.a", 2)], 0),
        (TYPES, "main.tf", 'resource "aws_instance" "a" {\n  instance_type = "t3.micro"\n}\n', [], 0),
        (TYPES, "main.tf", 'variable "t" {}\nresource "aws_instance" "a" {\n  instance_type = var.t\n}\n', [], 1),
        (TYPES, "main.tf", 'resource "awscc_ec2_instance" "a" {\n  instance_type = "m5.large"\n}\n', [("awscc_ec2_instance.a", 2)], 0),
        (TYPES, "t.yaml", "Resources:\n  I:\n    Type: AWS::EC2::Instance\n    Properties: {InstanceType: m5.large}\n", [("I", 4)], 0),
        (OWNER, "main.tf", bucket(""), [("aws_s3_bucket.b", 1)], 0),
        (OWNER, "main.tf", bucket('  tags = { Owner = "me" }\n'), [], 0),
        (OWNER, "main.tf", bucket("  tags = merge(var.x, {})\n") + 'variable "x" {}\n', [], 1),
        (OWNER, "main.tf", PROVIDERS + bucket(""), [], 0),
        (OWNER, "main.tf", PROVIDERS + bucket("  provider = aws.b\n"), [("aws_s3_bucket.b", 9)], 0),
        (OWNER, "main.tf", 'resource "aws_s3_bucket_policy" "p" {\n  bucket = "x"\n}\n', [], 0),  # has no tags
        (OWNER, "main.tf", 'resource "aws_autoscaling_group" "g" {\n  tag {\n    key = "Owner"\n    value = "me"\n  }\n}\n', [], 0),
        (OWNER, "t.yaml", "Resources:\n  B: {Type: AWS::S3::Bucket}\n", [], 1),  # the stack may be given it
        (STAGE, "main.tf", bucket('  tags = {\n    Stage = "test"\n  }\n'), [("aws_s3_bucket.b", 3)], 0),
        (STAGE, "t.yaml", PAIRS, [("B", 5)], 0),
        (STAGE, "t.yaml", PAIRS.replace("test", "prod"), [], 0),
        (STAGE, "t.yaml", MAP, [("P", 5)], 0),
        (NAMES, "main.tf", bucket('  tags = { Name = "logs" }\n'), [("aws_s3_bucket.b", 2)], 0),
        (MODULE, "main.tf", 'module "m" {\n  source = "terraform-aws-modules/rds/aws"\n}\n', [("module.m", 1)], 0),
        (MODULE, "main.tf", 'module "m" {\n  source = "terraform-aws-modules/rds/aws//x"\n  storage_encrypted = false\n}\n', [("module.m", 3)], 0),
        (MODULE, "main.tf", 'module "m" {\n  source = "terraform-aws-modules/vpc/aws"\n}\n', [], 0),
    ],
)  # fmt: skip
def test_native_words(rows: str, name: str, text: str, findings: list[tuple[str, int]], undecided: int) -> None:
    report = run(rows, {name: text})
    assert found(report) == findings
    assert len(report.undecided) == undecided
    assert all(each.family == "house" for each in report.findings)


KINDS = """\
service: acme
kinds:
  acme.gauge:
    title: Gauge
    types: {tf: aws_never_heard_of}
    only: there is no other
    properties:
      size: {tf: dial.size}
"""


def test_kinds_of_ones_own() -> None:
    settings = "rules: [policy]\ncatalog: [kinds.yaml]\n"
    rows = "  - {kind: acme.gauge, require: {size: {at_most: 3}}}\n"
    text = 'resource "aws_never_heard_of" "g" {\n  dial {\n    size = 4\n  }\n}\n'
    assert found(run(rows, {"main.tf": text}, settings, **{"kinds.yaml": KINDS})) == [("aws_never_heard_of.g", 3)]
    with pytest.raises(RuleError, match=r"kinds.yaml:5: .*aws_instance is already ec2.instance"):
        run(rows, {}, settings, **{"kinds.yaml": KINDS.replace("aws_never_heard_of", "aws_instance")})
    with pytest.raises(RuleError, match=r"kinds.yaml:3: .*is already one of iacreview's own kinds"):
        run(rows, {}, settings, **{"kinds.yaml": KINDS.replace("acme.gauge", "s3.bucket")})


WRONG = [
    (
        "  - {type: aws_instnce, attribute: x, require: 1}\n",
        "no resource type `aws_instnce`; did you mean `aws_instance`?",
    ),
    ("  - {type: aws_instance, require: {x: 1}}\n", "needs `attribute`, unless the row asks for `tags.NAME` alone"),
    ("  - {kind: s3.bucket, attribute: x, require: 1}\n", "rows.0.attribute: is for rows of a `type`"),
    ("  - {type: aws_instance, attribute: 'a..b', require: 1}\n", "expected `.`|cannot read"),
    ("  - {type: aws_instance, attribute: x, check: open_sources, require: 1}\n", "is for rows of a `kind`"),
    ("  - {kind: s3.bucket, require: {ownership: {matches: '['}}}\n", "rule.yaml:7: .*`matches`"),
    ("  - {kind: s3.bucket_policy, require: {tags.Owner: present}}\n", "s3.bucket_policy has no tags"),
    ("  - {kind: rds.instance, require: {encrypted: {at_least: much}}}\n", "`at_least` takes a number, not `much`"),
    ("  - {kind: rds.instance, require: {encrypted: {in: yes}}}\n", "`in` takes a list, not"),
    ("  - {kind: rds.instance, require: {encrypted: {literal_secret: perhaps}}}\n", "takes true or false"),
    ("  - {kind: rds.instance, require: {none: [{encrypted: true}]}}\n", "`none`?: ?is for `when`|none: is for `when`"),
    (
        "  - {kind: s3.bucket, module: x, require: {a: 1}}\n",
        "needs one of `kind`, `type`, `module`, and no more than one",
    ),
    ("  - {kind: s3.bucket, require: 5}\n", "must be a mapping"),
    ("  - {kind: s3.bucket, requires: {a: 1}}\n", "there is no key `requires`; did you mean `require`?"),
]


@pytest.mark.parametrize(("rows", "message"), WRONG)
def test_what_is_wrong_is_told_with_its_line(rows: str, message: str) -> None:
    with pytest.raises(RuleError, match=message) as error:
        run(rows.replace("{encrypted", "{storage_encrypted"), {})
    assert error.value.message.startswith("policy/rule.yaml:7: ")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("why: It is the custom of the house.", "why: Custom.", "rule.yaml:5: why: at least 20 characters, not 7"),
        ("family: house", "family: House", "rule.yaml:3: family: `House` is not of the form"),
        ("title: Not as we do it\n", "", "`title` is missing"),
        ("id: ACME001", "id: IAM001", "IAM001 is already one of iacreview's own rules"),
        ("id: ACME001", "id: 7", "`7` is not of the type string"),
    ],
)
def test_the_head_of_a_rule_is_checked(old: str, new: str, message: str) -> None:
    tree = MemoryTree({".iacreview.yaml": "rules: [policy]\n", "policy/rule.yaml": HEAD.replace(old, new) + TYPES})
    with pytest.raises(RuleError, match=message):
        project_of(tree, "/", ())


FARM = """\
service: devicefarm
kinds:
  devicefarm.project:
    title: Device Farm project
    types: {cfn: AWS::DeviceFarm::Project, tf: aws_devicefarm_project}
    properties: {timeout: {cfn: DefaultJobTimeoutMinutes, tf: default_job_timeout_minutes}}
"""
FARMED = "  - {kind: devicefarm.project, require: {timeout: {at_most: 60}}, fix: {timeout: 60}}\n"


@pytest.mark.parametrize(
    ("rows", "fixes"),
    [
        (FARMED, ["Device Farm project: `DefaultJobTimeoutMinutes: 60` or `default_job_timeout_minutes = 60`"]),
        (
            MODULE.replace("}}", "}, fix: {storage_encrypted: true}}"),
            ["terraform-aws-modules/rds/aws*: `storage_encrypted = true`"],
        ),
        (TYPES + "    fix: take one of the two\n", ["take one of the two"]),
    ],
)
def test_a_rule_of_ones_own_is_explained(rows: str, fixes: list[str]) -> None:
    settings = "rules: [policy]\ncatalog: [kinds.yaml]\n"
    files = {".iacreview.yaml": settings, "policy/rule.yaml": HEAD + rows, "kinds.yaml": FARM}
    project = project_of(MemoryTree(files), "/", ())
    rule = next(rule for rule in project.rules if rule.own)
    assert explained_fixes(rule, project.catalog) == fixes
    assert all(each in explanation(rule, {}, project.catalog) for each in ("ACME001", "How to fix it"))
