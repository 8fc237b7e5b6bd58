"""What an item of a statement reaches in the end, as the checks of grants ask it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from iacreview.checks.documents import WHAT, Held, Narrowed, item_of, listed
from iacreview.model.guard import When
from iacreview.model.outcome import Doubt
from iacreview.model.parts import known_parts
from iacreview.model.record import NamedTuple
from iacreview.model.value import Known, Text, Value, scalar_text
from iacreview.model.words import NOTHING, Phrase, say
from iacreview.semantics.actions import WRITE, Action, expand
from iacreview.semantics.arn import parse_arn
from iacreview.semantics.decision.actions import TO_COME
from iacreview.semantics.decision.clauses import Clause, action_matches
from iacreview.semantics.decision.generic import SOMETHING, WideClause, resources_of, wide
from iacreview.semantics.decision.symbols import EVERYTHING, Symbols
from iacreview.semantics.forms import may_act
from iacreview.semantics.items import Item
from iacreview.semantics.pattern import normalised
from iacreview.semantics.policy import Statement
from iacreview.semantics.statements import unknown_items, unrestricted_resource

ANY_ACTION = f"{TO_COME}:{TO_COME}"
_STAR: Symbols = ("*",)
# "Controlling ownership of objects and disabling ACLs for your bucket": off since April 2023. "Changing the replica
# owner": it gives a copy to whoever owns the bucket that it is in.
OF_OBJECTS = frozenset({"s3:PutObjectAcl", "s3:PutObjectVersionAcl", "s3:ObjectOwnerOverrideToBucketOwner"})


def weight(action: Action) -> str:
    """The access level by which an action is judged: what is about an object's ACL alone is no more than writing it."""
    return WRITE if str(action) in OF_OBJECTS else action.level


def unknown_actions(held: Held, statement: Statement) -> Iterator[Doubt]:
    """A doubt for each action that is not known; one that is denied raises none."""
    if statement.denies:
        return
    for item in unknown_items(statement.actions):
        yield held.doubt(statement, item.value, say("the actions"))


def in_scope(statement: Statement, params: Mapping[str, Any]) -> bool:
    """Whether `scope` takes it: `all` those about all resources, `some` the others; without one, every statement."""
    scope = params.get("scope")
    everything = bool(unrestricted_resource(statement)) or (bool(statement.not_resources) and not statement.resources)
    return scope is None or everything == (scope == "all")


def in_service_scope(statement: Statement, params: Mapping[str, Any]) -> bool:
    """As in_scope, where all resources of one service (`arn:aws:s3:::*`) count as all."""
    scope = params.get("scope")
    whole = any(map(_is_whole_service, statement.resources))
    return whole == (scope == "all") if whole and scope is not None else in_scope(statement, params)


def _is_whole_service(item: Item) -> bool:
    arn = parse_arn(item.pattern) if item.pattern is not None else None
    return arn is not None and not arn.resource.strip("*:/")


def about_oneself(statement: Statement) -> bool:
    """Whether all resources are those of whoever makes the request (`user/${aws:username}`)."""
    return bool(statement.resources) and all(_is_own(item.value) for item in statement.resources)


def _is_own(resource: Value) -> bool:
    data = resource.data if isinstance(resource, Known) else None
    texts = known_parts(resource) if isinstance(resource, Text) else [scalar_text(data)]
    return any("${aws:" in text or "&{aws:" in text for text in texts)


def about_itself(statement: Statement) -> bool:
    """Whether it stands in the policy of a resource, or of a role's trust."""
    return bool(statement.principals or statement.not_principals)


def clauses_of(held: Held, statement: Statement, item: Item) -> list[Clause]:
    """The clauses of the statement in which the item stands: of those with its pattern, the ones under its guards."""
    pattern = normalised(item.pattern or "")
    found = [clause for clause in held.clauses(statement) if pattern in clause.actions]
    return [clause for clause in found if set(item.when) <= set(clause.when)] or found


def reached(held: Held, clause: Clause, known: Iterable[Action], without: Narrowed | None = WHAT) -> list[Action]:
    """The actions that a clause leaves allowed on what it names."""
    # Actions of one service that work on the same types are alike.
    alike: dict[tuple[str, tuple[str, ...]], bool] = {}
    possible = []
    for action in known:
        kind = action.service, action.resource_types
        if kind not in alike:
            alike[kind] = _works_on(clause, action)
        if alike[kind]:
            possible.append(action)
    return possible if held.is_unlimited() else list(_surviving(held, clause, possible, without))


def _surviving(held: Held, clause: Clause, actions: Iterable[Action], without: Narrowed | None) -> Iterator[Action]:
    """Those that are left, asked once for what nobody who holds the policy is allowed apart."""
    names: dict[str, str] = {}
    found: dict[tuple[str, bool], bool] = {}
    for action in actions:
        if action.service not in names:
            names[action.service] = action.service if held.takes_alike(action.service, without) else ""
        kind = names[action.service] or str(action), bool(action.resource_types)
        if kind not in found:
            found[kind] = _survives(held, clause, action, without)
        if found[kind]:
            yield action


def _survives(held: Held, clause: Clause, action: Action, without: Narrowed | None) -> bool:
    name = str(action).lower()
    resources = resources_of(clause) if action.resource_types else (_STAR,)
    return any(held.allows(clause, name, resource, without) for resource in resources)


def _works_on(clause: Clause, action: Action) -> bool:
    """Whether the action can be asked for on what the clause names."""
    if not clause.resources or EVERYTHING in clause.resources:
        return True
    if not action.resource_types:
        return clause.about_resource(_STAR)
    return any(may_act(action, _text(pattern)) for pattern in clause.resources)


def _text(pattern: Symbols) -> str:
    """A pattern with its unknown parts as wildcards."""
    written = {"<*>": "*", "<*:>": "*", "<?>": "?", "<?:>": "?"}
    return "".join(written.get(symbol, symbol if len(symbol) == 1 else "*") for symbol in pattern)


def living(held: Held, statement: Statement, item: Item) -> Clause | None:
    """The clause by which an item allows every action in the end: one of everything before others."""
    clauses = clauses_of(held, statement, item)
    for clause in sorted(clauses, key=lambda each: not each.about_resource(SOMETHING)):
        if any(held.allows(clause, ANY_ACTION, resource, without=WHAT) for resource in _broad(clause)):
            return clause
    return None


def _broad(clause: Clause) -> Iterator[Symbols]:
    yield from (SOMETHING, *resources_of(clause)) if clause.about_resource(SOMETHING) else resources_of(clause)


def leaves(held: Held, statement: Statement, without: Narrowed | None = WHAT) -> bool:
    """Whether anything of it is allowed in the end, as far as others take something away."""
    if held.is_unlimited():
        return True
    for clause in held.clauses(statement):
        actions = [ANY_ACTION] if clause.not_actions else [_example(each) for each in clause.actions]
        resources = list(resources_of(clause))
        if any(held.allows(clause, action, on, without) for action in actions for on in resources):
            return True
    return False


def _example(pattern: str) -> str:
    """An action that a pattern has: one that is known, where it is not one itself."""
    known = expand(pattern)
    if known:
        return str(known[0]).lower()
    text = pattern.replace("*", TO_COME)
    return text if action_matches(pattern, text) else pattern


class ItemReach(NamedTuple):
    """How an item allows an action on every resource of a type, by which item of the resources, and under what."""

    item: Item
    wide: WideClause
    resource: Item | None
    when: When = ()


def everywhere(held: Held, statement: Statement, item: Item, action: Action) -> ItemReach | None:
    """How an item allows an action on every resource of a type; None where it does not."""
    return next(every_reach(held, statement, item, action), None)


def every_reach(held: Held, statement: Statement, item: Item, action: Action) -> Iterator[ItemReach]:
    """How an item allows an action on every resource of a type, for each of the guards under which it does."""
    for clause in clauses_of(held, statement, item):
        found = wide(clause, action)
        if found is not None and held.allows(clause, str(action).lower(), found.resource):
            yield ItemReach(item, found, item_of(statement, found.pattern, clause.when), clause.when)


def idle_conditions(names: tuple[Phrase, ...]) -> Phrase:
    """What conditions are there without limiting anything."""
    if not names:
        return NOTHING
    if len(names) > 1:
        return say("; the conditions {} narrow nothing", listed(names))
    return say("; the condition {} narrows nothing", names[0])
