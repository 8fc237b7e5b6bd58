"""What guarded others in the base and does not in the head, or less so.

A protection that is moved, renamed, split or replaced by an equal or stronger one is not lost, nor is one whose subject
is gone: nothing is left to guard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from typing import NamedTuple

from iacreview.model.finding import Protection
from iacreview.model.logic import NO, UNKNOWN, YES, Truth, any_of
from iacreview.protection.measures import RESOURCE, TEXT, Measured, weaker
from iacreview.protection.relations import undenied
from iacreview.protection.standing import Standing
from iacreview.review.units import UnitFacts, moved_address, renamed_units

Standings = Mapping[str, Sequence[Standing]]

_MAX_COMBINATIONS = 1000
_PRESENT, _REMOVED = "there is one", "it is removed"


class Losses(NamedTuple):
    """What a change takes away, and what it adds."""

    removed: tuple[Protection, ...]
    added: tuple[Protection, ...]


class _Loss(NamedTuple):
    """In what the head is weaker. `certain` is NO where nothing is lost."""

    certain: Truth
    was: tuple[str, ...] = ()
    now: tuple[str, ...] = ()
    place: Standing | Measured | None = None


_NONE = _Loss(NO)


def losses(
    before: Standings, after: Standings, base_units: Mapping[str, UnitFacts], head_units: Mapping[str, UnitFacts]
) -> Losses:
    """The protections that a change takes away or weakens, and those that it adds to what there was already."""
    sides = _Sides(before, after, base_units, head_units)
    removed = [found for unit, each in sides.every_base() if (found := sides.lost(unit, each)) is not None]
    added = [found for unit, each in sides.every_head() if (found := sides.gained(unit, each)) is not None]
    return Losses(_once(removed), _once(added))


def _once(found: Sequence[Protection]) -> tuple[Protection, ...]:
    return tuple(dict.fromkeys(found))


class _Sides:
    """Both sides, the base in the head's words."""

    def __init__(
        self,
        before: Standings,
        after: Standings,
        base_units: Mapping[str, UnitFacts],
        head_units: Mapping[str, UnitFacts],
    ) -> None:
        self._base_units, self._head_units = base_units, head_units
        self._renamed = renamed_units(base_units, head_units)
        self._own = {self._renamed.get(path, path): path for path in base_units}
        self._addresses = {path: self._by_name(path) for path in base_units}
        self._before: dict[str, list[Standing]] = {}
        for unit, found in before.items():
            moved = partial(self._moved, unit)
            self._before[self._renamed.get(unit, unit)] = [_in_words_of_the_head(each, moved) for each in found]
        self._after = after

    def every_base(self) -> Iterator[tuple[str, Standing]]:
        return ((unit, each) for unit, found in self._before.items() for each in found)

    def every_head(self) -> Iterator[tuple[str, Standing]]:
        return ((unit, each) for unit, found in self._after.items() for each in found)

    def _by_name(self, unit: str) -> dict[str, str]:
        """The head's address of what has another one there, and the same physical name."""
        base, head = self._base_units[unit], self._head_units.get(self._renamed[unit])
        if head is None:
            return {}
        there = {(head.types.get(address), name): address for address, name in head.names.items()}
        found = {}
        for address, name in base.names.items():
            other = there.get((base.types.get(address), name))
            if other is not None and self._by_moves(unit, address) not in head.types:
                found[address] = other
        return found

    def _by_moves(self, unit: str, address: str) -> str:
        head = self._head_units.get(self._renamed.get(unit, unit))
        return moved_address(address, head.moved) if head is not None and head.moved else address

    def _moved(self, unit: str, address: str) -> str:
        """Where a resource of the base is in the head."""
        return self._addresses.get(unit, {}).get(address) or self._by_moves(unit, address)

    def lost(self, unit: str, base: Standing) -> Protection | None:
        """What is lost of one of the base; None where nothing is."""
        if base.state is NO and base.tally is None:
            return None
        base = base._replace(subject=tuple(each for each in base.subject if not self._is_gone(unit, each)))
        if not base.subject:
            return None
        head = self._counterpart(unit, base)
        if head is None and base.tally is not None:
            return None
        loss = _Loss(YES, (_said(base),), (_REMOVED,)) if head is None else _weakening(base, head)
        if loss.certain is not NO:
            loss = self._replaced(unit, base, loss)
        if loss.certain is NO or (base.state is UNKNOWN and head is not None and loss.certain is UNKNOWN):
            return None
        return _protection(base, head, loss if base.state is YES or base.tally else loss._replace(certain=UNKNOWN))

    def gained(self, unit: str, head: Standing) -> Protection | None:
        """What the head has for a subject that the base had, too, and that nothing guarded so."""
        if head.state is not YES or not any(self._was_there(unit, each) for each in head.subject):
            return None
        known = [each for each in self._before.get(unit, ()) if each.name == head.name and each.state is not NO]
        if any(set(each.subject) & set(head.subject) and each.like == head.like for each in known):
            return None
        return Protection(head.resource, head.what, head.span, name=head.name, now=head.said)

    def _counterpart(self, unit: str, base: Standing) -> Standing | None:
        """The same resource's in the head; members of a collection have no address of their own."""
        found = [
            each
            for each in self._after.get(unit, ())
            if (each.name, each.key, each.resource.address) == (base.name, base.key, base.resource.address)
        ]
        return found[0] if len(found) == 1 else None

    def _is_gone(self, unit: str, subject: str) -> bool:
        """Whether what is guarded was in the base, and is not in the head."""
        base, head = self._base_units.get(self._own.get(unit, unit)), self._head_units.get(unit)
        if subject.startswith(RESOURCE):
            return head is None or subject[1:] not in head.types
        if base is None or not subject.startswith(TEXT) or subject.startswith(f"{TEXT}account "):
            return False
        return subject[1:] in base.names.values() and (head is None or subject[1:] not in head.names.values())

    def _was_there(self, unit: str, subject: str) -> bool:
        base = self._base_units.get(self._own.get(unit, unit))
        if base is None or not subject.startswith(RESOURCE):
            return base is not None
        return any(self._moved(base.path, address) == subject[1:] for address in base.types)

    def _replaced(self, unit: str, base: Standing, loss: _Loss) -> _Loss:
        """The loss, less what other protections of the head make good for."""
        others = [each for each in self._after.get(unit, ()) if _may_replace(each, base)]
        for path, found in self._after.items():
            if path != unit and base.subject[0].startswith(f"{TEXT}account "):
                others += [each for each in found if _is_like(each, base) and not self._was_in(path, each)]
        if base.relation is not None and base.relation.denial is not None:
            return _undenied(base, others, loss)
        if base.tally is not None:
            return loss
        new = [each for each in others if not self._was_in(unit, each)]
        answer = any_of([_together(base, [each for each in others if each.state is YES]), _possibly(base, new)])
        return _NONE if answer is YES else loss._replace(certain=UNKNOWN) if answer is UNKNOWN else loss

    def _was_in(self, unit: str, head: Standing) -> bool:
        """Whether the base had it there, so that it takes no other's place."""
        return any(
            each.name == head.name and each.resource.address == head.resource.address and each.state is not NO
            for each in self._before.get(unit, ())
        )


def _in_words_of_the_head(each: Standing, moved: Callable[[str], str]) -> Standing:
    def renamed(item: str) -> str:
        return RESOURCE + moved(item[1:]) if item.startswith(RESOURCE) else item

    return each._replace(
        resource=each.resource._replace(address=moved(each.resource.address)),
        subject=tuple(map(renamed, each.subject)),
        like=tuple(tuple(map(renamed, items)) for items in each.like),
        measures=tuple(found._replace(items=frozenset(map(renamed, found.items))) for found in each.measures),
    )


def _said(each: Standing) -> str:
    return each.said or _PRESENT


def _weakening(base: Standing, head: Standing) -> _Loss:
    """In what a protection is weaker than the same one in the base."""
    if base.tally is not None and head.tally is not None:
        return _fewer(base, head)
    if base.relation is not None and base.relation.denial is not None:
        return _Loss(YES, (_said(base),), (_said(head),), head)
    found = list(_parts(base, head))
    certain = any_of(each.certain for each in found)
    lost = [each for each in found if each.certain is not NO]
    place = next((each.place for each in lost), None)
    return _Loss(
        certain,
        tuple(text for each in lost for text in each.was),
        tuple(text for each in lost for text in each.now),
        place,
    )


def _parts(base: Standing, head: Standing) -> Iterator[_Loss]:
    if head.state is not YES and not (base.state is head.state and base.said == head.said):
        yield _Loss(YES if head.state is NO else UNKNOWN, (_said(base),), (head.said,), head)
    if head.state is NO:
        return
    more = tuple(each for each in head.when if each not in base.when)
    if more:
        yield _Loss(UNKNOWN, (_said(base),), (f"there is one only {' and '.join(more)}",), head)
    if not set(base.subject) <= set(head.subject):
        yield _Loss(YES, (_subjects(base),), (_subjects(head),), head)
    other = {each.measure.name: each for each in head.measures}
    for each in base.measures:
        now = other.get(each.measure.name)
        answer = weaker(each, now) if now is not None else NO
        if answer is not NO and now is not None:
            yield _Loss(answer, (each.said,), (now.said,), now)


def _subjects(each: Standing) -> str:
    return f"it guards {', '.join(subject[1:] for subject in each.subject) or 'nothing'}"


def _fewer(base: Standing, head: Standing) -> _Loss:
    """Less meets a rule than before, and more fails it: what went away altogether is not lost."""
    assert base.tally is not None
    assert head.tally is not None
    if head.tally.met >= base.tally.met:
        return _NONE
    if head.tally.failed > base.tally.failed:
        return _Loss(YES, (_said(base),), (head.said,), head)
    if head.tally.open > base.tally.open:
        return _Loss(UNKNOWN, (_said(base),), (head.said,), head)
    return _NONE


def _is_like(other: Standing, base: Standing) -> bool:
    return other.name == base.name and other.like == base.like and other.state is not NO and other.tally is None


def _may_replace(other: Standing, base: Standing) -> bool:
    """Whether a protection of the same unit is one that can stand in, for some of what is guarded at least."""
    if other.name == base.name and other.state is UNKNOWN and not other.like and other.tally is None:
        return set(base.subject) & set(other.subject) != set()
    return _is_like(other, base) and set(base.subject) & set(other.subject) != set()


def _undenied(base: Standing, others: Sequence[Standing], loss: _Loss) -> _Loss:
    assert base.relation is not None
    assert base.relation.denial is not None
    found = [each.relation.denial for each in others if each.relation is not None and each.relation.denial is not None]
    answer, example = undenied(base.relation.denial, found)
    if answer is YES and any(each.state is UNKNOWN for each in others):
        answer = UNKNOWN
    now = (f"{example} is not denied",) if example else loss.now
    return loss._replace(certain=answer, now=now) if answer is not NO else _NONE


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
    own = {each.measure.name: each for each in other.measures}
    asked = [each for each in base.measures if each.whole or not _grows(each)]
    return all(weaker(each, own[each.measure.name]) is NO for each in asked if each.measure.name in own)


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
    return UNKNOWN if any(each.state is UNKNOWN or _may_be_strong_enough(base, each) for each in others) else NO


def _may_be_strong_enough(base: Standing, other: Standing) -> bool:
    own = {each.measure.name: each for each in other.measures}
    return all(weaker(each, own[each.measure.name]) is not YES for each in base.measures if each.measure.name in own)


def _protection(base: Standing, head: Standing | None, loss: _Loss) -> Protection:
    place = loss.place if loss.place is not None and head is not None else base
    return Protection(
        head.resource if head is not None else base.resource,
        base.what,
        place.span,
        base.name,
        "; ".join(dict.fromkeys(loss.was)) or _PRESENT,
        "; ".join(dict.fromkeys(loss.now)),
        loss.certain is YES,
        head is None,
    )
