"""Checks of policies that let everyone in, and of what keeps them from doing so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iacreview.catalog.view import View
from iacreview.checks.documents import Held, each_statement
from iacreview.checks.reach import idle_conditions
from iacreview.model.logic import NO, UNKNOWN, YES, Truth, any_of, truth
from iacreview.model.outcome import Doubt, Outcome
from iacreview.model.value import Known
from iacreview.model.words import say
from iacreview.semantics.conditions import restricting
from iacreview.semantics.denials import conditions_with_denials, denied_altogether
from iacreview.semantics.items import is_open
from iacreview.semantics.narrowing import narrowing
from iacreview.semantics.policy import Principal, Statement
from iacreview.semantics.statements import is_everyone

# Either keeps a public policy from working ("Blocking public access to your Amazon S3 storage"): the first lets only
# principals of the owner's account use it, the second has S3 refuse it. The other two settings are about ACLs.
_BLOCKS = ("restrict_public_buckets", "block_public_policy")


def public_principal(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A principal that is everyone, unless conditions tie the statement to someone.

    A policy of S3 counts where Block Public Access does not cancel it: for the bucket or access point, and, with
    `account: true`, where the account's cancels it after all.
    """

    def judge(held: Held, statement: Statement) -> Iterator[Outcome]:
        if not statement.allows:
            return
        for principal in statement.principals:
            if is_open(principal.pattern):
                yield from held.doubt_of_all(statement, principal.value, say("the principal"))
            elif is_everyone(principal):
                yield from _of_everyone(view, held, statement, principal, params.get("account", False))

    return each_statement(view, params, judge)


def _of_everyone(
    view: View, held: Held, statement: Statement, principal: Principal, account: bool
) -> Iterator[Outcome]:
    narrowed = restricting(conditions_with_denials(held.policy, statement))
    if narrowed is YES or denied_altogether(held.policy, statement):
        return
    blocked, above = _blocked(view), _blocked_by_account(view)
    if blocked is YES or (above is YES) != account:
        return
    if narrowed is not NO:
        yield held.doubt(statement, principal.value, say("whether the conditions narrow the principal"))
    elif blocked is UNKNOWN:
        reason = say("whether Block Public Access is on for the bucket is not known")
        yield Doubt(held.name, held.occurrence.span, reason)
    else:
        hollow = narrowing(statement).hollow
        unlimited = idle_conditions(hollow) if hollow else say(", and no condition narrows it")
        text = say("the principal is {}{}", principal.shown, unlimited)
        yield held.violation(statement, principal.value, text, principal.when)


def _blocked(view: View) -> Truth:
    """Whether Block Public Access of the bucket or access point itself cancels a public policy."""
    if view.kind.has(_BLOCKS[0]):
        return _blocks(view)
    if view.kind.name != "s3.bucket_policy":
        return NO
    buckets = [each for each in view.world.of_kind("s3.bucket") if _is_of(view, each)]
    return any_of(map(_blocks, buckets))


def _is_of(policy: View, bucket: View) -> bool:
    return policy.resource in policy.world.referrers(bucket, policy.kind.name, "bucket")


def _blocks(view: View) -> Truth:
    return any_of(_is_on(view, name) for name in _BLOCKS if view.applies(name))


def _is_on(view: View, name: str) -> Truth:
    found = [occurrence for occurrence in view.occurrences(name) if occurrence.value is not None]
    answers = {_is_true(occurrence.value) if occurrence.sure else UNKNOWN for occurrence in found}
    return answers.pop() if len(answers) == 1 else UNKNOWN if answers else NO


def _is_true(value: object) -> Truth:
    return truth(str(value.data).lower() == "true") if isinstance(value, Known) else UNKNOWN


def _blocked_by_account(view: View) -> Truth:
    """Whether the unit switches Block Public Access on for the whole account, for a policy of S3."""
    if not view.kind.name.startswith("s3."):
        return NO
    return any_of(map(_blocks, view.world.of_kind("s3.account_public_access_block")))
