"""Where the comments of an HCL text are, and what begins on a line."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from iacreview.model.source import Source

_PIECE = re.compile(
    r'"(?:[^"\\\n]|\\.)*"?|#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z)|<<-?([A-Za-z_][\w-]*)[ \t]*\r?\n', re.DOTALL
)
# A file is asked about for each of its comments, by each unit that it is a part of.
_RECENT = 64
_BRACKET = re.compile(r"[\[{(\]})]|\n")


def comments(source: Source, wanted: Callable[[str], bool]) -> list[tuple[int, int]]:
    """Where the comments are whose text is wanted."""
    text = source.text
    return [(start, end) for start, end, comment in _pieces(text) if comment and wanted(text[start:end])]


def extent(source: Source, line: int) -> tuple[int, int]:
    """What begins on a line, up to the bracket that closes or the end of the line."""
    start = source.offset(line)
    text = _code(source.text)
    depth = 0
    for match in _BRACKET.finditer(text, start):
        char = match[0]
        if char == "\n":
            if depth <= 0:
                return start, match.start()
        else:
            depth += 1 if char in "[{(" else -1
    return start, len(text)


@lru_cache(maxsize=_RECENT)
def _code(text: str) -> str:
    """A text of the same length with strings, heredocs and comments blanked."""
    parts: list[str] = []
    at = 0
    for start, end, _ in _pieces(text):
        parts += text[at:start], " " * (end - start)
        at = end
    return "".join((*parts, text[at:]))


@lru_cache(maxsize=_RECENT)
def _pieces(text: str) -> list[tuple[int, int, bool]]:
    """The strings, heredocs and comments: start, end, whether it is a comment."""
    found: list[tuple[int, int, bool]] = []
    at = 0
    while (match := _PIECE.search(text, at)) is not None:
        start, end = match.span()
        if match[1] is not None:
            end = _heredoc_end(text, end, match[1])
        found.append((start, end, text[start] in "#/"))
        at = max(end, start + 1)
    return found


def _heredoc_end(text: str, at: int, name: str) -> int:
    while at < len(text):
        stop = text.find("\n", at)
        stop = len(text) if stop < 0 else stop
        if text[at:stop].strip() == name:
            return stop
        at = stop + 1
    return len(text)
