"""In what a protection is weaker than another one, and whether several together are as strong as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from iacreview.model.logic import NO, UNKNOWN, YES, Truth, any_of
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.protection.items import shown
from iacreview.protection.measures import Measured, weaker
from iacreview.protection.relations import undenied
from iacreview.protection.standing import Standing

_MAX_COMBINATIONS = 1000
_PRESENT = "there is one"


class Loss(NamedTuple):
    """In what the head is weaker: what there was, what there is, and where.

    Where nothing is lost, `certain` is the answer NO.
    """

    certain: Truth
    was: tuple[str, ...] = ()
    now: tuple[str, ...] = ()
    span: Span | None = None


NO_LOSS = Loss(NO)


def said(each: Standing) -> str:
    """What says that a protection is there."""
    return each.said or _PRESENT


def weakening(base: Standing, head: Standing) -> Loss:
    """In what a protection is weaker than the same one in the base."""
    if base.tally is not None and head.tally is not None:
        return _fewer(base, head)
    if base.relation is not None and base.relation.denial is not None:
        return Loss(YES, (said(base),), (said(head),), head.span)
    lost = [each for each in _parts(base, head) if each.certain is not NO]
    was, now = (text for each in lost for text in each.was), (text for each in lost for text in each.now)
    span = next((each.span for each in lost), None)
    return Loss(any_of(each.certain for each in lost), tuple(was), tuple(now), span)


def _parts(base: Standing, head: Standing) -> Iterator[Loss]:
    if head.state is not YES and not (base.state is head.state and base.said == head.said):
        yield Loss(YES if head.state is NO else UNKNOWN, (said(base),), (head.said,), head.span)
    if head.state is NO:
        return
    more = tuple(each for each in head.when if each not in base.when)
    if more:
        yield Loss(UNKNOWN, (said(base),), (f"there is one only {' and '.join(more)}",), head.span)
    if not set(base.subject) <= set(head.subject):
        yield Loss(YES, (_subjects(base),), (_subjects(head),), head.span)
    other = {each.measure.name: each for each in head.measures}
    for each in base.measures:
        now = other.get(each.measure.name)
        answer = weaker(each, now) if now is not None else NO
        if answer is not NO and now is not None:
            yield Loss(answer, (each.said,), (now.said,), now.span)


def _subjects(each: Standing) -> str:
    return f"it guards {', '.join(map(shown, each.subject)) or 'nothing'}"


def _fewer(base: Standing, head: Standing) -> Loss:
    """Less meets a rule than before, and more fails it: what went away altogether is not lost."""
    assert base.tally is not None
    assert head.tally is not None
    if head.tally.met >= base.tally.met:
        return NO_LOSS
    if head.tally.failed > base.tally.failed:
        return Loss(YES, (said(base),), (head.said,), head.span)
    if head.tally.open > base.tally.open:
        return Loss(UNKNOWN, (said(base),), (head.said,), head.span)
    return NO_LOSS


def made_good(base: Standing, others: Sequence[Standing], new: Sequence[Standing], loss: Loss) -> Loss:
    """The loss, less what `others` of the head make good for, or may: of the latter only what is `new` counts."""
    if base.relation is not None and base.relation.denial is not None:
        return _undenied(base, others, loss)
    answer = any_of([_together(base, [each for each in others if each.state is YES]), _possibly(base, new)])
    return NO_LOSS if answer is YES else loss._replace(certain=UNKNOWN) if answer is UNKNOWN else loss


def _undenied(base: Standing, others: Sequence[Standing], loss: Loss) -> Loss:
    assert base.relation is not None
    assert base.relation.denial is not None
    found = [each.relation.denial for each in others if each.relation is not None and each.relation.denial is not None]
    answer, example = undenied(base.relation.denial, found)
    if answer is YES and any(each.state is UNKNOWN for each in others):
        answer = UNKNOWN
    now = (f"{example} is not denied",) if example else loss.now
    return loss._replace(certain=answer, now=now) if answer is not NO else NO_LOSS


def _together(base: Standing, others: Sequence[Standing]) -> Truth:
    """Whether some protections together are as strong as one was."""
    able = [each for each in others if _strong_enough(base, each) and set(each.when) <= set(base.when)]
    shared = [each for each in base.measures if _grows(each)]
    lists = [sorted(each.items) or [""] for each in shared]
    names = [each.measure.name for each in shared]
    combinations = list(product(base.subject, *lists))
    if len(combinations) > _MAX_COMBINATIONS:
        return UNKNOWN
    return YES if able and all(any(_has(each, names, wanted) for each in able) for wanted in combinations) else NO


def _strong_enough(base: Standing, other: Standing) -> bool:
    asked = [each for each in base.measures if each.whole or not _grows(each)]
    return all(answer is NO for answer in _answers(asked, other))


def _answers(measures: Sequence[Measured], other: Standing) -> Iterator[Truth]:
    """Whether another one is weaker, for each of some measures that it has as well."""
    own = {each.measure.name: each for each in other.measures}
    return (weaker(each, own[each.measure.name]) for each in measures if each.measure.name in own)


def _grows(each: Measured) -> bool:
    """Whether several protections may share what is measured: a set of which more is stronger."""
    return each.measure.how == "set" and each.measure.order[0] == "more"


def _has(other: Standing, names: Sequence[str], wanted: tuple[str, ...]) -> bool:
    subject, *items = wanted
    own = {each.measure.name: each for each in other.measures}
    return subject in other.subject and all(
        not item or own[name].whole or item in own[name].items
        for name, item in zip(names, items, strict=True)
        if name in own
    )


def _possibly(base: Standing, others: Sequence[Standing]) -> Truth:
    """Whether a protection of which not all is known may take the place."""
    return UNKNOWN if any(each.state is UNKNOWN or _may_be_as_strong(base, each) for each in others) else NO


def _may_be_as_strong(base: Standing, other: Standing) -> bool:
    return all(answer is not YES for answer in _answers(base.measures, other))


def is_like(other: Standing, base: Standing) -> bool:
    """Whether a protection is of the kind that can take another one's place."""
    return other.name == base.name and other.like == base.like and other.state is not NO and other.tally is None


def may_replace(other: Standing, base: Standing) -> bool:
    """Whether it can stand in for the other one, for some of what that guards at least."""
    unread = other.name == base.name and other.state is UNKNOWN and not other.like and other.tally is None
    return (unread or is_like(other, base)) and not set(base.subject).isdisjoint(other.subject)
