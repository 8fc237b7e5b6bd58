"""JSON to nodes with spans: of whole files, and of texts inside of others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

from iacreview.model.graph import Problem
from iacreview.model.patterns import later
from iacreview.model.source import Source, Span
from iacreview.parse.data.nodes import DataNode, ListNode, MapNode, ScalarNode

# A key that is written again, and where it was written before.
Repeated: TypeAlias = "tuple[ScalarNode, ScalarNode]"

MAX_DEPTH = 100
MAX_PROBLEMS = 100
# Past this many digits Python refuses to convert, and no property of AWS means such a number.
MAX_DIGITS = 300

_SPACE = later(r"[ \t\n\r]*")
_STRING = r'"([^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*)"'
_KEY = later(rf"[ \t\n\r]*{_STRING}[ \t\n\r]*:[ \t\n\r]*")
_SCALAR = later(rf"{_STRING}|(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)|(true|false|null)")
_NEXT = later(r"[ \t\n\r]*([,\]}])[ \t\n\r]*")
_ESCAPE = later(r"(?:\\u[0-9a-fA-F]{4})+|\\.")
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


class JsonError(Exception):
    """Text that is not JSON: `message` says what was expected at `offset`."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message


def parse_json(
    source: Source, start: int = 0, end: int | None = None, problems: list[Problem] | None = None
) -> DataNode:
    """The one JSON value between `start` and `end` of a source, as RFC 8259 has it.

    Each key and scalar has its span, quotes included. Of keys written twice the last one counts, and each mapping that
    has some is told of in `problems` where that is given. Raises JsonError where the text is not JSON or nested too
    deeply.
    """
    scanner = _Scanner(source, len(source.text) if end is None else end, problems)
    at = scanner.space(start)
    node = scanner.value(at, 0)
    if scanner.space(node.end) != scanner.limit:
        raise JsonError(scanner.space(node.end), "expected the end of the text")
    return node


class _Scanner:
    def __init__(self, source: Source, limit: int, problems: list[Problem] | None) -> None:
        self.source = source
        self.text = source.text
        self.limit = limit
        self.problems = problems

    def space(self, at: int) -> int:
        found = _SPACE.match(self.text, at, self.limit)
        return found.end() if found else at

    def value(self, at: int, depth: int) -> DataNode:
        """The value that starts exactly at `at`."""
        opening = self.text[at : at + 1] if at < self.limit else ""
        if opening in ("{", "["):
            if depth >= MAX_DEPTH:
                raise JsonError(at, f"nested more than {MAX_DEPTH} levels deep")
            return self._object(at, depth) if opening == "{" else self._array(at, depth)
        match = _SCALAR.match(self.text, at, self.limit)
        if match is None:
            raise JsonError(at, self._instead_of_value(opening))
        kind = match.lastindex
        if kind == 1:
            text = unescaped(match.group(1))
            return ScalarNode(text, text, False, None, at, match.end())
        text = match.group()
        value = number(text) if kind == 2 else _WORDS[text]
        return ScalarNode(value, text, True, None, at, match.end())

    def _instead_of_value(self, opening: str) -> str:
        return (
            "expected a string without control characters and its closing quote"
            if opening == '"'
            else "expected a value"
        )

    def _object(self, start: int, depth: int) -> MapNode:
        entries: dict[str, tuple[ScalarNode, DataNode]] = {}
        repeated: list[Repeated] = []
        at = self.space(start + 1)
        if self.text.startswith("}", at, self.limit):
            return MapNode(entries, None, start, at + 1)
        while True:
            match = _KEY.match(self.text, at, self.limit)
            if match is None:
                raise JsonError(at, "expected a key in double quotes and a colon")
            name = unescaped(match.group(1))
            key = ScalarNode(name, name, False, None, match.start(1) - 1, match.end(1) + 1)
            if name in entries:
                repeated.append((key, entries[name][0]))
            node = self.value(match.end(), depth + 1)
            entries[name] = (key, node)
            closed, at = self._next(node.end, "}")
            if closed:
                tell_of_repeated(self.source, repeated, self.problems)
                return MapNode(entries, None, start, at)

    def _array(self, start: int, depth: int) -> ListNode:
        items: list[DataNode] = []
        at = self.space(start + 1)
        if self.text.startswith("]", at, self.limit):
            return ListNode(items, None, start, at + 1)
        while True:
            node = self.value(at, depth + 1)
            items.append(node)
            closed, at = self._next(node.end, "]")
            if closed:
                return ListNode(items, None, start, at)

    def _next(self, at: int, closing: str) -> tuple[bool, int]:
        """Whether the container is closed after `at`, and where it ends or its next item begins."""
        match = _NEXT.match(self.text, at, self.limit)
        found = match.group(1) if match else ""
        if match and found == ",":
            return False, match.end()
        if match and found == closing:
            return True, match.end(1)
        raise JsonError(self.space(at), f"expected ',' or '{closing}'")


def tell_of_repeated(source: Source, repeated: Sequence[Repeated], problems: list[Problem] | None) -> None:
    """Adds what is said of the keys that one mapping has twice: once, where the first of them is repeated."""
    if not repeated or problems is None or len(problems) >= MAX_PROBLEMS:
        return
    key, first = repeated[0]
    more = len(repeated) - 1
    others = f", as are {more} more of the same mapping" if more > 1 else ", as is another of the same mapping"
    line = source.position(first.start).line
    message = f"this key is already written on line {line}{others if more else ''}; only the last one counts"
    problems.append(Problem(message, Span(source, key.start, key.end)))


def unescaped(raw: str) -> str:
    """The text of a JSON string's inside; a surrogate without its other half becomes U+FFFD."""
    return _ESCAPE.sub(_unescape, raw) if "\\" in raw else raw


def _unescape(match: re.Match[str]) -> str:
    escape = match.group()
    if escape[1] != "u":
        return _ESCAPED.get(escape[1], escape[1])
    units = bytes.fromhex(escape.replace("\\u", ""))
    return units.decode("utf-16-be", "replace")


def number(text: str) -> int | float | str:
    """A JSON number; one too large to be meant stays as it is written."""
    if len(text) > MAX_DIGITS:
        return text
    if text.lstrip("-").isdigit():
        return int(text)
    value = float(text)
    return value if value - value == 0 else text
