"""How the tables of functions are written.

A Pure function computes plain Python data of plain arguments; it is called only when all of them are known.
A structural function gets the values, keeps the spans of what it passes on, and decides for itself what an
unknown argument means.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from iacreview.evaluate.terraform.scope import Scope
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.model.value import Value
from iacreview.parse.terraform.nodes import Call, Expression


class FunctionError(Exception):
    """Arguments that a function refuses; the text never quotes them."""


class TooComplex(Exception):  # noqa: N818 - the result is Unknown, not an error
    """Arguments that Terraform accepts but whose result is not worth computing."""


class Pure(NamedTuple):
    """`params` has a letter for each parameter: s string, n number, i whole number, b bool, l list of strings,
    a anything. Those after `required` may be left out; `rest` is the kind of further ones.
    One that `keeps` takes texts with holes as well: what it makes of the known parts is known.

    `Pure("si", _cidrhost)` takes a string and a whole number, `Pure("s", _cidrsubnets, rest="i")` a string and any
    number of whole ones.
    """

    params: str
    compute: Callable[..., object]
    rest: str = ""
    required: int | None = None
    keeps: bool = False

    def kinds(self, count: int) -> str:
        """The kinds of that many arguments. Raises FunctionError where there are too few or too many."""
        required = len(self.params) if self.required is None else self.required
        if count < required or (count > len(self.params) and not self.rest):
            raise FunctionError("the number of arguments is wrong")
        return (self.params + self.rest * max(0, count - len(self.params)))[:count]


Evaluate: TypeAlias = "Callable[[Expression, Scope], Value]"


class FunctionCall:
    """One call of a structural function; `evaluate` gives the value of any other expression in a scope."""

    __slots__ = ("args", "evaluate", "node", "scope", "span")

    def __init__(self, args: list[Value], span: Span, scope: Scope, node: Call, evaluate: Evaluate) -> None:
        self.args = args
        self.span = span
        self.scope = scope
        self.node = node
        self.evaluate = evaluate

    def of(self, args: list[Value]) -> FunctionCall:
        """The same call with other arguments."""
        return FunctionCall(args, self.span, self.scope, self.node, self.evaluate)

    def need(self, least: int, most: int | None = None) -> None:
        """Raises FunctionError unless the number of arguments is right."""
        if len(self.args) < least or (most is not None and len(self.args) > most):
            raise FunctionError("the number of arguments is wrong")


Structural: TypeAlias = Callable[[FunctionCall], Value]
