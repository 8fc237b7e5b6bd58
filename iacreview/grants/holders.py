"""Who holds which permissions in a unit, as data that can be compared with another revision's.

A holder is a role, user or group with all of its policies, a policy that nobody is known to hold, or, for trust
policies and resource policies, what the policy guards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from iacreview.catalog.occurrence import Occurrence
from iacreview.catalog.view import View
from iacreview.catalog.world import World
from iacreview.grants.joining import JOINING, Joined, joined_of, workloads_of
from iacreview.grants.names import Names
from iacreview.grants.parts import has_parts, permission_of
from iacreview.grants.principals import (
    PRINCIPALS,
    Document,
    bounds_only,
    documents,
    named_policies,
    principals,
    unread_documents,
)
from iacreview.grants.wording import Words, shown_item, words_of
from iacreview.model.finding import ResourceName
from iacreview.model.graph import Resource
from iacreview.model.guard import When, together
from iacreview.model.parts import is_sensitive
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.model.value import Known, ListValue, Value, scalar_text
from iacreview.model.words import say, value_text
from iacreview.semantics.decision.clauses import Clause
from iacreview.semantics.decision.demands import guards
from iacreview.semantics.decision.symbols import anonymous, symbols_of, unplaced
from iacreview.semantics.items import Item, items_of, reason_of

IDENTITY, TRUST, RESOURCE = "identity", "trust", "resource"

NameOf = Callable[[Resource], str]

# Properties that hold the policy of the resource itself. What endpoints have narrows what others allow.
_GUARDING = ("policy", "inline_policy", "resource_policy", "repository_policy", "stream_policy", "endpoint_policy")
_HELD = ("iam.policy", "iot.policy")
_COMBINED = ("serverless.function", "serverless.state_machine")
_OTHERS = ("iam.policy_document", "organizations.policy", *_HELD, *PRINCIPALS)
_NAMING = {"roles": "role", "users": "user", "groups": "group", "permission_set": "permission set"}
_AWS = "arn:aws:iam::aws:policy"


class Grant(NamedTuple):
    """A clause in common names, the policy (by its address) that has it, its words, and where it is."""

    clause: Clause
    via: str
    words: Words
    span: Span | None


class Unread(NamedTuple):
    """A part of a holder's policies that nobody knows; `key` is the same where it is written alike.

    `denies` tells that it can only deny.
    """

    key: str
    reason: str
    span: Span | None
    denies: bool = False


class Holder(NamedTuple):
    """Who holds the grants; `called` is the name that AWS knows it by, and `note` what else people call it.

    `limits` are those of each permissions boundary, `open_limits` the boundaries that nobody knows. `unheld` tells that
    it is a policy of which nobody knows who has it. What `inherits` runs with the rights of that role.
    """

    name: ResourceName
    facet: str
    called: str
    grants: tuple[Grant, ...]
    limits: tuple[tuple[Grant, ...], ...] = ()
    unread: tuple[Unread, ...] = ()
    open_limits: tuple[Unread, ...] = ()
    note: str = ""
    groups: tuple[str, ...] = ()
    unheld: bool = False
    inherits: str = ""


class _Outsider(NamedTuple):
    """Someone who holds policies without being a principal of the unit."""

    name: ResourceName
    called: str
    note: str


def holders_of(world: World, name_of: NameOf) -> list[Holder]:
    """All holders of a unit. `name_of` tells the name that AWS knows a resource by."""
    if not any(each.kind is not None and _has_policy(world, each.kind) for each in world.graph.resources.values()):
        return []
    return list(_Reader(world, name_of).holders())


def _has_policy(world: World, kind: str) -> bool:
    properties = world.catalog.kind(kind).spec["properties"]
    return (
        has_parts(world.catalog.kind(kind))
        or kind in (*PRINCIPALS, *JOINING)
        or "managed_policies" in properties
        or any(name in properties for name in _GUARDING)
    )


class _Reader:
    """Reads the policies of one unit."""

    def __init__(self, world: World, name_of: NameOf) -> None:
        self.world = world
        self.name_of = name_of
        self.names = Names(world, name_of)
        # By the identity of a document, which is kept beside them: the number of one that is gone may be another's.
        self._grants: dict[tuple[int, When], tuple[Document, tuple[Grant, ...]]] = {}
        self._held: set[int] = set()

    def holders(self) -> Iterator[Holder]:
        for principal in principals(self.world).values():
            yield from self._principal(principal.resource)
        yield from self._unheld()
        yield from self._guarded()

    def _principal(self, resource: Resource) -> Iterator[Holder]:
        principal = principals(self.world)[resource.address]
        yield Holder(
            _name(resource),
            IDENTITY,
            self.name_of(resource),
            self._all(principal.documents, resource, principal.under),
            tuple(self._all(limit, resource) for limit in principal.limits),
            (*map(_unread, principal.unread), *_unknown_parts(principal.documents)),
            tuple(_unread(value) for value in principal.open_limits),
            groups=tuple(dict.fromkeys(each.owner for group in principal.groups for each in group)),
        )
        view = self.world.view(resource)
        if view is not None and view.kind.has("trust_policy"):
            yield self._of_property(view, "trust_policy", TRUST, _name(resource), self.name_of(resource))

    def _all(
        self, found: Iterable[Document], holder: Resource | None = None, under: Mapping[int, When] = {}
    ) -> tuple[Grant, ...]:
        around = holder.conditions if holder is not None else ()
        ways = ((document, together(around, under.get(id(document), ()))) for document in found)
        return tuple(grant for document, when in ways for grant in self.grants(document, when))

    def grants(self, document: Document, around: When) -> tuple[Grant, ...]:
        """The grants of a document, made once for each condition under which its holder is there."""
        self._held.add(id(document))
        owner = self.world.graph.resources.get(document.owner)
        when = together(around, owner.conditions if owner is not None else ())
        key = id(document), when
        if key not in self._grants:
            self._grants[key] = document, tuple(self._grant(document, clause, when) for clause in document.clauses)
        return self._grants[key][1]

    def _grant(self, document: Document, clause: Clause, around: When) -> Grant:
        """A clause under its own conditions, and those of the resources that it stands in which do not follow."""
        possible = self.world.graph.unit.possible
        around = tuple(each for each in around if not clause.when or possible((*clause.when, each.opposite)))
        when = together(around, clause.when)
        own = self.names.clause(clause)
        own = own._replace(demands=own.demands | {*guards(around, lambda _: False)})
        via = f"{_AWS}{document.owner}" if document.occurrence is None else document.owner
        span = clause.statement.span or (document.occurrence.span if document.occurrence else None)
        return Grant(own, via, words_of(clause._replace(when=when), self.names), span)

    def _of_property(self, view: View, property: str, facet: str, name: ResourceName, known_as: str) -> Holder:
        found = [each for each in documents(view, property) if not self._is_elsewhere(view, each.occurrence)]
        unread = (
            []
            if any(self._is_elsewhere(view, each) for each in view.occurrences(property))
            else unread_documents(view, property)
        )
        unread += [value for each in found for value in each.policy.unknowns]
        parts = (*map(_unread, unread), *_unknown_parts(found))
        return Holder(name, facet, known_as, self._all(found), unread=parts)

    def _is_elsewhere(self, view: View, occurrence: Occurrence | None) -> bool:
        """Whether a policy is that of a satellite, which is read by itself."""
        owner = occurrence.owner if occurrence is not None else None
        return owner is not None and owner is not view.resource and owner.kind not in (None, view.kind.name)

    def _unheld(self) -> Iterator[Holder]:
        """What those hold whom the unit does not make, and policies that nobody is known to hold."""
        for each in workloads_of(self.world):
            held = self._held_by(self._known_as(each.resource), each.policies.documents, each.policies.unread)
            yield held._replace(inherits=each.role)
        for joined in joined_of(self.world):
            yield self._held_by(self._joined(joined), joined.policies.documents, joined.policies.unread)
        for view in self.world.of_kind("iam.policy_attachment"):
            named = named_policies(view, "managed_policies")
            for outsider in self._outsiders(view):
                yield self._held_by(outsider, named.documents, named.unread)
        for view in self.world.of_kind(*_COMBINED):
            members = [each for member in view.members("policies") for each in documents(member, "policy")]
            named = named_policies(view, "managed_policies")
            yield self._held_by(self._itself(view), [*members, *named.documents], named.unread)
        for view in self.world.of_kind(*_HELD):
            if view.resource.mode == "managed" and not (view.kind.name == "iam.policy" and bounds_only(view)):
                yield from self._policy(view)

    def _policy(self, view: View) -> Iterator[Holder]:
        found, unread = documents(view, "policy"), unread_documents(view, "policy")
        outsiders = list(self._outsiders(view))
        held = self._known(view) or any(id(each) in self._held for each in found)
        for each in outsiders or ([] if held else [self._itself(view)]):
            if found or unread:
                yield self._held_by(each, found, unread)._replace(unheld=not outsiders)

    def _held_by(self, who: _Outsider, found: Sequence[Document], unread: Sequence[Value]) -> Holder:
        values = (*unread, *(value for each in found for value in each.policy.unknowns))
        parts = (*map(_unread, values), *_unknown_parts(found))
        return Holder(who.name, IDENTITY, who.called, self._all(found), unread=parts, note=who.note)

    def _known(self, view: View) -> bool:
        """Whether a principal of the unit has it."""
        known = principals(self.world)
        return any(
            target.address in known for item, _ in self._naming(view) for target in self.world.targets(item.value)
        )

    def _naming(self, view: View) -> Iterator[tuple[Item, str]]:
        for property, noun in _NAMING.items():
            if view.kind.has(property) and view.applies(property):
                for occurrence in view.occurrences(property):
                    yield from ((item, noun) for item in items_of(occurrence.value))

    def _outsiders(self, view: View) -> Iterator[_Outsider]:
        """Those whom a policy or an attachment names, and whom the unit does not make."""
        known = principals(self.world)
        names = {self.name_of(each.resource) for each in known.values()}
        for item, noun in self._naming(view):
            targets = [each for each in self.world.targets(item.value) if each.mode in ("managed", "data")]
            if targets:
                for each in targets:
                    if each.address not in known:
                        name = self.name_of(each)
                        yield _Outsider(_name(each), name, f"{noun} {name}" if name else "")
            elif item.pattern is None or item.pattern not in names:
                text = shown_item(item, self.names) if item.pattern is not None else value_text(item.value)
                yield _Outsider(ResourceName(f"{noun} {text}", "", f"iam.{noun}"), text, "")

    def _itself(self, view: View) -> _Outsider:
        return self._known_as(view.resource)

    def _known_as(self, resource: Resource) -> _Outsider:
        return _Outsider(_name(resource), self.name_of(resource), "")

    def _joined(self, joined: Joined) -> _Outsider:
        """Who gets the policies of a group or a permission set."""
        if isinstance(joined.who, Resource):
            return self._known_as(joined.who)
        target = self.world.target(joined.who.value)
        if target is not None and target.mode in ("managed", "data") and joined.place is None:
            return self._known_as(target)
        text = shown_item(joined.who, self.names)
        place = f" in account {shown_item(joined.place, self.names)}" if joined.place is not None else ""
        return _Outsider(ResourceName(f"{joined.noun} {text}{place}", "", f"iam.{joined.noun}"), f"{text}{place}", "")

    def _guarded(self) -> Iterator[Holder]:
        for resource in self.world.graph.resources.values():
            if resource.kind is None or resource.mode != "managed" or resource.kind in _OTHERS:
                continue
            view = self.world.view(resource)
            if view is None:
                continue
            if has_parts(view.kind):
                yield from self._from_parts(view)
            for property in _GUARDING:
                if view.kind.has(property) and view.applies(property):
                    name, known_as = self._subject(view)
                    yield self._of_property(view, property, RESOURCE, name, known_as)

    def _subject(self, view: View) -> tuple[ResourceName, str]:
        """What a policy guards: the resource that it names, else itself."""
        for property in view.kind.subject or ():
            value = view.first(property) if view.applies(property) else None
            for item in value.items if isinstance(value, ListValue) else [value]:
                target = self.world.target(item)
                if target is not None and target.mode in ("managed", "data"):
                    return _name(target), self.name_of(target)
                if isinstance(item, Known) and item.data is not None and not is_sensitive(item):
                    text = scalar_text(item.data)
                    return ResourceName(text, "", ""), text
        return _name(view.resource), self.name_of(view.resource)

    def _from_parts(self, view: View) -> Iterator[Holder]:
        """A permission that is written as parts of a statement."""
        document = permission_of(view)
        if document is not None:
            name, known_as = self._subject(view)
            yield Holder(name, RESOURCE, known_as, self._all([document]))


def _name(resource: Resource) -> ResourceName:
    return ResourceName(resource.address, resource.type, resource.kind or "")


def _unread(value: Value) -> Unread:
    if isinstance(value, Known):
        return Unread(
            "".join(map(unplaced, symbols_of(items_of(value)[0]))),
            say("{} is not in the reviewed files", value),
            value.span,
        )
    key = str(value.references[0]) if value.references else unplaced(anonymous(value))
    return Unread(key, reason_of(value), value.span)


def _unknown_parts(found: Iterable[Document]) -> Iterator[Unread]:
    """What is not known of statements, where it decides what they are about."""
    for statement in (each for document in found for each in document.policy.statements):
        for item in (*statement.actions, *statement.not_actions):
            if item.pattern is None:
                yield _unread(item.value)._replace(denies=statement.denies)
        if statement.effect is None or not statement.complete:
            yield _unread(statement.value)._replace(reason="a statement is known in part")
