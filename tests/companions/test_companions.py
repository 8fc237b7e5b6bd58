"""cfn-lint and checkov beside ours: one report, nothing twice, and nothing of the reviewed project executed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from iacreview.companions import cfn_lint, checkov
from iacreview.companions.merge import merged
from iacreview.companions.process import Answer, offset
from iacreview.engine.load import load_catalog, load_rules
from iacreview.model.source import Source
from iacreview.options import Options
from iacreview.pipeline import check as reviewed
from tests.repositories import Runner, new_project
from tests.trees import MemoryTree

ROOT = Path(__file__).parent.parent.parent
TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Volume:
    Type: AWS::EC2::Volume
    Properties:
      AvailabilityZone: a
      Sise: 1
      Encrypted: false
"""
TERRAFORM = 'resource "aws_ebs_volume" "v" {\n  availability_zone = "a"\n  size = 1\n}\n'


def check(id: str, resource: str, path: str, lines: tuple[int, int] = (1, 4), **more: Any) -> dict[str, Any]:
    """A failed check in the shape of checkov's output."""
    return {
        "check_id": id,
        "check_name": f"Ensure {id}",
        "check_result": {"result": "FAILED", "evaluated_keys": ["encrypted"]},
        "file_path": f"/{path}",
        "file_line_range": list(lines),
        "resource": resource,
        "resource_address": None,
        "severity": None,
        "guideline": None,
        **more,
    }


def output(*checks: dict[str, Any]) -> str:
    return json.dumps({"check_type": "terraform", "results": {"failed_checks": checks}})


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program `checkov` that says what stands in the file `said`, and notes how it was started."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "checkov"
    program.write_text(
        f"#!{sys.executable} -I\n"
        "import json, os, sys\n"
        f"open({str(folder / 'noted')!r}, 'w').write(json.dumps([sys.argv, dict(os.environ), os.getcwd(), os.listdir('.'),\n"
        "    sorted(os.path.relpath(os.path.join(d, n), sys.argv[2]) for d, _, ns in os.walk(sys.argv[2]) for n in ns)]))\n"
        f"print(open({str(folder / 'said')!r}).read())\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    return folder


def rules(iacreview: Runner, folder: Path, *arguments: str) -> list[str]:
    done = iacreview(folder, "check", "--format", "json", *arguments)
    return [f"{each['rule']} {(each['resource'] or {}).get('address')}" for each in done.data["findings"]]


class TestCfnLint:
    def test_in_one_report(self, tmp_path: Path, iacreview: Runner) -> None:
        (tmp_path / "t.yaml").write_text(TEMPLATE)
        done = iacreview(tmp_path, "check", "--format", "json", "--with", "cfn-lint")
        (finding,) = [each for each in done.data["findings"] if each["rule"] == "E3002"]
        assert finding["resource"]["address"] == "Volume"
        assert finding["location"]["start"] == {"line": 7, "column": 7}
        assert finding["severity"] == "high"
        assert any(each["rule"] == "ENC001" for each in done.data["findings"])

    def test_in_a_change(self, tmp_path: Path, iacreview: Runner) -> None:
        project = new_project(tmp_path, {"t.yaml": TEMPLATE})
        project.write({"t.yaml": "\n" + TEMPLATE + "      Snapshot: x\n"})
        done = iacreview(tmp_path, "diff", "--format", "json", "--with", "cfn-lint")
        assert {"E3002 Volume", "ENC001 Volume"} <= set(done.findings("unchanged"))
        assert done.findings("introduced") == ["E3002 Volume"]
        assert done.findings("fixed") == []
        assert done.status == 1

    def test_settings_and_plugins_of_the_project_are_not_there(self, tmp_path: Path, iacreview: Runner) -> None:
        (tmp_path / "t.yaml").write_text(TEMPLATE)
        for name in (".cfnlintrc", ".cfnlintrc.yaml"):
            (tmp_path / name).write_text("append_rules: [evil]\nignore_checks: [E]\n")
        (tmp_path / "evil").mkdir()
        (tmp_path / "evil/rule.py").write_text(f"open({str(tmp_path / 'pwned')!r}, 'w')\n")
        assert "E3002 Volume" in rules(iacreview, tmp_path, "--with", "cfn-lint")
        assert not (tmp_path / "pwned").exists()

    def test_metadata_of_the_template_holds(self, tmp_path: Path, iacreview: Runner) -> None:
        metadata = "Metadata:\n  cfn-lint:\n    config:\n      ignore_checks: [E3, W3]\n"
        (tmp_path / "t.yaml").write_text(metadata + TEMPLATE)
        assert rules(iacreview, tmp_path, "--with", "cfn-lint") == ["ENC001 Volume"]

    def test_no_template_no_run(self, tmp_path: Path, iacreview: Runner) -> None:
        (tmp_path / "main.tf").write_text(TERRAFORM)
        assert rules(iacreview, tmp_path, "--with", "cfn-lint") == ["ENC001 aws_ebs_volume.v"]


class TestCheckov:
    def test_what_we_say_ourselves_is_said_once(self, tmp_path: Path, iacreview: Runner, fake: Path) -> None:
        (tmp_path / "p").mkdir()
        (tmp_path / "p/main.tf").write_text(TERRAFORM)
        own, other = (
            check("CKV_AWS_3", "aws_ebs_volume.v", "main.tf"),
            check("CKV_AWS_999", "aws_ebs_volume.v", "main.tf"),
        )
        (fake / "said").write_text(output(own, other, other))
        assert rules(iacreview, tmp_path / "p", "--with", "checkov") == [
            "ENC001 aws_ebs_volume.v",
            "CKV_AWS_999 aws_ebs_volume.v",
        ]

    def test_what_is_suppressed_does_not_come_back(self, tmp_path: Path, iacreview: Runner, fake: Path) -> None:
        (tmp_path / "p").mkdir()
        (tmp_path / "p/main.tf").write_text("# iacreview:ignore ENC001\n" + TERRAFORM)
        (fake / "said").write_text(output(check("CKV_AWS_3", "aws_ebs_volume.v", "main.tf", (2, 5))))
        assert rules(iacreview, tmp_path / "p", "--with", "checkov") == []

    def test_what_it_gets_to_see(
        self, tmp_path: Path, iacreview: Runner, fake: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = tmp_path / "p"
        (folder / "m").mkdir(parents=True)
        (folder / "main.tf").write_text('module "m" {\n  source = "./m"\n}\n')
        (folder / "m/main.tf").write_text(TERRAFORM)
        (folder / ".checkov.yaml").write_text("external-checks-dir: [m]\n")
        (folder / "m/check.py").write_text("raise SystemExit\n")
        monkeypatch.setenv("BC_API_KEY", "secret")
        (fake / "said").write_text(output())
        rules(iacreview, folder, "--with", "checkov")
        arguments, environment, cwd, beside, files = json.loads((fake / "noted").read_text())
        assert files == ["m/main.tf", "main.tf"]
        assert str(folder) not in json.dumps([arguments, cwd])
        assert beside == []
        assert "BC_API_KEY" not in environment
        assert environment["HOME"] == cwd
        assert "--skip-download" in arguments

    @pytest.mark.parametrize("said", ["", "not JSON", '{"results": {"failed_checks": [{}]}}', "[[1]]"])
    def test_what_it_says_cannot_be_read(self, tmp_path: Path, iacreview: Runner, fake: Path, said: str) -> None:
        (tmp_path / "p").mkdir()
        (tmp_path / "p/main.tf").write_text(TERRAFORM)
        (fake / "said").write_text(said)
        done = iacreview(tmp_path / "p", "check", "--format", "json", "--with", "checkov")
        assert done.status == 1
        assert [each["path"] for each in done.data["errors"]] == ["checkov"]
        assert len(done.data["findings"]) == 1

    @pytest.mark.parametrize(
        ("resource", "path", "address", "type"),
        [
            ("AWS::S3::Bucket.Logs", "t.yaml", "Logs", "AWS::S3::Bucket"),
            ("aws_s3_bucket.b", "main.tf", "aws_s3_bucket.b", "aws_s3_bucket"),
            ("module.m.aws_s3_bucket.b", "main.tf", "module.m.aws_s3_bucket.b", "aws_s3_bucket"),
        ],
    )
    def test_resources(self, resource: str, path: str, address: str, type: str) -> None:
        (result,) = checkov.results(output(check("X", resource, path)), {path: Source(path, "a\nb\n")}, "")
        assert (result.address, result.type) == (address, type)

    def test_the_order_of_its_keys_means_nothing(self) -> None:
        sources = {"main.tf": Source("main.tf", TERRAFORM)}
        keys = [["b", "a"], ["a", "b"]]
        found = [
            checkov.results(output(check("X", "a_b.c", "main.tf", check_result={"evaluated_keys": each})), sources, "")
            for each in keys
        ]
        assert found[0] == found[1]

    def test_the_real_one(self, tmp_path: Path, iacreview: Runner) -> None:
        from iacreview.companions.process import installed
        from iacreview.errors import UsageError

        try:
            installed("checkov")
        except UsageError:
            pytest.skip("checkov is not installed")
        (tmp_path / "main.tf").write_text(TERRAFORM)
        assert "CKV2_AWS_9 aws_ebs_volume.v" in rules(iacreview, tmp_path, "--with", "checkov")


def test_one_that_is_not_installed(tmp_path: Path, iacreview: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    done = iacreview(tmp_path, "check", "--with", "checkov")
    assert done.status == 2
    assert "checkov is not installed" in done.err
    assert "pip install 'iacreview[checkov]'" in done.err


def test_neither_is_imported(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(TEMPLATE)
    script = (
        "import sys; from iacreview.invocation import run; run(['check', 't.yaml', '--format', 'json'])\n"
        "print([each for each in sys.modules if each.split('.')[0] in ('cfnlint', 'checkov', 'samtranslator')\n"
        "    or each.startswith('iacreview.companions')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.rstrip().endswith("[]")


@pytest.mark.parametrize(("line", "column", "at"), [(1, 1, 0), (2, 2, 4), (9, 9, 8), (1, 99, 2), (3, 1, 6)])
def test_offsets(line: int, column: int, at: int) -> None:
    assert offset(Source("a", "ab\ncd\nef"), line, column) == at


def test_cfn_lint_reads_only_what_was_asked() -> None:
    match = {"Filename": "/elsewhere/t.yaml", "Rule": {"Id": "E1"}}
    assert cfn_lint.results(json.dumps([match]), {}, "/root") == []


POLICY = """\
Resources:
  Policy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: allow
            Action: s3:GetObjects
            Resource: arn:aws:s3:::reports/*
          - Effect: Allow
            Action: s3:PutObject
            Resource: reports
"""


@pytest.mark.parametrize(
    ("id", "line", "at", "told"),
    [
        ("E3510", 8, ("Statement", 0, "Effect"), True),
        ("W3037", 9, ("Statement", 0, "Action"), True),
        ("E3510", 13, ("Statement", 1, "Resource"), True),
        # Of the same policy, and of nothing that ours speaks of.
        ("E3510", 10, ("Statement", 0, "Resource"), False),
        ("E3510", 11, ("Statement", 1), False),
        ("W2511", 8, ("Version",), False),
    ],
)
def test_a_mistake_in_a_policy_is_told_once(id: str, line: int, at: tuple[Any, ...], told: bool) -> None:
    """The lines are those of cfn-lint 1.58 for the mistakes, and others beside them."""
    place = {"LineNumber": line, "ColumnNumber": 13}
    said = {
        "Filename": "/root/t.yaml",
        "Level": "Error",
        "Message": "'allow' is not one of ['Allow', 'Deny']",
        "Rule": {"Id": id, "ShortDescription": "Validate identity based IAM polices"},
        "Location": {
            "Start": place,
            "End": place,
            "Path": ["Resources", "Policy", "Properties", "PolicyDocument", *at],
        },
    }
    results = cfn_lint.results(json.dumps([said]), {"t.yaml": Source("t.yaml", POLICY)}, "/root")
    rules = [rule for rule in load_rules() if rule.code == "IAM015"]
    report = reviewed(MemoryTree({"t.yaml": POLICY}), (), Options(rules, load_catalog()))
    found = {each.rule for each in merged(report, Answer(results), {}, {}).findings}
    assert found == ({"IAM015"} if told else {"IAM015", id})
