"""What the decisions of a base have become, so that the counts of both sides add up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from iacreview.decisions import Within, decisions, status_of
from iacreview.model.finding import Finding
from iacreview.model.record import NamedTuple


class Sums(NamedTuple):
    """How many decisions of the head only go on with what another one stands for, and how many of the base go on only
    in what stands for another one.
    """

    split: int
    merged: int


def sums(
    base: Sequence[Finding],
    head: Sequence[Finding],
    origins: Sequence[Finding | None],
    gone: Sequence[Finding],
    within: Within,
) -> Sums:
    """What makes the counts exact: fixed + worsened + unchanged - split + merged is the base's number of decisions.

    `head` has its findings with their status, `origins` those of the base that they continue, one for each; `gone` are
    those of decisions that ended. A decision of the head stands for one of the base at most, and none for another's.
    """
    old = decisions(base, within)
    owner = {id(base[index]): number for number, group in enumerate(old) for index in group}
    going_on = [
        [origins[index] for index in group]
        for group in decisions(head, within)
        if status_of([head[index] for index in group]) != "introduced"
    ]
    stood_for = _chosen([owner[id(each)] for each in group if each is not None] for group in going_on)
    return Sums(len(going_on) - stood_for, len(old) - len(decisions(gone, within)) - stood_for)


def _chosen(continued: Iterable[Sequence[int]]) -> int:
    """How many decisions are stood for where each of the head takes the first that is still free."""
    taken: set[int] = set()
    for each in continued:
        taken.update([number for number in each if number not in taken][:1])
    return len(taken)
