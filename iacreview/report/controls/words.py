"""What every format says of controls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from iacreview.model.control import NOTHING_HERE, STATES, Assessment, ControlReport, Evidence
from iacreview.report.changes import count

CAVEAT = "This is what the files show. Whether a control is met is for people to judge, with what lies outside of them."
# The parts of a control, in their order, as people read them.
PARTS = ("shown by", "contradicted by", "undecided")


def counts(report: ControlReport) -> dict[str, int]:
    """How many controls are in each state, those of zero included."""
    found = Counter(each.state for each in report.assessments)
    return {state: found[state] for state in STATES}


def summary(report: ControlReport) -> str:
    """`25 controls: 4 shown, 2 partly ...; rules or protections stand for 21`"""
    said = ", ".join(f"{number} {state}" for state, number in counts(report).items() if number)
    return f"{count(len(report.assessments), 'control')}: {said}"


def coverage(report: ControlReport) -> str:
    """How many controls any rule or protection stands for."""
    reached = sum(1 for each in report.assessments if each.reached)
    return f"Rules or protections stand for {reached} of {len(report.assessments)}"


def scope(report: ControlReport) -> str:
    """`12 resources in 2 units`"""
    return f"{count(report.resources, 'resource')} in {count(report.units, 'unit')}"


def parts(each: Assessment) -> tuple[tuple[Evidence, ...], ...]:
    """What belongs to PARTS."""
    return each.shown, each.contradicted, each.undecided


def together(found: Iterable[Evidence]) -> list[Evidence]:
    """The evidence with what several rules say of the same place as one."""
    groups: dict[tuple[str, str, str], list[Evidence]] = {}
    for each in found:
        groups.setdefault((place(each), each.resource.address, each.said), []).append(each)
    return [group[0]._replace(by=", ".join(dict.fromkeys(each.by for each in group))) for group in groups.values()]


def place(each: Evidence) -> str:
    return f"{each.span.path}:{each.span.first.line}"


def standing_for(each: Assessment) -> str:
    """`rules: ENC001, ENC002; protections: trail`; empty where nothing stands for it."""
    named = (("rules", each.rules), ("protections", each.protections))
    return "; ".join(f"{what}: {', '.join(found)}" for what, found in named if found)


def empty(each: Assessment) -> bool:
    """Whether there is nothing to say of a control but its state."""
    return each.state == NOTHING_HERE and not each.lost
