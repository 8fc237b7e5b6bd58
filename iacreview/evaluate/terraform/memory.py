"""What an expression in a loop came to before: all functions are pure, so what the loop does not change stays as it is.

Terraform evaluates `{for k in keys(jsondecode(file(F))) : k => jsondecode(file(F))[k]}` once for every key.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from iacreview.model.record import NamedTuple
from iacreview.model.value import Value
from iacreview.parse.terraform.nodes import (
    Call,
    Conditional,
    Expression,
    For,
    GetAttr,
    Literal,
    Name,
    Node,
    TemplateText,
)

if TYPE_CHECKING:
    from iacreview.evaluate.terraform.scope import Scope

N = TypeVar("N", bound=Expression)

# Names that no expression mentions and that count nevertheless: the item of a splat, how deep templates are nested.
SPLAT_ITEM = "\x00item"
TEMPLATES = "\x00templates"

_MOST = 20_000
_DECLARED = ("local", "var")
# What they make of a text is not told by the expression.
_READING = ("templatefile", "templatestring")


class Mentioned(NamedTuple):
    """What an expression, or a block, mentions: all names, and which locals and variables these are.

    `tests` are the conditions in it; there may be `unseen` ones, in what it reads or among all locals or variables.
    """

    names: frozenset[str]
    locals: frozenset[str]
    variables: frozenset[str]
    tests: tuple[Expression, ...]
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
        """The value of an expression, computed once for the same names with the same values."""
        key = (node, scope.source, scope.module, scope.assume, *map(scope.names.get, mentioned(node).names))
        found = self._values.get(key)
        if found is not None:
            return found
        value = compute(node, scope)
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


class _Mentions:
    """What is found to be mentioned in a node, which stands in `around`."""

    __slots__ = ("around", "locals", "names", "node", "tests", "unseen", "variables")

    def __init__(self, node: Node, around: _Mentions | None) -> None:
        self.node = node
        self.around = around
        self.names = {SPLAT_ITEM, TEMPLATES}
        self.locals: set[str] = set()
        self.variables: set[str] = set()
        self.tests: list[Expression] = []
        self.unseen = False

    def add(self, inner: Mentioned) -> None:
        """Notes what something in the node mentions."""
        self.names |= inner.names
        self.locals |= inner.locals
        self.variables |= inner.variables
        self.tests += inner.tests
        self.unseen = self.unseen or inner.unseen

    def settle(self) -> Mentioned:
        """Keeps it with the node, and adds it to what stands around that."""
        found = self.node.mentions = Mentioned(
            frozenset(self.names),
            frozenset(self.locals),
            frozenset(self.variables),
            tuple(self.tests),
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


def _noted(node: Node, found: _Mentions) -> list[Node]:
    """Notes what a node itself mentions; what is left to be looked into."""
    if isinstance(node, (Literal, TemplateText)):
        return []
    if isinstance(node, Name):
        found.names.add(node.name)
        found.unseen = found.unseen or node.name in _DECLARED
        return []
    if isinstance(node, GetAttr) and isinstance(node.object, Name) and node.object.name in _DECLARED:
        found.names.add(node.object.name)
        (found.locals if node.object.name == "local" else found.variables).add(node.name)
        return []
    if isinstance(node, Conditional):
        found.tests.append(node.condition)
    found.unseen = found.unseen or _reads(node)
    parts: list[Node] = []
    for slot in type(node).__slots__:
        part = getattr(node, slot)
        parts += (part,) if isinstance(part, Node) else () if isinstance(part, str) else _nodes(part)
    return parts


def _nodes(part: object) -> list[Node]:
    """The nodes that a part of a node has in it."""
    if isinstance(part, dict):
        return list(part.values())
    if isinstance(part, (list, tuple)):
        return [node for each in part for node in ((each,) if isinstance(each, Node) else _nodes(each))]
    return []


def _reads(node: Node) -> bool:
    return isinstance(node, Call) and node.name.removeprefix("core::") in _READING
