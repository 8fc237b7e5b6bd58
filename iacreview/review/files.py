"""Which files differ between a base and a head, and which of their lines."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from iacreview.errors import TreeError
from iacreview.git import Repository
from iacreview.git_tree import SUBMODULE, Entry, below, index_entries
from iacreview.model.record import NamedTuple
from iacreview.review.pairing import pairs
from iacreview.tree import Tree

# Up to this product of their numbers, lines are compared all with all.
_EXACT = 10_000
# How often what lies between two lines that both sides have once is cut again.
_DEPTH = 8
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

    def with_submodule(self, path: str, inner: Worktree) -> Worktree:
        """With another working tree below a path."""
        own = {name: entry for name, entry in self.entries.items() if name != path}
        touched = (f"{path}/{name}" for name in inner.touched)
        nested = [f"{path}/{name}" for name in inner.nested]
        return Worktree({**own, **below(path, inner.entries)}, self.touched.union(touched), (*self.nested, *nested))


def worktree(
    repository: Repository, index: Mapping[str, Entry], inside: Mapping[str, Repository] | None = None
) -> Worktree:
    """The files of a working tree that may differ from the index (no content is read, no filter started).

    In the place of the repositories `inside` there is what their own working trees have.
    """
    filters = _without_filters(repository)
    modified = _paths(repository.run(*filters, "diff-files", "--name-only", "-z"))
    others = _paths(repository.run("ls-files", "-z", "--others", "--exclude-standard", "--full-name", "--", ":/"))
    nested = [path.rstrip("/") for path in others if path.endswith("/")]
    nested += [path for path, entry in index.items() if entry.mode == SUBMODULE and path not in (inside or ())]
    found = Worktree(index, frozenset([*modified, *others]), tuple(sorted(nested)))
    for path, each in (inside or {}).items():
        if path in index:
            found = found.with_submodule(path, worktree(each, index_entries(each), _inside_of(path, inside or {})))
    return found


def _inside_of(path: str, inside: Mapping[str, Repository]) -> dict[str, Repository]:
    """The repositories that are inside of one, by their paths there."""
    return {name[len(path) + 1 :]: each for name, each in inside.items() if name.startswith(f"{path}/")}


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
        old = {path: _lines(_text(self._base, path)) for path in removed}
        new = {path: _lines(self.head_text(path)) for path in added} if old else {}
        best: dict[str, tuple[float, str]] = {}
        for share, before, after in pairs(old, new, _ALIKE):
            best[after] = max(best.get(after, (0.0, "")), (share, before))
        return {after: before for after, (_, before) in best.items()}


def line_hunks(before: str, after: str) -> list[Hunk]:
    """The line ranges in which two texts differ, white space at the ends of lines left aside."""
    old = [line.rstrip() for line in before.split("\n")]
    new = [line.rstrip() for line in after.split("\n")]
    return list(_differing(old, new, 0, 0, _DEPTH))


def _differing(old: Sequence[str], new: Sequence[str], above: int, beside: int, depth: int) -> Iterator[Hunk]:
    """Where two runs of lines differ, which have that many lines before them: time is in proportion to their lengths.

    Short ones are compared exactly; long ones are cut at the lines that both have once, and where there are none, all
    of it differs.
    """
    start, end = _common_ends(old, new)
    old, new = old[start : len(old) - end], new[start : len(new) - end]
    above, beside = above + start, beside + start
    if not old or not new or (len(old) * len(new) > _EXACT and not depth):
        if old or new:
            yield Hunk(above + 1, len(old), beside + 1, len(new))
    elif len(old) * len(new) <= _EXACT:
        for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if tag != "equal":
                yield Hunk(above + a + 1, b - a, beside + c + 1, d - c)
    else:
        anchors = _anchors(old, new)
        last = depth - 1 if anchors else 0
        at = to = 0
        for here, there in (*anchors, (len(old), len(new))):
            yield from _differing(old[at:here], new[to:there], above + at, beside + to, last)
            at, to = here + 1, there + 1


def _common_ends(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How many lines two runs begin and end with alike."""
    shorter = min(len(old), len(new))
    start = 0
    while start < shorter and old[start] == new[start]:
        start += 1
    end = 0
    while end < shorter - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return start, end


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """The places of the most lines that both have exactly once and in the same order."""
    places, others = _once(old), _once(new)
    tails: list[int] = []
    chains: list[tuple[int, int, Any]] = []
    for line, place in places.items():
        other = others.get(line)
        if other is not None:
            length = bisect_left(tails, other)
            chain = (place, other, chains[length - 1] if length else None)
            tails[length : length + 1] = [other]
            chains[length : length + 1] = [chain]
    found = []
    link: Any = chains[-1] if chains else None
    while link is not None:
        found.append((link[0], link[1]))
        link = link[2]
    return found[::-1]


def _once(lines: Sequence[str]) -> dict[str, int]:
    """The lines that occur once, in order, with their places."""
    counts = Counter(lines)
    return {line: place for place, line in enumerate(lines) if counts[line] == 1}


def with_hunk(before: str, after: str, hunk: Hunk) -> str:
    """The base's text with one hunk of the head's applied."""
    old, new = before.split("\n"), after.split("\n")
    first, start = hunk.base_start - 1, hunk.head_start - 1
    return "\n".join([*old[:first], *new[start : start + hunk.head_count], *old[first + hunk.base_count :]])


def _lines(text: str | None) -> Counter[Hashable]:
    return Counter((text or "").split("\n"))


def _text(tree: Tree, path: str) -> str | None:
    try:
        return tree.read(path) if tree.exists(path) else None
    except TreeError:
        return None
