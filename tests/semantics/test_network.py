from __future__ import annotations

import ipaddress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iacreview.semantics.network import (
    Cidr,
    covers,
    is_internet,
    is_own_network,
    is_private,
    is_world,
    merged,
    narrow_ending,
    parse_cidr,
    subtracted,
    world_among,
)

NETWORKS = st.one_of(
    st.builds(
        lambda number, length: ipaddress.ip_network((number, length), strict=False),
        st.integers(0, 2**32 - 1),
        st.integers(0, 32),
    ),
    st.builds(
        lambda number, length: ipaddress.ip_network((number, length), strict=False),
        st.integers(2**32, 2**128 - 1),
        st.integers(0, 128),
    ),
)
SMALL = st.builds(lambda first, size: Cidr(4, first, first + size), st.integers(0, 40), st.integers(0, 10))


@given(NETWORKS)
def test_agrees_with_ipaddress(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> None:
    block = parse_cidr(str(network))
    assert block == (network.version, int(network.network_address), int(network.broadcast_address))
    assert parse_cidr(network.exploded) == block
    assert block is not None
    assert block.size == network.num_addresses


@given(NETWORKS, NETWORKS)
def test_relations_agree_with_ipaddress(
    one: ipaddress.IPv4Network | ipaddress.IPv6Network, two: ipaddress.IPv4Network | ipaddress.IPv6Network
) -> None:
    expected = one.version == two.version and two.subnet_of(one)  # type: ignore[arg-type]
    assert covers(str(one), str(two)) == expected
    first, second = parse_cidr(str(one)), parse_cidr(str(two))
    assert first is not None
    assert second is not None
    assert first.intersects(second) == (one.version == two.version and one.overlaps(two))


@given(st.one_of(st.text(max_size=30), st.text("0123456789abcdef:./", max_size=30)))
def test_total_and_no_looser_than_ipaddress(text: str) -> None:
    block = parse_cidr(text)
    if ":" in text:
        try:
            network = ipaddress.ip_network(text.strip(), strict=False)
        except ValueError:
            assert block is None or "." in text or "/" in text
        else:
            assert block == (6, int(network.network_address), int(network.broadcast_address)) or "%" in text


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ("10.1.2.3", (4, 0x0A010203, 0x0A010203)),
        ("10.1.2.3/8", (4, 0x0A000000, 0x0AFFFFFF)),
        (" 0.0.0.0/00 ", (4, 0, 2**32 - 1)),
        ("000.000.000.000/0", (4, 0, 2**32 - 1)),
        ("::ffff:10.0.0.1", (6, 0xFFFF0A000001, 0xFFFF0A000001)),
        ("", None),
        ("/", None),
        ("0.0.0.0/33", None),
        ("::/129", None),
        ("0.0.0.0/-1", None),
        ("0.0.0.0/", None),
        ("256.0.0.0", None),
        ("1.2.3", None),
        ("1.2.3.4.5", None),
        ("1::2::3", None),
        (":::", None),
        ("1:2:3:4:5:6:7:8:9", None),
        ("1:2:3:4:5:6:7:8::9", None),
        ("1:2:3:4:5:6::8", (6, 0x10002000300040005000600000008, 0x10002000300040005000600000008)),
        ("1:2:3:4:5:6:7:8::", None),
        ("fe80::1%eth0", None),
        ("٠.0.0.0/0", None),
        ("pl-12345678", None),
        ("1" * 10_000, None),
    ],
)
def test_spellings(text: str, block: tuple[int, int, int] | None) -> None:
    assert parse_cidr(text) == block


@pytest.mark.parametrize(
    "text", ["0.0.0.0/0", "::/0", "::0/0", "0:0:0:0:0:0:0:0/0", "0.0.0.0/00", "1.2.3.4/0", "0::/000"]
)
def test_world(text: str) -> None:
    assert is_world(text)
    assert not is_private(text)


@pytest.mark.parametrize("text", ["0.0.0.0/1", "0.0.0.0", "::", "10.0.0.0/8", "", "world"])
def test_not_world(text: str) -> None:
    assert not is_world(text)


@pytest.mark.parametrize(
    "text", ["10.0.0.0/8", "192.168.1.1", "172.31.0.0/16", "100.64.0.0/10", "fd00::/8", "127.0.0.1", "::1"]
)
def test_private(text: str) -> None:
    assert is_private(text)


@pytest.mark.parametrize("text", ["10.0.0.0/7", "172.32.0.0/16", "8.8.8.8", "2001:db8::/32", "", "x"])
def test_not_private(text: str) -> None:
    assert not is_private(text)


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["10.0.0.0/8", "0.0.0.0/0"], ("0.0.0.0/0",)),
        (["0.0.0.0/1", "10.0.0.0/8", "128.0.0.0/1"], ("0.0.0.0/1", "10.0.0.0/8", "128.0.0.0/1")),
        (["0.0.0.0/1", "128.0.0.0/2"], ()),
        (["::/1", "8000::/1", "10.0.0.0/8"], ("::/1", "8000::/1")),
        (["0.0.0.0/1", "8000::/1"], ()),
        ([], ()),
        (["x", ""], ()),
    ],
)
def test_world_among(texts: list[str], found: tuple[str, ...]) -> None:
    assert world_among(texts) == found


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["0.0.0.0/0"], True),
        (["0.0.0.0/1"], True),
        (["128.0.0.0/2", "192.0.0.0/2"], True),
        (["0.0.0.0/2", "0.0.0.0/2"], False),
        (["0.0.0.0/2", "64.0.0.0/3"], False),
        (["::/0"], True),
        (["2000::/3"], True),
        (["2000::/4"], True),
        (["2000::/5", "2800::/5"], True),
        (["2000::/5", "3000::/6"], False),
        (["8000::/1"], False),
        (["0.0.0.0/2", "2000::/5"], False),
        ([], False),
    ],
)
def test_is_internet(texts: list[str], found: bool) -> None:
    assert is_internet(block for text in texts if (block := parse_cidr(text)) is not None) is found


@pytest.mark.parametrize(
    ("type", "attribute", "found"),
    [
        ("aws_vpc", "cidr_block", True),
        ("AWS::EC2::VPC", "CidrBlock", True),
        ("awscc_ec2_subnet", "cidr_block", True),
        ("aws_eip", "public_ip", True),
        ("aws_instance", "private_ip", True),
        ("aws_vpc", "tags", False),
        ("aws_subnet", "description", False),
        ("aws_ssm_parameter", "value", False),
        ("http", "response_body", False),
        ("Custom::Cidr", "CidrBlock", False),
    ],
)
def test_is_own_network(type: str, attribute: str, found: bool) -> None:
    assert is_own_network(type, attribute) is found


@pytest.mark.parametrize(
    ("text", "found"), [("/32", True), (".0.0/16", True), ("/128", True), ("/0", False), ("/", False), ("/3", False)]
)
def test_narrow_ending(text: str, found: bool) -> None:
    assert narrow_ending(text) is found


def addresses(blocks: list[Cidr]) -> set[int]:
    return {number for block in blocks for number in range(block.first, block.last + 1)}


@given(st.lists(SMALL, max_size=6), st.lists(SMALL, max_size=6))
def test_sets_of_blocks_agree_with_brute_force(blocks: list[Cidr], others: list[Cidr]) -> None:
    assert addresses(merged(blocks)) == addresses(blocks)
    assert addresses(subtracted(blocks, others)) == addresses(blocks) - addresses(others)
    for result in (merged(blocks), subtracted(blocks, others)):
        assert all(one.last + 1 < two.first for one, two in pairwise(result))
