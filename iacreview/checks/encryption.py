"""Checks of encryption that need the meaning of a policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iacreview.catalog.occurrence import doubt_reason
from iacreview.catalog.view import View
from iacreview.model.logic import NO, YES, any_of
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.value import Unknown
from iacreview.model.words import say
from iacreview.semantics.conditions import denies_insecure_transport
from iacreview.semantics.policy import parse_policy


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
    policies = [parse_policy(each.value) for each in written if each.value is not None]
    answer = any_of(denies_insecure_transport(policy, params.get("action", "")) for policy in policies)
    if answer is YES:
        return
    if unread:
        yield Doubt(name, unread[0].span, doubt_reason(unread[0]))
    elif answer is not NO:
        yield Doubt(name, written[0].span, say("whether the policy refuses requests without TLS is not known"))
    elif written:
        text = say("the policy does not refuse requests without TLS (aws:SecureTransport)")
        via = written[0].value.via if written[0].value is not None else ()
        yield Violation(name, written[0].span, text, via, written[0].when)
    else:
        text = say("it has no policy that refuses requests without TLS (aws:SecureTransport)")
        yield Violation(name, view.span, text)


def _completes(view: View, kind: str) -> bool:
    """Whether it is a satellite of a resource of the kind."""
    world, type = view.world, view.resource.type
    return any(view.resource in world.satellites(each.resource, each.kind, type) for each in world.of_kind(kind))
