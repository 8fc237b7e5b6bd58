"""Checks of trust policies: who may assume a role from outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iacreview.catalog.view import View
from iacreview.checks.documents import Held, each_statement
from iacreview.model.logic import NO, UNKNOWN, YES, Truth
from iacreview.model.outcome import Outcome, Violation
from iacreview.model.value import HOLE, Known, Value, is_input
from iacreview.model.words import Phrase, part_of, say, vouched
from iacreview.semantics.arn import account_of, is_account, names_owner
from iacreview.semantics.denials import conditions_with_denials, denied_altogether
from iacreview.semantics.deputies import ROLE, acts_for_others
from iacreview.semantics.issuers import Issuer, fixes_owner, issuer_of, owner_fixed_by
from iacreview.semantics.items import Item, items_of
from iacreview.semantics.organizations import others, restricting_to_own
from iacreview.semantics.policy import Condition, Principal, Statement

_EVERY = "*"
_UNSAID = say("whether the conditions narrow who may come is not known")


def web_identity(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Tokens of an issuer that are accepted whosoever they are. `shared`: of issuers that everyone can be a customer
    of; else of one's own."""

    def judge(held: Held, statement: Statement) -> Iterator[Outcome]:
        if not statement.allows or denied_altogether(held.policy, statement):
            return
        for principal in statement.principals:
            issuer = _issuer(view, statement, principal)
            if issuer is not None and issuer.shared == params["shared"]:
                yield from _of_issuer(held, statement, principal, issuer)

    return each_statement(view, params, judge)


def _of_issuer(held: Held, statement: Statement, principal: Principal, issuer: Issuer) -> Iterator[Outcome]:
    conditions = conditions_with_denials(held.policy, statement)
    answer = fixes_owner(issuer, conditions)
    if answer is NO:
        about = [each for each in conditions if (each.key or "").rpartition(":")[2].lower() in issuer.claims]
        loose = next((item for each in about for item in each.values if item.pattern), None)
        one = next((each for each in about if owner_fixed_by(issuer, each) is NO), None)
        at = loose.value if loose is not None and loose.value.span is not None else principal.value
        yield held.violation(statement, at, _loose(issuer, one, loose), principal.when)
    elif answer is not YES:
        yield held.doubt(statement, principal.value, say("whose tokens of {} are accepted", vouched(issuer.name)))


def _loose(issuer: Issuer, condition: Condition | None, item: Item | None) -> Phrase:
    name, wanted = vouched(issuer.name), _wanted(issuer)
    operator = condition.operator if condition is not None else None
    if condition is None or operator is None or item is None:
        return say("no condition fixes {}, so that any token of {} will do", wanted, name)
    if ":" in operator or operator.lower().endswith("ifexists"):
        shown = condition.shown_operator
        return say("`{}` also holds for a token without the claim; {} has to be fixed for {}", shown, wanted, name)
    return say("{} matches many owners; {} has to be fixed for {}", item.shown, wanted, name)


def _wanted(issuer: Issuer) -> Phrase:
    form = issuer.forms[0]
    claim, before, after = (vouched(each) for each in (form.claim, form.before, form.after))
    return say("`{}` up to `{}OWNER{}`", claim, before, after) if form.before else say("`{}`", claim)


def _issuer(view: View, statement: Statement, principal: Principal) -> Issuer | None:
    """The issuer of a federated principal: by its name, by the provider it refers to, or by the keys that are asked."""
    if principal.kind != "Federated":
        return None
    if principal.pattern is not None and (HOLE not in principal.pattern or issuer_of(principal.pattern)):
        return issuer_of(principal.pattern)
    url = _url(view, principal.value)
    providers = [url] if url else [(each.key or "").rpartition(":")[0] for each in statement.conditions]
    return next((issuer for each in providers if each and (issuer := issuer_of(each))), None)


def _url(view: View, value: Value) -> str:
    """The address of the provider in the unit that a principal refers to; empty where there is none."""
    target = view.world.target(value)
    provider = view.world.view(target) if target is not None else None
    if provider is None or not provider.kind.has("url"):
        return ""
    url = provider.first("url")
    return url.data if isinstance(url, Known) and isinstance(url.data, str) else ""


def foreign_account(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """An account that is named and may assume the role, without a condition that tells in whose name.

    An account that is said to be one's own may.
    """
    own = view.world.operations.accounts

    def judge(held: Held, statement: Statement) -> Iterator[Outcome]:
        for principal in _unrestricted(held, statement):
            account = _whole_account(principal)
            if account and account not in own and _is_narrowed(held, statement) is UNKNOWN:
                yield held.open(statement, _UNSAID)
            elif account and account not in own:
                name = part_of(account, principal.value)
                text = say(
                    "account {} can let any of its principals assume the role:"
                    " neither `sts:ExternalId` nor an organization is required",
                    name,
                )
                yield held.violation(statement, principal.value, text, principal.when)

    return each_statement(view, params, judge)


def unknown_account(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """An account, or someone in it, that a policy gives access, and that is not among one's own where these are known.

    A condition that narrows who may come, such as one on one's own organization, answers for it; one on another
    organization lets that in.
    """
    own = view.world.operations.accounts

    def judge(held: Held, statement: Statement) -> Iterator[Outcome]:
        yield from _other_organizations(held, statement)
        for principal in _unrestricted(held, statement) if own else ():
            account = account_of(principal.pattern or "") if principal.kind == "AWS" else None
            if account is None and principal.kind == "AWS" and is_input(principal.value):
                yield held.doubt(statement, principal.value, say("whose account that is"))
            elif account is not None and account not in own and _is_narrowed(held, statement) is UNKNOWN:
                yield held.open(statement, _UNSAID)
            elif account is not None and account not in own:
                name = part_of(account, principal.value)
                text = say("{} is in account {}", principal.shown, name)
                yield held.violation(statement, principal.value, text, principal.when)

    return each_statement(view, params, judge)


def _other_organizations(held: Held, statement: Statement) -> Iterator[Outcome]:
    """The organizations that are let in by a condition, and are not one's own."""
    own = _organization(held)
    conditions = conditions_with_denials(held.policy, statement) if own and statement.allows else ()
    if not conditions or restricting_to_own(conditions, own) is not NO:
        return
    for condition in conditions:
        for item in others(condition, own):
            text = say("{} in {} is not yours", item.shown, condition.shown_key)
            yield held.violation(statement, item.value, text, item.when)


def _unrestricted(held: Held, statement: Statement) -> Sequence[Principal]:
    """The principals whom a statement lets in without a condition that certainly narrows who may come."""
    return statement.principals if statement.allows and _is_narrowed(held, statement) is not YES else ()


def _is_narrowed(held: Held, statement: Statement) -> Truth:
    """Whether a condition narrows who may come."""
    return restricting_to_own(conditions_with_denials(held.policy, statement), _organization(held))


def _organization(held: Held) -> frozenset[str]:
    return held.view.world.operations.organization


def _whole_account(principal: Principal) -> str | None:
    pattern = principal.pattern or ""
    if principal.kind != "AWS" or not (is_account(pattern) or pattern.endswith(":root")):
        return None
    return account_of(pattern)


def confused_deputy(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A service that acts for any customer, without a condition for whom (`on`: with a role, or on a resource;
    `services` narrows them to some)."""
    wanted = params.get("services")

    def judge(held: Held, statement: Statement) -> Iterator[Outcome]:
        for principal in _unrestricted(held, statement):
            name = principal.pattern or ""
            if principal.kind != "Service" or not _is_deputy(name, params.get("on", ROLE)):
                continue
            if wanted is not None and name not in (*wanted, _EVERY):
                continue
            if _is_narrowed(held, statement) is UNKNOWN:
                yield held.open(statement, _UNSAID)
            else:
                who = say("every service") if name == _EVERY else principal.shown
                text = say("{} acts for all its customers, and no condition such as `aws:SourceArn` says for whom", who)
                yield held.violation(statement, principal.value, text, principal.when)

    return each_statement(view, params, judge)


def _is_deputy(service: str, on: str) -> bool:
    return service == _EVERY or acts_for_others(service, on)


def source_of_anyone(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """The ARN of a source (property `source_arn`) that resources of any account have."""
    for occurrence in view.occurrences("source_arn"):
        for item in items_of(occurrence.value):
            if item.pattern is None or item.pattern.startswith(HOLE) or names_owner(item.pattern):
                continue
            span, when = item.value.span or occurrence.span, (*occurrence.when, *item.when)
            yield Violation("source_arn", span, say("{} has no account", item.shown), item.value.via, when)
