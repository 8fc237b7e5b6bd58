"""Repositories inside of a repository: their files, read through their own objects where these are on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from iacreview.git import GitError, Repository
from iacreview.git_tree import SUBMODULE, Entry, below, revision_entries
from iacreview.model.record import NamedTuple
from iacreview.model.source import Skipped

Entries = Mapping[str, Entry]


class Opened(NamedTuple):
    """Both sides of a change with the submodules' files in their place.

    `inside` are the submodules that could be opened, each with its own repository.
    """

    base: Entries
    head: Entries
    inside: Mapping[str, Repository]


def checked_out(
    repository: Repository, *sides: Entries, known: Mapping[str, Repository] = MappingProxyType({})
) -> dict[str, Repository]:
    """The submodules of some sides that are checked out, by path, beside those that are known."""
    paths = {path for entries in sides for path, entry in entries.items() if entry.mode == SUBMODULE} - known.keys()
    if not paths or repository.bare:
        return {}
    own = repository.line("rev-parse", "--path-format=absolute", "--git-common-dir") or repository.directory
    around = (os.path.realpath(own), os.path.realpath(repository.directory))
    found = {path: Repository(os.path.join(repository.directory, *path.split("/"))) for path in sorted(paths)}
    return {path: each for path, each in found.items() if _is_inside(each, around)}


def objects_of(repositories: Mapping[str, Repository]) -> tuple[str, ...]:
    """The directories with the objects of some repositories."""
    asked = ("rev-parse", "--path-format=absolute", "--git-path", "objects")
    return tuple(found for each in repositories.values() if (found := each.line(*asked)))


def opened(repository: Repository, inside: Mapping[str, Repository], base: Entries, head: Entries) -> Opened:
    """Both sides with the files of submodules, of those whose commits are there for both."""
    commits: dict[str, dict[str, Entry] | None] = {}
    for path in inside:
        for entry in _gitlinks(path, base, head):
            if entry.oid not in commits:
                commits[entry.oid] = _listed(repository, entry.oid)
    whole = {
        path: each
        for path, each in inside.items()
        if all(commits[entry.oid] is not None for entry in _gitlinks(path, base, head))
    }
    return Opened(_with(base, whole, commits), _with(head, whole, commits), whole)


def moved(base: Entries, head: Entries) -> Iterator[Skipped]:
    """The submodules of the head that were not opened, and are at another commit than in the base."""
    for path, after in sorted(head.items()):
        before = base.get(path)
        if after.mode == SUBMODULE and before != after:
            was = before.oid[:7] if before is not None and before.mode == SUBMODULE else ""
            now = after.oid[:7]
            what = f"moves from {was} to {now}" if was else f"is new, at {now}"
            yield Skipped(path, f"the submodule {what}: its commits are not here, so what that changes is not reviewed")


def _with(
    entries: Entries, inside: Mapping[str, Repository], commits: Mapping[str, dict[str, Entry] | None]
) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for path, entry in entries.items():
        files = commits.get(entry.oid) if entry.mode == SUBMODULE and path in inside else None
        found.update({path: entry} if files is None else below(path, files))
    return found


def _gitlinks(path: str, *sides: Entries) -> list[Entry]:
    found = [entries[path] for entries in sides if path in entries]
    return [entry for entry in found if entry.mode == SUBMODULE]


def _listed(repository: Repository, oid: str) -> dict[str, Entry] | None:
    try:
        return revision_entries(repository, oid)
    except GitError:
        return None


def _is_inside(repository: Repository, around: tuple[str, ...]) -> bool:
    """Whether it is a repository of its own whose objects are kept in the outer one's folders."""
    folder = os.path.realpath(repository.directory)
    if folder != os.path.abspath(repository.directory) or not os.path.lexists(os.path.join(folder, ".git")):
        return False
    found = repository.line("rev-parse", "--path-format=absolute", "--git-common-dir")
    return found is not None and os.path.realpath(found).startswith(tuple(f"{each}{os.sep}" for each in around))
