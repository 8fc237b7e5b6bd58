"""Mistakes in the elements of a document and of its statements.

Sources: "Grammar of the IAM JSON policy language", "IAM JSON policy elements reference", "IAM and AWS STS quotas" (IAM
User Guide), and "Access Analyzer policy check reference".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iacreview.model.value import TRAILING_COMMA, Encoded, Known, ListValue, MapValue, Text, Value, walk
from iacreview.model.words import describing, say, vouched
from iacreview.semantics.mistakes.mistake import IDENTITY, INERT, REFUSED, RESOURCE, TRUST, Mistake, at, near
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
_SID = re.compile(r"[A-Za-z0-9]*")


def in_document(policy: Policy, document: Value) -> Iterator[Mistake]:
    """Those of the document as a whole."""
    for problem in policy.problems:
        yield Mistake(REFUSED, describing(problem.message, document), None, problem.span)
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
            if variable := next(_variables(statement), None):
                said = "has no Version" if text is None else f"has the Version {text}"
                yield at(INERT, f"the policy {said}, in which `{variable}` is taken literally", statement, value)
                return


def _variables(statement: Statement) -> Iterator[str]:
    for name in ("Resource", "NotResource", "Condition"):
        element = _element(statement.value, name)
        for value in walk(element) if element is not None else ():
            if isinstance(value, Known) and isinstance(value.data, str):
                yield from re.findall(r"\$\{(?:aws|[a-z0-9-]+):[^{}]+\}", value.data)


def _nothing_in_it(document: MapValue) -> Iterator[Mistake]:
    value = _element(document, "Statement")
    if isinstance(value, ListValue) and value.complete and not value.items:
        yield Mistake(REFUSED, say("the Statement is an empty list"), None, value.span or document.span)


def _repeated_sids(policy: Policy) -> Iterator[Mistake]:
    seen: dict[str, Value] = {}
    for statement in policy.statements:
        if statement.sid and not statement.when:
            first = seen.setdefault(statement.sid, statement.value)
            if first is not statement.value:
                text = f'the Sid "{statement.sid}" is also that of another statement'
                yield at(REFUSED, text, statement, _element(statement.value, "Sid"))


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
            yield at(REFUSED, f"the {name} is an empty list", statement, value)


def _unknown_elements(value: MapValue, names: tuple[str, ...], statement: Statement | None) -> Iterator[Mistake]:
    known = {name.lower() for name in names}
    for key in value.entries:
        if key.lower() not in known:
            where = "a statement" if statement is not None else "a policy"
            span = value.keys.get(key) or value.span
            words = describing(f"{where} has no element `{key}`{near(key, names)}", value)
            yield Mistake(REFUSED, words, statement, span)


def _effect(statement: Statement) -> Iterator[Mistake]:
    value = _element(statement.value, "Effect")
    text = value.data if isinstance(value, Known) else None
    if isinstance(text, str) and text not in ("Allow", "Deny") and statement.effect is not None:
        yield at(REFUSED, f'the Effect is "{text}"; AWS takes "{text.capitalize()}" alone', statement, value)


def _sid(statement: Statement, kind: str) -> Iterator[Mistake]:
    if kind in (IDENTITY, TRUST) and statement.sid and not _SID.fullmatch(statement.sid):
        text = f'the Sid "{statement.sid}" has other characters than letters and digits'
        yield at(REFUSED, text, statement, _element(statement.value, "Sid"))


def _missing(statement: Statement, kind: str) -> Iterator[Mistake]:
    if not _has(statement, "Action", "NotAction"):
        yield at(REFUSED, "the statement has neither Action nor NotAction", statement, None)
    if kind == IDENTITY and not _has(statement, "Resource", "NotResource"):
        yield at(REFUSED, "the statement has neither Resource nor NotResource", statement, None)
    if kind in (TRUST, RESOURCE) and not _has(statement, "Principal", "NotPrincipal"):
        yield at(REFUSED, "the statement has no Principal", statement, None)


def _surplus(statement: Statement, kind: str) -> Iterator[Mistake]:
    for name, other in (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal")):
        if _has(statement, name) and _has(statement, other):
            yield at(REFUSED, f"the statement has both {name} and {other}", statement, _element(statement.value, other))
    if kind == IDENTITY:
        yield from _not_allowed(statement, "an identity policy", "Principal", "NotPrincipal")
    if kind == TRUST:
        yield from _not_allowed(statement, "a trust policy", "Resource", "NotResource")


def _not_allowed(statement: Statement, what: str, *names: str) -> Iterator[Mistake]:
    for name in names:
        if _has(statement, name):
            yield at(REFUSED, f"{what} may not have a {name}", statement, _element(statement.value, name))


def _has(statement: Statement, *names: str) -> bool:
    """Whether an element is there, or may be."""
    return any(
        (value := _element(statement.value, name)) is not None and not (isinstance(value, Known) and value.data is None)
        for name in names
    )


def _element(value: MapValue, name: str) -> Value | None:
    return next((entry for key, entry in value.entries.items() if key.lower() == name.lower()), None)


def size(document: Value) -> int | None:
    """The characters of a document as IAM counts them, without white space; None where not all of it is known."""
    found = document.structure if isinstance(document, Encoded) else document
    return _size(found)


def _size(value: Value) -> int | None:
    if isinstance(value, Known):
        return len(str(value.data)) + 2 * isinstance(value.data, str)
    if isinstance(value, Text):
        return None
    if isinstance(value, ListValue) and value.complete:
        sizes = [_size(item) for item in value.items]
        return None if None in sizes else sum(filter(None, sizes)) + len(sizes) + 1
    if isinstance(value, MapValue) and value.complete:
        sizes = [_size(entry) for entry in value.entries.values()]
        keys = sum(len(key) + 4 for key in value.entries)
        return None if None in sizes else sum(filter(None, sizes)) + keys + 1
    return None
