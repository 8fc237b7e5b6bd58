#!/usr/bin/env python3
"""Changes modules in small ways, one by one (cosmic-ray): each is to fail a test. `mutation.py MODULE... [--most N]`.

Works on a copy: a run that is stopped leaves no changed file behind. Prints what survived, with its difference.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
# The tests that are to notice a change below a folder of the package.
TESTS = {
    "semantics": ["tests/semantics", "tests/checks", "tests/test_rules.py"],
    "engine": ["tests/engine", "tests/test_rules.py"],
    "catalog": ["tests/catalog", "tests/test_rules.py"],
    "review": [
        "tests/review/test_files.py",
        "tests/review/test_pairing.py",
        "tests/review/test_breadth.py",
        "tests/test_diff.py",
    ],
}
CONFIG = """\
[cosmic-ray]
module-path = "{module}"
timeout = 120.0
excluded-modules = []
test-command = "{python} -m pytest -x -q -p no:cacheprovider {tests}"

[cosmic-ray.distributor]
name = "local"
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="+", help="files or folders below iacreview/")
    parser.add_argument("--most", type=int, default=0, help="try only so many changes of each, chosen at random")
    options = parser.parse_args()
    noticed = [tried(module, options.most) for module in options.modules]
    return int(not all(noticed))


def tried(module: str, most: int) -> bool:
    """Tries the changes of one module; whether nine of ten were noticed."""
    tests = TESTS[Path(module).parts[1].removesuffix(".py")]
    with tempfile.TemporaryDirectory(prefix="mutation-") as name:
        folder = Path(name)
        copy(folder)
        present = [test for test in tests if (folder / test).exists()]
        (folder / "mutation.toml").write_text(
            CONFIG.format(module=module, python=sys.executable, tests=" ".join(present))
        )
        run(folder, "init", "mutation.toml", "mutation.sqlite")
        if most:
            sample(folder / "mutation.sqlite", most)
        run(folder, "exec", "mutation.toml", "mutation.sqlite")
        killed, survived = results(folder / "mutation.sqlite")
    total = killed + len(survived)
    print("\n".join(survived))
    print(f"{module}: {killed} of {total} changes were noticed ({100 * killed // max(total, 1)} %)")
    return killed * 10 >= total * 9


def copy(folder: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in listed.split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def run(folder: Path, *arguments: str) -> None:
    program = Path(sys.executable).parent / "cosmic-ray"
    environment = {"PYTHONPATH": str(folder), "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"}
    subprocess.run([str(program), *arguments], cwd=folder, check=True, env=environment)


def sample(database: Path, most: int) -> None:
    """Leaves that many changes to be tried, the same ones every time."""
    with sqlite3.connect(database) as connection:
        jobs = sorted(row[0] for row in connection.execute("SELECT job_id FROM work_items"))
        dropped = set(jobs) - set(random.Random(1).sample(jobs, min(most, len(jobs))))
        for table in ("mutation_specs", "work_items"):
            connection.executemany(f"DELETE FROM {table} WHERE job_id = ?", [(job,) for job in dropped])


def results(database: Path) -> tuple[int, list[str]]:
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT test_outcome, diff FROM work_results").fetchall()
    survived = [diff for outcome, diff in rows if str(outcome).rpartition(".")[2].lower() == "survived"]
    return len(rows) - len(survived), survived


if __name__ == "__main__":
    sys.exit(main())
