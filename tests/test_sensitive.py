"""Sensitive marks travel with values, and what carries one is shown in no message."""

from __future__ import annotations

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.options import Given, Options
from iacreview.pipeline import check
from tests.evaluate.terraform.support import shown, value_of
from tests.trees import MemoryTree

PRELUDE = 'variable "s" {\n  default = "hidden-value"\n  sensitive = true\n}\nvariable "p" {\n  default = "x"\n}\nlocals {\n  l = upper(var.s)\n}\n'


@pytest.mark.parametrize(
    ("expression", "marked"),
    [
        ("var.s", True),
        ("var.p", False),
        ("local.l", True),
        ('"a-${var.s}"', True),
        ("upper(var.p)", False),
        ("sensitive(var.p)", True),
        ("nonsensitive(var.s)", False),
        ('var.s == "x" ? 1 : 2', True),
        ('"plain"', False),
    ],
)
def test_marks_travel(expression: str, marked: bool) -> None:
    assert shown(value_of(f"issensitive({expression})", PRELUDE)) is marked


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "main.tf",
            PRELUDE
            + 'resource "aws_lb_listener" "l" {\n  protocol = "HTTPS"\n  port = 443\n  ssl_policy = "${var.s}"\n}\n'
            'resource "aws_ebs_volume" "v" {\n  encrypted = var.s == "x"\n}\n'
            'resource "aws_cloudfront_distribution" "d" {\n  viewer_certificate {\n    minimum_protocol_version = var.s\n  }\n}\n',
        ),
        (
            "t.yaml",
            "Parameters:\n  S: {Type: String, NoEcho: true, Default: hidden-value}\nResources:\n  D:\n    Type: AWS::RDS::DBInstance\n"
            "    Properties: {StorageEncrypted: !Ref S}\n",
        ),
    ],
)
def test_messages_do_not_show_them(path: str, text: str) -> None:
    report = check(MemoryTree({path: text}), (), Options(load_rules(), load_catalog(), profile="strict"))
    messages = [each.message for each in report.findings]
    assert any("(sensitive)" in each for each in messages)
    assert not [each for each in messages if "hidden-value" in each]


ROLE = """
resource "aws_iam_role_policy" "p" {{
  role = "r"
  policy = jsonencode({{ Statement = [{{ Effect = "Allow", Action = {}, Resource = {} }}] }})
}}
"""


@pytest.mark.parametrize(
    ("rule", "action", "resource"),
    [
        ("IAM001", '"*"', '"arn:aws:s3:::${var.name}/*"'),
        ("IAM003", '"s3:PutObject${var.name == "x" ? "" : "*"}"', '"*"'),
        ("IAM002", '"s3:*"', '"arn:aws:s3:::${var.names[0]}/*"'),
        ("IAM002", '"s3:*"', '"arn:aws:s3:::${split(",", var.list)[0]}/*"'),
    ],
)
def test_what_is_given_from_outside_is_not_shown_in_a_pattern(rule: str, action: str, resource: str) -> None:
    declared = 'variable "{}" {{\n  type = {}\n  sensitive = true\n}}\n'
    text = declared.format("name", "string") + declared.format("list", "string")
    text += declared.format("names", "list(string)") + ROLE.format(action, resource)
    given = Given(variables={"name": "hidden-name", "names": '["hidden-name"]'}, environment={"list": "hidden-name,x"})
    options = Options(load_rules(), load_catalog(), profile="strict", inputs=given)
    found = check(MemoryTree({"main.tf": text}), (), options).findings
    messages = [each.message for each in found if each.rule == rule]
    assert messages
    assert all("(sensitive)" in each for each in messages)
    assert "hidden-name" not in str([each.message for each in found])


def test_a_list_that_is_hidden_names_no_resources() -> None:
    text = 'variable "names" {\n  default = ["hidden-name"]\n  sensitive = true\n}\n'
    text += 'resource "aws_ebs_volume" "v" {\n  for_each = toset(var.names)\n}\n'
    found = check(MemoryTree({"main.tf": text}), (), Options(load_rules(), load_catalog())).findings
    assert found
    assert "hidden-name" not in str([(each.message, each.resource) for each in found])


def test_a_nested_list_of_a_template_names_no_resources() -> None:
    text = """
Transform: AWS::LanguageExtensions
Parameters:
  Names: {Type: CommaDelimitedList, NoEcho: true, Default: hiddenname}
Resources:
  Fn::ForEach::Volumes:
    - Name
    - !Ref Names
    - Volume${Name}: {Type: AWS::EC2::Volume, Properties: {AvailabilityZone: a}}
"""
    report = check(MemoryTree({"t.yaml": text}), (), Options(load_rules(), load_catalog()))
    assert [each.reason for each in report.skipped]
    assert "hiddenname" not in str([(each.message, each.resource) for each in report.findings])
