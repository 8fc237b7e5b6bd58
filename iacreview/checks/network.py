"""Checks of security groups and network ACLs: who may reach which ports.

A rule's properties are `protocol`, `from_port`, `to_port`, and the sources `cidrs_v4` and `cidrs_v6`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from iacreview.catalog.occurrence import Occurrence, branches, doubt_reason, first_reason
from iacreview.catalog.view import View
from iacreview.model.finding import Extent
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.source import Span
from iacreview.model.value import Known, ListValue, Unknown, Value, is_resolved_later, is_sensitive, scalar_text
from iacreview.model.words import HIDDEN, Phrase, called, say, vouched
from iacreview.semantics.network import is_world
from iacreview.semantics.ports import PortRange, port_range

_ICMP = ("icmp", "icmpv6")
_PORTS = ("protocol", "from_port", "to_port")


class _Ports(NamedTuple):
    """The ports of a rule, or why they are not known. `words` says them."""

    range: PortRange | None
    words: Phrase


def open_to_world(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A rule that lets the whole Internet reach some ports.

    `ports` are those that matter (empty: all), less `except`; `all_ports` asks for rules that open everything.
    """
    for case in view.cases(_PORTS):
        yield from _open_to_world(case, params)


def _open_to_world(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    world = list(_world(view))
    if not world:
        return
    ports = _ports(view)
    if ports.range is None:
        yield Doubt("cidrs", world[0][1], ports.words)
    elif _concerns(ports.range, params):
        direction = vouched(params.get("direction", "ingress from"))
        for value, span, occurrence in world:
            network = scalar_text(value.data)
            statement = say("{} {} to {}", direction, HIDDEN if is_sensitive(value) else vouched(network), ports.words)
            via = occurrence.value.via if occurrence.value is not None else ()
            values = (Extent("network", network), _extent(ports.range))
            yield Violation("cidrs", span, statement, via, occurrence.when, values=values)


def wide_range(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A rule for a range of ports instead of one."""
    for case in view.cases(_PORTS):
        yield from _wide_range(case)


def _wide_range(view: View) -> Iterator[Outcome]:
    ports, words = _ports(view)
    if ports is None:
        yield Doubt("from_port", view.span, words)
        return
    if ports.protocol in _ICMP or ports.first == ports.last:
        return
    for occurrence in view.occurrences("from_port"):
        span = occurrence.span if occurrence.value is not None else view.span
        statement = say("the rule is for {}", words)
        yield Violation("from_port", span, statement, when=occurrence.when, values=(_extent(ports),))


def _extent(ports: PortRange) -> Extent:
    return Extent("ports", f"{ports.protocol} {ports.first}-{ports.last}")


def _concerns(ports: PortRange, params: Mapping[str, Any]) -> bool:
    if ports.protocol in _ICMP:
        return False
    if params.get("all_ports"):
        return ports.has_all_ports
    named = params.get("ports")
    if named:
        return not (params.get("apart_from_all") and ports.has_all_ports) and any(
            ports.opens(port, protocol) for port in named for protocol in ("tcp", "udp")
        )
    excepted = params.get("except", ())
    return not ports.has_all_ports and not (ports.first == ports.last and ports.first in excepted)


def _world(view: View) -> Iterator[tuple[Known, Span, Occurrence]]:
    """The sources that are the whole Internet: value, place, where it came from."""
    for name in ("cidrs_v4", "cidrs_v6"):
        if not view.applies(name):
            continue
        for occurrence in view.occurrences(name):
            for each in branches(occurrence):
                for value in _scalars(each.value):
                    if isinstance(value, Known) and is_world(scalar_text(value.data)):
                        yield value, value.span or each.span, each


def unknown_sources(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Sources that cannot be known, for a rule about the ports that matter."""
    for name in ("cidrs_v4", "cidrs_v6"):
        if view.applies(name):
            for occurrence in view.occurrences(name):
                for value in _scalars(occurrence.value):
                    later = is_resolved_later(value) or (isinstance(value, Unknown) and value.target is None)
                    if later:
                        reason = say("`{}`: {}", occurrence.name, first_reason(value))
                        yield Doubt("cidrs", value.span or occurrence.span, reason)


def all_ports(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A rule of a network ACL that opens every port of TCP or UDP, whoever the source is."""
    for case in view.cases(_PORTS):
        yield from _all_ports(case)


def _all_ports(view: View) -> Iterator[Outcome]:
    ports, words = _ports(view)
    if ports is None:
        yield Doubt("ports", view.span, words)
    elif ports.has_all_ports and not ports.is_everything and ports.protocol not in _ICMP:
        statement = say("the entry is for {}", words)
        yield Violation("ports", view.span, statement, when=view.when, values=(_extent(ports),))


def _denied_before(view: View, params: Mapping[str, Any]) -> bool:
    """Whether a network ACL's entries with lower numbers refuse the world every port that matters."""
    number = view.known("number") if "number" in params.get("siblings", {}) else None
    if view.parent is None or number is None:
        return False
    refused = [
        _ports(each).range
        for each in view.parent.members(params["siblings"]["of"])
        if each.known("action") == "deny" and _before(each.known("number"), number) and list(_world(each))
    ]
    return all(any(each is not None and each.opens(port) for each in refused) for port in params.get("ports", ()))


def _before(one: object, other: object) -> bool:
    return isinstance(one, (int, float)) and isinstance(other, (int, float)) and one < other


def open_sources(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """open_to_world, and a doubt for each source that is not known.

    With `siblings: {of: <collection>, number: <its order>}`, entries that refuse the same before it count.
    """
    if params.get("ports") and _denied_before(view, params):
        return
    for case in view.cases(_PORTS):
        yield from _open_to_world(case, params)
        ports = _ports(case).range
        if ports is None or _concerns(ports, params):
            yield from unknown_sources(case, params)


def _scalars(value: Value | None) -> list[Value]:
    if value is None:
        return []
    return list(value.items) if isinstance(value, ListValue) else [value]


def _ports(view: View) -> _Ports:
    protocol, first, last = (view.first(name) for name in _PORTS)
    for name, value in zip(_PORTS, (protocol, first, last), strict=True):
        if value is not None and not isinstance(value, Known):
            reason = first_reason(value) or doubt_reason(view.occurrences(name)[0])
            return _Ports(None, say("`{}`: {}", called(view.property(name).native(view.dialect)), reason))
    data = [each.data if isinstance(each, Known) else None for each in (protocol, first, last)]
    found = port_range(data[0] if data[0] is not None else "-1", data[1], data[2])
    if found is None:
        return _Ports(None, say("the ports are not readable"))
    if any(each is not None and is_sensitive(each) for each in (protocol, first, last)):
        return _Ports(found, HIDDEN)
    return _Ports(found, say("everything") if found.is_everything else vouched(str(found)))
