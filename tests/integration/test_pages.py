"""The configurations that the documentation shows for GitLab CI and for hooks are ones that work."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from tests.repositories import CI_VARIABLES, Project, new_project

ROOT = Path(__file__).parent.parent.parent
BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.M | re.S)
GOOD = 'resource "aws_ebs_volume" "v" {\n  availability_zone = "a"\n  size = 1\n  encrypted = true\n}\n'
BAD = GOOD.replace("true", "false")
OLD = BAD.replace('"v"', '"old"').replace("size = 1", "size = 9")


def blocks(page: str) -> list[Any]:
    return [yaml.safe_load(each) for each in BLOCK.findall((ROOT / "docs" / page).read_text(encoding="utf-8"))]


@pytest.fixture
def branch(tmp_path: Path) -> Project:
    """A branch with a finding, and a target that went on with another one."""
    project = new_project(tmp_path / "project", {"old.tf": OLD})
    project.git("switch", "-q", "-c", "feature")
    project.commit({"new.tf": BAD})
    project.git("switch", "-q", "main")
    project.commit({"later.tf": BAD.replace('"v"', '"later"')})
    project.git("switch", "-q", "feature")
    return project


def test_the_job_for_gitlab(branch: Project) -> None:
    job = blocks("gitlab.md")[0]["iacreview"]
    (command,) = job["script"]
    program, *words = command.split()
    assert program.startswith(job["before_script"][0].split()[-1])
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") and k not in CI_VARIABLES}
    environment |= {"GITLAB_CI": "true", "CI_MERGE_REQUEST_IID": "7"}
    environment["CI_MERGE_REQUEST_DIFF_BASE_SHA"] = branch.git("merge-base", "main", "feature")
    done = subprocess.run(
        [sys.executable, "-I", "-m", "iacreview", *words],
        cwd=branch.root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    reports = {name: (branch.root / path).read_text() for name, path in job["artifacts"]["reports"].items()}
    assert [each["location"]["path"] for each in json.loads(reports["codequality"])] == ["new.tf"]
    assert "aws_ebs_volume.v" in "".join(ElementTree.fromstring(reports["junit"]).itertext()) + reports["junit"]
    assert "aws_ebs_volume.old" not in reports["codequality"] + done.stdout


def test_the_hooks_that_the_page_names() -> None:
    hooks = {each["id"] for each in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    page = (ROOT / "docs/pre-commit.md").read_text()
    assert {each["id"] for each in blocks("pre-commit.md")[0]["repos"][0]["hooks"]} <= hooks
    assert set(re.findall(r"`(iacreview(?:-[a-z]+)?)` \|", page)) == hooks


def test_inputs_and_outputs_of_the_action() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    page = (ROOT / "docs/github-actions.md").read_text()
    for kind in ("inputs", "outputs"):
        section = page.partition(f"## {kind.capitalize()} of the action\n")[2].partition("\n## ")[0]
        assert re.findall(r"^\| `([a-z-]+)` \|", section, re.M) == list(action[kind]), kind
