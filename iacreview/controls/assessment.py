"""What is known of each control, put together: evidence, findings, what is undecided and what was lost."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from iacreview.controls.framework import Control, Framework
from iacreview.model.control import (
    CONTRADICTED,
    ELSEWHERE,
    NOT_IN_CODE,
    NOTHING_HERE,
    PARTLY,
    SHOWN,
    UNDECIDED,
    Assessment,
    Evidence,
)
from iacreview.model.finding import Finding, Protection, Report, ResourceName
from iacreview.model.record import NamedTuple


class Gathered(NamedTuple):
    """All that a run found out. `lost` is since the base; `elsewhere` are topics that another repository provides."""

    shown: Sequence[Evidence]
    report: Report
    lost: Sequence[Protection] = ()
    elsewhere: Collection[str] = ()


def assessed(framework: Framework, known: Gathered) -> tuple[Assessment, ...]:
    """What the files say of each control, in the framework's order."""
    against = [_against(each, "") for each in known.report.findings]
    against += [_against(each, f" ({why})") for each, why in known.report.suppressed]
    open = [Evidence(each.rule, each.resource, each.reason, each.span) for each in known.report.undecided]
    return tuple(_assessed(control, known, against, open) for control in framework.controls)


def _against(finding: Finding, why: str) -> Evidence:
    resource = finding.resource or ResourceName(finding.span.path, "file", "")
    return Evidence(finding.rule, resource, f"{finding.message}{why}", finding.span)


def _assessed(control: Control, known: Gathered, against: Sequence[Evidence], open: Sequence[Evidence]) -> Assessment:
    asked = (*control.rules, *control.against)
    contradicted = _of(control, against, asked)
    undecided = _of(control, open, asked)
    disputed = {(each.by, each.resource.address) for each in (*contradicted, *undecided)}
    guards = (each for each in known.shown if control.has(each.by, each.like))
    speaking = (*_of(control, known.shown, control.rules), *_of(control, guards, control.protections))
    shown = _once(each for each in speaking if (each.by, each.resource.address) not in disputed)
    lost = tuple(
        each for each in known.lost if control.has(each.name, each.like) and control.is_about(each.resource.kind)
    )
    state, why = _state(control, shown, contradicted, undecided, known.elsewhere)
    return Assessment(
        control.code,
        control.title,
        state,
        asked,
        control.protections,
        shown,
        contradicted,
        undecided,
        lost,
        why,
    )


def _of(control: Control, found: Iterable[Evidence], by: Collection[str]) -> tuple[Evidence, ...]:
    chosen = {each for each in found if each.by in by and control.is_about(each.resource.kind)}
    return tuple(sorted(chosen, key=lambda each: (each.span.path, each.span.start, each.by, each.resource, each.said)))


def _once(found: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """One for each rule and resource: the first that names a value, else the first."""
    kept: dict[tuple[str, str, str], Evidence] = {}
    for each in found:
        key = each.by, each.resource.address, each.span.path
        if key not in kept or ("`" in each.said and "`" not in kept[key].said):
            kept[key] = each
    return tuple(kept.values())


def _state(
    control: Control,
    shown: Sequence[Evidence],
    contradicted: Sequence[Evidence],
    undecided: Sequence[Evidence],
    elsewhere: Collection[str],
) -> tuple[str, str]:
    """The state, and why where nothing in the files says so."""
    if contradicted:
        return (PARTLY if shown else CONTRADICTED), ""
    if shown:
        return (PARTLY if undecided else SHOWN), ""
    if undecided:
        return UNDECIDED, ""
    if control.outside:
        return NOT_IN_CODE, control.outside
    topics = [each for each in control.topics if each in elsewhere]
    if topics:
        return ELSEWHERE, f"the settings say that another repository provides {', '.join(topics)}"
    stood_for = control.rules or control.against or control.protections
    return NOTHING_HERE, "" if stood_for else "no rule or protection stands for it"
