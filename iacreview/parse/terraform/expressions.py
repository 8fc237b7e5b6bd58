"""Expressions of HCL native syntax: recursive descent, with precedence climbing for the operators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from iacreview.parse.terraform.lexer import ANYWHERE, IN_LINE, Cursor, HclError, number
from iacreview.parse.terraform.nodes import (
    Binary,
    Call,
    Conditional,
    Expression,
    For,
    GetAttr,
    Index,
    Literal,
    Name,
    Object,
    Parens,
    Splat,
    SplatItem,
    Template,
    TemplateText,
    Tuple,
    Unary,
)
from iacreview.parse.terraform.templates import read_heredoc, read_quoted

_PRECEDENCE = {
    "||": 1,
    "&&": 2,
    "==": 3,
    "!=": 3,
    "<": 4,
    ">": 4,
    "<=": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "%": 6,
}
_STEPS = frozenset(("attribute", "[", "."))
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


class Expressions(Cursor):
    """Reads expressions at the current token, and stops at the first token that belongs to none."""

    __slots__ = ()

    def expression(self) -> Expression:
        """The expression that starts at the current token. Raises HclError."""
        self.deepen()
        node = self._operand()
        if self.kind in _PRECEDENCE:
            node = self._operation(node, 1)
        if self.kind == "?":
            node = self._conditional(node)
        self.depth -= 1
        return node

    def _operation(self, left: Expression, lowest: int) -> Expression:
        while (precedence := _PRECEDENCE.get(self.kind, 0)) >= lowest:
            operator = self.kind
            self.advance()
            right = self._operand()
            while _PRECEDENCE.get(self.kind, 0) > precedence:
                right = self._operation(right, precedence + 1)
            left = Binary(operator, left, right, left.start, right.end)
        return left

    def _conditional(self, condition: Expression) -> Expression:
        self.advance()
        then = self.expression()
        self.expect(":", "and the other value of the conditional")
        otherwise = self.expression()
        return Conditional(condition, then, otherwise, condition.start, otherwise.end)

    def _operand(self) -> Expression:
        start, end = self.start, self.end
        if self.kind == "string":
            parts: list[Any] = [TemplateText(self.text[start + 1 : end - 1], start + 1, end - 1)]
            node: Expression = Template(parts if end - start > 2 else [], False, start, end)
            self.advance()
        elif self.kind == "name":
            node = self._name()
        else:
            read = _OPERANDS.get(self.kind)
            if read is None:
                self.fail_expression()
            node = read(self)
        return self._steps(node) if self.kind in _STEPS else node

    def _name(self) -> Expression:
        start, end = self.start, self.end
        name = self.word(start, end)
        self.advance()
        if self.kind == "(" or self.kind == "::":
            return self._call(name, start)
        if name in _CONSTANTS:
            return Literal(_CONSTANTS[name], start, end)
        return Name(name, start, end)

    def _number(self) -> Expression:
        start, end = self.start, self.end
        node = Literal(number(self.text, start, end), start, end)
        self.advance()
        return node

    def _unary(self) -> Expression:
        operator, start = self.kind, self.start
        self.deepen()
        self.advance()
        operand = self._operand()
        self.depth -= 1
        return Unary(operator, operand, start, operand.end)

    def _parens(self) -> Expression:
        start, outer = self.start, self._open()
        inner = self.expression()
        return Parens(inner, start, self._close(")", outer, "after the expression in parentheses"))

    def _tuple(self) -> Expression:
        start, outer = self.start, self._open()
        if self.at_word("for"):
            return self._for(start, "]", outer)
        items: list[Expression] = []
        while self.kind != "]":
            items.append(self.expression())
            if self.kind != ",":
                break
            self.advance()
        return Tuple(items, start, self._close("]", outer, "or `,` after the item"))

    def _object(self) -> Expression:
        start, outer = self.start, self.scan
        self.scan = IN_LINE
        self.advance()
        self._skip_newline()
        if self.at_word("for"):
            self.scan = ANYWHERE
            return self._for(start, "}", outer)
        items: list[tuple[Expression, Expression]] = []
        while self.kind != "}" and self.kind != "eof":
            items.append(self._item())
            if self.kind == ",":
                self.advance()
            elif self.kind not in ("newline", "}"):
                self.fail("expected `,`, a new line or `}` after the value")
            self._skip_newline()
        return Object(items, start, self._close("}", outer, "after the items"))

    def _item(self) -> tuple[Expression, Expression]:
        key = self.expression()
        if self.kind != "=" and self.kind != ":":
            self.fail("expected `=` or `:` after the key")
        self.advance()
        return key, self.expression()

    def _for(self, start: int, closing: str, outer: Any) -> Expression:
        self.advance()
        key, value, collection = self.for_clause()
        self.expect(":", "after the collection of `for`")
        result_key, result = None, self.expression()
        grouping = False
        if self.kind == "=>" and closing == "}":
            self.advance()
            result_key, result = result, self.expression()
            if self.kind == "...":
                grouping = True
                self.advance()
        elif closing == "}":
            self.fail("expected `=>` and a value after the key")
        condition = None
        if self.at_word("if"):
            self.advance()
            condition = self.expression()
        end = self._close(closing, outer, "at the end of the `for` expression")
        return For(key, value, collection, result_key, result, condition, grouping, start, end)

    def for_clause(self) -> tuple[str | None, str, Expression]:
        """`key, value in collection` of a `for` expression or directive."""
        key, value = None, self._variable()
        if self.kind == ",":
            self.advance()
            key, value = value, self._variable()
        if not self.at_word("in"):
            self.fail("expected `in` and a collection")
        self.advance()
        return key, value, self.expression()

    def _variable(self) -> str:
        start, end = self.start, self.end
        self.expect("name", "for the variable of `for`")
        return self.word(start, end)

    def _call(self, name: str, start: int) -> Expression:
        while self.kind == "::":
            self.advance()
            first, last = self.start, self.end
            self.expect("name", "after `::`")
            name = f"{name}::{self.word(first, last)}"
        if self.kind != "(":
            self.fail("expected `(` after the name of the function")
        outer = self._open()
        args: list[Expression] = []
        expand = False
        while self.kind != ")" and not expand:
            args.append(self.expression())
            if self.kind == "...":
                expand = True
            elif self.kind != ",":
                break
            self.advance()
        return Call(name, args, expand, start, self._close(")", outer, "at the end of the arguments"))

    def _steps(self, node: Expression) -> Expression:
        while True:
            if self.kind == "attribute":
                node = self._attribute_step(node)
            elif self.kind == "[":
                node = self._bracket(node)
            elif self.kind == ".":
                node = self._dot(node)
            else:
                return node

    def _attribute_step(self, node: Expression) -> Expression:
        step = GetAttr(node, self.word(self.start + 1, self.end), node.start, self.end)
        self.advance()
        return step

    def _bracket(self, node: Expression) -> Expression:
        start, outer = self.start, self._open()
        if self.kind == "*":
            self.advance()
            end = self._close("]", outer, "after `[*`")
            self.deepen()
            each = self._steps(SplatItem(start, end))
            self.depth -= 1
            return Splat(node, each, True, node.start, each.end)
        key = self.expression()
        return Index(node, key, node.start, self._close("]", outer, "after the index"))

    def _dot(self, node: Expression) -> Expression:
        """`.0`, `.*`, or a name after blanks."""
        dot = self.start
        self.advance()
        if self.kind != "*":
            return self._legacy_step(node)
        each: Expression = SplatItem(dot, self.end)
        self.advance()
        while self.kind == "attribute" or self.kind == ".":
            if self.kind == ".":
                self.advance()
                each = self._legacy_step(each)
            else:
                each = self._attribute_step(each)
        return Splat(node, each, False, node.start, each.end)

    def _legacy_step(self, node: Expression) -> Expression:
        start, end = self.start, self.end
        if self.kind == "number":
            name = self.text[start:end]
            if "." in name:
                raise HclError("`.0.1` is ambiguous: expected an index in brackets", start, end)
        elif self.kind == "name":
            name = self.word(start, end)
        else:
            self.fail("expected the name of an attribute after `.`")
        self.advance()
        return GetAttr(node, name, node.start, end)

    def _template(self) -> Expression:
        return read_quoted(self)

    def _heredoc(self) -> Expression:
        return read_heredoc(self)

    def _skip_newline(self) -> None:
        while self.kind == "newline":
            self.advance()

    def _open(self) -> Any:
        """Step over an opening bracket: line ends do not count until `_close`."""
        outer, self.scan = self.scan, ANYWHERE
        self.advance()
        return outer

    def _close(self, closing: str, outer: Any, context: str) -> int:
        if self.kind != closing:
            self.fail(f"expected `{closing}` {context}")
        end = self.end
        self.scan = outer
        self.advance()
        return end


_OPERANDS: dict[str, Callable[[Expressions], Expression]] = {
    "number": Expressions._number,
    "[": Expressions._tuple,
    "{": Expressions._object,
    "(": Expressions._parens,
    "-": Expressions._unary,
    "!": Expressions._unary,
    "quote": Expressions._template,
    "heredoc": Expressions._heredoc,
}
