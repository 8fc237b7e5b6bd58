"""Functions that OpenTofu alone has (OpenTofu documentation, "Functions")."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from iacreview.evaluate.terraform.functions.call import FunctionError, Pure, Structural, TooComplex
from iacreview.evaluate.terraform.functions.network import network_of, without_leading_zeros
from iacreview.evaluate.terraform.values import MAX_STRING

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network


def _base64gunzip(text: str) -> str:
    """`base64gunzip` Function. What is compressed may be a thousand times as long: it is read up to a bound."""
    import zlib
    from base64 import b64decode
    from gzip import GzipFile
    from io import BytesIO

    if not text:
        raise FunctionError("the text is empty")
    try:
        data = GzipFile(fileobj=BytesIO(b64decode(text, validate=True))).read(MAX_STRING + 1)
    except (ValueError, OSError, EOFError, zlib.error) as error:
        raise FunctionError("the text is not Base64 of what gzip compressed") from error
    if len(data) > MAX_STRING:
        raise TooComplex("is too long")
    return data.decode()


def _cidrcontains(prefix: str, within: str) -> bool:
    """`cidrcontains` Function: the second is an address or a prefix, and of the same family as the first."""
    outer, inner = network_of(prefix), _addresses(within)
    if outer.version != inner.version:
        raise FunctionError("one is IPv4, the other IPv6")
    first, last = int(inner.network_address), int(inner.broadcast_address)
    return int(outer.network_address) <= first and last <= int(outer.broadcast_address)


def _addresses(text: str) -> IPv4Network | IPv6Network:
    """A prefix, or the network of an address alone."""
    from ipaddress import ip_network

    if "/" in text:
        return network_of(text)
    try:
        return ip_network(without_leading_zeros(text))
    except ValueError as error:
        raise FunctionError("not an IP address or CIDR prefix") from error


def _urldecode(text: str) -> str:
    """`urldecode` Function: a plus sign is a blank, as `urlencode` writes it."""
    from urllib.parse import unquote_plus

    if re.search(r"%(?![0-9a-fA-F]{2})", text):
        raise FunctionError("a percent sign is not followed by two hexadecimal digits")
    return unquote_plus(text, errors="strict")


TABLE: dict[str, Pure | Structural] = {
    "base64gunzip": Pure("s", _base64gunzip),
    "cidrcontains": Pure("ss", _cidrcontains),
    "urldecode": Pure("s", _urldecode),
}
