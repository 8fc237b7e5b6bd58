"""A line of source with a marker below the part that matters, its secrets hidden."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator

from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.report.escape import clean

MASK = "****"
MARGIN = 2000  # characters kept at least on each side of a span, so that a line of megabytes costs nothing
TAB = 4
LEAST = 6  # characters of a secret that is looked for in other places of a line


class Excerpt(NamedTuple):
    """`text` is ready to print; the marker covers `marked` columns from column `indent` of it (0-based)."""

    line: int
    text: str
    indent: int
    marked: int


class _Piece(NamedTuple):
    """Part of a line: the marker covers text[start:end]."""

    text: str
    start: int
    end: int


class Excerpts:
    """Makes excerpts from sources, hiding the spans and the `texts` of known secrets and what `mask` takes for one."""

    __slots__ = ("_last", "_mask", "_secrets", "_texts", "_width")

    def __init__(
        self, secrets: Iterable[Span], mask: Callable[[str], str], width: int, texts: Iterable[str] = ()
    ) -> None:
        self._secrets = _merged(secrets)
        self._texts = [re.escape(each) for each in texts if len(each) >= LEAST]
        self._mask = mask
        self._last = ("", "")
        self._width = width

    def excerpt(self, span: Span) -> Excerpt:
        """The first line of a span, as wide as asked for; `...` stands for what was cut off."""
        line, column = span.first
        text = span.source.text
        near = span.start // MARGIN
        start = max(span.start - column + 1, (near - 1) * MARGIN)
        stop = min((near + 2) * MARGIN, len(text))
        newline = text.find("\n", span.start, stop)
        stop = stop if newline < 0 else newline
        ends_later = newline >= 0 and span.end > newline + 1
        piece = self._hidden(span, start, stop)
        piece = _remasked(piece, self._masked(piece.text))
        return _fitted(line, _rstripped(piece), self._width, ends_later)

    def _masked(self, text: str) -> str:
        """The text without what looks like a secret; neighbours on a long line have the same text."""
        if self._last[0] != text:
            self._last = (text, self._mask(text))
        return self._last[1]

    def _hidden(self, span: Span, start: int, stop: int) -> _Piece:
        """The text between two offsets without the secrets in it, and where the span lies in the result."""
        text = span.source.text
        hidden = self._overlapping(span, start, stop)
        parts: list[str] = []
        at = start
        for first, last in hidden:
            parts += text[at:first], MASK
            at = last
        parts.append(text[at:stop])
        end = min(span.end, stop)
        return _Piece("".join(parts), _moved(span.start, start, hidden, 0), _moved(end, start, hidden, len(MASK)))

    def _overlapping(self, span: Span, start: int, stop: int) -> list[tuple[int, int]]:
        ranges = self._secrets.get((span.path, span.source.text), [])
        found = []
        for first, last in ranges[max(bisect_right(ranges, (start, start)) - 1, 0) :]:
            if first >= stop:
                break
            if last > start:
                found.append((max(first, start), min(last, stop)))
        return _joined([*found, *self._repeated(span.source.text, start, stop)]) if self._texts else found

    def _repeated(self, text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
        for found in re.compile("|".join(self._texts)).finditer(text, start, stop):
            yield found.span()


def _joined(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges in order, those that overlap or touch as one."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found


def _merged(secrets: Iterable[Span]) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """The ranges of secrets, sorted and without overlaps, by path and text: one path may stand in two revisions."""
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for span in sorted(secrets, key=lambda span: (span.start, span.end)):
        ranges = found.setdefault((span.path, span.source.text), [])
        if ranges and span.start <= ranges[-1][1]:
            ranges[-1] = (ranges[-1][0], max(span.end, ranges[-1][1]))
        elif span.start < span.end:
            ranges.append((span.start, span.end))
    return found


def _moved(mark: int, start: int, hidden: Iterable[tuple[int, int]], inside: int) -> int:
    """Where an offset lies after the hidden ranges were replaced; `inside` is how far into a mask it goes."""
    shift = -start
    for first, last in hidden:
        if mark <= first:
            break
        if mark < last or (inside and mark == last):
            return first + shift + inside
        shift += len(MASK) - (last - first)
    return mark + shift


def _remasked(piece: _Piece, masked: str) -> _Piece:
    """The piece with another text, the marker moved by what changed between the common start and end."""
    before = piece.text
    if masked == before:
        return piece
    shorter = min(len(before), len(masked))
    head = next((at for at in range(shorter) if before[at] != masked[at]), shorter)
    tail = next((at for at in range(shorter - head) if before[-1 - at] != masked[-1 - at]), shorter - head)

    def moved(mark: int, otherwise: int) -> int:
        if mark <= head:
            return mark
        return mark + len(masked) - len(before) if mark >= len(before) - tail else otherwise

    return _Piece(masked, moved(piece.start, head), moved(piece.end, len(masked) - tail))


def _rstripped(piece: _Piece) -> _Piece:
    text = piece.text.rstrip()
    return _Piece(text, min(piece.start, len(text)), min(piece.end, len(text)))


def _fitted(line: int, piece: _Piece, width: int, ends_later: bool) -> Excerpt:
    """The piece as a terminal shows it: tabs and wide characters measured, cut to the width around the marker."""
    cut = max(piece.start - width, 0)
    near = piece.text[cut : piece.start + width]
    start, end = piece.start - cut, min(piece.end - cut, len(near))
    cells = _cells(near)
    widths = [_width(cell) for cell in cells]
    first, last = _window(widths, start, max(end, start + 1), width - 8)
    lead = "..." if cut + first else ""
    trail = "..." if cut + last < len(piece.text) or ends_later else ""
    indent = len(lead) + sum(widths[first:start])
    marked = sum(widths[start : min(end, last)]) or 1
    return Excerpt(line, lead + "".join(cells[first:last]) + trail, indent, marked)


def _cells(text: str) -> list[str]:
    """What each character is shown as."""
    if text.isascii() and text.isprintable() and "##[" not in text:
        return list(text)
    cells: list[str] = []
    column = 0
    for index, char in enumerate(text):
        after = text[index + 1 : index + 3]
        cell = " " * (TAB - column % TAB) if char == "\t" else clean(char + after).removesuffix(clean(after))
        cells.append(cell)
        column += _width(cell)
    return cells


def _width(cell: str) -> int:
    """How many columns of a terminal a cell takes (Unicode Standard Annex #11)."""
    if cell.isascii():
        return len(cell)
    from unicodedata import combining, east_asian_width

    if combining(cell):
        return 0
    return 2 if east_asian_width(cell) in "WF" else 1


def _window(widths: list[int], start: int, end: int, room: int) -> tuple[int, int]:
    """Which cells to show: all if there is room, else the marked ones first and then as many on each side."""
    if sum(widths) <= room:
        return 0, len(widths)
    first = last = min(start, len(widths))
    used = 0
    while last < min(end, len(widths)) and used + widths[last] <= room:
        used += widths[last]
        last += 1
    grows = True
    while grows:
        grows = False
        if first > 0 and used + widths[first - 1] <= room:
            first -= 1
            used += widths[first]
            grows = True
        if last < len(widths) and used + widths[last] <= room:
            used += widths[last]
            last += 1
            grows = True
    return first, last
