"""Checks of encryption that need the meaning of a policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iacreview.catalog.occurrence import doubt_reason
from iacreview.catalog.view import View
from iacreview.model.guard import Possible, When, none_of, together
from iacreview.model.logic import NO, YES, Truth, all_of, any_of
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.value import Unknown
from iacreview.model.words import say
from iacreview.semantics.conditions import denies_insecure_transport
from iacreview.semantics.policy import Policy, parse_policy


def insecure_transport(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """The policy (property `property`, default `policy`) refuses requests without TLS.

    It is not asked for a policy of a resource of the kind `unless` that the unit has: that is judged itself. A
    violation stands at the policy, or at the resource where it has none. For another policy than a bucket's, `action`
    is what has to be refused. Source: "Security best practices for Amazon S3" (Amazon S3 User Guide).
    """
    if "unless" in params and _completes(view, params["unless"]):
        return
    name = params.get("property", "policy")
    occurrences = view.occurrences(name)
    unread = [each for each in occurrences if isinstance(each.value, Unknown)]
    written = [each for each in occurrences if each.value is not None and not isinstance(each.value, Unknown)]
    policies = [_placed(parse_policy(each.value), each.when) for each in written if each.value is not None]
    answer, when = _refuses(policies, params.get("action", ""), view)
    if answer is YES:
        return
    if unread:
        yield Doubt(name, unread[0].span, doubt_reason(unread[0]))
    elif answer is not NO:
        yield Doubt(name, written[0].span, say("whether the policy refuses requests without TLS is not known"))
    elif written:
        text = say("the policy does not refuse requests without TLS (aws:SecureTransport)")
        via = written[0].value.via if written[0].value is not None else ()
        yield Violation(name, written[0].span, text, via, when or written[0].when)
    else:
        text = say("it has no policy that refuses requests without TLS (aws:SecureTransport)")
        yield Violation(name, view.span, text)


def _placed(policy: Policy, around: When) -> Policy:
    """A policy with the conditions under which it is there in its statements."""
    found = (each._replace(when=together(around, each.when)) for each in policy.statements)
    return policy._replace(statements=tuple(found)) if around else policy


def _refuses(policies: Sequence[Policy], action: str, view: View) -> tuple[Truth, When]:
    """Whether the policies refuse requests without TLS, and the conditions under which they do not."""
    ways = list(dict.fromkeys(each.when for policy in policies for each in policy.statements if each.when))
    if not ways:
        return any_of(denies_insecure_transport(each, action) for each in policies), ()
    possible = view.world.graph.unit.possible
    around = (*view.when, *view.resource.conditions)
    every = [when for when in (*ways, (none_of(ways),)) if possible((*around, *when))]
    answers = [
        any_of(denies_insecure_transport(each, action) for each in _under(policies, when, possible)) for when in every
    ]
    lacking = [when for when, answer in zip(every, answers, strict=True) if answer is NO]
    return (NO, lacking[0]) if lacking else (all_of(answers), ())


def _under(policies: Sequence[Policy], when: When, possible: Possible) -> Iterator[Policy]:
    """The policies as they are under some conditions; what may be there keeps what it needs besides."""
    for policy in policies:
        found = (
            each._replace(when=tuple(guard for guard in each.when if guard not in when))
            for each in policy.statements
            if possible((*when, *each.when))
        )
        yield policy._replace(statements=tuple(found))


def _completes(view: View, kind: str) -> bool:
    """Whether it is a satellite of a resource of the kind."""
    world, type = view.world, view.resource.type
    return any(view.resource in world.satellites(each.resource, each.kind, type) for each in world.of_kind(kind))
