"""The report for people at a terminal or in a log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iacreview.model.finding import SEVERITIES, Report
from iacreview.report.changes import (
    count,
    error_text,
    idle_suppressions,
    idle_text,
    skipped_texts,
    stale_text,
    undecided_text,
    unread_text,
)
from iacreview.report.context import Context
from iacreview.report.escape import clean, without_commands
from iacreview.report.printer import Printer
from iacreview.report.summary import failing, ordered_undecided, summary


def render(report: Report, context: Context) -> str:
    """Findings by file, what was not reviewed, and a verdict in the last line; of a change, the verdict first."""
    if report.change is not None:
        from iacreview.report.change_text import sections

        return without_commands("\n\n".join(sections(report, report.change, context)) + "\n")
    return without_commands("\n\n".join(_sections(report, context)) + "\n")


def _sections(report: Report, context: Context) -> Iterator[str]:
    printer = Printer(report, context)
    undecided = ordered_undecided(report.undecided) if context.show_undecided else ()
    yield from _files(report, printer)
    yield from printer.listed("Undecided", [undecided_text(each) for each in undecided], None)
    yield from printer.listed("Suppressions to look at", [idle_text(each) for each in idle_suppressions(report)])
    yield from printer.listed("No longer in the code", [stale_text(each) for each in sorted(report.stale)])
    yield from printer.listed("Skipped", skipped_texts(report.skipped))
    yield from printer.listed("Could not be read", [error_text(each) for each in sorted(report.errors)])
    yield _verdict(report, context, printer)


def _files(report: Report, printer: Printer) -> Iterator[str]:
    """A section for each file that has findings which count."""
    path = None
    for finding in failing(report):
        first = finding.span.first
        lines = list(printer.finding(finding, f"{first.line}:{first.column}"))
        if finding.span.path != path:
            path = finding.span.path
            lines.insert(0, printer.style(clean(path), "bold"))
        yield "\n".join(lines)


def _verdict(report: Report, context: Context, printer: Printer) -> str:
    counts = summary(report)
    beside = _beside(counts, context.show_undecided)
    text, colour = _judgement(counts, context.languages)
    if context.advice and not counts["units"]:
        text = f"{text} {context.advice}"
    if not_read := unread_text(report):
        text = f"{text.removesuffix('.')}; {not_read} read."
    return "\n".join([*([beside] if beside else []), printer.style(text, "bold", colour)])


def _judgement(counts: dict[str, Any], languages: str) -> tuple[str, str]:
    """The last line, and its colour."""
    scope = _scope(counts)
    if counts["findings"]:
        by_severity = counts["by_severity"]
        split = ", ".join(f"{by_severity[name]} {name}" for name in SEVERITIES if by_severity[name])
        return f"{count(counts['findings'], 'finding')} ({split}) in {scope}.", "red"
    if counts["errors"]:
        return f"No findings in {scope}, but not everything could be read.", "red"
    if not counts["units"]:
        return f"Nothing to review: no {languages} was found.", "yellow"
    return f"No findings in {scope}.", "green"


def _scope(counts: dict[str, Any]) -> str:
    return ", ".join(count(counts[key], key[:-1]) for key in ("resources", "units", "files"))


def _beside(counts: dict[str, Any], shows_undecided: bool) -> str:
    """What does not show among the findings."""
    names = {
        "suppressed": "suppressed",
        "undecided": "undecided" if shows_undecided else "undecided (--show-undecided lists them)",
        "skipped": "skipped",
        "errors": "could not be read",
    }
    said = [f"{counts[key]} {name}" for key, name in names.items() if counts[key]]
    return f"Besides: {', '.join(said)}." if said else ""
