"""Mistakes in principals.

Source: "AWS JSON policy elements: Principal" (IAM User Guide).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iacreview.model.value import HOLE
from iacreview.semantics.arn import is_account, parse_arn
from iacreview.semantics.mistakes.mistake import REFUSED, Mistake, at
from iacreview.semantics.pattern import has_wildcard
from iacreview.semantics.policy import Principal, Statement

_KINDS = ("AWS", "Service", "Federated", "CanonicalUser", "*")
_SERVICE = re.compile(r"[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal|aws\.dev|alexa\.amazon\.com|aws)")
# What AWS puts in the place of a principal that was deleted ("Unique identifiers").
_UNIQUE = re.compile(r"(AIDA|AROA|AGPA|ANPA|ASIA|AKIA)[A-Z0-9]{12,}")
_PRINCIPALS = ("root", "user/", "role/", "assumed-role/", "federated-user/")


def in_principals(statement: Statement) -> Iterator[Mistake]:
    for principal in (*statement.principals, *statement.not_principals):
        if principal.kind is not None and principal.kind not in _KINDS:
            yield at(REFUSED, f"`{principal.kind}` is not a kind of principal", statement, principal.value)
        elif principal.pattern is not None and (text := _wrong(principal, principal.pattern)):
            yield at(REFUSED, text, statement, principal.value)


def _wrong(principal: Principal, pattern: str) -> str:
    if principal.kind == "Service":
        known = HOLE in pattern or pattern == "*" or _SERVICE.fullmatch(pattern)
        return "" if known else f'"{pattern}" is not the name of a service, such as `lambda.amazonaws.com`'
    return _wrong_aws(pattern) if principal.kind == "AWS" else ""


def _wrong_aws(pattern: str) -> str:
    if pattern == "*" or is_account(pattern) or pattern.startswith(HOLE) or _UNIQUE.fullmatch(pattern):
        return ""
    shown = pattern.replace(HOLE, "${…}")
    if has_wildcard(pattern):
        return f'the principal "{shown}" has a wildcard in it; AWS takes whole names, and `*` alone'
    arn = parse_arn(pattern)
    if arn is None:
        return "" if HOLE in pattern else f'the principal "{shown}" is neither an account nor an ARN'
    if HOLE in arn.service or arn.service not in ("iam", "sts"):
        return "" if HOLE in arn.service else f'the principal "{shown}" is of {arn.service}, not of iam or sts'
    if HOLE not in arn.account and not is_account(arn.account) and arn.account != "cloudfront":
        return f'the principal "{shown}" has no account of 12 digits'
    if HOLE not in arn.resource.partition("/")[0] and not arn.resource.startswith(_PRINCIPALS):
        return f'"{shown}" is not a principal: a policy may name accounts, users, roles and their sessions'
    return ""
