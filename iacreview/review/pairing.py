"""Which of many old things a new one is most like, without comparing all with all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

# A thing by its traits: the lines of a file, the resources of a unit.
Traits: TypeAlias = "Counter[Hashable]"

# A trait that more of the old things have tells none of them apart.
_RARE = 8
_CANDIDATES = 4
# How many traits may be compared on behalf of things that share nothing rare with any other.
_PATIENCE = 2_000_000


def pairs(old: Mapping[str, Traits], new: Mapping[str, Traits], least: float) -> Iterator[tuple[float, str, str]]:
    """Pairs of an old and a new thing that share more than `least` of their traits, with the share.

    Things that are equal are told apart by the order of their names alone. Of the others, each new one is compared with
    the few old ones that share the most rare traits with it: the time is that of reading all traits.
    """
    before, after = _alike(old), _alike(new)
    search = _Search([old[names[0]] for names in before])
    for names in after:
        traits = new[names[0]]
        for index in search.candidates(traits):
            share = likeness(search.things[index], traits)
            if share > least:
                last = len(before[index]) - 1
                yield from ((share, before[index][min(place, last)], name) for place, name in enumerate(names))


def likeness(one: Traits, other: Traits) -> float:
    """The share of two things' traits that they have in common, from 0 to 1."""
    total = one.total() + other.total()
    return 2 * sum((one & other).values()) / total if total else 0.0


def _alike(things: Mapping[str, Traits]) -> list[list[str]]:
    """The names of the things, those with the same traits together."""
    found: dict[frozenset[tuple[Hashable, int]], list[str]] = {}
    for name in sorted(things):
        found.setdefault(frozenset(things[name].items()), []).append(name)
    return list(found.values())


class _Search:
    """The old things by the traits that tell them apart."""

    def __init__(self, things: Sequence[Traits]) -> None:
        self.things = things
        self._patience = _PATIENCE
        self._owners: dict[Hashable, list[int]] = {}
        for index, traits in enumerate(things):
            for trait in traits:
                owners = self._owners.setdefault(trait, [])
                if len(owners) <= _RARE:
                    owners.append(index)

    def candidates(self, traits: Traits) -> Iterable[int]:
        """The old things that a new one is worth comparing with."""
        rare: Counter[int] = Counter()
        common: Counter[int] = Counter()
        for trait in traits:
            owners = self._owners.get(trait, ())
            (rare if len(owners) <= _RARE else common).update(owners)
        if common and not rare and self._patience > 0:
            self._patience -= len(traits) * len(self.things)
            return range(len(self.things))
        return [index for index, _ in (rare or common).most_common(_CANDIDATES)]
