"""How values are put into words: the one place that does so, and that knows what must not be shown.

A Phrase is text that was made here, by `say`: of plain words, which stand in our own source, and of parts, each of
which knows whether it may be shown. A rule's statements and reasons are Phrases, so a message that is put together in
another way is a type error; that plain words are literals is for tests/model/test_words.py to hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from iacreview.model.parts import is_sensitive, walk
from iacreview.model.value import HOLE, Choice, Encoded, Known, ListValue, MapValue, Text, Unknown, Value, scalar_text

_LIMIT = 60
_ITEMS = 6
_NAMES = 3


class Phrase(str):
    """Text for people that holds nothing which must not be shown."""

    __slots__ = ()


Part: TypeAlias = "Phrase | Value | int | None"

HIDDEN = Phrase("(sensitive)")
NOTHING = Phrase("")
_OPEN = Phrase("${…}")


def say(words: str, *parts: Part) -> Phrase:
    """Plain words with a part in place of each `{}`; `words` is a literal."""
    return Phrase(words.format(*map(_shown, parts)))


def _shown(part: Part) -> str:
    return part if isinstance(part, Phrase) else str(part) if isinstance(part, int) else value_text(part)


def called(text: str) -> Phrase:
    """What something is called: a resource, a parameter, a property."""
    return Phrase(text)


def vouched(text: str) -> Phrase:
    """A text of a rule, of the catalog or of AWS, which has nothing of the reviewed files in it."""
    return Phrase(text)


def part_of(text: str, value: Value) -> Phrase:
    """A text that is a part of a value, or all of it, its holes as `${…}`."""
    return HIDDEN if any(map(is_sensitive, walk(value))) else Phrase(text.replace(HOLE, _OPEN))


def key_in(text: str, holder: Value) -> Phrase:
    """A key of a map, which is marked as the map is: a key of a map that may be shown is none of what is marked."""
    return HIDDEN if is_sensitive(holder) else Phrase(text)


def listed(names: Sequence[Phrase]) -> Phrase:
    """The first few of some names."""
    return Phrase(", ".join(names[:_NAMES]) + (", …" if len(names) > _NAMES else ""))


def joined(parts: Iterable[Phrase], between: str) -> Phrase:
    """Some phrases as one; `between` is a literal."""
    return Phrase(between.join(parts))


def pattern(text: str, value: Value) -> Phrase:
    """A pattern that was read from a value, in quotes, its holes as `${…}`."""
    found = part_of(text, value)
    return found if found is HIDDEN else Phrase(f'"{found}"')


def bare(value: Known) -> Phrase:
    """A scalar as it is, without quotes."""
    return HIDDEN if is_sensitive(value) else Phrase(scalar_text(value.data))


def first_reason(value: Value) -> Phrase:
    """The reason of the first unknown inside a value; empty where there is none."""
    return Phrase(next((inner.reason for inner in walk(value) if isinstance(inner, Unknown)), ""))


def value_text(value: Value | None, most: int = _LIMIT) -> str:
    """A value as a phrase of a message, shortened; holes and unknowns as `${...}`."""
    text = _render(value)
    return text if len(text) <= most else text[: most - 1] + "…"


def _render(value: Value | None) -> str:
    if value is None:
        return "not set"
    if is_sensitive(value):
        return HIDDEN
    if isinstance(value, Known):
        return quoted(value.data)
    if isinstance(value, Text):
        return '"' + "".join(map(_text_part, value.parts)) + '"'
    if isinstance(value, ListValue):
        more = "…" if len(value.items) > _ITEMS else ""
        return "[" + ", ".join(map(_render, value.items[:_ITEMS])) + more + "]"
    if isinstance(value, MapValue):
        return "{" + ", ".join(list(value.entries)[:_ITEMS]) + "}"
    if isinstance(value, Encoded):
        return _render(value.structure)
    if isinstance(value, (Unknown, Choice)) and value.references:
        return f"${{{value.references[0]}}}"
    return _OPEN


def _text_part(part: Value) -> str:
    return scalar_text(part.data) if isinstance(part, Known) and not is_sensitive(part) else _OPEN


def quoted(data: object) -> str:
    """A scalar as it is written in either language: strings in quotes."""
    return f'"{data}"' if isinstance(data, str) else "null" if data is None else scalar_text(data)
