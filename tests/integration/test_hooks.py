"""The hooks, installed from a clone by the real pre-commit and prek."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.repositories import CI_VARIABLES, Project, new_project

GOOD = 'resource "aws_ebs_volume" "v" {\n  availability_zone = "a"\n  size = 1\n  encrypted = true\n}\n'
BAD = GOOD.replace("true", "false")
OLD = BAD.replace('"v"', '"old"').replace("size = 1", "size = 9")


class Manager(NamedTuple):
    """A hook manager, and where it keeps what it installs."""

    name: str
    program: str
    home: Path

    def run(self, project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self._run(project, self.program, *arguments)

    def git(self, project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs git as a user does, so that it starts the hooks."""
        return self._run(project, "git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments)

    def _run(self, project: Project, *command: str) -> subprocess.CompletedProcess[str]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") and k not in CI_VARIABLES}
        environment |= {"PRE_COMMIT_HOME": str(self.home), "PREK_HOME": str(self.home), "GIT_CONFIG_GLOBAL": os.devnull}
        environment |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "NO_COLOR": "1"}
        return subprocess.run(command, cwd=project.root, env=environment, capture_output=True, text=True, check=False)


def program(name: str) -> str:
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.fixture(scope="session", params=["pre-commit", "prek"])
def manager(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Manager:
    return Manager(request.param, program(request.param), tmp_path_factory.mktemp(request.param))


@pytest.fixture
def project(tmp_path: Path, published: Project, manager: Manager) -> Project:
    """A project with an old finding and both hooks."""
    revision = published.git("rev-parse", "HEAD")
    hooks = "".join(
        f"    - id: {name}\n      stages: [{stage}]\n"
        for name, stage in (("iacreview", "pre-commit"), ("iacreview-all", "manual"))
    )
    config = f"repos:\n- repo: {published.root}\n  rev: {revision}\n  hooks:\n{hooks}"
    project = new_project(tmp_path / "project", {"old.tf": OLD, ".pre-commit-config.yaml": config})
    installed = manager.run(project, "install")
    assert installed.returncode == 0, installed.stderr
    return project


def commit(project: Project, manager: Manager, files: dict[str, str | None]) -> tuple[int, str]:
    project.write(files)
    project.git("add", "-A")
    done = manager.git(project, "commit", "-m", "change")
    return done.returncode, done.stdout + done.stderr


def past_the_hook(project: Project, files: dict[str, str | None]) -> None:
    project.write(files)
    project.git("add", "-A")
    project.git("-c", f"core.hooksPath={os.devnull}", "commit", "-q", "-m", "past the hook")


def test_a_commit_fails_for_what_it_introduces(project: Project, manager: Manager) -> None:
    status, said = commit(project, manager, {"new.tf": BAD})
    assert status == 1
    assert "ENC001" in said
    assert "aws_ebs_volume.v" in said
    assert "aws_ebs_volume.old" not in said
    status, said = commit(project, manager, {"new.tf": GOOD})
    assert status == 0, said
    status, said = commit(project, manager, {"old.tf": f"# a remark\n{OLD}"})
    assert status == 0, said
    status, said = commit(project, manager, {"old.tf": GOOD.replace('"v"', '"old"')})
    assert status == 0, said


def test_between_two_revisions_and_the_whole_tree(project: Project, manager: Manager) -> None:
    past_the_hook(project, {"new.tf": BAD})
    between = manager.run(project, "run", "--from-ref", "HEAD~1", "--to-ref", "HEAD")
    assert between.returncode == 1, between.stdout + between.stderr
    assert "aws_ebs_volume.v" in between.stdout
    whole = manager.run(project, "run", "--hook-stage", "manual", "iacreview-all", "--all-files")
    assert whole.returncode == 1, whole.stdout + whole.stderr
    assert "aws_ebs_volume.old" in whole.stdout


def test_before_a_push(project: Project, manager: Manager, tmp_path: Path) -> None:
    """Both tell the hook what is pushed in the variables that they set for `--from-ref` and `--to-ref`."""
    project.git("init", "-q", "--bare", str(tmp_path / "remote"))
    project.git("remote", "add", "origin", str(tmp_path / "remote"))
    project.git("push", "-q", "origin", "main")
    config = (project.root / ".pre-commit-config.yaml").read_text().replace("[pre-commit]", "[pre-push]")
    past_the_hook(project, {".pre-commit-config.yaml": config})
    assert manager.run(project, "install", "--hook-type", "pre-push").returncode == 0
    past_the_hook(project, {"new.tf": BAD})
    pushed = manager.git(project, "push", "origin", "main")
    assert pushed.returncode == 1
    assert "aws_ebs_volume.v" in pushed.stdout + pushed.stderr
    assert "aws_ebs_volume.old" not in pushed.stdout + pushed.stderr
    past_the_hook(project, {"new.tf": GOOD})
    assert manager.git(project, "push", "origin", "main").returncode == 0
