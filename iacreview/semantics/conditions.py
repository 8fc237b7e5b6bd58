"""What the conditions of a statement do: whether they narrow who it is for, and whether they ask for TLS.

Sources: "AWS global condition context keys", "IAM JSON policy elements: Condition operators" (IAM User Guide);
"Blocking public access to your Amazon S3 storage", the meaning of "public" (Amazon S3 User Guide).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from iacreview.model.logic import NO, UNKNOWN, YES, Truth, all_of, any_of, truth
from iacreview.model.patterns import later
from iacreview.model.value import HOLE, Known, Unknown, Value, is_one_thing
from iacreview.semantics.arn import names_owner
from iacreview.semantics.items import Item
from iacreview.semantics.network import world_among
from iacreview.semantics.pattern import covers, has_wildcard, normalised
from iacreview.semantics.policy import Condition, Policy, Statement
from iacreview.semantics.statements import is_everyone

_Judge: TypeAlias = "Callable[[Condition, bool], Truth]"

_LITERAL_OPERATORS = frozenset({"stringequals", "stringequalsignorecase", "bool", "numericequals"})
_PATTERN_OPERATORS = frozenset({"stringlike", "arnlike", "arnequals"})
_BYPASSED = ("ifexists",)
_VARIABLE = later(r"\$\{(aws:[A-Za-z]+)\}")


def restricting(conditions: Iterable[Condition]) -> Truth:
    """Whether conditions that hold together narrow who a statement is for; no where there are none.

    One that narrows is enough; the values of a condition are alternatives, so each of them has to narrow. A condition
    that holds when its key is missing (...IfExists, ForAllValues:) does not narrow.
    """
    return any_of(narrows(condition) for condition in conditions)


def narrows(condition: Condition) -> Truth:
    """Whether one condition narrows who a statement is for."""
    if condition.operator is None:
        return UNKNOWN
    operator, bypassed = operator_of(condition.operator)
    if bypassed:
        return NO
    if condition.key is None:
        return UNKNOWN
    judge = _judge_of(condition.key.lower())
    if judge is None:
        return NO
    answer = _answer(judge, condition, operator)
    return UNKNOWN if answer is YES and condition.when else answer


def delegates(statement: Statement) -> bool:
    """Whether a bucket's policy leaves it to the access points of some account what they allow.

    Source: "Delegating access control to access points" (Amazon S3 User Guide), which allows every action.
    """
    keys = ("s3:dataaccesspointaccount", "s3:dataaccesspointarn")
    asked = [each for each in statement.conditions if each.key is not None and each.key.lower() in keys]
    return any(narrows(condition) is not NO for condition in asked)


def operator_of(operator: str) -> tuple[str, bool]:
    """The operator in lower case without its set prefix and suffix, and whether it holds for a missing key."""
    prefix, separator, name = operator.lower().rpartition(":")
    bypassed = bool(separator) and prefix == "forallvalues"
    for suffix in _BYPASSED:
        if name.endswith(suffix):
            return name[: -len(suffix)], True
    return name, bypassed


def _answer(judge: _Judge, condition: Condition, operator: str) -> Truth:
    if operator == "ipaddress" and judge is not _never:
        return _addresses(condition.values)
    if operator in _LITERAL_OPERATORS:
        return judge(condition, False)
    if operator in _PATTERN_OPERATORS:
        return judge(condition, True)
    return NO


def _judge_of(key: str) -> _Judge | None:
    found = _JUDGES.get(key)
    if found is not None:
        return found
    service, separator, name = key.rpartition(":")
    if separator and "." in service:
        return _PROVIDER_JUDGES.get(name)
    # Whoever is outside chooses the tags of the principals there.
    return _uncertain if key.startswith("sts:requesttag/") else None


def _each(condition: Condition, judge: Callable[[Item], Truth]) -> Truth:
    return all_of(map(judge, condition.values)) if condition.values else NO


def _fixed(condition: Condition, wild: bool) -> Truth:
    """For a key that tells accounts or networks apart: a value without wildcards narrows, as S3 has it."""
    return _each(condition, lambda item: _is_fixed(item, condition, wild))


def _is_fixed(item: Item, condition: Condition, wild: bool) -> Truth:
    variable = policy_variable(item.value)
    if variable:
        return _by_variable(variable, (condition.key or "").lower())
    if not wild:
        return YES
    if item.pattern is None:
        return YES if is_one_thing(item.value) else UNKNOWN
    if HOLE in item.pattern:
        return UNKNOWN if has_wildcard(item.pattern) else YES
    return truth(not has_wildcard(item.pattern))


def policy_variable(value: Value) -> str:
    """The key whose value in the request a text stands for (`${aws:PrincipalOrgID}`), in lower case; else empty."""
    text = value.data if isinstance(value, Known) else None
    found = _VARIABLE.fullmatch(text) if isinstance(text, str) else None
    return found.group(1).lower() if found is not None else ""


def _by_variable(variable: str, key: str) -> Truth:
    """What is the resource's is its owner's. A key is always equal to itself."""
    if variable.startswith("aws:resource"):
        return YES
    return NO if variable == key else UNKNOWN


def _owner(condition: Condition, wild: bool) -> Truth:
    """For what the resource is of: it tells who may come where it has to be the same of the principal."""
    return _each(condition, lambda item: truth(policy_variable(item.value).startswith("aws:principal")))


def _organization(condition: Condition, wild: bool) -> Truth:
    """For an organization, or a path in one: no wildcard may stand in the organization's id."""
    return _each(condition, lambda item: _is_fixed(_first_part(item), condition, wild))


def _first_part(item: Item) -> Item:
    return item if item.pattern is None else item._replace(pattern=item.pattern.partition("/")[0])


def _owned(condition: Condition, wild: bool) -> Truth:
    """For a key with an ARN: a pattern narrows if all it matches belongs to one owner."""
    if not wild:
        return truth(bool(condition.values))
    return _each(condition, _of_one_owner)


def _of_one_owner(item: Item) -> Truth:
    if item.pattern is None:
        return YES if is_one_thing(item.value) else UNKNOWN
    return truth(names_owner(item.pattern))


def _beginning(condition: Condition, wild: bool) -> Truth:
    """For a key with a hierarchical text (`repo:org/name:ref`): a pattern narrows if it begins with a fixed part."""
    if not wild:
        return truth(bool(condition.values))
    return _each(condition, _begins)


def _begins(item: Item) -> Truth:
    if item.pattern is None:
        return UNKNOWN
    head = item.pattern.split("*")[0].split("?")[0]
    return truth(head not in ("", "repo:", "project_path:", "organization:"))


def _true(condition: Condition, wild: bool) -> Truth:
    """For a flag that narrows when it has to be set."""
    return _one_of(condition, "true")


def _one_of(condition: Condition, text: str) -> Truth:
    return _each(condition, lambda item: UNKNOWN if item.pattern is None else truth(item.pattern.lower() == text))


def _in_network(condition: Condition, wild: bool) -> Truth:
    return _one_of(condition, "vpc")


def _authenticated(condition: Condition, wild: bool) -> Truth:
    """AWS_IAM lets in every principal of every account whose own policies do; nobody can tell who that is."""
    return _each(condition, lambda item: NO if (item.pattern or "").upper() == "NONE" else UNKNOWN)


def _audience(condition: Condition, wild: bool) -> Truth:
    """An audience narrows unless it is that of AWS itself, which all callers have."""
    generic = any((item.pattern or "").lower() == "sts.amazonaws.com" for item in condition.values)
    return NO if generic else _fixed(condition, wild)


def _uncertain(condition: Condition, wild: bool) -> Truth:
    return UNKNOWN


def _not_addresses(condition: Condition, wild: bool) -> Truth:
    """For a key with an address under a text operator: the text is compared, so a mask never matches."""
    return _fixed(condition, wild)


def _addresses(values: Iterable[Item]) -> Truth:
    patterns = [item.pattern for item in values]
    if world_among(text for text in patterns if text is not None) or any(map(_is_wide, patterns)):
        return NO
    if not patterns:
        return NO
    return UNKNOWN if any(text is None or HOLE in text for text in patterns) else YES


def _is_wide(text: str | None) -> bool:
    """Whether a range has more addresses than S3 takes for a limit: IPv4 wider than /8, IPv6 wider than /32."""
    address, separator, mask = (text or "").partition("/")
    return bool(separator) and mask.isdigit() and int(mask) < (32 if ":" in address else 8)


def _never(condition: Condition, wild: bool) -> Truth:
    """For a key that tells through what a request comes, and not whose it is."""
    return NO


_JUDGES: dict[str, _Judge] = {
    "aws:federatedprovider": _owned,
    "aws:principalaccount": _fixed,
    "aws:principalarn": _owned,
    "aws:principalisawsservice": _true,
    "aws:principalorgid": _organization,
    "aws:principalorgpaths": _organization,
    "aws:principalservicename": _fixed,
    "aws:principalservicenameslist": _fixed,
    "aws:resourceaccount": _owner,
    "aws:resourceorgid": _owner,
    "aws:resourceorgpaths": _owner,
    "aws:sourceaccount": _fixed,
    "aws:sourcearn": _owned,
    "aws:sourceip": _not_addresses,
    "aws:sourceorgid": _organization,
    "aws:sourceorgpaths": _organization,
    "aws:sourceowner": _fixed,
    "aws:sourcevpc": _fixed,
    "aws:sourcevpcarn": _owned,
    "aws:sourcevpce": _fixed,
    "aws:userid": _beginning,
    "aws:vpceaccount": _fixed,
    "aws:vpceorgid": _organization,
    "aws:vpceorgpaths": _organization,
    # The same private addresses are in everybody's networks.
    "aws:vpcsourceip": _never,
    "ec2:sourceinstancearn": _owned,
    "elasticfilesystem:accessedviamounttarget": _true,
    "elasticfilesystem:accesspointarn": _owned,
    "iot:certificate.subject.commonname": _uncertain,
    "kms:calleraccount": _fixed,
    "kms:viaservice": _never,
    "lambda:functionurlauthtype": _authenticated,
    "s3:accesspointnetworkorigin": _in_network,
    "s3:dataaccesspointaccount": _fixed,
    "s3:dataaccesspointarn": _owned,
    "saml:sub": _beginning,
    "sns:endpoint": _uncertain,
    "sts:externalid": _fixed,
}
# Keys of web identity providers: `token.actions.githubusercontent.com:sub`.
_PROVIDER_JUDGES: dict[str, _Judge] = {
    "amr": _uncertain,
    "app_id": _fixed,
    "aud": _audience,
    "azp": _fixed,
    "oaud": _audience,
    "sub": _beginning,
}


def denies_insecure_transport(policy: Policy, action: str = "") -> Truth:
    """Whether the policy refuses requests without TLS (aws:SecureTransport).

    Yes for a Deny of everything for everyone with aws:SecureTransport false and nothing else that narrows it, which has
    the bucket and all of its objects, also in several statements; and where every Allow asks for aws:SecureTransport
    true. A Deny of some actions, principals or objects only is not enough.
    With an `action` (`sns:Publish`, `sqs:*`) the policy is not a bucket's, and a Deny of that action is enough.
    Source: "Security best practices for Amazon S3" (Amazon S3 User Guide), whose example has both ARNs; "Amazon SNS
    security best practices" and "Amazon SQS security best practices" (developer guides).
    """
    denying = [each for each in policy.statements if not each.allows]
    if action:
        denials = any_of(_denies_insecure(each, action) for each in denying)
    else:
        denials = all_of(
            any_of(all_of((_denies_insecure(each), _has(each, part))) for each in denying)
            for part in (_BUCKET, _OBJECTS)
        )
    allows = [statement for statement in policy.statements if not statement.denies]
    asked = all_of(_asks_for_tls(statement) for statement in allows) if allows else NO
    answer = any_of((denials, asked if policy.complete or asked is NO else UNKNOWN))
    return UNKNOWN if answer is NO and not policy.complete else answer


def _denies_insecure(statement: Statement, action: str = "") -> Truth:
    insecure = [_secure_transport(condition, "false") for condition in statement.conditions]
    others = sum(answer is NO for answer in insecure)
    settled = statement.effect is not None and statement.complete and not statement.when
    return all_of(
        (
            any_of(insecure),
            UNKNOWN if others else YES,
            _for_everyone(statement),
            _of_everything(statement, action),
            YES if settled else UNKNOWN,
        )
    )


# What the rest of a resource's pattern after the bucket's name has to have.
_BUCKET = ""
_OBJECTS = "/*"


def _has(statement: Statement, part: str) -> Truth:
    """Whether a statement of a bucket's policy has the bucket, or all of its objects."""
    if statement.not_resources or not statement.resources:
        return UNKNOWN
    return any_of(_is_part(item, part) for item in statement.resources)


def _is_part(item: Item, part: str) -> Truth:
    """A pattern has no other bucket's parts: S3 refuses such a policy."""
    if item.when:
        return UNKNOWN
    if item.pattern is None:
        named = item.value.target if isinstance(item.value, Unknown) else None
        is_bucket = named is not None and named.attribute.lower() == "arn"
        return truth(part == _BUCKET) if is_bucket else UNKNOWN
    name, slash, key = item.pattern.partition("/")
    if not slash and name.endswith("*"):
        return YES
    if HOLE in key:
        return NO if part == _BUCKET else UNKNOWN
    return truth(slash + key == part)


def _asks_for_tls(statement: Statement) -> Truth:
    return any_of(_secure_transport(condition, "true") for condition in statement.conditions)


def _secure_transport(condition: Condition, wanted: str) -> Truth:
    """Whether the condition is that aws:SecureTransport has the value; the key is in every request."""
    if condition.operator is None:
        return UNKNOWN
    operator = operator_of(condition.operator)[0].replace("not", "", 1)
    if operator not in ("bool", "stringequals", "stringequalsignorecase", "stringlike"):
        return NO
    if operator != operator_of(condition.operator)[0]:
        wanted = "false" if wanted == "true" else "true"
    if condition.key is None:
        return UNKNOWN
    if condition.key.lower() != "aws:securetransport":
        return NO
    answer = _one_of(condition, wanted)
    return UNKNOWN if answer is YES and condition.when else answer


def _for_everyone(statement: Statement) -> Truth:
    if statement.not_principals:
        return NO
    if any(is_everyone(each) and not each.when for each in statement.principals):
        return YES
    return NO if all(each.pattern is not None for each in statement.principals) else UNKNOWN


def _of_everything(statement: Statement, action: str) -> Truth:
    """Whether it has the action; without one, all actions of a service or of all services."""
    if not statement.actions:
        return NO
    return any_of(
        UNKNOWN
        if item.pattern is None or item.when
        else truth(covers(item.pattern, action) if action else _whole_service(item.pattern))
        for item in statement.actions
    )


def _whole_service(pattern: str) -> bool:
    return covers(pattern, "*:*") or normalised(pattern).partition(":")[2] == "*"
