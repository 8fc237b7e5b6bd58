"""The command line, as a user meets it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from iacreview import __version__
from iacreview.cli import cli
from tests.repositories import Result, Runner

ROOT = Path(__file__).parent.parent
OPEN = 'resource "aws_ebs_volume" "v" {\n  availability_zone = "a"\n  size = 1\n}\n'
GOOD = 'resource "aws_ebs_volume" "v" {\n  availability_zone = "a"\n  size = 1\n  encrypted = true\n}\n'


def process(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "iacreview", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **environment},
    )


def codes(done: Result) -> set[str]:
    return {each["rule"] for each in json.loads(done.out)["findings"]}


@pytest.mark.parametrize(
    ("text", "arguments", "status"),
    [
        (GOOD, (), 0),
        (OPEN, (), 1),
        (OPEN, ("--fail-on", "critical"), 0),
        (OPEN, ("--ignore", "ENC001"), 0),
        (OPEN, ("--ignore", "unencrypted-at-rest"), 0),
        (OPEN, ("--ignore", "encryption"), 0),
        (OPEN, ("--select", "logging"), 0),
        (OPEN, ("--select", "logging,ENC001"), 1),
        ('resource "a" {\n  b =\n}\n', ("--select", "logging"), 1),  # what cannot be read fails whatever is selected
    ],
)
def test_exit_status(tmp_path: Path, text: str, arguments: tuple[str, ...], status: int) -> None:
    (tmp_path / "main.tf").write_text(text)
    done = process(tmp_path, "check", *arguments)
    assert done.returncode == status, done.stdout + done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check", "missing.tf"), "there is no `missing.tf`"),
        (("check", "--select", "ENC0001"), "Did you mean `ENC001`?"),
        (("check", "--ignore", "SYN001"), "SYN001 is always reported"),
        (("check", "--format", "xml"), "'xml' is not one of"),
        (("explain", "unencrypted-at-rst"), "Did you mean `unencrypted-at-rest`?"),
    ],
)
def test_wrong_use(tmp_path: Path, iacreview: Runner, arguments: tuple[str, ...], message: str) -> None:
    done = iacreview(tmp_path, *arguments)
    assert done.status == 2
    assert message in done.err
    assert done.out == ""


def test_a_file_stands_for_its_module(tmp_path: Path, iacreview: Runner) -> None:
    (tmp_path / "main.tf").write_text(OPEN.replace("size = 1", "size = 1\n  encrypted = var.encrypted"))
    (tmp_path / "variables.tf").write_text('variable "encrypted" {\n  default = false\n}\n')
    done = iacreview(tmp_path, "check", "main.tf", "--format", "json")
    (finding,) = [each for each in json.loads(done.out)["findings"] if each["rule"] == "ENC001"]
    assert finding["location"]["path"] == "main.tf"
    assert finding["location"]["start"] == {"line": 4, "column": 15}
    assert finding["related"][0]["location"]["path"] == "variables.tf"


def test_a_file_of_values_stands_for_its_module(tmp_path: Path, iacreview: Runner) -> None:
    (tmp_path / "main.tf").write_text(OPEN.replace("size = 1", "size = 1\n  encrypted = var.encrypted"))
    (tmp_path / "variables.tf").write_text('variable "encrypted" {\n  default = true\n}\n')
    assert "ENC001" not in codes(iacreview(tmp_path, "check", "main.tf", "--format", "json"))
    (tmp_path / "terraform.tfvars").write_text("encrypted = false\n")
    assert "ENC001" in codes(iacreview(tmp_path, "check", "terraform.tfvars", "--format", "json"))


def test_the_rest_of_a_broken_file_counts(tmp_path: Path, iacreview: Runner) -> None:
    (tmp_path / "main.tf").write_text('resource "a" "b" {\n  c =\n}\n\n' + OPEN)
    (tmp_path / "broken.yaml").write_text("AWSTemplateFormatVersion: '2010-09-09'\nResources: [\n")
    done = iacreview(tmp_path, "check", "--format", "json")
    found = {(each["rule"], each["location"]["path"]) for each in json.loads(done.out)["findings"]}
    assert {("SYN001", "main.tf"), ("ENC001", "main.tf"), ("SYN001", "broken.yaml")} <= found
    assert done.status == 1


def test_discovery(tmp_path: Path, iacreview: Runner) -> None:
    """Templates by their content; modules through their callers; ignored files and other tools' folders not at all."""
    module = tmp_path / "modules" / "volume"
    module.mkdir(parents=True)
    (module / "main.tf").write_text(OPEN)
    (tmp_path / "main.tf").write_text('module "v" {\n  source = "./modules/volume"\n}\n')
    (tmp_path / "values.yaml").write_text("replicas: 3\n")
    (tmp_path / "stack.template").write_text(
        json.dumps({"Resources": {"V": {"Type": "AWS::EC2::Volume", "Properties": {"Size": 1}}}})
    )
    for skipped in (".terraform/modules/x", "node_modules/x", "ignored"):
        (tmp_path / skipped).mkdir(parents=True)
        (tmp_path / skipped / "main.tf").write_text(OPEN)
    (tmp_path / ".gitignore").write_text("ignored/\n")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    done = iacreview(tmp_path, "check", "--format", "json")
    document = json.loads(done.out)
    addresses = {each["resource"]["address"] for each in document["findings"] if each["rule"] == "ENC001"}
    assert addresses == {"module.v.aws_ebs_volume.v", "V"}
    assert document["summary"]["units"] == 2


def test_settings(tmp_path: Path, iacreview: Runner) -> None:
    (tmp_path / "main.tf").write_text(OPEN)
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "main.tf").write_text(OPEN)
    (tmp_path / ".iacreview.yaml").write_text(
        "severity: {ENC001: critical}\nper-path-ignores: {old: [ENC001]}\nselect: [ENC001]\n"
    )
    document = json.loads(iacreview(tmp_path, "check", "--format", "json").out)
    assert [(each["location"]["path"], each["severity"]) for each in document["findings"]] == [("main.tf", "critical")]
    assert [each["location"]["path"] for each in document["suppressed"]] == ["old/main.tf"]
    (tmp_path / ".iacreview.yaml").write_text("selct: [ENC001]\n")
    done = iacreview(tmp_path, "check")
    assert done.status == 2
    assert ".iacreview.yaml:1" in done.err
    assert "Did you mean `select`?" in done.err


OWN = """\
id: ORG001
name: small-volume
family: operations
title: The volume is smaller than we buy
why: Small volumes are slow, and we get them replaced within weeks.
rows:
  - kind: ebs.volume
    require: {kms_key: present}
    fix: {kms_key: <our key>}
"""


def test_own_rules(tmp_path: Path, iacreview: Runner) -> None:
    (tmp_path / "main.tf").write_text(GOOD)
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "org.yaml").write_text(OWN)
    (tmp_path / ".iacreview.yaml").write_text("rules: [policy]\n")
    assert codes(iacreview(tmp_path, "check", "--format", "json")) == {"ORG001"}
    (tmp_path / "policy" / "org.yaml").write_text(OWN.replace("kms_key: present", "kms_kee: present"))
    done = iacreview(tmp_path, "check")
    assert done.status == 2
    assert "policy/org.yaml:8: rows.0.require: ebs.volume has no property `kms_kee`" in done.err


def test_patterns_of_own_rules_are_linear(tmp_path: Path, iacreview: Runner) -> None:
    """`re` would try 2 to the power of 40 ways; RE2 has no pattern that it is slow for, and refuses what it cannot do."""
    (tmp_path / "main.tf").write_text(GOOD.replace("encrypted =", 'kms_key_id = "' + "a" * 40 + '!"\n  encrypted ='))
    rule = OWN.replace("kms_key: present", 'kms_key: {all_of: [{matches: "^(a|a)+$"}]}')
    (tmp_path / "org.yaml").write_text(rule)
    (tmp_path / ".iacreview.yaml").write_text("rules: [org.yaml]\n")
    assert codes(iacreview(tmp_path, "check", "--format", "json")) == {"ORG001"}
    (tmp_path / "org.yaml").write_text(rule.replace("^(a|a)+$", "(?=a)"))
    done = iacreview(tmp_path, "check")
    assert done.status == 2
    assert "org.yaml:8: rows.0.require.kms_key: `matches`: the pattern is not valid" in done.err


def test_rules_and_explain(tmp_path: Path, iacreview: Runner) -> None:
    listed = iacreview(tmp_path, "rules").out
    assert "ENC001  unencrypted-at-rest" in listed
    assert "rules" in listed.splitlines()[-1]
    told = iacreview(tmp_path, "explain", "ENC001", "--all").out
    assert len(iacreview(tmp_path, "explain", "ENC001").out.splitlines()) < len(told.splitlines())
    for check in ("CKV_AWS_16", "cc997676-481b-4e93-aa81-d19f8c5e9b12"):
        assert "ENC001 unencrypted-at-rest" in iacreview(tmp_path, "explain", check).out
    for part in ("Why", "Bad (Terraform)", "Bad (CloudFormation)", "Good (Terraform)", "How to fix it", "CKV_AWS_16"):
        assert part in told
    assert "expect:" not in told


def explained(iacreview: Runner, directory: Path, kind: str, text: str) -> str:
    (directory / "p.txt").write_text(text, encoding="utf-8")
    return iacreview(directory, "explain", "--policy", "p.txt", "--kind", kind).out


def test_a_lone_policy_is_explained(tmp_path: Path, iacreview: Runner) -> None:
    policy = {
        "Statement": [
            {"Sid": "Put", "Effect": "Allow", "Action": "s3:Put*", "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]},
            {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"},
            {"Effect": "Deny", "Action": "sqs:*", "Resource": "*"},
        ]
    }
    told = explained(iacreview, tmp_path, "identity", json.dumps(policy, indent=1))
    assert told.startswith("Statement 1 (Put), line 3: allows ")
    assert "permissions management (s3:Put" in told
    assert "\n  on arn:aws:s3:::b, arn:aws:s3:::b/*\n" in told
    assert "\n  for example s3:put" in told
    assert "Statement 2, line 12: allows nothing that is not denied" in told
    assert "Statement 3, line 17: denies 2" in told
    assert "IAM013" in told
    assert "IAM003" not in told
    assert iacreview(tmp_path, "explain").status == 2
    assert iacreview(tmp_path, "explain", "--policy", "absent.json").status == 2


REGIONS = """
Statement:
  - Effect: Deny
    NotAction: ["iam:*", "sts:*"]
    Resource: "*"
    Condition: {StringNotEquals: {"aws:RequestedRegion": eu-west-1}}
  - {Effect: Allow, Action: "*", Resource: "*"}
"""


@pytest.mark.parametrize(
    ("kind", "text", "says", "without"),
    [
        ("identity", REGIONS, ["allows 2", "critical: IAM001"], ["at most"]),
        ("boundary", REGIONS, ["denies 2", "lets through 2", "may grant at most"], ["IAM001"]),
        ("session", REGIONS, ["a session may use at most"], ["IAM001"]),
        ("scp", REGIONS, ["accounts of the organization may do at most"], ["IAM0"]),
        ("rcp", REGIONS, ["a resource control policy may not have a NotAction", "may only deny"], []),
        ("endpoint", REGIONS, ["through the endpoint at most"], ["IAM001"]),
        (
            "trust",
            '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}',
            ["critical: IAM005"],
            [],
        ),
        (
            "resource:s3",
            '{"Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:*"}}',
            ["for *"],
            [],
        ),
    ],
)
def test_a_lone_policy_of_a_kind(
    tmp_path: Path, iacreview: Runner, kind: str, text: str, says: list[str], without: list[str]
) -> None:
    told = explained(iacreview, tmp_path, kind, text)
    assert all(each in told for each in says), told
    assert not any(each in told for each in without), told


def test_every_kind_of_policy_is_explained(tmp_path: Path, iacreview: Runner) -> None:
    from iacreview.cli import POLICY_KINDS
    from iacreview.commands.policy import KINDS, explain_policy

    assert set(POLICY_KINDS) == set(KINDS)
    (tmp_path / "p.json").write_text('{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}}')
    for kind in KINDS:
        assert "1 read (s3:GetObject)" in explain_policy(str(tmp_path / "p.json"), kind), kind


@pytest.mark.parametrize("name", ["config", "rule", "catalog"])
def test_schema(tmp_path: Path, iacreview: Runner, name: str) -> None:
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(json.loads(iacreview(tmp_path, "schema", name).out))


@pytest.mark.parametrize("format", ["json", "dot", "mermaid"])
def test_graph(tmp_path: Path, iacreview: Runner, format: str) -> None:
    (tmp_path / "main.tf").write_text(
        'resource "aws_kms_key" "k" {}\nresource "aws_ebs_volume" "v" {\n  kms_key_id = aws_kms_key.k.arn\n}\n'
    )
    done = iacreview(tmp_path, "graph", "--format", format)
    assert done.status == 0
    if format == "json":
        (unit,) = json.loads(done.out)["units"]
        assert unit["edges"] == [
            {"source": "aws_ebs_volume.v", "path": "kms_key_id", "target": "aws_kms_key.k", "attribute": "arn"}
        ]
    else:
        assert "kms_key_id" in done.out
        assert "aws_kms_key" in done.out


def test_completion(tmp_path: Path) -> None:
    done = process(tmp_path, _IACREVIEW_COMPLETE="bash_source")
    assert "complete" in done.stdout


def test_a_defect_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from iacreview.invocation import run

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("tluaV"[::-1])

    monkeypatch.setattr(cli, "main", broken)
    assert run(["check"]) == 70
    said = capsys.readouterr().err
    assert "defect of iacreview" in said
    assert "RuntimeError" in said
    assert "in broken" in said
    assert "Vault" not in said


MODULE = 'variable "on" {\n  default = true\n}\n' + GOOD.replace("= true", "= var.on")


@pytest.mark.parametrize("named", ["modules/m", "modules/m/main.tf", "modules"])
def test_a_module_is_reviewed_through_its_callers(tmp_path: Path, iacreview: Runner, named: str) -> None:
    for folder in ("modules/m", "modules/alone", "live/a", "live/b"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "modules/m/main.tf").write_text(MODULE)
    (tmp_path / "modules/alone/main.tf").write_text(MODULE.replace('"v"', '"alone"'))
    for name, on in (("a", "true"), ("b", "false")):
        call = f'module "{name}" {{\n  source = "../../modules/m"\n  on = {on}\n}}\n'
        (tmp_path / "live" / name / "main.tf").write_text(call + OPEN)
    done = iacreview(tmp_path, "check", named, "--format", "json")
    found = json.loads(done.out)
    assert [each["resource"]["address"] for each in found["findings"]] == ["module.b.aws_ebs_volume.v"]
    assert [each["location"]["path"] for each in found["findings"][0]["related"]] == [
        "live/b/main.tf",
        "live/b/main.tf",
    ]


def test_the_dates_of_the_facts_stand_beside_the_version(tmp_path: Path, iacreview: Runner) -> None:
    lines = iacreview(tmp_path, "--version", "-v").out.splitlines()
    assert lines[0] == f"iacreview {__version__}"
    assert any(re.search(r"IAM actions.* as of 20\d\d-\d\d-\d\d$", line) for line in lines)
    assert any(re.search(r"managed policies.* as of 20\d\d-\d\d-\d\d$", line) for line in lines)
    assert iacreview(tmp_path, "--version").out == f"iacreview {__version__}\n"
    assert iacreview(tmp_path, "-v", "check", ".").status == 2
