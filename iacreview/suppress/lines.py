"""Which of many suppressions at lines may be about a finding, found without asking each of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache

from iacreview.model.finding import Finding
from iacreview.model.record import NamedTuple
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


class Anchor(NamedTuple):
    """A suppression at a line, and what begins there, as offsets; `number` is the suppression's own."""

    line: int
    start: int
    end: int
    number: int


class Lines:
    """The suppressions at lines of one file. What begins at lines lies in each other, or side by side."""

    __slots__ = ("_anchors", "_around", "_starts")

    def __init__(self, anchors: Iterable[Anchor]) -> None:
        self._anchors = sorted(anchors)
        self._starts = [each.start for each in self._anchors]
        self._around: list[int] = []
        open_at: list[int] = []
        for number, anchor in enumerate(self._anchors):
            while open_at and self._anchors[open_at[-1]].end <= anchor.start:
                open_at.pop()
            self._around.append(open_at[-1] if open_at else -1)
            open_at.append(number)

    def at(self, first: int, last: int) -> Iterator[int]:
        """Those at some lines."""
        low, high = bisect_left(self._anchors, (first,)), bisect_left(self._anchors, (last + 1,))
        return (each.number for each in self._anchors[low:high])

    def around(self, span: Span) -> Iterator[int]:
        """Those at lines where something begins that the span lies in."""
        number = bisect_right(self._starts, span.start) - 1
        while number >= 0:
            if self._anchors[number].end >= span.end:
                yield self._anchors[number].number
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
