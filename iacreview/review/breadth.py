"""Whether a value at fault goes further than another one did."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from iacreview.model.finding import Extent
from iacreview.semantics import network, pattern


def broader(head: Sequence[Extent], base: Sequence[Extent]) -> str:
    """What of the head's values nothing in the base's covers, as the kind of it; empty where there is nothing.

    Values of a kind that only one side has cannot be compared, and other scalars have no order.
    """
    for kind, covers in _COVERS.items():
        new = [each.text for each in head if each.kind == kind]
        old = [each.text for each in base if each.kind == kind]
        if new and old and not all(text in old or any(covers(before, text) for before in old) for text in new):
            return kind
    return ""


def _same(one: str, other: str) -> bool:
    return one == other


def _ports_cover(one: str, other: str) -> bool:
    protocol, first, last = _range(one)
    inner, start, end = _range(other)
    return protocol in ("all", inner) and first <= start and end <= last


def _range(text: str) -> tuple[str, int, int]:
    protocol, _, numbers = text.partition(" ")
    first, _, last = numbers.partition("-")
    return protocol, int(first), int(last)


def _exactly_covers(one: str, other: str) -> bool:
    return pattern.covers(one, other, fold=False)


_COVERS: dict[str, Callable[[str, str], bool]] = {
    "network": network.covers,
    "ports": _ports_cover,
    "action": pattern.covers,
    "resource": _exactly_covers,
    "principal": _exactly_covers,
    "secret": _same,
}
