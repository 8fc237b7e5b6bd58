"""Protocols and ports as intervals of numbers.

Sources: "IpPermission" (Amazon EC2 API Reference), "AWS::EC2::SecurityGroupIngress" and "AWS::EC2::NetworkAclEntry"
(CloudFormation), "Protocol Numbers" (IANA).
"""

from __future__ import annotations

from collections.abc import Iterable

from iacreview.model.record import NamedTuple
from iacreview.model.value import scalar_text

ALL = "all"
TCP = "tcp"
UDP = "udp"
ICMP = "icmp"
ICMPV6 = "icmpv6"
LAST_PORT = 65535

_NUMBERS = {"1": ICMP, "6": TCP, "17": UDP, "58": ICMPV6}
_NAMES = {"tcp": TCP, "udp": UDP, "icmp": ICMP, "icmpv6": ICMPV6, "icmp6": ICMPV6, "gre": "47", "esp": "50", "ah": "51"}
_EVERY = ("-1", "all", "any", "*")


class PortRange(NamedTuple):
    """The traffic of one protocol between two ports, both included.

    `protocol` is tcp, udp, icmp, icmpv6, another protocol's number, or `all`. For ICMP the numbers are
    type * 256 + code; for protocols without ports they are 0 to 65535.
    """

    protocol: str
    first: int
    last: int

    def covers(self, other: PortRange) -> bool:
        return self.protocol in (ALL, other.protocol) and self.first <= other.first and other.last <= self.last

    def intersects(self, other: PortRange) -> bool:
        return self.intersection(other) is not None

    def intersection(self, other: PortRange) -> PortRange | None:
        """The traffic that is of both, or None."""
        if self.protocol != other.protocol and ALL not in (self.protocol, other.protocol):
            return None
        first, last = max(self.first, other.first), min(self.last, other.last)
        if first > last:
            return None
        return PortRange(other.protocol if self.protocol == ALL else self.protocol, first, last)

    def opens(self, port: int, protocol: str = TCP) -> bool:
        """Whether it has a port of a protocol."""
        return self.protocol in (ALL, protocol) and self.first <= port <= self.last

    @property
    def is_everything(self) -> bool:
        """Whether it is all traffic of all protocols."""
        return self.protocol == ALL and self.has_all_ports

    @property
    def has_all_ports(self) -> bool:
        return self.first == 0 and self.last == LAST_PORT

    def __str__(self) -> str:
        """As people write it: `tcp 22`, `udp 1024-65535`, `all traffic`."""
        if self.protocol == ALL:
            return "all traffic"
        if self.has_all_ports:
            return f"all {self.protocol}" if not self.protocol.isdigit() else f"protocol {self.protocol}"
        if self.protocol in (ICMP, ICMPV6):
            return f"{self.protocol} type {self.first >> 8}"
        return (
            f"{self.protocol} {self.first}" if self.first == self.last else f"{self.protocol} {self.first}-{self.last}"
        )


def protocol_name(protocol: str | int | float) -> str | None:
    """The name this module uses for a protocol's name or number in any spelling; None where it is neither."""
    text = scalar_text(protocol).strip().lower()
    if text in _EVERY:
        return ALL
    if text in _NAMES:
        return _NAMES[text]
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= 255):
        return None
    return _NUMBERS.get(str(int(text)), str(int(text)))


def port_range(protocol: str | int | float, first: object = None, last: object = None) -> PortRange | None:
    """The traffic that a protocol with its FromPort and ToPort (numbers or texts, None where absent) stands for.

    Ports count for tcp, udp and ICMP only: all others open everything of the protocol. One port alone is a range of
    one; no ports, or -1, are all of them. None for what is neither a protocol nor a port, or an inverted range.
    """
    name = protocol_name(protocol)
    start, end = port_number(first), port_number(last)
    if name is None or start is None or end is None:
        return None
    if name in (ICMP, ICMPV6):
        return _icmp(name, start, end)
    if name not in (TCP, UDP):
        return PortRange(name, 0, LAST_PORT)
    if start < 0 or end < 0:
        start, end = _completed(start, end)
    return PortRange(name, start, end) if start <= end else None


def _completed(first: int, last: int) -> tuple[int, int]:
    if first < 0 and last < 0:
        return 0, LAST_PORT
    return (last, last) if first < 0 else (first, first)


def _icmp(name: str, type: int, code: int) -> PortRange | None:
    if type > 255 or code > 255:
        return None
    if type < 0:
        return PortRange(name, 0, LAST_PORT)
    return (
        PortRange(name, type << 8, type << 8 | 255) if code < 0 else PortRange(name, type << 8 | code, type << 8 | code)
    )


def port_number(value: object) -> int | None:
    """A port from a number or a text; -1 where absent or `-1`; None for what is not a port."""
    if value is None:
        return -1
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, str):
        text = value.strip()
        if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 6):
            return None
        value = int(text)
    number = int(value) if -1 <= value <= LAST_PORT else None
    return number if number == value else None


def merged(ranges: Iterable[PortRange]) -> list[PortRange]:
    """The same traffic in the fewest ranges of each protocol, in order; `all` takes in what it covers."""
    result: list[PortRange] = []
    for each in sorted(ranges):
        last = result[-1] if result else None
        if last is not None and last.protocol == each.protocol and each.first <= last.last + 1:
            result[-1] = PortRange(last.protocol, last.first, max(last.last, each.last))
        else:
            result.append(each)
    general = [each for each in result if each.protocol == ALL]
    return [each for each in result if each.protocol == ALL or not any(one.covers(each) for one in general)]


def opened(ranges: Iterable[PortRange], ports: Iterable[int], protocol: str = TCP) -> list[int]:
    """Those of the ports that some range has, in the order given."""
    known = list(ranges)
    return [port for port in ports if any(each.opens(port, protocol) for each in known)]
