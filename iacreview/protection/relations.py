"""Protections that a table cannot say: what is denied, what a role may do, which association reaches a host."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from iacreview.catalog.occurrence import doubt_reason
from iacreview.catalog.view import View
from iacreview.engine.require import condition
from iacreview.engine.subject import NAME, SEPARATOR, subject_of
from iacreview.grants.principals import PRINCIPALS, Document, Identity, documents, holders, principals
from iacreview.model.content import content
from iacreview.model.logic import NO, UNKNOWN, YES, Truth, any_of
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.model.value import MapValue, Unknown
from iacreview.model.words import NOTHING, Phrase, called, listed, say, vouched
from iacreview.protection.items import RESOURCE, TEXT, is_open, items_of
from iacreview.semantics.actions import find_action
from iacreview.semantics.decision.clauses import Clause
from iacreview.semantics.decision.comparison import gains, may_somewhere
from iacreview.semantics.decision.rights import Rights
from iacreview.semantics.items import reason_of
from iacreview.semantics.policy import Statement

_NOWHERE = Statement(None, None, (), (), (), (), (), (), (), MapValue({}))
_EVERYBODY = "*"


class Denial(NamedTuple):
    """What a statement denies. `content` is equal where it says the same, names of other resources left aside."""

    content: str
    clauses: tuple[Clause, ...]


class Relation(NamedTuple):
    """What stands between resources. Without a `subject`, its ward says whom it guards.

    One that is `unread` stands for statements that nobody knows.
    """

    key: str
    subject: tuple[str, ...]
    state: Truth
    said: str
    span: Span
    denial: Denial | None = None
    unread: bool = False


def _denials(view: View, params: Mapping[str, Any]) -> Iterator[Relation]:
    """What the documents of a property deny; of a principal, what all of its policies do."""
    if view.kind.name in PRINCIPALS:
        yield from _denied_to(principals(view.world)[view.resource.address])
        return
    name = params["property"]
    if not view.applies(name):
        return
    subject = _risk(view)
    for each in view.occurrences(name):
        if isinstance(each.value, Unknown):
            yield Relation(name, subject, UNKNOWN, doubt_reason(each), each.span, unread=True)
    for document in documents(view, name):
        if not holders(document, view.world):
            yield from _denied_by(document, subject)


def _risk(view: View) -> tuple[str, ...]:
    """Whom a finding about the resource would put at risk."""
    found = subject_of(view)
    if not found:
        return (RESOURCE + view.resource.address,)
    names = found.split(SEPARATOR)
    return tuple(TEXT + each.removeprefix(NAME) if each.startswith(NAME) else RESOURCE + each for each in names)


def _denied_to(principal: Identity) -> Iterator[Relation]:
    subject = (RESOURCE + principal.resource.address,)
    for document in principal.documents:
        if document.occurrence is not None:
            yield from _denied_by(document, subject)
    if not principal.complete:
        reason = say("not all policies of {} are known", called(principal.resource.address))
        yield Relation("policies", subject, UNKNOWN, reason, principal.resource.header, unread=True)


def _denied_by(document: Document, subject: tuple[str, ...]) -> Iterator[Relation]:
    assert document.occurrence is not None
    for unknown in document.policy.unknowns:
        span = unknown.span or document.occurrence.span
        yield Relation("policy", subject, UNKNOWN, reason_of(unknown), span, unread=True)
    for statement in document.policy.statements:
        if not statement.denies:
            continue
        own = [each for each in document.clauses if each.statement is statement]
        clauses = tuple(each._replace(statement=_NOWHERE) for each in own)
        said = {key: entry for key, entry in statement.value.entries.items() if key.lower() != "sid"}
        denial = Denial(repr(content(MapValue(said))), clauses)
        span = statement.span or document.occurrence.span
        yield Relation(statement.sid or "", subject, YES, _words(statement), span, denial)


def _words(statement: Statement) -> Phrase:
    actions = [item.shown for item in statement.actions or statement.not_actions]
    other = say("all actions but ") if statement.not_actions else NOTHING
    return say("{}{} are denied", other, listed(actions))


def undenied(base: Denial, head: Sequence[Denial]) -> tuple[Truth, str]:
    """Whether something of what the base denies is not denied by the head any more, and an example."""
    if any(each.content == base.content for each in head):
        return NO, ""
    allowed = tuple(clause._replace(allows=True) for each in head for clause in each.clauses)
    asked = tuple(clause._replace(allows=True) for clause in base.clauses)
    found = gains(Rights(asked), Rights(allowed))
    if found.gains:
        request = found.gains[0].request
        action = find_action(request.action)
        shown = request._replace(principal=None, action=str(action) if action is not None else request.action)
        return (YES if found.certain else UNKNOWN), str(shown)
    return (NO if found.certain else UNKNOWN), ""


def _rights(view: View, params: Mapping[str, Any]) -> Iterator[Relation]:
    """Whether a role may do all of some actions, each on some resource."""
    principal = principals(view.world)[view.resource.address]
    wanted: Sequence[str] = params["actions"]
    answers = {action: may_somewhere(principal.rights, action.lower()) for action in wanted}
    if all(answer is YES for answer in answers.values()):
        yield Relation("", (), YES, say("it has the right to {}", listed(list(map(vouched, wanted)))), view.span)
        return
    lacking = [vouched(action) for action, answer in answers.items() if answer is not YES]
    known = principal.complete and UNKNOWN not in answers.values()
    said = (
        say("it has no right to {}", listed(lacking))
        if known
        else say("whether it may {} is not known", listed(lacking))
    )
    yield Relation("", (), NO if known else UNKNOWN, said, view.span)


def _reached(view: View, params: Mapping[str, Any]) -> Iterator[Relation]:
    """Whether a resource of a kind reaches this one: by its id, by one of its tags, or as one of all."""
    answers: list[tuple[Truth, View]] = []
    for other in view.world.of_kind(params["kind"]):
        in_force = condition(other, params.get("in_force", {}))
        if in_force is not NO:
            found = _reaches(other, view, params)
            answers.append((UNKNOWN if found is YES and in_force is UNKNOWN else found, other))
    state = any_of(answer for answer, _ in answers)
    carrier = next((other for answer, other in answers if answer is state), None)
    if state is NO or carrier is None:
        yield Relation("", (), NO, say("nothing reaches it"), view.span)
    elif state is YES:
        yield Relation("", (), YES, say("{} reaches it", called(carrier.resource.address)), carrier.span)
    else:
        said = say("whether {} reaches it is not known", called(carrier.resource.address))
        yield Relation("", (), UNKNOWN, said, carrier.span)


def _reaches(other: View, view: View, params: Mapping[str, Any]) -> Truth:
    """Sources: "AWS::SSM::Association Target", "Target" (AWS Systems Manager API Reference)."""
    own = {RESOURCE + view.resource.address}
    found = [UNKNOWN for _ in other.unread(params["targets"])]
    for target in other.members(params["targets"]):
        key = target.known("key")
        values = {item for each in target.occurrences("values") for item in items_of(view.world, each.value)}
        if not isinstance(key, str):
            found.append(UNKNOWN)
        elif key.lower() == "instanceids":
            found.append(YES if values & {*own, TEXT + _EVERYBODY} else _open(values))
        elif key.startswith("tag:"):
            found.append(_tagged(view, params["tags"], key.removeprefix("tag:"), values))
        else:
            found.append(UNKNOWN)
    return any_of(found)


def _open(values: set[str]) -> Truth:
    return UNKNOWN if any(map(is_open, values)) else NO


def _tagged(view: View, tags: str, key: str, wanted: set[str]) -> Truth:
    """Whether a resource has a tag with one of some values."""
    found = [UNKNOWN for _ in view.unread(tags)]
    for member in view.members(tags):
        if member.known("key") != key:
            continue
        values = {item for each in member.occurrences("value") for item in items_of(view.world, each.value)}
        found.append(YES if values & wanted else any_of([_open(values), _open(wanted)]))
    return any_of(found)


RELATIONS: dict[str, Callable[[View, Mapping[str, Any]], Iterator[Relation]]] = {
    "denials": _denials,
    "rights": _rights,
    "reached": _reached,
}
# What each relation takes in `with`.
PARAMETERS: dict[str, tuple[str, ...]] = {
    "denials": ("property",),
    "rights": ("actions",),
    "reached": ("kind", "targets", "tags", "in_force"),
}
