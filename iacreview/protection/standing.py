"""The protections of a unit as they stand: whom each guards, whether it is in force, how strong it is."""

from __future__ import annotations

from collections.abc import Iterator

from iacreview.catalog.occurrence import doubt_reason, statement
from iacreview.catalog.view import View
from iacreview.catalog.world import World
from iacreview.engine.met import asked, met_by
from iacreview.engine.predicates import holds
from iacreview.engine.require import condition, names
from iacreview.engine.rule import Row, Rule
from iacreview.model.finding import ResourceName
from iacreview.model.guard import spoken
from iacreview.model.logic import NO, UNKNOWN, YES, Truth
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.model.value import Known
from iacreview.model.words import Phrase, say, vouched
from iacreview.protection.definition import ACCOUNT, ITSELF, Definitions, ProtectionKind, Ward
from iacreview.protection.items import RESOURCE, TEXT, items_of
from iacreview.protection.measures import Measured, measured
from iacreview.protection.relations import RELATIONS, Relation


class Tally(NamedTuple):
    """How many places of a resource meet a rule, fail it, and leave it open."""

    met: int
    failed: int
    open: int


class Standing(NamedTuple):
    """One protection of a unit. What can be compared with the other side has marks: see measures.

    `name` and `what` are those of its definition, `key` tells it from others of the same resource. `state` is whether
    it is in force, `said` what says so; `when` are the circumstances under which it is there, in words. One that
    `hides` takes away from what others show; what is lost together with one of `within` is told there.
    """

    name: str
    what: str
    resource: ResourceName
    key: str
    subject: tuple[str, ...]
    like: tuple[tuple[str, ...], ...]
    state: Truth
    said: str
    span: Span
    when: tuple[str, ...] = ()
    measures: tuple[Measured, ...] = ()
    relation: Relation | None = None
    tally: Tally | None = None
    hides: bool = False
    within: tuple[str, ...] = ()


def likeness(each: Standing) -> tuple[str, ...]:
    """What tells a protection from others of its kind, as texts."""
    return tuple(item[1:] for items in each.like for item in items if item.startswith(TEXT))


def standing(world: World, definitions: Definitions) -> Iterator[Standing]:
    """All protections of a unit, those included that are not in force."""
    for resource in world.graph.resources.values():
        view = world.view(resource) if resource.mode == "managed" and definitions.about(resource.kind) else None
        if view is None:
            continue
        for kind, ward in definitions.wards.get(view.kind.name, ()):
            yield from _by_relation(view, kind, ward) if ward.by else _of_ward(view, kind, ward)
        for kind, rule, row in definitions.rows.get(view.kind.name, ()):
            if rule.only in ("", view.resource.dialect):
                yield from _of_row(view, kind, rule, row)


def _name(view: View) -> ResourceName:
    return ResourceName(view.resource.address, view.resource.type, view.kind.name)


def _of_ward(view: View, kind: ProtectionKind, ward: Ward) -> Iterator[Standing]:
    for scope in view.members(ward.each) if ward.each else [view]:
        yield _standing(scope, kind, ward)
    for each in view.unread(ward.each) if ward.each else ():
        subject = _subject(view, ward)
        yield Standing(
            kind.name, kind.what, _name(view), ward.each, subject, (), UNKNOWN, doubt_reason(each), each.span
        )


def _standing(scope: View, kind: ProtectionKind, ward: Ward) -> Standing:
    state = condition(scope, ward.in_force)
    said, span = _identity(scope, ward) if state is YES and ward.like else _told(scope, ward, state)
    circumstances = dict.fromkeys((*scope.when, *scope.resource.conditions))
    return Standing(
        kind.name,
        kind.what,
        _name(scope),
        ward.each,
        _subject(scope, ward),
        tuple(_items(scope, name) for name in ward.like),
        state,
        said,
        span,
        tuple(sorted(spoken((guard,)) for guard in circumstances)),
        tuple(found for each in ward.measures if (found := measured(scope, each)) is not None),
        hides=ward.hides,
        within=kind.within,
    )


def _subject(scope: View, ward: Ward) -> tuple[str, ...]:
    if ward.subject == (ITSELF,):
        return (RESOURCE + scope.resource.address,)
    if ward.subject == (ACCOUNT,):
        return (account_of(scope),)
    return tuple(dict.fromkeys(item for name in ward.subject for item in _items(scope, name)))


def account_of(view: View) -> str:
    """The account and Region that a resource is in, by the provider configuration that makes it."""
    region = view.resource.attributes.entries.get("region")
    own = str(region.data) if isinstance(region, Known) and region.data is not None else ""
    return f"{TEXT}account {view.resource.provider} {own}"


def _items(scope: View, name: str) -> tuple[str, ...]:
    if not scope.applies(name):
        return ()
    return tuple(item for each in scope.occurrences(name) for item in items_of(scope.world, each.value))


def _told(scope: View, ward: Ward, state: Truth) -> tuple[Phrase, Span]:
    """What says whether a protection is in force, and where that stands."""
    pairs = asked(scope, ward.in_force) if state is YES else ((name, None) for name in names(ward.in_force))
    for name, predicate in pairs:
        wanted = predicate if state is YES else ward.in_force.get(name)
        for each in scope.occurrences(name) if scope.applies(name) else ():
            if wanted is not None and holds(wanted, each.value) is not state:
                continue
            if state is UNKNOWN:
                return doubt_reason(each), each.span
            if state is NO or (each.value is not None and not each.defaulted):
                return statement(each), each.span
    return say("there is one"), scope.span


def _identity(scope: View, ward: Ward) -> tuple[Phrase, Span]:
    """What tells a protection from others of its kind, and where that stands."""
    for name in ward.like:
        for each in scope.occurrences(name) if scope.applies(name) else ():
            if each.value is not None and not each.defaulted:
                # Of a member of a map, the value itself is no part of what people write.
                return say("`{}` is {}", vouched(each.native.removeprefix("@value.")), each.value), each.span
    return _told(scope, ward, YES)


def _of_row(view: View, kind: ProtectionKind, rule: Rule, row: Row) -> Iterator[Standing]:
    """A rule that a resource meets is a protection of it."""
    found = met_by(view, row)
    if found is None:
        return
    state = NO if found.failed else UNKNOWN if found.open else YES
    key = f"{rule.code} {rule.rows.index(row)}"
    subject = (RESOURCE + view.resource.address,)
    tally = Tally(found.met, found.failed, found.open)
    yield Standing(
        kind.name,
        kind.what,
        _name(view),
        key,
        subject,
        (),
        state,
        found.said,
        found.span,
        tally=tally,
        within=kind.within,
    )


def _by_relation(view: View, kind: ProtectionKind, ward: Ward) -> Iterator[Standing]:
    if condition(view, ward.in_force) is NO:
        return
    for found in RELATIONS[ward.by](view, ward.with_):
        yield Standing(
            kind.name,
            kind.what,
            _name(view),
            found.key,
            found.subject or _subject(view, ward),
            (),
            found.state,
            found.said,
            found.span,
            relation=found,
            within=kind.within,
        )
