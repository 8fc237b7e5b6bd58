"""Checks of what policies grant to those who hold them, after what denies it, what limits it, and under its conditions.

Each takes `with: {property: ...}`, the property that holds the document (default `policy`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from iacreview.catalog.view import View
from iacreview.checks.documents import (
    Place,
    each_grant,
    grants,
    is_about_a_resource,
    listed,
    on_resources,
    places,
    shown,
)
from iacreview.checks.holders import principals
from iacreview.model.finding import Extent, Related
from iacreview.model.logic import NO, UNKNOWN, YES, Truth
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.words import NOTHING, say, vouched
from iacreview.semantics.actions import PERMISSIONS, Action, expand, find_action
from iacreview.semantics.conditions import delegates
from iacreview.semantics.decision.actions import TO_COME
from iacreview.semantics.decision.clauses import Clause, action_matches
from iacreview.semantics.decision.generic import SOMETHING, Wide, resources_of, wide
from iacreview.semantics.decision.rights import permits
from iacreview.semantics.decision.symbols import EVERYTHING, Symbols, symbols_of, wild
from iacreview.semantics.escalation import exposes_credentials, reads_data
from iacreview.semantics.facts import service_resources
from iacreview.semantics.items import Item
from iacreview.semantics.narrowing import PASSED_TO_SERVICE, narrowing
from iacreview.semantics.paths import PASS_ROLE, Path, Use, open_paths, passed_to
from iacreview.semantics.pattern import covers, intersects, matches, normalised
from iacreview.semantics.policy import Statement
from iacreview.semantics.statements import (
    action_wildcards,
    grants_all_actions,
    service_of,
    service_wildcards,
    unknown_items,
    unrestricted_resource,
)

_ANY_ACTION = f"{TO_COME}:{TO_COME}"
_STAR: Symbols = ("*",)


def _unknown_actions(place: Place, statement: Statement) -> Iterator[Doubt]:
    if statement.denies:
        return
    for item in unknown_items(statement.actions):
        yield place.doubt(statement, item.value, "the actions")


def _in_scope(statement: Statement, params: Mapping[str, Any]) -> bool:
    scope = params.get("scope")
    everything = bool(unrestricted_resource(statement)) or (bool(statement.not_resources) and not statement.resources)
    return scope is None or everything == (scope == "all")


def _clauses_of(place: Place, statement: Statement, item: Item) -> list[Clause]:
    pattern = normalised(item.pattern or "")
    return [clause for clause in place.clauses(statement) if pattern in clause.actions]


def _about_itself(statement: Statement) -> bool:
    """Whether it stands in the policy of a resource, or of a role's trust."""
    return bool(statement.principals or statement.not_principals)


def _living(place: Place, statement: Statement, item: Item, action: str) -> Clause | None:
    """The clause by which an item allows the action in the end: one of everything before others."""
    clauses = _clauses_of(place, statement, item)
    for clause in sorted(clauses, key=lambda each: not each.about_resource(SOMETHING)):
        if any(place.allows(clause, action, resource) for resource in _broad(clause)):
            return clause
    return None


def _broad(clause: Clause) -> Iterator[Symbols]:
    yield from (SOMETHING, *resources_of(clause)) if clause.about_resource(SOMETHING) else resources_of(clause)


def all_actions(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """`Allow` of `*`. `scope` narrows to statements about all resources (`all`) or to the others (`some`)."""

    def judge(place: Place, statement: Statement) -> Iterator[Outcome]:
        yield from _unknown_actions(place, statement)
        if delegates(statement) or not _in_scope(statement, params):
            return
        for item in grants_all_actions(statement):
            limits = narrowing(statement)
            if limits.what is YES and not _about_itself(statement):
                continue
            clause = _living(place, statement, item, _ANY_ACTION)
            if clause is not None:
                text = f"{shown(item.pattern)} is allowed{on_resources(clause)}{_hollow(limits.hollow)}"
                yield place.violation(statement, item.value, text, clause.when)

    return each_grant(view, params, judge)


def _hollow(names: tuple[str, ...]) -> str:
    """What conditions are there without limiting anything."""
    if not names:
        return ""
    several = len(names) > 1
    return f"; the condition{'s' if several else ''} {listed(names)} narrow{'' if several else 's'} nothing"


def service_wildcard(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """`Allow` of `s3:*` and the like. `scope` as in all_actions."""

    def judge(place: Place, statement: Statement) -> Iterator[Outcome]:
        yield from _unknown_actions(place, statement)
        if not _in_scope(statement, params):
            return
        limits = narrowing(statement)
        for item in service_wildcards(statement):
            if limits.what is YES and not _about_itself(statement):
                continue
            clause, reached = _most(place, statement, item)
            if reached is None or any(map(_matters, reached)):
                text = f"{shown(item.pattern)} is allowed{on_resources(clause)}{_numbers(reached)}"
                when = clause.when if clause is not None else item.when
                yield place.violation(statement, item.value, text + _hollow(limits.hollow), when)

    return each_grant(view, params, judge)


def _matters(action: Action) -> bool:
    """Whether an action manages permissions, or does something that could be restricted to resources."""
    return action.level == PERMISSIONS or bool(action.resource_types)


def _numbers(actions: list[Action] | None) -> str:
    if not actions:
        return ""
    managing = [str(action) for action in actions if action.level == PERMISSIONS]
    text = f": {len(actions)} actions"
    return f"{text}, {len(managing)} of them permissions management, e.g. {managing[0]}" if managing else text


def _most(place: Place, statement: Statement, item: Item) -> tuple[Clause | None, list[Action] | None]:
    """The clause that leaves most of an item's actions allowed, and which; no actions where none are known."""
    known = expand(item.pattern) if item.pattern is not None else None
    clauses = _clauses_of(place, statement, item)
    if known is None:
        return (clauses[0] if clauses else None), None
    found = [(clause, _reached(place, clause, known)) for clause in clauses]
    return max(found, key=lambda each: len(each[1]), default=(None, []))


def _reached(place: Place, clause: Clause, known: Iterable[Action]) -> list[Action]:
    """The actions that a clause leaves allowed on what it names."""
    if not any(_is_limited(rights.clauses) or rights.limits for rights in place.rights):
        return [action for action in known if _works_on(clause, action)]
    return [action for action in known if _survives(place, clause, action)]


def _is_limited(clauses: tuple[Clause, ...]) -> bool:
    return any(not clause.allows for clause in clauses)


def _survives(place: Place, clause: Clause, action: Action) -> bool:
    name = str(action).lower()
    resources = resources_of(clause) if action.resource_types else (_STAR,)
    return _works_on(clause, action) and any(place.allows(clause, name, resource) for resource in resources)


def _works_on(clause: Clause, action: Action) -> bool:
    """Whether the action can be asked for on what the clause names."""
    if not clause.resources or EVERYTHING in clause.resources:
        return True
    if not action.resource_types:
        return clause.about_resource(_STAR)
    types = service_resources(action.service)
    forms = [form for type in action.resource_types if type in types for form in types[type].patterns()]
    texts = [_text(pattern) for pattern in clause.resources]
    return not forms or any(intersects(text, form, fold=False) for text in texts for form in forms)


def _text(pattern: Symbols) -> str:
    """A pattern with its unknown parts as wildcards."""
    written = {"<*>": "*", "<*:>": "*", "<?>": "?", "<?:>": "?"}
    return "".join(written.get(symbol, symbol if len(symbol) == 1 else "*") for symbol in pattern)


def wildcard_reach(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Wildcards inside names that reach actions of some access levels (`levels`), which nobody sees who reads them.

    What is said of actions on every resource is not said again.
    """
    levels = params["levels"]

    def judge(place: Place, statement: Statement) -> Iterator[Outcome]:
        if not statement.allows or narrowing(statement).any is not NO or _about_itself(statement):
            return
        yield from _unknown_actions(place, statement)
        for item in action_wildcards(statement):
            clause, found = _most(place, statement, item)
            reached = found or []
            wanted = [action for action in reached if action.level in levels]
            if wanted and not any(_everywhere(place, statement, item, action) for action in wanted):
                names = listed(map(str, wanted))
                text = f"{shown(item.pattern)} is {len(reached)} actions, and reaches {names}{on_resources(clause)}"
                yield place.violation(statement, item.value, text, clause.when if clause is not None else item.when)

    return each_grant(view, params, judge)


class _Reach(NamedTuple):
    item: Item
    wide: Wide
    resource: Item | None


def _everywhere(place: Place, statement: Statement, item: Item, action: Action) -> _Reach | None:
    """How an item allows an action on every resource of a type; None where it does not."""
    for clause in _clauses_of(place, statement, item):
        found = wide(clause, action)
        if found is not None and place.allows(clause, str(action).lower(), found.resource):
            return _Reach(item, found, _resource_item(statement, found))
    return None


def _resource_item(statement: Statement, found: Wide) -> Item | None:
    return next((each for each in statement.resources if wild(symbols_of(each)) == found.pattern), None)


def _named(statement: Statement) -> list[Item]:
    """The items that are neither everything nor a whole service: of these, other rules speak."""
    everything = grants_all_actions(statement)
    return [
        item
        for item in statement.actions
        if item.pattern is not None and item not in everything and not service_of(item)
    ]


def _open(place: Place, statement: Statement, limited: Truth, what: str) -> Iterator[Doubt]:
    if limited is UNKNOWN:
        yield place.open(statement, f"whether the conditions narrow {what}")


def unrestricted_resources(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Actions of some access levels (`levels`) on all resources of a type, though they could be restricted to some.

    With `everything`, only those on all resources of all types.
    """
    levels = frozenset(params["levels"])

    def judge(place: Place, statement: Statement) -> Iterator[Outcome]:
        limits = narrowing(statement)
        if not statement.allows or limits.any is YES or _about_itself(statement):
            return
        yield from _unknown_actions(place, statement)
        said = _said_elsewhere(place)
        chosen = [
            (item, action)
            for item in _named(statement)
            for action in expand(item.pattern or "") or ()
            if action.resource_types and action.level in levels and str(action) not in said
        ]
        if params.get("everything") and not _in_scope(statement, {"scope": "all"}):
            return
        for unknown in unknown_items(statement.resources) if chosen else ():
            yield from place.doubt_of_all(statement, unknown.value, "the resources")
        yield from _on_every(place, statement, limits.any, chosen, limits.hollow)

    return each_grant(view, params, judge)


def _on_every(
    place: Place,
    statement: Statement,
    limited: Truth,
    chosen: list[tuple[Item, Action]],
    hollow: tuple[str, ...],
    what: str = "{is} allowed",
    at_action: bool = False,
) -> Iterator[Outcome]:
    """One outcome for each resource pattern of a statement that is every resource of a type."""
    groups: dict[str, tuple[_Reach, list[tuple[Item, Action]]]] = {}
    for item, action in chosen:
        found = _everywhere(place, statement, item, action)
        if found is not None:
            pattern = found.resource.pattern or "" if found.resource is not None else ""
            groups.setdefault(pattern, (found, []))[1].append((item, action))
    if groups and limited is UNKNOWN:
        yield from _open(place, statement, limited, "this")
        return
    for found, actions in groups.values():
        names = [shown(each.pattern) for each in dict.fromkeys(item for item, _ in actions)]
        said = what.format(**({"s": "s", "is": "is"} if len(names) == 1 else {"s": "", "is": "are"}))
        text = f"{listed(names)} {said}{_where(found)}{_counted(actions)}{_hollow(hollow)}"
        place_of = actions[0][0].value if at_action or found.resource is None else found.resource.value
        when = (*actions[0][0].when, *(found.resource.when if found.resource is not None else ()))
        yield place.violation(statement, place_of, text, when)


def _where(found: _Reach) -> str:
    if found.resource is None:
        return " on every resource but some"
    text = f" on {shown(found.resource.pattern)}"
    everything = found.wide.pattern in (("<*>",),)
    return text if everything else f"{text}, which is every {found.wide.type.replace('-', ' ').lower()}"


def _counted(actions: list[tuple[Item, Action]]) -> str:
    """How many actions, where patterns hide that."""
    patterns = {item.pattern for item, _ in actions}
    if len(actions) <= len(patterns):
        return ""
    return f" ({len(actions)} actions, e.g. {listed([str(action) for _, action in actions], 2)})"


def _said_elsewhere(place: Place) -> set[str]:
    """The actions of which the rules about passing roles, raising rights, data and credentials speak."""
    raising = (path.method.actions[0] for path in _paths(place) if len(path.method.actions) == 1)
    return {PASS_ROLE, *reads_data("*"), *exposes_credentials("*"), *raising}


def pass_any_role(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """`iam:PassRole` on every role, without a condition that narrows it; with what it opens the way to."""
    passing = find_action(PASS_ROLE)
    assert passing is not None

    def judge(place: Place, statement: Statement) -> Iterator[Outcome]:
        limits = narrowing(statement)
        if not statement.allows or limits.any is YES or _about_itself(statement):
            return
        yield from _unknown_actions(place, statement)
        for item in _named(statement):
            if not covers(item.pattern or "", PASS_ROLE):
                continue
            for unknown in unknown_items(statement.resources):
                yield from place.doubt_of_all(statement, unknown.value, "the roles")
            found = _everywhere(place, statement, item, passing)
            if found is None:
                continue
            if limits.any is UNKNOWN:
                yield from _open(place, statement, limits.any, "the roles")
                continue
            text = f"{shown(item.pattern)} is allowed{_where(found)}{_opens(place)}{_hollow(limits.hollow)}"
            when = (*item.when, *(found.resource.when if found.resource is not None else ()))
            yield place.violation(statement, item.value, text, when)

    return each_grant(view, params, judge)


def _opens(place: Place) -> str:
    """With which other actions of its holder a role that is passed is used."""
    paths = [path for path in _paths(place, everything=True) if PASS_ROLE in path.method.actions]
    if not paths:
        return ""
    others = [action for action in paths[0].method.actions if action != PASS_ROLE]
    return f"; with {' and '.join(others)} it {paths[0].method.why}"


def _paths(place: Place, everything: bool = False) -> list[Path]:
    """The ways to raise one's rights that a document opens by itself, or all policies of a holder together."""
    if not everything:
        return open_paths(_own_clauses(place), place.allows)
    rights = place.rights[0]
    return open_paths(rights.identity, lambda clause, action, on: permits(rights, action, on, clause).exists)


def _own_clauses(place: Place) -> list[Clause]:
    return [each for each in place.document.clauses if not is_about_a_resource(place, each.statement)]


def _item(use: Use) -> Item | None:
    items = (each for each in use.clause.statement.actions if each.pattern is not None)
    return next((each for each in items if matches(each.pattern or "", use.action)), None)


def privilege_escalation(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Combinations of actions of one document with which the holder can raise its own rights."""
    possible = view.world.graph.unit.possible
    for place in places(view, params) if grants(view) else ():
        for statement in place.policy.statements:
            yield from _unknown_actions(place, statement)
        groups: dict[int, list[tuple[Path, Use, Item]]] = {}
        for path in _paths(place):
            leading = _leading(path)
            item = _item(leading)
            when = [label for use in path.uses for label in use.clause.statement.when]
            if item is None or grants_all_actions(leading.clause.statement) or not possible(tuple(when)):
                continue
            if not _is_passing_anything(path):
                groups.setdefault(id(leading.clause.statement), []).append((path, leading, item))
        for found in groups.values():
            yield _raising(place, found)


def _leading(path: Path) -> Use:
    """The action to name the place by: the one that a role is passed with, else the first."""
    return next((use for use in path.uses if use.action == PASS_ROLE), path.uses[0])


def _is_passing_anything(path: Path) -> bool:
    """Whether the path is one of those that IAM004 tells: with a statement that passes every role to every service."""
    use = _leading(path)
    if use.action != PASS_ROLE or passed_to(use.clause.statement) is not None:
        return False
    item = _item(use)
    return item is not None and not service_of(item)


def _raising(place: Place, found: list[tuple[Path, Use, Item]]) -> Violation:
    path, leading, item = found[0]
    text = _way(path)
    if len(found) > 1:
        text += f"; so do {listed([' with '.join(each.method.actions) for each, _, _ in found[1:]])}"
    hollow = narrowing(leading.clause.statement, (PASSED_TO_SERVICE,)).hollow
    when = tuple(label for use in path.uses for label in use.clause.statement.when)
    return place.violation(leading.clause.statement, item.value, text + _hollow(hollow), (*item.when, *when))


def _way(path: Path) -> str:
    return f"{' with '.join(path.method.actions)} {path.method.why}"


def joint_escalation(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Combinations of actions that a principal has from several of its policies, and from none of them alone."""
    principal = principals(view.world).get(view.resource.address)
    if principal is None or len(principal.documents) < 2:
        return
    rights = principal.rights

    def allows(clause: Clause, action: str, resource: Symbols) -> bool:
        return permits(rights, action, resource, clause).exists

    sources = [each.clauses for each in principal.documents]
    sources += [tuple(clause for each in group for clause in each.clauses) for group in principal.groups]
    alone = {path.method for each in sources for path in open_paths(each, allows)}
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
            others = [" with ".join(each.method.actions) for each in found if each is not path]
            more = say("; so do {}", vouched(listed(others))) if others else NOTHING
            text = say("{}, by several of its policies together{}", vouched(_way(path)), more)
            extents = tuple(Extent("action", action) for action in path.method.actions)
            yield Violation("policies", view.span, text, (), when, _related(path), values=extents)
            return


def _is_said(path: Path, alone: set[Any]) -> bool:
    """Whether a single policy opens the path, or another one that needs fewer actions."""
    return any(set(each.actions) <= set(path.method.actions) for each in alone)


def _related(path: Path) -> tuple[Related, ...]:
    return tuple(
        Related(f"allows {use.action}", use.clause.statement.span)
        for use in path.uses
        if use.clause.statement.span is not None
    )


def credentials_exposure(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Actions that return credentials, on all resources."""
    return each_grant(view, params, _risky(exposes_credentials, "return{s} credentials, and {is} allowed"))


def data_exfiltration(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Actions that read data or secrets, on all resources."""
    return each_grant(view, params, _risky(reads_data, "read{s} what is stored, and {is} allowed"))


def _risky(actions_of: Callable[[str], tuple[str, ...]], what: str) -> Callable[[Place, Statement], Iterator[Outcome]]:
    def judge(place: Place, statement: Statement) -> Iterator[Outcome]:
        limits = narrowing(statement)
        if not statement.allows or limits.any is YES or _about_itself(statement):
            return
        yield from _unknown_actions(place, statement)
        chosen = [
            (item, action)
            for item in _named(statement)
            for name in actions_of(item.pattern or "")
            if (action := find_action(name)) is not None
        ]
        for unknown in unknown_items(statement.resources) if chosen else ():
            yield from place.doubt_of_all(statement, unknown.value, "the resources")
        yield from _on_every(place, statement, limits.any, chosen, limits.hollow, what, at_action=True)

    return judge


def allow_all_but(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """`Allow` with NotAction, NotResource or NotPrincipal."""

    def judge(place: Place, statement: Statement) -> Iterator[Outcome]:
        if not statement.allows:
            return
        limits = narrowing(statement)
        for element, items in (
            ("NotAction", statement.not_actions),
            ("NotResource", statement.not_resources),
            ("NotPrincipal", statement.not_principals),
        ):
            if not items or (limits.what is YES and not _about_itself(statement)):
                continue
            if _about_itself(statement) or _leaves(place, statement):
                names = ", ".join(shown(item.pattern) for item in items[:3])
                text = f"`{element}` {names} with `Allow`{_hollow(limits.hollow)}"
                found = place.violation(statement, items[0].value, text)
                yield found._replace(span=statement.key_span(element) or found.span)

    return each_grant(view, params, judge)


def _leaves(place: Place, statement: Statement) -> bool:
    """Whether anything of it is allowed in the end, as far as others take something away."""
    if not any(_is_limited(rights.clauses) or rights.limits for rights in place.rights):
        return True
    for clause in place.clauses(statement):
        actions = [_ANY_ACTION] if clause.not_actions else [_example(each) for each in clause.actions]
        resources = list(resources_of(clause))
        if any(place.allows(clause, action, resource) for action in actions for resource in resources):
            return True
    return False


def _example(pattern: str) -> str:
    """An action that a pattern has: one that is known, where it is not one itself."""
    known = expand(pattern)
    if known:
        return str(known[0]).lower()
    text = pattern.replace("*", TO_COME)
    return text if action_matches(pattern, text) else pattern
