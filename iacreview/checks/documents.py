"""Policy documents where they stand, and how what is said about their parts becomes outcomes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from iacreview.catalog.occurrence import Occurrence, doubt_reason
from iacreview.catalog.view import View
from iacreview.model.finding import Extent
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.value import Unknown, Value
from iacreview.semantics.items import reason_of
from iacreview.semantics.pattern import HOLE
from iacreview.semantics.policy import Policy, Statement, parse_policy

Judge = Callable[["Place", Statement], Iterator[Outcome]]


class Place:
    """A policy where it stands, and how its parts become outcomes."""

    def __init__(self, name: str, occurrence: Occurrence, policy: Policy) -> None:
        self.name = name
        self.occurrence = occurrence
        self.policy = policy

    def violation(self, statement: Statement, value: Value | None, text: str, when: Iterable[str] = ()) -> Violation:
        """A violation at a value of a statement, or at the statement where it has no place of its own."""
        span = (value.span if value is not None else None) or statement.span or self.occurrence.span
        via = value.via if value is not None else ()
        conditions = tuple(dict.fromkeys((*self.occurrence.when, *statement.when, *when)))
        steps = (*via, *self.occurrence_steps())
        return Violation(self._path(statement), span, text, steps, conditions, values=_extents(statement, value))

    def doubt(self, statement: Statement, value: Value, what: str) -> Doubt:
        span = value.span or statement.span or self.occurrence.span
        return Doubt(self._path(statement), span, f"{what}: {reason_of(value)}")

    def doubt_of_all(self, statement: Statement, value: Value, what: str) -> Iterator[Doubt]:
        """A doubt whether a value means everything; none where it is one attribute of one resource."""
        if not isinstance(value, Unknown) or value.target is None:
            yield self.doubt(statement, value, what)

    def occurrence_steps(self) -> tuple[Any, ...]:
        return self.occurrence.value.via if self.occurrence.value is not None else ()

    def _path(self, statement: Statement) -> str:
        return f"{self.name}.{statement.sid}" if statement.sid else self.name


def _extents(statement: Statement, value: Value | None) -> tuple[Extent, ...]:
    """What a statement is about, the value at fault first."""
    elements = (("action", statement.actions), ("resource", statement.resources), ("principal", statement.principals))
    found = [
        (item.value is not value, Extent(kind, item.pattern))
        for kind, items in elements
        for item in items
        if item.pattern is not None
    ]
    return tuple(extent for _, extent in sorted(found, key=lambda each: each[0]))


def each_statement(view: View, params: Mapping[str, Any], judge: Judge) -> Iterator[Outcome]:
    """The outcomes of every statement of every document of the view, and a doubt for what cannot be read."""
    yield from unread(view, params)
    for place in places(view, params):
        for unknown in place.policy.unknowns:
            yield Doubt(place.name, unknown.span or place.occurrence.span, f"part of the policy: {reason_of(unknown)}")
        for statement in place.policy.statements:
            yield from judge(place, statement)


def unread(view: View, params: Mapping[str, Any]) -> Iterator[Doubt]:
    """A doubt for each document of the view that cannot be read."""
    name = params.get("property", "policy")
    if view.applies(name) and not _judged_where_used(view):
        for occurrence in view.occurrences(name):
            if isinstance(occurrence.value, Unknown):
                yield Doubt(name, occurrence.span, doubt_reason(occurrence))


def places(view: View, params: Mapping[str, Any]) -> Iterator[Place]:
    """The documents of the view that can be read."""
    name = params.get("property", "policy")
    if not view.applies(name) or _judged_where_used(view):
        return
    for occurrence in view.occurrences(name):
        if occurrence.value is not None and not isinstance(occurrence.value, Unknown):
            yield Place(name, occurrence, policy_of(view, occurrence.value))


def policy_of(view: View, document: Value) -> Policy:
    """The policy in a document, read once for all rules."""
    return view.world.kept("policy", document, lambda value: parse_policy(value, view.world.graph.unit.possible))


def _judged_where_used(view: View) -> bool:
    """A data source's document is judged as part of the resources that use it."""
    return (
        view.resource.mode == "data" and view.kind.name == "iam.policy_document" and view.world.is_used(view.resource)
    )


def shown(pattern: str | None) -> str:
    return '"' + (pattern or "").replace(HOLE, "${…}") + '"'
