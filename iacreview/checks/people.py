"""Checks of what people may do: users, groups, permission sets, and roles that people assume are to read only.

Who assumes a role is in its trust policy: another account, a user, or a provider of identities of people. Providers of
identities of programs (pipelines, clusters) and services are not people. Where that says the wrong thing, the
settings say who is (`people:`), and each finding says by what it was told.
Source: "Identity providers and federation", "Security best practices in IAM" (IAM User Guide).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iacreview.catalog.view import View
from iacreview.checks.documents import Held, each_grant, listed, on_resources
from iacreview.checks.reach import ANY_ACTION, leaves, reached
from iacreview.grants.principals import (
    PERMISSION_SETS,
    Identity,
    documents,
    holders,
    managed_document,
    managed_path,
    named_by,
)
from iacreview.model.finding import Extent
from iacreview.model.operations import People
from iacreview.model.outcome import Outcome, Violation
from iacreview.model.words import NOTHING, Phrase, called, joined, pattern, say, vouched
from iacreview.semantics.actions import LEVELS, LIST, READ, Action, expand
from iacreview.semantics.arn import account_of
from iacreview.semantics.items import items_of
from iacreview.semantics.parts import lines_of
from iacreview.semantics.pattern import covers
from iacreview.semantics.policy import Principal, Statement

_PERMISSION_SETS = (*PERMISSION_SETS, "aws_ssoadmin_permission_set_inline_policy")
_CHANGING = tuple(level for level in LEVELS if level not in (LIST, READ))
_MEMBERS = (("users", say("a user")), ("groups", say("the group's users")))

# Of more actions, what is denied is not taken away one by one.
_MOST = 1000


def people_may_change(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Actions above listing and reading in a policy that people hold, one outcome for each statement."""

    def judge(held: Held, statement: Statement) -> Iterator[Outcome]:
        who = _who(held) if statement.allows else NOTHING
        if not who:
            return
        for item in statement.actions:
            if item.pattern is None:
                yield held.doubt(statement, item.value, say("the actions"))
        found = _left(held, statement)
        if found or (statement.not_actions and leaves(held, statement, without=None)):
            what = _by_level(found)
            place_of = statement.actions[0].value if statement.actions else statement.not_actions[0].value
            text = say("{} may use {}{}", who, what, on_resources(held.clauses(statement)[0]))
            yield held.violation(statement, place_of, text)

    return each_grant(view, params, judge)


def _left(held: Held, statement: Statement) -> list[Action]:
    """The changing actions that a statement allows in the end, on something that they can act on."""
    every = _changing(statement)
    if len(every) > _MOST and not held.is_unlimited():
        return every if leaves(held, statement, without=None) else []
    found: set[Action] = set()
    for clause in held.clauses(statement):
        whole = clause.about_action(ANY_ACTION)
        known = every if whole else [each for each in every if clause.about_action(str(each).lower())]
        found.update(reached(held, clause, known, without=None))
    return [each for each in every if each in found]


def _by_level(actions: list[Action]) -> Phrase:
    """The actions, by access level: `12 write actions (s3:PutObject and 11 more)`; without any, by NotAction."""
    groups: dict[str, list[Phrase]] = {}
    for action in actions:
        groups.setdefault(action.level, []).append(vouched(str(action)))
    counted = (
        say("{} {} ({})", len(groups[level]), _actions(level, len(groups[level])), listed(groups[level], 1))
        for level in LEVELS
        if level in groups
    )
    return joined(counted, "; ") if groups else say("all actions but those that it names")


def _actions(level: str, count: int) -> Phrase:
    """The actions of a level, as a noun: `write actions`."""
    return say("{} {}", vouched(level.lower()), say("action") if count == 1 else say("actions"))


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


def people(principal: Identity, view: View) -> Phrase:
    """Whether a principal is, or is assumed by, people: who, and by what that is told; empty where it is not.

    The settings (`people:`) are asked first: for the role's name, then for whom its trust policy names.
    """
    kind, name = principal.resource.kind, called(principal.resource.address)
    if kind in ("iam.user", "iam.group"):
        return say("{} of {}", say("a user") if kind == "iam.user" else say("the users"), name)
    role = view.world.view(principal.resource)
    if role is None or kind != "iam.role":
        return NOTHING
    asked = view.world.operations.people
    if _has_name(role, asked.programs):
        return NOTHING
    if _has_name(role, asked.roles):
        return say("people who assume {} (by its name in the settings)", name)
    for document in documents(role, "trust_policy"):
        for statement in document.policy.statements:
            who = next((each for each in statement.principals if _is_people(each, asked)), None)
            if statement.allows and who is not None:
                return say("people who assume {} (it trusts {})", name, who.shown)
    return NOTHING


def _has_name(role: View, patterns: Sequence[str]) -> bool:
    """Whether the name of a role is one of the settings': the one that is written, or else that of the block."""
    name = role.known("name") if role.kind.has("name") and role.applies("name") else None
    text = name if isinstance(name, str) else role.resource.address.rpartition(".")[2]
    return any(covers(each, text, fold=False) for each in patterns)


def _is_people(named: Principal, asked: People) -> bool:
    text = named.pattern or ""
    if text and named.kind in ("AWS", "Federated"):
        if _is_one_of(text, asked.trusted_programs):
            return False
        if _is_one_of(text, asked.trusted):
            return True
    if named.kind == "Federated":
        return bool(text) and not any(
            f"/{program}" in f"/{text.rpartition('oidc-provider/')[2]}" for program in lines_of("programs.txt")
        )
    return named.kind == "AWS" and (text.isdigit() or text.endswith(":root") or ":user/" in text)


def _is_one_of(text: str, patterns: Sequence[str]) -> bool:
    """Whether a principal is one of the settings': by its ARN, its account, or the name of its provider."""
    provider = text.rpartition("oidc-provider/")[2].removeprefix("https://")
    names = (text, provider, account_of(text) or text)
    return any(covers(each, name, fold=False) for each in patterns for name in names)


def managed_for_people(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """AWS managed policies above listing and reading that people hold (property `managed_policies`)."""
    who = _attached_to(view)
    if not who or not view.kind.has("managed_policies") or not view.applies("managed_policies"):
        return
    for occurrence in view.occurrences("managed_policies"):
        for item in items_of(occurrence.value):
            path = managed_path(item, view.world)
            found = managed_document(path) if path is not None else ()
            statements = [each for document in found for each in document.policy.statements if each.allows]
            changing = [action for each in statements for action in _changing(each)]
            if changing or any(each.not_actions for each in statements):
                name = pattern((path or "").rpartition("/")[2], item.value)
                text = say("{} may use {}, by {}", who, _by_level(changing), name)
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
