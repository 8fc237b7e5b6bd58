"""Strings made of parts, and what happens when a part is one of several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from iacreview.evaluate.cloudformation.budget import MAX_TEXT, Budget
from iacreview.model.choices import Answers, answered, question
from iacreview.model.guard import Possible, When, together
from iacreview.model.provenance import Reference, Step
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.model.value import Choice, Known, ListValue, Scalar, Text, Unknown, Value, scalar_text

# More combinations than this are not expanded: the text keeps the choices as its parts.
MAX_COMBINATIONS = 16


def as_written(data: Scalar) -> str:
    """A scalar as CloudFormation puts it into a string: a number keeps its fraction, null is nothing."""
    if isinstance(data, float):
        return str(data)
    return "" if data is None else scalar_text(data)


class Site(NamedTuple):
    """Where a value is made: its place, what it may cost, and which guards can hold together there."""

    span: Span
    budget: Budget
    possible: Possible


def concatenated(parts: list[Value], site: Site) -> Value:
    """The string of all parts: Known where all are, Text with holes otherwise, one Choice over their choices."""
    return distributed(parts, lambda chosen: _concatenated(chosen, site), site)


def joined(delimiter: str, items: Sequence[Value], complete: bool, site: Site) -> Value:
    """Fn::Join over items; where there may be others, they are a hole at the end."""
    span = site.span
    rest = [] if complete else [Unknown("the rest of the list is not known", span)]

    def build(chosen: list[Value]) -> Value:
        parts: list[Value] = []
        for item in chosen:
            if isinstance(item, Known) and item.data is None:
                continue
            if parts:
                parts.append(Known(delimiter, span))
            parts.append(item)
        return _concatenated(parts, site)

    return distributed([*items, *rest], build, site)


def distributed(values: list[Value], build: Callable[[list[Value]], Value], site: Site) -> Value:
    """What `build` makes of the values, once for each combination of their choices that can be.

    Beyond MAX_COMBINATIONS the choices are given to `build` as they are.
    """
    questions = {question(value) for value in values if isinstance(value, Choice)}
    if not questions or 1 << len(questions) > MAX_COMBINATIONS:
        return build(values)
    combinations: list[tuple[When, list[Value]]] = []
    for combination in _combinations(values, {}, (), site.possible):
        combinations.append(combination)
        if len(combinations) > MAX_COMBINATIONS:
            return build(values)
    if len(combinations) == 1:
        return build(combinations[0][1])
    branches = [(when, build(chosen)) for when, chosen in combinations]
    via, references = provenance(values)
    return Choice(branches, site.span, via, references)


def _combinations(
    values: list[Value], answers: Answers, when: When, possible: Possible
) -> Iterator[tuple[When, list[Value]]]:
    """Every way to answer all questions that can be, with the values that follow from it."""
    values = [answered(value, answers) for value in values]
    choice = next((value for value in values if isinstance(value, Choice)), None)
    if choice is None:
        steps = [step.guard for value in values for step in value.via if step.guard is not None]
        if not when or possible((*when, *steps)):
            yield when, values
        return
    asked = question(choice)
    for each in asked:
        if not when or possible((*when, *each)):
            yield from _combinations(values, {**answers, asked: each}, together(when, each), possible)


def _concatenated(parts: list[Value], site: Site) -> Value:
    span, budget, _ = site
    via, references = provenance(parts)
    flat: list[Value] = []
    length = 0
    for part in _flat(parts):
        flat.append(part)
        length += _length(part)
        if length > MAX_TEXT:
            break
    if not budget.text(length):
        return Unknown(budget.TOO_MUCH, span, via, references)
    if len(flat) == 1 and isinstance(flat[0], Unknown):
        return flat[0].moved(span)
    if all(isinstance(part, Known) for part in flat):
        return Known(_text(flat), span, via, references)
    return Text(_merged(flat, span), span, via, references)


def _merged(parts: list[Value], span: Span) -> list[Value]:
    """The parts with neighbouring known ones as one."""
    merged: list[Value] = []
    known: list[Value] = []
    for part in parts:
        if isinstance(part, Known):
            known.append(part)
            continue
        merged += _as_one(known, span)
        merged.append(part)
        known = []
    return [*merged, *_as_one(known, span)]


def _as_one(known: list[Value], span: Span) -> list[Value]:
    if len(known) < 2:
        return known
    via, references = provenance(known)
    return [Known(_text(known), span, via, references)]


def _text(parts: list[Value]) -> str:
    return "".join(as_written(part.data) for part in parts if isinstance(part, Known))


def _length(part: Value) -> int:
    return len(part.data) if isinstance(part, Known) and isinstance(part.data, str) else 20


def _flat(parts: Iterable[Value]) -> Iterator[Value]:
    for part in parts:
        if isinstance(part, Text):
            yield from part.parts
        elif not (isinstance(part, Known) and part.data in ("", None)):
            yield part


def provenance(values: Iterable[Value]) -> tuple[tuple[Step, ...], tuple[Reference, ...]]:
    """The steps and references of several values together, each once."""
    via: dict[Step, None] = {}
    references: dict[Reference, None] = {}
    for value in values:
        if value.via:
            via.update(dict.fromkeys(value.via))
        if value.references:
            references.update(dict.fromkeys(value.references))
        if isinstance(value, ListValue):
            inner_via, inner_references = provenance(value.items)
            via.update(dict.fromkeys(inner_via))
            references.update(dict.fromkeys(inner_references))
    return tuple(via), tuple(references)


def split(value: Value, delimiter: str, span: Span) -> ListValue:
    """Fn::Split of a Known or a Text; incomplete from the first hole on, which may hold the delimiter itself."""
    if isinstance(value, Known):
        via, references = value.via, value.references
        pieces = as_written(value.data).split(delimiter)
        return ListValue([Known(piece, span, via, references) for piece in pieces], span, via, references)
    assert isinstance(value, Text)
    first = value.parts[0]
    pieces = as_written(first.data).split(delimiter)[:-1] if isinstance(first, Known) else []
    items = [Known(piece, span, value.via, value.references) for piece in pieces]
    return ListValue(items, span, value.via, value.references, complete=False)
