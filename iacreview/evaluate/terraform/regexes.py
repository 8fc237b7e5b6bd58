"""regex, regexall and replace, on the engine whose semantics Terraform's own have."""

from __future__ import annotations

import re
from functools import partial
from itertools import islice
from typing import Any

from iacreview import regular
from iacreview.evaluate.terraform.functions.call import FunctionError, TooComplex
from iacreview.regular import PatternError, TooCostlyError

_MAX_RESULT = 4_000_000
_GO_GROUP = re.compile(r"\$(?:(\w+)|\{(\w+)\})|\$\$")


def regex(pattern: str, text: str) -> object:
    """The match: the whole text, or a list or map of its groups. Raises FunctionError where there is none."""
    found = _captured(pattern, text, 1)
    if not found:
        raise FunctionError("the pattern does not match")
    return found[0]


def regexall(pattern: str, text: str) -> list[object]:
    """All matches."""
    return _captured(pattern, text)


def replace(text: str, search: str, replacement: str) -> str:
    """Replaces a string, or a pattern between slashes (with $1, ${name})."""
    if len(search) > 1 and search.startswith("/") and search.endswith("/"):
        return _substituted(search[1:-1], text, replacement)
    if len(replacement) * (text.count(search) + 1) > _MAX_RESULT:
        raise TooComplex("the result is too long")
    return text.replace(search, replacement)


def _substituted(pattern: str, text: str, replacement: str) -> str:
    parts: list[str] = []
    at = size = 0
    for match in _matches(pattern, text):
        new = _GO_GROUP.sub(partial(_group, match), replacement)
        size += len(new)
        if size > _MAX_RESULT:
            raise TooComplex("the result is too long")
        parts += (text[at : match.start()], new)
        at = match.end()
    return "".join((*parts, text[at:]))


def _matches(pattern: str, text: str, most: int | None = None) -> list[Any]:
    """The matches, `most` of them. Raises FunctionError for a pattern that Terraform refuses, too, and TooComplex."""
    try:
        return list(islice(regular.matches(pattern, text), most))
    except PatternError as error:
        raise FunctionError(str(error)) from error
    except TooCostlyError as error:
        raise TooComplex(str(error)) from error


def _captured(pattern: str, text: str, most: int | None = None) -> list[object]:
    found = _matches(pattern, text, most)
    groups, names = regular.compiled(pattern).groups, regular.compiled(pattern).groupindex
    if names and len(names) < groups:
        raise FunctionError("a pattern has either named groups or unnamed ones")
    if names:
        return [match.groupdict() for match in found]
    return [list(match.groups()) if groups else match.group() for match in found]


def _group(match: Any, reference: re.Match[str]) -> str:
    name = reference.group(1) or reference.group(2)
    if name is None:
        return "$"
    try:
        return match.group(int(name) if name.isdecimal() else name) or ""
    except (IndexError, ValueError):
        return ""
