"""Patterns of paths, as people write them in the configuration."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class PathPatterns:
    """Some patterns; a path matches if any does.

    `*` stands for any characters but the slash, `?` for one of them, `**` for any number of whole parts.
    A pattern that matches a directory matches all below it. One without a slash (`*.gen.tf`, `examples`) matches a
    name at any depth; one with a slash, or with a leading one (`/examples`), is anchored at the root.
    Matching takes at most length of the pattern times length of the path.
    """

    __slots__ = ("_patterns",)

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = [_parts(pattern) for pattern in patterns]

    def matches(self, path: str) -> bool:
        """Whether a path in the tree's spelling matches one of the patterns."""
        parts = path.split("/")
        return any(_match_parts(pattern, parts) for pattern in self._patterns)


def starred(pattern: str, text: str) -> bool:
    """Whether a text is as a pattern says in which `*` alone is special: it stands for anything."""
    first, *others = pattern.split("*")
    if not others:
        return pattern == text
    at, end = len(first), len(text) - len(others[-1])
    if at > end or not (text.startswith(first) and text.endswith(others[-1])):
        return False
    for part in others[:-1]:
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def _parts(pattern: str) -> list[str]:
    anchored = "/" in pattern.rstrip("/")
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    return [*parts, "**"] if anchored else ["**", *parts, "**"]


def _match_parts(pattern: Sequence[str], parts: Sequence[str]) -> bool:
    """Both matchers go back to the last star alone: what an earlier star took need never be taken anew."""
    at = place = 0
    star, mark = -1, 0
    while place < len(parts):
        if at < len(pattern) and pattern[at] == "**":
            star, mark = at, place
            at += 1
        elif at < len(pattern) and _match_name(pattern[at], parts[place]):
            at += 1
            place += 1
        elif star >= 0:
            mark += 1
            at, place = star + 1, mark
        else:
            return False
    return all(part == "**" for part in pattern[at:])


def _match_name(pattern: str, name: str) -> bool:
    if "*" not in pattern and "?" not in pattern:
        return pattern == name
    at = place = 0
    star, mark = -1, 0
    while place < len(name):
        if at < len(pattern) and pattern[at] == "*":
            star, mark = at, place
            at += 1
        elif at < len(pattern) and pattern[at] in ("?", name[place]):
            at += 1
            place += 1
        elif star >= 0:
            mark += 1
            at, place = star + 1, mark
        else:
            return False
    return not pattern[at:].strip("*")
