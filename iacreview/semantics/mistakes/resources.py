"""Mistakes in ARNs, and actions that cannot act on the resources that a statement names.

Sources: "IAM JSON policy elements: Resource", "Identify AWS resources with Amazon Resource Names (ARNs)" (IAM User
Guide), "Actions, resources, and condition keys for AWS services".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from iacreview.model.value import HOLE
from iacreview.model.words import NOTHING, Phrase, joined, listed, part_of, say, vouched
from iacreview.semantics.actions import expand
from iacreview.semantics.arn import everything, parse_arn
from iacreview.semantics.facts import Action, service_resources
from iacreview.semantics.forms import may_act
from iacreview.semantics.items import Item
from iacreview.semantics.mistakes.mistake import INERT, REFUSED, Mistake, at, is_to_come
from iacreview.semantics.pattern import has_wildcard
from iacreview.semantics.policy import Statement

_PARTITIONS = frozenset(("aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"))


def in_resources(statement: Statement) -> Iterator[Mistake]:
    """The mistakes in the ARNs of resources."""
    for item in (*statement.resources, *statement.not_resources):
        text = _wrong(item, item.pattern) if item.pattern else NOTHING
        if text and not is_to_come(item.value):
            yield at(REFUSED, text, statement, item.value)


def _wrong(item: Item, pattern: str) -> Phrase:
    if not pattern.strip("*?") or pattern.startswith((HOLE, "*", "?")):
        return NOTHING
    if not pattern.startswith("arn:"):
        return say("`{}` is neither an ARN nor `*`", item.bare)
    arn = parse_arn(pattern)
    if arn is None:
        whole = HOLE not in pattern and "*" not in pattern
        return say("`{}` has fewer than the six parts of an ARN", item.bare) if whole else NOTHING
    if arn.partition not in _PARTITIONS and HOLE not in arn.partition and not has_wildcard(arn.partition):
        return say("`{}` has no partition of AWS: `{}`", item.bare, part_of(arn.partition, item.value))
    if arn.region.isdigit():
        return say("`{}` has an account in the place of its region", item.bare)
    if arn.account.isdigit() and len(arn.account) != 12:
        return say("`{}` has an account of {} digits instead of 12", item.bare, len(arn.account))
    return NOTHING


def acting_on_nothing(statement: Statement) -> Iterator[Mistake]:
    """Actions that work on other types of resources than those the statement names, if any resource at all."""
    patterns = [item.pattern for item in statement.resources]
    if not patterns or statement.not_resources or not all(pattern and _is_arn(pattern) for pattern in patterns):
        return
    idle = []
    for item in statement.actions:
        actions = _known(item)
        if actions and not any(may_act(action, pattern or "") for action in actions for pattern in patterns):
            idle.append((item, actions))
    # A pattern among others that do act (`s3:Get*`, `s3:List*`) is a habit; a name is meant.
    acting = len(idle) < len(statement.actions)
    alike: dict[tuple[str, ...], list[tuple[Item, tuple[Action, ...]]]] = {}
    for item, actions in idle:
        if not (acting and has_wildcard(item.pattern or "")):
            alike.setdefault(_types(actions), []).append((item, actions))
    for group in alike.values():
        yield at(INERT, _text(group, statement), statement, group[0][0].value)


def _is_arn(pattern: str) -> bool:
    """Whether the pattern is an ARN whose service is known, and so what kind of resource it may be."""
    arn = parse_arn(pattern)
    return arn is not None and HOLE not in arn.service and not has_wildcard(arn.service) and not everything(pattern)


def _known(item: Item) -> tuple[Action, ...]:
    """The actions of an item, if they are known and all can be restricted to resources; some, of a wildcard's."""
    actions = expand(item.pattern) if item.pattern and item.pattern not in ("*", "*:*") else None
    some = any if has_wildcard(item.pattern or "") else all
    return actions if actions and some(bool(action.resource_types) for action in actions) else ()


def _types(actions: Iterable[Action]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(type for action in actions for type in action.resource_types))


def _text(group: Sequence[tuple[Item, tuple[Action, ...]]], statement: Statement) -> Phrase:
    """That actions on the same types of resources work on none of those that are named."""
    actions = group[0][1]
    types, resources = _types(actions), service_resources(actions[0].service)
    arns = sorted((arn for type in types if type in resources for arn in resources[type].arns), key=len)[:2]
    forms = joined((say("`{}`", vouched(arn)) for arn in arns), " and ")
    more = say(" and others") if len(types) > len(arns) else NOTHING
    names = listed([say("`{}`", item.bare) for item, _ in group])
    one = len(group) == 1
    acts, it = (say("acts"), say("it")) if one else (say("act"), say("they"))
    does = (say("denies") if one else say("deny")) if statement.denies else say("allows") if one else say("allow")
    return say("{} {} on {}{}; on `{}` {} {} nothing", names, acts, forms, more, statement.resources[0].bare, it, does)
