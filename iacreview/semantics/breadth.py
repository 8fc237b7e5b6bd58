"""Whether a value at fault goes further than another one did."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from iacreview.model.finding import Extent
from iacreview.semantics import network, pattern


def broader(head: Sequence[Extent], base: Sequence[Extent]) -> str:
    """What of the head's values nothing in the base's covers, as the kind of it; empty where there is nothing.

    Values of a kind that only one side has cannot be compared, and other scalars have no order. A limit that the base
    has and the head does not is one.
    """
    for kind, implies in _LIMITS.items():
        old = [each.text for each in base if each.kind == kind]
        new = [each.text for each in head if each.kind == kind]
        if any(not any(implies(text, before) for text in new) for before in old):
            return kind
    for kind, covers in _COVERS.items():
        old = [each.text for each in base if each.kind == kind]
        new = [each.text for each in head if each.kind == kind and each.text not in old]
        if new and old and not covers(old, new):
            return kind
    return ""


def meets(head: Sequence[Extent], base: Sequence[Extent]) -> bool:
    """Whether two measures have something in common, as far as both measure the same kinds of things."""
    for kind, meet in _MEETS.items():
        old = [each.text for each in base if each.kind == kind]
        new = [each.text for each in head if each.kind == kind]
        if old and new and not any(meet(before, text) for before in old for text in new):
            return False
    return True


def _each(covers: Callable[[str, str], bool]) -> Callable[[Sequence[str], Sequence[str]], bool]:
    """Whether every one of the new texts is covered by one of the old."""
    return lambda old, new: all(any(covers(before, text) for before in old) for text in new)


def networks_cover(old: Sequence[str], new: Sequence[str]) -> bool:
    """Whether the old networks together have all addresses of the new ones. What is not a block only equals itself."""
    blocks = [network.parse_cidr(text) for text in new]
    known = [block for block in map(network.parse_cidr, old) if block is not None]
    return None not in blocks and not network.subtracted([each for each in blocks if each is not None], known)


def _same(one: str, other: str) -> bool:
    return one == other


def ports_cover(one: str, other: str) -> bool:
    """Whether a range of ports (`tcp 20-80`) has all of another one."""
    protocol, first, last = _range(one)
    inner, start, end = _range(other)
    return protocol in ("all", inner) and first <= start and end <= last


def _range(text: str) -> tuple[str, int, int]:
    protocol, _, numbers = text.partition(" ")
    first, _, last = numbers.partition("-")
    return protocol, int(first), int(last)


def _networks_meet(one: str, other: str) -> bool:
    block, another = network.parse_cidr(one), network.parse_cidr(other)
    return one == other if block is None or another is None else block.intersects(another)


def _ports_meet(one: str, other: str) -> bool:
    protocol, first, last = _range(one)
    another, start, end = _range(other)
    return ("all" in (protocol, another) or protocol == another) and first <= end and start <= last


def _exactly_meet(one: str, other: str) -> bool:
    return pattern.intersects(one, other, fold=False)


def _exactly_covers(one: str, other: str) -> bool:
    return pattern.covers(one, other, fold=False)


def asks_as_much(new: str, old: str) -> bool:
    """Whether one condition (`StringLike aws:SourceArn a, b`) is met by no more than another one."""
    operator, key, values = _condition(new)
    before, subject, limits = _condition(old)
    if operator != before or key != subject:
        return False
    if "not" in operator:
        return set(values) >= set(limits)
    return set(values) <= set(limits) or ("like" in operator and all(_in_one(each, limits) for each in values))


def _in_one(text: str, patterns: Sequence[str]) -> bool:
    return any(_exactly_covers(each, text) for each in patterns)


def _condition(text: str) -> tuple[str, str, list[str]]:
    operator, key, values = text.split(" ", 2)
    return operator.lower(), key.lower(), values.split(", ")


# What makes a statement smaller: that the new texts leave out, or ask for, what an old one does.
_LIMITS: dict[str, Callable[[str, str], bool]] = {"except": pattern.covers, "condition": asks_as_much}
_COVERS: dict[str, Callable[[Sequence[str], Sequence[str]], bool]] = {
    "network": networks_cover,
    "ports": _each(ports_cover),
    "action": _each(pattern.covers),
    "resource": _each(_exactly_covers),
    "principal": _each(_exactly_covers),
    "secret": _each(_same),
}
_MEETS: dict[str, Callable[[str, str], bool]] = {
    "network": _networks_meet,
    "ports": _ports_meet,
    "action": pattern.intersects,
    "resource": _exactly_meet,
    "principal": _exactly_meet,
}
