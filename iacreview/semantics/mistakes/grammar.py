"""Mistakes in the elements of a document and of its statements.

Sources: "Grammar of the IAM JSON policy language", "IAM JSON policy elements reference", "IAM and AWS STS quotas" (IAM
User Guide), and "Access Analyzer policy check reference".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from iacreview.model.parts import walk
from iacreview.model.patterns import later
from iacreview.model.provenance import TRAILING_COMMA
from iacreview.model.value import Encoded, Known, ListValue, MapValue, Value, is_there
from iacreview.model.words import Phrase, bare, key_in, part_of, pattern, say, vouched
from iacreview.semantics.mistakes.mistake import (
    IDENTITY,
    INERT,
    REFUSED,
    RESOURCE,
    RESOURCE_CONTROL,
    SERVICE_CONTROL,
    TRUST,
    Mistake,
    at,
    near,
)
from iacreview.semantics.policy import Policy, Statement

_DOCUMENT = ("Version", "Id", "Statement")
_STATEMENT = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)
_VERSIONS = ("2012-10-17", "2008-10-17")
_SID = later(r"[A-Za-z0-9]*")


def in_document(policy: Policy, document: Value) -> Iterator[Mistake]:
    """Those of the document as a whole."""
    for problem in policy.problems:
        yield Mistake(REFUSED, problem.message, None, problem.span)
    if any(step.message == TRAILING_COMMA for step in document.via):
        yield Mistake(REFUSED, say("there is {}", vouched(TRAILING_COMMA)), None, document.span)
    found = document.structure if isinstance(document, Encoded) else document
    if isinstance(found, MapValue):
        yield from _unknown_elements(found, _DOCUMENT, None)
        yield from _version(found, policy)
        yield from _nothing_in_it(found)
    yield from _repeated_sids(policy)


def _version(document: MapValue, policy: Policy) -> Iterator[Mistake]:
    value = _element(document, "Version")
    text = value.data if isinstance(value, Known) else None
    if value is not None and not isinstance(value, Known):
        return
    if value is not None and text is not None and text not in _VERSIONS:
        words = say("the Version {} is not one of {}", value, vouched(" and ".join(_VERSIONS)))
        yield Mistake(REFUSED, words, None, value.span)
    elif text != _VERSIONS[0] and document.complete:
        for statement in policy.statements:
            if (variable := next(_variables(statement), None)) is not None:
                yield at(INERT, _literally(value, variable), statement, value)
                return


def _literally(version: Known | None, variable: Phrase) -> Phrase:
    if version is None or version.data is None:
        return say("the policy has no Version, in which `{}` is taken literally", variable)
    return say("the policy has the Version {}, in which `{}` is taken literally", bare(version), variable)


def _variables(statement: Statement) -> Iterator[Phrase]:
    for name in ("Resource", "NotResource", "Condition"):
        element = _element(statement.value, name)
        for value in walk(element) if element is not None else ():
            if isinstance(value, Known) and isinstance(value.data, str):
                found = re.findall(r"\$\{(?:aws|[a-z0-9-]+):[^{}]+\}", value.data)
                yield from (part_of(each, value) for each in found)


def _nothing_in_it(document: MapValue) -> Iterator[Mistake]:
    value = _element(document, "Statement")
    if not isinstance(value, ListValue) or not value.complete or value.items:
        return
    # One without a place in a document that has one is what Terraform makes of statements that inputs leave out.
    if value.span is not None or document.span is None:
        yield Mistake(REFUSED, say("the Statement is an empty list"), None, value.span)


def _repeated_sids(policy: Policy) -> Iterator[Mistake]:
    seen: dict[str, Value] = {}
    for statement in policy.statements:
        if statement.sid and not statement.when:
            first = seen.setdefault(statement.sid, statement.value)
            if first is not statement.value:
                sid = _element(statement.value, "Sid")
                yield at(
                    REFUSED,
                    say("the Sid {} is also that of another statement", _shown_sid(statement, sid)),
                    statement,
                    sid,
                )


def in_statement(statement: Statement, kind: str) -> Iterator[Mistake]:
    """Those of a statement's elements: which there are, and which there are not."""
    yield from _unknown_elements(statement.value, _STATEMENT, statement)
    yield from _effect(statement)
    yield from _sid(statement, kind)
    if statement.complete:
        yield from _missing(statement, kind)
    yield from _surplus(statement, kind)
    for name in ("Action", "NotAction", "Resource", "NotResource"):
        value = _element(statement.value, name)
        if isinstance(value, ListValue) and value.complete and not value.items:
            yield at(REFUSED, say("the {} is an empty list", vouched(name)), statement, value)


def _unknown_elements(value: MapValue, names: tuple[str, ...], statement: Statement | None) -> Iterator[Mistake]:
    known = {name.lower() for name in names}
    for key in value.entries:
        if key.lower() not in known:
            where = say("a statement") if statement is not None else say("a policy")
            span = value.keys.get(key) or value.span
            words = say("{} has no element `{}`{}", where, key_in(key, value), near(key, names))
            yield Mistake(REFUSED, words, statement, span)


def _effect(statement: Statement) -> Iterator[Mistake]:
    value = _element(statement.value, "Effect")
    text = value.data if isinstance(value, Known) else None
    if isinstance(text, str) and text not in ("Allow", "Deny") and statement.effect is not None and value is not None:
        taken = pattern(text.capitalize(), value)
        yield at(REFUSED, say("the Effect is {}; AWS accepts only {}", value, taken), statement, value)


def _sid(statement: Statement, kind: str) -> Iterator[Mistake]:
    if kind in (IDENTITY, TRUST) and statement.sid and not _SID.fullmatch(statement.sid):
        sid = _element(statement.value, "Sid")
        text = say("the Sid {} has other characters than letters and digits", _shown_sid(statement, sid))
        yield at(REFUSED, text, statement, sid)


def _shown_sid(statement: Statement, sid: Value | None) -> Phrase:
    return pattern(statement.sid or "", sid if sid is not None else statement.value)


def _missing(statement: Statement, kind: str) -> Iterator[Mistake]:
    if not _has(statement, "Action", "NotAction"):
        yield at(REFUSED, say("the statement has neither Action nor NotAction"), statement, None)
    if kind in (IDENTITY, SERVICE_CONTROL, RESOURCE_CONTROL) and not _has(statement, "Resource", "NotResource"):
        yield at(REFUSED, say("the statement has neither Resource nor NotResource"), statement, None)
    if kind in (TRUST, RESOURCE, RESOURCE_CONTROL) and not _has(statement, "Principal", "NotPrincipal"):
        yield at(REFUSED, say("the statement has no Principal"), statement, None)


def _surplus(statement: Statement, kind: str) -> Iterator[Mistake]:
    for name, other in (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal")):
        if _has_certainly(statement, name) and _has_certainly(statement, other):
            text = say("the statement has both {} and {}", vouched(name), vouched(other))
            yield at(REFUSED, text, statement, _element(statement.value, other))
    if kind == IDENTITY:
        yield from _not_allowed(statement, say("an identity policy"), "Principal", "NotPrincipal")
    if kind == SERVICE_CONTROL:
        yield from _not_allowed(statement, say("a service control policy"), "Principal", "NotPrincipal")
    if kind == RESOURCE_CONTROL:
        yield from _not_allowed(statement, say("a resource control policy"), "NotPrincipal", "NotAction")
        yield from _not_for_resources(statement)
    if kind == TRUST:
        yield from _not_allowed(statement, say("a trust policy"), "Resource", "NotResource")


def _not_for_resources(statement: Statement) -> Iterator[Mistake]:
    """What a resource control policy of one's own may not say. Source: "RCP syntax" (AWS Organizations User Guide)."""
    if statement.allows:
        text = say("a resource control policy of one's own may only deny")
        yield at(REFUSED, text, statement, _element(statement.value, "Effect"))
    for principal in statement.principals:
        if principal.pattern is not None and principal.pattern != "*":
            text = say("the principal {} in a resource control policy, which may have `*` alone", principal.shown)
            yield at(REFUSED, text, statement, principal.value)
    for item in statement.actions:
        if item.pattern in ("*", "*:*"):
            text = say("the action `{}` in a resource control policy, which has to name services", item.bare)
            yield at(REFUSED, text, statement, item.value)


def _not_allowed(statement: Statement, what: Phrase, *names: str) -> Iterator[Mistake]:
    for name in names:
        if _has_certainly(statement, name):
            text = say("{} may not have a {}", what, vouched(name))
            yield at(REFUSED, text, statement, _element(statement.value, name))


def _has(statement: Statement, *names: str) -> bool:
    """Whether an element is there, or may be."""
    return any(
        (value := _element(statement.value, name)) is not None and not (isinstance(value, Known) and value.data is None)
        for name in names
    )


def _has_certainly(statement: Statement, name: str) -> bool:
    """Whether an element is there: what an input gives may be null, and a list of it empty."""
    value = _element(statement.value, name)
    return value is not None and is_there(value)


def _element(value: MapValue, name: str) -> Value | None:
    key = _spelt(tuple(value.entries)).get(name.lower())
    return None if key is None else value.entries[key]


# Statements have the same few elements again and again.
@lru_cache(maxsize=256)
def _spelt(keys: tuple[str, ...]) -> dict[str, str]:
    """How each element is spelt where it stands first, by its name in lower case."""
    return {key.lower(): key for key in reversed(keys)}
