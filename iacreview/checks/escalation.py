"""Checks of actions that together let their holder escalate its privileges.

Each takes `with: {property: ...}`, the property that holds the document (default `policy`); joint ones look at all
policies of a principal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from iacreview.catalog.view import View
from iacreview.checks.documents import BOTH, Held, grants, held_by, is_about_a_resource, listed
from iacreview.checks.reach import idle_conditions, unknown_actions
from iacreview.grants.principals import principals
from iacreview.model.finding import Extent, Related
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.words import NOTHING, Phrase, joined, say, vouched
from iacreview.semantics.decision.clauses import Clause
from iacreview.semantics.decision.rights import permits
from iacreview.semantics.decision.symbols import Symbols
from iacreview.semantics.denials import without_what_narrows
from iacreview.semantics.escalation import gives_everything, methods
from iacreview.semantics.items import Item
from iacreview.semantics.narrowing import PASSED_TO_SERVICE, narrowing
from iacreview.semantics.paths import PASS_ROLE, Around, OpenMethod, Use, open_paths, passed_to
from iacreview.semantics.pattern import matches
from iacreview.semantics.policy import Statement
from iacreview.semantics.statements import grants_all_actions, service_of, unknown_items


def privilege_escalation(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Combinations of actions of one document with which the holder can escalate its privileges."""
    possible = view.world.graph.unit.possible
    for held in held_by(view, params) if grants(view) else ():
        for statement in held.policy.statements:
            yield from unknown_actions(held, statement)
            yield from _unknown_resources(held, statement)
        groups: dict[int, list[tuple[OpenMethod, Use, Item]]] = {}
        for path in paths_of(held):
            leading = _leading(path)
            item = _item(leading)
            when = [label for use in path.uses for label in use.clause.statement.when]
            if item is None or grants_all_actions(leading.clause.statement) or not possible(tuple(when)):
                continue
            if not _is_passing_anything(path):
                groups.setdefault(id(leading.clause.statement), []).append((path, leading, item))
        for found in groups.values():
            yield _raising(held, found)


def _unknown_resources(held: Held, statement: Statement) -> Iterator[Doubt]:
    """A doubt for each resource that is not known, of a statement with an action which raises rights by itself."""
    if not statement.allows or is_about_a_resource(held, statement):
        return
    resources = unknown_items(statement.resources)
    alone = [each.actions[0] for each in methods() if len(each.actions) == 1] if resources else []
    patterns = [each.pattern for each in statement.actions if each.pattern is not None]
    if any(matches(pattern, action) for pattern in patterns for action in alone):
        for unknown in resources:
            yield from held.doubt_of_all(statement, unknown.value, say("the resources"))


def _leading(path: OpenMethod) -> Use:
    """The action to name the place by: the one that a role is passed with, else the first."""
    return next((use for use in path.uses if use.action == PASS_ROLE), path.uses[0])


def _is_passing_anything(path: OpenMethod) -> bool:
    """Whether the path is one of those that IAM004 tells: with a statement that passes every role to every service."""
    use = _leading(path)
    if use.action != PASS_ROLE or use.named or passed_to(use.clause.statement) is not None:
        return False
    item = _item(use)
    return item is not None and not service_of(item)


def _raising(held: Held, found: list[tuple[OpenMethod, Use, Item]]) -> Violation:
    path, leading, item = found[0]
    hollow = narrowing(leading.clause.statement, (PASSED_TO_SERVICE,)).hollow
    when = tuple(label for use in path.uses for label in use.clause.statement.when)
    items = [each for _, _, each in found]
    words = say("{}{}{}", _way(path), _so_do(each for each, _, _ in found[1:]), idle_conditions(hollow))
    return held.violation(leading.clause.statement, item.value, words, (*item.when, *when), items)


def _way(path: OpenMethod) -> Phrase:
    """The actions of a path, and why they raise rights."""
    return say("{} {}", _actions(path), vouched(path.method.why))


def _actions(path: OpenMethod) -> Phrase:
    return joined(map(vouched, path.method.actions), " with ")


def _so_do(others: Iterable[OpenMethod]) -> Phrase:
    names = [_actions(each) for each in others]
    return say("; so do {}", listed(names)) if names else NOTHING


def paths_of(held: Held, everything: bool = False) -> list[OpenMethod]:
    """The ways to raise one's rights that a document opens by itself, or all policies of a holder together."""
    if not everything:
        # Whose own clauses they are hangs on where the document stands.
        purpose = "paths", held.view.kind.name
        return held.kept(purpose, lambda _: open_paths(_own_clauses(held), held.allows, lambda: _around(held)))
    rights = held.rights_left()[0]
    return open_paths(rights.identity, lambda clause, action, on: permits(rights, action, on, clause).exists)


def _around(held: Held) -> Around:
    from iacreview.grants.own import known_around

    return known_around(held.document, held.view.world)


def _own_clauses(held: Held) -> list[Clause]:
    return [each for each in held.document.clauses if not is_about_a_resource(held, each.statement)]


def _item(use: Use) -> Item | None:
    items = (each for each in use.clause.statement.actions if each.pattern is not None)
    return next((each for each in items if matches(each.pattern or "", use.action)), None)


def joint_escalation(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Combinations of actions that a principal has from several of its policies, and from none of them alone.

    Who can give itself everything by one policy gains nothing by them.
    """
    principal = principals(view.world).get(view.resource.address)
    if principal is None or len(principal.documents) < 2:
        return
    rights = without_what_narrows(principal.rights, BOTH)

    def allows(clause: Clause, action: str, resource: Symbols) -> bool:
        return permits(rights, action, resource, clause).exists

    sources = [each.clauses for each in principal.documents]
    sources += [tuple(clause for each in group for clause in each.clauses) for group in principal.groups]
    alone = {path.method for each in sources for path in open_paths(each, allows)}
    if any(map(gives_everything, alone)):
        return
    written = {id(clause) for each in principal.documents if each.occurrence is not None for clause in each.clauses}
    found = [
        path
        for path in open_paths(rights.identity, allows)
        if not _is_said(path, alone) and not (_is_passing_anything(path) and id(_leading(path).clause) in written)
    ]
    possible = view.world.graph.unit.possible
    for path in found:
        when = tuple(dict.fromkeys(label for use in path.uses for label in use.clause.statement.when))
        if possible(when):
            more = _so_do(each for each in found if each is not path)
            text = say("{}, by several of its policies together{}", _way(path), more)
            extents = tuple(Extent("action", action) for action in path.method.actions)
            yield Violation("policies", view.span, text, (), when, _related(path), values=extents)
            return


def _is_said(path: OpenMethod, alone: set[Any]) -> bool:
    """Whether a single policy opens the path, or another one that needs fewer actions."""
    return any(set(each.actions) <= set(path.method.actions) for each in alone)


def _related(path: OpenMethod) -> tuple[Related, ...]:
    return tuple(
        Related(f"allows {use.action}", use.clause.statement.span)
        for use in path.uses
        if use.clause.statement.span is not None
    )
