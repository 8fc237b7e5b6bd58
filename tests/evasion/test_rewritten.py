"""A bad change does not pass by being written otherwise: what deploys the same is found the same.

python -m tests.evasion.test_rewritten 10000       # tries that many pairs of rewritings, drawn at random
python -m tests.evasion.test_rewritten 2500 7      # the same ones every time: drawn from a seed
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from iacreview.catalog.catalog import Catalog
from iacreview.engine.load import load_catalog, load_rules
from iacreview.engine.rule import Rule
from iacreview.model.finding import Finding, Report
from iacreview.options import Options
from iacreview.pipeline import check
from tests.evasion import templates, terraform
from tests.trees import MemoryTree

Files = dict[str, str]
Rewriting = Callable[[Files], "Files | None"]

FIXTURES = Path(__file__).parent.parent / "fixtures"
RULES = {rule.code: rule for rule in load_rules()}
REWRITINGS = {"bad.tf": terraform.rewritings(), "bad.yaml": templates.rewritings()}
CASES = [(file, name) for file, found in REWRITINGS.items() for name in found]
# What a child module puts out is shown by nobody; what two properties of a resource have from one anchor is one finding,
# and so is a mapping's value that a resource has from the same anchor.
OTHERWISE = {("SEC008", name) for name in terraform.rewritings() if name.startswith("in_module")} | {
    ("ENC002", "as_aliases"),
    ("SEC001", "as_aliases"),
}
PAIRS = 120


@cache
def catalog() -> Catalog:
    return load_catalog()


def judged(files: Files, rule: Rule) -> Report:
    return check(MemoryTree(files), (), Options([rule], catalog(), profile="strict"))


def said(report: Report) -> Counter[tuple[str, str, str]]:
    return Counter(map(told, report.findings))


def told(finding: Finding) -> tuple[str, str, str]:
    """A finding without its place and its address, which a rewriting may move."""
    return finding.rule, finding.resource.kind if finding.resource else "", finding.property


@cache
def original(code: str, file: str) -> tuple[Files, Counter[tuple[str, str, str]]] | None:
    path = FIXTURES / code / file
    if not path.exists():
        return None
    files = {file: path.read_text(encoding="utf-8")}
    return files, said(judged(files, RULES[code]))


@pytest.mark.parametrize(("file", "name"), CASES, ids=lambda value: value.removeprefix("bad."))
def test_what_deploys_the_same_is_found_the_same(file: str, name: str) -> None:
    """Every third rule for each rewriting, in turns: together they are all."""
    turn = CASES.index((file, name)) % 3
    for code in sorted(RULES)[turn::3]:
        found = original(code, file)
        rewritten = REWRITINGS[file][name](dict(found[0])) if found and (code, name) not in OTHERWISE else None
        if found is None or rewritten is None:
            continue
        lost = found[1] - said(judged(rewritten, RULES[code]))
        assert not lost, f"{code}: not found any more when written as {name}"


def pairs(number: int, seed: int) -> Iterator[tuple[str, str, str, str]]:
    """Rules, each with two rewritings to apply one after the other."""
    draw = random.Random(seed)
    for _ in range(number):
        file = draw.choice(list(REWRITINGS))
        first, second = draw.sample(list(REWRITINGS[file]), 2)
        yield draw.choice(sorted(RULES)), file, first, second


def silent(code: str, file: str, first: str, second: str) -> str:
    """What a pair of rewritings makes pass without a word; empty where nothing does, or the pair does not apply."""
    found = original(code, file)
    if found is None or OTHERWISE & {(code, first), (code, second)}:
        return ""
    once = REWRITINGS[file][first](dict(found[0]))
    if once is None or len(once) > 1:
        return ""
    twice = REWRITINGS[file][second](once)
    if twice is None:
        return ""
    report = judged(twice, RULES[code])
    lost = found[1] - said(report)
    words = len(report.undecided) + sum(each.rule == "SYN001" for each in report.findings)
    return f"{code} {file} {first} {second}: {dict(lost)}" if lost and not words else ""


def test_two_at_once_leave_a_word() -> None:
    assert not [lost for pair in pairs(PAIRS, seed=1) if (lost := silent(*pair))]


if __name__ == "__main__":
    start = int(sys.argv[2]) if sys.argv[2:] else random.randrange(10**9)
    print(f"seed {start}")
    for drawn in pairs(int(sys.argv[1]), seed=start):
        if lost := silent(*drawn):
            print(lost, flush=True)
    print("done")
