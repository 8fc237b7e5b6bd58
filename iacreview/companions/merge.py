"""What companions say brought into a report, without what we say ourselves."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from iacreview.companions.process import Answer, Result
from iacreview.engine.judge import fingerprint
from iacreview.model.finding import Finding, Report, ResourceName, Severity


def merged(
    report: Report, answer: Answer, units: Mapping[str, Sequence[str]], aliases: Mapping[str, tuple[str, str]]
) -> Report:
    """The report with the companions' findings that none of ours stands for, suppressed ones included.

    `units` names the units that a file belongs to. Each result counts once, however often it is said.
    """
    own = [*report.findings, *(each for each, _ in report.suppressed)]
    by_alias: dict[str, list[Finding]] = {}
    by_rule: dict[str, list[Finding]] = {}
    for finding in own:
        by_rule.setdefault(finding.rule, []).append(finding)
        for alias in finding.aliases:
            by_alias.setdefault(alias, []).append(finding)
    added: dict[tuple[object, ...], Finding] = {}
    for result in answer.results:
        told = any(_same(finding, result) for finding in by_alias.get(result.check, ()))
        if not told and not any(_on_its_line(finding, result) for finding in by_rule.get(result.rule, ())):
            found = _finding(result, units, aliases)
            added.setdefault((found.rule, found.span, found.resource, found.message), found)
    findings = (*report.findings, *added.values())
    ordered = sorted(findings, key=lambda each: (each.span.path, each.span.start, each.rule, each.message))
    return report._replace(findings=tuple(ordered), errors=(*report.errors, *answer.errors))


def _same(finding: Finding, result: Result) -> bool:
    """Whether both are about the same resource: by its address, or by where it is."""
    if finding.resource is not None and result.address and _plain(finding.resource.address) == _plain(result.address):
        return True
    spans = (finding.span, *finding.blocks[:1])
    return any(
        span.path == result.span.path and span.start < result.span.end and result.span.start < span.end
        for span in spans
    )


def _on_its_line(finding: Finding, result: Result) -> bool:
    """Whether a finding begins on the line where a result does."""
    one, other = finding.span, result.span
    return (one.path, one.first.line) == (other.path, other.first.line)


def _plain(address: str) -> str:
    """An address without instance keys, which not every tool names."""
    return re.sub(r"\[[^\]]*\]", "", address)


def _finding(result: Result, units: Mapping[str, Sequence[str]], aliases: Mapping[str, tuple[str, str]]) -> Finding:
    family, severity = aliases.get(result.check, ("operations", result.severity))
    path = result.span.path
    key = re.sub(r"\[\d+\]|/\d+", "", result.key)
    return Finding(
        rule=result.check,
        name=_name(result.title),
        family=family,
        severity=Severity[severity.upper()] if severity.upper() in Severity.__members__ else Severity.MEDIUM,
        message=result.message,
        resource=ResourceName(result.address, result.type, "") if result.address else None,
        span=result.span,
        fingerprint=fingerprint(result.check, result.address or path, key),
        aliases=(result.check,),
        remediation=f"see {result.page}" if result.page else "",
        property=key,
        units=tuple(units.get(path, (path,))),
    )


def _name(title: str) -> str:
    """A check's title as a name of ours would be: `ensure-s3-bucket-has-access-logging`."""
    words = re.findall(r"[a-z0-9]+", title.lower())
    return "-".join(words[:6]) or "check"
