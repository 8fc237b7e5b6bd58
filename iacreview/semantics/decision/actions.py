"""The classes of actions that patterns tell apart: among those known, one to come of each service, one service to come.

Source: "Actions, resources, and condition keys for AWS services" (Service Authorization Reference).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import translate
from functools import cache

from iacreview.model.record import NamedTuple
from iacreview.model.value import HOLE
from iacreview.semantics.actions import service_actions, services
from iacreview.semantics.pattern import has_wildcard

# No action or service can have such a name, so only wildcards match it.
TO_COME = "…"


class ActionClass(NamedTuple):
    """Actions (in lower case) that the same patterns match; `names` are those known, or the one to come."""

    patterns: frozenset[str]
    names: tuple[str, ...]


def action_classes(patterns: Iterable[str]) -> list[ActionClass]:
    """The classes, of normalised patterns. Actions that no pattern matches are one of them."""
    every = tuple(dict.fromkeys(patterns))
    found: dict[frozenset[str], list[str]] = {}
    for service in _services_told_apart(every):
        relevant = [pattern for pattern in every if _of_service(pattern, service)]
        _add_service(service, relevant, found)
    return [ActionClass(matched, tuple(names)) for matched, names in found.items()]


def _services_told_apart(patterns: Sequence[str]) -> list[str]:
    """The services of which the patterns say different things, and the one to come."""
    heads = {pattern.partition(":")[0] for pattern in patterns if pattern not in ("*", "*:*")}
    named = {head for head in heads if not has_wildcard(head)}
    for head in heads - named:
        named.update(services() if head == "*" else filter(_compiled(head).match, services()))
    return [*sorted(named), TO_COME]


def _of_service(pattern: str, service: str) -> bool:
    head, separator, _ = pattern.partition(":")
    if not separator:
        return pattern == "*"
    return head == service or head == "*" or (has_wildcard(head) and bool(_compiled(head).match(service)))


def _add_service(service: str, patterns: Sequence[str], found: dict[frozenset[str], list[str]]) -> None:
    whole = frozenset(pattern for pattern in patterns if pattern == "*" or pattern.endswith(":*"))
    parts = [pattern for pattern in patterns if pattern not in whole]
    known = service_actions(service) or {}
    if not parts:
        found.setdefault(whole, []).extend(f"{service}:{name}" for name in (*known, TO_COME))
        return
    tails = {pattern: pattern.partition(":")[2] for pattern in parts}
    literal = {tail for tail in tails.values() if not has_wildcard(tail) and HOLE not in tail}
    for name in dict.fromkeys((*known, *sorted(literal))):
        matched = {pattern for pattern, tail in tails.items() if tail == name or _wild_match(tail, name)}
        found.setdefault(whole | matched, []).append(f"{service}:{name}")
    found.setdefault(whole, []).append(f"{service}:{TO_COME}")


def _wild_match(tail: str, name: str) -> bool:
    return has_wildcard(tail) and bool(_compiled(tail).match(name))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern as an expression that takes time linear in the name, however many stars there are."""
    return re.compile(translate(pattern.replace("[", "[[]")))
