"""Where the routes of subnets lead: to the Internet, and to other networks, which reach back the same way.

Sources: "Route tables", "Example routing options" (Amazon VPC User Guide).
"""

from __future__ import annotations

from collections.abc import Iterator

from iacreview.catalog.view import View
from iacreview.catalog.world import World
from iacreview.grants.forwarding import plain_type
from iacreview.model.graph import Resource
from iacreview.model.guard import Guard
from iacreview.model.parts import is_sensitive
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.model.value import Known, Value, scalar_text
from iacreview.model.words import value_text

# What lets others in, by the property that names it. NAT and egress-only gateways only let out.
_WAYS = ("gateway", "peering", "transit")
_DESTINATIONS = ("destination_v4", "destination_v6")


class Route(NamedTuple):
    """A route that lets others in: `network` is who, `to` the gateway that it leads to, as addresses or as written."""

    network: str
    to: str
    span: Span
    certain: bool
    when: frozenset[Guard]


class Routed(NamedTuple):
    """A subnet, or a route table of which nobody knows the subnets, and its routes."""

    resource: Resource
    routes: tuple[Route, ...]


def routed_of(world: World) -> Iterator[Routed]:
    """What the routes of a unit lead to others, and others to."""
    tables = _tables(world)
    with_subnets: set[str] = set()
    for view in world.of_kind("ec2.route_table_association"):
        table, subnet = world.target(view.first("table")), world.target(view.first("subnet"))
        if table is not None and subnet is not None and subnet.mode == "managed" and table.address in tables:
            with_subnets.add(table.address)
            yield Routed(subnet, tuple(tables[table.address][1]))
    for address, (resource, routes) in tables.items():
        if address not in with_subnets:
            yield Routed(resource, tuple(routes))


def _tables(world: World) -> dict[str, tuple[Resource, list[Route]]]:
    found: dict[str, tuple[Resource, list[Route]]] = {}
    for view in world.of_kind("ec2.route_table"):
        for member in view.members("routes"):
            found.setdefault(view.resource.address, (view.resource, []))[1].extend(_routes(world, member))
    for view in world.of_kind("ec2.route"):
        table = world.target(view.first("table"))
        owner = table if table is not None and table.mode == "managed" else view.resource
        found.setdefault(owner.address, (owner, []))[1].extend(_routes(world, view))
    return {address: entry for address, entry in found.items() if entry[1]}


def _routes(world: World, view: View) -> Iterator[Route]:
    for name in _WAYS:
        value = view.first(name) if view.applies(name) else None
        to = _way(world, name, value) if value is not None else ""
        if not to:
            continue
        for destination in _DESTINATIONS:
            where = view.first(destination) if view.applies(destination) else None
            if where is not None and not (isinstance(where, Known) and where.data in (None, "")):
                certain = isinstance(where, Known) and not to.startswith("$")
                yield Route(_text(where), to, view.span, certain, frozenset(view.resource.conditions))


def _way(world: World, name: str, value: Value) -> str:
    """What a route leads to; empty for what is known and lets nobody in (the VPC itself, a VPN's own gateway)."""
    if isinstance(value, Known):
        text = scalar_text(value.data)
        return text if text and (name != "gateway" or text.startswith("igw-")) else ""
    target = world.target(value)
    if target is None or target.mode != "managed":
        return _text(value)
    plain = plain_type(target)
    is_internet = "internetgateway" in plain and "egressonly" not in plain
    return target.address if name != "gateway" or is_internet else ""


def _text(value: Value) -> str:
    if isinstance(value, Known) and not is_sensitive(value):
        return scalar_text(value.data)
    return value_text(value).strip('"')
