"""The findings of a base and a head brought together, one to one."""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Callable, Container, Hashable, Iterator, Mapping, Sequence
from functools import partial
from typing import TypeAlias

from iacreview.catalog.world import bare_address
from iacreview.engine.subject import NAME, SEPARATOR
from iacreview.model.finding import Finding
from iacreview.model.record import NamedTuple
from iacreview.review.coverage import Alike, is_covered
from iacreview.review.units import UnitFacts, moved_address, renamed_units, successors
from iacreview.semantics.breadth import broader, meets

Key = Callable[[Finding], Iterator[Hashable]]
_ByRisk: TypeAlias = "Mapping[Hashable, Sequence[Finding]]"
# How many findings of the base are tried for one of the head: many rules of one group are not compared each with each.
_MAX_UNFIT = 50
# What a finding measures that is the same whichever resource carries it.
_MEASURED = ("network", "ports", "action", "resource", "principal")


class Pair(NamedTuple):
    """A finding of the head with the one of the base that it continues, if any.

    `spread` are the units that did not have it before. `replaced` is a finding of the base about a resource with the
    same content that is gone: another one, as far as anyone has said. `known` tells that all it measures was measured
    before, by findings that are there no more, or not to the same extent.
    """

    head: Finding
    base: Finding | None
    spread: tuple[str, ...] = ()
    replaced: Finding | None = None
    known: bool = False


class Matched(NamedTuple):
    """Every finding of the head, and those of the base that ended; `rewritten` are measured by others since."""

    head: Sequence[Pair]
    ended: Sequence[Finding]
    rewritten: Sequence[Finding] = ()


def matched(
    base: Sequence[Finding],
    head: Sequence[Finding],
    base_units: Mapping[str, UnitFacts],
    head_units: Mapping[str, UnitFacts],
    alike: Alike = operator.eq,
) -> Matched:
    """Pairs the findings of two sides, the surest pairs first: each pass takes what the ones before it left.

    `alike` tells the rules of which one may say what another one said before.
    """
    sides = _Sides(base_units, head_units)
    before: dict[int, Finding] = dict(enumerate(base))
    partners: dict[int, Finding] = {}
    for base_keys, head_keys in sides.passes():
        _pair(before, head, partners, base_keys, head_keys)
    for base_keys, head_keys in sides.narrowing():
        _pair(before, head, partners, base_keys, head_keys, _is_no_broader)
    for base_keys, head_keys in sides.at_risk():
        _pair(before, head, partners, base_keys, head_keys, partial(_is_within, alike))
    likely: dict[int, Finding] = dict(partners)
    _pair(dict(before), head, likely, *sides.content())
    instances = {key for finding in base for key in sides.instances(finding)}
    rewriting = _Rewriting(sides, base, [(finding, partners.get(index)) for index, finding in enumerate(head)], alike)

    def pair(index: int, finding: Finding) -> Pair:
        partner = partners.get(index)
        spread = sides.spread(finding, partner, instances)
        return Pair(finding, partner, spread, None if partner else likely.get(index), rewriting.is_known(finding))

    rewritten = [each for each in before.values() if rewriting.goes_on(each)]
    known = {id(each) for each in rewritten}
    ended = [each for each in before.values() if id(each) not in known]
    return Matched([pair(index, finding) for index, finding in enumerate(head)], ended, rewritten)


def _is_within(alike: Alike, head: Finding, base: Finding) -> bool:
    return alike(head.rule, base.rule) and is_covered(head, [base])


class _Rewriting:
    """What is measured on one side by other findings than on the other side."""

    def __init__(
        self,
        sides: _Sides,
        base: Sequence[Finding],
        pairs: Sequence[tuple[Finding, Finding | None]],
        alike: Alike,
    ) -> None:
        self._alike = alike
        ((self._base_risks, self._head_risks),) = sides.at_risk()
        partners = {id(old): new for new, old in pairs if old is not None}
        self._base = _by_risk(base, self._base_risks)
        self._head = _by_risk([new for new, _ in pairs], self._head_risks)
        # Those that went, or go less far; and those that came, or go further.
        self._less = {id(each) for each in base if not _goes_on_in(each, partners.get(id(each)))}
        self._more = {id(new) for new, old in pairs if not _goes_on_in(new, old)}

    def is_known(self, finding: Finding) -> bool:
        """Whether a finding of the head that came, or goes further, measures what others measured that went."""
        return id(finding) in self._more and self._told(finding, self._head_risks, self._base, self._less)

    def goes_on(self, finding: Finding) -> bool:
        """Whether what a finding of the base measured is measured by others that came."""
        return self._told(finding, self._base_risks, self._head, self._more)

    def _told(self, finding: Finding, risks: Key, found: _ByRisk, changed: Container[int]) -> bool:
        units = list(risks(finding))
        return bool(units) and all(self._covers(finding, found.get(unit, ()), changed) for unit in units)

    def _covers(self, finding: Finding, others: Sequence[Finding], changed: Container[int]) -> bool:
        alike = [each for each in others if self._alike(finding.rule, each.rule)][:_MAX_UNFIT]
        return any(id(each) in changed for each in alike) and is_covered(finding, alike)


def _goes_on_in(one: Finding, other: Finding | None) -> bool:
    return other is not None and (one.values == other.values or not _measured(one) or is_covered(one, [other]))


def _by_risk(findings: Sequence[Finding], risks: Key) -> _ByRisk:
    found: dict[Hashable, list[Finding]] = {}
    for finding in findings:
        for unit in risks(finding):
            found.setdefault(unit, []).append(finding)
    return found


def _pair(
    left: dict[int, Finding],
    head: Sequence[Finding],
    partners: dict[int, Finding],
    base_keys: Key,
    head_keys: Key,
    fits: Callable[[Finding, Finding], bool] = lambda head, base: meets(head.values, base.values),
) -> None:
    """Takes findings out of those that are `left` of the base for those of the head that have no partner yet."""
    waiting: dict[Hashable, deque[int]] = {}
    for index, finding in left.items():
        for key in base_keys(finding):
            waiting.setdefault(key, deque()).append(index)
    for index, finding in enumerate(head):
        if index not in partners:
            found = _first(waiting, head_keys(finding), left, partial(fits, finding))
            if found is not None:
                partners[index] = left.pop(found)


def _first(
    waiting: Mapping[Hashable, deque[int]],
    keys: Iterator[Hashable],
    left: Mapping[int, Finding],
    fits: Callable[[Finding], bool],
) -> int | None:
    for key in keys:
        candidates = waiting.get(key, deque())
        unfit = 0
        while candidates and unfit < min(len(candidates), _MAX_UNFIT):
            index = candidates.popleft()
            if index in left:
                if fits(left[index]):
                    return index
                candidates.append(index)
                unfit += 1
    return None


def _is_no_broader(head: Finding, base: Finding) -> bool:
    kinds, others = ({each.kind for each in values if each.kind in _MEASURED} for values in (head.values, base.values))
    return kinds == others and not broader(head.values, base.values)


class _Sides:
    """Puts the base's units and addresses into the head's words."""

    def __init__(self, base: Mapping[str, UnitFacts], head: Mapping[str, UnitFacts]) -> None:
        self.base = base
        self.head = head
        self.renamed = renamed_units(base, head)
        both = ((path, unit, head.get(self.renamed[path])) for path, unit in base.items())
        self.successors = {path: successors(unit, other) for path, unit, other in both if other is not None}
        self._new_parts = {address for each in self.successors.values() for address in each.values()}
        self.addresses = {
            self.renamed[path]: {self._moved(path, address) for address in unit.types} for path, unit in base.items()
        }

    def passes(self) -> list[tuple[Key, Key]]:
        """Pairs of key functions, for the base and for the head."""
        return [
            (self._whole(lambda f: (f.message, f.span.text), True), self._whole(lambda f: (f.message, f.span.text))),
            (self._whole(lambda f: (f.message,), True), self._whole(lambda f: (f.message,))),
            (self._whole(lambda f: (), True), self._whole(lambda f: ())),
            (self.instances, self._head_instances),
            self._in_units(lambda f, address, risk: (address, *_place(f), risk)),
            self._in_units(lambda f, address, risk: (f.rule, risk, _measured(f)) if _measured(f) else None),
            self._in_units(lambda f, address, risk: (f.rule, address, risk) if address in self._new_parts else None),
            (self._elsewhere(self._by_address, True), self._elsewhere(self._by_address)),
            (self._elsewhere(self._by_message, True), self._elsewhere(self._by_message)),
            (self._elsewhere(_by_name(self.base), True), self._elsewhere(_by_name(self.head))),
            self._in_units(lambda f, address, risk: (bare_address(address), *_place(f), bare_address(risk))),
        ]

    def narrowing(self) -> list[tuple[Key, Key]]:
        """Passes for those that measure the same thing at the same risk, to be paired where none is broader."""
        return [self._in_units(lambda f, address, risk: (f.rule, risk) if _measured(f) else None)]

    def at_risk(self) -> list[tuple[Key, Key]]:
        """What is at risk, for those that measure something."""
        return [self._in_units(lambda f, address, risk: risk if _measured(f) else None)]

    def content(self) -> tuple[Key, Key]:
        """For a resource that went, and one that came with the same content under another name."""
        return self._elsewhere(_by_content(self.base), True), self._elsewhere(_by_content(self.head))

    def instances(self, finding: Finding) -> Iterator[Hashable]:
        """A key for each unit that a finding of the base is about."""
        for unit in finding.units:
            yield self.renamed[unit], self._address(unit, finding), *_place(finding), self._subject(unit, finding)

    def spread(self, finding: Finding, partner: Finding | None, known: set[Hashable]) -> tuple[str, ...]:
        """The units of a head's finding that its partner is not about, and for which the base has none like it."""
        if partner is None:
            return ()
        before = {self.renamed[unit] for unit in partner.units}
        instances = list(zip(finding.units, self._head_instances(finding), strict=True))
        if all(self._is_gone(unit, partner) for unit in partner.units):
            return ()
        return tuple(unit for unit, key in instances if unit not in before and key not in known)

    def _head_instances(self, finding: Finding) -> Iterator[Hashable]:
        for unit in finding.units:
            yield unit, _own_address(finding), *_place(finding), finding.subject

    def _in_units(self, key: Callable[[Finding, str, str], Hashable]) -> tuple[Key, Key]:
        """A key in each unit, made of a finding, its address and what is at risk, the latter by its physical name."""

        def of_base(finding: Finding) -> Iterator[Hashable]:
            for unit in finding.units:
                risk = _by_names(_risk(finding), self.base.get(unit), partial(self._moved, unit))
                found = key(finding, self._address(unit, finding), risk)
                if found is not None:
                    yield self.renamed[unit], found

        def of_head(finding: Finding) -> Iterator[Hashable]:
            for unit in finding.units:
                found = key(finding, _own_address(finding), _by_names(_risk(finding), self.head.get(unit), str))
                if found is not None:
                    yield unit, found

        return of_base, of_head

    def _subject(self, unit: str, finding: Finding) -> str:
        return _by_names(finding.subject, None, partial(self._moved, unit))

    def _whole(self, more: Callable[[Finding], tuple[Hashable, ...]], base: bool = False) -> Key:
        """All units at once, and what `more` says."""

        def keys(finding: Finding) -> Iterator[Hashable]:
            instances = self.instances(finding) if base else self._head_instances(finding)
            yield tuple(sorted(map(repr, instances))), more(finding)

        return keys

    def _elsewhere(self, key: Callable[[Finding], Hashable], base: bool = False) -> Key:
        """For what is in the base only, or in the head only: a resource or a file that went or came."""

        def keys(finding: Finding) -> Iterator[Hashable]:
            if all(self._is_gone(unit, finding) if base else self._is_new(unit, finding) for unit in finding.units):
                found = key(finding)
                if found is not None:
                    yield found

        return keys

    def _is_gone(self, unit: str, finding: Finding) -> bool:
        head = self.head.get(self.renamed[unit])
        return head is None or self._address(unit, finding) not in head.types

    def _is_new(self, unit: str, finding: Finding) -> bool:
        return _own_address(finding) not in self.addresses.get(unit, ())

    def _by_address(self, finding: Finding) -> Hashable:
        return (_own_address(finding), *_place(finding), finding.message) if finding.resource else None

    def _by_message(self, finding: Finding) -> Hashable:
        return (finding.rule, finding.message) if finding.resource is None else None

    def _address(self, unit: str, finding: Finding) -> str:
        return self._moved(unit, _own_address(finding))

    def _moved(self, unit: str, address: str) -> str:
        head = self.head.get(self.renamed[unit])
        moved = moved_address(address, head.moved) if head is not None and head.moved else address
        return self.successors.get(unit, {}).get(moved, moved)


def _risk(finding: Finding) -> str:
    return finding.subject or _own_address(finding)


def _own_address(finding: Finding) -> str:
    return finding.resource.address if finding.resource is not None else finding.span.path


def _place(finding: Finding) -> tuple[Hashable, ...]:
    return finding.rule, finding.resource.type if finding.resource is not None else "", finding.property


def _measured(finding: Finding) -> Hashable:
    """What it measures, where that is comparable; empty where it is not."""
    return frozenset((each.kind, each.text) for each in finding.values if each.kind in _MEASURED)


def _by_names(subject: str, unit: UnitFacts | None, moved: Callable[[str], str]) -> str:
    """What is at risk: those that have a physical name by that, the others by where they have moved to."""
    names = unit.names if unit is not None else {}
    parts = subject.split(SEPARATOR) if subject else ()
    return SEPARATOR.join(
        sorted(
            each if each.startswith(NAME) else NAME + names[each] if each in names else moved(each) for each in parts
        )
    )


def _by_name(units: Mapping[str, UnitFacts]) -> Callable[[Finding], Hashable]:
    """The physical name of a resource: what has the same one is the same, wherever it is written."""

    def key(finding: Finding) -> Hashable:
        address = _own_address(finding)
        name = next((name for unit in finding.units if (name := units[unit].names.get(address))), "")
        return (*_place(finding), name) if name else None

    return key


def _by_content(units: Mapping[str, UnitFacts]) -> Callable[[Finding], Hashable]:
    """What a resource is, for one that has another name in the other side."""

    def key(finding: Finding) -> Hashable:
        if finding.resource is None:
            return None
        digests = (units[unit].digests.get(finding.resource.address) for unit in finding.units)
        content = next((each for each in digests if each), None)
        return (*_place(finding), finding.subject, content) if content else None

    return key
