"""What is inside of a value: the values that it is made of, at any depth, and the mark that they share."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from iacreview.model.provenance import SENSITIVE, Reference
from iacreview.model.value import (
    NOTHING_INSIDE,
    Choice,
    Compound,
    Encoded,
    Inside,
    Known,
    ListValue,
    MapValue,
    Text,
    Value,
    scalar_text,
)


def children(value: Value) -> Collection[Value]:
    """The values directly inside a value."""
    return value.inner()


def inside_of(value: Value) -> Inside:
    """What is inside of a value. Found out once, whatever it is a part of; values share their parts."""
    pending = [value]
    while pending:
        current = pending[-1]
        if current.inside is None:
            inner = current.inner()
            current.inside = _summed(inner)
            if current.inside is None:
                pending += [each for each in inner if each.inside is None]
                continue
        pending.pop()
    return value.inside or NOTHING_INSIDE


def _summed(inner: Collection[Value]) -> Inside | None:
    """What is inside of something with these values in it; None where that of one of them is not found out yet."""
    size, depth = len(inner), 1 if inner else 0
    marked = choices = referring = False
    for each in inner:
        below = each.inside
        if below is None:
            return None
        if each.references:
            referring = True
            marked = marked or SENSITIVE in each.references
        if below is not NOTHING_INSIDE:
            size += below.size
            depth = max(depth, below.depth + 1)
            marked, choices = marked or below.marked, choices or below.choices or isinstance(each, Choice)
            referring = referring or below.referring
    return Inside(size, depth, marked, choices, referring)


def with_children(value: Value, inner: Sequence[Value]) -> Value:
    """A copy of a value with others in place of its children."""
    copy = value.moved(None)
    if isinstance(copy, Compound):
        copy.inside = None
    if isinstance(copy, ListValue):
        copy.items = inner
    elif isinstance(copy, MapValue):
        copy.entries = dict(zip(copy.entries, inner, strict=True))
    elif isinstance(copy, Text):
        copy.parts = inner
    elif isinstance(copy, Encoded):
        (copy.structure,) = inner
    elif isinstance(copy, Choice):
        labels = (label for label, _ in copy.branches)
        copy.branches = list(zip(labels, inner, strict=True))
    return copy


def is_sensitive(value: Value) -> bool:
    """Whether a value is to be shown nowhere, by its author's wish."""
    return SENSITIVE in value.references


def concealed(value: Value) -> Value:
    """The value, marked as one that is to be shown nowhere, with all that is inside of it."""
    copy = with_children(value, [concealed(child) for child in children(value)])
    if not is_sensitive(copy):
        copy.references = (*copy.references, SENSITIVE)
    return copy


def revealed(value: Value) -> Value:
    """The value without the mark, if it has it; then with nothing inside of it marked either."""
    if not is_sensitive(value):
        return value
    copy = with_children(value, [revealed(child) for child in children(value)])
    copy.references = tuple(each for each in copy.references if each != SENSITIVE)
    return copy


def walk(value: Value) -> Iterator[Value]:
    """The value and all values inside it, outermost first."""
    stack = [value]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(list(current.inner())))


def references_within(value: Value) -> list[Reference]:
    """The references of a value and of all values inside it, outermost first."""
    found = [*value.references]
    if inside_of(value).referring:
        _add_inner(value, found)
    return found


def _add_inner(value: Value, found: list[Reference]) -> None:
    for each in value.inner():
        if each.references:
            found += each.references
        if (each.inside or inside_of(each)).referring:
            _add_inner(each, found)


def known_parts(text: Text) -> list[str]:
    """The parts of a text that are known."""
    return [scalar_text(part.data) for part in text.parts if isinstance(part, Known) and part.data is not None]
