"""What was parsed lately, by its text: the units that call one module parse it once, and so do the two sides of a
change what it does not touch. Trees are not changed by those who read them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from iacreview.model.graph import Problem
from iacreview.model.source import Source

T = TypeVar("T")


class Recent(Generic[T]):
    """Trees of the files that were asked for last, as long as their texts have no more than `most` characters.

    `syntax` is what of a path counts for how a text is read. Files that are alike have one tree: no path is in it.
    """

    __slots__ = ("_found", "_left", "_parse", "_syntax")

    def __init__(
        self, parse: Callable[[Source], tuple[T, list[Problem]]], most: int, syntax: Callable[[str], str] = str
    ) -> None:
        self._parse = parse
        self._left = most
        self._syntax = syntax
        self._found: dict[tuple[str, str], tuple[T, list[Problem]]] = {}

    def __call__(self, source: Source) -> tuple[T, list[Problem]]:
        """The tree of a source and what is wrong with it."""
        key = self._syntax(source.path), source.text
        found = self._found.pop(key, None)
        if found is None:
            self._left -= len(source.text)
            found = self._parse(source)
        elif any(each.span.path != source.path for each in found[1]):
            found = self._parse(source)
        self._found[key] = found
        while self._left < 0 and self._found:
            self._left += len(next(iter(self._found))[1])
            del self._found[next(iter(self._found))]
        return found[0], [*found[1]]
