"""Traffic as sets: protocols, intervals of ports, and sources that are networks or have names.

What one set has and others do not is exact, so that rules which are split, merged or put in another order differ in
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from iacreview.model.record import NamedTuple
from iacreview.semantics.network import Cidr, merged, subtracted
from iacreview.semantics.ports import ALL, PortRange

# Every protocol that no rule at hand names.
OTHER = "other"


class Traffic(NamedTuple):
    """Some ports of a protocol, from networks, or from sources with names. Of all protocols, those in `but` are out."""

    ports: PortRange
    blocks: tuple[Cidr, ...] = ()
    names: frozenset[str] = frozenset()
    but: frozenset[str] = frozenset()

    def protocols(self, named: frozenset[str]) -> frozenset[str]:
        """Its protocols, among those that are named and the others."""
        if self.ports.protocol != ALL:
            return frozenset({self.ports.protocol})
        return (named | {OTHER}) - self.but


def beyond(one: Traffic, others: Sequence[Traffic]) -> list[Traffic]:
    """What the others together do not have of some traffic, in the fewest ranges of ports.

    Where it is something of every protocol alike, that is said as one.
    """
    near = [each for each in others if _meet(one, each)]
    named = frozenset(
        protocol for each in (one, *near) for protocol in (each.ports.protocol, *each.but) if protocol != ALL
    )
    by_protocol = {each: tuple(_of_protocol(each, one, near, named)) for each in sorted(one.protocols(named))}
    if one.ports.protocol != ALL:
        return [_traffic(each, left) for each, found in by_protocol.items() for left in found]
    return _together(one, by_protocol)


_Left = tuple[int, int, tuple[Cidr, ...], frozenset[str]]


def _meet(one: Traffic, other: Traffic) -> bool:
    return one.ports.intersects(other.ports)


def _of_protocol(protocol: str, one: Traffic, others: Iterable[Traffic], named: frozenset[str]) -> Iterator[_Left]:
    same = [each for each in others if protocol in each.protocols(named)]
    starts = {one.ports.first, *(each.ports.first for each in same), *(each.ports.last + 1 for each in same)}
    inside = sorted(start for start in starts if one.ports.first <= start <= one.ports.last)
    last: _Left | None = None
    for start, following in zip(inside, [*inside[1:], one.ports.last + 1], strict=True):
        here = [each for each in same if each.ports.first <= start <= each.ports.last]
        blocks = tuple(subtracted(one.blocks, [block for each in here for block in each.blocks]))
        names = one.names.difference(*(each.names for each in here))
        if last is not None and last[1] == start - 1 and last[2:] == (blocks, names):
            last = (last[0], following - 1, blocks, names)
            continue
        if last is not None and (last[2] or last[3]):
            yield last
        last = (start, following - 1, blocks, names)
    if last is not None and (last[2] or last[3]):
        yield last


def _together(one: Traffic, by_protocol: dict[str, tuple[_Left, ...]]) -> list[Traffic]:
    """What is left of all protocols: of those without names, and of the others where that is something else."""
    general = by_protocol[OTHER]
    apart = {each: found for each, found in by_protocol.items() if found != general}
    found = [
        Traffic(PortRange(ALL, first, last), blocks, names, one.but | apart.keys())
        for first, last, blocks, names in general
    ]
    return [*found, *(_traffic(each, left) for each, lefts in apart.items() for left in lefts)]


def _traffic(protocol: str, left: _Left) -> Traffic:
    first, last, blocks, names = left
    return Traffic(PortRange(protocol, first, last), blocks, names)


def networks_of(blocks: Iterable[Cidr]) -> list[str]:
    """Blocks as people write them, in the fewest."""
    from ipaddress import IPv4Address, IPv6Address, summarize_address_range

    found: list[str] = []
    for block in merged(blocks):
        if block.version == 4:
            found += map(str, summarize_address_range(IPv4Address(block.first), IPv4Address(block.last)))
        else:
            found += map(str, summarize_address_range(IPv6Address(block.first), IPv6Address(block.last)))
    return found
