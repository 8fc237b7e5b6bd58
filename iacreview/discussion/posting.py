"""Brings what a report says onto a pull request."""

from __future__ import annotations

from iacreview.discussion.forge import AGAIN, Forge, ForgeError, UnsureError
from iacreview.discussion.plan import Plan, Style, planned
from iacreview.discussion.received import Received
from iacreview.model.record import NamedTuple

# After something of which nobody knows whether it is there, or that was not taken, one looks what there is.
_ROUNDS = 4


class Done(NamedTuple):
    """What was done: how many comments were made, reworded and settled, and whether the summary was written.

    `refused` are those that the server did not take at their lines, `open` those whose threads could not be resolved.
    """

    made: int = 0
    reworded: int = 0
    settled: int = 0
    summary: bool = False
    refused: int = 0
    open: int = 0


def posted(forge: Forge, found: Received, style: Style) -> Done:
    """Makes the pull request say what the report says; a run that was cut off before is completed.

    Raises ForgeError with the next step for what cannot be done.
    """
    refused: set[str] = set()
    made = 0
    for _ in range(_ROUNDS):
        standing = forge.standing(_reviewed(found))
        plan = planned(found, standing, style, refused)
        try:
            left = forge.post(plan.comments)
            made += len(plan.comments) - len(left)
            if left:
                refused |= left
                continue
            unresolved = [each for each in plan.rewrites if not forge.rewrite(each)]
            if plan.summary:
                forge.summarise(standing.summary, plan.summary)
        except UnsureError as error:
            last = error
            continue
        return _done(plan, made, len(refused), len(unresolved))
    raise ForgeError(f"{forge.name} did not do what it was asked for ({last.refusal})", AGAIN)


def rehearsed(forge: Forge, found: Received, style: Style) -> Plan:
    """What would be done."""
    return planned(found, forge.standing(_reviewed(found)), style)


def _reviewed(found: Received) -> str:
    return found.report.change.commit if found.report.change is not None else ""


def _done(plan: Plan, made: int, refused: int, unresolved: int) -> Done:
    settled = sum(1 for each in plan.rewrites if each.settles)
    return Done(made, len(plan.rewrites) - settled, settled, bool(plan.summary), refused, unresolved)
