"""regex, regexall and replace: the shared subset of RE2 and Python's `re`, bounded against slow patterns."""

from __future__ import annotations

import re
from math import comb

from iacreview.evaluate.terraform.functions.call import FunctionError, TooComplex

_MAX_PATTERN = 500
_MAX_TEXT = 20_000
# How many ways a pattern with that many repeats can split the text, at worst.
_MAX_PATHS = 20_000_000
# A repeated group that itself repeats, or repeated alternatives, can take exponential time in `re`.
_NESTED_REPEAT = re.compile(r"[*+}]\??\)[*+{]|\|[^()]*\)[*+{]|\)[*+{][^()]*\)[*+{]")
_BACK_REFERENCE = re.compile(r"\\[1-9]|\(\?[=!]|\(\?<[=!]|\(\?\(|\(\?P=|\(\?>")
_MANY_REPEATS = re.compile(r"[*+]|\{\d*,\d*\}")
_GO_GROUP = re.compile(r"\$(?:(\w+)|\{(\w+)\})|\$\$")
_POSIX = {
    "[:alpha:]": "A-Za-z",
    "[:digit:]": "0-9",
    "[:alnum:]": "0-9A-Za-z",
    "[:upper:]": "A-Z",
    "[:lower:]": "a-z",
    "[:space:]": r"\s",
    "[:punct:]": r"!-/:-@\[-`{-~",
    "[:word:]": r"\w",
    "[:xdigit:]": "0-9A-Fa-f",
}


def regex(pattern: str, text: str) -> object:
    """The match: the whole text, or a list or map of its groups. Raises FunctionError where there is none."""
    match = compiled(pattern, text).search(text)
    if match is None:
        raise FunctionError("the pattern does not match")
    return _captures(match)


def regexall(pattern: str, text: str) -> list[object]:
    """All matches."""
    return [_captures(match) for match in compiled(pattern, text).finditer(text)]


def replace(text: str, search: str, replacement: str) -> str:
    """Replaces a string, or a pattern between slashes (with $1, ${name})."""
    if len(search) > 1 and search.startswith("/") and search.endswith("/"):
        found = compiled(search[1:-1], text)
        return found.sub(lambda match: _GO_GROUP.sub(lambda group: _group(match, group), replacement), text)
    if len(replacement) * (text.count(search) + 1) > 4_000_000:
        raise FunctionError("the result is too long")
    return text.replace(search, replacement)


def compiled(pattern: str, text: str) -> re.Pattern[str]:
    """A pattern that `re` answers in bounded time. Raises FunctionError for any other."""
    if len(pattern) > _MAX_PATTERN or len(text) > _MAX_TEXT:
        raise FunctionError("the pattern or its text is too long")
    if _BACK_REFERENCE.search(pattern):
        raise FunctionError("the pattern is not valid")
    repeats = len(_MANY_REPEATS.findall(pattern))
    if _NESTED_REPEAT.search(pattern) or comb(len(text) + repeats, repeats) > _MAX_PATHS:
        raise TooComplex("the pattern is too complex to be evaluated")
    for name, characters in _POSIX.items():
        pattern = pattern.replace(name, characters)
    pattern = pattern.replace(r"\z", r"\Z").replace("(?U)", "")
    try:
        return re.compile(pattern, re.ASCII if pattern.isascii() else 0)
    except (re.error, OverflowError, RecursionError) as error:
        raise FunctionError("the pattern is not valid") from error


def _captures(match: re.Match[str]) -> object:
    if match.re.groupindex:
        return match.groupdict()
    if match.re.groups:
        return list(match.groups())
    return match.group()


def _group(match: re.Match[str], reference: re.Match[str]) -> str:
    name = reference.group(1) or reference.group(2)
    if name is None:
        return "$"
    try:
        return match.group(int(name) if name.isdigit() else name) or ""
    except (IndexError, ValueError):
        return ""
