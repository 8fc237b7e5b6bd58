"""Checks of what people may do: users, groups, permission sets, and roles that people assume are to read only.

Who assumes a role is in its trust policy: another account, a user, or a provider of identities of people. Providers of
identities of programs (pipelines, clusters) and services are not people.
Source: "Identity providers and federation", "Security best practices in IAM" (IAM User Guide).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iacreview.catalog.view import View
from iacreview.checks.documents import Held, each_grant, listed, on_resources, shown
from iacreview.grants.principals import Principal, documents, holders, managed_document, managed_path, named_by
from iacreview.model.finding import Extent
from iacreview.model.outcome import Outcome, Violation
from iacreview.model.words import called, part_of, say, vouched
from iacreview.semantics.actions import LEVELS, LIST, READ, Action, expand
from iacreview.semantics.items import items_of
from iacreview.semantics.parts import lines_of
from iacreview.semantics.policy import Principal as Named
from iacreview.semantics.policy import Statement

_PERMISSION_SETS = ("AWS::SSO::PermissionSet", "awscc_sso_permission_set", "aws_ssoadmin_permission_set_inline_policy")
_CHANGING = tuple(level for level in LEVELS if level not in (LIST, READ))


def people_may_change(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Actions above listing and reading in a policy that people hold, one outcome for each statement."""

    def judge(held: Held, statement: Statement) -> Iterator[Outcome]:
        who = _who(held) if statement.allows else ""
        if not who:
            return
        for item in statement.actions:
            if item.pattern is None:
                yield held.doubt(statement, item.value, "the actions")
        found = _changing(statement)
        if found or statement.not_actions:
            what = _by_level(found) if found else "everything but what it names"
            place_of = statement.actions[0].value if statement.actions else statement.not_actions[0].value
            yield held.violation(statement, place_of, f"{who} may do {what}{on_resources(held.clauses(statement)[0])}")

    return each_grant(view, params, judge)


def _by_level(actions: list[Action]) -> str:
    """The actions, counted by their access level: `12 Write (s3:PutObject and 11 more)`."""
    groups: dict[str, list[str]] = {}
    for action in actions:
        groups.setdefault(action.level, []).append(str(action))
    return "; ".join(
        f"{len(groups[level])} {level} ({listed(groups[level], 1)})" for level in LEVELS if level in groups
    )


def _who(held: Held) -> str:
    """Which people hold a policy, as a phrase; empty where nobody is known to."""
    view = held.view
    if view.resource.type in _PERMISSION_SETS:
        return "people with the permission set"
    for holder in holders(held.document, view.world):
        found = people(holder, view)
        if found:
            return found
    for name, who in (("users", "a user"), ("groups", "the group's users")):
        if view.kind.name == "iam.policy" and view.applies(name) and view.first(name) is not None:
            return who
    return ""


def people(principal: Principal, view: View) -> str:
    """Whether a principal is, or is assumed by, people: who, as a phrase; empty where it is not."""
    kind = principal.resource.kind
    if kind in ("iam.user", "iam.group"):
        return f"{'a user' if kind == 'iam.user' else 'the users'} of {principal.resource.address}"
    role = view.world.view(principal.resource)
    if role is None or kind != "iam.role":
        return ""
    for document in documents(role, "trust_policy"):
        for statement in document.policy.statements:
            if statement.allows and any(map(_is_people, statement.principals)):
                return f"people who assume {principal.resource.address}"
    return ""


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
                what = _by_level(changing) if changing else "everything but what it names"
                name = part_of(shown((path or "").rpartition("/")[2]), item.value)
                text = say("{} may do {}, by {}", called(who), vouched(what), name)
                values = (Extent("value", item.pattern or path or ""),)
                when = (*occurrence.when, *item.when)
                span = item.value.span or occurrence.span
                yield Violation("managed_policies", span, text, item.value.via, when, values=values)


def _changing(statement: Statement) -> list[Action]:
    known = [action for item in statement.actions for action in expand(item.pattern or "") or ()]
    return [action for action in known if action.level in _CHANGING]


def _attached_to(view: View) -> str:
    """Which people a managed policy is attached to, as a phrase."""
    for principal in named_by(view):
        found = people(principal, view)
        if found:
            return found
    if view.kind.name != "iam.policy_attachment":
        return ""
    if view.resource.type == "aws_ssoadmin_managed_policy_attachment":
        return "people with the permission set"
    named = [
        who for name, who in (("users", "a user"), ("groups", "the group's users")) if view.first(name) is not None
    ]
    return named[0] if named else ""
