#!/usr/bin/env python3
"""Changes modules in small ways, one by one (cosmic-ray): each is to fail a test. `mutation.py MODULE... [--most N]`.

A change is tried with the tests of its module first (tests/semantics/test_arn.py for iacreview/semantics/arn.py), which
take a second, and what survives these with the tests of the folder. Works on a copy: a run that is stopped leaves no
changed file behind. Prints what survived, with its difference.
"""

from __future__ import annotations

import argparse
import ast
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
# The tests that are to notice a change below a folder of the package, where those of the module itself do not.
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
    parser.add_argument("--most", type=int, default=0, help="try so many changes of each, spread evenly; 0 for all")
    options = parser.parse_args()
    noticed = [tried(module, options.most) for module in options.modules]
    return int(not all(noticed))


def tried(module: str, most: int) -> bool:
    """Tries the changes of one module; whether nine of ten were noticed."""
    with tempfile.TemporaryDirectory(prefix="mutation-") as name:
        folder = Path(name)
        copy(folder)
        database = folder / "mutation.sqlite"
        stages = [each for each in (own_tests(module), folder_tests(module)) if each]
        for number, tests in enumerate(stages):
            config = CONFIG.format(module=module, python=sys.executable, tests=" ".join(tests))
            (folder / "mutation.toml").write_text(config)
            if number == 0:
                run(folder, "init", "mutation.toml", database.name)
                sample(database, most)
            else:
                again(database)
            run(folder, "exec", "mutation.toml", database.name)
        killed, survived = results(database)
    total = killed + len(survived)
    print("\n".join(survived))
    print(f"{module}: {killed} of {total} changes were noticed ({100 * killed // max(total, 1)} %)")
    return killed * 10 >= total * 9


def own_tests(module: str) -> list[str]:
    """The test file of a module, where it has one."""
    path = Path(module)
    own = Path("tests", *path.parts[1:-1], f"test_{path.name}")
    return [own.as_posix()] if (ROOT / own).exists() else []


def folder_tests(module: str) -> list[str]:
    listed = TESTS[Path(module).parts[1].removesuffix(".py")]
    return [each for each in listed if (ROOT / each).exists()]


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
    """Leaves that many changes to be tried, the same ones every time: every n-th, in the order of the source."""
    with sqlite3.connect(database) as connection:
        rows = connection.execute(
            "SELECT job_id, module_path, start_pos_row, start_pos_col FROM mutation_specs"
            " ORDER BY start_pos_row, start_pos_col, operator_name, occurrence"
        ).fetchall()
        jobs = [job for job, module, row, column in rows if not is_annotation(module, (row, column))]
        kept = {jobs[len(jobs) * number // most] for number in range(most)} if 0 < most < len(jobs) else set(jobs)
        dropped = [(job,) for job, *_ in rows if job not in kept]
        for table in ("mutation_specs", "work_items"):
            connection.executemany(f"DELETE FROM {table} WHERE job_id = ?", dropped)


def is_annotation(module: str, place: tuple[int, int]) -> bool:
    """Whether a place is in an annotation, which nothing reads when a program runs."""
    return any(start <= place < end for start, end in annotations(module))


@cache
def annotations(module: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    found = [
        each
        for node in ast.walk(tree)
        for each in (getattr(node, "annotation", None), getattr(node, "returns", None))
        if isinstance(each, ast.expr)
    ]
    return [((each.lineno, each.col_offset), (each.end_lineno or 0, each.end_col_offset or 0)) for each in found]


def again(database: Path) -> None:
    """Forgets what survived, so that it is tried again."""
    with sqlite3.connect(database) as connection:
        connection.execute("DELETE FROM work_results WHERE upper(test_outcome) LIKE '%SURVIVED%'")


def results(database: Path) -> tuple[int, list[str]]:
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT test_outcome, diff FROM work_results").fetchall()
    survived = [diff for outcome, diff in rows if str(outcome).rpartition(".")[2].lower() == "survived"]
    return len(rows) - len(survived), survived


if __name__ == "__main__":
    sys.exit(main())
