"""Tokens of HCL native syntax: the patterns, and the cursor that the parser moves over a source."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from iacreview.model.patterns import later
from iacreview.model.source import Source

# How deep expressions, blocks and template directives may nest. Real configurations stay below 20.
MAX_DEPTH = 256

# Any character beyond ASCII passes here, and `Cursor.word` tells letters from others. A class of what is excluded
# compiles ten times faster than one of what is included.
NAME = r"[^\x00-@\[-\^`\{-\x7f][^\x00-,./:-@\[-\^`\{-\x7f]*"
_COMMENT = r"(?:\#|//)[^\n]*"
_LONG_COMMENT = r"/\*.*?\*/"
_NEWLINE = rf"(?:{_COMMENT})?\r?\n"
_SKIP_IN_LINE = rf"[ \t]*(?:{_LONG_COMMENT}[ \t]*)*"
_SKIP_ALL = rf"(?:[ \t\n]+|\r\n|{_COMMENT}|{_LONG_COMMENT})*"

# `op` stands for itself: its text becomes the token's kind. A string without escapes and templates is one token.
_TOKEN = rf"""
(?: (?P<name>{NAME})
  | (?P<string>"[^"\\$%\r\n]*(?:[$%](?!\{{)[^"\\$%\r\n]*)*")
  | (?P<attribute>\.{NAME})
  | (?P<newline>{_NEWLINE}(?:[ \t]*{_NEWLINE})*)
  | (?P<eof>(?:{_COMMENT})?\Z)
  | (?P<number>[0-9](?:\.*(?:[0-9]|[eE][+-]?[0-9]))*)
  | (?P<heredoc><<-?{NAME}\r?\n)
  | (?P<op>\.\.\.|::|&&|\|\||==|!=|<=|>=|=>|~\}}|[-+*/%<>!?:=.,()\[\]{{}}])
  | (?P<quote>")
  | (?P<bad>.)
)"""

_FLAGS = re.VERBOSE | re.DOTALL
IN_LINE = later(_SKIP_IN_LINE + _TOKEN, _FLAGS).match
ANYWHERE = later(_SKIP_ALL + _TOKEN, _FLAGS).match

# What may stand in a body: most attributes are recognised up to their `=` in one step.
ITEM = later(
    _SKIP_ALL + rf"(?:(?P<attribute>{NAME})[\ \t]*=(?![=>])|(?P<name>{NAME})|(?P<close>\}})|(?P<eof>\Z)|(?P<other>.))",
    _FLAGS,
).match

# Compiled only where they are needed, which is seldom.
_BEFORE = r"(\.\.\.|=>|[=!<>]=|&&|\|\||[$%]\{~?|[^\w\s\"]|\b(?:if|in|for)\b)\s*\Z"
_NUMBER = r"[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?"
_MAX_DIGITS = 1000


class HclError(Exception):
    """The text cannot be HCL: what was expected, where, and from where on the rest may be read again.

    `unclosed` is set where it is not clear which part of the text belongs to what failed.
    """

    def __init__(self, message: str, start: int, end: int, resume: int | None = None, unclosed: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end
        self.resume = end if resume is None else resume
        self.unclosed = unclosed


class Cursor:
    """The current token of a source between two offsets: its kind, start and end.

    `scan` is IN_LINE where line ends are tokens and ANYWHERE where they are blanks, as between brackets.
    """

    __slots__ = ("closings", "depth", "end", "kind", "limit", "scan", "source", "start", "text")

    def __init__(self, source: Source, start: int, end: int) -> None:
        self.source = source
        self.text = source.text
        self.limit = end
        self.start = start
        self.end = start
        self.kind: str = ""
        self.depth = 0
        self.scan: Any = IN_LINE
        # By name, the next line that closes a heredoc: nested ones are not to search the whole text each.
        self.closings: dict[str, re.Match[str]] = {}

    def advance(self) -> None:
        """Go to the next token."""
        match = self.scan(self.text, self.end, self.limit)
        kind = match.lastgroup
        self.start, self.end = match.span(kind)
        self.kind = kind if kind != "op" else match[kind]

    def word(self, start: int, end: int) -> str:
        """The name between two offsets. Raises HclError where a character is not allowed in a name."""
        name = self.text[start:end]
        if not name.isascii():
            for at, character in enumerate(name):
                if character != "-" and not (character if at == 0 else f"a{character}").isidentifier():
                    raise HclError("this character is not allowed here", start + at, start + at + 1)
        return name

    def at_word(self, word: str) -> bool:
        return self.kind == "name" and self.text[self.start : self.end] == word

    def deepen(self) -> None:
        """Count one level of nesting more. Raises HclError beyond MAX_DEPTH."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise HclError(f"nested more than {MAX_DEPTH} levels deep", self.start, self.end, unclosed=True)

    def expect(self, kind: str, context: str) -> None:
        """Step over a token of a kind."""
        if self.kind != kind:
            self.fail(f"expected {'a name' if kind == 'name' else f'`{kind}`'} {context}")
        self.advance()

    def fail(self, expected: str) -> NoReturn:
        """Raise HclError at the current token. The message shows no name or string: it may be a secret."""
        text, start, end = self.text, self.start, self.end
        if text.startswith("/*", start, self.limit):
            raise HclError("this comment is never closed: expected `*/`", start, start + 2, unclosed=True)
        if self.kind == "newline":
            end = start
        raise HclError(f"{expected}, found {self._found()}", start, end)

    def fail_expression(self) -> NoReturn:
        before = re.compile(_BEFORE).search(self.text, max(0, self.start - 200), self.start)
        self.fail(f"expected an expression after `{before[1]}`" if before else "expected an expression")

    def _found(self) -> str:
        names = {
            "newline": "the end of the line",
            "eof": "the end of the file",
            "name": "a name",
            "attribute": "`.`",
            "number": "a number",
            "string": "a string",
            "quote": "a string",
            "heredoc": "a heredoc",
            "bad": "a character that is not allowed here",
        }
        return names.get(self.kind) or f"`{self.kind}`"


def number(text: str, start: int, end: int) -> int | float:
    """The value of a number literal; whole numbers are exact. Raises HclError where it is none."""
    digits = text[start:end]
    if end - start > _MAX_DIGITS:
        raise HclError("this number is too long", start, end)
    if digits.isdigit():
        return int(digits)
    if not re.fullmatch(_NUMBER, digits):
        raise HclError("this is not a valid number", start, end)
    value = float(digits)
    if value == float("inf"):
        raise HclError("this number is too large", start, end)
    return value
