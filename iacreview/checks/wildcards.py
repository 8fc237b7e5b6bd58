"""Checks of policies that allow more than they name: wildcards of actions, and all but what is named.

Each takes `with: {property: ...}`, the property that holds the document (default `policy`). What denies a grant, limits
it or sets conditions counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iacreview.catalog.view import View
from iacreview.checks.documents import Held, each_grant, listed, on_resources
from iacreview.checks.reach import (
    OF_OBJECTS,
    about_itself,
    about_oneself,
    clauses_of,
    everywhere,
    idle_conditions,
    in_scope,
    in_service_scope,
    leaves,
    living,
    reached,
    unknown_actions,
)
from iacreview.model.logic import NO, YES
from iacreview.model.outcome import Outcome
from iacreview.model.value import is_there
from iacreview.model.words import NOTHING, Phrase, joined, say, vouched
from iacreview.semantics.actions import PERMISSIONS, Action, expand, expand_to
from iacreview.semantics.arn import parse_arn
from iacreview.semantics.conditions import delegates
from iacreview.semantics.decision.clauses import Clause
from iacreview.semantics.decision.generic import wide
from iacreview.semantics.decision.symbols import Symbols
from iacreview.semantics.items import Item
from iacreview.semantics.narrowing import narrowing
from iacreview.semantics.policy import Statement
from iacreview.semantics.statements import action_wildcards, grants_all_actions, open_names, service_wildcards

# How actions begin that take permissions away, and the words of those that are about permissions by their name.
_TAKING = ("Delete", "Deny", "Detach", "Disable", "Disassociate", "Reject", "Remove", "Revoke")
_SAYING = ("Permission", "Policy")


def all_actions(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """`Allow` of `*`. `named` narrows to what is about named resources alone (true), or to the others (false)."""
    named = params.get("named")

    def judge(held: Held, statement: Statement) -> Iterator[Outcome]:
        yield from unknown_actions(held, statement)
        if delegates(statement):
            return
        for item in grants_all_actions(statement):
            limits = narrowing(statement)
            if limits.what is YES and not about_itself(statement):
                continue
            clause = living(held, statement, item)
            if clause is not None and named in (None, _is_named(clause)):
                idle = idle_conditions(limits.hollow)
                text = say("{} is allowed{}{}", item.shown, on_resources(clause), idle)
                yield held.violation(statement, item.value, text, clause.when)

    return each_grant(view, params, judge)


def _is_named(clause: Clause) -> bool:
    """Whether a clause is about nothing but resources of known services, and about all of no type of theirs."""
    services = [parse_arn(_written(pattern)) for pattern in clause.resources]
    actions = [expand(f"{arn.service}:*") if arn is not None else None for arn in services]
    known = [each for each in actions if each]
    return (
        bool(known) and len(known) == len(actions) and not any(wide(clause, each) for group in known for each in group)
    )


def _written(pattern: Symbols) -> str:
    """A pattern as a text; what is not known of it as a sign that no service has in its name."""
    return "".join(symbol if len(symbol) == 1 else "?" for symbol in pattern)


def service_wildcard(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """`Allow` of `s3:*` and the like. `scope` as in all_actions.

    `named` narrows to items that give no more than the use of what is named (true), or to the others (false): those
    that manage permissions, or reach all resources of a type.
    """
    named = params.get("named")

    def judge(held: Held, statement: Statement) -> Iterator[Outcome]:
        yield from unknown_actions(held, statement)
        if not in_service_scope(statement, params):
            return
        for item in open_names(statement):
            yield held.doubt(statement, item.value, say("the actions"))
        limits = narrowing(statement)
        for item in service_wildcards(statement):
            if limits.what is YES and not about_itself(statement):
                continue
            for clause, left in _each_most(held, statement, item):
                if named is not None and named is not _uses_alone(clause, left):
                    continue
                if left is None or any(map(_matters, left)):
                    more = (on_resources(clause), _numbers(left), idle_conditions(limits.hollow))
                    when = clause.when if clause is not None else item.when
                    yield held.violation(statement, item.value, say("{} is allowed{}{}{}", item.shown, *more), when)

    return each_grant(view, params, judge)


def _matters(action: Action) -> bool:
    """Whether an action manages permissions, or does something that could be restricted to resources."""
    return action.level == PERMISSIONS or bool(action.resource_types)


def _uses_alone(clause: Clause | None, reached: list[Action] | None) -> bool:
    """Whether actions do no more than work with what a clause names."""
    if clause is None or not reached:
        return True
    return not any(action.level == PERMISSIONS or wide(clause, action) for action in reached)


def _numbers(actions: list[Action] | None) -> Phrase:
    if not actions:
        return NOTHING
    managing = [action for action in actions if action.level == PERMISSIONS]
    if not managing:
        return say(": {} actions", len(actions)) if len(actions) > 1 else say(": 1 action")
    counts = (len(actions), len(managing))
    example = vouched(str(min(managing, key=_how_telling)))
    return say(": {} actions, {} of them permissions management, e.g. {}", *counts, example)


def _how_telling(action: Action) -> tuple[bool, bool, int, str]:
    """The order of examples: what gives permissions before what takes them, what says so before others."""
    return _takes(action), not any(word in action.name for word in _SAYING), len(action.name), action.name


def _takes(action: Action) -> bool:
    """Whether an action takes permissions away, and gives none."""
    return action.level == PERMISSIONS and action.name.startswith(_TAKING)


def _each_most(held: Held, statement: Statement, item: Item) -> Iterator[tuple[Clause | None, list[Action] | None]]:
    """As _most, with all clauses that leave as much, under other guards."""
    clause, reached = _most(held, statement, item)
    yield clause, reached
    if clause is None or reached is None:
        return
    for other in clauses_of(held, statement, item):
        if other.when != clause.when and other.resources == clause.resources:
            yield other, reached


def _most(held: Held, statement: Statement, item: Item) -> tuple[Clause | None, list[Action] | None]:
    """The clause that leaves most of an item's actions allowed, and which; no actions where none are known."""
    known = expand(item.pattern) if item.pattern is not None else None
    clauses = clauses_of(held, statement, item)
    if known is None:
        return (clauses[0] if clauses else None), None
    found = [(clause, reached(held, clause, known)) for clause in clauses]
    return max(found, key=lambda each: len(each[1]), default=(None, []))


def wildcard_reach(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Wildcards inside names that reach actions of some access levels (`levels`), which nobody sees who reads them.

    What is said of actions on every resource is not said again. Those that only take permissions away count with
    `taking`.
    """
    levels, taking = params["levels"], params.get("taking", False)
    possible = dict.fromkeys((*levels, PERMISSIONS))

    def is_wanted(action: Action) -> bool:
        return action.level in levels or (taking and _takes(action))

    def is_grave(action: Action) -> bool:
        return is_wanted(action) and str(action) not in OF_OBJECTS and (taking or not _takes(action))

    def judge(held: Held, statement: Statement) -> Iterator[Outcome]:
        if not statement.allows or narrowing(statement).any is not NO or about_itself(statement):
            return
        if about_oneself(statement):
            return
        yield from unknown_actions(held, statement)
        for item in action_wildcards(statement):
            if not any(map(is_grave, expand_to(item.pattern or "", possible))):
                continue
            clause, found = _most(held, statement, item)
            wanted = [each for each in found or () if is_wanted(each)]
            grave = list(filter(is_grave, wanted))
            if grave and not any(everywhere(held, statement, item, action) for action in wanted):
                names = listed(vouched(str(action)) for action in dict.fromkeys((*grave, *wanted)))
                parts = (item.shown, len(found or ()), names, on_resources(clause))
                text = say("{} matches {} actions, among them {}{}", *parts)
                yield held.violation(statement, item.value, text, clause.when if clause is not None else item.when)

    return each_grant(view, params, judge)


def allow_all_but(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """`Allow` with NotAction, NotResource or NotPrincipal.

    `everything` narrows to all other actions on all resources (true), or to the rest (false).
    """
    everything = params.get("everything")

    def judge(held: Held, statement: Statement) -> Iterator[Outcome]:
        whole = bool(statement.not_actions) and in_scope(statement, {"scope": "all"})
        if not statement.allows or everything not in (None, whole):
            return
        limits = narrowing(statement)
        for element, items in (
            ("NotAction", statement.not_actions),
            ("NotResource", statement.not_resources),
            ("NotPrincipal", statement.not_principals),
        ):
            if not items or (limits.what is YES and not about_itself(statement)):
                continue
            if not any(map(is_there, (item.value for item in items))):
                yield held.doubt(statement, items[0].value, vouched(element))
                continue
            if about_itself(statement) or leaves(held, statement):
                names = joined((item.shown for item in items[:3]), ", ")
                text = say("`{}` {} with `Allow`{}", vouched(element), names, idle_conditions(limits.hollow))
                found = held.violation(statement, items[0].value, text)
                yield found._replace(span=statement.key_span(element) or found.span)

    return each_grant(view, params, judge)
