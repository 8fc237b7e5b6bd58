"""Whether a pattern of events lets through less than another one did.

Sources: "Filter pattern syntax for metric filters" (Amazon CloudWatch Logs User Guide), "Creating Amazon EventBridge
event patterns" (Amazon EventBridge User Guide).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from itertools import product
from typing import Any, TypeAlias

from iacreview.model.logic import NO, UNKNOWN, YES, Truth
from iacreview.model.value import Encoded, Known, ListValue, MapValue, Value

# A filter as alternatives, each a set of terms that all hold.
Alternatives: TypeAlias = "frozenset[frozenset[str]]"

_TOKEN = re.compile(r'\s*(\(|\)|&&|\|\||(?:"(?:[^"\\]|\\.)*"|(?!&&|\|\|)[^()"])+)')
_SPACES = re.compile(r"\s+")
_AROUND = re.compile(r"\s*(!=|>=|<=|=|>|<)\s*")
_MAX_ALTERNATIVES = 512
_MAX_DEPTH = 30


def narrower(kind: object, base: Collection[str], head: Collection[str]) -> Truth:
    """Whether what the head's patterns let through is less than what the base's did; each item has its mark."""
    if len(base) != 1 or len(head) != 1:
        return UNKNOWN
    old, new = next(iter(base))[1:], next(iter(head))[1:]
    return _filters(old, new) if kind == "filter" else _events(old, new)


def plain(value: Value) -> Any:
    """A known structure as plain data. Raises ValueError where part of it is not known."""
    if isinstance(value, Known):
        return value.data
    if isinstance(value, Encoded):
        return plain(value.structure)
    if isinstance(value, ListValue) and value.complete:
        return [plain(each) for each in value.items]
    if isinstance(value, MapValue) and value.complete:
        return {key: plain(each) for key, each in value.entries.items()}
    raise ValueError


def _filters(old: str, new: str) -> Truth:
    before, after = alternatives(old), alternatives(new)
    if before is None or after is None:
        return UNKNOWN
    if all(_is_covered(each, after) for each in before):
        return NO
    return YES if all(_is_covered(each, before) for each in after) else UNKNOWN


def _is_covered(one: frozenset[str], others: Iterable[frozenset[str]]) -> bool:
    return any(each <= one for each in others)


def alternatives(text: str) -> Alternatives | None:
    """A filter pattern as alternatives of terms; None where it is too large or not well formed."""
    text = text.strip()
    if not (text.startswith("{") and text.endswith("}")):
        return _words(text)
    tokens = [each for each in _TOKEN.findall(text[1:-1]) if each.strip()]
    found, rest = _either(tokens, 0, 0)
    return found if rest == len(tokens) else None


def _words(text: str) -> Alternatives | None:
    """The words of a pattern without structure: all of them have to occur."""
    words = text.split()
    if not words or any(each[0] in "?-[%" for each in words):
        return frozenset({frozenset({text})}) if text else frozenset({frozenset()})
    return frozenset({frozenset(words)})


def _either(tokens: list[str], at: int, depth: int) -> tuple[Alternatives | None, int]:
    found, at = _all(tokens, at, depth)
    while found is not None and at < len(tokens) and tokens[at] == "||":
        more, at = _all(tokens, at + 1, depth)
        found = None if more is None or len(found) + len(more) > _MAX_ALTERNATIVES else found | more
    return found, at


def _all(tokens: list[str], at: int, depth: int) -> tuple[Alternatives | None, int]:
    found, at = _one(tokens, at, depth)
    while found is not None and at < len(tokens) and tokens[at] == "&&":
        more, at = _one(tokens, at + 1, depth)
        if more is None or len(found) * len(more) > _MAX_ALTERNATIVES:
            return None, at
        found = frozenset(one | other for one, other in product(found, more))
    return found, at


def _one(tokens: list[str], at: int, depth: int) -> tuple[Alternatives | None, int]:
    if at >= len(tokens) or tokens[at] in (")", "&&", "||") or depth > _MAX_DEPTH:
        return None, at
    if tokens[at] != "(":
        return frozenset({frozenset({_term(tokens[at])})}), at + 1
    found, at = _either(tokens, at + 1, depth + 1)
    return (found, at + 1) if at < len(tokens) and tokens[at] == ")" else (None, at)


def _term(text: str) -> str:
    return _SPACES.sub(" ", _AROUND.sub(r"\1", text.strip()).replace('"', ""))


def _events(old: str, new: str) -> Truth:
    try:
        before, after = json.loads(old), json.loads(new)
    except ValueError:
        return UNKNOWN
    if _implies(before, after):
        return NO
    return YES if _implies(after, before) else UNKNOWN


def _implies(one: Any, other: Any) -> bool:
    """Whether every event that the one pattern matches is matched by the other one."""
    if isinstance(one, dict) and isinstance(other, dict):
        return all(key in one and _implies(one[key], value) for key, value in other.items())
    if isinstance(one, list) and isinstance(other, list):
        return all(each in other for each in one)
    return bool(one == other)
