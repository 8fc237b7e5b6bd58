"""A tree around another one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from iacreview.errors import TreeError
from iacreview.tree import Tree


class WrappedTree:
    """A tree that answers as another one, but for what its subclasses answer themselves."""

    __slots__ = ("_tree",)

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    @property
    def problems(self) -> Sequence[TreeError]:
        """See Tree.problems."""
        return self._tree.problems

    @property
    def aside(self) -> Sequence[str]:
        """See Tree.aside."""
        return self._tree.aside

    def read(self, path: str) -> str:
        """See Tree.read."""
        return self._tree.read(path)

    def files(self, directory: str = "", most: int | None = None) -> Iterator[str]:
        """See Tree.files."""
        return self._tree.files(directory, most)

    def listing(self, directory: str) -> list[str]:
        """See Tree.listing."""
        return self._tree.listing(directory)

    def exists(self, path: str) -> bool:
        """See Tree.exists."""
        return self._tree.exists(path)

    def expect(self, paths: Sequence[str]) -> None:
        """See Tree.expect."""
        self._tree.expect(paths)
