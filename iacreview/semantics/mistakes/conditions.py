"""Mistakes in conditions: operators, keys and values that do not exist or do not go together.

Sources: "IAM JSON policy elements: Condition operators", "AWS global condition context keys" (IAM User Guide), and
"Access Analyzer policy check reference".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from iacreview.model.patterns import later
from iacreview.model.value import HOLE
from iacreview.model.words import Phrase, say, vouched
from iacreview.semantics.actions import Action, expand
from iacreview.semantics.facts import (
    ConditionKey,
    condition_key,
    knows_prefix,
    service_keys,
    service_resources,
    services,
)
from iacreview.semantics.items import Item
from iacreview.semantics.mistakes.mistake import INERT, MISSPELT, REFUSED, UNKNOWN_NAME, Mistake, at, near
from iacreview.semantics.pattern import has_wildcard
from iacreview.semantics.policy import Condition, Statement

# What is wrong with a value that a condition compares with; None where nothing is.
Test = Callable[[str], "Phrase | None"]

_OPERATORS = (
    *("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
    *("StringLike", "StringNotLike"),
    *("NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals"),
    *("NumericGreaterThan", "NumericGreaterThanEquals"),
    *("DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"),
    *("Bool", "BinaryEquals", "IpAddress", "NotIpAddress"),
    *("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "Null"),
)
_BY_NAME = {name.lower(): name for name in _OPERATORS}
_SETS = ("forallvalues", "foranyvalue")
_DATE = later(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?)?)?|\d+")
_NUMBER = later(r"-?\d+(\.\d+)?")
_ACCOUNTS = frozenset(
    ("aws:sourceaccount", "aws:principalaccount", "aws:resourceaccount", "s3:resourceaccount", "kms:calleraccount")
)
# Services whose keys have values without wildcards: names, ARNs, numbers, tags. Those of identity providers, which have
# a dot, are such, too. _FREE are texts that the caller sends.
_PLAIN = frozenset(("aws", "ec2", "iam", "kms", "saml", "sts"))
_FREE = frozenset(("aws:useragent", "aws:referer"))
# Keys of sessions, and those that tell how credentials were come by, are in requests for every service.
_OF_SESSIONS = frozenset(("sts", "saml", "identitystore", "cognito-identity"))
_OF_CREDENTIALS = ("source", "role", "credential", "issu")
# The types of keys that an operator's family compares; texts can be compared with any of them.
_FAMILIES = {
    "Numeric": ("Numeric",),
    "Date": ("Date",),
    "Bool": ("Bool",),
    "Binary": ("Binary",),
    "Ip": ("IPAddress",),
    "NotIp": ("IPAddress",),
    "Arn": ("ARN",),
}


def in_conditions(statement: Statement) -> Iterator[Mistake]:
    """The mistakes in conditions: operators, keys, and values that do not fit either."""
    for condition in statement.conditions:
        if condition.operator is None or condition.key is None:
            continue
        operator = _operator(condition.operator)
        if operator is None:
            hint = near(condition.operator, _OPERATORS)
            text = say("`{}` is not a condition operator{}", condition.shown_operator, hint)
            yield at(REFUSED, text, statement, condition.value)
            continue
        yield from _in_key(statement, condition)
        yield from _of_another_service(statement, condition, operator)
        yield from _in_values(statement, condition, operator)


def _operator(text: str) -> str | None:
    """The operator as AWS writes it, without prefix and suffix; None for one that does not exist."""
    prefix, separator, name = text.lower().rpartition(":")
    if separator and prefix not in _SETS:
        return None
    found = _BY_NAME.get(name.removesuffix("ifexists"))
    return None if found == "Null" and name != "null" else found


def _in_key(statement: Statement, condition: Condition) -> Iterator[Mistake]:
    name = condition.key or ""
    prefix, separator, rest = name.partition(":")
    if not separator or not rest:
        text = say("the condition key `{}` has no service in front", condition.shown_key)
        yield at(REFUSED, text, statement, condition.value)
    elif condition_key(name) is None and "." not in prefix and "/" not in prefix:
        yield from _unknown_key(statement, condition, name, prefix)


def _unknown_key(statement: Statement, condition: Condition, name: str, prefix: str) -> Iterator[Mistake]:
    names, shown = [key.name for key in service_keys(prefix)], condition.shown_key
    if any(known.lower().startswith(f"{name.lower()}/") for known in names):
        text = say("`{}` has to be followed by the name of a tag: `{}/NAME`", shown, shown)
        yield at(INERT, text, statement, condition.value)
    elif not knows_prefix(name):
        yield at(UNKNOWN_NAME, say("no service has condition keys such as `{}`", shown), statement, condition.value)
    else:
        hint = near(name, names)
        # Global keys are few, and all of them are known.
        grade = INERT if hint else MISSPELT if prefix == "aws" else UNKNOWN_NAME
        yield at(grade, say("the condition key `{}` is not known{}", shown, hint), statement, condition.value)


def _of_another_service(statement: Statement, condition: Condition, operator: str) -> Iterator[Mistake]:
    """A key of another service than the actions', which no request for them has: nothing is allowed, or denied."""
    name = (condition.key or "").lower()
    prefix = name.partition(":")[0]
    holds_without = operator == "Null" or "Not" in operator or ":" in (condition.operator or "")
    if holds_without or (condition.operator or "").lower().endswith("ifexists") or prefix in _OF_SESSIONS:
        return
    if condition_key(name) is None or prefix not in services() or any(each in name for each in _OF_CREDENTIALS):
        return
    actions = [_known(item) for item in statement.actions]
    if not actions or any(each is None for each in actions):
        return
    known = [action for each in actions for action in each or ()]
    if all(action.service != prefix and not _has_key(action, prefix) for action in known):
        names = (condition.shown_key, statement.actions[0].bare)
        text = say("`{}` is in no request for `{}`, so that the condition never holds", *names)
        yield at(INERT, text, statement, condition.value)


def _known(item: Item) -> tuple[Action, ...] | None:
    return expand(item.pattern) or None if item.pattern and item.pattern not in ("*", "*:*") else None


def _has_key(action: Action, prefix: str) -> bool:
    """Whether requests for an action have any key of a service."""
    resources = service_resources(action.service)
    types = (resources[type].keys for type in action.resource_types if type in resources)
    keys = (*action.keys, *(key for use in action.uses for key in use.keys), *(key for found in types for key in found))
    return any(key.lower().startswith(f"{prefix}:") for key in keys)


def _in_values(statement: Statement, condition: Condition, operator: str) -> Iterator[Mistake]:
    key = condition_key(condition.key or "")
    family = re.match("[A-Z][a-z]+(Ip)?", operator)
    assert family is not None
    yield from _of_other_type(statement, condition, operator, key, family.group())
    if operator.endswith(("Equals", "EqualsIgnoreCase")) and family.group() == "String":
        yield from _literal_wildcards(statement, condition, operator)
    if condition.key is not None and condition.key.lower() in _ACCOUNTS:
        yield from _each(statement, condition, _no_account)
    test = _TESTS.get(family.group())
    if test is not None:
        yield from _each(statement, condition, test)
    if operator in ("Bool", "Null") and {_lower(item) for item in condition.values} == {"true", "false"}:
        text = say("`{}` of `{}` with both true and false holds always", *condition.names)
        yield at(INERT, text, statement, condition.value)


def _of_other_type(
    statement: Statement, condition: Condition, operator: str, key: ConditionKey | None, family: str
) -> Iterator[Mistake]:
    wanted = _FAMILIES.get(family)
    # "Encrypt log data in CloudWatch Logs using AWS KMS" compares a context that is an ARN with ArnLike.
    if key is None or (family == "Arn" and key.name.lower().startswith("kms:encryptioncontext")):
        return
    if wanted is not None and key.type not in wanted and (operator, key.name) != ("NumericEquals", "aws:EpochTime"):
        if not (family == "Numeric" and key.type == "Date"):
            names = map(vouched, (operator, key.name, key.type))
            text = say("`{}` does not compare `{}`, which is of type {}", *names)
            yield at(INERT, text, statement, condition.value)
    elif (
        family == "String" and key.type == "IPAddress" and any("/" in (each.pattern or "") for each in condition.values)
    ):
        parts = (operator, key.name)
        text = say(
            "`{}` compares `{}` as text, and no address is a range; `IpAddress` compares it", *map(vouched, parts)
        )
        yield at(INERT, text, statement, condition.value)


def _each(statement: Statement, condition: Condition, test: Test) -> Iterator[Mistake]:
    for item in condition.values:
        if item.pattern is not None and HOLE not in item.pattern and (wrong := test(item.pattern)):
            text = say("{} {}, as `{}` is compared with", item.shown, wrong, condition.shown_key)
            yield at(INERT, text, statement, item.value)


def _literal_wildcards(statement: Statement, condition: Condition, operator: str) -> Iterator[Mistake]:
    """Wildcards that are compared as they stand, for keys in whose values there is none."""
    key = (condition.key or "").lower()
    prefix = key.partition(":")[0]
    if key in _FREE or key.startswith("kms:encryptioncontext") or not ("." in prefix or prefix in _PLAIN):
        return
    like = "StringNotLike" if "Not" in operator else "StringLike"
    for item in condition.values:
        if item.pattern is not None and has_wildcard(item.pattern):
            parts = (vouched(operator), item.shown, vouched(like))
            text = say("`{}` compares {} literally; `{}` knows wildcards", *parts)
            yield at(INERT, text, statement, item.value)


def _lower(item: Item) -> str:
    return (item.pattern or "").lower()


def _no_account(text: str) -> Phrase | None:
    digits = text.isdigit() and len(text) != 12
    return say("is not an account: it has {} digits", len(text)) if digits else None


def _no_number(text: str) -> Phrase | None:
    return None if _NUMBER.fullmatch(text) else say("is not a number")


def _no_date(text: str) -> Phrase | None:
    return None if _DATE.fullmatch(text) else say("is not a date")


def _no_truth(text: str) -> Phrase | None:
    return None if text.lower() in ("true", "false") else say("is neither true nor false")


def _no_network(text: str) -> Phrase | None:
    from ipaddress import ip_network

    try:
        ip_network(text, strict=False)
    except ValueError:
        return say("is neither an address nor a range of them")
    return None


def _no_arn(text: str) -> Phrase | None:
    return None if text.startswith(("arn:", "*", "?")) or not text else say("is not an ARN")


_TESTS: dict[str, Test] = {
    "Numeric": _no_number,
    "Date": _no_date,
    "Bool": _no_truth,
    "Null": _no_truth,
    "Ip": _no_network,
    "NotIp": _no_network,
    "Arn": _no_arn,
}
