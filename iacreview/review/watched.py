"""A tree that remembers what it was asked, so that it is known whether another one would have answered alike."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import TypeVar

from iacreview.errors import TreeError
from iacreview.tree import Tree
from iacreview.wrapped_tree import WrappedTree

T = TypeVar("T")


class WatchedTree(WrappedTree):
    """A tree, and every answer that it gave: what is made of these alone is the same for all trees that give them."""

    __slots__ = ("_answers",)

    def __init__(self, tree: Tree) -> None:
        super().__init__(tree)
        self._answers: dict[tuple[str, str, int | None], object] = {}

    def answers_as(self, other: Tree, changed: Collection[str]) -> bool:
        """Whether another tree gives all the answers that were given; `changed` is where it surely does not."""
        if any(name == "read" and path in changed for name, path, _ in self._answers):
            return False
        return all(_answer(other, *asked) == answer for asked, answer in self._answers.items())

    def read(self, path: str) -> str:
        """See Tree.read."""
        return self._noted(("read", path, None), lambda: self._tree.read(path))

    def files(self, directory: str = "", most: int | None = None) -> Iterator[str]:
        """See Tree.files."""
        return iter(self._noted(("files", directory, most), lambda: list(self._tree.files(directory, most))))

    def listing(self, directory: str) -> list[str]:
        """See Tree.listing."""
        return list(self._noted(("listing", directory, None), lambda: self._tree.listing(directory)))

    def exists(self, path: str) -> bool:
        """See Tree.exists."""
        return self._noted(("exists", path, None), lambda: self._tree.exists(path))

    def _noted(self, asked: tuple[str, str, int | None], answer: Callable[[], T]) -> T:
        try:
            found = answer()
        except TreeError as error:
            self._answers[asked] = _said(error)
            raise
        self._answers[asked] = found
        return found


def _answer(tree: Tree, name: str, path: str, most: int | None) -> object:
    try:
        if name == "files":
            return list(tree.files(path, most))
        ask: Callable[[str], object] = getattr(tree, name)
        return ask(path)
    except TreeError as error:
        return _said(error)


def _said(error: TreeError) -> object:
    return type(error), vars(error)
