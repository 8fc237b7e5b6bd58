"""Checks of actions that are allowed on every resource, though they could be restricted to some.

Each takes `with: {property: ...}`, the property that holds the document (default `policy`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from iacreview.catalog.view import View
from iacreview.checks.documents import Held, each_grant, listed
from iacreview.checks.escalation import paths_of
from iacreview.checks.reach import (
    ItemReach,
    about_itself,
    every_reach,
    idle_conditions,
    in_scope,
    living,
    unknown_actions,
    weight,
)
from iacreview.model.guard import When
from iacreview.model.logic import UNKNOWN, YES, Truth
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.record import NamedTuple
from iacreview.model.words import NOTHING, Phrase, joined, say, vouched
from iacreview.semantics.actions import LEVELS, PERMISSIONS, WRITE, Action, expand_to, find_action
from iacreview.semantics.decision.symbols import EVERYTHING
from iacreview.semantics.escalation import exposes_credentials, gives_everything, loses_data, reads_data
from iacreview.semantics.items import Item
from iacreview.semantics.narrowing import narrowing
from iacreview.semantics.paths import PASS_ROLE, OpenMethod
from iacreview.semantics.pattern import covers
from iacreview.semantics.policy import Statement
from iacreview.semantics.statements import grants_all_actions, service_of, unknown_items


class Verb(NamedTuple):
    """What actions do, of one and of several."""

    one: Phrase
    several: Phrase


# What is made by these does nothing until it is used by another action: a role whose policy AWS writes, for the service
# that it names, and a device that nobody has. "Using service-linked roles", "AWS: Allows MFA-authenticated IAM users to
# manage their own MFA device" (IAM User Guide).
_HARMLESS = frozenset({"iam:CreateServiceLinkedRole", "iam:CreateVirtualMFADevice"})
_ALLOWED = Verb(say("is allowed"), say("are allowed"))
_EXPOSES = Verb(say("returns credentials, and is allowed"), say("return credentials, and are allowed"))
_READS = Verb(say("reads what is stored, and is allowed"), say("read what is stored, and are allowed"))
_SHARES = Verb(say("shares what is stored, and is allowed"), say("share what is stored, and are allowed"))
_BOTH = Verb(
    say("reads or shares what is stored, and is allowed"), say("read or share what is stored, and are allowed")
)


def unrestricted_resource(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Actions of some access levels (`levels`) on all resources of a type, though they could be restricted to some.

    With `everything`, only those on all resources of all types; with `losing`, only those after which data, keys, logs
    or backups are gone or overwritten, or (false) only the others.
    """
    levels, losing = frozenset(params["levels"]), params.get("losing")

    def judge(held: Held, statement: Statement) -> Iterator[Outcome]:
        limits = narrowing(statement)
        if not statement.allows or limits.any is YES or about_itself(statement):
            return
        yield from unknown_actions(held, statement)
        if params.get("everything") and not in_scope(statement, {"scope": "all"}):
            return
        paths = paths_of(held)
        if PERMISSIONS in levels and _gives_everything(paths, statement):
            return
        silent = _HARMLESS | _said_elsewhere(paths)
        chosen = [
            (item, action)
            for item in _named(held, statement)
            for action in _chosen(item.pattern or "", levels, losing)
            if str(action) not in silent
        ]
        for unknown in unknown_items(statement.resources) if chosen else ():
            yield from held.doubt_of_all(statement, unknown.value, say("the resources"))
        yield from _on_every(held, statement, limits.any, chosen, limits.hollow)

    return each_grant(view, params, judge)


def _chosen(pattern: str, levels: frozenset[str], losing: bool | None) -> Iterator[Action]:
    """The actions of a pattern that weigh as much as one of the levels, and can be restricted to resources."""
    lost = () if losing is None else loses_data(pattern)
    possible = (level for level in LEVELS if level in levels or (level == PERMISSIONS and WRITE in levels))
    known = filter(None, map(find_action, lost)) if losing else expand_to(pattern, possible)
    for action in known:
        if action.resource_types and weight(action) in levels and (losing or str(action) not in lost):
            yield action


def pass_any_role(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """`iam:PassRole` on every role, without a condition that narrows it; with what it opens the way to."""
    passing = find_action(PASS_ROLE)
    assert passing is not None

    def judge(held: Held, statement: Statement) -> Iterator[Outcome]:
        limits = narrowing(statement)
        if not statement.allows or limits.any is YES or about_itself(statement):
            return
        yield from unknown_actions(held, statement)
        for item in _named(held, statement):
            if not covers(item.pattern or "", PASS_ROLE):
                continue
            for unknown in unknown_items(statement.resources):
                yield from held.doubt_of_all(statement, unknown.value, say("the roles"))
            reaches = list(every_reach(held, statement, item, passing))
            if reaches and limits.any is UNKNOWN:
                yield from _open(held, statement, limits.any, say("whether the conditions narrow the roles"))
                continue
            for found in reaches:
                more = (_where(found), _opens(held), idle_conditions(limits.hollow))
                at = [item, *([found.resource] if found.resource is not None else [])]
                yield held.violation(
                    statement, item.value, say("{} is allowed{}{}{}", item.shown, *more), found.when, at
                )

    return each_grant(view, params, judge)


def _opens(held: Held) -> Phrase:
    """With which other actions of its holder a role that is passed is used."""
    paths = [path for path in paths_of(held, everything=True) if PASS_ROLE in path.method.actions]
    if not paths:
        return NOTHING
    others = joined((vouched(action) for action in paths[0].method.actions if action != PASS_ROLE), " and ")
    return say("; with {} it {}", others, vouched(paths[0].method.why))


def credentials_exposure(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Actions that return credentials, on all resources."""
    return each_grant(view, params, _risky(exposes_credentials, _EXPOSES))


def data_exfiltration(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Actions that read data or secrets, on all resources."""
    judge = _risky(reads_data, _READS)

    def of_people_and_programs(held: Held, statement: Statement) -> Iterator[Outcome]:
        of_service = held.is_of_service()
        for outcome in judge(held, statement) if of_service is not YES else ():
            open = of_service is UNKNOWN and isinstance(outcome, Violation)
            yield held.open(statement, say("who may assume the role")) if open else outcome

    return each_grant(view, params, of_people_and_programs)


def _risky(actions_of: Callable[[str], tuple[str, ...]], what: Verb) -> Callable[[Held, Statement], Iterator[Outcome]]:
    def judge(held: Held, statement: Statement) -> Iterator[Outcome]:
        limits = narrowing(statement)
        if not statement.allows or limits.any is YES or about_itself(statement):
            return
        yield from unknown_actions(held, statement)
        chosen = [
            (item, action)
            for item in _named(held, statement)
            for name in actions_of(item.pattern or "")
            if (action := find_action(name)) is not None
        ]
        for unknown in unknown_items(statement.resources) if chosen else ():
            yield from held.doubt_of_all(statement, unknown.value, say("the resources"))
        yield from _on_every(held, statement, limits.any, chosen, limits.hollow, what)

    return judge


def _named(held: Held, statement: Statement) -> list[Item]:
    """The items that are neither everything nor a whole service: of these, other rules speak.

    What is everything by itself, and is not in the end, is spoken of here.
    """
    told = {id(item) for item in grants_all_actions(statement) if living(held, statement, item) is not None}
    items = (item for item in statement.actions if item.pattern is not None and not service_of(item))
    return [item for item in items if id(item) not in told]


def _open(held: Held, statement: Statement, limited: Truth, what: Phrase) -> Iterator[Doubt]:
    if limited is UNKNOWN:
        yield held.open(statement, what)


def _on_every(
    held: Held,
    statement: Statement,
    limited: Truth,
    chosen: list[tuple[Item, Action]],
    hollow: tuple[Phrase, ...],
    what: Verb = _ALLOWED,
) -> Iterator[Outcome]:
    """One outcome for each resource pattern of a statement that is every resource of a type, and for its guards.

    What is there under guards is told action by action: each of them is then told under its own.
    """
    groups: dict[tuple[str, When, str | None], list[tuple[ItemReach, Action]]] = {}
    for item, action in chosen:
        for found in every_reach(held, statement, item, action):
            pattern = found.resource.pattern or "" if found.resource is not None else ""
            name = item.pattern if found.when else None
            groups.setdefault((pattern, found.when, name), []).append((found, action))
    if groups and limited is UNKNOWN:
        yield from _open(held, statement, limited, say("whether the conditions narrow this"))
        return
    for group in groups.values():
        yield _of_group(held, statement, group, hollow, what)


def _of_group(
    held: Held,
    statement: Statement,
    group: list[tuple[ItemReach, Action]],
    hollow: tuple[Phrase, ...],
    what: Verb,
) -> Violation:
    first = group[0][0]
    items = list(dict.fromkeys(found.item for found, _ in group))
    verb = _of_data([action for _, action in group]) if what is _READS else what
    said = verb.one if len(items) == 1 else verb.several
    more = (_where(first), _counted([(found.item, action) for found, action in group]), idle_conditions(hollow))
    text = say("{} {}{}{}{}", listed([each.shown for each in items]), said, *more)
    resources = [first.resource] if first.resource is not None else []
    return held.violation(statement, items[0].value, text, first.when, [*items, *resources])


def _of_data(actions: list[Action]) -> Verb:
    """What actions do with data: those that manage permissions let others read it."""
    sharing = {action.level == PERMISSIONS for action in actions}
    return _BOTH if len(sharing) > 1 else _SHARES if True in sharing else _READS


def _where(found: ItemReach) -> Phrase:
    if found.resource is None:
        return say(" on every resource but some")
    if found.wide.pattern == EVERYTHING:
        return say(" on {}", found.resource.shown)
    type = vouched(found.wide.type.replace("-", " ").lower())
    return say(" on {}, which is every {}", found.resource.shown, type)


def _counted(actions: list[tuple[Item, Action]]) -> Phrase:
    """How many actions, where patterns hide that."""
    patterns = {item.pattern for item, _ in actions}
    every = dict.fromkeys(str(action) for _, action in actions)
    if len(every) <= len(patterns):
        return NOTHING
    return say(" ({} actions, e.g. {})", len(every), listed(map(vouched, every), 2))


def _gives_everything(paths: Iterable[OpenMethod], statement: Statement) -> bool:
    """Whether a statement by itself lets its holder have every right, which tells more than what else it manages."""
    return any(
        gives_everything(path.method) and all(use.clause.statement is statement for use in path.uses) for path in paths
    )


def _said_elsewhere(paths: Iterable[OpenMethod]) -> set[str]:
    """The actions of which the rules about passing roles, raising rights, data and credentials speak."""
    raising = (path.method.actions[0] for path in paths if len(path.method.actions) == 1)
    return {PASS_ROLE, *reads_data("*"), *exposes_credentials("*"), *raising}
