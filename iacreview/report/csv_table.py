"""Findings as comma-separated values, for spreadsheets (RFC 4180, with line feeds)."""

from __future__ import annotations

import csv
from io import StringIO

from iacreview.model.finding import Finding, Report
from iacreview.report.changes import error_reason
from iacreview.report.context import Context
from iacreview.report.escape import csv_field
from iacreview.report.summary import ordered, ordered_suppressed

COLUMNS = (
    "status",
    "severity",
    "rule",
    "name",
    "family",
    "path",
    "line",
    "column",
    "end_line",
    "end_column",
    "address",
    "type",
    "kind",
    "message",
    "remediation",
    "fingerprint",
    "aliases",
    "reason",
    "resource_path",
    "resource_line",
)


def render(report: Report, context: Context) -> str:
    """A header and a row for each finding; those that are suppressed have a reason."""
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for finding in ordered(report.findings):
        writer.writerow(_row(finding, finding.status or "", ""))
    for finding, reason in ordered_suppressed(report.suppressed):
        writer.writerow(_row(finding, "suppressed", reason))
    for each in sorted(report.errors):
        row = {"status": "error", "path": each.path, "message": error_reason(each)}
        writer.writerow([csv_field(row.get(column, "")) for column in COLUMNS])
    return stream.getvalue()


def _row(finding: Finding, status: str, reason: str) -> list[str]:
    first, last = finding.span.first, finding.span.last
    resource = finding.resource
    fields = (
        status,
        finding.severity.label,
        finding.rule,
        finding.name,
        finding.family,
        finding.span.path,
        str(first.line),
        str(first.column),
        str(last.line),
        str(last.column),
        resource.address if resource else "",
        resource.type if resource else "",
        resource.kind if resource else "",
        finding.message,
        finding.remediation,
        finding.fingerprint,
        " ".join(finding.aliases),
        reason,
        finding.blocks[0].path if finding.blocks else "",
        str(finding.blocks[0].first.line) if finding.blocks else "",
    )
    return [csv_field(field) for field in fields]
