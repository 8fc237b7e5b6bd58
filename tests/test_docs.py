"""Every command and output that the documentation shows is what happens.

A ```console block has commands (`$ ...`) and their output; a line `...` stands for any lines. A block whose language
is followed by a path (```yaml rules/...) is an excerpt of that file.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)
EXCERPT = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.M | re.S)
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|#)([^)#\s]+)")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*/README.md")])


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def commands() -> list[tuple[str, str, str]]:
    found = []
    for page in PAGES:
        for block in BLOCK.findall(page.read_text(encoding="utf-8")):
            for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
                command, _, output = part.partition("\n")
                found.append((name(page), command, output))
    return found


@pytest.mark.parametrize(("page", "command", "output"), commands(), ids=lambda value: value[:40].strip())
def test_commands(page: str, command: str, output: str) -> None:
    words = shlex.split(command)
    assert words[0] == "iacreview", "only iacreview's own commands are shown with their output"
    done = subprocess.run(
        [sys.executable, "-m", "iacreview", *words[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
    )
    assert done.returncode in (0, 1), done.stderr
    pattern = ".*".join(re.escape(piece) for piece in re.split(r"^\.\.\.\n", output, flags=re.M))
    assert re.fullmatch(pattern, done.stdout, re.S), done.stdout


def test_there_are_commands() -> None:
    assert "README.md" in {page for page, _, _ in commands()}


def excerpts() -> list[tuple[str, str, str]]:
    return [(name(page), *found) for page in PAGES for found in EXCERPT.findall(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("page", "path", "text"), excerpts(), ids=lambda value: value[:40].strip())
def test_excerpts(page: str, path: str, text: str) -> None:
    """A block that names a file of this repository shows what is in it."""
    assert text in (ROOT / path).read_text(encoding="utf-8"), f"{page} shows what is not in {path}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links(page: Path) -> None:
    missing = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()]
    assert not missing
