"""Which actions a pattern stands for, their access levels, and whether they can be restricted to resources.

What `facts` does not have is not known: newer actions are answered with None or UNKNOWN.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from iacreview.model.logic import NO, UNKNOWN, YES, Truth
from iacreview.model.value import HOLE
from iacreview.semantics.facts import (
    LEVELS,
    LIST,
    PERMISSIONS,
    READ,
    TAGGING,
    WRITE,
    Action,
    action_named,
    actions_at,
    actions_beginning,
    actions_where,
    every_action_at,
    service_actions,
    services,
)
from iacreview.semantics.pattern import covers, has_wildcard, intersects, matcher, matches, normalised

# Past this number of patterns, all names of actions are put in order.
_MANY = 100

__all__ = [
    "LEVELS",
    "LIST",
    "PERMISSIONS",
    "READ",
    "TAGGING",
    "WRITE",
    "Action",
    "access_levels",
    "covers",
    "expand",
    "expand_to",
    "find_action",
    "intersects",
    "matches",
    "resource_types",
    "service_actions",
    "services",
    "supports_resources",
]


def find_action(text: str) -> Action | None:
    """The action with exactly this name, in any case; None where it is not known."""
    service, separator, name = text.lower().partition(":")
    return action_named(service, name) if separator and name else None


@cache
def expand(pattern: str) -> tuple[Action, ...] | None:
    """The known actions a pattern stands for.

    None where nobody can tell: a hole in it, an unknown service, or a name without wildcards that is not known.
    """
    pattern = normalised(pattern)
    service, separator, name = pattern.partition(":")
    if HOLE in pattern:
        return None
    if pattern == "*":
        service, name = "*", "*"
    elif not separator:
        return ()
    if not has_wildcard(service):
        return _expand_in(service, name)
    chosen, test = matcher(service), matcher(name)
    pieces = name.replace("?", "*").split("*")
    if pieces[0] and expand.cache_info().currsize > _MANY:
        found = actions_beginning(pieces[0])
        return tuple(each for each in found if chosen(each.service) and test(each.name.lower()))
    return tuple(actions_where(chosen, test, f" {pieces[0]}" if pieces[0] else max(pieces, key=len)))


def _expand_in(service: str, name: str) -> tuple[Action, ...] | None:
    actions = service_actions(service)
    if actions is None:
        return None
    if not has_wildcard(name):
        return (actions[name],) if name in actions else None
    if name == "*":
        return tuple(actions.values())
    test, part = matcher(name), max(name.replace("?", "*").split("*"), key=len)
    return tuple(action for lower, action in actions.items() if part in lower and test(lower))


def expand_to(pattern: str, levels: Iterable[str]) -> Iterator[Action]:
    """Of the known actions that a pattern stands for, those of some access levels; none where nobody can tell.

    The others are not made, which pays where a pattern stands for thousands; where there are many patterns, it no
    longer does.
    """
    many = _expand_to.cache_info().currsize > _MANY
    for level in levels:
        if many:
            yield from (each for each in expand(pattern) or () if each.level == level)
        else:
            yield from _expand_to(pattern, level)


@cache
def _expand_to(pattern: str, level: str) -> tuple[Action, ...]:
    pattern = normalised(pattern)
    service, separator, name = pattern.partition(":")
    if pattern == "*":
        service, name = "*", "*"
    elif HOLE in pattern or not separator:
        return ()
    if has_wildcard(service):
        return tuple(every_action_at(level, matcher(service), matcher(name)))
    return tuple(actions_at(level, service, matcher(name)))


def access_levels(pattern: str) -> frozenset[str] | None:
    """The access levels of all actions a pattern stands for; None where nobody can tell."""
    actions = expand(pattern)
    return None if actions is None else frozenset(action.level for action in actions)


def resource_types(action: str) -> tuple[str, ...] | None:
    """The types of resources an action can be restricted to; empty where only `*` works, None where not known."""
    found = find_action(action)
    return None if found is None else found.resource_types


def supports_resources(patterns: Iterable[str]) -> Truth:
    """Whether some action of the patterns can be restricted to resources."""
    answer = NO
    for pattern in patterns:
        actions = expand(pattern)
        if actions is None:
            answer = UNKNOWN
        elif any(action.resource_types for action in actions):
            return YES
    return answer
