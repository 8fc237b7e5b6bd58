"""The check of what is wrong with a policy itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iacreview.catalog.occurrence import Occurrence
from iacreview.catalog.view import View
from iacreview.checks.documents import Held, held_by, unread
from iacreview.grants.principals import Identity, holders, principals
from iacreview.model.finding import Extent, Related
from iacreview.model.outcome import Outcome, Violation
from iacreview.model.source import Span
from iacreview.model.value import Value
from iacreview.model.words import NOTHING, Phrase, say, vouched
from iacreview.semantics.mistakes import Mistake, mistakes_in
from iacreview.semantics.policy import Policy
from iacreview.semantics.sizes import Limit, Size, limit_named, limit_of, size

_MAX_PLACES = 10


def policy_mistakes(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """The mistakes of one grade (`grade`) in documents of one kind (`of`: identity, trust or resource)."""
    yield from unread(view, params)
    for held in held_by(view, params):
        document = held.occurrence.value
        assert document is not None
        for mistake in _mistakes(view, held.policy, document, params.get("of", "")):
            # Of what is made only where inputs say so, what is missing comes with them.
            if mistake.grade == params["grade"] and not (view.resource.dormant and mistake.value is None):
                found = _violation(held, mistake)
                # What SAM's policy templates say is AWS's own, and stands nowhere in the template.
                if view.resource.written_for is None or found.span != view.resource.header:
                    yield found


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
    """A document that is longer than AWS accepts: the limit of its type, or the one that is named (`size`).

    What is longer than another limit as well is left to that (`below`).

    An inline policy is told of with its principal (`inline_size`), where that is in the unit.
    """
    limit = _limit(view, params)
    for held in held_by(view, params) if limit is not None else ():
        assert limit is not None
        alone = not limit.together or not holders(held.document, view.world)
        if alone and held.occurrence.value is not None:
            found = _size(view, held.occurrence.value)
            further = "below" in params and found.characters > limit_named(params["below"]).most
            text = _too_long([found], limit) if not further else ()
            when, steps = held.occurrence.when, held.occurrence_steps()
            yield from (Violation(held.name, held.occurrence.span, each, steps, when) for each in text)


def inline_size(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """The inline policies of a principal, where together they are longer than AWS accepts (`size` names the limit)."""
    principal = principals(view.world).get(view.resource.address)
    inline = [each for each in _inline(principal, view) if not each.when] if principal is not None else []
    sizes = [_size(view, each.value) for each in inline if each.value is not None]
    for text in _too_long(sizes, limit_named(params["size"])):
        related = [Related(say("a policy of {} characters", *_shown(each)), at) for each, at in _places(sizes, inline)]
        yield Violation("policies", view.span, text, related=tuple(related[:_MAX_PLACES]))


def _inline(principal: Identity, view: View) -> Iterator[Occurrence]:
    """Where the inline policies of a principal stand: in it, and beside it."""
    shared = {id(each) for group in principal.groups for each in group}
    for document in principal.documents:
        owner = view.world.graph.resources.get(document.owner)
        if document.occurrence is None or owner is None or id(document) in shared or owner.conditions:
            continue
        limit = limit_of(owner.type)
        if document.owner == view.resource.address or (limit is not None and limit.together):
            yield document.occurrence


def _places(sizes: list[Size], inline: list[Occurrence]) -> Iterator[tuple[int, Span]]:
    return ((each.characters, where.span) for each, where in zip(sizes, inline, strict=True))


def _size(view: View, document: Value) -> Size:
    return view.world.kept("size", document, size)


def _limit(view: View, params: Mapping[str, Any]) -> Limit | None:
    return limit_named(params["size"]) if "size" in params else limit_of(view.resource.type)


def _too_long(sizes: list[Size], limit: Limit) -> Iterator[Phrase]:
    """The one phrase that says by how much documents are too long, if they are."""
    found = sum(each.characters for each in sizes)
    if found > limit.most:
        who = say("the policy has") if len(sizes) == 1 else say("its inline policies together have")
        at_least = NOTHING if all(each.exact for each in sizes) else say("at least ")
        yield say("{} {}{} characters without white space; AWS accepts {}", who, at_least, *_shown(found, limit.most))


def _shown(*numbers: int) -> list[Phrase]:
    return [vouched(format(each, ",")) for each in numbers]
