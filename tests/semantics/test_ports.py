from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iacreview.semantics.ports import PortRange, merged, opened, port_number, port_range, protocol_name

EVERYTHING = (0, 65535)
RANGES = st.builds(
    lambda protocol, first, size: PortRange(protocol, first, first + size),
    st.sampled_from(["tcp", "udp", "all"]),
    st.integers(0, 30),
    st.integers(0, 8),
)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("tcp", 22, 22), ("tcp", 22, 22)),
        (("TCP", "22", "23"), ("tcp", 22, 23)),
        ((6, 22.0, 22), ("tcp", 22, 22)),
        (("17", 53, 53), ("udp", 53, 53)),
        (("tcp", 0, 65535), ("tcp", *EVERYTHING)),
        (("tcp", 0, 0), ("tcp", 0, 0)),
        (("tcp",), ("tcp", *EVERYTHING)),
        (("tcp", -1, -1), ("tcp", *EVERYTHING)),
        (("tcp", 22), ("tcp", 22, 22)),
        (("tcp", None, 22), ("tcp", 22, 22)),
        (("-1", 0, 0), ("all", *EVERYTHING)),
        ((-1,), ("all", *EVERYTHING)),
        ((-1.0,), ("all", *EVERYTHING)),
        (("all", 22, 22), ("all", *EVERYTHING)),
        (("50", 22, 22), ("50", *EVERYTHING)),
        (("esp",), ("50", *EVERYTHING)),
        (("icmp", -1, -1), ("icmp", *EVERYTHING)),
        (("icmp", 8, 0), ("icmp", 2048, 2048)),
        (("icmp", 8, -1), ("icmp", 2048, 2303)),
        (("58", 128, 0), ("icmpv6", 32768, 32768)),
        (("icmp", 256, 0), None),
        (("tcp", 23, 22), None),
        (("tcp", 22, 65536), None),
        (("tcp", "ssh", 22), None),
        (("tcp", 22.5, 23), None),
        (("tcp", True, 22), None),
        (("tcp", float("nan"), 22), None),
        (("", 22, 22), None),
        (("256",), None),
        (("smtp",), None),
        ((1.5,), None),
        (("²",), None),
    ],
)
def test_port_range(arguments: tuple[Any, ...], expected: tuple[str, int, int] | None) -> None:
    assert port_range(*arguments) == expected


@pytest.mark.parametrize(
    ("range", "text"),
    [
        (PortRange("all", 0, 65535), "all traffic"),
        (PortRange("tcp", 0, 65535), "all tcp"),
        (PortRange("50", 0, 65535), "protocol 50"),
        (PortRange("tcp", 22, 22), "tcp 22"),
        (PortRange("udp", 1, 2), "udp 1-2"),
        (PortRange("icmp", 2048, 2048), "icmp type 8"),
    ],
)
def test_as_people_write_it(range: PortRange, text: str) -> None:
    assert str(range) == text


def traffic(*ranges: PortRange | None) -> set[tuple[str, int]]:
    found = set()
    for each in ranges:
        for protocol in () if each is None else ("tcp", "udp", "other") if each.protocol == "all" else (each.protocol,):
            assert each is not None
            found |= {(protocol, port) for port in range(each.first, each.last + 1)}
    return found


@given(RANGES, RANGES)
def test_relations_agree_with_brute_force(one: PortRange, two: PortRange) -> None:
    assert one.covers(two) == (traffic(two) <= traffic(one))
    assert one.intersects(two) == bool(traffic(one) & traffic(two))
    assert traffic(one.intersection(two)) == traffic(one) & traffic(two)


@given(st.lists(RANGES, max_size=6))
def test_merged_agrees_with_brute_force(ranges: list[PortRange]) -> None:
    result = merged(ranges)
    assert traffic(*result) == traffic(*ranges)
    assert len(result) <= len(ranges)


@given(st.one_of(st.text(max_size=8), st.integers(), st.floats(), st.none(), st.booleans()))
def test_total(data: Any) -> None:
    number = port_number(data)
    assert number is None or -1 <= number <= 65535
    if isinstance(data, (str, int, float)):
        name = protocol_name(data)
        assert name is None or port_range(name) is not None


def test_opened() -> None:
    ranges = [PortRange("tcp", 20, 25), PortRange("udp", 3389, 3389)]
    assert opened(ranges, [3389, 22]) == [22]
    assert opened(ranges, [3389, 22], "udp") == [3389]
    assert opened([PortRange("all", 0, 65535)], [3389, 22]) == [3389, 22]


def test_everything() -> None:
    assert PortRange("all", 0, 65535).is_everything
    assert not PortRange("tcp", 0, 65535).is_everything
    assert PortRange("tcp", 0, 65535).has_all_ports
