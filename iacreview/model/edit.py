"""Edits of source texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from iacreview.model.record import NamedTuple


class Edit(NamedTuple):
    """Replaces the text of a file from `start` to `end` (offsets) by another; an insertion where both are the same."""

    path: str
    start: int
    end: int
    text: str


def edited(text: str, edits: Iterable[Edit]) -> str:
    """A file's text after edits of it, none of which overlap (see `compatible`)."""
    newline = "\r\n" if "\r\n" in text else "\n"
    for each in sorted(set(edits), key=lambda edit: (edit.start, edit.end), reverse=True):
        text = text[: each.start] + each.text.replace("\n", newline) + text[each.end :]
    return text


def compatible(wanted: Iterable[Sequence[Edit]]) -> list[Sequence[Edit]]:
    """Those groups of edits that can be made together: of two that touch the same text, the first."""
    kept: list[Sequence[Edit]] = []
    made: set[Edit] = set()
    for group in wanted:
        if all(edit in made or not any(_collide(edit, other) for other in made) for edit in group):
            kept.append(group)
            made.update(group)
    return kept


def _collide(one: Edit, other: Edit) -> bool:
    """Two insertions at one place collide as well: each was written for the text as it is."""
    if one.path != other.path:
        return False
    if one.start == one.end and other.start == other.end:
        return one.start == other.start
    return one.start < other.end and other.start < one.end
