"""What load balancers send on: from a listener, or a rule of one, through a target group to its targets.

Source: "Target groups for your Application Load Balancers" (Elastic Load Balancing).
"""

from __future__ import annotations

from collections.abc import Iterator

from iacreview.catalog.view import View
from iacreview.catalog.world import World
from iacreview.model.graph import Resource
from iacreview.model.parts import children, walk
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.model.value import Known, MapValue, Value
from iacreview.semantics.ports import TCP, UDP, PortRange, port_number

_GROUP = "elbv2.target_group"
_BALANCER = "elbv2.load_balancer"
# What names a target group without being a target of it.
_NO_TARGETS = ("listener", "alarm", "policy", "output", "dashboard", "targetgroup", "codedeploy", "deployment")
_ATTACHMENT = "targetgroupattachment"


class Forward(NamedTuple):
    """Traffic that a load balancer sends to a target; `ports` is None where nobody knows the port."""

    balancer: str
    target: str
    ports: PortRange | None
    via: str
    span: Span


def forwards_of(world: World) -> tuple[Forward, ...]:
    """All that the load balancers of a unit send on to its resources."""
    groups = world.of_kind(_GROUP)
    if not groups:
        return ()
    naming = _naming(world, {view.resource.address for view in groups})
    return tuple(dict.fromkeys(each for view in groups for each in _through(world, view, naming)))


def _naming(world: World, groups: set[str]) -> dict[str, list[Resource]]:
    """The resources that name each target group."""
    found: dict[str, list[Resource]] = {}
    for resource in world.graph.resources.values():
        if resource.mode == "managed":
            values = _sending(resource.attributes) if _is(resource, "listener") else [resource.attributes]
            named = {each.address for value in values for each in world.targets(value)} & groups - {resource.address}
            for address in sorted(named):
                found.setdefault(address, []).append(resource)
    return found


def _sending(listener: Value) -> Iterator[Value]:
    """What a listener or a rule names, but for actions that send nothing on, such as `fixed-response`."""
    stack = [listener]
    while stack:
        value = stack.pop()
        kind = value.entries.get("type", value.entries.get("Type")) if isinstance(value, MapValue) else None
        if not isinstance(kind, Known) or kind.data == "forward":
            inner = list(children(value))
            stack += inner
            yield from () if inner else (value,)


def _through(world: World, group: View, naming: dict[str, list[Resource]]) -> Iterator[Forward]:
    users = naming.get(group.resource.address, [])
    balancers = dict.fromkeys(each for user in users if _is(user, "listener") for each in _balancers(world, user, 2))
    targets = dict.fromkeys(each for user in users for each in _targets(world, user))
    targets.update(dict.fromkeys(_written(world, group)))
    number = port_number(group.known("port"))
    protocol = UDP if str(group.known("protocol")).upper() in ("UDP", "QUIC") else TCP
    ports = PortRange(protocol, number, number) if number is not None and number >= 0 else None
    for balancer in balancers:
        for target in targets:
            yield Forward(balancer, target, ports, group.resource.address, group.span)


def plain_type(resource: Resource) -> str:
    """A resource's type by its letters alone, which Terraform, AWSCC and CloudFormation spell alike."""
    return resource.type.replace("_", "").replace("::", "").lower()


def _is(resource: Resource, word: str) -> bool:
    return word in plain_type(resource)


def _balancers(world: World, listener: Resource, depth: int) -> Iterator[str]:
    """The load balancers of a listener, or of the listener of a rule."""
    for each in world.targets(listener.attributes):
        if each.kind == _BALANCER:
            yield each.address
        elif depth > 1 and _is(each, "listener") and each is not listener:
            yield from _balancers(world, each, depth - 1)


def _targets(world: World, user: Resource) -> Iterator[str]:
    if _is(user, _ATTACHMENT):
        value = user.attributes.entries.get("target_id")
        yield from (each.address for each in world.targets(value) if each.mode == "managed")
    elif not any(_is(user, word) for word in _NO_TARGETS):
        yield user.address


def _written(world: World, group: View) -> Iterator[str]:
    """The targets that the group itself names."""
    value = group.resource.attributes.entries.get("Targets")
    for inner in walk(value) if value is not None else ():
        yield from (each.address for each in world.targets(inner) if each.mode == "managed")
