"""JSON output, version 1: the contract that tools build on (DESIGN.md, section 5)."""

from __future__ import annotations

from typing import Any

from iacreview.model.delta import Deltas
from iacreview.model.finding import (
    Accepted,
    Change,
    CodeChange,
    Finding,
    InputError,
    Protection,
    Report,
    ResourceName,
    StrictOnly,
    Suppression,
    Undecided,
    UnreadChange,
)
from iacreview.model.source import Position, Skipped, Span
from iacreview.report.context import Context
from iacreview.report.jsontext import document
from iacreview.report.summary import (
    ordered,
    ordered_skipped,
    ordered_suppressed,
    ordered_suppressions,
    ordered_undecided,
    summary,
)

SCHEMA_VERSION = 1


def render(report: Report, context: Context) -> str:
    """One JSON object; its text can be encoded as UTF-8 whatever the reviewed files hold."""
    return document(as_data(report, context), depth=2)


def as_data(report: Report, context: Context) -> dict[str, Any]:
    """The report as plain data, in the order of the contract."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "iacreview", "version": context.version},
        **({"change": _change(report.change)} if report.change else {}),
        "findings": [_finding(finding) for finding in ordered(report.findings)],
        "undecided": [_undecided(each) for each in ordered_undecided(report.undecided)],
        "suppressed": [
            {**_finding(finding), "reason": reason} for finding, reason in ordered_suppressed(report.suppressed)
        ],
        "skipped": [_skipped(each) for each in ordered_skipped(report.skipped)],
        "errors": [_error(each) for each in sorted(report.errors)],
        "suppressions": [_suppression(each) for each in ordered_suppressions(report.suppressions)],
        "stale": [_stale(each) for each in sorted(report.stale)],
        **({"protection": _protection(report.change)} if report.change else {}),
        **(_deltas(report.change.deltas) if report.change else {}),
        "summary": summary(report),
    }


def _change(change: Change) -> dict[str, Any]:
    said: dict[str, Any] = {"base": change.base, "head": change.head}
    if change.commit:
        said["commit"] = change.commit
    if change.unread_modules:
        said["unread_modules"] = [_unread(each) for each in change.unread_modules]
    if change.code:
        said["code"] = [_code(each) for each in change.code]
    if change.strict:
        said["strict"] = [_strict(each) for each in change.strict]
    if change.newly_undecided:
        said["newly_undecided"] = [{**_undecided(each.undecided), "was": each.was} for each in change.newly_undecided]
    if change.newly_suppressed:
        said["newly_suppressed"] = [
            {**_finding(each.finding), "suppression": _suppression(each.suppression)}
            for each in change.newly_suppressed
        ]
    if change.revealed:
        said["revealed"] = [_finding(each) for each in change.revealed]
    if change.newly_skipped:
        said["newly_skipped"] = [_skipped(each) for each in change.newly_skipped]
    if change.foreign:
        said["foreign_suppressions"] = [_suppression(each) for each in ordered_suppressions(change.foreign)]
    return said


def _unread(each: UnreadChange) -> dict[str, Any]:
    arguments = [
        {"name": found.argument, "was": found.was or None, "now": found.now or None, "security": found.security}
        for found in each.arguments
    ]
    said: dict[str, Any] = {
        "address": each.address,
        "location": location_data(each.span),
        "arguments": arguments,
    }
    if each.gone:
        said["gone"] = True
    return {**said, "left": True} if each.left else said


def _strict(each: StrictOnly) -> dict[str, Any]:
    finding = each.finding
    return {
        "rule": finding.rule,
        "name": finding.name,
        "severity": finding.severity.label,
        "message": finding.message,
        "address": finding.resource.address if finding.resource else finding.span.path,
        "location": location_data(finding.span),
        "new": each.new,
    }


def _code(each: CodeChange) -> dict[str, Any]:
    return {
        "address": each.address,
        "location": location_data(each.span),
        "noun": each.noun,
        "properties": list(each.properties),
        "runs_as": each.runs_as or None,
        "new": each.new,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "name": finding.name,
        "family": finding.family,
        "severity": finding.severity.label,
        "message": finding.message,
        "resource": {
            **resource_data(finding.resource or ResourceName(finding.span.path, "file", "")),
            **({"location": location_data(finding.blocks[0])} if finding.blocks else {}),
        },
        "location": location_data(finding.span),
        "related": [{"message": each.message, "location": location_data(each.span)} for each in finding.related],
        "fingerprint": finding.fingerprint,
        "aliases": list(finding.aliases),
        "status": finding.status,
        "remediation": finding.remediation,
        **({"units": list(finding.units)} if finding.units else {}),
        **({"instances": list(finding.instances)} if finding.instances else {}),
        **({"also": [_also(each) for each in finding.also]} if finding.also else {}),
        **({"edits": edits} if (edits := _edits(finding)) else {}),
    }


def _edits(finding: Finding) -> list[dict[str, Any]]:
    """What remedies a finding, where that is certain; none where one is in a file that the finding does not name."""
    spans = (finding.span, *(each.span for each in finding.related), *finding.blocks)
    sources = {span.path: span.source for span in spans}
    if any(each.path not in sources for each in finding.edits):
        return []
    places = [(each, Span(sources[each.path], each.start, each.end)) for each in finding.edits]
    return [{"location": location_data(span), "text": each.text} for each, span in places]


def _also(finding: Finding) -> dict[str, Any]:
    """What another rule says of the same decision."""
    return {
        "rule": finding.rule,
        "name": finding.name,
        "severity": finding.severity.label,
        "message": finding.message,
        "location": location_data(finding.span),
        "fingerprint": finding.fingerprint,
        "aliases": list(finding.aliases),
        "status": finding.status,
    }


def resource_data(resource: ResourceName) -> dict[str, str]:
    """A resource as the contract has it."""
    return {"address": resource.address, "type": resource.type, "kind": resource.kind}


def location_data(span: Span) -> dict[str, Any]:
    """A place as the contract has it."""
    return {"path": span.path, "start": _position(span.first), "end": _position(span.last)}


def _suppression(each: Suppression) -> dict[str, Any]:
    return {
        "tool": each.tool,
        "rules": list(each.rules),
        "reason": each.reason,
        "until": each.until,
        "state": each.state,
        "new": each.new,
        **({"approved_by": each.approved_by} if each.approved_by else {}),
        **({"ticket": each.ticket} if each.ticket else {}),
        "location": location_data(each.span),
    }


def _stale(each: Accepted) -> dict[str, Any]:
    lists = {name: list(found) for name, found in (("units", each.units), ("extents", each.extents)) if found}
    return {**{name: getattr(each, name) for name in ("rule", "fingerprint", "path", "resource")}, **lists}


def _protection(change: Change) -> dict[str, Any]:
    def entries(found: tuple[Protection, ...]) -> list[dict[str, Any]]:
        return [protection_data(each) for each in sorted(found, key=lambda each: (each.resource, each.what, each.now))]

    return {"removed": entries(change.protection_removed), "added": entries(change.protection_added)}


def _deltas(deltas: Deltas) -> dict[str, Any]:
    from iacreview.report.deltas import as_data

    return as_data(deltas, location_data)


def protection_data(each: Protection) -> dict[str, Any]:
    """A protection that is lost or added."""
    return {
        "resource": resource_data(each.resource),
        "protection": each.name,
        "what": each.what,
        "was": each.was or None,
        "is": each.now or None,
        "certain": each.certain,
        "side": "base" if each.in_base else "head",
        "location": location_data(each.span),
    }


def _position(position: Position) -> dict[str, int]:
    return {"line": position.line, "column": position.column}


def _undecided(each: Undecided) -> dict[str, Any]:
    return {
        "rule": each.rule,
        "resource": resource_data(each.resource),
        "reason": each.reason,
        "location": location_data(each.span),
        **({"instances": list(each.instances)} if each.instances else {}),
    }


def _skipped(each: Skipped) -> dict[str, Any]:
    return {"path": each.path, "reason": each.reason, "line": each.line}


def _error(each: InputError) -> dict[str, str]:
    return {"path": each.path, "message": each.message, "hint": each.hint}
