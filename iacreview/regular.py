"""Regular expressions that other people write, on RE2: time is linear in the text, whatever the pattern.

RE2 is what Terraform's own functions have (Go's `regexp` has its syntax and its semantics); Python's `re` goes back
and forth, and no test of a pattern can tell for certain how long that takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

MAX_PATTERN = 10_000
# How many characters are looked at in all: each of many matches may look at the whole rest of the text.
MAX_WORK = 200_000_000


class PatternError(Exception):
    """A pattern that RE2 refuses, or that is too large; the text never quotes it."""


class TooCostlyError(Exception):
    """A pattern or a text that RE2 could answer, but that is not worth the time."""


class Foreign(str):
    """A pattern of a user's own rules, which RE2 answers; our own rules' patterns are known to be linear in `re`."""

    __slots__ = ()


def found(pattern: str, text: str) -> bool:
    """Whether a pattern that `compiled` takes is found in a text."""
    return compiled(pattern).search(encodable(text)) is not None


@lru_cache(maxsize=512)
def compiled(pattern: str) -> Any:
    """The pattern as RE2 has it, with the interface of `re`. Raises PatternError, TooLargeError."""
    if len(pattern) > MAX_PATTERN:
        raise TooCostlyError("the pattern is too long")
    try:
        import re2
    except ImportError as error:
        raise TooCostlyError("google-re2 is not installed") from error
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(_checked(pattern), options)
    except (re2.error, UnicodeEncodeError) as error:
        if "too large" in str(error):
            raise TooCostlyError("the pattern is too large") from error
        raise PatternError("the pattern is not valid") from error


def _checked(pattern: str) -> str:
    r"""The pattern, but for `\C` (one byte), which RE2 alone has, and which would cut characters apart."""
    if "\\C" in pattern.replace("\\\\", ""):
        raise PatternError("the pattern is not valid")
    return pattern


def matches(pattern: str, text: str) -> Iterator[Any]:
    """All matches from left to right; an empty one is none where the one before it ends, as in Go.

    Raises PatternError, TooLargeError.
    """
    end, work = -1, 0
    for match in compiled(pattern).finditer(encodable(text)):
        work += len(text) - match.start()
        if work > MAX_WORK:
            raise TooCostlyError("the text has too many matches")
        if match.end() > match.start() or match.end() != end:
            yield match
        end = match.end()


def encodable(text: str) -> str:
    """The text with what UTF-8 cannot have (halves of surrogate pairs) replaced, as Go does."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
