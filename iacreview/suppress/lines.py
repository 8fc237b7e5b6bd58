"""Which of many suppressions at lines may be about a finding, found without asking each of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from iacreview.model.finding import Finding
from iacreview.model.source import Source, Span

_COMMENT_LINE = ("#", "//", "/*", "*")


@lru_cache(maxsize=8)
def code_lines(source: Source) -> list[int]:
    """For each line, by its number, the first one from there on that is not a comment, or the last line."""
    last = source.text.count("\n") + 1
    found = list(range(last + 1))
    for line in range(last - 1, 0, -1):
        if source.line(line).strip().startswith(_COMMENT_LINE):
            found[line] = found[line + 1]
    return found


class Place(NamedTuple):
    """A suppression at a line, and what begins there, as offsets; `number` is the suppression's own."""

    line: int
    start: int
    end: int
    number: int


class Lines:
    """The suppressions at lines of one file. What begins at lines lies in each other, or side by side."""

    __slots__ = ("_around", "_places", "_starts")

    def __init__(self, places: Iterable[Place]) -> None:
        self._places = sorted(places)
        self._starts = [each.start for each in self._places]
        self._around: list[int] = []
        open_places: list[int] = []
        for number, place in enumerate(self._places):
            while open_places and self._places[open_places[-1]].end <= place.start:
                open_places.pop()
            self._around.append(open_places[-1] if open_places else -1)
            open_places.append(number)

    def at(self, first: int, last: int) -> Iterator[int]:
        """Those at some lines."""
        low, high = bisect_left(self._places, (first,)), bisect_left(self._places, (last + 1,))
        return (each.number for each in self._places[low:high])

    def around(self, span: Span) -> Iterator[int]:
        """Those at lines where something begins that the span lies in."""
        number = bisect_right(self._starts, span.start) - 1
        while number >= 0:
            if self._places[number].end >= span.end:
                yield self._places[number].number
            number = self._around[number]


def near(finding: Finding, files: dict[str, Lines]) -> set[int]:
    """The suppressions at lines that may be about a finding."""
    found: set[int] = set()
    for span in (*finding.blocks, *(each.span for each in finding.related)):
        if span.path in files:
            found.update(files[span.path].at(span.first.line, span.first.line))
    span = finding.span
    if span.path in files:
        last = span.source.position(max(span.start, span.end - 1)).line
        found.update(files[span.path].at(span.first.line, last))
    for span in way_of(finding):
        if span.path in files:
            found.update(files[span.path].around(span))
    return found


def way_of(finding: Finding) -> Iterator[Span]:
    """Where what is at fault stands, and the places that it passes through."""
    yield finding.span
    yield from (each.span for each in finding.related)
