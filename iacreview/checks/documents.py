"""Policies where they stand, and how what is found in them becomes outcomes of a rule."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any, TypeAlias, TypeVar

from iacreview.catalog.occurrence import Occurrence, doubt_reason
from iacreview.catalog.view import View
from iacreview.grants.parts import has_parts, permission_of, principals_in
from iacreview.grants.principals import Document, bounds_only, documents, holders, is_of_service, rights_of
from iacreview.model.finding import Extent, Related
from iacreview.model.guard import When, together
from iacreview.model.logic import NO, Truth, all_of
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.parts import is_sensitive
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.model.value import HOLE, Unknown, Value, is_one_thing
from iacreview.model.words import NOTHING, Phrase, joined, say
from iacreview.semantics.decision.clauses import Clause
from iacreview.semantics.decision.rights import Rights, permits
from iacreview.semantics.decision.symbols import Symbols, symbols_of, wild
from iacreview.semantics.denials import without_what_narrows
from iacreview.semantics.items import Item, reason_of
from iacreview.semantics.narrowing import Narrowing, narrowing
from iacreview.semantics.policy import Principal, Statement

T = TypeVar("T")

Judge = Callable[["Held", Statement], Iterator[Outcome]]

_MAX_SHOWN = 3
_MAX_PLACES = 10

Narrowed: TypeAlias = "Callable[[Narrowing], Truth]"
# By which conditions something is narrowed: to some resources, or to some of those or of who may come.
WHAT: Narrowed = attrgetter("what")
BOTH: Narrowed = attrgetter("any")
_Element: TypeAlias = "Sequence[Item | Principal]"


class _Standing:
    """The rights of each of those who hold a document, and what follows of them."""

    def __init__(self, rights: list[Rights]) -> None:
        self.rights = rights
        self._left: dict[Narrowed, list[Rights]] = {}
        every = [clause.allows for each in rights for clause in each.identity]
        self.is_unlimited = all(every) and not any(each.limits for each in rights)
        # By the identities of clauses, which their rights keep.
        self._answers: dict[tuple[object, ...], bool] = {}
        # Of hundreds of actions on a few resources, what is about these, and about a service, is found out once.
        self._on: dict[tuple[int, Symbols], Rights] = {}
        self._doing: dict[tuple[int, Symbols, str], tuple[Rights, bool]] = {}

    def left(self, without: Narrowed | None) -> list[Rights]:
        if without is None:
            return self.rights
        if without not in self._left:
            self._left[without] = [without_what_narrows(each, without) for each in self.rights]
        return self._left[without]

    def allows(self, clause: Clause, action: str, resource: Symbols, without: Narrowed | None) -> bool:
        if not clause.demands and self.is_unlimited:
            return clause.about_action(action) and clause.about_resource(resource)
        return any(self._allows(rights, clause, action, resource) for rights in self.left(without))

    def _allows(self, rights: Rights, clause: Clause, action: str, resource: Symbols) -> bool:
        """Actions and resources that the same clauses are about have the same answer."""
        about, are_alike = self._of_service(rights, action.partition(":")[0], resource)
        about = about if are_alike else about.doing(action)
        key = (id(clause), *map(id, about.identity), *(tuple(map(id, limit)) for limit in about.limits))
        if key not in self._answers:
            found = permits(about, action, resource, clause)
            self._answers[key] = found.exists or not found.certain
        return self._answers[key]

    def _of_service(self, rights: Rights, service: str, resource: Symbols) -> tuple[Rights, bool]:
        """What is about a service's actions on a resource, and whether each of it is about all of them."""
        place = id(rights), resource, service
        if place not in self._doing:
            on = id(rights), resource
            if on not in self._on:
                self._on[on] = rights.on(resource)
            about = self._on[on].of_service(service)
            self._doing[place] = about, all(each.about_service(service) for each in about.clauses)
        return self._doing[place]

    def takes_alike(self, service: str, without: Narrowed | None) -> bool:
        """Whether all actions of a service have the same answer on a resource."""
        return all(each.about_service(service) is not None for rights in self.left(without) for each in rights.clauses)


class Held:
    """A policy where it stands, with the rights of those who hold it."""

    def __init__(self, name: str, view: View, document: Document) -> None:
        assert document.occurrence is not None
        self.name = name
        self.view = view
        self.document = document
        self.occurrence: Occurrence = document.occurrence
        self.policy = document.policy
        # By the identity of what is kept beside it.
        self._found: dict[int, tuple[_Element, dict[int, list[int]]]] = {}

    @cached_property
    def _standing(self) -> _Standing:
        world = self.view.world
        return self.kept("standing", lambda document: _Standing(rights_of(document, world)))

    def kept(self, purpose: Hashable, make: Callable[[Document], T]) -> T:
        """What `make` makes of the document, once for all rules; nothing in it may refer to the world."""
        return self.view.world.kept(purpose, self.document, make)

    def is_of_service(self) -> Truth:
        """Whether those who hold it are roles of services alone that run no code of customers."""
        found = holders(self.document, self.view.world)
        return all_of(is_of_service(each, self.view.world) for each in found) if found else NO

    def clauses(self, statement: Statement) -> list[Clause]:
        """The clauses that a statement is read as, more than one where it has conditions of the configuration."""
        return [clause for clause in self.document.clauses if clause.statement is statement]

    def allows(self, clause: Clause, action: str, resource: Symbols, without: Narrowed | None = BOTH) -> bool:
        """Whether someone who holds the policy is allowed the action on the resource by this clause, in the end.

        What a condition of a denial or a boundary narrows does not count, nor does what a bound of ours leaves open
        count as denied.
        """
        return self._standing.allows(clause, action, resource, without)

    def takes_alike(self, service: str, without: Narrowed | None = BOTH) -> bool:
        """Whether each action of a service is allowed on a resource, in the end, where another one is."""
        return self._standing.takes_alike(service, without)

    def rights_left(self, without: Narrowed | None = BOTH) -> list[Rights]:
        """The rights of each holder, those of the document alone where none is known, without what narrows denials and
        boundaries.
        """
        return self._standing.left(without)

    def is_unlimited(self) -> bool:
        """Whether nothing denies or limits what the policy allows."""
        return self._standing.is_unlimited

    def violation(
        self, statement: Statement, value: Value | None, text: Phrase, when: When = (), at: Sequence[Item] = ()
    ) -> Violation:
        """A violation at a value of a statement, or at the statement where it has no place of its own.

        `at` are the items that are at fault; of an element that has none among them, all are.
        """
        span = (value.span if value is not None else None) or statement.span or self.occurrence.span
        via = value.via if value is not None else ()
        conditions = together(self.occurrence.when, statement.when, when)
        steps = (*via, *self.occurrence_steps())
        values, others = self._extents(statement, value, at), self._others(statement, value, span, at)
        return Violation(
            self._path(statement), span, text, steps, conditions, others, values=values, decision=statement.span
        )

    def doubt(self, statement: Statement, value: Value, what: Phrase) -> Doubt:
        """A doubt about a part of a statement, with why it is not known."""
        span = value.span or statement.span or self.occurrence.span
        return Doubt(self._path(statement), span, say("{}: {}", what, reason_of(value)))

    def open(self, statement: Statement, what: Phrase) -> Doubt:
        """A doubt about a statement whose parts are known, and whose meaning is not."""
        return Doubt(self._path(statement), statement.span or self.occurrence.span, what)

    def doubt_of_all(self, statement: Statement, value: Value, what: Phrase) -> Iterator[Doubt]:
        """A doubt whether a value means everything; none where it is one attribute of one resource."""
        if not is_one_thing(value):
            yield self.doubt(statement, value, what)

    def occurrence_steps(self) -> tuple[Any, ...]:
        """How the document's value got here."""
        return self.occurrence.value.via if self.occurrence.value is not None else ()

    def _path(self, statement: Statement) -> str:
        return f"{self.name}.{statement.sid}" if statement.sid else self.name

    def _extents(self, statement: Statement, value: Value | None, at: Sequence[Item]) -> tuple[Extent, ...]:
        """What is at fault, the value first, and what a statement leaves out or asks for."""
        elements: dict[str, _Element] = {
            "action": statement.actions,
            "resource": statement.resources,
            "principal": statement.principals,
        }
        found = [
            (item.value is not value, Extent(kind, item.pattern, is_sensitive(item.value)))
            for kind, items in elements.items()
            for item in self._at_fault(items, value, at)
            if item.pattern is not None
        ]
        excluded: _Element = (*statement.not_actions, *statement.not_resources, *statement.not_principals)
        return (
            *(extent for _, extent in sorted(found, key=lambda each: each[0])),
            *(
                Extent("except", each.pattern, is_sensitive(each.value))
                for each in excluded
                if each.pattern is not None
            ),
            *_limits(statement),
        )

    def _others(self, statement: Statement, value: Value | None, span: Span, at: Sequence[Item]) -> tuple[Related, ...]:
        """Where else something at fault is written: the resources of an action, and more actions on other lines."""
        found: list[Related] = []
        for words, items in ((say("allows"), statement.actions), (say("on"), statement.resources)):
            own = [item for item in self._at_fault(items, value, at) if item.value.span is not None]
            beside = any(item.value is value for item in own)
            for item in own[:_MAX_PLACES]:
                where = item.value.span
                assert where is not None
                if where != span and not (beside and _starts_with(where, span)):
                    found.append(Related(say("{} {}", words, item.shown), where))
        return tuple(found)

    def _at_fault(self, items: _Element, value: Value | None, at: Sequence[Item]) -> _Element:
        places = self._places(items)
        chosen = sorted({places[id(each)][0] for each in at if id(each) in places})
        return [items[place] for place in chosen] or [items[place] for place in places.get(id(value), ())] or items

    def _places(self, items: _Element) -> dict[int, list[int]]:
        """Where each item stands among the items, and where those stand that are of one value."""
        if id(items) not in self._found:
            found: dict[int, list[int]] = {}
            for place, item in enumerate(items):
                found[id(item)] = [place]
                found.setdefault(id(item.value), []).append(place)
            self._found[id(items)] = items, found
        return self._found[id(items)][1]


def _limits(statement: Statement) -> Iterator[Extent]:
    """The conditions that limit something: `StringLike aws:PrincipalArn a, b`."""
    hollow = narrowing(statement).hollow if statement.conditions else ()
    for each in statement.conditions:
        if say("{} {}", *each.names) not in hollow:
            text = f"{each.operator} {each.key} {', '.join(sorted(item.pattern or HOLE for item in each.values))}"
            hidden = any(is_sensitive(value) for value in (each.value, *(item.value for item in each.values)))
            yield Extent("condition", text, hidden)


def _starts_with(one: Span, other: Span) -> bool:
    return one.path == other.path and one.first.line == other.first.line


def each_grant(view: View, params: Mapping[str, Any], judge: Judge) -> Iterator[Outcome]:
    """As each_statement, for those that grant something to someone who holds the policy."""

    def judge_grant(held: Held, statement: Statement) -> Iterator[Outcome]:
        if not is_about_a_resource(held, statement) and not _is_refused(statement):
            yield from judge(held, statement)

    return each_statement(view, params, judge_grant) if grants(view) else iter(())


def _is_refused(statement: Statement) -> bool:
    """Whether AWS rejects a statement of an identity's policy: it is about no resource at all."""
    about = statement.resources or statement.not_resources or statement.principals or statement.not_principals
    return statement.complete and not about


def grants(view: View) -> bool:
    """Whether a policy grants anything where it stands: a boundary does not."""
    return not (view.kind.name == "iam.policy" and bounds_only(view))


def each_statement(view: View, params: Mapping[str, Any], judge: Judge) -> Iterator[Outcome]:
    """The outcomes of every statement of every document of the view, and a doubt for what cannot be read."""
    yield from unread(view, params)
    for held in held_by(view, params):
        for unknown in held.policy.unknowns:
            reason = say("part of the policy: {}", reason_of(unknown))
            yield Doubt(held.name, unknown.span or held.occurrence.span, reason)
        for statement in held.policy.statements:
            yield from judge(held, statement)


def unread(view: View, params: Mapping[str, Any]) -> Iterator[Doubt]:
    """A doubt for each document of the view that cannot be read."""
    yield from _reading(view, params).doubts


def held_by(view: View, params: Mapping[str, Any]) -> Iterator[Held]:
    """The documents of the view that can be read."""
    found = _reading(view, params)
    return (Held(found.name, view, each) for each in found.documents)


class _Reading(NamedTuple):
    """The documents of a property that can be read, under which name, and a doubt for each that cannot."""

    name: str
    documents: Sequence[Document]
    doubts: Sequence[Doubt]


def _reading(view: View, params: Mapping[str, Any]) -> _Reading:
    """Made once for all checks of the property."""
    name = params.get("property", "policy")
    return view.kept(("reading", name), lambda whole: _read(whole, name))


def _read(view: View, name: str) -> _Reading:
    doubts = []
    if view.resource.mode == "data" and view.world.users(view.resource) == {""}:
        doubts.append(Doubt(name, view.span, say("it is used by a resource of a type that is not known here")))
    if _is_in_parts(view, name):
        made = permission_of(view)
        return _Reading(name if view.has(name) else "permission", [] if made is None else [made], doubts)
    if not view.applies(name) or _judged_where_used(view):
        return _Reading(name, [], doubts)
    for occurrence in view.occurrences(name):
        if isinstance(occurrence.value, Unknown):
            doubts.append(Doubt(name, occurrence.span, doubt_reason(occurrence)))
    return _Reading(name, documents(view, name), doubts)


def _is_in_parts(view: View, name: str) -> bool:
    """Whether the permission is written in parts, of which the property is one that names who gets it, if any."""
    return has_parts(view.kind) and (not view.has(name) or name in principals_in(view.kind))


def _judged_where_used(view: View) -> bool:
    """A data source's document is judged as part of the resources that use it."""
    return (
        view.resource.mode == "data" and view.kind.name == "iam.policy_document" and view.world.is_used(view.resource)
    )


def is_about_a_resource(held: Held, statement: Statement) -> bool:
    """Whether it is a statement of a resource's policy, in a document of which nobody knows where it is used.

    Its `*` is the resource alone, whatever that is.
    """
    return held.view.kind.name == "iam.policy_document" and bool(statement.principals or statement.not_principals)


def listed(texts: Iterable[Phrase], most: int = _MAX_SHOWN) -> Phrase:
    """The first few of the texts, and whether there are more."""
    every = list(dict.fromkeys(texts))
    first = joined(every[:most], ", ")
    return say("{} and {} more", first, len(every) - most) if len(every) > most else first


def on_resources(clause: Clause | None) -> Phrase:
    """What a clause is about, as the end of a phrase; nothing where that is whatever its policy hangs on."""
    if clause is None or not clause.resources:
        return NOTHING
    items = (item_of(clause.statement, each) for each in clause.resources[:_MAX_SHOWN])
    names = joined((item.shown for item in items if item is not None), ", ")
    return say(" on {}, …", names) if len(clause.resources) > _MAX_SHOWN else say(" on {}", names)


def item_of(statement: Statement, resource: Symbols, when: When = ()) -> Item | None:
    """The item of a statement's resources that a pattern was made of, the one under some guards before others."""
    found = [item for item in statement.resources if wild(symbols_of(item)) == resource]
    return next((item for item in found if set(item.when) <= set(when)), found[0] if found else None)
