"""All that `iacreview` prints or writes about some files, for tests that look for what must not be in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from iacreview import __version__
from iacreview.baseline import entry, render_baseline
from iacreview.catalog.catalog import Catalog
from iacreview.commands.finishing import rule_texts, shown_line
from iacreview.commands.graph import concealing
from iacreview.engine.rule import Rule
from iacreview.model.finding import Report
from iacreview.options import Given, Options
from iacreview.pipeline import check, graphs, veil_over
from iacreview.report import FORMATS, Context, render
from iacreview.report.graphs import GRAPH_FORMATS
from iacreview.review.comparison import compare
from iacreview.review.sides import Side
from tests.trees import MemoryTree

NOTHING_GIVEN = Given()


def outputs(
    files: Mapping[str, str], rules: Sequence[Rule], catalog: Catalog, given: Given = NOTHING_GIVEN
) -> tuple[Report, dict[str, str]]:
    """The report of some files, and what every format, `graph` and `baseline` make of them, by name."""
    tree = MemoryTree(files)
    masking = [rule for rule in rules if rule.family == "secrets"]
    report = check(tree, (), Options(rules, catalog, masking, profile="strict", inputs=given))
    return report, {**rendered(report, rules), **dict(_graphs(tree, catalog, masking))}


def differences(
    base: Mapping[str, str], head: Mapping[str, str], rules: Sequence[Rule], catalog: Catalog
) -> dict[str, str]:
    """What every format makes of a change from some files to others, by name."""
    masking = [rule for rule in rules if rule.family == "secrets"]
    changed = {path for path in {*base, *head} if base.get(path) != head.get(path)}
    sides = Side(MemoryTree(base), "base"), Side(MemoryTree(head), "head")
    report = compare(*sides, changed, (), Options(rules, catalog, masking, profile="strict"))
    return {f"diff {name}": text for name, text in rendered(report, rules).items()}


def rendered(report: Report, rules: Sequence[Rule]) -> dict[str, str]:
    """A report in every format, and as a baseline."""
    context = Context(__version__, rule_texts(rules), shown_line, show_undecided=True, width=200)
    found = {name: render(name, report, context) for name in FORMATS}
    found["baseline"] = render_baseline(map(entry, report.findings))
    return found


def _graphs(tree: MemoryTree, catalog: Catalog, masking: Sequence[Rule]) -> Iterator[tuple[str, str]]:
    found = graphs(tree, (), catalog)
    veil = veil_over(found, catalog, masking)
    for name, make in GRAPH_FORMATS.items():
        yield f"graph {name}", make(found, veil, concealing(veil))
