"""Networks: CIDR blocks as intervals of numbers.

A block is (version, first, last), both ends included. Host bits are ignored, as AWS does. Sources: RFC 4632 and
RFC 4291 for the notation, the IANA special-purpose address registries for what is private.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from iacreview.model.record import NamedTuple

_BITS = {4: 32, 6: 128}
_MAX_LENGTH = 64


class Cidr(NamedTuple):
    """An interval of addresses of one version; not always one that has a prefix."""

    version: int
    first: int
    last: int

    @property
    def size(self) -> int:
        return self.last - self.first + 1

    def covers(self, other: Cidr) -> bool:
        return self.version == other.version and self.first <= other.first and other.last <= self.last

    def intersects(self, other: Cidr) -> bool:
        return self.version == other.version and self.first <= other.last and other.first <= self.last

    @property
    def is_world(self) -> bool:
        """Whether it is all addresses of its version."""
        return self.first == 0 and self.last == (1 << _BITS[self.version]) - 1

    @property
    def is_private(self) -> bool:
        """Whether all of it is never routed on the internet: private, shared, loopback and link-local addresses."""
        return any(block.covers(self) for block in _private_blocks())


def parse_cidr(text: str) -> Cidr | None:
    """A block (`10.0.0.0/8`, `::/0`) or one address; None for anything else. Takes spellings such as 0.0.0.0/00."""
    text = text.strip()
    if len(text) > _MAX_LENGTH:
        return None
    address, separator, prefix = text.partition("/")
    version = 6 if ":" in address else 4
    number = _ipv6(address) if version == 6 else _ipv4(address)
    bits = _BITS[version]
    length = _decimal(prefix, bits) if separator else bits
    if number is None or length is None:
        return None
    host = (1 << bits - length) - 1
    return Cidr(version, number & ~host, number | host)


def _decimal(text: str, most: int) -> int | None:
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        return None
    number = int(text)
    return number if number <= most else None


def _ipv4(text: str) -> int | None:
    parts = text.split(".")
    if len(parts) != 4:
        return None
    number = 0
    for part in parts:
        byte = _decimal(part, 255) if len(part) <= 3 else None
        if byte is None:
            return None
        number = number << 8 | byte
    return number


def _ipv6(text: str) -> int | None:
    head, separator, tail = text.partition("::")
    if "::" in tail or (separator and tail.startswith(":")):
        return None
    left = _groups(head, last=not separator)
    right = _groups(tail, last=True)
    if left is None or right is None:
        return None
    missing = 8 - len(left) - len(right)
    if missing < 0 or (missing > 0) != bool(separator):
        return None
    number = 0
    for group in (*left, *[0] * missing, *right):
        number = number << 16 | group
    return number


def _groups(text: str, last: bool) -> list[int] | None:
    """The 16-bit groups of a part of an address; an IPv4 address may end the last part."""
    if not text:
        return []
    groups: list[int] = []
    parts = text.split(":")
    for index, part in enumerate(parts):
        if "." in part and last and index == len(parts) - 1:
            number = _ipv4(part)
            if number is None:
                return None
            groups += (number >> 16, number & 0xFFFF)
        elif 0 < len(part) <= 4 and not part.strip("0123456789abcdefABCDEF"):
            groups.append(int(part, 16))
        else:
            return None
    return groups


@cache
def _private_blocks() -> tuple[Cidr, ...]:
    texts = (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "fc00::/7",
        "fe80::/10",
        "::1/128",
    )
    return tuple(block for text in texts if (block := parse_cidr(text)) is not None)


def covers(text: str, other: str) -> bool:
    """Whether one block has all addresses of another; false where either is not a block."""
    one, two = parse_cidr(text), parse_cidr(other)
    return one is not None and two is not None and one.covers(two)


def is_world(text: str) -> bool:
    """Whether a text is the block of all addresses, in whatever spelling."""
    block = parse_cidr(text)
    return block is not None and block.is_world


def is_private(text: str) -> bool:
    """Whether a text is a block without addresses of the internet."""
    block = parse_cidr(text)
    return block is not None and block.is_private


def is_internet(blocks: Iterable[Cidr]) -> bool:
    """Whether blocks are, together, at least half of the addresses that the Internet has in one version.

    Of IPv6 only 2000::/3 is routed ("IPv6 Address Space", IANA).
    """
    every = list(blocks)
    routed = _routed_v6()
    half = {4: 1 << 31, 6: routed.size >> 1}
    # What they have together is at most what they have one by one.
    if not any(sum(each.size for each in every if each.version == version) >= least for version, least in half.items()):
        return False
    found = merged(every)
    return (
        sum(each.size for each in found if each.version == 4) >= half[4]
        or sum(
            min(each.last, routed.last) - max(each.first, routed.first) + 1 for each in found if each.intersects(routed)
        )
        >= half[6]
    )


@cache
def _routed_v6() -> Cidr:
    return Cidr(6, 1 << 125, (1 << 126) - 1)


# What a network is never much of the Internet: AWS's own limit for a VPC is /16, and these have addresses in one.
_OWN = ("vpc", "subnet", "eip", "instance", "nat_gateway", "network_interface", "lb", "elb", "vpn_connection")
_OWN_ENDINGS = ("ip", "ips", "address", "addresses")


def is_own_network(type: str, attribute: str) -> bool:
    """Whether an attribute of a resource is a network or an address that AWS gives to it.

    Source: "VPC CIDR blocks" (Amazon VPC User Guide): between /28 and /16.
    """
    stem = type.lower().replace("::", "_").removeprefix("aws_")
    name = attribute.lower()
    named = not name or "cidr" in name or name.endswith(_OWN_ENDINGS)
    return type.lower().startswith(("aws", "awscc")) and named and any(part in stem for part in _OWN)


def narrow_ending(text: str) -> bool:
    """Whether a block whose text ends so has a known length that makes it narrow: `/32`, `.0.0/16`."""
    _, separator, length = text.rpartition("/")
    number = _decimal(length, 128) if separator else None
    return number is not None and number >= 8


def merged(blocks: Iterable[Cidr]) -> list[Cidr]:
    """The same addresses in the fewest intervals, in order."""
    result: list[Cidr] = []
    for block in sorted(blocks):
        last = result[-1] if result else None
        if last is not None and last.version == block.version and block.first <= last.last + 1:
            result[-1] = Cidr(last.version, last.first, max(last.last, block.last))
        else:
            result.append(block)
    return result


def subtracted(blocks: Iterable[Cidr], others: Iterable[Cidr]) -> list[Cidr]:
    """The addresses of `blocks` that `others` do not have, in the fewest intervals."""
    remaining = merged(blocks)
    for hole in merged(others):
        pieces: list[Cidr] = []
        for block in remaining:
            if not block.intersects(hole):
                pieces.append(block)
                continue
            if block.first < hole.first:
                pieces.append(Cidr(block.version, block.first, hole.first - 1))
            if block.last > hole.last:
                pieces.append(Cidr(block.version, hole.last + 1, block.last))
        remaining = pieces
    return remaining


def world_among(texts: Iterable[str]) -> tuple[str, ...]:
    """The texts that are all addresses, alone or together (`0.0.0.0/1` with `128.0.0.0/1`); empty if there are none."""
    blocks = [(text, block) for text in texts if (block := parse_cidr(text)) is not None]
    alone = tuple(text for text, block in blocks if block.is_world)
    if alone:
        return alone
    whole = {block.version for block in merged(block for _, block in blocks) if block.is_world}
    return tuple(text for text, block in blocks if block.version in whole)
