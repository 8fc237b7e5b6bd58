"""Checks of logs that need more than one resource."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iacreview.catalog.occurrence import branches, doubt_reason, statement
from iacreview.catalog.view import View
from iacreview.model.logic import NO, UNKNOWN, YES, Truth, all_of, any_of
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.value import Known, Unknown
from iacreview.model.words import called, say, vouched
from iacreview.semantics.escalation import grants_of
from iacreview.semantics.items import Item, items_of
from iacreview.semantics.managed import managed_name, managed_policy
from iacreview.semantics.policy import Policy, parse_policy
from iacreview.semantics.statements import unknown_items

WRITING_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")


def unlogged_bucket(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A bucket without access logs (`log_target`), unless it is itself where another bucket's logs go.

    "Enabling Amazon S3 server access logging": a bucket that logs into itself makes an endless stream of logs.
    """
    found = list(_unlogged(view))
    if found and not _is_log_bucket(view):
        yield from found


def _unlogged(view: View) -> Iterator[Outcome]:
    for occurrence in view.occurrences("log_target"):
        for each in branches(occurrence):
            if each.value is None or (isinstance(each.value, Known) and not each.value.data):
                yield Violation("log_target", each.span, statement(each), when=each.when)
            elif (isinstance(each.value, Unknown) and each.value.target is None) or not each.sure:
                yield Doubt("log_target", each.span, doubt_reason(each))


def _is_log_bucket(view: View) -> bool:
    acl = view.known("acl")
    if isinstance(acl, str) and acl.lower().replace("-", "") == "logdeliverywrite":
        return True
    senders = view.world.referrers(view, "s3.bucket", "log_target")
    return any(sender is not view.resource for sender in senders)


def unwritable_logs(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A Lambda function whose role, defined beside it, certainly does not let it write logs (property `role`).

    "Lambda execution role": a function needs logs:CreateLogStream and logs:PutLogEvents to leave a trace.
    """
    for occurrence in (each for found in view.occurrences("role") for each in branches(found)):
        if occurrence.value is None:
            continue
        target = view.world.target(occurrence.value)
        role = view.world.view(target) if target is not None else None
        if role is None or role.kind.name != "iam.role":
            yield Doubt("role", occurrence.span, say("the role is defined elsewhere"))
            continue
        answer = _writes_logs(role)
        if answer is UNKNOWN:
            reason = say("not all policies of {} can be read", called(role.resource.address))
            yield Doubt("role", occurrence.span, reason)
        elif answer is NO:
            actions = vouched(" and ".join(WRITING_LOGS))
            text = say("{} does not allow {}", called(role.resource.address), actions)
            yield Violation("role", occurrence.span, text, when=occurrence.when)


def _writes_logs(role: View) -> Truth:
    managed = [_managed(role, name) for name in ("managed_policies", "attached_policies")]
    documents = [each for member in role.members("policies") for each in member.occurrences("policy")]
    documents += [each for policy in _separate(role) for each in policy.occurrences("policy")]
    policies = [parse_policy(each.value) for each in documents if each.value is not None]
    granted = [all_of(_grants(policies, action) for action in WRITING_LOGS), *managed]
    return any_of([*granted, *(UNKNOWN for _ in role.unread("policies"))])


def _grants(policies: Sequence[Policy], action: str) -> Truth:
    for policy in policies:
        if next(grants_of(policy.statements, action), None) is not None:
            return YES
    unread = any(
        not policy.complete or any(unknown_items(each.actions) for each in policy.statements) for policy in policies
    )
    return UNKNOWN if unread else NO


def _managed(role: View, name: str) -> Truth:
    """Whether the managed policies of a property let their holder write logs; those defined elsewhere may."""
    if not role.applies(name):
        return NO
    return any_of(_managed_item(role, item) for each in role.occurrences(name) for item in items_of(each.value))


def _managed_item(role: View, item: Item) -> Truth:
    target = role.world.target(item.value)
    policy = role.world.view(target) if target is not None else None
    if policy is not None and policy.kind.name == "iam.policy":
        parsed = [parse_policy(each.value) for each in policy.occurrences("policy") if each.value is not None]
        return all_of(_grants(parsed, action) for action in WRITING_LOGS)
    path = managed_name(item.pattern) if item.pattern is not None else None
    document = managed_policy(path) if path is not None else None
    if document is None:
        return UNKNOWN
    return all_of(_grants([parse_policy(document)], action) for action in WRITING_LOGS)


def _separate(role: View) -> list[View]:
    """The policies that are defined apart and name the role."""
    views = (role.world.view(each) for each in role.world.referrers(role, "iam.policy", "roles"))
    return [view for view in views if view is not None]
