"""The check of what is wrong with a policy itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iacreview.catalog.view import View
from iacreview.checks.documents import Place, places, unread
from iacreview.model.finding import Extent
from iacreview.model.outcome import Outcome, Violation
from iacreview.model.value import Value
from iacreview.model.words import say, vouched
from iacreview.semantics.mistakes import Mistake, mistakes_in, size
from iacreview.semantics.policy import Policy


def policy_mistakes(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """The mistakes of one grade (`grade`) in documents of one kind (`of`: identity, trust or resource)."""
    yield from unread(view, params)
    for place in places(view, params):
        document = place.occurrence.value
        assert document is not None
        for mistake in _mistakes(view, place.policy, document, params.get("of", "")):
            if mistake.grade == params["grade"]:
                yield _violation(place, mistake)


def _mistakes(view: View, policy: Policy, document: Value, of: str) -> list[Mistake]:
    return view.world.kept(f"mistakes {of}", document, lambda value: list(mistakes_in(policy, value, of)))


def _violation(place: Place, mistake: Mistake) -> Violation:
    values = (Extent("value", mistake.text),)
    if mistake.statement is None:
        span = mistake.span or place.occurrence.span
        return Violation(place.name, span, mistake.text, place.occurrence_steps(), place.occurrence.when, values=values)
    found = place.violation(mistake.statement, mistake.value, mistake.text)
    return found._replace(span=mistake.span or found.span, values=values)


def policy_size(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Documents that are longer than AWS takes (`most` characters)."""
    for place in places(view, params):
        found = size(place.occurrence.value) if place.occurrence.value is not None else None
        if found is not None and found > params["most"]:
            sizes = [vouched(format(each, ",")) for each in (found, params["most"])]
            text = say("the policy has {} characters without white space; AWS takes {}", *sizes)
            when, steps = place.occurrence.when, place.occurrence_steps()
            yield Violation(place.name, place.occurrence.span, text, steps, when)
