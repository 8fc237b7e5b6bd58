"""Checks of what people may do: users, groups, permission sets, and roles that people assume are to read only.

Who assumes a role is in its trust policy: another account, a user, or a provider of identities of people. Providers of
identities of programs (pipelines, clusters) and services are not people.
Source: "Identity providers and federation", "Security best practices in IAM" (IAM User Guide).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iacreview.catalog.view import View
from iacreview.checks.documents import Held, each_grant, listed, on_resources
from iacreview.grants.principals import Principal, documents, holders, managed_document, managed_path, named_by
from iacreview.model.finding import Extent
from iacreview.model.outcome import Outcome, Violation
from iacreview.model.words import NOTHING, Phrase, called, joined, pattern, say, vouched
from iacreview.semantics.actions import LEVELS, LIST, READ, Action, expand
from iacreview.semantics.items import items_of
from iacreview.semantics.parts import lines_of
from iacreview.semantics.policy import Principal as Named
from iacreview.semantics.policy import Statement

_PERMISSION_SETS = ("AWS::SSO::PermissionSet", "awscc_sso_permission_set", "aws_ssoadmin_permission_set_inline_policy")
_CHANGING = tuple(level for level in LEVELS if level not in (LIST, READ))
_MEMBERS = (("users", say("a user")), ("groups", say("the group's users")))


def people_may_change(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Actions above listing and reading in a policy that people hold, one outcome for each statement."""

    def judge(held: Held, statement: Statement) -> Iterator[Outcome]:
        who = _who(held) if statement.allows else NOTHING
        if not who:
            return
        for item in statement.actions:
            if item.pattern is None:
                yield held.doubt(statement, item.value, say("the actions"))
        found = _changing(statement)
        if found or statement.not_actions:
            what = _by_level(found)
            place_of = statement.actions[0].value if statement.actions else statement.not_actions[0].value
            text = say("{} may do {}{}", who, what, on_resources(held.clauses(statement)[0]))
            yield held.violation(statement, place_of, text)

    return each_grant(view, params, judge)


def _by_level(actions: list[Action]) -> Phrase:
    """The actions, counted by their access level: `12 Write (s3:PutObject and 11 more)`; without any, by NotAction."""
    groups: dict[str, list[Phrase]] = {}
    for action in actions:
        groups.setdefault(action.level, []).append(vouched(str(action)))
    counted = (
        say("{} {} ({})", len(groups[level]), vouched(level), listed(groups[level], 1))
        for level in LEVELS
        if level in groups
    )
    return joined(counted, "; ") if groups else say("everything but what it names")


def _who(held: Held) -> Phrase:
    """Which people hold a policy, as a phrase; empty where nobody is known to."""
    view = held.view
    if view.resource.type in _PERMISSION_SETS:
        return say("people with the permission set")
    for holder in holders(held.document, view.world):
        found = people(holder, view)
        if found:
            return found
    for name, who in _MEMBERS:
        if view.kind.name == "iam.policy" and view.applies(name) and view.first(name) is not None:
            return who
    return NOTHING


def people(principal: Principal, view: View) -> Phrase:
    """Whether a principal is, or is assumed by, people: who, as a phrase; empty where it is not."""
    kind, name = principal.resource.kind, called(principal.resource.address)
    if kind in ("iam.user", "iam.group"):
        return say("{} of {}", say("a user") if kind == "iam.user" else say("the users"), name)
    role = view.world.view(principal.resource)
    if role is None or kind != "iam.role":
        return NOTHING
    for document in documents(role, "trust_policy"):
        for statement in document.policy.statements:
            if statement.allows and any(map(_is_people, statement.principals)):
                return say("people who assume {}", name)
    return NOTHING


def _is_people(named: Named) -> bool:
    text = named.pattern or ""
    if named.kind == "Federated":
        return bool(text) and not any(
            f"/{program}" in f"/{text.rpartition('oidc-provider/')[2]}" for program in lines_of("programs.txt")
        )
    return named.kind == "AWS" and (text.isdigit() or text.endswith(":root") or ":user/" in text)


def managed_for_people(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Managed policies of AWS above listing and reading that people hold (property `managed_policies`)."""
    who = _attached_to(view)
    if not who or not view.kind.has("managed_policies") or not view.applies("managed_policies"):
        return
    for occurrence in view.occurrences("managed_policies"):
        for item in items_of(occurrence.value):
            path = managed_path(item, view.world)
            found = managed_document(path, view.world) if path is not None else []
            statements = [each for document in found for each in document.policy.statements if each.allows]
            changing = [action for each in statements for action in _changing(each)]
            if changing or any(each.not_actions for each in statements):
                name = pattern((path or "").rpartition("/")[2], item.value)
                text = say("{} may do {}, by {}", who, _by_level(changing), name)
                values = (Extent("value", item.pattern or path or ""),)
                when = (*occurrence.when, *item.when)
                span = item.value.span or occurrence.span
                yield Violation("managed_policies", span, text, item.value.via, when, values=values)


def _changing(statement: Statement) -> list[Action]:
    known = [action for item in statement.actions for action in expand(item.pattern or "") or ()]
    return [action for action in known if action.level in _CHANGING]


def _attached_to(view: View) -> Phrase:
    """Which people a managed policy is attached to, as a phrase."""
    for principal in named_by(view):
        found = people(principal, view)
        if found:
            return found
    if view.kind.name != "iam.policy_attachment":
        return NOTHING
    if view.resource.type == "aws_ssoadmin_managed_policy_attachment":
        return say("people with the permission set")
    return next((who for name, who in _MEMBERS if view.first(name) is not None), NOTHING)
