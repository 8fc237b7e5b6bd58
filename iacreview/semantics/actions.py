"""What IAM actions do: their access levels, and whether they can be restricted to resources.

Source: "Actions, resources, and condition keys for AWS services" (Service Authorization Reference), compiled by
scripts/compile_iam.py. What the table does not have is not known: newer actions are answered with None or UNKNOWN.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from iacreview.model.logic import NO, UNKNOWN, YES, Truth
from iacreview.model.value import HOLE
from iacreview.semantics.pattern import Glob, covers, has_wildcard, intersects, matches, normalised

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
    "find_action",
    "intersects",
    "matches",
    "resource_types",
    "service_actions",
    "services",
    "supports_resources",
]

LIST = "List"
READ = "Read"
WRITE = "Write"
PERMISSIONS = "Permissions management"
TAGGING = "Tagging"
LEVELS = (LIST, READ, WRITE, TAGGING, PERMISSIONS)

_LETTERS = {"L": LIST, "R": READ, "W": WRITE, "P": PERMISSIONS, "T": TAGGING}


class Action(NamedTuple):
    """One action. `resource_types` is empty where it works on `*` only."""

    service: str
    name: str
    level: str
    resource_types: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.service}:{self.name}"


def services() -> tuple[str, ...]:
    """The prefixes of all known services."""
    return tuple(line[1:] for line in _table().split("\n") if line.startswith(":") and line != ":")


@cache
def service_actions(service: str) -> dict[str, Action] | None:
    """The actions of a service by their names in lower case; None where the service is not known."""
    table = _table()
    head = f"\n:{service.lower()}\n"
    start = table.find(head)
    if start < 0 or "\n" in service:
        return None
    end = table.find("\n:", start + len(head))
    return {action.name.lower(): action for action in _read(service.lower(), table[start + len(head) : end])}


def _read(service: str, section: str) -> Iterator[Action]:
    for line in section.splitlines():
        head, *names = line.split(" ")
        types = tuple(head[1:].split(",")) if head[1:] else ()
        for name in names:
            yield Action(service, name, _LETTERS[head[0]], types)


@cache
def _table() -> str:
    path = os.path.join(os.path.dirname(__file__), "data", "iam_actions.txt")
    with open(path, encoding="ascii", newline="") as file:
        return file.read().replace("\r\n", "\n") + "\n:"


def find_action(text: str) -> Action | None:
    """The action with exactly this name, in any case; None where it is not known."""
    service, separator, name = text.lower().partition(":")
    return (service_actions(service) or {}).get(name) if separator else None


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
    glob = Glob(service)
    chosen = [each for each in services() if glob.matches(each)]
    return tuple(action for each in chosen for action in _expand_in(each, name) or ())


def _expand_in(service: str, name: str) -> tuple[Action, ...] | None:
    actions = service_actions(service)
    if actions is None:
        return None
    if not has_wildcard(name):
        return (actions[name],) if name in actions else None
    if name == "*":
        return tuple(actions.values())
    glob = Glob(name)
    return tuple(action for lower, action in actions.items() if glob.matches(lower))


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
