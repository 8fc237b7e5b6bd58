"""Annotations for GitHub Actions. Source: "Workflow commands for GitHub Actions" (GitHub Docs)."""

from __future__ import annotations

from collections.abc import Iterator

from iacreview.model.finding import Finding, InputError, Report, Suppression
from iacreview.model.source import Span
from iacreview.report.changes import count, error_reason, fix_line, judgement, new_suppressions
from iacreview.report.context import Context
from iacreview.report.escape import clean, command_data, command_property
from iacreview.report.placing import Placed, placed
from iacreview.report.summary import failing, ordered_skipped, summary

_LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "notice", "info": "notice"}


def render(report: Report, context: Context) -> str:
    """A command for each finding that counts, worst first since GitHub shows ten of a level, and the totals."""
    findings = sorted(failing(report), key=lambda each: -each.severity)
    lines = [
        *(_finding(each) for each in findings),
        *(_suppression(each) for each in new_suppressions(report)),
        *(_error(each) for each in sorted(report.errors)),
        _totals(report),
    ]
    return "\n".join(lines) + "\n"


def _finding(finding: Finding) -> str:
    title = f"{finding.rule} {finding.name} ({finding.severity.label})"
    place = placed(finding)
    return _command(_LEVELS[finding.severity.label], place.span, title, "\n".join(_text(finding, place)))


def _text(finding: Finding, place: Placed) -> Iterator[str]:
    subject = f"{finding.resource.address}: " if finding.resource else ""
    status = f" [{finding.status}]" if finding.status else ""
    yield clean(f"{subject}{finding.message}{status}")
    for each in place.related:
        yield clean(f"{each.message}: {each.span.path}:{each.span.first.line}")
    if finding.remediation:
        yield clean(f"Fix: {fix_line(finding.remediation)}")


def _suppression(each: Suppression) -> str:
    text = f"{', '.join(each.rules)}: {each.reason or 'no reason given'}"
    return _command("notice", each.span, f"New suppression ({each.tool})", clean(text))


def _error(each: InputError) -> str:
    path = command_property(clean(each.path))
    return f"::error file={path},title=Could not be read::{command_data(clean(error_reason(each)))}"


def _command(level: str, span: Span, title: str, text: str) -> str:
    first, last = span.first, span.last
    place = [f"file={command_property(clean(span.path))}", f"line={first.line}", f"endLine={last.line}"]
    if first.line == last.line:  # GitHub takes columns on one line only
        place += [f"col={first.column}", f"endColumn={last.column}"]
    place.append(f"title={command_property(clean(title))}")
    return f"::{level} {','.join(place)}::{command_data(text)}"


def _totals(report: Report) -> str:
    counts = summary(report)
    said = judgement(report) if report.change else count(counts["findings"], "finding")
    skipped = len(ordered_skipped(report.skipped))
    beside = f"{counts['suppressed']} suppressed, {counts['undecided']} undecided, {skipped} skipped"
    beside += f", {counts['errors']} could not be read"
    return f"iacreview: {said} in {count(counts['resources'], 'resource')}; {beside}."
