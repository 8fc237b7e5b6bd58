"""Checks of security groups and network ACLs: who may reach which ports.

A rule's properties are `protocol`, `from_port`, `to_port`, and the sources `cidrs_v4`, `cidrs_v6` and `prefix_lists`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from iacreview.catalog.view import View
from iacreview.catalog.world import World
from iacreview.grants.ports import PORTS, ports_of, shown_ports
from iacreview.grants.sources import Network, Wide, remaining, sources, unknown_sources, wide_sources
from iacreview.model.finding import Extent, Related
from iacreview.model.graph import Resource
from iacreview.model.guard import Guard
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.record import NamedTuple
from iacreview.model.value import TOO_MANY, scalar_text
from iacreview.model.words import HIDDEN, Phrase, joined, say, vouched
from iacreview.semantics.network import is_internet
from iacreview.semantics.ports import TCP, UDP, PortRange

_ICMP = ("icmp", "icmpv6")
_ADMIN_PORTS = (22, 3389)
# What clients that run Linux take answers on: all others take more.
_REPLIES = (32768, 60999)
# Rules of a security group that are resources of their own, and the direction that they must have.
_RULES = ("ec2.ingress_rule", "ec2.security_group_rule")
_BALANCERS = ("elbv2.load_balancer", "elb.load_balancer")
_ACL_RULE = "ec2.network_acl_rule"


class _Part(NamedTuple):
    """What one rule of a group opens, to which networks."""

    ports: PortRange
    sources: list[Network]


def _open_to_world(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    ports = ports_of(view)
    found = sources(view)
    if ports.range is not None and view.has("number") and found:
        found = _not_refused(view, found, ports.range, params)
    wide = wide_sources(found, lambda guards: _possible(view, guards))
    if not wide:
        return
    if ports.range is None:
        yield Doubt("cidrs", wide[0].sources[0].span, ports.words)
    elif _concerns(ports.range, params):
        for each in wide:
            if each.cut:
                yield _cut(each)
                continue
            opening = _violation(each, params, ports.words, (_extent(ports.range, ports.words == HIDDEN),))
            yield opening._replace(decision=view.span)


def _cut(wide: Wide) -> Doubt:
    return Doubt("cidrs", wide.sources[0].span, say("which networks are there at once {}", vouched(TOO_MANY)))


def open_blocked(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A rule that lets the Internet reach a port which a Config rule of the project blocks.

    Of the ports of administration, and of rules for all ports, others speak whoever asks.
    """
    asked = [each for each in view.world.operations.ports if each.port not in _ADMIN_PORTS]
    for case in view.cases(PORTS) if asked else ():
        ports = ports_of(case).range
        if ports is None or ports.has_all_ports:
            continue
        blocking = [each for each in asked if ports.opens(each.port)]
        for outcome in _open_to_world(case, {"ports": [each.port for each in blocking]}) if blocking else ():
            if isinstance(outcome, Violation):
                askers = dict.fromkeys(each.asker for each in blocking)
                about = (Related(each.words, each.span) for each in askers if each.span is not None)
                outcome = outcome._replace(related=(*outcome.related, *about))
            yield outcome


def _in_full(view: View, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters with the list of ports that the settings have, where a row takes that."""
    if params.get("ports") != "database-ports":
        return params
    return {**params, "ports": view.world.operations.database_ports}


def _possible(view: View, guards: Iterable[Guard]) -> bool:
    return view.world.graph.unit.possible((*view.when, *view.resource.conditions, *guards))


def _violation(wide: Wide, params: Mapping[str, Any], ports: Phrase, extents: Sequence[Extent]) -> Violation:
    first, *others = wide.sources
    direction = vouched(params.get("direction", "ingress from"))
    statement = say("{} {} to {}", direction, wide.words, ports)
    related = (*first.related, *(Related(say("and {}", each.words), each.span) for each in others))
    values = (*(Extent("network", each.text, each.text not in each.words) for each in wide.sources), *extents)
    return Violation("cidrs", first.span, statement, first.via, wide.when, related, values=values)


def open_together(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A group whose rules open a port to the Internet in pieces, of which none is all of it.

    For a group, or for the first of the rules whose group is not in the reviewed files. `params` as for open_sources.
    """
    params = _in_full(view, params)
    parts = view.kept("parts of the group", lambda each: list(_parts(each)))
    if not is_internet(each.block for part in parts for each in part.sources):
        return
    found: dict[Wide, list[PortRange]] = {}
    # Most ports are opened by the same rules.
    known: dict[tuple[int, ...], list[Wide]] = {}
    for target in _targets(parts, params):
        opening = tuple(place for place, part in enumerate(parts) if part.ports.covers(target))
        if opening not in known:
            known[opening] = list(_in_pieces(view, [parts[place] for place in opening]))
        for wide in known[opening]:
            if wide.cut:
                yield _cut(wide)
                return
            found.setdefault(wide, []).append(target)
    for wide, targets in found.items():
        shown = joined(map(shown_ports, targets[:4]), ", ")
        listed = say("{} and others", shown) if targets[4:] else shown
        yield _violation(wide, params, listed, [_extent(each) for each in targets])


def _in_pieces(view: View, opening: Sequence[_Part]) -> Iterator[Wide]:
    """The Internet in the networks of several rules that is in those of none."""
    pieces = [each for part in opening for each in part.sources]
    for wide in wide_sources(pieces, lambda guards: _possible(view, guards)) if len(pieces) > 1 else ():
        alone = len(wide.sources) < 2 or any(set(wide.sources) <= set(part.sources) for part in opening)
        if wide.cut or not alone:
            yield wide


def _parts(view: View) -> Iterator[_Part]:
    for rule in _rules_of_group(view):
        around = rule.resource.conditions if rule.resource is not view.resource else ()
        for case in rule.cases(PORTS):
            ports = ports_of(case).range
            if ports is not None and ports.protocol not in _ICMP:
                yield _Part(ports, [each._replace(when=(*around, *each.when)) for each in sources(case)])


def _rules_of_group(view: View) -> list[View]:
    world = view.world
    if view.has("ingress"):
        separate = [each for kind in _RULES for each in world.referrers(view, kind, "group")]
        return [*view.members("ingress"), *_ingress(view, separate)] if separate or view.first("ingress") else []
    group = world.target(view.first("group"))
    if group is not None and (found := world.view(group)) is not None and found.has("ingress"):
        return []
    alike = _ingress(view, [each for kind in _RULES for each in world.alike(view, kind, "group")])
    first = min((each.resource.address for each in alike), default="")
    return alike if first == view.resource.address else []


def _ingress(view: View, rules: Iterable[Resource]) -> list[View]:
    found = (view.world.view(each) for each in rules)
    return [
        each
        for each in found
        if each is not None and (not each.has("direction") or each.known("direction") == "ingress")
    ]


def _targets(parts: Sequence[_Part], params: Mapping[str, Any]) -> list[PortRange]:
    """The traffic that is asked about: of the ports that matter, or of each rule."""
    if params.get("all_ports"):
        return [each.ports for each in parts if each.ports.has_all_ports][:1]
    named = params.get("ports") or dict.fromkeys(each.ports.first for each in parts if not each.ports.has_all_ports)
    return [PortRange(protocol, port, port) for protocol in (TCP, UDP) for port in named]


def wide_range(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A rule for a range of ports instead of one."""
    for case in view.cases(PORTS):
        yield from _wide_range(case)


def _wide_range(view: View) -> Iterator[Outcome]:
    ports, words = ports_of(view)
    if ports is None:
        yield Doubt("from_port", view.span, words)
        return
    if ports.protocol in _ICMP or ports.first == ports.last:
        return
    for occurrence in view.occurrences("from_port"):
        span = occurrence.span if occurrence.value is not None else view.span
        statement = say("the rule is for {}", words)
        values = (_extent(ports, words == HIDDEN),)
        yield Violation("from_port", span, statement, when=occurrence.when, values=values, decision=view.span)


def _extent(ports: PortRange, hidden: bool = False) -> Extent:
    return Extent("ports", f"{ports.protocol} {ports.first}-{ports.last}", hidden)


def _concerns(ports: PortRange, params: Mapping[str, Any]) -> bool:
    if ports.protocol in _ICMP:
        return False
    if params.get("all_ports"):
        return ports.has_all_ports
    named = params.get("ports")
    if named:
        return not _apart(ports, params) and any(
            ports.opens(port, protocol) for port in named for protocol in (TCP, UDP)
        )
    excepted = params.get("except", ())
    return not ports.has_all_ports and not (ports.first == ports.last and ports.first in excepted)


def _apart(ports: PortRange, params: Mapping[str, Any]) -> bool:
    """Whether a row leaves such a range to others. Source of what replies need: "Ephemeral ports" (Amazon VPC User
    Guide)."""
    return (
        (params.get("apart_from_all", False) and ports.has_all_ports)
        or (params.get("apart_from_everything", False) and ports.is_everything)
        or (params.get("apart_from_replies", False) and ports.first <= _REPLIES[0] and ports.last >= _REPLIES[1])
    )


def all_ports(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A rule of a network ACL that opens every port of TCP or UDP, whoever the source is."""
    for case in view.cases(PORTS):
        yield from _all_ports(case)


def _all_ports(view: View) -> Iterator[Outcome]:
    ports, words = ports_of(view)
    if ports is None:
        yield Doubt("ports", view.span, words)
    elif ports.has_all_ports and ports.protocol not in _ICMP:
        found = sources(view)
        if found and not _not_refused(view, found, ports, {}):
            return
        statement = say("the entry is for {}", words)
        yield Violation("ports", view.span, statement, when=view.when, values=(_extent(ports),))


def _not_refused(view: View, found: Sequence[Network], ports: PortRange, params: Mapping[str, Any]) -> list[Network]:
    """What entries with lower numbers of the same network ACL leave of the networks of an entry.

    Of an entry for all ports they leave something unless they refuse both ports of administration.
    """
    protocol = UDP if ports.protocol == UDP else TCP
    asked = [port for port in params.get("ports") or _ADMIN_PORTS if ports.opens(port, protocol)]
    refusing = list(_refusing(view, params)) if asked else []
    left: dict[Network, None] = {}
    for port in asked:
        holes = [each for part in refusing if part.ports.opens(port, protocol) for each in part.sources]
        left.update(dict.fromkeys(remaining(found, holes)))
    return list(left) if asked else list(found)


def _refusing(view: View, params: Mapping[str, Any]) -> Iterator[_Part]:
    number = view.known("number")
    return (part for before, part in _refusals(view, params.get("of", "ingress")) if _before(before, number))


def _refusals(view: View, direction: str) -> Sequence[tuple[object, _Part]]:
    """What the entries for one direction of an entry's network ACL refuse, with their numbers: those in it and those
    that are resources.
    """
    acl = view.parent or _acl(view)
    if acl is None:
        return _refused(view.world, view.world.alike(view, _ACL_RULE, "acl"), direction)
    return acl.kept(f"what its {direction} refuses", lambda shown: _refused_by(shown, direction))


def _refused_by(acl: View, direction: str) -> list[tuple[object, _Part]]:
    inside = acl.members(direction) if acl.has(direction) else []
    beside = acl.world.referrers(acl, _ACL_RULE, "acl")
    return [*_denials(inside), *_refused(acl.world, beside, direction)]


def _refused(world: World, rules: Sequence[Resource], direction: str) -> list[tuple[object, _Part]]:
    """Made once for the same rules: every rule asks for those beside it."""
    key = ("refused", direction, *map(id, rules))
    if key not in world.notes:
        views = [each for each in map(world.view, rules) if each is not None]
        world.notes[key] = list(_denials(each for each in views if _is_egress(each) is (direction == "egress")))
    found: list[tuple[object, _Part]] = world.notes[key]
    return found


def _denials(entries: Iterable[View]) -> Iterator[tuple[object, _Part]]:
    for each in entries:
        if each.known("action") == "deny":
            ports = ports_of(each).range
            if ports is not None:
                yield each.known("number"), _Part(ports, sources(each))


def _acl(view: View) -> View | None:
    target = view.world.target(view.first("acl"))
    return view.world.view(target) if target is not None else None


def _is_egress(entry: View) -> bool:
    return scalar_text(entry.known("egress")).lower() == "true"


def _is_service(ports: PortRange, params: Mapping[str, Any]) -> bool:
    return ports.first == ports.last and ports.first in params.get("in_front", ())


def _is_in_front(view: View) -> bool:
    """Whether a rule's group is that of a load balancer, which is made to be reached."""
    group = view.parent
    if group is None:
        target = view.world.target(view.first("group")) if view.has("group") else None
        group = view.world.view(target) if target is not None else None
    return group is not None and any(view.world.referrers(group, kind, "security_groups") for kind in _BALANCERS)


def _before(one: object, other: object) -> bool:
    return isinstance(one, (int, float)) and isinstance(other, (int, float)) and one < other


def open_sources(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A rule that lets the Internet, or half of it, reach some ports, and a doubt for each source that is not known.

    `ports` are those that matter (empty: all), less `except`; `all_ports` asks for rules that open everything.
    """
    params = _in_full(view, params)
    for case in view.cases(PORTS):
        ports = ports_of(case).range
        if ports is not None and not _concerns(ports, params):
            continue
        if ports is not None and _is_service(ports, params) and _is_in_front(case):
            continue
        yield from _open_to_world(case, params)
        yield from unknown_sources(case)
