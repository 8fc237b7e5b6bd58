"""Version constraints, as module calls write them."""

from __future__ import annotations

import re

_VERSION = re.compile(r"v?(\d+(?:\.\d+)*)(-[\w.-]+)?(?:\+[\w.-]+)?")
_CONSTRAINT = re.compile(r"\s*(=|!=|>=|<=|>|<|~>)?\s*(\S+)\s*")


def satisfies(version: str, constraint: str) -> bool:
    """Whether a version is one that a constraint (`~> 5.0, != 5.3`) allows; true for what is neither.

    Source: "Version Constraints" (Terraform documentation).
    """
    own = _numbers(version)
    return own is None or all(_allows(own, part) for part in constraint.split(",") if part.strip())


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
