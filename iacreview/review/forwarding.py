"""What load balancers newly send to which targets, and what no longer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from iacreview.grants.forwarding import Forward
from iacreview.model.delta import Opening
from iacreview.review.addresses import Addresses
from iacreview.review.openings import OpeningDelta


def compared_forwards(
    base: Mapping[str, Iterable[Forward]], head: Mapping[str, Iterable[Forward]], addresses: Addresses
) -> OpeningDelta:
    """The difference by unit. The base's addresses are put into the head's words."""
    before = {
        addresses.unit(unit): [_renamed(each, unit, addresses) for each in forwards] for unit, forwards in base.items()
    }
    added: list[Opening] = []
    removed: list[Opening] = []
    for unit in sorted({*before, *head}):
        old, new = before.get(unit, ()), head.get(unit, ())
        added += _more(new, old, unit)
        removed += _more(old, new, unit)
    return OpeningDelta(tuple(added), tuple(removed))


def _renamed(each: Forward, unit: str, addresses: Addresses) -> Forward:
    balancer, target = (addresses.address(unit, text) for text in (each.balancer, each.target))
    return each._replace(balancer=balancer, target=target)


def _more(new: Iterable[Forward], old: Iterable[Forward], unit: str) -> Iterator[Opening]:
    known = {(each.balancer, each.target, each.ports) for each in old}
    for each in dict.fromkeys(new):
        if (each.balancer, each.target, each.ports) in known:
            continue
        known.add((each.balancer, each.target, each.ports))
        protocol = each.ports.protocol if each.ports is not None else "all"
        first, last = (each.ports.first, each.ports.last) if each.ports is not None else (-1, -1)
        certain = each.ports is not None
        yield Opening(
            each.target, protocol, first, last, each.balancer, "", (each.via,), certain, "", each.span, (unit,)
        )
