"""Shows a review as people see it, made of what the program really prints.

    python scripts/render_review.py [--check]

A pull request to examples/terraform is made in a temporary repository and reviewed: the terminal's output becomes
docs/images/review.svg, the summary for the pull request docs/example-summary.md.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "images" / "review.svg"
SUMMARY = ROOT / "docs" / "example-summary.md"
COMMAND = ("iacreview", "diff", "main...")
WIDTH = 104
# The theme's own template asks the reader's browser for fonts of another host.
SVG = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xml:space="preserve" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; white-space: pre; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g>
</g>
</svg>
"""


class Edit(NamedTuple):
    """What the pull request changes in a file: the text of the base, and that of the head."""

    path: str
    base: str
    head: str


PULL_REQUEST = (
    Edit("variables.tf", '["10.20.0.0/16"]', '["10.20.0.0/16", "0.0.0.0/0"]'),
    Edit("modules/database/main.tf", "  default = true\n", "  default = false\n"),
    Edit("iam.tf", 'actions   = ["ec2:DescribeInstances"]', 'actions   = ["iam:PassRole", "ec2:RunInstances"]'),
)


def make_repository(folder: Path) -> None:
    """A repository of two commits: the example before the pull request, and with it."""
    shutil.copytree(ROOT / "examples" / "terraform", folder / "terraform")
    _git(folder, "init", "-q", "-b", "main")
    _write(folder, base=True)
    _git(folder, "add", "-A")
    _git(folder, "commit", "-q", "-m", "Orders")
    _git(folder, "checkout", "-q", "-b", "operators")
    _write(folder, base=False)
    _git(folder, "commit", "-q", "-a", "-m", "Let the operators in")


def _write(folder: Path, base: bool) -> None:
    for edit in PULL_REQUEST:
        path = folder / "terraform" / edit.path
        text = path.read_text(encoding="utf-8")
        old, new = (edit.head, edit.base) if base else (edit.base, edit.head)
        assert text.count(old) == 1, f"{edit.path} does not have {old} once"
        path.write_text(text.replace(old, new), encoding="utf-8")


def _environment() -> dict[str, str]:
    """Nothing of the user's settings, and commits that have the same names on every machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") and name != "CI"}
    people = {"NAME": "Example", "EMAIL": "example@example.com", "DATE": "2026-01-01T00:00:00Z"}
    names = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in people.items()}
    return {**kept, **names, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def _git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, env=_environment())


def reviewed(folder: Path, *options: str) -> str:
    """What `iacreview diff` prints for the pull request."""
    done = subprocess.run(
        [sys.executable, "-m", "iacreview", *COMMAND[1:], *options],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        env={**_environment(), "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 1, done.stderr
    return done.stdout


def picture(output: str) -> str:
    """The terminal as SVG."""
    console = Console(record=True, width=WIDTH, file=StringIO(), force_terminal=True)
    console.print(Text.from_ansi(f"$ {' '.join(COMMAND)}\n{output}"))
    drawn = console.export_svg(title="iacreview", code_format=SVG, unique_id="review")
    return "\n".join(line.rstrip() for line in drawn.splitlines()) + "\n"


def artefacts() -> dict[Path, str]:
    """Each file with what is to stand in it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_repository(folder)
        summary = reviewed(folder, "--format", "markdown")
        note = "<!-- made by scripts/render_review.py: the summary of an example pull request -->\n\n"
        return {PICTURE: picture(reviewed(folder, "--format", "text", "--color", "always")), SUMMARY: note + summary}


def main() -> int:
    made = artefacts()
    stale = [path for path, text in made.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is out of date: run `make generate`", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
