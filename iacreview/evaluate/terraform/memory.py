"""What an expression in a loop came to before: all functions are pure, so what the loop does not change stays as it is.

Terraform evaluates `{for k in keys(jsondecode(file(F))) : k => jsondecode(file(F))[k]}` once for every key.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from iacreview.model.value import Value
from iacreview.parse.terraform.nodes import Expression, Name, Node

if TYPE_CHECKING:
    from iacreview.evaluate.terraform.scope import Scope

# Names that no expression mentions and that count nevertheless: the item of a splat, how deep templates are nested.
SPLAT_ITEM = "\x00item"
TEMPLATES = "\x00templates"

_MOST = 20_000


class Memory:
    """Values of expressions by what they depend on: their module, what holds there, the bound names they mention."""

    __slots__ = ("_mentions", "_values")

    def __init__(self) -> None:
        # Both hold what the ids in their keys belong to: no id is given to anything else.
        self._mentions: dict[int, tuple[Node, frozenset[str]]] = {}
        self._values: dict[tuple[object, ...], tuple[Node, list[Value | None], Value]] = {}

    def value(self, node: Expression, scope: Scope, compute: Callable[[], Value]) -> Value:
        """The value of an expression, computed once for the same names with the same values."""
        names = [scope.names.get(name) for name in self._mentioned(node)]
        key = (id(node), id(scope.module), scope.assume, *map(id, names))
        found = self._values.get(key)
        if found is not None:
            return found[2]
        value = compute()
        if len(self._values) >= _MOST:
            self._values.clear()
        self._values[key] = node, names, value
        return value

    def _mentioned(self, node: Expression) -> frozenset[str]:
        found = self._mentions.get(id(node))
        if found is None:
            found = self._mentions[id(node)] = node, frozenset(_names(node))
        return found[1]


def _names(node: Node) -> set[str]:
    """Every name that is mentioned anywhere in an expression."""
    found = {SPLAT_ITEM, TEMPLATES}
    stack: list[object] = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, Name):
            found.add(current.name)
        elif isinstance(current, list | tuple):
            stack += current
        elif isinstance(current, Node):
            stack += [getattr(current, slot) for slot in type(current).__slots__]
    return found
