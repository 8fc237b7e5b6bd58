"""The texts in a part of a policy: one or several, in lists and choices, each known, known in part, or not known."""

from __future__ import annotations

from collections.abc import Iterator

from iacreview.model.guard import When, together
from iacreview.model.patterns import later
from iacreview.model.record import NamedTuple
from iacreview.model.value import (
    HOLE,
    TOO_MANY,
    TOO_MANY_ITEMS,
    Choice,
    Known,
    ListValue,
    Text,
    Unknown,
    Value,
    scalar_text,
)
from iacreview.model.words import Phrase, first_reason, part_of, pattern, say, vouched

_MAX_ITEMS = 4096
_MAX_VARIANTS = 64
_MAX_DEPTH = 20
# ${aws:username} and the like: text that is only known when a request is made; and CloudFormation's dynamic references.
VARIABLE = later(r"\$\{[^{}]*\}|\{\{resolve:[^{}]*\}\}")


class Item(NamedTuple):
    """One action, resource or condition value.

    `pattern` has a HOLE for each part that is not known, and is None where nothing of it is. `value` is where it
    stands; for a list that may have other items, the list. `when` are the conditions under which it is there.
    """

    pattern: str | None
    value: Value
    when: When = ()

    @property
    def reason(self) -> Phrase:
        """Why it is not known, as a phrase."""
        return reason_of(self.value)

    @property
    def shown(self) -> Phrase:
        """The pattern in words."""
        return pattern(HOLE if self.pattern is None else self.pattern, self.value)

    @property
    def bare(self) -> Phrase:
        """The pattern in words, without quotes."""
        return part_of(HOLE if self.pattern is None else self.pattern, self.value)


def is_open(text: str | None) -> bool:
    """Whether a pattern may be everything: nothing is known of it but wildcards."""
    return text is None or (HOLE in text and not text.replace(HOLE, "").strip("*:"))


def reason_of(value: Value) -> Phrase:
    """Why a value is not known, as a phrase that goes on after what it is of."""
    if isinstance(value, Unknown):
        return first_reason(value)
    if isinstance(value, Text):
        unknown = (part for part in value.parts if isinstance(part, Unknown))
        return next(map(first_reason, unknown), vouched(TOO_MANY) if _has_choices(value) else say("is known in part"))
    if isinstance(value, Known) and "{{resolve:" in scalar_text(value.data):
        return say("a dynamic reference is resolved at deployment")
    return say("is not completely known")


def _has_choices(text: Text) -> bool:
    """Whether what is not known of a text is in choices that are too many."""
    return any(isinstance(part, Choice) for part in text.parts)


def items_of(value: Value | None) -> tuple[Item, ...]:
    """The items of a scalar or of a list, through lists and choices; nothing for null and for what is absent."""
    if value is None:
        return ()
    if isinstance(value, Known):
        return _scalar(value, ())
    if isinstance(value, ListValue) and (plain := _of_texts(value)) is not None:
        return plain
    found: list[Item] = []
    for leaf, when in leaves(value):
        found += _scalar(leaf, when)
    return tuple(found)


def _of_texts(value: ListValue) -> tuple[Item, ...] | None:
    """The items of a list of known texts, as nearly all actions and resources are; None for other lists."""
    if not value.complete or len(value.items) >= _MAX_ITEMS:
        return None
    found = []
    for each in value.items:
        if not isinstance(each, Known) or not isinstance(each.data, str):
            return None
        found.append(Item(_pattern(each.data), each))
    return tuple(found)


def leaves(value: Value) -> Iterator[tuple[Value, When]]:
    """The values in nested lists and choices, in order, with the conditions they are under.

    A list that may have other items yields itself after its items; so does what has too many.
    """
    stack: list[tuple[Value, When]] = [(value, ())]
    for _ in range(_MAX_ITEMS):
        if not stack:
            return
        current, when = stack.pop()
        if isinstance(current, Choice):
            stack += [(branch, together(when, guards)) for guards, branch in reversed(current.branches)]
        elif isinstance(current, ListValue):
            if not current.complete:
                stack.append((Unknown("is a list that may have other items", current.span, current.via), when))
            stack += [(item, when) for item in reversed(current.items)]
        else:
            yield current, when
    if stack:
        yield Unknown(TOO_MANY_ITEMS, value.span, value.via), ()


def alternatives(value: Value, when: When = (), most: int = _MAX_VARIANTS) -> list[tuple[Value, When]]:
    """The values of a choice, and of choices in it, with their conditions; at most so many and one for the rest."""
    found: list[tuple[Value, When]] = []
    stack = [(value, when)]
    while stack and len(found) < most and len(stack) < _MAX_ITEMS:
        current, under = stack.pop()
        if isinstance(current, Choice):
            stack += [(branch, together(under, guards)) for guards, branch in reversed(current.branches)]
        else:
            found.append((current, under))
    if stack:
        found.append((Unknown(TOO_MANY, value.span, value.via), when))
    return found


def _scalar(value: Value, when: When) -> tuple[Item, ...]:
    if isinstance(value, Known):
        return () if value.data is None else (Item(_pattern(scalar_text(value.data)), value, when),)
    if isinstance(value, Text):
        variants = _variants(value, 0)
        return tuple(Item(_pattern(text), value, (*when, *under)) for text, under in variants)
    return (Item(None, value, when),)


def _pattern(text: str) -> str | None:
    if "${" in text or "{{" in text:
        text = VARIABLE.sub(HOLE, text)
    return text if not text or text.strip(HOLE) else None


def _variants(value: Text, depth: int) -> list[tuple[str, When]]:
    """The texts of a template, choices in it multiplied out as far as they are few; the others are holes."""
    variants: list[tuple[str, When]] = [("", ())]
    for part in value.parts:
        options = _part(part, depth)
        if len(variants) * len(options) > _MAX_VARIANTS:
            options = [(HOLE, ())]
        variants = [(text + more, (*when, *under)) for text, when in variants for more, under in options]
    return variants


def _part(part: Value, depth: int) -> list[tuple[str, When]]:
    if isinstance(part, Known):
        return [("" if part.data is None else scalar_text(part.data), ())]
    if depth >= _MAX_DEPTH:
        return [(HOLE, ())]
    if isinstance(part, Text):
        return _variants(part, depth + 1)
    if isinstance(part, Choice):
        return [
            (text, together(under, when)) for when, branch in part.branches for text, under in _part(branch, depth + 1)
        ] or [(HOLE, ())]
    return [(HOLE, ())]
