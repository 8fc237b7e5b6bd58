"""What guarded others in the base and does not in the head, or less so.

A protection that is moved, renamed, split or replaced by an equal or stronger one is not lost, nor is one whose subject
is gone: nothing is left to guard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from iacreview.model.finding import Protection
from iacreview.model.logic import NO, UNKNOWN, YES
from iacreview.model.record import NamedTuple
from iacreview.protection.comparison import Loss, is_like, made_good, may_replace, said, weakening
from iacreview.protection.items import RESOURCE, TEXT, moved, resources_in
from iacreview.protection.standing import Standing, likeness
from iacreview.review.units import UnitFacts, moved_address, renamed_units

Standings = Mapping[str, Sequence[Standing]]

_ACCOUNT = f"{TEXT}account "
_REMOVED, _SHOWN = "it is removed", "nothing takes from it"
_MOST_SAID = 3


class Losses(NamedTuple):
    """What a change takes away, and what it adds."""

    removed: tuple[Protection, ...]
    added: tuple[Protection, ...]


class _Told(NamedTuple):
    """A loss with the unit it is of, and the protections with which it is told."""

    unit: str
    within: tuple[str, ...]
    protection: Protection

    @property
    def is_of_a_file(self) -> bool:
        """Whether the unit is the very file that it stands in; one that is gone has a mark before its path."""
        return self.unit.lstrip("\0") == self.protection.span.path


def losses(
    before: Standings, after: Standings, base_units: Mapping[str, UnitFacts], head_units: Mapping[str, UnitFacts]
) -> Losses:
    """The protections that a change takes away or weakens, and those that it adds to what there was already."""
    sides = _Sides(before, after, base_units, head_units)
    removed = [*_each(sides.before, sides.lost), *_each(after, sides.hidden)]
    return Losses(
        tuple(_folded(_told_once(removed))),
        tuple(dict.fromkeys(each.protection for each in _each(after, sides.gained))),
    )


def _each(standings: Standings, find: Callable[[str, Standing], Protection | None]) -> Iterator[_Told]:
    for unit, found in standings.items():
        for each in found:
            protection = find(unit, each)
            if protection is not None:
                yield _Told(unit, each.within, protection)


def _told_once(found: Sequence[_Told]) -> list[Protection]:
    """What is lost, without what goes with another loss of the same unit.

    A file that a unit reads, and that is a unit as well, is told of once.
    """
    lost = {(each.unit, each.protection.name) for each in found}
    kept = [each for each in found if lost.isdisjoint((each.unit, name) for name in each.within)]
    read = {_place(each.protection) for each in kept if not each.is_of_a_file}
    own = [each for each in kept if not each.is_of_a_file or _place(each.protection) not in read]
    return list(dict.fromkeys(each.protection for each in own))


def _place(each: Protection) -> tuple[str, tuple[str, ...], str]:
    return each.name, each.like, each.span.path


def _folded(found: Sequence[Protection]) -> Iterator[Protection]:
    """What is lost of one resource in the same way, such as the rules of a pack, is told at once."""
    groups: dict[tuple[object, ...], list[Protection]] = {}
    for each in found:
        groups.setdefault((each.resource, each.name, each.now, each.certain, each.in_base), []).append(each)
    for group in groups.values():
        texts = list(dict.fromkeys(each.was for each in group))
        more = f" and {len(texts) - _MOST_SAID} more" if len(texts) > _MOST_SAID else ""
        yield group[0]._replace(was="; ".join(texts[:_MOST_SAID]) + more)


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
        self.before: dict[str, list[Standing]] = {}
        for unit, found in before.items():
            where = partial(self._moved, unit)
            self.before[self._renamed.get(unit, unit)] = [_in_words_of_the_head(each, where) for each in found]
        self._after = after

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
        base = self._what_is_left(unit, base)
        if base.hides or not base.subject or not _stood(base):
            return None
        head = self._counterpart(unit, base)
        if base.tally is not None:
            loss = weakening(base, head) if head is not None else Loss(NO)
        else:
            loss = weakening(base, head) if head is not None else Loss(YES, (said(base),), (_REMOVED,))
            loss = self._replaced(unit, base, loss)
        if loss.certain is NO or (base.state is UNKNOWN and head is not None and loss.certain is UNKNOWN):
            return None
        return _protection(base, head, loss if base.state is YES or base.tally else loss._replace(certain=UNKNOWN))

    def hidden(self, unit: str, head: Standing) -> Protection | None:
        """What the head hides and the base did not; None where it is as it was."""
        if not head.hides or head.state is NO:
            return None
        known = [each for each in self.before.get(unit, ()) if each.name == head.name and each.state is not NO]
        key = head.key, head.like, head.resource.address
        same = next((each for each in known if (each.key, each.like, each.resource.address) == key), None)
        if same is not None:
            loss = weakening(same, head)
            return None if loss.certain is NO else _protection(same, head, loss)
        if any(weakening(each._replace(subject=()), head).certain is NO for each in known):
            return None
        certain = YES if head.state is YES and not head.when else UNKNOWN
        return _protection(head, head, Loss(certain, (_SHOWN,), (said(head),), head.span))

    def gained(self, unit: str, head: Standing) -> Protection | None:
        """What the head has for a subject that the base had as well, and that nothing guarded there."""
        there = any(self._was_there(unit, each) for each in head.subject)
        if head.hides or head.state is not YES or not there:
            return None
        known = [each for each in self.before.get(unit, ()) if each.name == head.name and each.state is not NO]
        if any(set(each.subject) & set(head.subject) and each.like == head.like for each in known):
            return None
        return Protection(head.resource, head.what, head.span, name=head.name, now=said(head), in_base=False)

    def _what_is_left(self, unit: str, base: Standing) -> Standing:
        """A protection of the base without those of its subjects that are gone."""
        return base._replace(
            subject=tuple(each for each in base.subject if not self._is_gone(unit, each)),
            measures=tuple(
                each._replace(items=frozenset(item for item in each.items if not self._is_gone(unit, item)))
                for each in base.measures
            ),
        )

    def _counterpart(self, unit: str, base: Standing) -> Standing | None:
        """The same resource's in the head; of members of a collection, the one that is like it."""
        key = (base.name, base.key, base.resource.address, base.like)
        found = [
            each for each in self._after.get(unit, ()) if (each.name, each.key, each.resource.address, each.like) == key
        ]
        return found[0] if len(found) == 1 else None

    def _is_gone(self, unit: str, item: str) -> bool:
        """Whether what is guarded was in the base, and is not in the head."""
        base, head = self._base_units.get(self._own.get(unit, unit)), self._head_units.get(unit)
        named = resources_in(item)
        if named:
            return head is None or any(address not in head.types for address in named)
        if base is None or not item.startswith(TEXT) or item.startswith(_ACCOUNT):
            return False
        return item[1:] in base.names.values() and (head is None or item[1:] not in head.names.values())

    def _was_there(self, unit: str, subject: str) -> bool:
        base = self._base_units.get(self._own.get(unit, unit))
        if base is None or not subject.startswith(RESOURCE):
            return base is not None
        return any(self._moved(base.path, address) == subject[1:] for address in base.types)

    def _replaced(self, unit: str, base: Standing, loss: Loss) -> Loss:
        """The loss, less what other protections of the head make good for."""
        if loss.certain is NO:
            return loss
        others = [each for each in self._after.get(unit, ()) if may_replace(each, base)]
        new = [each for each in others if not self._was_in(unit, each)]
        for path, found in self._after.items() if base.subject[0].startswith(_ACCOUNT) else ():
            # Another unit may be another account: only what is new there takes the place.
            if path != unit:
                came = [each for each in found if is_like(each, base) and not self._was_in(path, each)]
                others += [each._replace(subject=base.subject) for each in came]
        return made_good(base, others, new, loss)

    def _was_in(self, unit: str, head: Standing) -> bool:
        """Whether the base had it there, so that it takes no other's place."""
        return any(
            each.name == head.name and each.resource.address == head.resource.address and each.state is not NO
            for each in self.before.get(unit, ())
        )


def _in_words_of_the_head(each: Standing, where: Callable[[str], str]) -> Standing:
    def renamed(item: str) -> str:
        return moved(item, where)

    return each._replace(
        resource=each.resource._replace(address=where(each.resource.address)),
        subject=tuple(map(renamed, each.subject)),
        like=tuple(tuple(map(renamed, items)) for items in each.like),
        measures=tuple(found._replace(items=frozenset(map(renamed, found.items))) for found in each.measures),
    )


def _stood(base: Standing) -> bool:
    """Whether there was anything to lose, as far as is known. Of a policy that cannot be read nobody knows of any."""
    if base.tally is not None:
        return True
    return base.state is YES or (base.state is UNKNOWN and not (base.relation is not None and base.relation.unread))


def _protection(base: Standing, head: Standing | None, loss: Loss) -> Protection:
    return Protection(
        head.resource if head is not None else base.resource,
        base.what,
        loss.span if loss.span is not None else base.span,
        base.name,
        "; ".join(dict.fromkeys(loss.was)),
        "; ".join(dict.fromkeys(loss.now)),
        loss.certain is YES,
        loss.span is None,
        likeness(base),
    )
