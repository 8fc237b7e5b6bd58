"""This project as others would fetch it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.repositories import Project, new_project

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A repository with the files of this one as they are now, those of the tests left out."""
    target = tmp_path_factory.mktemp("published")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in listed.stdout.decode().split("\0"):
        if name and not name.startswith("tests/") and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target / name)
    return new_project(target, {})
