"""Reads IAM policy documents, any part of which may be unknown or a choice.

Sources: "IAM JSON policy elements reference" and "Grammar of the IAM JSON policy language" (IAM User Guide).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iacreview.model.choices import Answers, combinations, questions, resolved
from iacreview.model.guard import Possible, When, consistent, together
from iacreview.model.parts import is_sensitive
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.model.value import HOLE, TOO_MANY_STATEMENTS, Encoded, Known, MapValue, Unknown, Value, is_resolved_later
from iacreview.model.words import NOTHING, Phrase, key_in, part_of, pattern, say
from iacreview.semantics.items import Item, alternatives, items_of, leaves

__all__ = ["ALLOW", "DENY", "Condition", "Item", "Malformed", "Policy", "Principal", "Statement", "parse_policy"]

ALLOW = "Allow"
DENY = "Deny"

_MAX_STATEMENTS = 2000
_MAX_INTERPLAYS = 64
_PRINCIPAL_KINDS = {"aws": "AWS", "service": "Service", "federated": "Federated", "canonicaluser": "CanonicalUser"}


class Principal(NamedTuple):
    """One principal. `kind` is AWS, Service, Federated, CanonicalUser, `*` (everyone), or None where not known.

    The other fields are those of an Item.
    """

    pattern: str | None
    value: Value
    when: When
    kind: str | None

    @property
    def shown(self) -> Phrase:
        """The pattern in words."""
        return pattern(HOLE if self.pattern is None else self.pattern, self.value)

    @property
    def bare(self) -> Phrase:
        """The pattern in words, without quotes."""
        return part_of(HOLE if self.pattern is None else self.pattern, self.value)


class Condition(NamedTuple):
    """One condition: an operator (`StringLike`), a key (`aws:SourceArn`), and values of which one has to match.

    Operator and key are None where they are not known; `names` are both in words.
    """

    operator: str | None
    key: str | None
    values: tuple[Item, ...]
    value: Value
    when: When = ()
    names: tuple[Phrase, Phrase] = (NOTHING, NOTHING)

    @property
    def shown_operator(self) -> Phrase:
        return self.names[0]

    @property
    def shown_key(self) -> Phrase:
        return self.names[1]


class Statement(NamedTuple):
    """One statement. What is absent is empty; what may have other items has one with the pattern None.

    `effect` is Allow, Deny, or None where it is not known. `when` are the conditions under which the statement is
    there. A statement with a choice of effects or conditions is several. `complete` is false where elements that
    nobody knows may be added.
    """

    sid: str | None
    effect: str | None
    actions: tuple[Item, ...]
    not_actions: tuple[Item, ...]
    resources: tuple[Item, ...]
    not_resources: tuple[Item, ...]
    principals: tuple[Principal, ...]
    not_principals: tuple[Principal, ...]
    conditions: tuple[Condition, ...]
    value: MapValue
    when: When = ()
    complete: bool = True

    @property
    def span(self) -> Span | None:
        return self.value.span

    @property
    def allows(self) -> bool:
        return self.effect == ALLOW

    @property
    def denies(self) -> bool:
        return self.effect == DENY

    def key_span(self, element: str) -> Span | None:
        """Where an element's key (`Action`) is written, else where the statement is."""
        for key, span in self.value.keys.items():
            if key.lower() == element.lower():
                return span
        return self.value.span


class Malformed(NamedTuple):
    """A part of a document that no policy may have."""

    message: Phrase
    span: Span | None


class Policy(NamedTuple):
    """The statements of a document; `unknowns` are the values that may hold others, or that may allow or deny."""

    statements: tuple[Statement, ...]
    problems: tuple[Malformed, ...] = ()
    unknowns: tuple[Value, ...] = ()

    @property
    def complete(self) -> bool:
        return not self.unknowns


def parse_policy(document: Value, possible: Possible = consistent) -> Policy:
    """Reads a document (an object, or a string that encodes one). Never fails: what is not a policy is a problem.

    `possible` tells which guards can hold together.
    """
    reader = _Reader(possible)
    for value, when in alternatives(document):
        reader.document(value, when)
    return Policy(tuple(reader.statements), tuple(reader.problems), tuple(reader.unknowns))


class _Reader:
    __slots__ = ("possible", "problems", "statements", "unknowns")

    def __init__(self, possible: Possible) -> None:
        self.possible = possible
        self.statements: list[Statement] = []
        self.problems: list[Malformed] = []
        self.unknowns: list[Value] = []

    def document(self, value: Value, when: When) -> None:
        if isinstance(value, Encoded):
            value = value.structure
        if isinstance(value, Known) and value.data is None:
            return
        if not isinstance(value, MapValue):
            self._not(value, say("this is not a policy document"))
            return
        if not value.complete:
            self.unknowns.append(value)
        found = _elements(value).get("statement")
        if found is not None:
            self._statements(found, when)
        elif value.complete:
            self.problems.append(Malformed(say("the policy has no Statement"), value.span))

    def _not(self, value: Value, message: Phrase) -> None:
        if isinstance(value, Known):
            self.problems.append(Malformed(message, value.span))
        else:
            self.unknowns.append(value)

    def _statements(self, value: Value, when: When) -> None:
        for leaf, under in leaves(value):
            if isinstance(leaf, Encoded):
                leaf = leaf.structure
            if isinstance(leaf, Known) and leaf.data is None:
                continue
            if not isinstance(leaf, MapValue):
                self._not(leaf, say("this is not a statement"))
            elif len(self.statements) < _MAX_STATEMENTS:
                for answers in _interplays(leaf, self.possible):
                    self._statement(leaf, answers, together(when, under, *answers.values()))
            else:
                self.unknowns.append(Unknown(TOO_MANY_STATEMENTS, leaf.span, leaf.via))

    def _statement(self, value: MapValue, answers: Answers, when: When) -> None:
        elements = {name: resolved(entry, answers) for name, entry in _elements(value).items()}
        actions, not_actions = items_of(elements.get("action")), items_of(elements.get("notaction"))
        resources, not_resources = items_of(elements.get("resource")), items_of(elements.get("notresource"))
        principals = tuple(self._principals(elements.get("principal")))
        not_principals = tuple(self._principals(elements.get("notprincipal")))
        sid = elements.get("sid")
        hidden = sid is not None and is_sensitive(sid)
        name = sid.data if isinstance(sid, Known) and isinstance(sid.data, str) and not hidden else None
        for effect, under in self._effects(elements.get("effect"), value, when):
            for condition, branch in alternatives(elements.get("condition", _NOTHING), under):
                self.statements.append(
                    Statement(
                        name,
                        effect,
                        actions,
                        not_actions,
                        resources,
                        not_resources,
                        principals,
                        not_principals,
                        tuple(_conditions(condition)),
                        value,
                        branch,
                        value.complete,
                    )
                )

    def _effects(self, value: Value | None, statement: MapValue, when: When) -> Iterator[tuple[str | None, When]]:
        if value is None:
            if statement.complete:
                self.problems.append(Malformed(say("the statement has no Effect"), statement.span))
            else:
                self.unknowns.append(statement)
            yield None, when
            return
        for each, under in alternatives(value, when):
            effect = _effect(each)
            if effect is None and isinstance(each, Known) and not is_resolved_later(each):
                self.problems.append(Malformed(say("the Effect is neither Allow nor Deny"), each.span))
            elif effect is None:
                self.unknowns.append(each)
            yield effect, under

    def _principals(self, value: Value | None) -> Iterator[Principal]:
        if value is None:
            return
        for leaf, when in leaves(value):
            if isinstance(leaf, MapValue):
                yield from _principals_by_kind(leaf, when)
                continue
            for item in items_of(leaf):
                if item.pattern is not None and item.pattern != "*":
                    self.problems.append(Malformed(say("the Principal is neither * nor an object"), leaf.span))
                kind = "*" if item.pattern == "*" else "AWS" if item.pattern is not None else None
                yield Principal(item.pattern, item.value, (*when, *item.when), kind)


_NOTHING = Known(None)


def _interplays(statement: MapValue, possible: Possible) -> list[Answers]:
    """The ways in which the choices of several elements of a statement can fall together.

    Choices in one element alone are read with the element, and so are those that can fall in too many ways.
    """
    asked = [found for entry in statement.entries.values() if (found := questions([entry]))]
    if len(asked) < 2:
        return [{}]
    every = list(dict.fromkeys(each for found in asked for each in found))
    return combinations(every, _MAX_INTERPLAYS, possible) or [{}]


def _elements(value: MapValue) -> Mapping[str, Value]:
    return {key.lower(): entry for key, entry in value.entries.items()}


def _effect(value: Value) -> str | None:
    text = value.data if isinstance(value, Known) else None
    return {"allow": ALLOW, "deny": DENY}.get(text.lower()) if isinstance(text, str) else None


def _principals_by_kind(value: MapValue, when: When) -> Iterator[Principal]:
    for key, entry in value.entries.items():
        kind = _PRINCIPAL_KINDS.get(key.lower(), key)
        for item in items_of(entry):
            yield Principal(item.pattern, item.value, (*when, *item.when), kind)
    if not value.complete:
        yield Principal(None, Unknown("may have other principals", value.span, value.via), when, None)


def _conditions(value: Value) -> Iterator[Condition]:
    for block, when in alternatives(value):
        if isinstance(block, MapValue):
            for operator, keys in block.entries.items():
                yield from _conditions_of(operator, key_in(operator, block), keys, when)
        if not isinstance(block, Known) and not (isinstance(block, MapValue) and block.complete):
            yield Condition(None, None, (), block, when)


def _conditions_of(operator: str, shown: Phrase, value: Value, when: When) -> Iterator[Condition]:
    for block, under in alternatives(value, when):
        if isinstance(block, MapValue):
            for key, values in block.entries.items():
                yield Condition(operator, key, items_of(values), values, under, (shown, key_in(key, block)))
        if not isinstance(block, Known) and not (isinstance(block, MapValue) and block.complete):
            yield Condition(operator, None, (), block, under, (shown, NOTHING))
