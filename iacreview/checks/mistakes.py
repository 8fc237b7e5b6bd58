"""The check of what is wrong with a policy itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iacreview.catalog.view import View
from iacreview.checks.documents import Held, held_by, unread
from iacreview.model.finding import Extent
from iacreview.model.outcome import Outcome, Violation
from iacreview.model.value import Value
from iacreview.model.words import say, vouched
from iacreview.semantics.mistakes import Mistake, mistakes_in, size
from iacreview.semantics.policy import Policy


def policy_mistakes(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """The mistakes of one grade (`grade`) in documents of one kind (`of`: identity, trust or resource)."""
    yield from unread(view, params)
    for held in held_by(view, params):
        document = held.occurrence.value
        assert document is not None
        for mistake in _mistakes(view, held.policy, document, params.get("of", "")):
            if mistake.grade == params["grade"]:
                yield _violation(held, mistake)


def _mistakes(view: View, policy: Policy, document: Value, of: str) -> list[Mistake]:
    return view.world.kept(f"mistakes {of}", document, lambda value: list(mistakes_in(policy, value, of)))


def _violation(held: Held, mistake: Mistake) -> Violation:
    values = (Extent("value", mistake.text),)
    if mistake.statement is None:
        span = mistake.span or held.occurrence.span
        return Violation(held.name, span, mistake.text, held.occurrence_steps(), held.occurrence.when, values=values)
    found = held.violation(mistake.statement, mistake.value, mistake.text)
    return found._replace(span=mistake.span or found.span, values=values)


def policy_size(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Documents that are longer than AWS takes (`most` characters)."""
    for held in held_by(view, params):
        found = size(held.occurrence.value) if held.occurrence.value is not None else None
        if found is not None and found > params["most"]:
            sizes = [vouched(format(each, ",")) for each in (found, params["most"])]
            text = say("the policy has {} characters without white space; AWS accepts {}", *sizes)
            when, steps = held.occurrence.when, held.occurrence_steps()
            yield Violation(held.name, held.occurrence.span, text, steps, when)
