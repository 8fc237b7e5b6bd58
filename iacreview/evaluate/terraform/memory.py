"""What an expression in a loop came to before: all functions are pure, so what the loop does not change stays as it is.

Terraform evaluates `{for k in keys(jsondecode(file(F))) : k => jsondecode(file(F))[k]}` once for every key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar

from iacreview.model.record import NamedTuple
from iacreview.model.value import Value
from iacreview.parse.terraform.nodes import (
    Attribute,
    Binary,
    Block,
    Body,
    Call,
    Conditional,
    Expression,
    For,
    GetAttr,
    Index,
    Literal,
    Name,
    Node,
    Object,
    Parens,
    Splat,
    SplatItem,
    Template,
    TemplateFor,
    TemplateIf,
    TemplateText,
    Tuple,
    Unary,
)

if TYPE_CHECKING:
    from iacreview.evaluate.terraform.scope import Scope

N = TypeVar("N", bound=Expression)

# Names that no expression mentions and that count nevertheless: the item of a splat, how deep templates are nested.
SPLAT_ITEM = "\x00item"
TEMPLATES = "\x00templates"

_MOST = 20_000
_DECLARED = ("local", "var")
# What they make of a text is not told by the expression: of the text in a file, it is found out when that is read.
_READS_FILE, _READS_TEXT = "templatefile", "templatestring"


class Mentioned(NamedTuple):
    """What an expression, or a block, mentions: all names, and which locals and variables these are.

    `tests` are the conditions in it, `templates` the calls that read templates, in which there may be others; there may
    be `unseen` ones among all locals or variables.
    """

    names: frozenset[str]
    locals: frozenset[str]
    variables: frozenset[str]
    tests: tuple[Expression, ...]
    templates: tuple[Call, ...]
    unseen: bool


class Memory:
    """Values of expressions by what they depend on: where they stand, what holds there, the bound names they mention.

    Files that are alike have the same nodes.
    """

    __slots__ = ("_values",)

    def __init__(self) -> None:
        # Nodes, modules and values are equal to themselves alone.
        self._values: dict[tuple[object, ...], Value] = {}

    def value(self, node: N, scope: Scope, compute: Callable[[N, Scope], Value]) -> Value:
        """The value of an expression, computed once for the same names with the same values.

        What it comes to in a circle is not what it comes to elsewhere.
        """
        key = (node, scope.source, scope.module, scope.assume, *map(scope.names.get, mentioned(node).names))
        found = self._values.get(key)
        if found is not None:
            return found
        circles = scope.run.circles
        value = compute(node, scope)
        if scope.run.circles == circles:
            if len(self._values) >= _MOST:
                self._values.clear()
            self._values[key] = value
        return value


def mentioned(node: Node) -> Mentioned:
    """What is mentioned anywhere in an expression, or in a block."""
    try:
        found: Mentioned = node.mentions
    except AttributeError:
        found = _find_mentions(node)
    return found


def has_conditions(node: Node) -> bool:
    """Whether there are conditions in a node, or there may be."""
    found = mentioned(node)
    return bool(found.tests or found.templates or found.unseen)


class _Mentions:
    """What is found to be mentioned in a node, which stands in `around`."""

    __slots__ = ("around", "locals", "names", "node", "templates", "tests", "unseen", "variables")

    def __init__(self, node: Node, around: _Mentions | None) -> None:
        self.node = node
        self.around = around
        self.names = {SPLAT_ITEM, TEMPLATES}
        self.locals: set[str] = set()
        self.variables: set[str] = set()
        self.tests: list[Expression] = []
        self.templates: list[Call] = []
        self.unseen = False

    def add(self, inner: Mentioned) -> None:
        """Notes what something in the node mentions."""
        self.names |= inner.names
        self.locals |= inner.locals
        self.variables |= inner.variables
        self.tests += inner.tests
        self.templates += inner.templates
        self.unseen = self.unseen or inner.unseen

    def settle(self) -> Mentioned:
        """Keeps it with the node, and adds it to what stands around that."""
        found = self.node.mentions = Mentioned(
            frozenset(self.names),
            frozenset(self.locals),
            frozenset(self.variables),
            tuple(self.tests),
            tuple(self.templates),
            self.unseen,
        )
        if self.around is not None:
            self.around.add(found)
        return found


def _find_mentions(node: Node) -> Mentioned:
    """What a node mentions. That of the calls and loops in it is found out on the way: it is asked for next."""
    whole = _Mentions(node, None)
    inner: list[_Mentions] = []
    stack: list[tuple[Node, _Mentions]] = [(node, whole)]
    while stack:
        current, found = stack.pop()
        if isinstance(current, (Call, For)) and current is not node:
            if hasattr(current, "mentions"):
                found.add(current.mentions)
                continue
            found = _Mentions(current, found)
            inner.append(found)
        stack += [(part, found) for part in _noted(current, found)]
    for found in reversed(inner):
        found.settle()
    return whole.settle()


def _noted(node: Node, found: _Mentions) -> Iterable[Node]:
    """Notes what a node itself mentions; what is left to be looked into."""
    kind = type(node)
    if kind is Name:
        found.names.add(node.name)  # type: ignore[attr-defined]
        found.unseen = found.unseen or node.name in _DECLARED  # type: ignore[attr-defined]
    elif isinstance(node, GetAttr):
        if type(node.object) is Name and node.object.name in _DECLARED:
            found.names.add(node.object.name)
            (found.locals if node.object.name == "local" else found.variables).add(node.name)
            return ()
    elif isinstance(node, Conditional):
        found.tests.append(node.condition)
    elif isinstance(node, Call):
        _note_reading(node, found)
    return _INSIDE[kind](node)


def _note_reading(node: Call, found: _Mentions) -> None:
    name = node.name.removeprefix("core::")
    if name == _READS_FILE:
        found.templates.append(node)
    found.unseen = found.unseen or name == _READS_TEXT


def _of_loop(node: For) -> list[Node]:
    parts = (node.collection, node.result_key, node.result, node.condition)
    return [part for part in parts if part is not None]


# The nodes directly inside of one.
_INSIDE: dict[type[Node], Callable[[Any], Iterable[Node]]] = {
    Literal: lambda _: (),
    TemplateText: lambda _: (),
    TemplateIf: lambda node: (node.condition, *node.then, *node.otherwise),
    TemplateFor: lambda node: (node.collection, *node.body),
    Template: lambda node: node.parts,
    Name: lambda _: (),
    GetAttr: lambda node: (node.object,),
    Index: lambda node: (node.object, node.key),
    Splat: lambda node: (node.object, node.each),
    SplatItem: lambda _: (),
    Call: lambda node: node.args,
    Unary: lambda node: (node.operand,),
    Binary: lambda node: (node.left, node.right),
    Conditional: lambda node: (node.condition, node.then, node.otherwise),
    Parens: lambda node: (node.inner,),
    Tuple: lambda node: node.items,
    Object: lambda node: chain.from_iterable(node.items),
    For: _of_loop,
    Attribute: lambda node: (node.expression,),
    Block: lambda node: (node.body,),
    Body: lambda node: (*node.attributes.values(), *node.blocks),
}
