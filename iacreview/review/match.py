"""The findings of a base and a head brought together, one to one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import NamedTuple

from iacreview.model.finding import Finding
from iacreview.review.units import UnitFacts, moved_address, renamed_units

Key = Callable[[Finding], Iterator[Hashable]]


class Matched(NamedTuple):
    """Every finding of the head with the one of the base that it continues, if any; and those of the base that ended.

    `spread` are the units of a head's finding that did not have it before.
    """

    head: Sequence[tuple[Finding, Finding | None, tuple[str, ...]]]
    ended: Sequence[Finding]


def matched(
    base: Sequence[Finding],
    head: Sequence[Finding],
    base_units: Mapping[str, UnitFacts],
    head_units: Mapping[str, UnitFacts],
) -> Matched:
    """Pairs the findings of two sides, the surest pairs first: each pass takes what the ones before it left."""
    sides = _Sides(base_units, head_units)
    before: dict[int, Finding] = dict(enumerate(base))
    partners: dict[int, Finding] = {}
    for base_keys, head_keys in sides.passes():
        waiting: dict[Hashable, deque[int]] = {}
        for index, finding in before.items():
            for key in base_keys(finding):
                waiting.setdefault(key, deque()).append(index)
        for index, finding in enumerate(head):
            if index not in partners:
                found = _first(waiting, head_keys(finding), before)
                if found is not None:
                    partners[index] = before.pop(found)
    known = {key for finding in base for key in sides.instances(finding)}
    return Matched(
        [
            (finding, partner := partners.get(index), sides.spread(finding, partner, known))
            for index, finding in enumerate(head)
        ],
        list(before.values()),
    )


def _first(waiting: Mapping[Hashable, deque[int]], keys: Iterator[Hashable], left: Mapping[int, Finding]) -> int | None:
    for key in keys:
        candidates = waiting.get(key, deque())
        while candidates:
            index = candidates.popleft()
            if index in left:
                return index
    return None


class _Sides:
    """Puts the base's units and addresses into the head's words."""

    def __init__(self, base: Mapping[str, UnitFacts], head: Mapping[str, UnitFacts]) -> None:
        self.base = base
        self.head = head
        self.renamed = renamed_units(base, head)
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
            (self._elsewhere(self._by_address, True), self._elsewhere(self._by_address)),
            (self._elsewhere(self._by_message, True), self._elsewhere(self._by_message)),
            (self._elsewhere(_by_content(self.base), True), self._elsewhere(_by_content(self.head))),
        ]

    def instances(self, finding: Finding) -> Iterator[Hashable]:
        """A key for each unit that a finding of the base is about."""
        for unit in finding.units:
            yield self.renamed[unit], self._address(unit, finding), *_place(finding)

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
            yield unit, _own_address(finding), *_place(finding)

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
        return moved_address(address, head.moved) if head is not None and head.moved else address


def _own_address(finding: Finding) -> str:
    return finding.resource.address if finding.resource is not None else finding.span.path


def _place(finding: Finding) -> tuple[Hashable, ...]:
    return finding.rule, finding.resource.type if finding.resource is not None else "", finding.property


def _by_content(units: Mapping[str, UnitFacts]) -> Callable[[Finding], Hashable]:
    """What a resource is, for one that has another name in the other side."""

    def key(finding: Finding) -> Hashable:
        if finding.resource is None:
            return None
        digests = (units[unit].digests.get(finding.resource.address) for unit in finding.units)
        content = next((each for each in digests if each), None)
        return (*_place(finding), content) if content else None

    return key
