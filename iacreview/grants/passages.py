"""Traffic through the gates of a unit, and what an ACL's entries let in together.

A gate is a group or an ACL, a passage is what one of its rules lets in or out. Sources: "Security group rules",
"Network ACL rules" (Amazon VPC User Guide): groups only allow, all together; an ACL's entries are looked at in the
order of their numbers, and what none has is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iacreview.model.finding import ResourceName
from iacreview.model.guard import Guard
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.semantics.network import Cidr, subtracted
from iacreview.semantics.ports import ALL, PortRange

LAST_PORT = 65535
# What opens by a route is called so, and by what the route leads to.
ROUTE = "a route to "


class Passage(NamedTuple):
    """Traffic that a rule lets in. `ports` is None where they are not known, `block` where the source is not a network.

    `source` is the source in words, `group` the security group that it is, by its address. `certain` is false where
    nobody knows the source or the ports; `when` are the guards under which the rule is there. Of all protocols, those
    in `but` are left out.
    """

    ports: PortRange | None
    block: Cidr | None
    source: str
    group: str
    when: frozenset[Guard]
    via: str
    span: Span | None
    certain: bool = True
    but: frozenset[str] = frozenset()


class Gate(NamedTuple):
    """A security group or a network ACL, with all that its rules let in."""

    name: ResourceName
    called: str
    passages: tuple[Passage, ...]


class Switch(NamedTuple):
    """What gives a resource a public address: the property in the dialect's words.

    `networks` are those that it is limited to. Where it `asks_groups`, the resource's groups decide who gets in.
    """

    native: str
    span: Span | None
    certain: bool
    networks: tuple[str, ...]
    asks_groups: bool


class Listener(NamedTuple):
    """A port on which a load balancer listens."""

    ports: PortRange
    via: str
    span: Span | None


class Behind(NamedTuple):
    """A resource, the gates that it is behind (by their addresses), and what else opens it."""

    name: ResourceName
    called: str
    gates: tuple[str, ...]
    span: Span
    switches: tuple[Switch, ...] = ()
    listeners: tuple[Listener, ...] | None = None


class Openings(NamedTuple):
    """The gates of a unit with what they let in, what is behind them, and the gates with what they let `out`."""

    gates: tuple[Gate, ...] = ()
    behind: tuple[Behind, ...] = ()
    out: tuple[Gate, ...] = ()


class AclEntry(NamedTuple):
    """An entry of a network ACL; `action` and `number` are None where they are not known."""

    number: int | None
    action: str | None
    passage: Passage


def let_in(entries: Iterable[AclEntry]) -> Iterator[Passage]:
    """What entries let in together: of each that allows, what none with a lower number refuses."""
    ordered = sorted(entries, key=lambda each: (each.number is None, each.number or 0))
    refusing: list[Passage] = []
    for number, action, passage in ordered:
        known = number is not None and action in ("allow", "deny")
        if action == "deny":
            if known and passage.certain and not passage.when:
                refusing.append(passage)
            continue
        yield from _left(passage._replace(certain=passage.certain and known), refusing)


def _left(passage: Passage, refusing: Iterable[Passage]) -> Iterator[Passage]:
    """What others leave of a passage, in pieces of ports and networks."""
    pieces = [passage]
    for hole in refusing:
        pieces = [left for piece in pieces for left in _without(piece, hole)]
    yield from pieces


def _without(piece: Passage, hole: Passage) -> Iterator[Passage]:
    ports, block = piece.ports, piece.block
    if ports is None or hole.ports is None or block is None or hole.block is None:
        yield piece
        return
    shared = hole.ports.protocol
    if shared in piece.but:
        yield piece
        return
    if ports.protocol == ALL and shared != ALL:
        yield piece._replace(but=piece.but | {shared})
        ports = PortRange(shared, 0, LAST_PORT)
        piece = piece._replace(ports=ports, but=frozenset())
    if not block.intersects(hole.block) or not hole.ports.intersects(ports):
        yield piece
        return
    yield from _around(piece, ports, block, hole.ports, hole.block)


def _around(piece: Passage, ports: PortRange, block: Cidr, hole: PortRange, refused: Cidr) -> Iterator[Passage]:
    """What is left beside a hole that cuts into a piece."""
    if ports.first < hole.first:
        yield piece._replace(ports=ports._replace(last=hole.first - 1))
    if ports.last > hole.last:
        yield piece._replace(ports=ports._replace(first=hole.last + 1))
    shared = ports._replace(first=max(ports.first, hole.first), last=min(ports.last, hole.last))
    for left in subtracted((block,), (refused,)):
        yield piece._replace(ports=shared, block=left)
