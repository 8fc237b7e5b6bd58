#!/usr/bin/env python3
"""Whether what was built is what is tracked, under the version of the tag: `check_distribution.py DIRECTORY [TAG]`."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent


def main(directory: str, tag: str = "") -> int:
    (wheel,) = Path(directory).glob("*.whl")
    (sdist,) = Path(directory).glob("*.tar.gz")
    version = wheel.name.split("-")[1]
    problems = [f"the tag {tag} is not v{version}"] if tag and tag != f"v{version}" else []
    problems += [f"the wheel has {name}, which is not tracked" for name in surplus(in_wheel(wheel), "iacreview")]
    problems += [f"the wheel lacks {name}" for name in sorted(tracked("iacreview") - in_wheel(wheel))]
    problems += [f"the source distribution has {name}, which is not tracked" for name in surplus(in_sdist(sdist), ".")]
    print("\n".join(problems) or f"{wheel.name} and {sdist.name} are what is tracked")
    return int(bool(problems))


def in_wheel(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def in_sdist(sdist: Path) -> set[str]:
    with tarfile.open(sdist) as archive:
        names = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
    return names - {"PKG-INFO"}


def surplus(found: set[str], folder: str) -> list[str]:
    return sorted(found - tracked(folder))


def tracked(folder: str) -> set[str]:
    listed = subprocess.run(["git", "ls-files", "-z", folder], cwd=ROOT, check=True, capture_output=True, text=True)
    return {name for name in listed.stdout.split("\0") if name}


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
