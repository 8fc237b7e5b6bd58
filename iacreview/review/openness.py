"""What a change leaves open that was decided before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from iacreview.catalog.view import View
from iacreview.catalog.world import World
from iacreview.model.finding import NewlyUndecided, Report, Undecided
from iacreview.model.parts import is_sensitive
from iacreview.model.record import NamedTuple
from iacreview.model.value import Known
from iacreview.model.words import called, say
from iacreview.review.units import UnitFacts, moved_address, renamed_units

# A unit of the base as rules see it; None where it cannot be had.
Seen = Callable[[str], "World | None"]


class Sides(NamedTuple):
    """What was found in the base and in the head, and the units of both."""

    base: Report
    head: Report
    base_units: Mapping[str, UnitFacts]
    head_units: Mapping[str, UnitFacts]


def newly_undecided(sides: Sides, seen: Seen) -> tuple[NewlyUndecided, ...]:
    """The questions that the head leaves open of resources that the base has, where the base answers them."""
    old = _Base(sides, seen)
    found = ((each, old.answer(each)) for each in sides.head.undecided)
    return tuple(NewlyUndecided(each, was) for each, was in found if was)


class _Base:
    """The base by the units and addresses of the head."""

    def __init__(self, sides: Sides, seen: Seen) -> None:
        self._seen = seen
        self._worlds: dict[str, World | None] = {}
        renamed = renamed_units(sides.base_units, sides.head_units)
        self._units = {path: unit for unit, path in renamed.items()}
        self._addresses: dict[tuple[str, str], str] = {}
        for unit, facts in sides.base_units.items():
            head = sides.head_units.get(renamed[unit])
            for address in facts.types:
                now = moved_address(address, head.moved) if head is not None and head.moved else address
                self._addresses[renamed[unit], now] = address
        self._open = set(_questions(sides.base.undecided))
        self._found = {
            (unit, each.rule, each.resource.address): each
            for each in sides.base.findings
            if each.resource is not None
            for unit in each.units
        }

    def answer(self, each: Undecided) -> str:
        """How the base answers a question of the head; empty where it does not, or has no such resource."""
        for unit in each.units:
            address = self._addresses.get((unit, each.resource.address))
            before = self._units.get(unit, "")
            if address is not None and (before, each.rule, address, each.property) not in self._open:
                return self._words(each, before, address)
        return ""

    def _words(self, each: Undecided, unit: str, address: str) -> str:
        finding = self._found.get((unit, each.rule, address))
        if finding is not None and any(extent.kind == "secret" for extent in finding.values):
            return ""  # That a secret now comes from elsewhere is what was asked for.
        if unit not in self._worlds:
            self._worlds[unit] = self._seen(unit)
        world = self._worlds[unit]
        resource = world.graph.resources.get(address) if world is not None else None
        view = world.view(resource) if world is not None and resource is not None else None
        written = _value(view, each.property) if view is not None else ""
        if written:
            return written
        return "it was a finding" if finding is not None else "it was decided, and no finding"


def _questions(undecided: Sequence[Undecided]) -> Iterator[tuple[str, str, str, str]]:
    for each in undecided:
        for unit in each.units:
            yield unit, each.rule, each.resource.address, each.property


def _value(view: View, name: str) -> str:
    """What a property was, where that is one plain value that may be shown: `storage_encrypted` was true."""
    if not view.has(name) or not view.applies(name):
        return ""
    found = view.occurrences(name)
    if len(found) != 1:
        return ""
    property, value = called(found[0].name), found[0].value
    if value is None:
        return say("`{}` was not set", property)
    return say("`{}` was {}", property, value) if isinstance(value, Known) and not is_sensitive(value) else ""
