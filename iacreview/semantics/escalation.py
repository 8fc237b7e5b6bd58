"""Actions by which a principal can escalate its privileges, get credentials, or get data.

The lists are data/escalation.txt and data/sensitive.txt, with their sources.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

from iacreview.model.record import NamedTuple
from iacreview.model.value import HOLE
from iacreview.semantics.items import Item
from iacreview.semantics.parts import lines_of
from iacreview.semantics.pattern import has_wildcard, intersects, matcher, matches, normalised
from iacreview.semantics.policy import Statement

OWN = "changes the holder's own permissions"
_WHY = {
    "self": OWN,
    "users": "changes the permissions of users",
    "others": "takes over another identity",
    "passes": "runs code with a more privileged role",
    "uses": "uses the role of something that is running",
}


class Method(NamedTuple):
    """A way to raise one's rights: all of its actions are needed."""

    why: str
    actions: tuple[str, ...]


class GrantingItem(NamedTuple):
    """What grants an action: the item of the statement. `item` is None for one that allows by NotAction."""

    action: str
    statement: Statement
    item: Item | None


@cache
def methods() -> tuple[Method, ...]:
    """All known methods, those that need one action before those that need several."""
    table = [Method(_WHY[how], tuple(actions)) for how, *actions in map(str.split, lines_of("escalation.txt"))]
    return tuple(sorted(table, key=lambda method: len(method.actions)))


def gives_everything(method: Method) -> bool:
    """Whether one action is enough to have every right, of one's own or of a user's."""
    return len(method.actions) == 1 and method.why in (OWN, _WHY["users"])


def grants_of(statements: Iterable[Statement], action: str) -> Iterator[GrantingItem]:
    """What allows an action, on whatever resources and conditions, as far as it is certain."""
    for statement in statements:
        if not statement.allows:
            continue
        for item in statement.actions:
            if item.pattern is not None and matches(item.pattern, action):
                yield GrantingItem(action, statement, item)
                break
        excluded = statement.not_actions
        if excluded and not any(item.pattern is None or intersects(item.pattern, action) for item in excluded):
            yield GrantingItem(action, statement, None)


def exposes_credentials(pattern: str) -> tuple[str, ...]:
    """The actions of a pattern that return credentials."""
    return _matching(pattern, "credentials")


def reads_data(pattern: str) -> tuple[str, ...]:
    """The actions of a pattern that return or share what is stored: objects, items, parameters, snapshots."""
    return _matching(pattern, "data")


def loses_data(pattern: str) -> tuple[str, ...]:
    """The actions of a pattern after which data, keys, logs or backups are gone, no longer made, or overwritten."""
    return _matching(pattern, "destruction") + _matching(pattern, "overwriting")


@lru_cache(maxsize=4096)
def _matching(pattern: str, kind: str) -> tuple[str, ...]:
    if HOLE in pattern:
        return tuple(name for name in _sensitive(kind) if matches(pattern, name))
    pattern = normalised(pattern)
    service, separator, _ = pattern.partition(":")
    possible = _sensitive(kind) if not separator or has_wildcard(service) else _sensitive_of(kind).get(service, ())
    test = matcher(pattern)
    return tuple(name for name in possible if test(name.lower()))


@cache
def _sensitive(kind: str) -> list[str]:
    lines = map(str.split, lines_of("sensitive.txt"))
    return [name for found, *names in lines if found == kind for name in names]


@cache
def _sensitive_of(kind: str) -> dict[str, list[str]]:
    """Those of a kind by their services."""
    found: dict[str, list[str]] = {}
    for name in _sensitive(kind):
        found.setdefault(name.partition(":")[0].lower(), []).append(name)
    return found
