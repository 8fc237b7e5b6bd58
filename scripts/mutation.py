#!/usr/bin/env python3
"""Changes modules in small ways, one by one (cosmic-ray): each is to fail a test. `mutation.py MODULE... [--most N]`.

Of a folder, modules are drawn by lot, a longer one more often, and changes of each: always the same for a `--seed`.
A change is tried with the cheapest tests that import its module (tests/costs.txt), then with those of the folder.
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
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import test_costs  # noqa: E402 - beside this file

# The tests that are to notice a change below a folder of the package, where those of the module itself do not.
TESTS = {
    "semantics": ["tests/test_rules.py", "tests/test_iam_questions.py", "tests/checks", "tests/semantics"],
    "engine": ["tests/engine", "tests/test_rules.py"],
    "catalog": ["tests/catalog", "tests/test_rules.py"],
    "review": ["tests/review", "tests/test_diff.py", "tests/test_baseline.py", "tests/test_decisions.py"],
}
# How cosmic-ray says that no test failed.
SURVIVED = "upper(test_outcome) LIKE '%SURVIVED%'"
# What the first tests of a change may cost, in seconds.
NARROW = 2.5
CONFIG = """\
[cosmic-ray]
module-path = "{module}"
timeout = 1200.0
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
    parser.add_argument("--narrow", action="store_true", help="leave out the tests of the folder")
    options = parser.parse_args()
    noticed = [tried(target, options) for target in options.modules]
    return int(not all(noticed))


def tried(target: str, options: argparse.Namespace) -> bool:
    """Tries the changes of one module or folder; whether nine of ten were noticed."""
    with tempfile.TemporaryDirectory(prefix="mutation-") as name:
        kept = Path(options.at or name)
        copy(kept / "tree")
        found = [
            tried_module(kept, module, most, options)
            for module, most in shares(target, options.most, options.seed).items()
        ]
    killed, survived = sum(number for number, _ in found), [each for _, more in found for each in more]
    total = killed + len(survived)
    print("\n".join(survived))
    print(f"{target}: {killed} of {total} changes were noticed ({100 * killed // max(total, 1)} %)")
    return killed * 10 >= total * 9


def shares(target: str, most: int, seed: int) -> dict[str, int]:
    """How many changes of which modules are tried (0: all): of a folder's, by lot, a longer one more often."""
    found = list(modules(target))
    if len(found) == 1 or not most:
        return dict.fromkeys(found, most)
    drawn = Counter(random.Random(seed).choices(found, [test_costs.lines(each) for each in found], k=most))
    return {module: drawn[module] for module in found if drawn[module]}


def tried_module(kept: Path, module: str, most: int, options: argparse.Namespace) -> tuple[int, list[str]]:
    """How many changes were noticed, and the differences of the others; the copy of the tree is below `kept`."""
    folder, database = kept / "tree", kept / f"{module.replace('/', '-')}-{most}.sqlite"
    shutil.copy2(ROOT / module, folder / module)
    if not database.exists():
        made = database.with_suffix(".all")
        made.unlink(missing_ok=True)
        configure(folder, module, [])
        run(folder, "init", "mutation.toml", str(made))
        sample(made, most, options.seed)
        made.rename(database)
    for stage in (first_tests,) if options.narrow else (first_tests, folder_tests):
        part = database.with_suffix(f".{stage.__name__}")
        if part.exists():
            take(part, database, stage.__name__)
        if only(database, part, stage.__name__):
            tests = [each for each in stage(module) if passes(folder, each, kept / "passing.txt")]
            if tests:
                configure(folder, module, tests)
                run(folder, "exec", "mutation.toml", str(part))
                take(part, database, stage.__name__)
    return results(database)


def modules(target: str) -> Iterator[str]:
    """The modules of a target, by their paths from the top."""
    path = ROOT / target
    for each in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
        yield each.relative_to(ROOT).as_posix()


def first_tests(module: str) -> list[str]:
    """The module's own test file, those that import it, and those beside it, the cheapest first, up to some seconds."""
    costs = test_costs.read()
    name = module.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    own, beside = f"test_{Path(module).name}", Path("tests", *Path(module).parts[1:-1])

    def order(each: str) -> tuple[bool, bool, float]:
        return Path(each).name != own, name not in test_costs.imports(ROOT / each), costs[each].seconds

    chosen: list[str] = []
    left = NARROW
    for each in sorted((each for each in costs if not order(each)[1] or Path(each).parent == beside), key=order):
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


def configure(folder: Path, module: str, tests: list[str]) -> None:
    config = CONFIG.format(module=module, python=sys.executable, tests=" ".join(tests))
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


def only(database: Path, part: Path, stage: str) -> bool:
    """Copies the changes that nothing has noticed and that have to pass the stage; whether any are left."""
    copied = part.with_suffix(".new")
    shutil.copyfile(database, copied)
    with sqlite3.connect(copied) as connection:
        connection.execute(f"DELETE FROM work_results WHERE {SURVIVED}")
        done = "SELECT job_id FROM work_results UNION SELECT job_id FROM passed WHERE stage = ?"
        for table in ("work_items", "mutation_specs"):
            connection.execute(f"DELETE FROM {table} WHERE job_id IN ({done})", (stage,))
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
