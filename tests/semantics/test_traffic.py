"""Sets of traffic against packets tried one by one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from random import Random

from iacreview.semantics.network import Cidr, parse_cidr
from iacreview.semantics.ports import ALL, TCP, UDP, PortRange
from iacreview.semantics.traffic import Traffic, beyond, networks_of

DRAWN = 300
NETWORKS = (
    "0.0.0.0/0",
    "10.0.0.0/8",
    "10.0.0.0/9",
    "10.128.0.0/9",
    "10.1.0.0/16",
    "128.0.0.0/1",
    "::/0",
    "2001:db8::/32",
)
NAMES = ("sg-1", "sg-2")
PORTS = (0, 21, 22, 23, 80, 443, 65535)
PROTOCOLS = (TCP, UDP, "47", "50")
# One address on either side of every edge.
ADDRESSES = (
    "9.255.255.255",
    "10.0.0.0",
    "10.1.0.0",
    "10.2.0.0",
    "10.127.255.255",
    "10.128.0.0",
    "11.0.0.0",
    "128.0.0.0",
    "2001:db8::1",
    "2001:db9::1",
)

Packet = tuple[str, int, str]


def block(text: str) -> Cidr:
    found = parse_cidr(text)
    assert found is not None
    return found


def draw(random: Random) -> Traffic:
    protocol = random.choice((ALL, TCP, TCP, UDP, "47"))
    first, last = sorted(random.choices(PORTS, k=2)) if protocol in (TCP, UDP) else (0, 65535)
    blocks = tuple(map(block, random.sample(NETWORKS, random.randint(0, 2))))
    names = frozenset(random.sample(NAMES, random.randint(0, 2)))
    return Traffic(PortRange(protocol, first, last), blocks, names)


def packets() -> Iterator[Packet]:
    return product(PROTOCOLS, PORTS, (*ADDRESSES, *NAMES))


def lets_in(traffic: Traffic, packet: Packet) -> bool:
    protocol, port, source = packet
    if protocol in traffic.but or traffic.ports.protocol not in (ALL, protocol):
        return False
    if not traffic.ports.first <= port <= traffic.ports.last:
        return False
    return source in traffic.names if source in NAMES else any(each.covers(block(source)) for each in traffic.blocks)


def test_what_is_beyond_is_what_packets_say() -> None:
    new = 0
    for seed in range(DRAWN):
        random = Random(f"traffic.{seed}")
        one, others = draw(random), [draw(random) for _ in range(random.randint(0, 4))]
        left = beyond(one, others)
        for packet in packets():
            wanted = lets_in(one, packet) and not any(lets_in(each, packet) for each in others)
            new += wanted
            assert any(lets_in(each, packet) for each in left) == wanted, (seed, packet)
    assert new > DRAWN


def test_halves_are_the_whole() -> None:
    one = Traffic(PortRange(TCP, 20, 30), (block("10.0.0.0/8"),))
    halves = [
        Traffic(PortRange(TCP, first, last), (block(text),))
        for first, last in ((20, 25), (26, 30))
        for text in ("10.0.0.0/9", "10.128.0.0/9")
    ]
    assert not beyond(one, halves)
    assert not any(beyond(each, [one]) for each in halves)


def test_what_is_left_is_said_in_the_fewest_ranges() -> None:
    [left] = beyond(
        Traffic(PortRange(TCP, 20, 30), (block("10.0.0.0/8"),)),
        [Traffic(PortRange(TCP, 25, 40), (block("0.0.0.0/0"),))],
    )
    assert left.ports == PortRange(TCP, 20, 24)
    [rest] = beyond(
        Traffic(PortRange(ALL, 0, 65535), (block("0.0.0.0/0"),)),
        [Traffic(PortRange(ALL, 0, 65535), (block("0.0.0.0/1"),))],
    )
    assert (rest.ports.protocol, networks_of(rest.blocks)) == (ALL, ["128.0.0.0/1"])
    assert networks_of([block("2001:db8::/32")]) == ["2001:db8::/32"]
