"""Who calls whom: the graph of units by path."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Iterator, Mapping

from iacreview.languages.language import Calls


def callers_of(paths: Iterable[str], calls: Calls) -> set[str]:
    """The paths and all that call them, however indirectly."""
    callers: dict[str, set[str]] = {}
    for caller, called in calls.items():
        for path in called:
            callers.setdefault(path, set()).add(caller)
    return _closure(paths, callers)


def uncalled(calls: Calls) -> set[str]:
    """The callers that no other one calls (all of a circle, where nobody else does)."""
    everything = set(calls)
    roots = everything - {called for caller, found in calls.items() for called in found - {caller}}
    return roots | (everything - _closure(roots, calls))


def called_by(paths: Iterable[str], calls: Calls) -> set[str]:
    """The paths and all that they call, however indirectly."""
    return _closure(paths, calls)


def _closure(paths: Iterable[str], following: Mapping[str, set[str]]) -> set[str]:
    found = set(paths)
    pending = list(found)
    while pending:
        more = following.get(pending.pop(), set()) - found
        found |= more
        pending.extend(more)
    return found


def names_in(paths: Iterable[str]) -> set[str]:
    """The names of files and of the folders that they lie in, of which one stands where any of them is named."""
    return {name for path in paths for name in path.split("/")}


def around(path: str) -> Iterator[str]:
    """A path, and the folders around it; `.` is the root."""
    parts = path.split("/")
    yield "."
    yield from ("/".join(parts[:at]) for at in range(1, len(parts) + 1))


def named_from(folders: Iterable[str], texts: Collection[str]) -> set[str]:
    """The paths that texts may name: from any of some folders or, without dots at the beginning, from the root."""
    places = tuple(folders)
    found = {posixpath.normpath(posixpath.join(folder, text)) for text in texts for folder in places}
    return found.union(posixpath.normpath(text) for text in texts if not text.startswith("."))


def directory_of(path: str) -> str:
    """The directory that a path lies in."""
    return path.rpartition("/")[0]
