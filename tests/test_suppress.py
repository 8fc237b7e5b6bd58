"""`iacreview suppress`: what it writes, and that the finding is suppressed by it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.repositories import Runner

TERRAFORM = """\
resource "aws_ebs_volume" "data" {
  availability_zone = "eu-west-1a"
  encrypted         = false # for now
}
"""
YAML = """\
Resources:
  Disk:
    Type: AWS::EC2::Volume
    Properties: {Size: 1, Encrypted: false}
"""
JSON = '{"Resources": {\n  "Disk": {\n    "Type": "AWS::EC2::Volume",\n    "Properties": {"Size": 1}\n  }\n}}\n'


@pytest.mark.parametrize(
    ("name", "text", "wanted", "written"),
    [
        (
            "main.tf",
            TERRAFORM,
            "ENC001@aws_ebs_volume.data",
            '  # iacreview:ignore ENC001 reason="scratch space" until=2099-01-31 ticket=SEC-7\n  encrypted         = false',
        ),
        (
            "t.yaml",
            YAML,
            "t.yaml:4",
            '    # iacreview:ignore ENC001 reason="scratch space" until=2099-01-31 ticket=SEC-7\n    Prop',
        ),
        (
            "t.json",
            JSON,
            "unencrypted-at-rest@Disk",
            '"Metadata": {"iacreview": {"ignore": [{"rule": "ENC001", "reason": "scratch space"',
        ),
    ],
)
def test_written_where_it_belongs(
    tmp_path: Path, name: str, text: str, wanted: str, written: str, iacreview: Runner
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    arguments = ("suppress", wanted, "--reason", "scratch space", "--until", "2099-01-31", "--ticket", "SEC-7")
    patch = iacreview(tmp_path, *arguments, "--diff")
    assert (tmp_path / name).read_text(encoding="utf-8") == text
    assert "+" + written.splitlines()[0].lstrip() in patch.out.replace("+    ", "+").replace("+  ", "+")
    assert iacreview(tmp_path, *arguments).status == 0
    assert written in (tmp_path / name).read_text(encoding="utf-8")
    report = json.loads(iacreview(tmp_path, "check", "--select", "ENC001", "--format", "json").out)
    assert not report["findings"]
    assert len(report["suppressed"]) == 1


def test_a_fingerprint(tmp_path: Path, iacreview: Runner) -> None:
    (tmp_path / "main.tf").write_text(TERRAFORM, encoding="utf-8")
    [found] = json.loads(iacreview(tmp_path, "check", "--select", "ENC001", "--format", "json").out)["findings"]
    assert iacreview(tmp_path, "suppress", found["fingerprint"][:12], "--reason", "tests").status == 0
    assert iacreview(tmp_path, "check", "--select", "ENC001").status == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ENC001@aws_ebs_volume.other", "--reason", "x"), "no finding is called"),
        (("main.tf:3", "--reason", 'a "quoted" word'), "--reason has a quote"),
        (("main.tf:3", "--reason", "x", "--until", "tomorrow"), "is not of the form 2027-01-31"),
    ],
)
def test_refused(tmp_path: Path, arguments: tuple[str, ...], said: str, iacreview: Runner) -> None:
    (tmp_path / "main.tf").write_text(TERRAFORM, encoding="utf-8")
    done = iacreview(tmp_path, "suppress", *arguments)
    assert done.status == 2
    assert said in done.err
    assert (tmp_path / "main.tf").read_text(encoding="utf-8") == TERRAFORM


def test_a_text_inside_of_a_string_gets_it_at_the_resource(tmp_path: Path, iacreview: Runner) -> None:
    text = """\
resource "aws_iam_policy" "all" {
  name   = "all"
  policy = <<-EOT
    {"Version": "2012-10-17", "Statement": [
      {"Effect": "Allow", "Action": "*", "Resource": "*"}
    ]}
  EOT
}
"""
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    assert iacreview(tmp_path, "suppress", "IAM001@aws_iam_policy.all", "--reason", "break glass").status == 0
    assert (tmp_path / "main.tf").read_text(encoding="utf-8").startswith("# iacreview:ignore IAM001")
