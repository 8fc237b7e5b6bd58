"""The comments of a source that may hold a suppression."""

from __future__ import annotations

from iacreview.languages import language_of_text
from iacreview.model.record import NamedTuple
from iacreview.model.source import Source, Span
from iacreview.suppress import MARKS


class Comment(NamedTuple):
    """A comment's text without its marks, where that stands, and whether code stands before it on its line."""

    text: str
    span: Span
    trailing: bool


def comments(source: Source) -> list[Comment]:
    """The comments of a source that may hold a suppression, by the language that its name is of."""
    if not _is_marked(source.text):
        return []
    return [_comment(source, *each) for each in language_of_text(source.path).comments(source, _is_marked)]


def _is_marked(text: str) -> bool:
    return any(mark in text for mark in MARKS)


def _comment(source: Source, start: int, end: int) -> Comment:
    line_start = source.text.rfind("\n", 0, start) + 1
    return Comment(source.text[start:end], Span(source, start, end), bool(source.text[line_start:start].strip()))
