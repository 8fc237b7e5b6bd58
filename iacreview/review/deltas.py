"""What of a unit is compared beside its findings: who may do what, what reaches what, and where data lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from iacreview.catalog.world import World
from iacreview.grants.holders import Holder, holders_of
from iacreview.model.delta import Deltas
from iacreview.review.access import Holding, compared_access
from iacreview.review.addresses import Addresses
from iacreview.review.identity import physical_name
from iacreview.review.units import UnitFacts


class State(NamedTuple):
    """What is compared of one unit."""

    holders: Sequence[Holder]


def state_of(world: World) -> State:
    """The state of a unit, as data."""
    return State(holders_of(world, physical_name))


class Revision(NamedTuple):
    """The units of one side: the facts of each, and the states of those that may differ."""

    units: Mapping[str, UnitFacts]
    states: Mapping[str, State]


def compared(base: Revision, head: Revision) -> Deltas:
    """What the head has more and less than the base."""
    addresses = Addresses(base.units, head.units)
    access = compared_access(_holdings(base), _holdings(head), addresses)
    return Deltas(access_added=access.added, access_removed=access.removed)


def _holdings(side: Revision) -> list[Holding]:
    return [Holding(unit, holder) for unit, state in side.states.items() for holder in state.holders]
