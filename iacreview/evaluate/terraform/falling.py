"""Which expressions have conditions that whoever deploys may make fall the other way: see scope.EITHER."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from iacreview.evaluate.terraform.cells import MAX_LOOKED_AT
from iacreview.evaluate.terraform.memory import mentioned
from iacreview.evaluate.terraform.scope import Meaning
from iacreview.parse.terraform.nodes import Node

if TYPE_CHECKING:
    from iacreview.evaluate.terraform.module import Module

# How many names that stand for names are looked through for a condition.
_MAX_CHAIN = 12


class Falling:
    """The conditions of one module instance."""

    __slots__ = ("_conditional", "_module")

    def __init__(self, module: Module) -> None:
        self._module = module
        # Whether what a name stands for has a condition.
        self._conditional: dict[tuple[str, str], bool] = {}

    def release(self) -> None:
        """Lets go of what it refers to. Nothing may be asked of it afterwards."""
        del self._module

    def may_fall(self, node: Node, depth: int = 0) -> bool:
        """Whether an expression, or what it is made of, has a condition which EITHER may let fall both ways."""
        found = mentioned(node)
        return (
            bool(found.tests)
            or bool(found.templates)
            or found.unseen
            or any(self._stands_for_condition("local", name, depth) for name in found.locals)
            or any(self._stands_for_condition("var", name, depth) for name in found.variables)
        )

    def _stands_for_condition(self, root: str, name: str, depth: int) -> bool:
        """Whether the expression that a name stands for may fall either way. Circles and long chains may."""
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

    def has_fallen(self, node: Node) -> bool:
        """Whether EITHER makes something else of an expression that has been evaluated, or may: a default has decided
        one of its conditions, or of those of what it is made of. Long chains of names are not gone through again and
        again.
        """
        run = self._module.run
        pending: list[tuple[Falling, Node]] = [(self, node)]
        seen: set[tuple[Falling, Node]] = set()
        while pending:
            if run.looked_at >= MAX_LOOKED_AT:
                return self.may_fall(node)
            place = conditions, current = pending.pop()
            if place not in seen:
                seen.add(place)
                run.looked_at += 1
                if conditions._was_decided(current):
                    return True
                pending += ((each.scope.module.conditions, each.expression) for each in conditions._meanings(current))
        return False

    def _was_decided(self, node: Node) -> bool:
        module, found = self._module, mentioned(node)
        decided = module.run.decided
        if found.unseen or (module, None) in decided:
            return self.may_fall(node)
        return any((module, each) in decided for each in (*found.tests, *found.templates))

    def _meanings(self, node: Node) -> Iterator[Meaning]:
        """What the names in an expression stand for."""
        found = mentioned(node)
        for root, names in (("local", found.locals), ("var", found.variables)):
            for name in names:
                meaning = self._meaning(root, name)
                if meaning is not None:
                    yield meaning

    def _meaning(self, root: str, name: str) -> Meaning | None:
        if root == "local":
            found = self._module.configuration.locals.get(name)
            return Meaning(found[0].expression, self._module.scope) if found is not None else None
        given = self._module.given.get(name)
        return given.standing if given is not None else None
