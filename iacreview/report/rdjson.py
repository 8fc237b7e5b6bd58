"""The Reviewdog Diagnostic Format, for reviewdog. Source: "Reviewdog Diagnostic Format" (reviewdog's documentation)."""

from __future__ import annotations

from typing import Any

from iacreview.model.finding import Finding, InputError, Report
from iacreview.model.source import Position, Span
from iacreview.report.changes import error_reason, fix_line
from iacreview.report.context import Context
from iacreview.report.escape import clean
from iacreview.report.jsontext import document
from iacreview.report.placing import Placed, placed
from iacreview.report.summary import failing

_SEVERITIES = {"critical": "ERROR", "high": "ERROR", "medium": "WARNING", "low": "INFO", "info": "INFO"}


def render(report: Report, context: Context) -> str:
    """One DiagnosticResult, with a diagnostic for each finding that counts and each file that could not be read."""
    diagnostics = [_finding(each, context) for each in failing(report)]
    diagnostics += [_error(each) for each in sorted(report.errors)]
    worst = "ERROR" if any(each["severity"] == "ERROR" for each in diagnostics) else "WARNING"
    return document({"source": {"name": "iacreview"}, "severity": worst, "diagnostics": diagnostics}, depth=2)


def _finding(finding: Finding, context: Context) -> dict[str, Any]:
    place = placed(finding)
    subject = f"{finding.resource.address}: " if finding.resource else ""
    fix = f"\nFix: {clean(fix_line(finding.remediation))}" if finding.remediation else ""
    page = context.rule_page(finding.rule)
    return {
        "message": clean(f"{subject}{finding.message}") + fix,
        "location": _location(place.span),
        "severity": _SEVERITIES[finding.severity.label],
        "code": {"value": finding.rule, **({"url": page} if page else {})},
        **({"related_locations": _related(place)} if place.related else {}),
    }


def _related(place: Placed) -> list[dict[str, Any]]:
    return [{"message": clean(each.message), "location": _location(each.span)} for each in place.related]


def _error(each: InputError) -> dict[str, Any]:
    return {
        "message": clean(f"Could not be read: {error_reason(each)}"),
        "location": {"path": clean(each.path)},
        "severity": "ERROR",
    }


def _location(span: Span) -> dict[str, Any]:
    return {
        "path": clean(span.path),
        "range": {"start": _position(span, span.first), "end": _position(span, span.last)},
    }


def _position(span: Span, position: Position) -> dict[str, int]:
    """The format counts columns in bytes of UTF-8."""
    before = span.source.line(position.line)[: position.column - 1]
    return {"line": position.line, "column": len(before.encode("utf-8", "surrogatepass")) + 1}
