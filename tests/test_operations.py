"""What a project asks of how its hosts and accounts are run: by its settings, and by its own Config rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from iacreview.config import config_schema, load_config
from iacreview.errors import ConfigError
from iacreview.model.operations import AskedDocument, AskedPolicy, AskedSoftware, AskedTag, Operations
from tests.repositories import Result, Runner, new_project
from tests.trees import MemoryTree

SETTINGS = """\
operations:
  baseline: [infra/account/**]
  elsewhere: [patching, default-host-management]
  required-tags: {keys: [Owner], kinds: [ec2.*], values: {Environment: [dev, prod]}}
  required-associations: [AmazonCloudWatch-ManageAgent, {document: AWS-ConfigureAWSPackage, name: AmazonInspector2*}]
  instance-role-policies: [CloudWatchAgentServerPolicy]
  unsupported-software: [telnetd, python2*]
  patch-deadline-days: {critical: 2}
  administration-ports: [22, 8443]
"""
ASKED = Operations(
    baseline=("infra/account/**",),
    elsewhere=("patching", "default-host-management"),
    tags=(AskedTag("Owner", (), ("ec2.*",)), AskedTag("Environment", ("dev", "prod"), ("ec2.*",))),
    associations=(
        AskedDocument("AmazonCloudWatch-ManageAgent"),
        AskedDocument("AWS-ConfigureAWSPackage", "AmazonInspector2*"),
    ),
    policies=(AskedPolicy("CloudWatchAgentServerPolicy"),),
    software=(AskedSoftware("telnetd", False), AskedSoftware("python2*", False)),
    days={"critical": 2, "other": 14},
    administration_ports=(22, 8443),
)
RULE = """
resource "aws_config_config_rule" "tags" {
  name = "tags"
  source {
    owner             = "AWS"
    source_identifier = "REQUIRED_TAGS"
  }
  scope {
    compliance_resource_types = ["AWS::S3::Bucket"]
  }
  input_parameters = jsonencode({ tag1Key = "Owner" })
}
"""
BUCKET = 'resource "aws_s3_bucket" "reports" {\n  bucket = "reports"\n}\n'


def test_what_the_settings_say() -> None:
    assert load_config(MemoryTree({".iacreview.yaml": SETTINGS})).operations == ASKED
    jsonschema.Draft202012Validator(config_schema()).validate(yaml.safe_load(SETTINGS))


@pytest.mark.parametrize(
    ("text", "line", "hint"),
    [
        ("operations: {required-tag: {}}", 1, "`required-tags`"),
        ("operations:\n  elsewhere: [patchin]", 2, "`patching`"),
        ("operations:\n  patch-deadline-days: {critcal: 2}", 2, "`critical`"),
        ("operations:\n  required-tags: {keys: [Owner], value: {}}", 2, "`values`"),
        ("operations:\n  administration-ports: [ssh]", 2, ""),
        ("operations:\n  required-associations: [{name: x}]", 2, ""),
        ("operations:\n  unsupported-software: telnetd", 2, ""),
    ],
)
def test_what_is_wrong_with_them(text: str, line: int, hint: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load_config(MemoryTree({".iacreview.yaml": text}))
    assert raised.value.line == line
    assert hint in raised.value.hint


def asked(result: Result) -> list[dict[str, Any]]:
    return [each for each in result.data["findings"] if each["rule"] == "OPS011"]


@pytest.fixture
def iacreview(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Runner:
    return Runner(monkeypatch, capsys)


def test_a_config_rule_of_another_unit_asks(tmp_path: Path, iacreview: Runner) -> None:
    new_project(tmp_path, {"config/rules.tf": RULE, "app/main.tf": BUCKET})
    [finding] = asked(iacreview(tmp_path, "check", "-f", "json", "app"))
    assert finding["message"].endswith("it has no tag Owner")
    assert [each["message"] for each in finding["related"]] == ["asked for by config/rules.tf:2"]


def test_a_change_does_not_soften_what_it_is_judged_by(tmp_path: Path, iacreview: Runner) -> None:
    settings = "operations:\n  required-tags: {keys: [Team]}\n"
    project = new_project(tmp_path, {"config/rules.tf": RULE, ".iacreview.yaml": settings})
    project.commit({"config/rules.tf": "", "app/main.tf": BUCKET, ".iacreview.yaml": "operations: {}\n"})
    result = iacreview(tmp_path, "diff", "-f", "json", "HEAD~1")
    introduced = [each for each in asked(result) if each["status"] == "introduced"]
    assert sorted(each["message"].rpartition(" ")[2] for each in introduced) == ["Owner", "Team"]
    softened = [each["message"] for each in result.data["findings"] if each["rule"] == "CFG001"]
    assert any("asks for fewer tags" in each for each in softened)


def test_what_is_elsewhere_is_not_asked_for(tmp_path: Path, iacreview: Runner) -> None:
    host = 'resource "aws_instance" "host" {\n  ami = "ami-0abcdef1234567890"\n}\n'
    project = new_project(tmp_path, {"main.tf": host})
    assert "OPS001" in iacreview(tmp_path, "check", "--profile", "strict", ".").out
    project.write({".iacreview.yaml": "operations: {elsewhere: [default-host-management]}\n"})
    assert "OPS001" not in iacreview(tmp_path, "check", "--profile", "strict", ".").out


def test_a_guard_is_missed_where_an_account_is_set_up_and_nowhere_else(tmp_path: Path, iacreview: Runner) -> None:
    settings = "operations:\n  baseline: [infra/account/**]\n  elsewhere: [patching, alarms, inspector, security-hub]\n"
    watch = 'resource "aws_accessanalyzer_analyzer" "account" {\n  analyzer_name = "account"\n}\n'
    threats = 'resource "aws_guardduty_detector" "account" {}\n'
    files = {"infra/account/watch/main.tf": watch, "infra/account/threats/main.tf": threats, "app/main.tf": BUCKET}
    project = new_project(tmp_path, {**files, ".iacreview.yaml": settings})
    found = [
        (each["location"]["path"], each["message"].partition(": ")[2])
        for each in iacreview(tmp_path, "check", "-f", "json", ".").data["findings"]
        if each["rule"] == "OPS010"
    ]
    assert found == [
        ("infra/account/threats/main.tf", "Config records nothing"),
        ("infra/account/threats/main.tf", "hosts without a role are not managed (Default Host Management)"),
    ]
    project.write({".iacreview.yaml": "operations: {elsewhere: [patching]}\n"})
    assert "OPS010" not in iacreview(tmp_path, "check", "-f", "json", ".").out
