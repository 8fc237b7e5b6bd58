"""What an expression in a loop came to before: all functions are pure, so what the loop does not change stays as it is.

Terraform evaluates `{for k in keys(jsondecode(file(F))) : k => jsondecode(file(F))[k]}` once for every key.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from iacreview.model.record import NamedTuple
from iacreview.model.value import Value
from iacreview.parse.terraform.nodes import Call, Conditional, Expression, GetAttr, Name, Node

if TYPE_CHECKING:
    from iacreview.evaluate.terraform.scope import Scope

N = TypeVar("N", bound=Expression)

# Names that no expression mentions and that count nevertheless: the item of a splat, how deep templates are nested.
SPLAT_ITEM = "\x00item"
TEMPLATES = "\x00templates"

_MOST = 20_000
# What they make of a text is not told by the expression.
_READING = ("templatefile", "templatestring")


class Mentioned(NamedTuple):
    """What an expression mentions: all names, and which locals and variables these are.

    `conditional` tells that it has a condition of its own, or one that cannot be seen here.
    """

    names: frozenset[str]
    locals: frozenset[str]
    variables: frozenset[str]
    conditional: bool


class Memory:
    """Values of expressions by what they depend on: their module, what holds there, the bound names they mention."""

    __slots__ = ("_values",)

    def __init__(self) -> None:
        # Nodes, modules and values are equal to themselves alone.
        self._values: dict[tuple[object, ...], Value] = {}

    def value(self, node: N, scope: Scope, compute: Callable[[N, Scope], Value]) -> Value:
        """The value of an expression, computed once for the same names with the same values."""
        key = (node, scope.module, scope.assume, *map(scope.names.get, mentioned(node).names))
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
        found = node.mentions = _mentioned(node)
    return found


def _mentioned(node: Node) -> Mentioned:
    names = {SPLAT_ITEM, TEMPLATES}
    declared: dict[str, set[str]] = {"local": set(), "var": set()}
    conditional = False
    stack: list[Node] = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, Name):
            names.add(current.name)
            conditional = conditional or current.name in declared
        elif isinstance(current, GetAttr) and isinstance(current.object, Name) and current.object.name in declared:
            names.add(current.object.name)
            declared[current.object.name].add(current.name)
        else:
            conditional = conditional or isinstance(current, Conditional) or _reads(current)
            for slot in type(current).__slots__:
                part = getattr(current, slot)
                stack += (part,) if isinstance(part, Node) else () if isinstance(part, str) else _nodes(part)
    return Mentioned(frozenset(names), frozenset(declared["local"]), frozenset(declared["var"]), conditional)


def _nodes(part: object) -> list[Node]:
    """The nodes that a part of a node has in it."""
    if isinstance(part, dict):
        return list(part.values())
    if isinstance(part, (list, tuple)):
        return [node for each in part for node in ((each,) if isinstance(each, Node) else _nodes(each))]
    return []


def _reads(node: Node) -> bool:
    return isinstance(node, Call) and node.name.removeprefix("core::") in _READING
