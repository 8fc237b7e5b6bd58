"""Which expressions have conditions that whoever deploys may make fall the other way: see scope.EITHER."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iacreview.evaluate.terraform.memory import SPLAT_ITEM, TEMPLATES, Mentioned, mentioned
from iacreview.evaluate.terraform.scope import Meaning
from iacreview.parse.terraform.nodes import Node

if TYPE_CHECKING:
    from iacreview.evaluate.terraform.module import Module

# How many names that stand for names are looked through for a condition.
_MAX_CHAIN = 12
# Names that no default of a variable is behind.
_FIXED = frozenset({"local", "path", "terraform", "var", SPLAT_ITEM, TEMPLATES})
# Names that are bound around a definition, whatever is bound in it.
_AROUND = frozenset({"count", "each", "local", "self", "var"})


class Falling:
    """The conditions of one module instance. What cannot be told, such as a circle or a long chain, may fall."""

    __slots__ = ("_conditional", "_module", "_open")

    def __init__(self, module: Module) -> None:
        self._module = module
        # What is known of names: whether what one stands for may fall, and whether it is open.
        self._conditional: dict[tuple[str, str], bool] = {}
        self._open: dict[tuple[str, str], bool] = {}

    def release(self) -> None:
        """Lets go of what it refers to. Nothing may be asked of it afterwards."""
        del self._module

    def may_fall(self, node: Node, depth: int = 0) -> bool:
        """See ModuleConditions.may_fall."""
        found = mentioned(node)
        return (
            found.whole
            or self._has_open_test(found, depth)
            or any(self._stands_for_condition("local", name, depth) for name in found.locals)
            or any(self._stands_for_condition("var", name, depth) for name in found.variables)
        )

    def is_open(self, node: Node, depth: int = 0) -> bool:
        """See ModuleConditions.is_open."""
        found = mentioned(node)
        return self._is_open(found, found.bound - _AROUND, depth)

    def _has_open_test(self, found: Mentioned, depth: int) -> bool:
        """Whether a condition in what mentions all that rests on an open name, or may."""
        bound = found.bound - _AROUND
        for test in found.tests:
            inner = mentioned(test)
            if self._is_open(inner, bound, depth):
                return True
            if bound & inner.names:
                # What an item is follows from the collection, which stands in the same expression or block.
                return self._is_open(found, bound, depth)
        return found.unseen and self._is_open(found, bound, depth)

    def _is_open(self, found: Mentioned, bound: frozenset[str], depth: int) -> bool:
        """Whether what mentions all that may follow from the default of a variable of the root module."""
        return (
            found.whole
            or not found.names - bound <= _FIXED
            or any(self._is_open_name("local", name, depth) for name in found.locals)
            or any(self._is_open_name("var", name, depth) for name in found.variables)
        )

    def _is_open_name(self, root: str, name: str, depth: int) -> bool:
        module, place = self._module, (root, name)
        if root == "var" and module.is_root:
            return name not in module.evaluation.given
        if place not in self._open:
            self._open[place] = True
            meaning = self._meaning(root, name)
            if meaning is None:
                # Without an argument it has the default that the module gives it.
                self._open[place] = root == "var" and name in module.given
            elif depth < _MAX_CHAIN:
                self._open[place] = meaning.scope.module.conditions.is_open(meaning.expression, depth + 1)
        return self._open[place]

    def _stands_for_condition(self, root: str, name: str, depth: int) -> bool:
        """Whether the expression that a name stands for may fall either way."""
        place = (root, name)
        if place not in self._conditional:
            self._conditional[place] = True
            meaning = self._meaning(root, name)
            if meaning is None:
                self._conditional[place] = False
            elif depth < _MAX_CHAIN:
                conditions = meaning.scope.module.conditions
                self._conditional[place] = conditions.may_fall(meaning.expression, depth + 1)
        return self._conditional[place]

    def _meaning(self, root: str, name: str) -> Meaning | None:
        if root == "local":
            found = self._module.configuration.locals.get(name)
            return Meaning(found[0].expression, self._module.scope) if found is not None else None
        given = self._module.given.get(name)
        return given.standing if given is not None else None
