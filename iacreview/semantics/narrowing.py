"""What the conditions of a grant leave of it: do they narrow what it reaches, or who can use it?

A condition that does neither is hollow, however much it looks like a limit: it asks for TLS, for a region, for any
value at all, for what is in every request, or it holds when its key is missing.
Sources: "AWS global condition context keys", "IAM JSON policy elements: Condition operators" (IAM User Guide);
"Actions, resources, and condition keys for AWS services" (Service Authorization Reference).
"""

from __future__ import annotations

from collections.abc import Iterable

from iacreview.model.logic import NO, UNKNOWN, YES, Truth, any_of, truth
from iacreview.model.record import NamedTuple
from iacreview.model.value import HOLE
from iacreview.model.words import Phrase, say
from iacreview.semantics.arn import parse_arn
from iacreview.semantics.conditions import narrows, operator_of, policy_variable
from iacreview.semantics.decision.values import ALWAYS_PRESENT, moment
from iacreview.semantics.facts import facts_date
from iacreview.semantics.items import Item
from iacreview.semantics.policy import Condition, Statement

PASSED_TO_SERVICE = "iam:passedtoservice"

# How a request is made, when, and from where in AWS: none of it is a limit of what it reaches.
_CIRCUMSTANCES = frozenset(
    {
        "aws:calledviafirst",
        "aws:principaltype",
        "aws:referer",
        "aws:requestedregion",
        "aws:securetransport",
        "aws:useragent",
        "ec2:region",
        "kms:encryptionalgorithm",
        "s3:authtype",
        "s3:signatureage",
        "s3:signatureversion",
        "s3:tlsversion",
        "s3:x-amz-content-sha256",
        "s3:x-amz-server-side-encryption",
        "s3:x-amz-storage-class",
        "sqs:message-retention",
    }
)
# They ask more of the same principal: whether that is enough is for people to say.
_ASSURANCES = frozenset(
    {"aws:multifactorauthage", "aws:multifactorauthpresent", "aws:tokenissuetime", "sts:externalid"}
)
_WHAT = frozenset(
    {
        "aws:calledvia",
        "aws:calledvialast",
        "aws:resourceaccount",
        "aws:resourceorgid",
        "aws:resourceorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:tagkeys",
        "aws:viaawsservice",
    }
)
_WHAT_PREFIXES = ("aws:resourcetag/", "aws:requesttag/")
_WHO = frozenset({"aws:principalarn", "aws:userid", "aws:username", "aws:vpcsourceip"})
# Whoever holds a policy is in one account, and in its organization: in a policy of theirs these tell nobody apart.
_OF_HOLDER = frozenset({"aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths", "kms:calleraccount"})
_POSITIVE = frozenset(
    {
        "arnequals",
        "arnlike",
        "binaryequals",
        "bool",
        "ipaddress",
        "numericequals",
        "numericlessthan",
        "numericlessthanequals",
        "stringequals",
        "stringequalsignorecase",
        "stringlike",
    }
)
_ALWAYS = ALWAYS_PRESENT | {PASSED_TO_SERVICE}
# Which part of ARNs all roles, users and sessions have.
_ANYBODY = frozenset(("*", "role/*", "user/*", "assumed-role/*", "role*", "user*"))
_FAR = 3 * 366 * 24 * 3600


class Narrowing(NamedTuple):
    """What the conditions of a statement narrow, and the hollow ones as they are written."""

    what: Truth
    who: Truth
    hollow: tuple[Phrase, ...] = ()

    @property
    def any(self) -> Truth:
        return any_of((self.what, self.who))


_FREE = Narrowing(NO, NO)


def narrowing(statement: Statement, ignoring: Iterable[str] = ()) -> Narrowing:
    """What the conditions of a statement narrow together; `ignoring` are keys in lower case that do not count."""
    if not statement.conditions:
        return _FREE
    ignored = frozenset(ignoring)
    counted = [each for each in statement.conditions if (each.key or "").lower() not in ignored]
    present = {each.key.lower() for each in counted if each.key is not None and _asks_for_presence(each)}
    told = [_tells_holder(each, statement) for each in counted]
    what = [NO if idle else _what(each, present) for each, idle in zip(counted, told, strict=True)]
    who = [NO if idle else _who(each, present) for each, idle in zip(counted, told, strict=True)]
    hollow = [
        say("{} {}", *each.names)
        for each, one, other in zip(counted, what, who, strict=True)
        if one is NO and other is NO
    ]
    return Narrowing(any_of(what), any_of(who), tuple(dict.fromkeys(hollow)))


def _tells_holder(condition: Condition, statement: Statement) -> bool:
    """Whether a condition says of those who hold the policy what is so of all of them."""
    if statement.principals or statement.not_principals or (condition.key or "").lower() not in _OF_HOLDER:
        return False
    return not any(policy_variable(item.value) for item in condition.values)


def _asks_for_presence(condition: Condition) -> bool:
    if condition.operator is None or operator_of(condition.operator)[0] != "null" or condition.when:
        return False
    return [item.pattern.lower() for item in condition.values if item.pattern] == ["false"]


def _what(condition: Condition, present: set[str]) -> Truth:
    """Whether a condition narrows which resources, or requests, a statement is about."""
    if condition.operator is None or condition.key is None:
        return UNKNOWN
    operator, bypassed = operator_of(condition.operator)
    key = condition.key.lower()
    if key in ("aws:currenttime", "aws:epochtime"):
        return _time(operator, condition.values)
    if operator not in _POSITIVE or (bypassed and key not in present and key not in _ALWAYS):
        return NO
    if key in _ASSURANCES:
        return UNKNOWN if _hollow_flag(condition) is NO else NO
    return _fixed(condition) if _is_about_resources(key) else NO


def _is_about_resources(key: str) -> bool:
    if key in _CIRCUMSTANCES:
        return False
    if key in _WHAT or key.startswith(_WHAT_PREFIXES):
        return True
    return not key.startswith("aws:")


def _who(condition: Condition, present: set[str]) -> Truth:
    """Whether a condition narrows which principals, of those that hold the policy, can use a statement."""
    if condition.operator is None or condition.key is None:
        return UNKNOWN
    operator, bypassed = operator_of(condition.operator)
    key = condition.key.lower()
    if key.startswith("aws:principaltag/") or key in _WHO:
        sure = operator in _POSITIVE and (not bypassed or key in present or key in _ALWAYS)
        return _fixed(condition) if sure else NO
    if not key.startswith("aws:") or key in _WHAT:
        return NO
    plain = condition._replace(operator=operator) if key in present else condition
    return narrows(plain)


def _fixed(condition: Condition) -> Truth:
    """Whether every value is one that not everything has."""
    if not condition.values:
        return UNKNOWN
    if _hollow_flag(condition) is not NO:
        return NO
    answer = truth(all(_limits(item) for item in condition.values))
    return UNKNOWN if answer is YES and condition.when else answer


def _hollow_flag(condition: Condition) -> Truth:
    """Whether it is a flag that may be either, or is asked to be off, which is what it is as a rule."""
    operator, _ = operator_of(condition.operator or "")
    if operator != "bool":
        return NO
    values = {(item.pattern or "?").lower() for item in condition.values}
    return truth(values >= {"true", "false"} or values == {"false"})


def _limits(item: Item) -> bool:
    """Whether a value is a limit: more than wildcards, and more than what all services' names have in common."""
    if item.pattern is None:
        return True
    text = item.pattern.lower().replace(HOLE, "x")
    arn = parse_arn(text)
    if not text.strip("*?") or (arn is not None and arn.service in ("iam", "sts") and arn.resource in _ANYBODY):
        return False
    return text.lstrip("*?").lstrip(".") not in ("amazonaws.com", "amazonaws.com*", "com") and text not in (
        "0.0.0.0/0",
        "::/0",
    )


def _time(operator: str, values: Iterable[Item]) -> Truth:
    """A time limits unless it is past already, or far away."""
    now = moment(facts_date())
    points = [moment(item.pattern) if item.pattern is not None else None for item in values]
    if now is None or any(point is None for point in points):
        return UNKNOWN
    known = [point for point in points if point is not None]
    if "lessthan" in operator:
        return truth(max(known) < now + _FAR)
    if "greaterthan" in operator:
        return truth(min(known) > now)
    return truth(operator == "dateequals")
