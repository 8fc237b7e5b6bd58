"""What can reach what in a unit: security groups and network ACLs with what they let in and out, and what is behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from iacreview.catalog.view import View
from iacreview.catalog.world import World
from iacreview.grants.passages import (
    LAST_PORT,
    ROUTE,
    AclEntry,
    Behind,
    Gate,
    Listener,
    Openings,
    Passage,
    Switch,
    let_in,
)
from iacreview.grants.ports import PORTS, ports_of
from iacreview.grants.routes import routed_of
from iacreview.grants.sources import CIDRS, LIST_KIND, PREFIX_LISTS
from iacreview.model.finding import ResourceName
from iacreview.model.graph import Resource
from iacreview.model.guard import Guard
from iacreview.model.parts import children, is_sensitive
from iacreview.model.source import Span
from iacreview.model.value import Known, MapValue, Value, is_one_thing, scalar_text
from iacreview.model.words import value_text
from iacreview.semantics.network import parse_cidr
from iacreview.semantics.ports import ALL, TCP, UDP, PortRange

NameOf = Callable[[Resource], str]

_GROUPS = ("ec2.security_group", "ec2.default_security_group")
_IN, _OUT = "ingress", "egress"
_RULES = {direction: (f"ec2.{direction}_rule", "ec2.security_group_rule") for direction in (_IN, _OUT)}
_ACLS = ("ec2.network_acl",)
_ENTRY = "ec2.network_acl_rule"
_OTHERS = (*_GROUPS, *_RULES[_IN], *_RULES[_OUT], *_ACLS, _ENTRY, "ec2.prefix_list")
_ROUTES = ("ec2.route", "ec2.route_table")
# The networks that a public endpoint is limited to.
_NETWORKS = "public_cidrs"
_BALANCERS = ("elbv2.load_balancer", "elb.load_balancer")
_UDP = ("UDP", "TCP_UDP", "QUIC", "TCP_QUIC")
# The switches by which a resource gets a public address or endpoint: the property, and the values that turn it on.
_SWITCHES = {
    "public": ("true",),
    "public_address": ("true", "enabled"),
    "public_addresses": ("true",),
    "public_access": ("service_provided_eips",),
    "public_endpoint": ("true",),
    "scheme": ("internet-facing",),
    "internal": ("false",),
    "auth": ("none",),
    "endpoint_type": ("public",),
    "access_mode": ("public_only",),
    "from_public": ("true",),
    "authorization": ("none",),
    "everyone": ("true",),
}
# Those of endpoints that no security group guards.
_ENDPOINTS = ("public_endpoint", "auth", "access_mode", "from_public", "authorization", "everyone")


def tells_of(kind: str, property: str) -> bool:
    """Whether the openings of a unit have what resources of a kind say in a property."""
    return kind in (*_OTHERS, *_ROUTES) or property in (*_SWITCHES, _NETWORKS)


def openings_of(world: World, name_of: NameOf) -> Openings:
    """All openings of a unit. `name_of` tells the name that AWS knows a resource by."""
    reader = _Reader(world, name_of)
    gates, out = (tuple(reader.gates(direction)) for direction in (_IN, _OUT))
    return Openings(gates, (*reader.behind(), *_routed(world, name_of)), out)


class _Reader:
    def __init__(self, world: World, name_of: NameOf) -> None:
        self.world = world
        self.name_of = name_of

    def gates(self, direction: str) -> Iterator[Gate]:
        found: dict[str, tuple[ResourceName, str, list[Passage]]] = {}
        for view in self.world.of_kind(*_GROUPS):
            own = found.setdefault(view.resource.address, (*self._called(view.resource), []))[2]
            for member in view.members(direction):
                own += self._passages(member, view.resource.address)
            if direction == _OUT and view.has("egress_rules") and view.applies("egress_rules"):
                own += _by_default(view)
        for view in self.world.of_kind(*_RULES[direction]):
            if not view.has("direction") or view.known("direction") in (direction, None):
                key, name, called = self._owner(view, "group")
                found.setdefault(key, (name, called, []))[2].extend(self._passages(view, key))
        for name, called, passages in found.values():
            yield Gate(name, called, tuple(passages))
        yield from self._acls(direction)

    def _called(self, resource: Resource) -> tuple[ResourceName, str]:
        return ResourceName(resource.address, resource.type, resource.kind or ""), self.name_of(resource)

    def _owner(self, view: View, property: str) -> tuple[str, ResourceName, str]:
        """What a rule is of: a resource, else what it is called."""
        value = view.first(property)
        target = self.world.target(value)
        if target is not None and target.mode in ("managed", "data"):
            return target.address, *self._called(target)
        text = _text(value) if value is not None else view.resource.address
        return text, ResourceName(text, "", ""), text

    def _passages(self, rule: View, own: str) -> Iterator[Passage]:
        around = rule.resource.conditions
        for case in rule.cases(PORTS):
            ports, words = ports_of(case)
            for source in self._sources(case, own):
                when = frozenset((*around, *case.when, *source.when))
                text = source.source if ports is not None else f"{source.source} ({words})"
                yield source._replace(ports=ports, source=text, when=when, certain=source.certain and ports is not None)

    def _sources(self, rule: View, own: str) -> Iterator[Passage]:
        via = rule.resource.address
        for name in CIDRS:
            if rule.has(name) and rule.applies(name):
                for each, _ in rule.scalars(name):
                    yield from _network(each.value, frozenset(each.when), via, each.span)
        if rule.has(PREFIX_LISTS) and rule.applies(PREFIX_LISTS):
            for each, _ in rule.scalars(PREFIX_LISTS):
                yield from self._listed(each.value, frozenset(each.when), via, each.span)
        if rule.has("groups") and rule.applies("groups"):
            for each, _ in rule.scalars("groups"):
                yield from self._group(each.value, frozenset(each.when), via, each.span)
        if rule.has("itself") and rule.applies("itself") and rule.known("itself") in (True, "true"):
            yield Passage(None, None, own, own, frozenset(), via, rule.span)

    def _group(self, value: Value | None, when: frozenset[Guard], via: str, span: Span) -> Iterator[Passage]:
        if value is None or (isinstance(value, Known) and value.data is None):
            return
        target = self.world.target(value)
        key = target.address if target is not None and target.mode in ("managed", "data") else _text(value)
        certain = isinstance(value, Known) or is_one_thing(value)
        yield Passage(None, None, key, key, when, via, span, certain)

    def _listed(self, value: Value | None, when: frozenset[Guard], via: str, span: Span) -> Iterator[Passage]:
        """The entries of a prefix list, or the list where they are not known."""
        if value is None or (isinstance(value, Known) and value.data is None):
            return
        target = self.world.target(value)
        view = self.world.view(target) if target is not None else None
        if view is None or view.kind.name != LIST_KIND:
            name = target.address if target is not None else _text(value)
            yield Passage(None, None, f"prefix list {name}", "", when, via, span)
            return
        for name in ("inline_cidrs", "entry_cidrs"):
            for each, _ in view.scalars(name) if view.applies(name) else ():
                yield from _network(each.value, when | frozenset(each.when), via, span)

    def _acls(self, direction: str) -> Iterator[Gate]:
        found: dict[str, tuple[ResourceName, str, list[AclEntry]]] = {}
        for view in self.world.of_kind(*_ACLS):
            own = found.setdefault(view.resource.address, (*self._called(view.resource), []))[2]
            for member in view.members(direction):
                own += self._entries(member, view.resource.address)
        for view in self.world.of_kind(_ENTRY):
            if (scalar_text(view.known("egress")).lower() == "true") is (direction == _OUT):
                key, name, called = self._owner(view, "acl")
                found.setdefault(key, (name, called, []))[2].extend(self._entries(view, key))
        for name, called, entries in found.values():
            yield Gate(name, called, tuple(let_in(entries)))

    def _entries(self, rule: View, own: str) -> Iterator[AclEntry]:
        for case in rule.cases((*PORTS, "action", "number")):
            action, number = case.known("action"), case.known("number")
            for passage in self._passages(case, own):
                yield AclEntry(_number(number), str(action).lower() if action is not None else None, passage)

    def behind(self) -> Iterator[Behind]:
        groups = {view.resource.address for view in self.world.of_kind(*_GROUPS)}
        for resource in self.world.graph.resources.values():
            if resource.mode != "managed" or resource.kind in _OTHERS:
                continue
            gates = tuple(dict.fromkeys(self._gates_of(resource, groups)))
            view = self.world.view(resource)
            switches = tuple(_switches(view)) if view is not None else ()
            listeners = tuple(_listeners(view)) if view is not None and view.kind.name in _BALANCERS else None
            if gates or switches or listeners is not None:
                yield Behind(*self._called(resource), gates, resource.header, switches, listeners)

    def _gates_of(self, resource: Resource, groups: set[str]) -> Iterator[str]:
        """The groups that a resource has, in whatever attribute is called after them."""
        for value in _named_groups(resource.attributes):
            targets = self.world.targets(value)
            if targets:
                yield from (each.address for each in targets if each.address in groups or each.mode == "data")
            elif isinstance(value, Known) and str(value.data).startswith("sg-"):
                yield str(value.data)


def _by_default(group: View) -> Iterator[Passage]:
    """What a group of a template lets out that has no rule for it.

    Source: AWS::EC2::SecurityGroupEgress (CloudFormation Template Reference): the default rule goes with the first one.
    """
    if not any(each.value is not None for each in group.occurrences("egress_rules")):
        for text in ("0.0.0.0/0", "::/0"):
            ports = PortRange(ALL, 0, LAST_PORT)
            yield Passage(ports, parse_cidr(text), text, "", frozenset(), group.resource.address, group.span)


def _routed(world: World, name_of: NameOf) -> Iterator[Behind]:
    """What is open to others by its routes: a subnet, or a route table."""
    for resource, routes in routed_of(world):
        switches = tuple(
            Switch(f"{ROUTE}{each.to}", each.span, each.certain and not each.when, (each.network,), False)
            for each in routes
        )
        name = ResourceName(resource.address, resource.type, resource.kind or "")
        yield Behind(name, name_of(resource), (), resource.header, switches)


def _network(value: Value | None, when: frozenset[Guard], via: str, span: Span) -> Iterator[Passage]:
    if value is None or (isinstance(value, Known) and value.data is None):
        return
    block = parse_cidr(scalar_text(value.data)) if isinstance(value, Known) else None
    if block is not None or not isinstance(value, Known):
        yield Passage(None, block, _text(value), "", when, via, span, block is not None or is_one_thing(value))


def _text(value: Value) -> str:
    """A source in words, as it is written where it is known."""
    if isinstance(value, Known) and not is_sensitive(value):
        return scalar_text(value.data)
    return value_text(value).strip('"')


def _number(value: object) -> int | None:
    text = scalar_text(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _named_groups(value: Value) -> Iterator[Value]:
    """The values of attributes that name security groups; those of network interfaces are called `Groups` alone.

    Source: AWS::EC2::LaunchTemplate NetworkInterface (CloudFormation Template Reference).
    """
    stack = [("", value)]
    while stack:
        within, current = stack.pop()
        if not isinstance(current, MapValue):
            stack.extend((within, each) for each in children(current))
            continue
        for key, entry in current.entries.items():
            plain = key.replace("_", "").lower()
            if "securitygroup" in plain or plain == "groupset" or (within, plain) == ("networkinterfaces", "groups"):
                yield from _leaves(entry)
            else:
                stack.append((plain, entry))


def _leaves(value: Value) -> Iterator[Value]:
    inner = list(children(value))
    if not inner or isinstance(value, Known):
        yield value
    for each in inner:
        yield from _leaves(each)


def _switches(view: View) -> Iterator[Switch]:
    for name, values in _SWITCHES.items():
        if not view.kind.has(name) or not view.applies(name):
            continue
        for occurrence in view.occurrences(name):
            value = occurrence.value
            known = scalar_text(value.data).lower() if isinstance(value, Known) else None
            if value is not None and (known is None or known in values):
                certain = known is not None and occurrence.sure and not occurrence.when
                yield Switch(
                    occurrence.native, occurrence.span, certain, tuple(_networks(view)), name not in _ENDPOINTS
                )


def _networks(view: View) -> Iterator[str]:
    if view.kind.has(_NETWORKS) and view.applies(_NETWORKS):
        for each, _ in view.scalars(_NETWORKS):
            if each.value is not None:
                yield _text(each.value)


def _listeners(view: View) -> Iterator[Listener]:
    name = "listener_protocol" if view.kind.name == _BALANCERS[0] else "protocol"
    for member in view.members("listeners"):
        port, protocol = member.known("port"), scalar_text(member.known(name)).upper()
        number = _number(port)
        if number is None or number > LAST_PORT:
            continue
        for each in (TCP, UDP) if protocol == "TCP_UDP" else (UDP,) if protocol in _UDP else (TCP,):
            yield Listener(PortRange(each, number, number), member.resource.address, member.span)
