"""Sensitive marks travel with values, and what carries one is shown in no message."""

from __future__ import annotations

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.options import Options
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
            "Parameters:\n  S: {Type: String, NoEcho: true, Default: hidden-value}\nResources:\n  D:\n    Type: AWS::CloudFront::Distribution\n"
            "    Properties:\n      DistributionConfig:\n        ViewerCertificate: {MinimumProtocolVersion: !Ref S}\n",
        ),
    ],
)
def test_messages_do_not_show_them(path: str, text: str) -> None:
    report = check(MemoryTree({path: text}), (), Options(load_rules(), load_catalog(), profile="strict"))
    messages = [each.message for each in report.findings]
    assert any("(sensitive)" in each for each in messages)
    assert not [each for each in messages if "hidden-value" in each]
