"""What denials take away from an Allow, as conditions that it then has.

A `Deny` of the same requests unless something holds (`StringNotEquals aws:SourceVpce`) is a condition on the Allow.
Source: "Policy evaluation logic" (IAM User Guide).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from iacreview.model.logic import YES, Truth
from iacreview.model.value import is_one_thing
from iacreview.semantics.decision.clauses import Clause
from iacreview.semantics.decision.rights import Rights
from iacreview.semantics.items import Item
from iacreview.semantics.narrowing import Narrowing, narrowing
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
    """Whether a Deny without conditions covers all that an Allow allows, for everyone but some who are named."""
    return any(
        not denial.conditions and _certain(denial) and (_covers(denial, statement) or _spares_some(denial, statement))
        for denial in policy.statements
        if denial.denies
    )


def without_what_narrows(rights: Rights, narrows: Callable[[Narrowing], Truth]) -> Rights:
    """The rights without what a condition of a denial, or of a boundary, leaves of them and narrows.

    An Allow of everything beside a Deny of all that has not some tag is then no more than one that asks for the tag.
    """
    if all(clause.allows for clause in rights.identity) and not rights.limits:
        return rights
    identity = tuple(_denying(clause, narrows) for clause in rights.identity)
    limits = (
        tuple(_denying(each, narrows) for each in limit if not _is_narrow(each, narrows)) for limit in rights.limits
    )
    return rights._replace(identity=identity, limits=tuple(limits))


def _denying(clause: Clause, narrows: Callable[[Narrowing], Truth]) -> Clause:
    """A Deny of all but what a condition narrows as one of all; other clauses as they are."""
    if clause.allows or len(clause.demands) != 1 or not _certain(clause.statement):
        return clause
    for condition in _opposite(clause.statement):
        if narrows(narrowing(clause.statement._replace(conditions=(condition,)))) is YES:
            return clause._replace(demands=frozenset())
    return clause


def _is_narrow(clause: Clause, narrows: Callable[[Narrowing], Truth]) -> bool:
    return clause.allows and narrows(narrowing(clause.statement)) is YES


def _left_by(denial: Statement, statement: Statement) -> Iterator[Condition]:
    if denial.denies and _certain(denial) and _covers(denial, statement):
        yield from _opposite(denial)


def _opposite(denial: Statement) -> Iterator[Condition]:
    """The condition under which a Deny that has one alone does not apply."""
    if len(denial.conditions) != 1:
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
    return _for_all(denial, statement) and _is_of_all(denial, statement)


def _spares_some(denial: Statement, statement: Statement) -> bool:
    """Whether a denial is for everyone but principals of AWS that are named, and of all that an Allow allows."""
    spared = denial.not_principals
    return bool(spared) and all(map(_is_named, spared)) and _is_of_all(denial, statement)


def _is_named(principal: Principal) -> bool:
    if principal.pattern is None:
        return is_one_thing(principal.value)
    return principal.kind == "AWS" and "*" not in principal.pattern


def _is_of_all(denial: Statement, statement: Statement) -> bool:
    return _has(denial.actions, denial.not_actions, statement.actions, fold=True) and _has_resources(denial, statement)


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
