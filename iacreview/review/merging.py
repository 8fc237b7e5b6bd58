"""A merge compared with all of its parents: what one of them has already, the merge does not bring."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from iacreview.model.delta import Access, Deltas
from iacreview.model.finding import FAILING, Change, Finding, Report, Suppression, place_of

_Each = TypeVar("_Each")


def of_all_parents(report: Report, others: Sequence[Report]) -> Report:
    """The report of a merge by its first parent, without what is not new to the others; all are of the same head."""
    for other in others:
        report = _of_both(report, other)
    return report


def new_to_all(findings: Sequence[Finding], others: Sequence[Sequence[Finding]]) -> list[Finding]:
    """The findings that every parent's comparison has."""
    for other in others:
        findings = _in_both(findings, other, _key)
    return list(findings)


def _of_both(report: Report, other: Report) -> Report:
    new = {_key(each) for each in other.findings if each.status in FAILING}
    findings = [each if each.status not in FAILING or _key(each) in new else _old(each) for each in report.findings]
    added = {_said(each) for each in other.suppressions if each.new}
    suppressions = [each._replace(new=each.new and _said(each) in added) for each in report.suppressions]
    change = _change(report.change, other.change) if report.change is not None and other.change is not None else None
    return report._replace(findings=tuple(findings), suppressions=tuple(suppressions), change=change)


def _old(finding: Finding) -> Finding:
    """A finding that another parent has: without what the comparison said of it."""
    message = finding.message[: finding.message.find(finding.said) + len(finding.said)] if finding.said else ""
    related = tuple(each for each in finding.related if not each.message.startswith("changed here"))
    return finding._replace(status="unchanged", message=message or finding.message, related=related, changed=False)


def _change(one: Change, other: Change) -> Change:
    return one._replace(
        base=f"{one.base} and {other.base}",
        protection_removed=_in_both(one.protection_removed, other.protection_removed, lambda each: each[:2]),
        protection_added=_in_both(one.protection_added, other.protection_added, lambda each: each[:2]),
        unread_modules=_in_both(one.unread_modules, other.unread_modules, lambda each: (each.address, each.arguments)),
        newly_undecided=_in_both(one.newly_undecided, other.newly_undecided, lambda each: each.undecided[:3]),
        newly_suppressed=_in_both(one.newly_suppressed, other.newly_suppressed, lambda each: _key(each.finding)),
        revealed=_in_both(one.revealed, other.revealed, lambda each: each.fingerprint),
        newly_skipped=_in_both(one.newly_skipped, other.newly_skipped, lambda each: each),
        code=_in_both(one.code, other.code, lambda each: (each.address, each.properties)),
        foreign=_in_both(one.foreign, other.foreign, _said),
        deltas=_deltas(one.deltas, other.deltas),
        # They are about one base.
        split=0,
        merged=0,
    )


def _deltas(one: Deltas, other: Deltas) -> Deltas:
    """What is added to both, and taken from both."""
    return Deltas(
        _in_both(one.access_added, other.access_added, _permission),
        _in_both(one.access_removed, other.access_removed, _permission),
        _in_both(one.reach_added, other.reach_added, lambda each: each[:5]),
        _in_both(one.reach_removed, other.reach_removed, lambda each: each[:5]),
        _in_both(one.data_at_risk, other.data_at_risk, lambda each: each[:4]),
    )


def _permission(each: Access) -> Hashable:
    return each.principal, each.guarded, each.via, each.actions, each.resources, each.conditions


def _in_both(ours: Iterable[_Each], theirs: Iterable[_Each], key: Callable[[_Each], Hashable]) -> tuple[_Each, ...]:
    known = {key(each) for each in theirs}
    return tuple(each for each in ours if key(each) in known)


def _key(finding: Finding) -> Hashable:
    """What tells a finding of the head from another one, whatever it was compared with."""
    return finding.rule, finding.resource, *place_of(finding.span), finding.property, finding.said or finding.message


def _said(each: Suppression) -> Hashable:
    return each.tool, each.rules, *place_of(each.span)
