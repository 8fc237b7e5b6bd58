"""Checks of whether logs arrive: what lets whoever writes them do so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iacreview.catalog.occurrence import Occurrence, branches
from iacreview.catalog.view import View
from iacreview.grants.principals import managed_path, principals
from iacreview.model.guard import When, none_of, together
from iacreview.model.logic import NO, UNKNOWN, YES, Truth, all_of, any_of, truth
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.value import Known, is_resolved_later
from iacreview.model.words import called, say, vouched
from iacreview.semantics.escalation import grants_of
from iacreview.semantics.items import Item, items_of
from iacreview.semantics.managed import managed_policy
from iacreview.semantics.pattern import covers
from iacreview.semantics.policy import Policy, Statement, parse_policy
from iacreview.semantics.statements import unknown_items

_ENFORCED = "BucketOwnerEnforced"
WRITING_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")


def undeliverable_logs(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Logs (property `property`) for a bucket beside it that does not take them: one without ACLs though the sender
    needs them (`acl`), or without a policy for one of the services that deliver (`services`).

    "Access logs (standard logs)" (CloudFront): the bucket's owner may not be enforced. "Enable access logs for your
    Application Load Balancer": the bucket's policy has to let the service put objects. A grant to an account counts,
    since Elastic Load Balancing has one of its own in older Regions.
    """
    name = params["property"]
    for occurrence in view.occurrences(name):
        target = view.world.target(occurrence.value)
        bucket = view.world.view(target) if target is not None else None
        if bucket is None or bucket.kind.name != "s3.bucket":
            continue
        address = called(bucket.resource.address)
        for owned in bucket.occurrences("ownership") if params.get("acl") else ():
            yield from _without_acls(name, occurrence, owned, bucket)
        taken = _takes(bucket, params.get("services", ()))
        if taken is UNKNOWN:
            yield Doubt(name, occurrence.span, say("not all of the policy of {} can be read", address))
        elif taken is NO:
            text = say("no policy of {} lets the service deliver them", address)
            yield Violation(name, occurrence.span, text, when=occurrence.when)


def _without_acls(name: str, target: Occurrence, owned: Occurrence, bucket: View) -> Iterator[Outcome]:
    address = called(bucket.resource.address)
    for each in branches(owned):
        if isinstance(each.value, Known) and not is_resolved_later(each.value):
            if each.value.data == _ENFORCED:
                text = say("{} has no ACLs ({}), which the delivery needs", address, vouched(_ENFORCED))
                yield Violation(name, target.span, text, when=together(target.when, each.when))
        elif each.value is not None:
            yield Doubt(name, target.span, say("whether {} has ACLs is not known", address))


def _takes(bucket: View, services: Sequence[str]) -> Truth:
    """Whether a bucket's policy lets one of some services, or an account, put objects."""
    if not services:
        return YES
    answers = [NO]
    for occurrence in bucket.occurrences("policy"):
        policy = parse_policy(occurrence.value) if occurrence.value is not None else None
        if policy is not None and not policy.complete:
            answers.append(UNKNOWN)
        answers += [_lets_put(each, services) for each in (policy.statements if policy is not None else ())]
    return any_of(answers)


def _lets_put(statement: Statement, services: Sequence[str]) -> Truth:
    if statement.denies:
        return NO
    patterns = [each.pattern for each in statement.principals] + [each.pattern for each in statement.actions]
    if None in patterns:
        return UNKNOWN
    puts = any(item.pattern is not None and covers(item.pattern, "s3:PutObject") for item in statement.actions)
    named = any(each.kind != "Service" or each.pattern in ("*", *services) for each in statement.principals)
    return truth(puts and named)


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
        answer = _granted_elsewhere(role) if answer is NO else answer
        lacking = _lacking(role) if answer is UNKNOWN else ()
        if answer is UNKNOWN and not lacking:
            reason = say("not all policies of {} can be read", called(role.resource.address))
            yield Doubt("role", occurrence.span, reason)
        elif answer is not YES:
            actions = vouched(" and ".join(WRITING_LOGS))
            text = say("{} does not allow {}", called(role.resource.address), actions)
            yield Violation("role", occurrence.span, text, when=together(occurrence.when, lacking))


def _writes_logs(role: View) -> Truth:
    managed = [_managed(role, name) for name in ("managed_policies", "attached_policies")]
    documents = [each for member in role.members("policies") for each in member.occurrences("policy")]
    documents += [each for policy in _separate(role) for each in policy.occurrences("policy")]
    policies = [parse_policy(each.value) for each in documents if each.value is not None]
    granted = [all_of(_grants(policies, action, role) for action in WRITING_LOGS), *managed]
    return any_of([*granted, *(UNKNOWN for _ in role.unread("policies"))])


def _granted_elsewhere(role: View) -> Truth:
    """Whether what else there is of a role's policies lets it write logs, such as an attachment to several roles."""
    from iacreview.semantics.decision.comparison import may_somewhere

    principal = principals(role.world).get(role.resource.address)
    if principal is None:
        return NO
    answer = all_of(may_somewhere(principal.rights, action.lower()) for action in WRITING_LOGS)
    return UNKNOWN if answer is NO and not principal.complete else answer


def _lacking(role: View) -> When:
    """When the policies of a role, each of them known, do not let it write logs; empty where that is not known."""
    principal = principals(role.world).get(role.resource.address)
    if principal is None or not principal.complete or not all(each.policy.complete for each in principal.documents):
        return ()
    allowing = [clause for clause in principal.rights.identity if clause.allows]
    if not all(clause.certain for clause in allowing):
        return ()
    around = (*role.when, *role.resource.conditions)
    for action in WRITING_LOGS:
        ways = [clause.when for clause in allowing if clause.about_action(action.lower())]
        if () not in ways and role.world.graph.unit.possible((*around, none_of(ways))):
            return (none_of(ways),)
    return ()


def _grants(policies: Sequence[Policy], action: str, role: View) -> Truth:
    """Whether policies allow an action in every deployment that has the role."""
    grants = [grant for policy in policies for grant in grants_of(policy.statements, action)]
    ways = [together(grant.statement.when, grant.item.when if grant.item is not None else ()) for grant in grants]
    around = (*role.when, *role.resource.conditions)
    if () in ways or (ways and not role.world.graph.unit.possible((*around, none_of(ways)))):
        return YES
    if ways:
        return UNKNOWN
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
        return all_of(_grants(parsed, action, role) for action in WRITING_LOGS)
    path = managed_path(item, role.world)
    document = managed_policy(path) if path is not None else None
    if document is None:
        return UNKNOWN
    return all_of(_grants([parse_policy(document)], action, role) for action in WRITING_LOGS)


def _separate(role: View) -> list[View]:
    """The policies that are defined apart and name the role."""
    views = (role.world.view(each) for each in role.world.referrers(role, "iam.policy", "roles"))
    return [view for view in views if view is not None]
