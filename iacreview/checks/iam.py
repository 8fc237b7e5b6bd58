"""Checks of IAM policies, wherever they stand: identity, trust and resource policies.

Each takes `with: {property: ...}`, the property that holds the document (default `policy`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from iacreview.catalog.view import View
from iacreview.checks.documents import Judge, Place, each_statement, places, shown
from iacreview.model.choices import combinations, questions, resolved
from iacreview.model.finding import Extent
from iacreview.model.logic import NO, YES
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.value import MapValue
from iacreview.semantics.conditions import restricting_conditions
from iacreview.semantics.escalation import escalations, exposes_credentials, reads_data
from iacreview.semantics.items import Item, items_of
from iacreview.semantics.pattern import covers
from iacreview.semantics.policy import Statement, parse_policy
from iacreview.semantics.statements import (
    grants_all_actions,
    is_everyone,
    restrictable_actions,
    service_of,
    service_wildcards,
    unknown_items,
    unrestricted_resource,
)

# Past this number of ways in which a policy's choices can fall, they are not told apart.
MAX_CASES = 64
ADMINISTRATOR_POLICIES = ("AdministratorAccess", "IAMFullAccess")


def _unknown_actions(place: Place, statement: Statement) -> Iterator[Doubt]:
    if statement.denies:
        return
    for item in statement.actions:
        if item.pattern is None:
            yield place.doubt(statement, item.value, "the actions")


def _on(statement: Statement) -> str:
    names = [shown(item.pattern) for item in statement.resources if item.pattern is not None]
    return f" on {', '.join(names[:3])}{', …' if len(names) > 3 else ''}" if names else ""


def _wide(statement: Statement) -> bool:
    """Whether a statement is about everything; a resource policy's is about its resource alone."""
    return bool(unrestricted_resource(statement)) or (bool(statement.not_resources) and not statement.resources)


def _in_scope(statement: Statement, params: Mapping[str, Any]) -> bool:
    scope = params.get("scope")
    return scope is None or _wide(statement) == (scope == "all")


def all_actions(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """`Allow` of `*`. `scope` narrows to statements about all resources (`all`) or to the others (`some`)."""

    def judge(place: Place, statement: Statement) -> Iterator[Outcome]:
        yield from _unknown_actions(place, statement)
        for item in grants_all_actions(statement) if _in_scope(statement, params) else ():
            yield place.violation(statement, item.value, f"{shown(item.pattern)} is allowed{_on(statement)}", item.when)

    return each_statement(view, params, judge)


def service_wildcard(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """`Allow` of `s3:*` and the like. `scope` as in all_actions."""

    def judge(place: Place, statement: Statement) -> Iterator[Outcome]:
        yield from _unknown_actions(place, statement)
        for item in service_wildcards(statement) if _in_scope(statement, params) else ():
            yield place.violation(statement, item.value, f"{shown(item.pattern)} is allowed{_on(statement)}", item.when)

    return each_statement(view, params, judge)


def unrestricted_resources(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Actions of some access levels (`levels`) on `*`, though they could be restricted to resources."""

    def judge(place: Place, statement: Statement) -> Iterator[Outcome]:
        if not statement.allows or statement.conditions:
            return
        yield from _unknown_actions(place, statement)
        everything = grants_all_actions(statement)
        named = [item for item in statement.actions if item not in everything and not service_of(item)]
        actions = restrictable_actions(named, params.get("levels", ()))
        for unknown in unknown_items(statement.resources) if actions else ():
            yield from place.doubt_of_all(statement, unknown.value, "the resources")
        for resource in unrestricted_resource(statement) if actions else ():
            names = [shown(item.pattern) for item, _ in actions]
            listed = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
            text = f"{listed} {'is' if len(names) == 1 else 'are'} allowed on {shown(resource.pattern)}"
            yield place.violation(statement, resource.value, text, resource.when)

    return each_statement(view, params, judge)


def _passing(statement: Statement) -> list[Item]:
    return [item for item in statement.actions if item.pattern is not None and covers(item.pattern, "iam:PassRole")]


def pass_any_role(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """`iam:PassRole` on every role, without a condition that narrows it."""

    def judge(place: Place, statement: Statement) -> Iterator[Outcome]:
        if not statement.allows or statement.conditions:
            return
        yield from _unknown_actions(place, statement)
        everything = grants_all_actions(statement)
        for item in _passing(statement):
            if item not in everything:
                for unknown in unknown_items(statement.resources):
                    yield from place.doubt_of_all(statement, unknown.value, "the roles")
                for resource in _all_roles(statement):
                    text = f"{shown(item.pattern)} is allowed on {shown(resource.pattern)}"
                    yield place.violation(statement, item.value, text, (*item.when, *resource.when))

    return each_statement(view, params, judge)


def _all_roles(statement: Statement) -> list[Item]:
    roles = "arn:aws:iam::*:role/*"
    return [item for item in statement.resources if item.pattern is not None and covers(item.pattern, roles)]


def public_principal(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A principal that is everyone, unless conditions tie the statement to somebody."""

    def judge(place: Place, statement: Statement) -> Iterator[Outcome]:
        if not statement.allows:
            return
        for principal in statement.principals:
            if principal.pattern is None:
                yield from place.doubt_of_all(statement, principal.value, "the principal")
            elif is_everyone(principal):
                narrowed = restricting_conditions(statement)
                if narrowed is NO:
                    text = f"the principal is {shown(principal.pattern)}, and no condition narrows it"
                    yield place.violation(statement, principal.value, text, principal.when)
                elif narrowed is not YES:
                    yield place.doubt(statement, principal.value, "whether the conditions narrow the principal")

    return each_statement(view, params, judge)


def allow_all_but(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """`Allow` with NotAction, NotResource or NotPrincipal."""

    def judge(place: Place, statement: Statement) -> Iterator[Outcome]:
        if not statement.allows:
            return
        for element, items in (
            ("NotAction", statement.not_actions),
            ("NotResource", statement.not_resources),
            ("NotPrincipal", statement.not_principals),
        ):
            if items:
                names = ", ".join(shown(item.pattern) for item in items[:3])
                found = place.violation(statement, items[0].value, f"`{element}` {names} with `Allow`")
                yield found._replace(span=statement.key_span(element) or found.span)

    return each_statement(view, params, judge)


def _cases(view: View, place: Place) -> Iterator[Place]:
    """The policy once for each way in which its choices can fall together; itself where there are too many."""
    document, when, possible = place.occurrence.value, place.occurrence.when, view.world.graph.unit.possible
    asked = questions([document]) if document is not None else []
    ways = combinations(asked, MAX_CASES, lambda labels: possible((*when, *labels)))
    if document is None or not asked or not ways:
        yield place
        return
    for answers in ways:
        value = resolved(document, answers)
        occurrence = place.occurrence._replace(value=value, when=(*when, *answers.values()))
        yield Place(place.name, occurrence, parse_policy(value, possible))


def privilege_escalation(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Combinations of actions on all resources with which the holder can raise its own rights."""
    for place in (case for found in places(view, params) for case in _cases(view, found)):
        for statement in place.policy.statements:
            yield from _unknown_actions(place, statement)
        seen: set[tuple[Statement, str]] = set()
        for found in escalations(place.policy):
            grant = found.grants[0]
            item = grant.item
            if item is None or grants_all_actions(grant.statement) or (grant.statement, item.pattern or "") in seen:
                continue
            seen.add((grant.statement, item.pattern or ""))
            actions = " with ".join(found.method.actions)
            yield place.violation(grant.statement, item.value, f"{actions} {found.method.why}", item.when)


def credentials_exposure(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Actions that return credentials, on all resources."""
    return each_statement(view, params, _risky(exposes_credentials, "returns credentials"))


def data_exfiltration(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Actions that read data or secrets, on all resources."""
    return each_statement(view, params, _risky(reads_data, "reads what is stored"))


def _risky(actions_of: Callable[[str], tuple[str, ...]], what: str) -> Judge:
    def judge(place: Place, statement: Statement) -> Iterator[Outcome]:
        if not statement.allows or statement.conditions or not _wide(statement):
            return
        yield from _unknown_actions(place, statement)
        everything = grants_all_actions(statement)
        for item in statement.actions:
            if item.pattern is None or item in everything or service_of(item):
                continue
            if actions_of(item.pattern):
                text = f"{shown(item.pattern)} {what}, and is allowed{_on(statement)}"
                yield place.violation(statement, item.value, text, item.when)

    return judge


def administrator_policy(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """The attachment of one of ADMINISTRATOR_POLICIES (`property` narrows to one property)."""
    for name in (params["property"],) if "property" in params else ("managed_policies", "name"):
        if not view.kind.has(name) or not view.applies(name):
            continue
        for occurrence in view.occurrences(name):
            for item in items_of(occurrence.value):
                if isinstance(item.value, MapValue):
                    # SAM lists documents beside names.
                    continue
                if item.pattern is None:
                    yield Doubt(name, item.value.span or occurrence.span, f"`{occurrence.native}`: {item.reason}")
                elif _is_administrator(item.pattern):
                    text = f"`{occurrence.native}` has {shown(item.pattern)}"
                    when = (*occurrence.when, *item.when)
                    span, values = item.value.span or occurrence.span, (Extent("value", item.pattern),)
                    yield Violation(name, span, text, item.value.via, when, values=values)


def _is_administrator(pattern: str) -> bool:
    if pattern in ADMINISTRATOR_POLICIES:
        return True
    return pattern.endswith(tuple(f":iam::aws:policy/{policy}" for policy in ADMINISTRATOR_POLICIES))
