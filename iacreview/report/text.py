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
    skipped_text,
    stale_text,
    undecided_text,
    unread_text,
)
from iacreview.report.context import Context
from iacreview.report.escape import clean, without_commands
from iacreview.report.printer import Printer
from iacreview.report.summary import failing, ordered_skipped, ordered_undecided, summary


def render(report: Report, context: Context) -> str:
<<<<<<< HEAD
    """Findings grouped by file, what was not reviewed, and a verdict in the last line."""
    printer = _Printer(report, context)
    sections = [
        *printer.first(),
        *printer.files(),
        *printer.deltas(),
        *printer.listed("Fixed", [_short(each) for each in with_status(report, "fixed")]),
        *printer.listed(UNREAD, unread_changes(report)),
        *printer.listed("Undecided", [_undecided(each) for each in _shown_undecided(report, context)], None),
        *printer.listed("Suppressions to look at", [idle_text(each) for each in idle_suppressions(report)]),
        *printer.listed("No longer in the code", [stale_text(each) for each in sorted(report.stale)]),
        *printer.listed("Skipped", [_skipped(each) for each in ordered_skipped(report.skipped)]),
        *printer.listed("Could not be read", [_error(each) for each in sorted(report.errors)]),
        printer.verdict(),
    ]
    return without_commands("\n\n".join(sections) + "\n")
=======
    """Findings by file, what was not reviewed, and a verdict in the last line; of a change, the verdict first."""
    if report.change is not None:
        from iacreview.report.change_text import sections

        return without_commands("\n\n".join(sections(report, report.change, context)) + "\n")
    return without_commands("\n\n".join(_sections(report, context)) + "\n")
>>>>>>> main


def _sections(report: Report, context: Context) -> Iterator[str]:
    printer = Printer(report, context)
    undecided = ordered_undecided(report.undecided) if context.show_undecided else ()
    yield from _files(report, printer)
    yield from printer.listed("Undecided", [undecided_text(each) for each in undecided], None)
    yield from printer.listed("Suppressions to look at", [idle_text(each) for each in idle_suppressions(report)])
    yield from printer.listed("No longer in the code", [stale_text(each) for each in sorted(report.stale)])
    yield from printer.listed("Skipped", [skipped_text(each) for each in ordered_skipped(report.skipped)])
    yield from printer.listed("Could not be read", [error_text(each) for each in sorted(report.errors)])
    yield _verdict(report, context, printer)


<<<<<<< HEAD
    def style(self, text: str, *styles: str) -> str:
        if not self._colour or not styles:
            return text
        return f"\x1b[{';'.join(_STYLES[style] for style in styles)}m{text}\x1b[0m"

    def first(self) -> Iterator[str]:
        """What was compared, and what a change does beside its findings: a reviewer must see it first."""
        change = self._report.change
        if change is None:
            return
        yield self.style(f"From {clean(change.base)} to {clean(change.head)}", "dim")
        items = [f"{where(each)}: {each.message}" for each in settings(self._report)]
        items += [f"protection removed: {protection_text(each)}" for each in change.protection_removed]
        items += [f"new suppression: {suppression_text(each)}" for each in new_suppressions(self._report)]
        yield from self.listed("Look at these first", items, None)

    def files(self) -> Iterator[str]:
        """A section for each file that has findings which count."""
        path = None
        shown_first = () if self._report.change is None else SETTINGS
        for finding in failing(self._report):
            if finding.rule in shown_first:
                continue
            lines = list(self.finding(finding))
            if finding.span.path != path:
                path = finding.span.path
                lines.insert(0, self.style(clean(path), "bold"))
            yield "\n".join(lines)

    def deltas(self) -> Iterator[str]:
        """What a change lets whom do and reach."""
        change = self._report.change
        if change is not None and any(change.deltas):
            from iacreview.report.delta_blocks import text_blocks
            from iacreview.report.deltas import sections

            yield from text_blocks(sections(change.deltas), self.wrapped, lambda title: self.style(title, "bold"))

    def finding(self, finding: Finding) -> Iterator[str]:
        yield f"  {self.headline(finding)}"
        yield from self.wrapped(finding.message, INDENT)
        styles = _SEVERITY_STYLES[finding.severity]
        yield from self.excerpt(self._excerpts.excerpt(finding.span), styles, finding.changed)
        for each in finding.related:
            yield from self.wrapped(f"{each.message}: {_where(each.span)}", INDENT + "= ", INDENT + "  ")
            if each.message.startswith(CAUSE) and each.span.start < each.span.end:
                yield from self.excerpt(self._excerpts.excerpt(each.span), ("green",), True)
        if finding.remediation:
            yield from self.remediation(finding.remediation)

    def headline(self, finding: Finding) -> str:
        """`high  ENC001 unencrypted-at-rest  3:5  aws_db_instance.main`"""
=======
def _files(report: Report, printer: Printer) -> Iterator[str]:
    """A section for each file that has findings which count."""
    path = None
    for finding in failing(report):
>>>>>>> main
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
