"""Mistakes in principals.

Source: "AWS JSON policy elements: Principal" (IAM User Guide).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from iacreview.model.patterns import later
from iacreview.model.value import HOLE
from iacreview.model.words import NOTHING, Phrase, part_of, say, vouched
from iacreview.semantics.arn import is_account, parse_arn
from iacreview.semantics.facts import services
from iacreview.semantics.mistakes.mistake import MISSPELT, REFUSED, Mistake, at, is_to_come
from iacreview.semantics.pattern import has_wildcard
from iacreview.semantics.policy import Principal, Statement

_KINDS = ("AWS", "Service", "Federated", "CanonicalUser", "*")
_SERVICE = later(r"[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal|aws\.dev|alexa\.amazon\.com|aws)")
# What AWS puts in the place of a principal that was deleted ("Unique identifiers").
_UNIQUE = later(r"(AIDA|AROA|AGPA|ANPA|ASIA|AKIA)[A-Z0-9]{12,}")
_NEAR = 0.85
_PRINCIPALS = ("root", "user/", "role/", "assumed-role/", "federated-user/")


def in_principals(statement: Statement) -> Iterator[Mistake]:
    """The mistakes in principals that AWS rejects."""
    for principal in (*statement.principals, *statement.not_principals):
        if principal.kind is not None and principal.kind not in _KINDS:
            kind = part_of(principal.kind, statement.value)
            yield at(REFUSED, say("`{}` is not a kind of principal", kind), statement, principal.value)
        elif principal.pattern is None or is_to_come(principal.value):
            continue
        elif text := _wrong(principal, principal.pattern):
            yield at(REFUSED, text, statement, principal.value)
        elif principal.kind == "Service" and (meant := _meant(principal.pattern)):
            text = say("{} is not a known service; is `{}` meant?", principal.shown, vouched(meant))
            yield at(MISSPELT, text, statement, principal.value)


@cache
def _meant(name: str) -> str:
    """The service that is likely meant by a name that is nearly its; empty where there is none.

    Names of services are not listed anywhere: those of actions' prefixes are known, and hyphens and numbers differ.
    """
    from difflib import get_close_matches

    head, _, end = name.partition(".amazonaws.com")
    before, dot, last = head.rpartition(".")
    if HOLE in name or head == name or last in services():
        return ""
    alike = (each for each in get_close_matches(last, services(), 3, _NEAR) if _letters(each) != _letters(last))
    found = next((each for each in alike if each[0] == last[0]), "")
    return f"{before}{dot}{found}.amazonaws.com{end}" if found else ""


def _letters(name: str) -> str:
    return "".join(filter(str.isalpha, name))


def _wrong(principal: Principal, pattern: str) -> Phrase:
    if principal.kind == "Service":
        other = pattern.removesuffix(".amazon.com") in services()
        if HOLE in pattern or pattern == "*" or (_SERVICE.fullmatch(pattern) and not other):
            return NOTHING
        return say("{} is not the name of a service, such as `lambda.amazonaws.com`", principal.shown)
    return _wrong_aws(principal, pattern) if principal.kind == "AWS" else NOTHING


def _wrong_aws(principal: Principal, pattern: str) -> Phrase:
    if pattern == "*" or is_account(pattern) or pattern.startswith(HOLE) or _UNIQUE.fullmatch(pattern):
        return NOTHING
    shown = principal.shown
    if has_wildcard(pattern):
        return say("the principal {} has a wildcard in it; AWS accepts whole names, or `*` by itself", shown)
    arn = parse_arn(pattern)
    if arn is None:
        return NOTHING if HOLE in pattern else say("the principal {} is neither an account nor an ARN", shown)
    if HOLE in arn.service or arn.service not in ("iam", "sts"):
        if HOLE in arn.service:
            return NOTHING
        return say("the principal {} is of {}, not of iam or sts", shown, part_of(arn.service, principal.value))
    if HOLE not in arn.account and not is_account(arn.account) and arn.account != "cloudfront":
        return say("the principal {} has no account of 12 digits", shown)
    if HOLE not in arn.resource.partition("/")[0] and not arn.resource.startswith(_PRINCIPALS):
        return say("{} is not a principal: a policy may name accounts, users, roles and their sessions", shown)
    return NOTHING
