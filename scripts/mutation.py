#!/usr/bin/env python3
"""Changes modules in small ways, one by one (cosmic-ray): each is to fail a test. `mutation.py MODULE... [--most N]`.

A folder stands for all its modules: the changes are drawn by lot among them, the same ones for the same `--seed`. A
change is tried with tests that import its module, the cheapest first (tests/costs.txt), then with those of the folder.
Works on a copy: a run that is stopped leaves no changed file behind, and with `--at FOLDER` the next one goes on where
it stopped. Prints what survived, with its difference.
"""

from __future__ import annotations

import argparse
import ast
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import test_costs  # noqa: E402 - beside this file

# The tests that are to notice a change below a folder of the package, where those of the module itself do not.
TESTS = {
    "semantics": ["tests/semantics", "tests/checks", "tests/test_rules.py"],
    "engine": ["tests/engine", "tests/test_rules.py"],
    "catalog": ["tests/catalog", "tests/test_rules.py"],
    "review": ["tests/review", "tests/test_diff.py"],
}
# How cosmic-ray says that no test failed.
SURVIVED = "upper(test_outcome) LIKE '%SURVIVED%'"
# What the first tests of a change may cost, in seconds.
NARROW = 6.0
CONFIG = """\
[cosmic-ray]
module-path = {modules}
timeout = 120.0
excluded-modules = []
test-command = "{python} -m pytest -x -q -p no:cacheprovider {tests}"

[cosmic-ray.distributor]
name = "local"
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="+", help="files or folders below iacreview/")
    parser.add_argument("--most", type=int, default=0, help="try so many changes of each; 0 for all")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("--at", default="", help="a folder that keeps what is done, to go on later")
    options = parser.parse_args()
    noticed = [tried(target, options) for target in options.modules]
    return int(not all(noticed))


def tried(target: str, options: argparse.Namespace) -> bool:
    """Tries the changes of one module or folder; whether nine of ten were noticed."""
    if options.at:
        return tried_at(Path(options.at, target.replace("/", "-")), target, options.most, options.seed)
    with tempfile.TemporaryDirectory(prefix="mutation-") as name:
        return tried_at(Path(name), target, options.most, options.seed)


def tried_at(kept: Path, target: str, most: int, seed: int) -> bool:
    """Tries the changes, in a copy of the tree below a folder that also keeps what came of each."""
    folder, database = kept / "tree", kept / "mutation.sqlite"
    copy(folder)
    if not database.exists():
        made = kept / "all.sqlite"
        configure(folder, list(modules(target)), [])
        run(folder, "init", "mutation.toml", str(made))
        sample(made, most, seed)
        made.rename(database)
    for stage in (first_tests, folder_tests):
        part = kept / f"{stage.__name__}.sqlite"
        if part.exists():
            take(part, database, stage.__name__)
        for module in pending(database):
            tests = [each for each in stage(module) if passes(folder, each, kept / "passing.txt")]
            if tests and only(database, module, part, stage.__name__):
                configure(folder, [module], tests)
                run(folder, "exec", "mutation.toml", str(part))
                take(part, database, stage.__name__)
    killed, survived = results(database)
    total = killed + len(survived)
    print("\n".join(survived))
    print(f"{target}: {killed} of {total} changes were noticed ({100 * killed // max(total, 1)} %)")
    return killed * 10 >= total * 9


def modules(target: str) -> Iterator[str]:
    """The modules of a target, by their paths from the top."""
    path = ROOT / target
    for each in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
        yield each.relative_to(ROOT).as_posix()


def first_tests(module: str) -> list[str]:
    """The test files that import a module, the module's own first and then the cheapest, up to some seconds."""
    costs = test_costs.read()
    name = module.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    found = [each for each in costs if name in test_costs.imports(ROOT / each)]
    own = f"test_{Path(module).name}"
    chosen: list[str] = []
    left = NARROW
    for each in sorted(found, key=lambda each: (Path(each).name != own, costs[each].seconds)):
        left -= costs[each].seconds
        if left >= 0 or not chosen:
            chosen.append(each)
    return chosen


def folder_tests(module: str) -> list[str]:
    listed = TESTS[Path(module).parts[1].removesuffix(".py")]
    return [each for each in listed if (ROOT / each).exists()]


def passes(folder: Path, tests: str, known: Path) -> bool:
    """Whether tests pass in the copy as it is: what fails there anyway notices nothing."""
    rows = dict(row.split() for row in known.read_text().splitlines()) if known.exists() else {}
    if tests not in rows:
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", tests]
        ran = subprocess.run(command, cwd=folder, env=surroundings(folder), capture_output=True, check=False)
        rows[tests] = "yes" if ran.returncode == 0 else "no"
        known.write_text("".join(f"{name} {answer}\n" for name, answer in rows.items()))
    return rows[tests] == "yes"


def configure(folder: Path, of: list[str], tests: list[str]) -> None:
    config = CONFIG.format(modules=of, python=sys.executable, tests=" ".join(tests))
    (folder / "mutation.toml").write_text(config, encoding="utf-8")


def copy(folder: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in listed.split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def run(folder: Path, *arguments: str) -> None:
    program = Path(sys.executable).parent / "cosmic-ray"
    subprocess.run([str(program), *arguments], cwd=folder, check=True, env=surroundings(folder))


def surroundings(folder: Path) -> dict[str, str]:
    return {"PYTHONPATH": str(folder), "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"}


def sample(database: Path, most: int, seed: int) -> None:
    """Leaves that many changes to be tried, drawn by lot, and notes which stage they are to pass next."""
    with sqlite3.connect(database) as connection:
        rows = connection.execute(
            "SELECT job_id, module_path, start_pos_row, start_pos_col FROM mutation_specs"
            " ORDER BY module_path, start_pos_row, start_pos_col, operator_name, occurrence"
        ).fetchall()
        jobs = [job for job, module, row, column in rows if not is_annotation(module, (row, column))]
        lot = random.Random(seed)
        kept = set(lot.sample(jobs, most)) if 0 < most < len(jobs) else set(jobs)
        dropped = [(job,) for job, *_ in rows if job not in kept]
        for table in ("mutation_specs", "work_items"):
            connection.executemany(f"DELETE FROM {table} WHERE job_id = ?", dropped)
        connection.execute("CREATE TABLE passed (job_id TEXT, stage TEXT)")


def pending(database: Path) -> list[str]:
    """The modules that have changes which no test has noticed yet."""
    with sqlite3.connect(database) as connection:
        rows = connection.execute(
            "SELECT DISTINCT module_path FROM mutation_specs WHERE job_id NOT IN"
            f" (SELECT job_id FROM work_results WHERE NOT {SURVIVED}) ORDER BY module_path"
        ).fetchall()
    return [module for (module,) in rows]


def only(database: Path, module: str, part: Path, stage: str) -> bool:
    """Copies the changes of a module that nothing has noticed and that have to pass the stage; whether any are left."""
    copied = part.with_suffix(".new")
    shutil.copyfile(database, copied)
    with sqlite3.connect(copied) as connection:
        connection.execute(f"DELETE FROM work_results WHERE {SURVIVED}")
        done = "SELECT job_id FROM work_results UNION SELECT job_id FROM passed WHERE stage = ?"
        others = "SELECT job_id FROM mutation_specs WHERE module_path != ?"
        unwanted = f"job_id IN ({done}) OR job_id IN ({others})"
        for table in ("work_items", "mutation_specs"):
            connection.execute(f"DELETE FROM {table} WHERE {unwanted}", (stage, module))
        connection.execute("DELETE FROM work_results")
        (left,) = connection.execute("SELECT count(*) FROM work_items").fetchone()
    copied.rename(part)
    return bool(left)


def take(part: Path, database: Path, stage: str) -> None:
    """Takes over what came of a part."""
    with sqlite3.connect(database) as connection:
        connection.execute("ATTACH ? AS part", (str(part),))
        new = "SELECT job_id FROM part.work_results"
        connection.execute(f"DELETE FROM work_results WHERE job_id IN ({new})")
        connection.execute("INSERT INTO work_results SELECT * FROM part.work_results")
        connection.execute(f"INSERT INTO passed SELECT job_id, ? FROM ({new})", (stage,))
    part.unlink()


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


def results(database: Path) -> tuple[int, list[str]]:
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT test_outcome, diff FROM work_results").fetchall()
    survived = [diff for outcome, diff in rows if str(outcome).rpartition(".")[2].lower() == "survived"]
    return len(rows) - len(survived), survived


if __name__ == "__main__":
    sys.exit(main())
