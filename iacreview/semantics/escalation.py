"""Actions by which a principal can raise its own rights, get credentials, or get data.

The lists are data/escalation.txt and data/sensitive.txt, with their sources.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from iacreview.model.logic import YES
from iacreview.semantics.arn import all_of_service, everything, parse_arn
from iacreview.semantics.items import Item
from iacreview.semantics.parts import lines_of
from iacreview.semantics.pattern import intersects, matches
from iacreview.semantics.policy import Policy, Statement
from iacreview.semantics.statements import denied

_WHY = {
    "self": "changes what it may do itself",
    "others": "takes over another identity",
    "passes": "runs code with a role that has more rights",
    "uses": "uses the role of something that runs",
}
# Whose resources the actions of a service work on, where these are not its own.
_OWNERS = {"sts": "iam"}


class Method(NamedTuple):
    """A way to raise one's rights: all of its actions are needed."""

    why: str
    actions: tuple[str, ...]


class Grant(NamedTuple):
    """What grants an action: the item of the statement. `item` is None for one that allows by NotAction."""

    action: str
    statement: Statement
    item: Item | None


class Escalation(NamedTuple):
    """A method that a policy allows, with what grants each of its actions."""

    method: Method
    grants: tuple[Grant, ...]


@cache
def methods() -> tuple[Method, ...]:
    """All known methods, those that need one action before those that need several."""
    table = [Method(_WHY[how], tuple(actions)) for how, *actions in map(str.split, lines_of("escalation.txt"))]
    return tuple(sorted(table, key=lambda method: len(method.actions)))


def escalations(policy: Policy, unrestricted: bool = True) -> list[Escalation]:
    """The methods that a policy certainly allows: each of the actions by an Allow without conditions, and no Deny.

    With `unrestricted`, only those whose actions are granted on all resources (`*`, `arn:aws:iam::*:role/*`).
    A method is left out where one with fewer of its actions is there already.
    """
    statements = [each for each in policy.statements if each.allows and not each.conditions and each.complete]
    granted: dict[str, Grant | None] = {}
    found: list[Escalation] = []
    for method in methods():
        for action in method.actions:
            if action not in granted:
                granted[action] = _grant(policy, statements, action, unrestricted)
        grants = [granted[action] for action in method.actions]
        if not all(grants) or any(set(each.method.actions) < set(method.actions) for each in found):
            continue
        found.append(Escalation(method, tuple(grant for grant in grants if grant is not None)))
    return found


def _grant(policy: Policy, statements: Iterable[Statement], action: str, unrestricted: bool) -> Grant | None:
    for grant in grants_of(statements, action):
        if unrestricted and not _is_broad(grant.statement, action):
            continue
        if denied(policy, action) is not YES:
            return grant
    return None


def grants_of(statements: Iterable[Statement], action: str) -> Iterator[Grant]:
    """What allows an action, on whatever resources and conditions, as far as it is certain."""
    for statement in statements:
        if not statement.allows:
            continue
        for item in statement.actions:
            if item.pattern is not None and matches(item.pattern, action):
                yield Grant(action, statement, item)
                break
        excluded = statement.not_actions
        if excluded and not any(item.pattern is None or intersects(item.pattern, action) for item in excluded):
            yield Grant(action, statement, None)


def _is_broad(statement: Statement, action: str) -> bool:
    """Whether the statement's resources are all that the action works on."""
    if statement.not_resources:
        return True
    return any(item.pattern is not None and _is_all_for(item.pattern, action) for item in statement.resources)


def _is_all_for(pattern: str, action: str) -> bool:
    if everything(pattern):
        return True
    arn = parse_arn(pattern)
    service = action.partition(":")[0]
    return arn is not None and arn.service == _OWNERS.get(service, service) and all_of_service(pattern)


def exposes_credentials(pattern: str) -> tuple[str, ...]:
    """The actions of a pattern that return credentials."""
    return _matching(pattern, "credentials")


def reads_data(pattern: str) -> tuple[str, ...]:
    """The actions of a pattern that return or share what is stored: objects, items, parameters, snapshots."""
    return _matching(pattern, "data")


def _matching(pattern: str, kind: str) -> tuple[str, ...]:
    return tuple(name for name in _sensitive()[kind] if matches(pattern, name))


@cache
def _sensitive() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for kind, *names in map(str.split, lines_of("sensitive.txt")):
        found.setdefault(kind, []).extend(names)
    return found
