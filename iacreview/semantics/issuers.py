"""Issuers of web identities, and whether conditions fix whose token is accepted.

The table is data/issuers.txt, with its sources. An issuer that is not in it is taken for one's own: its address is the
owner's ("Private OIDC provider", IAM User Guide).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from iacreview.model.logic import NO, UNKNOWN, YES, Truth, all_of, any_of, truth
from iacreview.model.record import NamedTuple
from iacreview.model.value import HOLE
from iacreview.semantics.conditions import operator_of
from iacreview.semantics.items import Item
from iacreview.semantics.parts import lines_of
from iacreview.semantics.pattern import matches
from iacreview.semantics.policy import Condition

_EXACT = frozenset(("stringequals", "stringequalsignorecase", "numericequals"))
_LIKE = frozenset(("stringlike", "arnlike", "arnequals"))


class Form(NamedTuple):
    """A claim, the text before the owner and the text after it (empty where the owner is the rest of the claim)."""

    claim: str
    before: str
    after: str


class Issuer(NamedTuple):
    """An issuer. `shared` by everyone who is its customer; else one's own, with tenants that are told apart."""

    pattern: str
    name: str
    shared: bool
    forms: tuple[Form, ...]

    @property
    def claims(self) -> tuple[str, ...]:
        """The claims that tell the owner, the usual one first."""
        return tuple(dict.fromkeys(form.claim for form in self.forms))


def issuer_of(provider: str) -> Issuer | None:
    """The issuer of a federated principal (an ARN of an OIDC provider, a URL, or a bare name)."""
    name = provider.partition(":oidc-provider/")[2] or provider.removeprefix("https://")
    return next((issuer for issuer in _issuers() if matches(issuer.pattern, name.rstrip("/"))), None)


@cache
def _issuers() -> tuple[Issuer, ...]:
    found = []
    for line in lines_of("issuers.txt"):
        pattern, name, kind, forms = (part.strip() for part in line.split("|"))
        found.append(Issuer(pattern, name, kind == "shared", tuple(map(_form, forms.split()))))
    return tuple(found)


def _form(text: str) -> Form:
    claim, _, value = text.partition("=")
    before, _, after = value.partition("*")
    return Form(claim, before, after)


def fixes_owner(issuer: Issuer, conditions: Iterable[Condition]) -> Truth:
    """Whether some condition accepts the tokens of certain owners alone."""
    return any_of(owner_fixed_by(issuer, condition) for condition in conditions)


def owner_fixed_by(issuer: Issuer, condition: Condition) -> Truth:
    """Whether one condition does: with every one of its values, and where the claim is missing as well."""
    if condition.operator is None:
        return UNKNOWN
    operator, bypassed = operator_of(condition.operator)
    if bypassed or operator not in _EXACT | _LIKE:
        return NO
    if condition.key is None:
        return UNKNOWN
    claim = _claim(issuer, condition.key)
    forms = [form for form in issuer.forms if form.claim == claim]
    if not forms:
        return NO
    if not condition.values:
        return UNKNOWN
    answer = all_of(_fixed(item, forms, operator in _LIKE) for item in condition.values)
    return UNKNOWN if answer is YES and condition.when else answer


def _claim(issuer: Issuer, key: str) -> str:
    """The claim that a key is, in lower case; empty for a key of another issuer. Part of the key may be unknown."""
    provider, _, claim = key.rpartition(":")
    known = HOLE in provider or "${" in provider or matches(issuer.pattern, provider)
    return claim.lower() if known else ""


def _fixed(item: Item, forms: Iterable[Form], wild: bool) -> Truth:
    if item.pattern is None:
        return UNKNOWN
    head = item.pattern.split("*")[0].split("?")[0]
    if not wild or head == item.pattern:
        # The whole claim is a literal; and a wildcard that is compared literally is in no token.
        return YES
    meant = [form for form in forms if head.startswith(form.before)]
    if not meant:
        return NO if any(form.before.startswith(head) for form in forms) else UNKNOWN
    return any_of(truth(_writes_owner(head[len(form.before) :], form.after)) for form in meant)


def _writes_owner(rest: str, after: str) -> bool:
    """Whether a text that a wildcard follows has the whole owner."""
    owner, separator, _ = rest.partition(after) if after else ("", "", "")
    return bool(owner and separator)
