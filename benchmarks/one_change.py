#!/usr/bin/env python3
"""`diff` of one file in a repository of 12,000 (roots of Terraform, templates, other YAML), which differ all.

Budget: 0.5 s where `import yaml, click` takes 0.065 s: 7.7 times that floor. Beside it what git takes to read it all.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from growth import commit, git
from large_tree import make
from timing import FLOOR, ROOT, medians, table

TERRAFORM, STACKS = 9000, 1500
ROUNDS = 5
# It would be asked of all other units what the rules in it want.
_ASKING = ("aws_config_", "AWS::Config::")
QUEUE = '\nresource "aws_sqs_queue" "extra" {\n  name = "extra"\n}\n'


def repository(folder: Path) -> None:
    """Two commits, the second of which changes one small root."""
    make(folder, TERRAFORM)
    found = [path.read_text() for path in sorted((ROOT / "tests/fixtures").glob("*/*.yaml"))]
    templates = [text for text in found if 300 < len(text) < 6000]
    for number in range(STACKS):
        stack = folder / f"stacks/s{number}"
        stack.mkdir(parents=True)
        (stack / "template.yaml").write_text(templates[number % len(templates)])
        (stack / "values.yaml").write_text("replicas: 3\nimage: example\n")
    for number, path in enumerate(sorted(folder.rglob("*.*"))):
        text = path.read_text()
        for word in _ASKING:
            text = text.replace(word, word.replace("onfig", "ustom"))
        path.write_text(f"{text}# {number}\n")
    git(folder, "init", "-q")
    git(folder, "config", "gc.auto", "0")
    commit(folder)
    with (folder / "live/r100/f0.tf").open("a") as file:
        file.write(QUEUE)
    commit(folder)
    git(folder, "gc", "-q")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        repository(folder)
        commands = {
            "import yaml, click": FLOOR,
            "git reads every file": ["git", "cat-file", "--batch-all-objects", "--batch", "--buffer"],
            "diff": [sys.executable, "-m", "iacreview", "diff", "HEAD^", "--head", "HEAD", "--format", "json"],
        }
        table(medians(commands, folder, ROUNDS), "import yaml, click")


if __name__ == "__main__":
    main()
