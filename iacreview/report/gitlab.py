"""GitLab's Code Quality report. Source: "Code Quality: Code Quality report format" (GitLab Docs)."""

from __future__ import annotations

from typing import Any

from iacreview.model.digest import digest
from iacreview.model.finding import Finding, InputError, Report
from iacreview.report.changes import error_reason
from iacreview.report.context import Context
from iacreview.report.escape import clean
from iacreview.report.jsontext import document
from iacreview.report.placing import own_place, placed
from iacreview.report.summary import failing

_SEVERITIES = {"critical": "blocker", "high": "critical", "medium": "major", "low": "minor", "info": "info"}


def render(report: Report, context: Context) -> str:
    """A JSON array, an entry for each finding that counts and for each file that could not be read."""
    seen: dict[str, int] = {}
    entries = [_finding(each, seen) for each in failing(report)]
    entries += [_error(each, seen) for each in sorted(report.errors)]
    return document(entries, depth=1)


def _finding(finding: Finding, seen: dict[str, int]) -> dict[str, Any]:
    address = finding.resource.address if finding.resource else ""
    own = own_place(finding)
    subject = f"{address}{f' ({own.path}:{own.first.line})' if own else ''}: " if address else ""
    place = placed(finding).span
    return {
        "description": clean(f"{subject}{finding.message}"),
        "check_name": finding.rule,
        "fingerprint": _unique((finding.fingerprint, finding.span.path, address), seen),
        "severity": _SEVERITIES[finding.severity.label],
        "location": {
            "path": clean(place.path),
            "lines": {"begin": place.first.line, "end": place.last.line},
        },
    }


def _error(each: InputError, seen: dict[str, int]) -> dict[str, Any]:
    return {
        "description": clean(f"Could not be read: {error_reason(each)}"),
        "check_name": "unreadable-input",
        "fingerprint": _unique(("unreadable-input", each.path), seen),
        "severity": "critical",
        "location": {"path": clean(each.path), "lines": {"begin": 1}},
    }


def _unique(parts: tuple[str, ...], seen: dict[str, int]) -> str:
    """A fingerprint that no line number changes, with a number for what is there more than once."""
    key = "\0".join(parts)
    seen[key] = seen.get(key, 0) + 1
    return digest(f"{key}\0{seen[key]}")
