"""The reviewed tree: the only door through which files of the reviewed project are read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Protocol

from iacreview.errors import TreeError

MAX_FILE_BYTES = 20 * 1024 * 1024


class Tree(Protocol):
    """A tree of files. Paths are relative to its root, with forward slashes, and never leave it."""

    def read(self, path: str) -> str:
        """The text of a file, decoded as UTF-8 without its byte-order mark.

        Raises TreeError where the file is missing, too large, not UTF-8, not a regular file, or outside of the tree.
        """

    def files(self, directory: str = "") -> Iterator[str]:
        """All files below a directory, sorted by path."""

    def listing(self, directory: str) -> list[str]:
        """The names of the files directly in a directory, sorted; empty where there is none."""

    def exists(self, path: str) -> bool:
        """Whether a regular file is there, inside the tree."""


def normal_path(path: str) -> str:
    """A path in the tree's spelling: forward slashes, no `.` or `..` parts.

    Raises TreeError where it leads out of the tree.
    """
    parts: list[str] = []
    if path.startswith("/") or os.path.isabs(path):
        raise TreeError(path, "is an absolute path")
    for part in path.replace("\\", "/").split("/"):
        if part == "..":
            if not parts:
                raise TreeError(path, "leads out of the reviewed tree")
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
