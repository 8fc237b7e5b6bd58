"""A change of form alone introduces nothing and fixes nothing, for every fixture of every rule."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.model.finding import Report
from iacreview.options import Options
from iacreview.pipeline import check
from iacreview.protection.load import load_protections
from iacreview.review.comparison import compare
from iacreview.review.sides import Side
from tests.review.transforms import Files, Transform, transforms_for
from tests.trees import MemoryTree

FIXTURES = Path(__file__).parent.parent / "fixtures"


@cache
def options() -> Options:
    rules = load_rules()
    return Options(rules, load_catalog(), profile="strict", protections=load_protections(rules))


def projects() -> list[Path]:
    """Every bad fixture, and every directory with a case of its own."""
    single = [path for suffix in ("tf", "yaml") for path in FIXTURES.glob(f"*/bad.{suffix}")]
    return sorted([*single, *(path for path in FIXTURES.glob("*/*") if path.is_dir())])


def in_one_language(files: Files) -> list[Files]:
    """The files of each language by themselves: what changes in one is no review of the other."""
    templates = {path: text for path, text in files.items() if path == "template.yaml"}
    others = {path: text for path, text in files.items() if path not in templates}
    return [each for each in (others, templates) if each]


def files_of(path: Path) -> dict[str, str]:
    if path.is_file():
        return {path.name: path.read_text(encoding="utf-8")}
    found = (each for each in path.rglob("*") if each.is_file())
    return {each.relative_to(path).as_posix(): each.read_text(encoding="utf-8") for each in found}


def changed(before: Files, after: Files) -> set[str]:
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def compared(before: Files, after: Files, everything: bool = False) -> Report:
    base, head = Side(MemoryTree(before), "base"), Side(MemoryTree(after), "head")
    return compare(base, head, changed(before, after), (), options(), everything)


CASES = [
    (path, files, transform)
    for path in projects()
    for files in in_one_language(files_of(path))
    for transform in transforms_for(files)
]


@pytest.mark.parametrize(
    ("before", "transform"),
    [(files, transform) for _, files, transform in CASES],
    ids=[f"{path.relative_to(FIXTURES).as_posix()}-{each.__name__}" for path, _, each in CASES],
)
def test_nothing_but_form(before: Files, transform: Transform) -> None:
    after = transform(before)
    assert after is not None
    if after == before:
        pytest.skip("its texts cannot be written in this form: they have heredocs or nothing to rename")
    report = compared(before, after, everything=True)
    assert not [
        (each.status, each.rule, each.message, str(each.span)) for each in report.findings if each.status != "unchanged"
    ]
    assert report.change is not None
    assert not report.change.protection_removed
    assert not report.change.protection_added
    assert not any(report.change.deltas)
    whole = len(check(MemoryTree(after), (), options()).findings)
    if not whole:
        pytest.skip("nothing is found in it")
    assert len(report.findings) == whole
