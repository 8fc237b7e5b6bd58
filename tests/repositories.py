"""Real git repositories in temporary folders, and iacreview run in them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from iacreview.invocation import run

_ENVIRONMENT = {
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}
# What CI and hooks set, which must not reach a test.
CI_VARIABLES = (
    "GITHUB_ACTIONS",
    "GITLAB_CI",
    "PRE_COMMIT_FROM_REF",
    "PRE_COMMIT_TO_REF",
    "GIT_INDEX_FILE",
    "CI",
    "GITHUB_SHA",
    "GITHUB_REF",
)


class Result(NamedTuple):
    """What a run printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(self.out)
        return data

    def findings(self, status: str) -> list[str]:
        """`RULE address` of the findings of a status."""
        return [
            f"{each['rule']} {each['resource']['address'] if each['resource'] else each['location']['path']}"
            for each in self.data["findings"]
            if each["status"] == status
        ]


class Project:
    """A git repository with a file tree to be changed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def git(self, *arguments: str) -> str:
        environment = {**{k: v for k, v in os.environ.items() if not k.startswith("GIT_")}, **_ENVIRONMENT}
        command = ["git", "-c", "protocol.file.allow=always", *arguments]
        done = subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(self, files: dict[str, str | None]) -> None:
        """Writes files; None removes one."""
        for name, text in files.items():
            path = self.root / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")

    def commit(self, files: dict[str, str | None], message: str = "change") -> str:
        self.write(files)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


def new_project(root: Path, files: dict[str, str | None] | None = None) -> Project:
    """A repository on branch `main` with one commit of the files."""
    project = Project(root)
    project.git("init", "-q", "-b", "main", ".")
    if files is not None:
        project.commit(files, "base")
    return project


class Runner:
    """Runs the command line in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        for name in CI_VARIABLES:
            monkeypatch.delenv(name, raising=False)

    def __call__(self, folder: Path, *arguments: str) -> Result:
        self._monkeypatch.chdir(folder)
        self._capsys.readouterr()
        status = run(list(arguments))
        captured = self._capsys.readouterr()
        return Result(status, captured.out, captured.err)
