"""`fail-on-undecided`, and `check --settings-from`: who judges a whole tree, and at what it fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.repositories import Project, Runner, new_project

OPEN = 'variable "on" {}\nresource "aws_ebs_volume" "v" {\n  availability_zone = "a"\n  size = 1\n  encrypted = var.on\n}\n'
BAD = OPEN.replace("var.on", "false")


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ("", 0),
        ("fail-on-undecided: [ENC001]\n", 1),
        ("fail-on-undecided: [unencrypted-at-rest]\n", 1),
        ("fail-on-undecided: [encryption]\n", 1),
        ("fail-on-undecided: [all]\n", 1),
        ("fail-on-undecided: [network, IAM001]\n", 0),
        ("fail-on-undecided: [nothing]\n", 2),
    ],
)
def test_what_is_undecided_fails_where_that_is_asked_for(
    tmp_path: Path, iacreview: Runner, settings: str, status: int
) -> None:
    project = new_project(tmp_path / "project", {"main.tf": OPEN, ".iacreview.yaml": settings or "profile: default\n"})
    assert iacreview(project.root, "check").status == status


@pytest.fixture
def project(tmp_path: Path, iacreview: Runner) -> Project:
    """A project whose last change ignores the rule that it breaks, and accepts it in the baseline."""
    made = new_project(tmp_path / "project", {"main.tf": BAD})
    made.write({".iacreview.yaml": "ignore: [ENC001]\n"})
    return made


def test_a_whole_tree_is_judged_by_the_settings_of_a_revision(project: Project, iacreview: Runner) -> None:
    assert iacreview(project.root, "check").status == 0
    done = iacreview(project.root, "check", "--settings-from", "HEAD", "--format", "json")
    assert done.status == 1
    assert "ENC001" in done.out


def test_the_baseline_is_that_of_the_revision(tmp_path: Path, iacreview: Runner) -> None:
    project = new_project(tmp_path / "project", {"main.tf": BAD})
    assert iacreview(project.root, "baseline").status == 0
    assert iacreview(project.root, "check").status == 0
    assert iacreview(project.root, "check", "--settings-from", "HEAD").status == 1


def test_a_revision_that_is_not_there_and_settings_that_are_wrong(tmp_path: Path, iacreview: Runner) -> None:
    project = new_project(tmp_path / "project", {"main.tf": OPEN, ".iacreview.yaml": "selct: [ENC001]\n"})
    project.write({".iacreview.yaml": ""})
    assert iacreview(project.root, "check").status == 0
    assert iacreview(project.root, "check", "--settings-from", "nowhere").status == 2
    assert iacreview(project.root, "check", "--settings-from", "HEAD").status == 2
