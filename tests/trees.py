"""A tree in memory, for tests that need no disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from iacreview.errors import MissingError
from iacreview.model.operations import Operations
from iacreview.tree import normal_path

# Fixtures are judged in a project whose own account is that of AWS's documentation.
OWN = Operations(accounts=frozenset({"111122223333"}), organization=frozenset({"o-a1b2c3d4e5"}))


class MemoryTree:
    """A Tree of the given texts by path."""

    problems = ()
    aside = ()

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = dict(files)

    def read(self, path: str) -> str:
        try:
            return self._files[normal_path(path)]
        except KeyError:
            raise MissingError(path, "does not exist") from None

    def files(self, directory: str = "", most: int | None = None) -> Iterator[str]:
        prefix = f"{directory}/" if directory else ""
        return iter(sorted(path for path in self._files if path.startswith(prefix)))

    def listing(self, directory: str) -> list[str]:
        prefix = f"{directory}/" if directory else ""
        rest = (path[len(prefix) :] for path in self._files if path.startswith(prefix))
        return sorted(name for name in rest if "/" not in name)

    def exists(self, path: str) -> bool:
        return path in self._files

    def expect(self, paths: Sequence[str]) -> None:
        """Everything is there already."""
