"""The baseline: what is accepted, what is new, what is gone; and `iacreview init`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.repositories import Project, Runner, new_project

FILE = ".iacreview.baseline"


def volume(name: str, more: str = "") -> str:
    return f'resource "aws_ebs_volume" "{name}" {{\n  availability_zone = "a"\n  size = 1\n{more}}}\n'


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return new_project(tmp_path, {"a.tf": volume("b") + volume("a"), "sub/main.tf": volume("a")})


def test_only_what_is_new_is_reported(project: Project, iacreview: Runner) -> None:
    done = iacreview(project.root, "baseline")
    assert (done.status, done.out) == (0, f"3 findings accepted in {FILE}.\n")
    assert iacreview(project.root, "check").status == 0
    project.write({"a.tf": "\n\n" + volume("c") + volume("b") + volume("a")})
    done = iacreview(project.root, "check", "--format", "json")
    assert done.status == 1
    assert [each["resource"]["address"] for each in done.data["findings"]] == ["aws_ebs_volume.c"]
    assert {each["reason"] for each in done.data["suppressed"]} == {"it is in the baseline"}
    assert len(iacreview(project.root, "check", "--format", "json", "--no-baseline").data["findings"]) == 4


def test_the_file_merges_well(project: Project, iacreview: Runner) -> None:
    iacreview(project.root, "baseline")
    lines = (project.root / FILE).read_text().splitlines()
    entries = [json.loads(line) for line in lines]
    assert [(each["path"], each["resource"]) for each in entries] == [
        ("a.tf", "aws_ebs_volume.a"),
        ("a.tf", "aws_ebs_volume.b"),
        ("sub/main.tf", "aws_ebs_volume.a"),
    ]
    assert all(set(each) == {"rule", "path", "resource", "fingerprint", "units"} for each in entries)
    iacreview(project.root, "baseline")
    assert (project.root / FILE).read_text().splitlines() == lines


def test_entries_that_no_longer_occur(project: Project, iacreview: Runner) -> None:
    iacreview(project.root, "baseline")
    project.write({"a.tf": volume("a") + volume("b", "  encrypted = true\n")})
    done = iacreview(project.root, "check", "--format", "json")
    assert done.status == 0
    assert [each["resource"] for each in done.data["stale"]] == ["aws_ebs_volume.b"]
    assert iacreview(project.root, "check", "sub", "--format", "json").data["stale"] == []
    assert iacreview(project.root, "check", "--select", "logging", "--format", "json").data["stale"] == []
    assert "aws_ebs_volume.b" in iacreview(project.root, "check").out


def test_a_part_of_the_tree(project: Project, iacreview: Runner) -> None:
    iacreview(project.root, "baseline")
    project.write({"sub/main.tf": volume("x"), "a.tf": volume("new")})
    iacreview(project.root, "baseline", "sub")
    entries = [json.loads(line) for line in (project.root / FILE).read_text().splitlines()]
    assert [each["resource"] for each in entries] == ["aws_ebs_volume.a", "aws_ebs_volume.b", "aws_ebs_volume.x"]


def test_a_moved_file(project: Project, iacreview: Runner) -> None:
    iacreview(project.root, "baseline")
    project.git("mv", "sub", "moved")
    assert iacreview(project.root, "check").status == 0


def test_what_cannot_be_read_is_not_accepted(project: Project, iacreview: Runner) -> None:
    project.write({"broken/main.tf": "resource {\n"})
    done = iacreview(project.root, "baseline")
    assert "1 that cannot be read" in done.out
    assert iacreview(project.root, "check").status == 1


def test_no_secret_is_in_it(project: Project, iacreview: Runner) -> None:
    project.write(
        {"db.tf": 'resource "aws_db_instance" "d" {\n  identifier = "correct-horse"\n  password = "correct-horse"\n}\n'}
    )
    iacreview(project.root, "baseline")
    text = (project.root / FILE).read_text()
    assert "SEC001" in text
    assert "correct" not in text


@pytest.mark.parametrize(
    "line", ["<<<<<<< HEAD", "[]", "{}", '{"rule": 1, "path": "", "resource": "", "fingerprint": ""}']
)
def test_a_line_that_is_no_entry(project: Project, iacreview: Runner, line: str) -> None:
    project.write({FILE: f"\n{line}\n"})
    done = iacreview(project.root, "check")
    assert done.status == 2
    assert f"{FILE}:2" in done.err


def test_another_place(project: Project, iacreview: Runner) -> None:
    project.write({".iacreview.yaml": "baseline: policy/accepted.jsonl\n"})
    done = iacreview(project.root, "check")
    assert done.status == 2
    assert "there is no such baseline" in done.err
    (project.root / "policy").mkdir()
    iacreview(project.root, "baseline")
    assert (project.root / "policy/accepted.jsonl").exists()
    assert iacreview(project.root, "check").status == 0


class TestInit:
    def test_from_old_findings_to_a_hook_that_is_green(self, project: Project, iacreview: Runner) -> None:
        done = iacreview(project.root, "init")
        assert done.status == 0
        assert iacreview(project.root, "check").status == 0
        project.git("add", "-A")
        assert iacreview(project.root, "diff", "--staged").status == 0
        project.commit({})
        project.write({"new.tf": volume("new")})
        project.git("add", "-A")
        assert iacreview(project.root, "diff", "--staged").status == 1

    def test_twice(self, project: Project, iacreview: Runner) -> None:
        iacreview(project.root, "init")
        names = (".iacreview.yaml", FILE, ".pre-commit-config.yaml")
        before = [(project.root / name).read_text() for name in names]
        project.write({"new.tf": volume("new")})
        iacreview(project.root, "init")
        assert [(project.root / name).read_text() for name in names] == before

    @pytest.mark.parametrize("indent", ["", "  "])
    def test_existing_hooks_are_kept(self, project: Project, iacreview: Runner, indent: str) -> None:
        import yaml

        old = f"fail_fast: true\nrepos:\n{indent}- repo: https://example.org/x\n{indent}  rev: v1\n{indent}  hooks:\n{indent}  - id: x"
        project.write({".pre-commit-config.yaml": old})
        iacreview(project.root, "init")
        config = yaml.safe_load((project.root / ".pre-commit-config.yaml").read_text())
        assert [each["repo"] for each in config["repos"]] == ["https://example.org/x", "local"]
        assert config["repos"][1]["hooks"][0]["entry"] == "iacreview diff --staged"

    def test_hooks_that_cannot_be_added_are_shown(self, project: Project, iacreview: Runner) -> None:
        project.write({".pre-commit-config.yaml": "repos: []\n"})
        done = iacreview(project.root, "init")
        assert "Add this to the `repos`" in done.out
        assert (project.root / ".pre-commit-config.yaml").read_text() == "repos: []\n"


def group(port: int, name: str = "g") -> str:
    return (
        f'resource "aws_security_group" "{name}" {{\n  ingress {{\n    protocol    = "tcp"\n    from_port   = {port}\n'
        f'    to_port     = {port}\n    cidr_blocks = ["0.0.0.0/0"]\n  }}\n}}\n'
    )


def named(port: int, name: str) -> str:
    return group(port, name).replace("{\n", '{\n  name = "web"\n', 1)


def policy(*actions: str) -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return f'resource "aws_iam_policy" "p" {{\n  policy = jsonencode({document})\n}}\n'


class TestWhatIsAccepted:
    """What was there, and no more."""

    @pytest.mark.parametrize(
        ("before", "after", "status"),
        [
            (policy("sqs:*"), policy("kms:*"), 1),
            (policy("sqs:*"), policy("sqs:*", "kms:*"), 1),
            (policy("sqs:*", "sns:*"), policy("sns:*"), 0),
            (group(5432), group(9200), 1),
            (group(5432), "\n" + group(5432), 0),
            (group(5432), group(5432) + group(5432, "h"), 1),
            (
                group(5432),
                group(5432, "h") + "moved {\n  from = aws_security_group.g\n  to = aws_security_group.h\n}\n",
                0,
            ),
            (group(5432), group(5432, "h"), 1),
            (named(5432, "g"), named(5432, "h"), 0),
            (named(5432, "g"), named(5432, "h").replace('"web"', '"api"'), 1),
            (named(5432, "g"), named(9200, "h"), 1),
            (named(5432, "g"), named(443, "g") + named(5432, "h"), 1),
            (named(5432, "g"), named(5432, "h") + named(5432, "i"), 1),
            (
                named(5432, "g"),
                group(5432, "h") + 'import {\n  to = aws_security_group.h\n  id = "web"\n}\n',
                0,
            ),
        ],
    )
    def test_in_a_file(self, tmp_path: Path, iacreview: Runner, before: str, after: str, status: int) -> None:
        project = new_project(tmp_path, {"main.tf": before})
        iacreview(project.root, "baseline")
        assert iacreview(project.root, "check").status == 0
        project.write({"main.tf": after})
        assert iacreview(project.root, "check").status == status

    def test_another_root_with_the_same_address(self, tmp_path: Path, iacreview: Runner) -> None:
        project = new_project(tmp_path, {"a/main.tf": volume("v")})
        iacreview(project.root, "baseline")
        project.write({"b/main.tf": volume("v")})
        assert iacreview(project.root, "check").status == 1
        project.write({"a/main.tf": None})
        assert iacreview(project.root, "check").status == 0

    def test_an_entry_stays_in_its_root(self, tmp_path: Path, iacreview: Runner) -> None:
        project = new_project(tmp_path, {"a/main.tf": volume("v")})
        iacreview(project.root, "baseline")
        project.write({"a/main.tf": volume("v", "  encrypted = true\n"), "b/main.tf": volume("v")})
        assert iacreview(project.root, "check").status == 1

    def test_a_module_that_another_root_calls(self, tmp_path: Path, iacreview: Runner) -> None:
        call = 'module "m" {\n  source = "../m"\n}\n'
        project = new_project(tmp_path, {"m/main.tf": volume("v"), "a/main.tf": call})
        iacreview(project.root, "baseline")
        assert iacreview(project.root, "check").status == 0
        project.write({"b/main.tf": call})
        assert iacreview(project.root, "check").status == 1


def test_entries_of_older_versions_hold(project: Project, iacreview: Runner) -> None:
    iacreview(project.root, "baseline")
    entries = [json.loads(line) for line in (project.root / FILE).read_text().splitlines()]
    older = [{name: each[name] for name in ("rule", "path", "resource", "fingerprint")} for each in entries]
    project.write({FILE: "".join(json.dumps(each) + "\n" for each in older)})
    assert iacreview(project.root, "check").status == 0


def test_entries_of_rules_that_do_not_run_are_kept(project: Project, iacreview: Runner) -> None:
    iacreview(project.root, "baseline", "--profile", "strict")
    before = (project.root / FILE).read_text()
    assert "ENC004" in before
    iacreview(project.root, "baseline", "--select", "ENC001")
    assert (project.root / FILE).read_text() == before
    project.write({"new.tf": group(5432)})
    iacreview(project.root, "baseline", "--select", "NET002")
    after = (project.root / FILE).read_text().splitlines()
    assert [line for line in after if line not in before.splitlines()] == [line for line in after if "NET002" in line]


def test_what_is_touched_counts_again(tmp_path: Path, iacreview: Runner) -> None:
    files = {"a.tf": volume("a", "  # one\n"), "b.tf": volume("b"), ".iacreview.yaml": "ratchet: touched\n"}
    project = new_project(tmp_path, files)
    iacreview(project.root, "baseline")
    project.commit({})
    project.write({"a.tf": volume("a", "  # two\n")})
    done = iacreview(project.root, "diff", "--format", "json")
    assert (done.status, done.findings("worsened")) == (1, ["ENC001 aws_ebs_volume.a"])
    project.write({"a.tf": files["a.tf"], "b.tf": volume("b") + volume("c", "  encrypted = true\n")})
    assert iacreview(project.root, "diff", "--format", "json").findings("worsened") == []
