"""The ports of a rule of a security group or a network ACL.

A rule's properties are `protocol`, `from_port` and `to_port`.
"""

from __future__ import annotations

from iacreview.catalog.occurrence import doubt_reason, first_reason
from iacreview.catalog.view import View
from iacreview.model.parts import is_sensitive
from iacreview.model.record import NamedTuple
from iacreview.model.value import Known
from iacreview.model.words import HIDDEN, Phrase, called, say, vouched
from iacreview.semantics.ports import ICMP, ICMPV6, TCP, UDP, PortRange, port_range, protocol_name

PORTS = ("protocol", "from_port", "to_port")


class Ports(NamedTuple):
    """The ports of a rule, or why they are not known. `words` says them."""

    range: PortRange | None
    words: Phrase


def ports_of(view: View) -> Ports:
    """The ports of a rule of a security group or a network ACL, or why they are not known."""
    return view.kept("its ports", _read)


def _read(view: View) -> Ports:
    protocol, first, last = (view.first(name) for name in PORTS)
    if isinstance(protocol, Known) and _has_no_ports(protocol):
        first = last = None
    for name, value in zip(PORTS, (protocol, first, last), strict=True):
        if value is not None and not isinstance(value, Known):
            reason = first_reason(value) or doubt_reason(view.occurrences(name)[0])
            return Ports(None, say("`{}`: {}", called(view.property(name).native(view.dialect)), reason))
    data = [each.data if isinstance(each, Known) else None for each in (protocol, first, last)]
    found = port_range(data[0] if data[0] is not None else "-1", data[1], data[2])
    if found is None:
        return Ports(None, say("the ports are not readable"))
    if any(each is not None and is_sensitive(each) for each in (protocol, first, last)):
        return Ports(found, HIDDEN)
    return Ports(found, shown_ports(found))


def shown_ports(ports: PortRange) -> Phrase:
    """Ports in words."""
    return say("everything") if ports.is_everything else vouched(str(ports))


def _has_no_ports(protocol: Known) -> bool:
    """Whether a protocol's ports do not count, so that they need not be known."""
    name = protocol_name(protocol.data) if isinstance(protocol.data, (str, int, float)) else None
    return name is not None and name not in (TCP, UDP, ICMP, ICMPV6)
