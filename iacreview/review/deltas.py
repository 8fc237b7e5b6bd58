"""What of a unit is compared beside its findings: who may do what, what reaches what, and where data lies."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from iacreview.catalog.world import World
from iacreview.grants.forwarding import Forward, forwards_of
from iacreview.grants.holders import Holder, holders_of
from iacreview.grants.openings import openings_of
from iacreview.grants.passages import Openings
from iacreview.model.delta import Deltas
from iacreview.model.finding import Finding, UnreadModule
from iacreview.model.naming import physical_name
from iacreview.model.record import NamedTuple
from iacreview.review.access import Holding, compared_access, granted_access
from iacreview.review.addresses import Addresses
from iacreview.review.code import Code, codes_of
from iacreview.review.forwarding import compared_forwards
from iacreview.review.openings import OpeningDelta, all_openings, compared_openings
from iacreview.review.stores import Stores, data_at_risk, stores_of
from iacreview.review.units import UnitFacts
from iacreview.unread import unjudged


class State(NamedTuple):
    """What is compared of one unit."""

    holders: Sequence[Holder]
    openings: Openings
    stores: Stores
    forwards: tuple[Forward, ...] = ()
    unjudged: tuple[UnreadModule, ...] = ()
    codes: tuple[Code, ...] = ()
    strict: tuple[Finding, ...] = ()


def state_of(world: World, unasked: Collection[tuple[str, str]] = ()) -> State:
    """The state of a unit, as data; `unasked` are properties of kinds of which no rule in force asks anything."""
    openings = openings_of(world, physical_name)
    return State(
        holders_of(world, physical_name),
        openings,
        stores_of(world),
        forwards_of(world),
        tuple(unjudged(world.graph.unit)),
        tuple(codes_of(world, unasked)),
    )


class SideUnits(NamedTuple):
    """The units of one side: the facts of each, and the states of those that may differ."""

    units: Mapping[str, UnitFacts]
    states: Mapping[str, State]

    def has(self, unit: str, address: str) -> bool:
        """Whether there is such a resource."""
        return unit in self.units and address in self.units[unit].types


def compared(base: SideUnits, head: SideUnits) -> Deltas:
    """What the head has more and less than the base."""
    addresses = Addresses(base.units, head.units)
    access = compared_access(_holdings(base), _holdings(head), addresses)
    openings = compared_openings(_openings(base), _openings(head), addresses)
    forwards = compared_forwards(_forwards(base), _forwards(head), addresses)
    openings = OpeningDelta((*openings.added, *forwards.added), (*openings.removed, *forwards.removed))
    risks = data_at_risk(_stores(base), _stores(head), addresses, head.has)
    return Deltas(access.added, access.removed, openings.added, openings.removed, risks)


def standing(states: Mapping[str, State]) -> Deltas:
    """All that some units let whom do, and what reaches what."""
    revision = SideUnits({}, states)
    forwards = compared_forwards({}, _forwards(revision), Addresses({}, {}))
    reach = (*all_openings(_openings(revision)), *forwards.added)
    return Deltas(access_added=granted_access(_holdings(revision)), reach_added=reach)


def _forwards(side: SideUnits) -> dict[str, tuple[Forward, ...]]:
    return {unit: state.forwards for unit, state in side.states.items() if state.forwards}


def _stores(side: SideUnits) -> dict[str, Stores]:
    return {unit: state.stores for unit, state in side.states.items()}


def _openings(side: SideUnits) -> dict[str, Openings]:
    return {unit: state.openings for unit, state in side.states.items()}


def _holdings(side: SideUnits) -> list[Holding]:
    return [Holding(unit, holder) for unit, state in side.states.items() for holder in state.holders]
