"""The pieces of a template in the order written: stripped, dedented, and put together to parts."""

from __future__ import annotations

from typing import TypeAlias

from iacreview.parse.terraform.lexer import MAX_DEPTH, HclError
from iacreview.parse.terraform.nodes import Expression, TemplateFor, TemplateIf, TemplatePart, TemplateText

# Unicode's white space as Terraform knows it; str.isspace also has the separators U+001C to U+001F.
_BLANKS = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"


class TemplateDirective:
    """%{ if }, %{ else }, %{ endif }, %{ for } or %{ endfor }, not yet matched with its end."""

    __slots__ = ("end", "expression", "key", "keyword", "start", "value")

    def __init__(self, keyword: str, start: int, end: int) -> None:
        self.keyword = keyword
        self.start = start
        self.end = end
        self.expression: Expression | None = None
        self.key: str | None = None
        self.value = ""


Piece: TypeAlias = "TemplateText | Expression | TemplateDirective"


class Pieces:
    """Texts, expressions and directives of one template.

    `by_line` is set for heredocs and bare templates, where a strip marker reaches to the end of the line only.
    """

    __slots__ = ("by_line", "items", "source", "strip_next")

    def __init__(self, source: str, by_line: bool) -> None:
        self.source = source
        self.by_line = by_line
        self.items: list[Piece] = []
        self.strip_next = False

    def add_text(self, value: str, start: int, end: int) -> None:
        """Adds literal text, less the blanks that a directive before it strips."""
        if self.strip_next:
            stripped = value.lstrip(_BLANKS)
            self.strip_next = not stripped and not (self.by_line and value.endswith("\n"))
            start = end - len(stripped)
            value = stripped
        self.items.append(TemplateText(value, start, end))

    def strip_before(self) -> None:
        """Apply a `~` that follows: the text just before loses the blanks at its end."""
        self.strip_next = False
        last = True
        for item in reversed(self.items):
            if not isinstance(item, TemplateText) or (self.by_line and not last and item.value.endswith("\n")):
                return
            stripped = item.value.rstrip(_BLANKS)
            if len(stripped) < len(item.value):
                item.end = item.start + len(stripped)
                item.value = stripped
            if stripped:
                return
            last = False

    def dedent(self) -> None:
        """Take away the indentation that all lines have in common, as `<<-` does.

        Blank lines do not count. What follows a stripped line end is not the start of a line, just as in Terraform.
        """
        first, at_start = [], True
        for item in self.items:
            text = item.value if isinstance(item, TemplateText) else None
            if at_start and not (text and not text.strip(_BLANKS) and text.endswith("\n")):
                first.append(item)
            at_start = bool(text and text.endswith("\n"))
        width = min((_indentation(item) for item in first), default=0)
        if width:
            for item in first:
                assert isinstance(item, TemplateText)
                item.value = item.value[width:]
                item.start += width

    def parts(self) -> list[TemplatePart]:
        """The parts, with directives matched to their ends. Raises HclError where one has none."""
        return _nested(self._joined())

    def _joined(self) -> list[Piece]:
        """Neighbouring texts without escapes become one; empty ones go."""
        joined: list[Piece] = []
        runs: list[TemplateText] = []
        last: TemplateText | None = None
        for item in self.items:
            if not isinstance(item, TemplateText):
                joined.append(item)
                last = None
            elif item.value:
                raw = len(item.value) == item.end - item.start
                if raw and last and last.end == item.start:
                    last.end = item.end
                else:
                    joined.append(item)
                    last = item if raw else None
                    runs += [item] if raw else []
        for text in runs:
            text.value = self.source[text.start : text.end]
        return joined


def _indentation(item: Piece) -> int:
    return len(item.value) - len(item.value.lstrip(_BLANKS)) if isinstance(item, TemplateText) else 0


class _Open:
    """A directive whose end has not come yet."""

    __slots__ = ("directive", "otherwise", "then")

    def __init__(self, directive: TemplateDirective | None) -> None:
        self.directive = directive
        self.then: list[TemplatePart] = []
        self.otherwise: list[TemplatePart] | None = None

    @property
    def current(self) -> list[TemplatePart]:
        return self.then if self.otherwise is None else self.otherwise


def _nested(items: list[Piece]) -> list[TemplatePart]:
    stack = [_Open(None)]
    for item in items:
        if not isinstance(item, TemplateDirective):
            stack[-1].current.append(item)
        elif item.keyword in ("if", "for"):
            if len(stack) > MAX_DEPTH:
                raise HclError(f"nested more than {MAX_DEPTH} levels deep", item.start, item.end)
            stack.append(_Open(item))
        else:
            _end(stack, item)
    if directive := stack[-1].directive:
        raise HclError(f"expected `%{{ end{directive.keyword} }}` for this directive", directive.start, directive.end)
    return stack[0].then


def _end(stack: list[_Open], item: TemplateDirective) -> None:
    """Apply `else`, `endif` or `endfor` to the directive it belongs to."""
    top = stack[-1]
    wanted = "for" if item.keyword == "endfor" else "if"
    fits = top.directive is not None and top.directive.keyword == wanted
    if not fits or (item.keyword == "else" and top.otherwise is not None):
        raise HclError(f"unexpected `{item.keyword}`: there is no `{wanted}` that it belongs to", item.start, item.end)
    if item.keyword == "else":
        top.otherwise = []
        return
    stack.pop()
    stack[-1].current.append(_directive_node(top, item.end))


def _directive_node(opened: _Open, end: int) -> TemplatePart:
    directive = opened.directive
    assert directive is not None
    assert directive.expression is not None
    if directive.keyword == "if":
        return TemplateIf(directive.expression, opened.then, opened.otherwise or [], directive.start, end)
    return TemplateFor(directive.key, directive.value, directive.expression, opened.then, directive.start, end)
