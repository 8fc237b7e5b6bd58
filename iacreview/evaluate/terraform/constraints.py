"""Version constraints, as module calls and provider requirements write them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from iacreview.model.patterns import later

_VERSION = later(r"v?(\d+(?:\.\d+)*)(-[\w.-]+)?(?:\+[\w.-]+)?")
# More than any version has in one place.
_MANY = 1_000_000
_CONSTRAINT = later(r"\s*(=|!=|>=|<=|>|<|~>)?\s*(\S+)\s*")


def satisfies(version: str, constraint: str) -> bool:
    """Whether a version is one that a constraint (`~> 5.0, != 5.3`) allows; true for what is neither.

    Source: "Version Constraints" (Terraform documentation).
    """
    own = _numbers(version)
    return own is None or all(_allows(own, part) for part in constraint.split(",") if part.strip())


def is_constraint(text: str) -> bool:
    """Whether a text is one or more constraints that can be read."""
    parts = text.split(",")
    return all((match := _CONSTRAINT.fullmatch(part)) is not None and _numbers(match[2]) for part in parts)


def newest(constraints: Sequence[str], marks: Iterable[str]) -> str | None:
    """The newest version that all constraints allow, among those at and next to what they name and the marks.

    On which side of a mark it stands is that of the newest version that may exist. None where they contradict.
    """
    named = [match[2] for each in constraints for part in each.split(",") if (match := _CONSTRAINT.fullmatch(part))]
    found = {close for text in (*named, *marks) if (own := _numbers(text)) is not None for close in _around(own)}
    for version in sorted(found, reverse=True):
        text = ".".join(map(str, version))
        if all(satisfies(text, each) for each in constraints):
            return text
    return None


def _around(version: tuple[int, ...]) -> Iterator[tuple[int, int, int]]:
    """A version, the one after it, and the last one before it."""
    major, minor, patch = (*version, 0, 0)[:3]
    yield from ((major, minor, patch), (major, minor, patch + 1))
    if patch:
        yield major, minor, patch - 1
    elif minor:
        yield major, minor - 1, _MANY
    elif major:
        yield major - 1, _MANY, _MANY


def _allows(own: tuple[int, ...], part: str) -> bool:
    match = _CONSTRAINT.fullmatch(part)
    wanted = _numbers(match[2]) if match is not None else None
    if match is None or wanted is None:
        return True
    a, b = _padded(own, wanted)
    if match[1] == "~>":
        return a >= b and own[: max(len(wanted) - 1, 1)] == wanted[: max(len(wanted) - 1, 1)]
    return {"!=": a != b, ">=": a >= b, "<=": a <= b, ">": a > b, "<": a < b}.get(match[1] or "=", a == b)


def _numbers(version: str) -> tuple[int, ...] | None:
    match = _VERSION.fullmatch(version)
    return tuple(map(int, match[1].split("."))) if match is not None else None


def _padded(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    width = max(len(one), len(other))
    return one + (0,) * (width - len(one)), other + (0,) * (width - len(other))
