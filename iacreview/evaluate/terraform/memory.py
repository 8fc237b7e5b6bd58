"""What an expression in a loop came to before: all functions are pure, so what the loop does not change stays as it is.

Terraform evaluates `{for k in keys(jsondecode(file(F))) : k => jsondecode(file(F))[k]}` once for every key.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from iacreview.model.record import NamedTuple
from iacreview.model.value import Value
from iacreview.parse.terraform.nodes import (
    Block,
    Call,
    Conditional,
    Expression,
    For,
    GetAttr,
    Name,
    Node,
    Object,
    TemplateFor,
)

if TYPE_CHECKING:
    from iacreview.evaluate.terraform.scope import Scope

# Names that no expression mentions and that count nevertheless: the item of a splat, how deep templates are nested.
SPLAT_ITEM = "\x00item"
TEMPLATES = "\x00templates"

_MOST = 20_000
# What they make of a text is not told by the expression.
_READING = ("templatefile", "templatestring")


class Mentioned(NamedTuple):
    """What an expression, or a block, mentions: all names, and which locals and variables these are.

    `bound` are the names that it gives to items itself, `tests` the conditions in it. It is `unseen` what it makes of a
    text that it reads, and `whole` where it mentions all locals or variables at once, or items by the name of these.
    """

    names: frozenset[str]
    locals: frozenset[str]
    variables: frozenset[str]
    bound: frozenset[str]
    tests: tuple[Expression, ...]
    unseen: bool
    whole: bool


class Memory:
    """Values of expressions by what they depend on: their module, what holds there, the bound names they mention."""

    __slots__ = ("_values",)

    def __init__(self) -> None:
        # It holds what the ids in its keys belong to: no id is given to anything else.
        self._values: dict[tuple[object, ...], tuple[Node, list[Value | None], Value]] = {}

    def value(self, node: Expression, scope: Scope, compute: Callable[[], Value]) -> Value:
        """The value of an expression, computed once for the same names with the same values."""
        names = [scope.names.get(name) for name in mentioned(node).names]
        key = (id(node), id(scope.module), scope.assume, *map(id, names))
        found = self._values.get(key)
        if found is not None:
            return found[2]
        value = compute()
        if len(self._values) >= _MOST:
            self._values.clear()
        self._values[key] = node, names, value
        return value


def mentioned(node: Node) -> Mentioned:
    """What is mentioned anywhere in an expression, or in a block."""
    found: Mentioned | None = getattr(node, "mentions", None)
    if found is None:
        found = node.mentions = _mentioned(node)
    return found


def _mentioned(node: Node) -> Mentioned:
    names = {SPLAT_ITEM, TEMPLATES}
    bound: set[str] = set()
    declared: dict[str, set[str]] = {"local": set(), "var": set()}
    tests: list[Expression] = []
    unseen = whole = False
    stack: list[Node] = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, Name):
            names.add(current.name)
            whole = whole or current.name in declared
        elif isinstance(current, GetAttr) and isinstance(current.object, Name) and current.object.name in declared:
            names.add(current.object.name)
            declared[current.object.name].add(current.name)
        elif isinstance(current, Object):
            # A name before `=` is the key itself.
            stack += [node for pair in current.items for node in pair if node is pair[1] or not isinstance(node, Name)]
        else:
            unseen = unseen or _reads(current)
            bound.update(_bound(current))
            if isinstance(current, Conditional):
                tests.append(current.condition)
            for slot in type(current).__slots__:
                part = getattr(current, slot)
                stack += (part,) if isinstance(part, Node) else () if isinstance(part, str) else _nodes(part)
    whole = whole or not bound.isdisjoint(declared)
    locals, variables = frozenset(declared["local"]), frozenset(declared["var"])
    return Mentioned(frozenset(names), locals, variables, frozenset(bound), tuple(tests), unseen, whole)


def _bound(node: Node) -> tuple[str, ...]:
    """The names that a node gives to the items of a collection."""
    if isinstance(node, (For, TemplateFor)):
        return (node.value,) if node.key is None else (node.key, node.value)
    if isinstance(node, Block) and node.type == "dynamic":
        return (iterator_of(node),)
    return ()


def iterator_of(block: Block) -> str:
    """What the items of a `dynamic` block are called in it."""
    iterator = block.body.attributes.get("iterator")
    if iterator is not None and isinstance(iterator.expression, Name):
        return iterator.expression.name
    return block.labels[0].text if block.labels else ""


def _nodes(part: object) -> list[Node]:
    """The nodes that a part of a node has in it."""
    if isinstance(part, dict):
        return list(part.values())
    if isinstance(part, (list, tuple)):
        return [node for each in part for node in ((each,) if isinstance(each, Node) else _nodes(each))]
    return []


def _reads(node: Node) -> bool:
    return isinstance(node, Call) and node.name.removeprefix("core::") in _READING
