"""`iacreview init` brings over what a repository tells other tools to leave out."""

from __future__ import annotations

from pathlib import Path

from iacreview.commands.project import selected
from iacreview.engine.load import load_rules
from tests.conftest import Runner
from tests.repositories import new_project

OPEN = 'resource "aws_ebs_volume" "v" {\n  availability_zone = "a"\n  size = 1\n}\n'
BUCKET = 'resource "aws_s3_bucket" "b" {}\n'
FILES = {
    "main.tf": OPEN + BUCKET,
    ".checkov.yaml": "skip-check: [CKV_AWS_3, CKV_AWS_9999]\nskip-path: [examples, '^x$']\n",
    ".trivyignore": "# accepted\nAVD-AWS-0089\n",
    ".trivyignore.yaml": "misconfigurations:\n  - {id: AVD-AWS-0088, paths: [x]}\n",
    ".tfsec/config.yml": "exclude: [aws-s3-specify-public-access-block]\n",
    "kics.config": '{"exclude-queries": ["f861041c-8c9f-4156-acfc-5e6e524f5884"]}\n',
    ".cfnlintrc": "ignore_checks: [W1011]\n",
    "cfn_nag_deny_list.yml": "RulesToSuppress:\n  - {id: W35, reason: elsewhere}\n",
}


def test_skip_lists_become_settings(tmp_path: Path, iacreview: Runner) -> None:
    project = new_project(tmp_path / "project", FILES)
    out = iacreview(project.root, "init", "--no-hook").out
    settings = (project.root / ".iacreview.yaml").read_text(encoding="utf-8")
    for line in (
        '  - "CKV_AWS_3"  # .checkov.yaml',
        '  - "AWS-0089"  # .trivyignore',
        '  - "W35"  # cfn_nag_deny_list.yml',
        '  - "CKV_AWS_18"  # kics.config',
    ):
        assert line in settings
    assert '  - "examples"  # .checkov.yaml' in settings
    for said in (
        "From .checkov.yaml: CKV_AWS_3, examples is left out here as well.",
        "In .checkov.yaml: CKV_AWS_9999 is not among the checks of iacreview.",
        "In .checkov.yaml: the pattern `^x$` is not the same as ours.",
        "In .trivyignore.yaml: AVD-AWS-0088 is left out below some paths: say so in `per-path-ignores`.",
        "In .cfnlintrc: W1011 is not among the checks of iacreview.",
    ):
        assert said in out
    assert "ENC001" not in iacreview(project.root, "check", "--no-baseline").out


def test_settings_that_are_there_stay(tmp_path: Path, iacreview: Runner) -> None:
    project = new_project(tmp_path / "project", {**FILES, ".iacreview.yaml": "fail-on: high\n"})
    out = iacreview(project.root, "init", "--no-hook").out
    assert (project.root / ".iacreview.yaml").read_text(encoding="utf-8") == "fail-on: high\n"
    assert "add it to .iacreview.yaml if it is to hold here too:\nignore:\n" in out


def test_one_check_of_another_tool_is_left_out_and_no_more() -> None:
    rules = load_rules()
    rows = {rule.code: len(rule.rows) for rule in rules}
    left = {rule.code: len(rule.rows) for rule in selected(rules, (), ["ckv_aws_3"])}
    assert 0 < rows["ENC001"] - left["ENC001"] < 5
    assert {**left, "ENC001": rows["ENC001"]} == rows
    # A row that covers many of its checks is left out where all of them are.
    assert {rule.code: len(rule.rows) for rule in selected(rules, (), ["CKV_AWS_290"])}["IAM001"] == rows["IAM001"]
