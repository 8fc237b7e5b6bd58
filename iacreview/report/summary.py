"""The order and the counts that every format shares."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from iacreview.model.finding import (
    FAILING,
    FAMILIES,
    MODULE,
    SEVERITIES,
    STATUSES,
    Change,
    Finding,
    Report,
    Suppression,
    Undecided,
)
from iacreview.model.source import Skipped


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Findings by path, place, rule, resource and message."""
    return sorted(findings, key=_finding_key)


def ordered_undecided(undecided: Iterable[Undecided]) -> list[Undecided]:
    """What is undecided, by path, place, rule, resource and reason."""
    return sorted(undecided, key=lambda each: (*_place(each), each.rule, each.resource.address, each.reason))


def ordered_suppressed(suppressed: Iterable[tuple[Finding, str]]) -> list[tuple[Finding, str]]:
    """Findings that do not count, ordered as findings are."""
    return sorted(suppressed, key=lambda pair: (_finding_key(pair[0]), pair[1]))


def ordered_skipped(skipped: Iterable[Skipped]) -> list[Skipped]:
    """What was left out, by path, line and reason."""
    return sorted(skipped, key=lambda each: (each.path, each.line or 0, each.reason))


def ordered_suppressions(suppressions: Iterable[Suppression]) -> list[Suppression]:
    """Suppressions by place, tool and rules."""
    return sorted(suppressions, key=lambda each: (each.span.path, each.span.start, each.tool, each.rules))


def failing(report: Report) -> list[Finding]:
    """The findings that count: all of a check, those introduced or worsened by a change; in order."""
    return ordered(each for each in report.findings if each.status in FAILING)


def with_status(report: Report, status: str) -> list[Finding]:
    """The findings of one status, in order."""
    return ordered(each for each in report.findings if each.status == status)


def summary(report: Report) -> dict[str, Any]:
    """All counts of a report, those of zero included.

    Of a change, the findings and their split are the introduced and the worsened ones; `by_status` has all, and
    `fixed + worsened + unchanged - split + merged` is what the base has.
    """
    severities = dict.fromkeys(SEVERITIES, 0)
    families = dict.fromkeys(FAMILIES, 0)
    counted = failing(report)
    for finding in counted:
        severities[finding.severity.label] += 1
        families[finding.family] = families.get(finding.family, 0) + 1
    return {
        "files": report.files,
        "units": report.units,
        "resources": report.resources,
        "findings": len(counted),
        "by_severity": severities,
        "by_family": families,
        "suppressed": len(report.suppressed),
        "undecided": len(report.undecided),
        "skipped": len(report.skipped),
        "errors": len(report.errors),
        **({"unread_modules": calls} if (calls := unread_calls(report)) else {}),
        **({"by_status": _by_status(report), **_divided(report.change)} if report.change else {}),
    }


def unread_calls(report: Report) -> int:
    """How many calls of modules that are not in the tree are written in the files, whatever instances they have.

    Nested stacks are among what is skipped.
    """
    return len({(each.span.path, each.span.start) for each in report.unread_modules if each.sort == MODULE})


def _by_status(report: Report) -> dict[str, int]:
    return {status: sum(1 for each in report.findings if each.status == status) for status in STATUSES}


def _divided(change: Change) -> dict[str, int]:
    """What makes the counts of the base add up, where decisions were split or merged."""
    return {name: number for name, number in (("split", change.split), ("merged", change.merged)) if number}


def _place(item: Finding | Undecided) -> tuple[str, int, int]:
    return item.span.path, item.span.start, item.span.end


def _finding_key(finding: Finding) -> tuple[str, int, int, str, str, str, str]:
    address = finding.resource.address if finding.resource else ""
    return (*_place(finding), finding.rule, address, finding.message, finding.fingerprint)
