"""Templates of HCL native syntax: quoted strings, heredocs, and bare text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from iacreview.model.patterns import later
from iacreview.parse.terraform.lexer import ANYWHERE, HclError
from iacreview.parse.terraform.nodes import Template
from iacreview.parse.terraform.pieces import Pieces, TemplateDirective

if TYPE_CHECKING:
    from iacreview.parse.terraform.expressions import Expressions

_SEQUENCE = r"(?P<interpolation>\$\{~?)|(?P<directive>%\{~?)|(?P<literal>\$\$\{|%%\{)"
_LONE = r"(?:\$(?!\$?\{)|%(?!%?\{))"
_QUOTED = later(
    rf"{_SEQUENCE}"
    rf'|(?P<close>")'
    rf'|(?P<escape>\\(?:[nrt"\\]|u[0-9A-Fa-f]{{4}}|U[0-9A-Fa-f]{{8}}))'
    rf'|(?P<text>(?:{_LONE}|[^"\\$%\r\n])(?:{_LONE}|[^"\\$%\r\n])*)'
    rf"|(?P<bad>.|\Z)",
    re.DOTALL,
)
# One line, or what stands before the next sequence.
_LINE = later(
    rf"{_SEQUENCE}|(?P<end>\Z)"
    rf"|(?P<text>(?=[^\r\n]|\r?\n)[^$%\r\n]*(?:{_LONE}[^$%\r\n]*)*(?:\r?\n)?)|(?P<bad>.)",
    re.DOTALL,
)
_LONE_RETURN = later(r"\r(?!\n)")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


def read_quoted(parser: Expressions) -> Template:
    """The template at the current token, which is its opening quote."""
    start, text, limit = parser.start, parser.text, parser.limit
    pieces, at = Pieces(text, by_line=False), parser.end
    while True:
        match = _QUOTED.match(text, at, limit)
        assert match
        kind, first, at = match.lastgroup, at, match.end()
        if kind == "close":
            break
        if kind == "text":
            pieces.add_text(match[0], first, at)
        elif kind == "escape":
            pieces.add_text(_unescape(match[0], first), first, at)
        elif kind == "bad":
            raise _bad_character(match[0], start, first, at)
        else:
            at = _sequence(parser, pieces, match, first)
    parser.end = at
    parser.advance()
    return Template(pieces.parts(), False, start, at)


def read_heredoc(parser: Expressions) -> Template:
    """The template at the current token, which is `<<NAME` or `<<-NAME` with the line's end."""
    start, at, text, limit = parser.start, parser.end, parser.text, parser.limit
    flush = text[start + 2] == "-"
    name = parser.word(start + 2 + flush, start + len(text[start:at].rstrip("\r\n")))
    closing = closing_of(name)
    end = parser.closings.get(name)
    if end is None or end.start() < at:
        end = closing.search(text, at, limit)
    if end is None:
        message = "this heredoc is never closed: expected its name on a line of its own"
        raise HclError(message, start, start + 2 + flush + len(name), unclosed=True)
    parser.closings[name] = end
    plain = _is_plain(text, at, end.start())
    pieces = Pieces(text, by_line=True)
    if plain and not flush:
        pieces.add_text(text[at : end.start()], at, end.start())
        at = end.end()
    else:
        try:
            at = _read_lines(parser, pieces, at, closing)
        except HclError as failure:
            failure.resume = max(failure.resume, end.end())
            raise
    if flush:
        pieces.dedent()
    parser.end = at
    parser.advance()
    return Template(pieces.parts(), True, start, at)


def closing_of(name: str) -> re.Pattern[str]:
    """The line that closes a heredoc of a name, without its end."""
    return re.compile(rf"^[^\S\r\n]*{re.escape(name)}(?=[^\S\r\n]*\r?\n)", re.MULTILINE)


def read_bare(parser: Expressions, start: int, end: int) -> Template:
    """The text between two offsets as a template without quotes."""
    pieces = Pieces(parser.text, by_line=True)
    _read_lines(parser, pieces, start, None)
    return Template(pieces.parts(), False, start, end)


def _read_lines(parser: Expressions, pieces: Pieces, at: int, closing: re.Pattern[str] | None) -> int:
    """Add the lines up to the one that closes a heredoc, or up to the end; returns the offset after it."""
    text, limit, at_line_start = parser.text, parser.limit, True
    while True:
        if at_line_start and closing and (end := closing.match(text, at, limit)):
            return end.end()
        match = _LINE.match(text, at, limit)
        assert match
        kind, first, at = match.lastgroup, at, match.end()
        if kind == "text":
            pieces.add_text(match[0], first, at)
            at_line_start = text[at - 1] == "\n"
        elif kind == "end":
            if closing:
                raise HclError("this heredoc is never closed", parser.start, limit, unclosed=True)
            return at
        elif kind == "bad":
            raise HclError("a carriage return must be followed by a line feed", first, at)
        else:
            at = _sequence(parser, pieces, match, first)
            at_line_start = False


def _is_plain(text: str, start: int, end: int) -> bool:
    return (
        text.find("${", start, end) < 0
        and text.find("%{", start, end) < 0
        and not _LONE_RETURN.search(text, start, end)
    )


def _sequence(parser: Expressions, pieces: Pieces, match: re.Match[str], start: int) -> int:
    """Add what `${`, `%{`, `$${` or `%%{` begins; returns the offset after it."""
    if match.lastgroup == "literal":
        pieces.add_text(match[0][1:], start, match.end())
        return match.end()
    if match[0].endswith("~"):
        pieces.strip_before()
    outer, parser.scan = parser.scan, ANYWHERE
    parser.start, parser.end = start, match.end()
    parser.advance()
    if match.lastgroup == "interpolation":
        pieces.items.append(parser.expression())
    else:
        pieces.items.append(_directive(parser, start))
    if parser.kind != "}" and parser.kind != "~}":
        parser.fail("expected `}` at the end of the template sequence")
    last = pieces.items[-1]
    if isinstance(last, TemplateDirective):
        last.end = parser.end
    pieces.strip_next = parser.kind == "~}"
    parser.scan = outer
    return parser.end


def _directive(parser: Expressions, start: int) -> TemplateDirective:
    keyword = parser.text[parser.start : parser.end]
    if parser.kind != "name" or keyword not in ("if", "else", "endif", "for", "endfor"):
        parser.fail("expected `if`, `else`, `endif`, `for` or `endfor`")
    directive = TemplateDirective(keyword, start, parser.end)
    parser.advance()
    if keyword == "if":
        directive.expression = parser.expression()
    elif keyword == "for":
        directive.key, directive.value, directive.expression = parser.for_clause()
    return directive


def _unescape(escape: str, start: int) -> str:
    if escape[1] not in "uU":
        return _ESCAPES[escape[1]]
    code = int(escape[2:], 16)
    if code > 0x10FFFF or 0xD800 <= code < 0xE000:
        raise HclError("this escape sequence names no character", start, start + len(escape))
    return chr(code)


def _bad_character(found: str, opening: int, start: int, end: int) -> HclError:
    if found == "\\":
        return HclError("this escape sequence is not known", start, end + 1)
    return HclError('expected `"` at the end of the string, on the same line', opening, start)
