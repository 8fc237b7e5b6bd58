"""CIDR arithmetic."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from iacreview.evaluate.terraform.functions.call import FunctionError, Pure, Structural

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    Network = IPv4Network | IPv6Network


def network_of(text: str) -> Network:
    """The network of a CIDR prefix. Raises FunctionError where the text is none."""
    from ipaddress import ip_network

    if "/" not in text or "%" in text:
        raise FunctionError("not a CIDR prefix")
    try:
        return ip_network(without_leading_zeros(text), strict=False)
    except ValueError as error:
        raise FunctionError("not a CIDR prefix") from error


def without_leading_zeros(text: str) -> str:
    """An address or a prefix; Go drops leading zeros of IPv4 numbers where `ipaddress` refuses them."""
    return text if ":" in text else re.sub(r"(?<![\d:a-fA-F])0+(?=\d)", "", text)


def _cidrhost(prefix: str, number: int) -> str:
    network = network_of(prefix)
    if not -network.num_addresses <= number < network.num_addresses:
        raise FunctionError("the host number is out of range")
    return str(network[number])


def _cidrnetmask(prefix: str) -> str:
    network = network_of(prefix)
    if network.version != 4:
        raise FunctionError("only IPv4 has netmasks")
    return str(network.netmask)


def _cidrsubnet(prefix: str, bits: int, number: int) -> str:
    network = network_of(prefix)
    length = network.prefixlen + bits
    if bits < 0 or length > network.max_prefixlen or not 0 <= number < 2**bits:
        raise FunctionError("the subnet is out of range")
    start = int(network.network_address) + (number << (network.max_prefixlen - length))
    return f"{type(network.network_address)(start)}/{length}"


def _cidrsubnets(prefix: str, *sizes: int) -> list[str]:
    network = network_of(prefix)
    at = int(network.network_address)
    found = []
    for bits in sizes:
        length = network.prefixlen + bits
        size = 1 << max(0, network.max_prefixlen - length)
        at = -(-at // size) * size
        if not 0 < bits <= 32 or length > network.max_prefixlen or at + size - 1 > int(network.broadcast_address):
            raise FunctionError("the subnet is out of range")
        found.append(f"{type(network.network_address)(at)}/{length}")
        at += size
    return found


TABLE: dict[str, Pure | Structural] = {
    "cidrhost": Pure("si", _cidrhost),
    "cidrnetmask": Pure("s", _cidrnetmask),
    "cidrsubnet": Pure("sii", _cidrsubnet),
    "cidrsubnets": Pure("s", _cidrsubnets, rest="i"),
}
