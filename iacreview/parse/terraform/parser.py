"""The parser of HCL native syntax as Terraform has it: source text to nodes and problems."""

from __future__ import annotations

import re
import sys

from iacreview.model.graph import Problem
from iacreview.model.source import Source, Span
from iacreview.parse.terraform.expressions import Expressions
from iacreview.parse.terraform.lexer import ANYWHERE, IN_LINE, ITEM, NAME, HclError
from iacreview.parse.terraform.nodes import Attribute, Block, Body, Expression, Label, Template, TemplateText
from iacreview.parse.terraform.templates import closing_of, read_bare, read_quoted

_MAX_PROBLEMS = 100
# How often the text is read again from a block or heredoc that has no end, and how many ends are looked for.
_MAX_REWINDS = 3
# MAX_DEPTH levels of up to nine calls each, over what the caller has used.
_RECURSION_LIMIT = 5000

# Compiled only where something is wrong.
_RESUME = (
    rf"^(?P<block>{NAME}(?:[ \t]+{NAME}|[ \t]*\"[^\"\n]*\")*[ \t]*\{{)"
    rf"|^(?P<attribute>{NAME}[ \t]*=(?![=>]))"
    rf"|<<-?(?P<heredoc>{NAME})\r?\n"
)


def parse_body(source: Source) -> tuple[Body, list[Problem]]:
    """A file's body, and what could not be read.

    Never raises. Where an item of the file is invalid it is left out, and reading goes on at the next block or
    attribute that starts a line; of attributes that are defined twice the first one stays. What is accepted is
    what `terraform fmt` accepts, but for more than MAX_DEPTH levels of nesting.
    """
    parser = _Bodies(source, 1 if source.text.startswith("\ufeff") else 0, len(source.text))
    with _Deep():
        return parser.file(), parser.problems


def parse_expression(source: Source, start: int = 0, end: int | None = None) -> tuple[Expression | None, list[Problem]]:
    """The expression between two offsets, in which line ends are blanks; None and a problem where there is none."""
    parser = Expressions(source, start, len(source.text) if end is None else end)
    parser.scan = ANYWHERE
    with _Deep():
        try:
            parser.advance()
            expression = parser.expression()
            if parser.kind != "eof":
                parser.fail("expected nothing after the expression")
        except HclError as failure:
            return None, [_problem(source, failure)]
    return expression, []


def parse_template(source: Source, start: int, end: int) -> tuple[Template, list[Problem]]:
    """The text between two offsets as a template without quotes, as in .tf.json strings and templatefile.

    Where it is invalid, the template has no parts and the problem says why.
    """
    with _Deep():
        try:
            return read_bare(Expressions(source, start, end), start, end), []
        except HclError as failure:
            return Template([], False, start, end), [_problem(source, failure)]


class _Deep:
    """Room for MAX_DEPTH levels of recursive descent; what was set before comes back at the end."""

    __slots__ = ("before",)

    def __enter__(self) -> None:
        self.before = sys.getrecursionlimit()
        if self.before < _RECURSION_LIMIT:
            sys.setrecursionlimit(_RECURSION_LIMIT)

    def __exit__(self, *_: object) -> None:
        sys.setrecursionlimit(self.before)


class _Bodies(Expressions):
    """Reads attributes and blocks."""

    __slots__ = ("problems", "rewinds")

    def __init__(self, source: Source, start: int, end: int) -> None:
        super().__init__(source, start, end)
        self.problems: list[Problem] = []
        self.rewinds = 0

    def file(self) -> Body:
        """The whole source, read on after each failure."""
        body = Body({}, [], self.start, self.limit)
        at: int | None = self.end
        while at is not None:
            try:
                self._items(body, at, None)
                at = None
            except HclError as failure:
                self.problems.append(_problem(self.source, failure))
                at = self._resume(failure)
        return body

    def _resume(self, failure: HclError) -> int | None:
        """Where to read on after a failure; None where there is no such place."""
        self.depth = 0
        self.scan = IN_LINE
        self.rewinds += failure.unclosed
        if len(self.problems) >= _MAX_PROBLEMS or self.rewinds > _MAX_REWINDS:
            return None
        item = re.compile(_RESUME, re.MULTILINE)
        missing: set[str] = set()
        at = self.text.find("\n", max(failure.resume - 1, 0))
        while at >= 0 and (match := item.search(self.text, at, self.limit)):
            if match["heredoc"] is None:
                return match.start()
            at = match.end()
            if match["heredoc"] not in missing and len(missing) < _MAX_REWINDS:
                end = closing_of(match["heredoc"]).search(self.text, at, self.limit)
                at = end.end() if end else at
                missing |= set() if end else {match["heredoc"]}
        return None

    def _items(self, body: Body, at: int, opening: HclError | None) -> int:
        """Add the items from an offset on to a body; returns the offset after its closing brace.

        `opening` is what to raise where the file ends before that; None for the file itself.
        """
        text, limit = self.text, self.limit
        while True:
            match = ITEM(text, at, limit)
            assert match
            kind = match.lastgroup
            if kind == "attribute":
                self.end = match.end()
                at = self._attribute(body, *match.span(kind))
            elif kind == "name":
                at = self._item_by_token(body, *match.span(kind))
            elif kind == "close" and (opening or self.problems):
                at = match.end()
                if opening:
                    return at
            elif kind == "eof":
                if opening:
                    raise opening
                return limit
            else:
                self._fail_item(match.start(kind or 0))

    def _fail_item(self, start: int) -> None:
        self.scan = IN_LINE
        self.end = start
        self.advance()
        if self.kind == "}":
            self.fail("expected an attribute or a block: no block is open here")
        self.fail("expected the name of an attribute or a block")

    def _item_by_token(self, body: Body, start: int, end: int) -> int:
        self.end = end
        self.advance()
        if self.kind == "=":
            return self._attribute(body, start, end)
        return self._block(body, start, end)

    def _attribute(self, body: Body, start: int, name_end: int, closing: str = "newline") -> int:
        """Read the value after `=` and the end of the line; returns the offset after it."""
        name = self.word(start, name_end)
        self.advance()
        expression = self.expression()
        if self.kind != closing and (self.kind != "eof" or closing != "newline"):
            self.fail(f"expected {'a new line' if closing == 'newline' else '`}`'} after the value of the attribute")
        if name in body.attributes:
            message = "this attribute is defined twice in the same body"
            self.problems.append(Problem(message, Span(self.source, start, name_end)))
        else:
            body.attributes[name] = Attribute(name, name_end, expression, start, expression.end)
        return self.end

    def _block(self, body: Body, start: int, end: int) -> int:
        type = self.word(start, end)
        labels: list[Label] = []
        while self.kind != "{":
            labels.append(self._label())
        header_end = labels[-1].end if labels else end
        unclosed = HclError("this block is never closed: expected `}`", start, header_end, self.end, unclosed=True)
        inner = Body({}, [], self.end, self.end)
        self.deepen()
        close = self._block_body(inner, unclosed)
        self.depth -= 1
        inner.end = close - 1
        body.blocks.append(Block(type, labels, inner, header_end, start, close))
        self.end = close
        self.advance()
        if self.kind != "newline" and self.kind != "eof":
            self.fail("expected a new line after the block")
        return self.end

    def _block_body(self, body: Body, unclosed: HclError) -> int:
        """Read what stands after `{`; returns the offset after `}`."""
        self.advance()
        if self.kind == "newline" or self.kind == "eof":
            return self._items(body, self.end, unclosed)
        if self.kind == "}":
            return self.end
        start, end = self.start, self.end
        self.expect("name", "of the attribute, `}` or a new line after `{`")
        if self.kind != "=":
            self.fail("expected `=`: a block on one line holds one attribute")
        return self._attribute(body, start, end, "}")

    def _label(self) -> Label:
        start, end = self.start, self.end
        if self.kind == "string":
            text = self.text[start + 1 : end - 1]
            self.advance()
        elif self.kind == "name":
            text = self.word(start, end)
            self.advance()
        elif self.kind == "quote":
            template = read_quoted(self)
            end = template.end
            text = "".join(self._label_text(part) for part in template.parts)
        else:
            self.fail("expected a label or `{` after the type of the block")
        return Label(text, start, end)

    def _label_text(self, part: object) -> str:
        if not isinstance(part, TemplateText):
            raise HclError("a label is a plain string: expected no template", part.start, part.end)  # type: ignore[attr-defined]
        return part.value


def _problem(source: Source, failure: HclError) -> Problem:
    return Problem(failure.message, Span(source, failure.start, min(failure.end, len(source.text))))
