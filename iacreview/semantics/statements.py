"""What a statement grants and to whom.

A function that answers with items names those of which it is certain; `unknown_items` names those that may be
anything. Sources: "IAM JSON policy elements" (IAM User Guide).
"""

from __future__ import annotations

from collections.abc import Iterable

from iacreview.model.logic import NO, UNKNOWN, YES, Truth, all_of, any_of
from iacreview.model.value import HOLE
from iacreview.semantics.arn import everything
from iacreview.semantics.items import Item, is_open
from iacreview.semantics.pattern import coverage, covers, has_wildcard, normalised
from iacreview.semantics.policy import Policy, Principal, Statement

# The channels of the SSM agent: every action is needed, and works on `*` alone ("Additional policies for Session
# Manager", AWS Systems Manager User Guide).
_CHANNELS = frozenset(("ec2messages", "ssmmessages"))


def unknown_items(items: Iterable[Item]) -> tuple[Item, ...]:
    """The items of which nothing is known but wildcards."""
    return tuple(item for item in items if is_open(item.pattern))


def grants_all_actions(statement: Statement) -> tuple[Item, ...]:
    """The items that allow every action of every service (`*`, `*:*`); none for a statement that does not allow."""
    if not statement.allows:
        return ()
    return tuple(item for item in statement.actions if item.pattern is not None and _is_all(item.pattern))


def service_wildcards(statement: Statement) -> tuple[Item, ...]:
    """The items that allow every action of some service (`s3:*`, `ec2*:*`), but not of all services."""
    return tuple(item for item in statement.actions if statement.allows and service_of(item) is not None)


def open_names(statement: Statement) -> tuple[Item, ...]:
    """The items of a known service of whose names nothing is known but wildcards (`s3:${Name}`, `s3:*${Name}`)."""
    allowed = statement.actions if statement.allows else ()
    return tuple(item for item in allowed if item.pattern is not None and _is_open_name(item.pattern))


def _is_open_name(pattern: str) -> bool:
    service, _, name = pattern.partition(":")
    return bool(service.replace(HOLE, "")) and HOLE in name and not name.replace(HOLE, "").strip("*")


def service_of(item: Item) -> str | None:
    """The service of which the item has all actions (`s3` for `s3:*`), else None."""
    # As nearly every item does not.
    if item.pattern is None or not item.pattern.endswith("*") or _is_all(item.pattern):
        return None
    service, separator, name = normalised(item.pattern).partition(":")
    return service if separator and name == "*" and service not in _CHANNELS else None


def action_wildcards(statement: Statement) -> tuple[Item, ...]:
    """The items that allow some of a service's actions by a wildcard (`s3:Get*`)."""
    if not statement.allows:
        return ()
    return tuple(
        item
        for item in statement.actions
        if item.pattern is not None
        and has_wildcard(item.pattern)
        and not _is_all(item.pattern)
        and service_of(item) is None
    )


def _is_all(pattern: str) -> bool:
    return pattern[:1] in ("*", "?") and covers(pattern, "*:*")


def unrestricted_resource(statement: Statement) -> tuple[Item, ...]:
    """The items that are all resources of all services (`*`, `arn:aws:*`)."""
    return tuple(item for item in statement.resources if item.pattern is not None and everything(item.pattern))


def is_everyone(principal: Principal) -> bool:
    """Whether a principal is `*`, or a pattern that covers all."""
    pattern = principal.pattern
    return principal.kind in ("*", "AWS") and bool(pattern) and covers(pattern or "", "*")


def applies_to_action(statement: Statement, action: str) -> Truth:
    """Whether the statement is about an action (all of it, where it is a pattern)."""
    return _selected(statement.actions, statement.not_actions, action, fold=True)


def applies_to_resource(statement: Statement, resource: str) -> Truth:
    """Whether the statement is about a resource; one without resources, as in a trust policy, is about its own."""
    if not statement.resources and not statement.not_resources:
        return YES if statement.complete else UNKNOWN
    return _selected(statement.resources, statement.not_resources, resource, fold=False)


def _selected(items: tuple[Item, ...], excluded: tuple[Item, ...], pattern: str, fold: bool) -> Truth:
    included = any_of(_item_coverage(item, pattern, fold) for item in items)
    if not excluded:
        return included
    inverse = all_of(~_overlap(item, pattern, fold) for item in excluded)
    return any_of((included, inverse))


def _item_coverage(item: Item, pattern: str, fold: bool) -> Truth:
    answer = UNKNOWN if item.pattern is None else coverage(item.pattern, pattern, fold)
    return UNKNOWN if answer is YES and item.when else answer


def _overlap(item: Item, pattern: str, fold: bool) -> Truth:
    """Yes where an excluding item has all of the pattern, no where it has nothing of it."""
    return UNKNOWN if item.pattern is None else coverage(item.pattern, pattern, fold)


def denied(policy: Policy, action: str, resource: str = "*") -> Truth:
    """Whether the policy denies the action on the resource, whatever else allows it.

    Yes only for a Deny without conditions that covers both for everyone; unknown where a Deny may apply to some of it.
    Statements that nobody knows (`Policy.unknowns`) do not count.
    """
    return any_of(_denies(statement, action, resource) for statement in policy.statements)


def allowed(policy: Policy, action: str, resource: str = "*") -> Truth:
    """Whether the policy allows all of the action on the resource and does not deny it.

    Conditions of an Allow make the answer unknown, as do those of a Deny.
    """
    granted = any_of(_applies(statement, action, resource) for statement in policy.statements if not statement.denies)
    refused = denied(policy, action, resource)
    answer = all_of((granted, ~refused))
    return UNKNOWN if answer is NO and refused is not YES and not policy.complete else answer


def _denies(statement: Statement, action: str, resource: str) -> Truth:
    if statement.allows:
        return NO
    everyone = not statement.principals and not statement.not_principals
    reach = YES if everyone or any(is_everyone(each) for each in statement.principals) else UNKNOWN
    return all_of((_applies(statement, action, resource), reach))


def _applies(statement: Statement, action: str, resource: str) -> Truth:
    answers = [applies_to_action(statement, action), applies_to_resource(statement, resource)]
    if statement.conditions or statement.when or statement.effect is None or not statement.complete:
        answers.append(UNKNOWN)
    return all_of(answers)
