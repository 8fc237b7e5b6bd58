"""Sources and the spans that point into them."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate, count
from operator import add
from typing import Any

from iacreview.model.record import NamedTuple

# Spans are made all the time: this is what calling the class comes to.
_new = tuple.__new__


class Position(NamedTuple):
    """A place in a text: 1-based line, 1-based column counted in Unicode code points."""

    line: int
    column: int


class Skipped(NamedTuple):
    """An input, or a part of one, that was left out on purpose, and why."""

    path: str
    reason: str
    line: int | None = None


class Source:
    """The text of one file at one revision.

    `path` is relative to the reviewed tree, with forward slashes. Lines end with LF or CRLF,
    and offsets count code points of `text` exactly as it was decoded. The value that the text is as a document is kept
    as `decoded` by whoever decodes it.
    """

    __slots__ = ("_line_starts", "decoded", "path", "text")

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.decoded: Any = None
        self._line_starts: list[int] | None = None

    def position(self, offset: int) -> Position:
        """The position of a code-point offset; the end of the text is a valid offset."""
        starts = self._starts()
        line = bisect_right(starts, offset)
        return Position(line, offset - starts[line - 1] + 1)

    def offset(self, line: int) -> int:
        """Where a 1-based line starts; the end of the text past the last one."""
        starts = self._starts()
        return starts[line - 1] if line <= len(starts) else len(self.text)

    def line(self, number: int) -> str:
        """The text of a 1-based line without its line ending; empty past the end."""
        starts = self._starts()
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")

    def span(self, start: int, end: int) -> Span:
        """The range between two of its offsets."""
        return _new(Span, (self, start, end))

    def _starts(self) -> list[int]:
        if self._line_starts is None:
            # Each line, and its line feed: so many as there are lines before.
            lengths = accumulate(map(len, self.text.split("\n")[:-1]), initial=0)
            self._line_starts = list(map(add, lengths, count()))
        return self._line_starts

    def __repr__(self) -> str:
        return f"Source({self.path!r})"


class Outline(Source):
    """The text of what is known of a module that is not in the tree: all of it stands where the module is called."""

    __slots__ = ("call",)

    def __init__(self, call: Span, text: str) -> None:
        super().__init__(call.path, text)
        self.call = call

    def span(self, start: int, end: int) -> Span:
        return self.call


class Span(NamedTuple):
    """A half-open range of offsets in a source."""

    source: Source
    start: int
    end: int

    @property
    def path(self) -> str:
        return self.source.path

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def first(self) -> Position:
        return self.source.position(self.start)

    @property
    def last(self) -> Position:
        """The position just after the span."""
        return self.source.position(self.end)

    def covers(self, other: Span) -> bool:
        return self.source is other.source and self.start <= other.start and other.end <= self.end
