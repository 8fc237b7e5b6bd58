"""A tree with some other texts in it: what would be if only a part of a change, or a fix, were made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iacreview.errors import MissingError
from iacreview.tree import Tree, normal_path
from iacreview.wrapped_tree import WrappedTree


class PatchedTree(WrappedTree):
    """A tree with some texts replaced; None stands for a file that is removed."""

    __slots__ = ("_texts",)

    def __init__(self, tree: Tree, texts: Mapping[str, str | None]) -> None:
        super().__init__(tree)
        self._texts = texts

    def read(self, path: str) -> str:
        """See Tree.read."""
        name = normal_path(path)
        if name not in self._texts:
            return self._tree.read(path)
        text = self._texts[name]
        if text is None:
            raise MissingError(path, "is not there")
        return text

    def files(self, directory: str = "", most: int | None = None) -> Iterator[str]:
        """See Tree.files."""
        prefix = f"{normal_path(directory)}/" if normal_path(directory) else ""
        found = {path for path in self._tree.files(directory, most) if self._texts.get(path, "") is not None}
        return iter(sorted(found | {path for path in self._there() if path.startswith(prefix)}))

    def listing(self, directory: str) -> list[str]:
        """See Tree.listing."""
        prefix = f"{normal_path(directory)}/" if normal_path(directory) else ""
        names = {name for name in self._tree.listing(directory) if self._texts.get(prefix + name, "") is not None}
        own = (path[len(prefix) :] for path in self._there() if path.startswith(prefix))
        return sorted(names | {name for name in own if "/" not in name})

    def exists(self, path: str) -> bool:
        """See Tree.exists."""
        name = normal_path(path)
        return self._texts[name] is not None if name in self._texts else self._tree.exists(path)

    def _there(self) -> Iterator[str]:
        return (path for path, text in self._texts.items() if text is not None)
