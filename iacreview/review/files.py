"""Which files differ between a base and a head, and which of their lines."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from iacreview.errors import TreeError
from iacreview.git import Repository
from iacreview.git_tree import SUBMODULE, Entry
from iacreview.tree import Tree

# Beyond this many lines only what is unique is aligned, so that two generated files cost no minutes.
_EXACT_LINES = 4000
_RENAME_CANDIDATES = 200
_ALIKE = 0.5


class Hunk(NamedTuple):
    """Lines that differ: 1-based starts, and how many there are on each side (none: all were added or removed)."""

    base_start: int
    base_count: int
    head_start: int
    head_count: int


class Worktree(NamedTuple):
    """What git knows of a working tree: the index's entries, what may differ from them, the repositories inside."""

    entries: Mapping[str, Entry]
    touched: frozenset[str]
    nested: tuple[str, ...]


def worktree(repository: Repository, index: Mapping[str, Entry]) -> Worktree:
    """The files of a working tree that may differ from the index (no content is read, no filter started)."""
    filters = _without_filters(repository)
    modified = _paths(repository.run(*filters, "diff-files", "--name-only", "-z"))
    others = _paths(repository.run("ls-files", "-z", "--others", "--exclude-standard", "--full-name", "--", ":/"))
    nested = [path.rstrip("/") for path in others if path.endswith("/")]
    nested += [path for path, entry in index.items() if entry.mode == SUBMODULE]
    return Worktree(index, frozenset([*modified, *others]), tuple(sorted(nested)))


def changed_paths(base: Mapping[str, Entry], head: Mapping[str, Entry]) -> set[str]:
    """The paths whose entries differ."""
    return {path for path in base.keys() | head.keys() if base.get(path) != head.get(path)}


def _paths(listed: bytes) -> list[str]:
    return [os.fsdecode(item) for item in listed.split(b"\0") if item]


def _without_filters(repository: Repository) -> list[str]:
    """Options that switch every configured filter off: comparing with the index may start one otherwise."""
    from iacreview.git import GitError

    try:
        found = repository.run("config", "-z", "--name-only", "--get-regexp", r"^filter\.")
    except GitError:
        return []
    names = {os.fsdecode(item).rpartition(".")[0] for item in found.split(b"\0") if item}
    settings = (("clean", ""), ("smudge", ""), ("process", ""), ("required", "false"))
    return [part for name in sorted(names) for key, value in settings for part in ("-c", f"{name}.{key}={value}")]


class FileChanges:
    """The changed files of a change, read from both sides as they are needed."""

    __slots__ = ("_base", "_head", "_hunks", "_origins", "paths")

    def __init__(self, base: Tree, head: Tree, paths: set[str]) -> None:
        self._base = base
        self._head = head
        self.paths = paths
        self._hunks: dict[str, list[Hunk] | None] = {}
        self._origins: dict[str, str] | None = None

    def hunks(self, path: str) -> list[Hunk] | None:
        """How a head's file differs from the file it was before; None where it is new."""
        if path not in self.paths:
            return []
        if path not in self._hunks:
            before = self.base_text(path)
            self._hunks[path] = None if before is None else line_hunks(before, self.head_text(path) or "")
        return self._hunks[path]

    def touches(self, path: str, first: int, last: int) -> bool:
        """Whether any of a head file's lines is a changed one."""
        hunks = self.hunks(path)
        if hunks is None:
            return True
        return any(
            each.head_count and each.head_start <= last and first < each.head_start + each.head_count for each in hunks
        )

    def origin(self, path: str) -> str:
        """The base's path of a head's file: another one where it was renamed."""
        return self._renames().get(path, path)

    def base_text(self, path: str) -> str | None:
        """What a head's file was in the base; None where it is new."""
        return _text(self._base, self.origin(path))

    def head_text(self, path: str) -> str | None:
        """A file of the head; None where it is removed."""
        return _text(self._head, path)

    def _renames(self) -> dict[str, str]:
        if self._origins is None:
            added = sorted(path for path in self.paths if not self._base.exists(path) and self._head.exists(path))
            removed = sorted(path for path in self.paths if self._base.exists(path) and not self._head.exists(path))
            self._origins = self._paired(added, removed)
        return self._origins

    def _paired(self, added: Sequence[str], removed: Sequence[str]) -> dict[str, str]:
        """The new files that are old ones under another name, by the lines they share."""
        old = {path: Counter((_text(self._base, path) or "").split("\n")) for path in removed[:_RENAME_CANDIDATES]}
        found: dict[str, str] = {}
        for path in added[:_RENAME_CANDIDATES] if old else ():
            lines = Counter((self.head_text(path) or "").split("\n"))
            score, best = max((_likeness(lines, each), name) for name, each in old.items())
            if score > _ALIKE:
                found[path] = best
        return found


def line_hunks(before: str, after: str) -> list[Hunk]:
    """The line ranges in which two texts differ, white space at the ends of lines left aside."""
    old = [line.rstrip() for line in before.split("\n")]
    new = [line.rstrip() for line in after.split("\n")]
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    old, new = old[start : len(old) - end], new[start : len(new) - end]
    if not old or not new:
        return [Hunk(start + 1, len(old), start + 1, len(new))] if old or new else []
    matcher = SequenceMatcher(None, old, new, autojunk=len(old) + len(new) > _EXACT_LINES)
    return [
        Hunk(start + a + 1, b - a, start + c + 1, d - c) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"
    ]


def with_hunk(before: str, after: str, hunk: Hunk) -> str:
    """The base's text with one hunk of the head's applied."""
    old, new = before.split("\n"), after.split("\n")
    first, start = hunk.base_start - 1, hunk.head_start - 1
    return "\n".join([*old[:first], *new[start : start + hunk.head_count], *old[first + hunk.base_count :]])


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    total = one.total() + other.total()
    return 2 * sum((one & other).values()) / total if total else 0.0


def _text(tree: Tree, path: str) -> str | None:
    try:
        return tree.read(path) if tree.exists(path) else None
    except TreeError:
        return None
