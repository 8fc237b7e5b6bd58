"""SARIF 2.1.0, for code scanning and editors (OASIS, "Static Analysis Results Interchange Format 2.1.0")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iacreview.model.digest import digest
from iacreview.model.finding import Finding, InputError, Report
from iacreview.model.source import Skipped, Span
from iacreview.report.changes import error_reason, protection_text
from iacreview.report.context import Context, RuleText
from iacreview.report.escape import clean, uri
from iacreview.report.jsontext import document
from iacreview.report.placing import placed
from iacreview.report.summary import ordered, ordered_skipped, ordered_suppressed, summary

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "%SRCROOT%"

LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}
# GitHub reads these as: over 9 critical, 7 to 8.9 high, 4 to 6.9 medium, 0.1 to 3.9 low.
SCORES = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0", "info": "0.0"}
BASELINE = {"introduced": "new", "worsened": "updated", "unchanged": "unchanged", "fixed": "absent"}


def render(report: Report, context: Context) -> str:
    """A SARIF log with one run. No text of the reviewed files is in it but names and messages."""
    return document({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report, context)]}, depth=4)


def _run(report: Report, context: Context) -> dict[str, Any]:
    rules = _rules(report, context)
    index = {code: number for number, code in enumerate(rules)}
    # Code scanning would show what is fixed as if it were there.
    results = [_result(finding, index) for finding in ordered(report.findings) if finding.status != "fixed"]
    for finding, reason in ordered_suppressed(report.suppressed):
        results.append({**_result(finding, index), "suppressions": [_suppression(reason)]})
    _number(results)
    used = {each["ruleId"] for each in results}
    driver = {
        "name": "iacreview",
        "version": context.version,
        "semanticVersion": context.version,
        **({"informationUri": context.rule_pages.partition("{code}")[0]} if context.rule_pages else {}),
        "rules": [_descriptor(rule, context, code in used) for code, rule in rules.items()],
    }
    return {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the reviewed tree."}}},
        "invocations": [_invocation(report)],
        "results": results,
        "properties": {
            "command": context.command,
            "summary": summary(report),
            **_protection(report),
            **_deltas(report),
        },
    }


def _protection(report: Report) -> dict[str, Any]:
    """What a change takes away of what guards others: no result, since no rule says so."""
    lost = report.change.protection_removed if report.change is not None else ()
    entries = [
        {
            "protection": each.name,
            "resource": clean(each.resource.address),
            "message": clean(protection_text(each)),
            "certain": each.certain,
        }
        for each in sorted(lost, key=lambda each: (each.resource, each.what, each.now))
    ]
    return {"lostProtection": entries} if entries else {}


def _deltas(report: Report) -> dict[str, Any]:
    """What a change lets whom do and reach, as in the JSON output: SARIF has results for findings alone."""
    if report.change is None:
        return {}
    from iacreview.report.deltas import as_data

    return as_data(report.change.deltas, _location)


def _location(span: Span) -> dict[str, Any]:
    return {"physicalLocation": _physical(span)}


def _rules(report: Report, context: Context) -> dict[str, RuleText]:
    """All rules that ran and all that findings name, by code."""
    findings = [*report.findings, *(finding for finding, _ in report.suppressed)]
    named = {
        each.rule: RuleText(each.rule, each.name, each.family, each.name, "", each.severity.label) for each in findings
    }
    rules = {**named, **context.rules}
    return {code: rules[code] for code in sorted(rules)}


def _number(results: list[dict[str, Any]]) -> None:
    """Gives each result the key by which code scanning knows it again: no line goes into it.

    Source: "SARIF support for code scanning" (GitHub Docs): only `primaryLocationLineHash` is read.
    """
    seen: dict[str, int] = {}
    for each in results:
        path = each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        prints = each.setdefault("partialFingerprints", {})
        key = digest(f"{prints.get('iacreview/v1', each['ruleId'])}\0{path}")[:16]
        seen[key] = seen.get(key, 0) + 1
        prints["primaryLocationLineHash"] = f"{key}:{seen[key]}"


def _descriptor(rule: RuleText, context: Context, used: bool) -> dict[str, Any]:
    text = "\n\n".join(part for part in (rule.why or rule.title, *rule.references) if part)
    markdown = rule.help or (context.help(rule.code) if used else "")
    descriptor: dict[str, Any] = {
        "id": rule.code,
        "name": "".join(word[:1].upper() + word[1:] for word in rule.name.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why or rule.title},
        "help": {"text": text, **({"markdown": markdown} if markdown else {})},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {
            "tags": ["security", rule.family],
            "precision": "high",
            "security-severity": SCORES[rule.severity],
        },
    }
    reference = next((each for each in rule.references if each.startswith("https://")), "")
    page = context.rule_page(rule.code) or reference
    return {**descriptor, "helpUri": page} if page else descriptor


def _result(finding: Finding, index: Mapping[str, int]) -> dict[str, Any]:
    place = placed(finding)
    location: dict[str, Any] = {"physicalLocation": _physical(place.span)}
    if finding.resource:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.resource.address, "kind": "resource"}]
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index[finding.rule],
        "level": LEVELS[finding.severity.label],
        "message": _linked(finding.message) if place.moved else _message(finding.message),
        "locations": [location],
        "properties": _properties(finding),
    }
    if finding.fingerprint:
        result["partialFingerprints"] = {"iacreview/v1": finding.fingerprint}
    if place.related:
        result["relatedLocations"] = [
            {"id": number, "message": _message(each.message), "physicalLocation": _physical(each.span)}
            for number, each in enumerate(place.related, 1)
        ]
    if finding.status in BASELINE:
        result["baselineState"] = BASELINE[finding.status]
    return result


def _properties(finding: Finding) -> dict[str, Any]:
    label = finding.severity.label
    properties: dict[str, Any] = {"severity": label, "security-severity": SCORES[label], "family": finding.family}
    if finding.resource:
        properties["resource"] = {"type": finding.resource.type, "kind": finding.resource.kind}
    if finding.aliases:
        properties["aliases"] = list(finding.aliases)
    if finding.remediation:
        properties["remediation"] = finding.remediation
    return properties


def _message(text: str) -> dict[str, str]:
    """A plain text message. A bracket before a parenthesis would be a link, which reviewed text must not make."""
    shown = clean(text)
    return {"text": shown.replace("[", "\\[").replace("]", "\\]") if "](" in shown else shown}


def _linked(text: str) -> dict[str, str]:
    """A message with a link to the first of the related places."""
    shown = clean(text).replace("[", "\\[").replace("]", "\\]")
    return {"text": f"{shown} ([it takes effect here](1))"}


def _physical(span: Span) -> dict[str, Any]:
    first, last = span.first, span.last
    region = {
        "startLine": first.line,
        "startColumn": first.column,
        "endLine": last.line,
        "endColumn": last.column,
    }
    return {"artifactLocation": _artifact(span.path), "region": region}


def _artifact(path: str) -> dict[str, str]:
    return {"uri": uri(path), "uriBaseId": ROOT}


def _suppression(reason: str) -> dict[str, str]:
    kind = "inSource" if reason.startswith("suppressed by") else "external"
    return {"kind": kind, "status": "accepted", "justification": clean(reason)}


def _invocation(report: Report) -> dict[str, Any]:
    """Whether everything could be read, and a notification for each thing that was not reviewed."""
    notifications = [_error(each) for each in sorted(report.errors)]
    notifications += [_skipped(each) for each in ordered_skipped(report.skipped)]
    return {"executionSuccessful": not report.errors, "toolExecutionNotifications": notifications}


def _error(each: InputError) -> dict[str, Any]:
    return _notification("error", error_reason(each), {"artifactLocation": _artifact(each.path)})


def _skipped(each: Skipped) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": _artifact(each.path)}
    if each.line:
        place["region"] = {"startLine": each.line}
    return _notification("note", f"skipped: {each.reason}", place)


def _notification(level: str, text: str, place: dict[str, Any]) -> dict[str, Any]:
    return {"level": level, "message": _message(text), "locations": [{"physicalLocation": place}]}
