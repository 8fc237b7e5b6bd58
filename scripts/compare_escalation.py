"""Compares our ways of escalation (semantics/data/escalation.txt) with the public list of Pathfinding Cloud.

    python scripts/compare_escalation.py --check            fails for a path of data/escalation_paths.txt that we lack
    python scripts/compare_escalation.py --from DIRECTORY   reads the paths of a clone anew, and writes that file

A path is ours where some way of ours needs no other actions than it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
OURS = ROOT / "iacreview" / "semantics" / "data" / "escalation.txt"
PATHS = Path(__file__).parent / "data" / "escalation_paths.txt"


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare the ways of escalation with the public list.")
    parser.add_argument("--check", action="store_true", help="compare with the committed list")
    parser.add_argument(
        "--from", dest="clone", metavar="DIRECTORY", help="read the list from a clone of its repository"
    )
    arguments = parser.parse_args()
    if arguments.clone:
        write(Path(arguments.clone))
    return compare()


def compare() -> int:
    ours = [frozenset(line.split()[1:]) for line in lines(OURS)]
    lacking = []
    for line in lines(PATHS):
        if not any(way <= set(line.split()[1:]) for way in ours):
            lacking.append(line)
    for line in lacking:
        print(f"{OURS.name} lacks {line}", file=sys.stderr)
    return 1 if lacking else 0


def lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


def write(clone: Path) -> int:
    """Takes over the names and actions of the paths, and nothing else."""
    shown = git(clone, "log", "-1", "--format=%h of %cs", "HEAD").strip()
    found = []
    for path in git(clone, "ls-tree", "-r", "--name-only", "HEAD", "data/paths").split():
        data = yaml.safe_load(git(clone, "show", f"HEAD:{path}"))
        found.append((data["id"], [each["permission"] for each in data["permissions"]["required"]]))
    head = (
        f"# The paths of Pathfinding Cloud (github.com/DataDog/pathfinding.cloud, commit {shown}): the name of each,\n"
        "# and the actions that it needs. Only these facts are taken over. scripts/compare_escalation.py compares.\n"
    )
    PATHS.write_text(
        head + "".join(f"{name} {' '.join(actions)}\n" for name, actions in sorted(found)), encoding="utf-8"
    )


def git(clone: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", str(clone), *arguments], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
