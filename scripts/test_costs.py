"""Writes down what every test file costs (tests/costs.txt), and says which of them `make fast` runs.

    python scripts/test_costs.py [--check | --fast | FILE...]

Without arguments it measures the files that are new or have grown much since they were measured; with files, those.
`--fast` prints the files of `make fast`: the rules and how the house is kept, of every package the cheapest file that
imports it, then the cheapest ones until SECONDS are spent, and what has not been measured yet. So a new test costs
others their place, and never makes the whole slower. `--check` says which files are to be measured.
"""

from __future__ import annotations

import ast
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
TESTS = ROOT / "tests"
COSTS = TESTS / "costs.txt"
HEADER = "# Seconds of processor time, lines when it was measured, file: made by `python scripts/test_costs.py`.\n"
UNMEASURED = "has to be measured: run `python scripts/test_costs.py`"

# What is spent on measured tests; collecting them and starting takes some more of the half minute.
SECONDS = 17.0
# What costs more is not measured to its end: it is slow.
ENOUGH = 4.0
ALWAYS = ("tests/test_rules.py", "tests/test_imports.py", "tests/test_unused.py", "tests/test_words.py")


class Cost(NamedTuple):
    """What a test file cost when it had so many lines."""

    seconds: float
    lines: int

    def holds(self, lines: int) -> bool:
        """Whether a file of so many lines may still cost about as much."""
        return lines <= self.lines * 1.5 + 40


def main(arguments: list[str]) -> int:
    costs = read()
    if arguments == ["--check"]:
        found = [*(f"{name} {UNMEASURED}" for name in unmeasured(costs)), *problems(costs)]
        print("\n".join(found) or "the costs of the tests are up to date")
        return int(bool(found))
    if arguments == ["--fast"]:
        print("\n".join(fast(costs)))
        return 0
    for name in arguments or unmeasured(costs):
        costs[name] = measured(name)
        write(costs)  # at once: whoever stops this keeps what is known
    return 0


def files() -> list[str]:
    """The test files, by their paths from the top."""
    return sorted(path.relative_to(ROOT).as_posix() for path in TESTS.rglob("test_*.py"))


def lines(name: str) -> int:
    return (ROOT / name).read_text(encoding="utf-8").count("\n")


def read() -> dict[str, Cost]:
    """The costs that are written down."""
    rows = (row.split() for row in COSTS.read_text(encoding="utf-8").splitlines() if not row.startswith("#"))
    return {name: Cost(float(seconds), int(count)) for seconds, count, name in rows}


def write(costs: dict[str, Cost]) -> None:
    """Writes down the costs of the files that there are."""
    rows = [f"{costs[name].seconds:.1f} {costs[name].lines} {name}\n" for name in files() if name in costs]
    COSTS.write_text(HEADER + "".join(rows), encoding="utf-8")


def unmeasured(costs: dict[str, Cost]) -> list[str]:
    """The files that are new, or much longer than what was measured."""
    return [name for name in files() if name not in costs or not costs[name].holds(lines(name))]


def fast(costs: dict[str, Cost]) -> list[str]:
    """What `make fast` runs."""
    cheapest = sorted((name for name in files() if name in costs), key=lambda each: (costs[each].seconds, each))
    chosen = {*ALWAYS, *(each for each in representatives(cheapest).values() if each)}
    left = SECONDS - sum(costs[name].seconds for name in chosen)
    for name in cheapest:
        left -= costs[name].seconds if name not in chosen else 0
        if left < 0:
            break
        chosen.add(name)
    return [name for name in files() if name in chosen or name not in costs]


def representatives(cheapest: list[str]) -> dict[str, str]:
    """For each package the cheapest test file that imports one of its modules; empty where none does."""
    imported = {name: tuple(f"{each}." for each in imports(ROOT / name)) for name in cheapest}
    folders = sorted(path.parent for path in (ROOT / "iacreview").rglob("__init__.py"))
    packages = [".".join(each.relative_to(ROOT).parts) for each in folders if len(list(each.glob("*.py"))) > 1]
    return {
        package: next((name for name in cheapest if any(each.startswith(f"{package}.") for each in imported[name])), "")
        for package in packages
    }


def problems(costs: dict[str, Cost]) -> Iterator[str]:
    """What keeps `make fast` from what it is for."""
    cheapest = sorted((name for name in files() if name in costs), key=lambda each: (costs[each].seconds, each))
    chosen = representatives(cheapest)
    yield from (f"no test file imports a module of {package}" for package, name in chosen.items() if not name)
    needed = {*ALWAYS, *filter(None, chosen.values())}
    spent = sum(costs[name].seconds for name in needed)
    if spent > SECONDS:
        dear = max(needed - set(ALWAYS), key=lambda each: costs[each].seconds)
        yield f"one test file of each package costs {spent:.1f} s: {dear} needs a cheap one beside it"


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names)


def measured(name: str) -> Cost:
    """What a file costs: itself, what it imports first, and the programs that it starts."""
    meter = Meter()
    pytest.main(["-q", "-p", "no:cacheprovider", name], plugins=[meter])
    return Cost(round(meter.spent, 1), lines(name))


class Meter:
    """A plugin that adds up what collecting and running tests spends."""

    def __init__(self) -> None:
        self.spent = 0.0

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Iterator[None]:
        before = spent()
        answer = yield
        if isinstance(collector, pytest.Module):
            self.spent += spent() - before
        return answer

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        before = spent()
        answer = yield
        self.spent += spent() - before
        if self.spent > ENOUGH:
            item.session.shouldstop = "it costs enough to be known as slow"
        return answer


def spent() -> float:
    """The processor time of this process and of those that it has waited for."""
    return time.process_time() + os.times().children_user + os.times().children_system


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
