"""How often each rule finds something: the report in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from iacreview.model.finding import Report
from iacreview.report.changes import count
from iacreview.report.escape import without_commands
from iacreview.report.summary import failing


def statistics(report: Report) -> str:
    """A line for each rule, those with most findings first, and the totals."""
    counted = failing(report)
    rows = [
        ("found", "suppressed", "undecided", "rule"),
        *_rows(
            Counter(each.rule for each in counted),
            Counter(each.rule for each, _ in report.suppressed),
            Counter(each.rule for each in report.undecided),
            {each.rule: each.name for each in (*report.findings, *(found for found, _ in report.suppressed))},
        ),
    ]
    lines = [f"{found:>7}  {suppressed:>10}  {undecided:>9}  {rule}" for found, suppressed, undecided, rule in rows]
    beside = f"{len(report.suppressed)} suppressed, {len(report.undecided)} undecided"
    return without_commands("\n".join([*lines, "", f"{count(len(counted), 'finding')}, {beside}"]) + "\n")


def _rows(
    found: Counter[str], suppressed: Counter[str], undecided: Counter[str], names: dict[str, str]
) -> Iterable[tuple[str, str, str, str]]:
    rules = sorted({*found, *suppressed, *undecided}, key=lambda rule: (-found[rule], -suppressed[rule], rule))
    for rule in rules:
        numbers = (str(each[rule]) for each in (found, suppressed, undecided))
        yield (*numbers, f"{rule} {names.get(rule, '')}".rstrip())  # type: ignore[misc]
