"""What denials take away from an Allow, as conditions that it then has.

A `Deny` of the same requests unless something holds (`StringNotEquals aws:SourceVpce`) is a condition on the Allow.
Source: "Policy evaluation logic" (IAM User Guide).
"""

from __future__ import annotations

from collections.abc import Iterator

from iacreview.semantics.items import Item
from iacreview.semantics.pattern import covers, intersects
from iacreview.semantics.policy import Condition, Policy, Principal, Statement
from iacreview.semantics.statements import is_everyone

_OPPOSITES = {
    "stringnotequals": "StringEquals",
    "stringnotequalsignorecase": "StringEqualsIgnoreCase",
    "stringnotlike": "StringLike",
    "arnnotequals": "ArnEquals",
    "arnnotlike": "ArnLike",
    "notipaddress": "IpAddress",
}


def conditions_with_denials(policy: Policy, statement: Statement) -> tuple[Condition, ...]:
    """The conditions of an Allow, and those under which no Deny of all of it applies."""
    return (*statement.conditions, *(each for denial in policy.statements for each in _left_by(denial, statement)))


def denied_altogether(policy: Policy, statement: Statement) -> bool:
    """Whether a Deny without conditions covers all that an Allow allows."""
    return any(
        not denial.conditions and _certain(denial) and _covers(denial, statement)
        for denial in policy.statements
        if denial.denies
    )


def _left_by(denial: Statement, statement: Statement) -> Iterator[Condition]:
    if not denial.denies or len(denial.conditions) != 1 or not _certain(denial) or not _covers(denial, statement):
        return
    (condition,) = denial.conditions
    name = (condition.operator or "").lower()
    # A Deny with ...IfExists applies where the key is missing, too, as one without does for a negation.
    operator = _OPPOSITES.get(name.removesuffix("ifexists"))
    if operator is not None and not condition.when:
        yield condition._replace(operator=operator)
    elif name == "bool" and [(item.pattern or "").lower() for item in condition.values] == ["false"]:
        yield condition._replace(values=(condition.values[0]._replace(pattern="true"),))


def _certain(denial: Statement) -> bool:
    return denial.complete and not denial.when


def _covers(denial: Statement, statement: Statement) -> bool:
    return (
        _for_all(denial, statement)
        and _has(denial.actions, denial.not_actions, statement.actions, fold=True)
        and _has_resources(denial, statement)
    )


def _for_all(denial: Statement, statement: Statement) -> bool:
    """Whether the denial is for everyone that the statement is for."""
    if any(is_everyone(each) and not each.when for each in denial.principals):
        return True
    named = {(each.kind, each.pattern) for each in denial.principals if each.pattern is not None and not each.when}
    return bool(statement.principals) and all(_key(each) in named for each in statement.principals)


def _key(principal: Principal) -> tuple[str | None, str | None]:
    return principal.kind, principal.pattern


def _has_resources(denial: Statement, statement: Statement) -> bool:
    if not statement.resources and not statement.not_resources:
        return not denial.not_resources
    if not denial.resources and not denial.not_resources:
        return True
    return _has(denial.resources, denial.not_resources, statement.resources, fold=False)


def _has(items: tuple[Item, ...], excluded: tuple[Item, ...], wanted: tuple[Item, ...], fold: bool) -> bool:
    if not wanted:
        return any(item.pattern == "*" for item in items)
    if excluded:
        return not any(_meets(item, each, fold) for item in excluded for each in wanted)
    return all(any(_covered(item, each, fold) for item in items) for each in wanted)


def _covered(item: Item, wanted: Item, fold: bool) -> bool:
    if item.pattern is None or wanted.pattern is None or item.when:
        return item.pattern == "*"
    return (item.value.references == wanted.value.references and item.pattern == wanted.pattern) or covers(
        item.pattern, wanted.pattern, fold
    )


def _meets(item: Item, wanted: Item, fold: bool) -> bool:
    return item.pattern is None or wanted.pattern is None or intersects(item.pattern, wanted.pattern, fold)
