"""Texts and patterns as sequences of symbols, in which every part that nobody knows is a symbol of its own.

A symbol of one character is that character. Wildcards are symbols of their own, so that a `*` taken literally is none.
Any other symbol stands for a text that is not known (`${aws_s3_bucket.b.arn}`): it equals itself, and `*` matches it.
Sources: "IAM JSON policy elements: Resource", "IAM JSON policy elements: Condition operators" (IAM User Guide).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from iacreview.model.parts import children
from iacreview.model.patterns import later
from iacreview.model.value import HOLE, Known, Text, Value, scalar_text
from iacreview.semantics.items import VARIABLE, Item

Symbols: TypeAlias = "tuple[str, ...]"

ANY = "<*>"
ONE = "<?>"
# Wildcards that stay within one field of an ARN.
ANY_IN_FIELD = "<*:>"
ONE_IN_FIELD = "<?:>"
# One that stays within a name: the name of a bucket has no slash.
ANY_IN_NAME = "<*/>"
WILDCARDS = frozenset({ANY, ONE, ANY_IN_FIELD, ONE_IN_FIELD, ANY_IN_NAME})

EVERYTHING: Symbols = (ANY,)
_WRITTEN = {"*": ANY, "?": ONE}
_FIELDS = 6
_MAX_TEXT = 200
_PLACE = later(r"\$\{0\n[^\n]*\n")


def symbols_of(item: Item) -> Symbols:
    """The symbols of an item, each unknown part named after what it refers to."""
    if item.pattern is None:
        return (_whole(item.value),)
    if HOLE not in item.pattern:
        return tuple(item.pattern)
    names = list(_names(item.value))
    if len(names) != item.pattern.count(HOLE):
        names = [f"{anonymous(item.value)[:-1]}.{index}}}" for index in range(item.pattern.count(HOLE))]
    found = iter(names)
    return tuple(next(found) if symbol == HOLE else symbol for symbol in item.pattern)


def wild(symbols: Iterable[str]) -> Symbols:
    """The same with `*` and `?` as wildcards; runs of wildcards in their shortest form."""
    every = tuple(symbols)
    if _WRITTEN.keys().isdisjoint(every) and ANY not in every:
        return every
    found: list[str] = []
    for symbol in every:
        each = _WRITTEN.get(symbol, symbol)
        if each == ANY and found and found[-1] == ANY:
            continue
        if each == ONE and found and found[-1] == ANY:
            found.insert(len(found) - 1, ONE)
            continue
        found.append(each)
    return tuple(found)


def wild_arn(symbols: Symbols) -> Symbols:
    """An ARN's pattern, whose first five fields are compared one by one; one without all fields as any text."""
    if symbols.count(":") < _FIELDS - 1:
        return wild(symbols)
    found: list[str] = []
    colons = 0
    for symbol in symbols:
        colons += symbol == ":"
        inside = colons < _FIELDS - 1
        each = {"*": ANY_IN_FIELD if inside else ANY, "?": ONE_IN_FIELD if inside else ONE}.get(symbol, symbol)
        if not (each in (ANY, ANY_IN_FIELD) and found and found[-1] == each):
            found.append(each)
    return tuple(found)


def shown(symbols: Iterable[str]) -> str:
    """The text as people write it."""
    written = {ANY: "*", ANY_IN_FIELD: "*", ANY_IN_NAME: "*", ONE: "?", ONE_IN_FIELD: "?"}
    return "".join(written.get(each, "${…}" if each[0:3] == "${<" or each[2:3].isdigit() else each) for each in symbols)


def _whole(value: Value) -> str:
    return f"${{{value.references[0]}}}" if value.references else anonymous(value)


def anonymous(value: Value) -> str:
    """A symbol for a value that refers to nothing: where it stands, and what is written there.

    What stands in no file (a policy of AWS) is known, but for variables of IAM: its text is its name, in every run.
    """
    span = value.span
    if span is None:
        return f"${{0\n{scalar_text(value.data) if isinstance(value, Known) else repr(value)}}}"
    return f"${{0\n{span.path}:{span.start}-{span.end}\n{span.text[:_MAX_TEXT]}}}"


def unplaced(text: str) -> str:
    """A symbol, or a text with symbols in it, that does not tell where they stand: equal for what is written alike."""
    return _PLACE.sub("${0\n", text) if "${0\n" in text else text


def _names(value: Value) -> Iterator[str]:
    """The names of the unknown parts of a text, in their order."""
    if isinstance(value, Known):
        yield from (match.group() for match in VARIABLE.finditer(scalar_text(value.data)))
    elif isinstance(value, Text):
        for part in children(value):
            yield from _names(part)
    else:
        yield _whole(value)
