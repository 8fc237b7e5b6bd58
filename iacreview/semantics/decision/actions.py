"""The classes of actions that patterns tell apart: among those known, one to come of each service, one service to come.

Source: "Actions, resources, and condition keys for AWS services" (Service Authorization Reference).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import translate
from functools import cache

from iacreview.model.record import NamedTuple
from iacreview.model.value import HOLE
from iacreview.semantics.actions import service_actions, services
from iacreview.semantics.pattern import has_wildcard, matcher

# No action or service can have such a name, so only wildcards match it.
TO_COME = "…"


class ActionClass(NamedTuple):
    """Actions (in lower case) that the same patterns match; `names` are those known, or the one to come."""

    patterns: frozenset[str]
    names: tuple[str, ...]


class PatternIndex:
    """Patterns of names, by how they start: of thousands only a few are tried for one name."""

    __slots__ = ("_by_start", "_lengths", "_literal")

    def __init__(self, patterns: Iterable[str]) -> None:
        self._literal: set[str] = set()
        self._by_start: dict[str, dict[str, Callable[[str], object]]] = {}
        for pattern in patterns:
            if has_wildcard(pattern):
                start = pattern[: min(at for at in map(pattern.find, "*?") if at >= 0)]
                self._by_start.setdefault(start, {})[pattern] = _test(pattern)
            else:
                self._literal.add(pattern)
        self._lengths = sorted(set(map(len, self._by_start)))

    def matching(self, name: str) -> Iterator[str]:
        """The patterns that a name is one of."""
        if name in self._literal:
            yield name
        for length in self._lengths:
            for pattern, test in self._by_start.get(name[:length], {}).items() if length <= len(name) else ():
                if test(name):
                    yield pattern

    def has(self, name: str) -> bool:
        """Whether a name is one of any pattern."""
        if name in self._literal:
            return True
        for length in self._lengths:
            tests = self._by_start.get(name[:length]) if length <= len(name) else None
            if tests is not None and any(test(name) for test in tests.values()):
                return True
        return False


@cache
def _test(pattern: str) -> Callable[[str], object]:
    """Takes time linear in the name, however many stars there are."""
    if "?" in pattern or HOLE in pattern:
        return re.compile(translate(pattern.replace("[", "[[]"))).match
    return matcher(pattern)


def action_classes(patterns: Iterable[str]) -> list[ActionClass]:
    """The classes, of normalised patterns. Actions that no pattern matches are one of them."""
    every = tuple(dict.fromkeys(patterns))
    heads: dict[str, list[str]] = {}
    for pattern in every:
        head, separator, _ = pattern.partition(":")
        if separator or pattern == "*":
            heads.setdefault(head, []).append(pattern)
    wild = [head for head in heads if has_wildcard(head)]
    found: dict[frozenset[str], list[str]] = {}
    for service in _services_told_apart(every):
        relevant = [pattern for head in wild if _test(head)(service) for pattern in heads[head]]
        _add_service(service, [*heads.get(service, ()), *relevant], found)
    return [ActionClass(matched, tuple(names)) for matched, names in found.items()]


def services_alike(patterns: Iterable[str]) -> list[str]:
    """The known services of which the patterns say the same as of one to come."""
    told = set(_services_told_apart(tuple(patterns)))
    return [service for service in services() if service not in told]


def _services_told_apart(patterns: Sequence[str]) -> list[str]:
    """The services of which the patterns say different things, and the one to come."""
    heads = {pattern.partition(":")[0] for pattern in patterns if pattern not in ("*", "*:*")}
    named = {head for head in heads if not has_wildcard(head)}
    for head in heads - named:
        named.update(services() if head == "*" else filter(_test(head), services()))
    return [*sorted(named), TO_COME]


def _add_service(service: str, patterns: Sequence[str], found: dict[frozenset[str], list[str]]) -> None:
    whole = frozenset(pattern for pattern in patterns if pattern == "*" or pattern.endswith(":*"))
    parts: dict[str, list[str]] = {}
    for pattern in patterns:
        if pattern not in whole:
            parts.setdefault(pattern.partition(":")[2], []).append(pattern)
    known = service_actions(service) or {}
    if not parts:
        found.setdefault(whole, []).extend(f"{service}:{name}" for name in (*known, TO_COME))
        return
    tails = PatternIndex(parts)
    literal = {tail for tail in parts if not has_wildcard(tail) and HOLE not in tail}
    for name in dict.fromkeys((*known, *sorted(literal))):
        matched = {pattern for tail in tails.matching(name) for pattern in parts[tail]}
        found.setdefault(whole | matched, []).append(f"{service}:{name}")
    found.setdefault(whole, []).append(f"{service}:{TO_COME}")
