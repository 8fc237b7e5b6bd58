"""Policies where they stand, and how what is found in them becomes outcomes of a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from iacreview.catalog.occurrence import Occurrence, doubt_reason
from iacreview.catalog.view import View
from iacreview.checks.documents import Document, bounds_only, documents, rights_of
from iacreview.model.finding import Extent
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.value import Unknown, Value
from iacreview.semantics.decision.clauses import Clause
from iacreview.semantics.decision.rights import Rights, permits
from iacreview.semantics.decision.symbols import Symbols
from iacreview.semantics.items import reason_of
from iacreview.semantics.pattern import HOLE
from iacreview.semantics.policy import Statement

Judge = Callable[["Place", Statement], Iterator[Outcome]]

_MAX_SHOWN = 3


class Place:
    """A policy where it stands, with the rights of those who hold it."""

    def __init__(self, name: str, view: View, document: Document) -> None:
        assert document.occurrence is not None
        self.name = name
        self.view = view
        self.document = document
        self.occurrence: Occurrence = document.occurrence
        self.policy = document.policy
        self._rights: list[Rights] | None = None
        self._answers: dict[tuple[int, str, Symbols], bool] = {}

    @property
    def rights(self) -> list[Rights]:
        if self._rights is None:
            self._rights = rights_of(self.document, self.view.world)
        return self._rights

    def clauses(self, statement: Statement) -> list[Clause]:
        """The clauses that a statement is read as, more than one where it has conditions of the configuration."""
        return [clause for clause in self.document.clauses if clause.statement is statement]

    def allows(self, clause: Clause, action: str, resource: Symbols) -> bool:
        """Whether somebody who holds the policy is allowed the action on the resource by this clause, in the end.

        What a bound of ours leaves open counts as allowed.
        """
        key = (id(clause), action, resource)
        if key not in self._answers:
            found = (permits(rights, action, resource, clause) for rights in self.rights)
            self._answers[key] = any(each.exists or not each.certain for each in found)
        return self._answers[key]

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

    def open(self, statement: Statement, what: str) -> Doubt:
        """A doubt about a statement whose parts are known, and whose meaning is not."""
        return Doubt(self._path(statement), statement.span or self.occurrence.span, what)

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
    """The outcomes of every statement that grants something to those who hold it; as judged_statements."""

    def judge_grant(place: Place, statement: Statement) -> Iterator[Outcome]:
        if not is_about_a_resource(place, statement):
            yield from judge(place, statement)

    return judged_statements(view, params, judge_grant)


def judged_statements(view: View, params: Mapping[str, Any], judge: Judge) -> Iterator[Outcome]:
    """The outcomes of every statement of every document of the view, and a doubt for what cannot be read."""
    name = params.get("property", "policy")
    if not judged(view, name):
        return
    for occurrence in view.occurrences(name):
        if isinstance(occurrence.value, Unknown):
            yield Doubt(name, occurrence.span, doubt_reason(occurrence))
    for place in places(view, params):
        for unknown in place.policy.unknowns:
            yield Doubt(name, unknown.span or place.occurrence.span, f"part of the policy: {reason_of(unknown)}")
        for statement in place.policy.statements:
            yield from judge(place, statement)


def places(view: View, params: Mapping[str, Any]) -> Iterator[Place]:
    """The documents of the view that can be read and grant something to somebody."""
    name = params.get("property", "policy")
    if judged(view, name):
        for document in documents(view, name):
            yield Place(name, view, document)


def judged(view: View, name: str) -> bool:
    """Whether the documents of a property grant something where they stand.

    A data source's document is judged as part of the resources that use it; a boundary grants nothing.
    """
    if not view.applies(name):
        return False
    if view.resource.mode == "data" and view.kind.name == "iam.policy_document":
        return not view.world.is_used(view.resource)
    return not (view.kind.name == "iam.policy" and bounds_only(view))


def is_about_a_resource(place: Place, statement: Statement) -> bool:
    """Whether it is a statement of a resource's policy, in a document of which nobody knows where it is used.

    Its `*` is the resource alone, whatever that is.
    """
    return place.view.kind.name == "iam.policy_document" and bool(statement.principals or statement.not_principals)


def shown(pattern: str | None) -> str:
    return '"' + (pattern or "").replace(HOLE, "${…}") + '"'


def listed(texts: Iterable[str], most: int = _MAX_SHOWN) -> str:
    """The first few of the texts, and whether there are more."""
    every = list(dict.fromkeys(texts))
    return ", ".join(every[:most]) + (f" and {len(every) - most} more" if len(every) > most else "")


def on_resources(statement: Statement) -> str:
    names = [shown(item.pattern) for item in statement.resources if item.pattern is not None]
    return f" on {', '.join(names[:3])}{', …' if len(names) > 3 else ''}" if names else ""
