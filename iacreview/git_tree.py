"""Trees that are read from git's objects: a revision or the index, never a checkout."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence

from iacreview.decoding import decoded
from iacreview.errors import MissingError, TreeError
from iacreview.git import Objects, Repository
from iacreview.model.record import NamedTuple
from iacreview.tree import (
    BEGINNING_BYTES,
    INSTALLED,
    MAX_FILE_BYTES,
    MAX_LINKS,
    SKIPPED,
    Tree,
    is_aside,
    is_installed,
    leaves,
    normal_path,
    too_large,
)
from iacreview.wrapped_tree import WrappedTree

LINK = "120000"
SUBMODULE = "160000"


class Entry(NamedTuple):
    """A path's mode and object id as git has them."""

    mode: str
    oid: str


def revision_entries(repository: Repository, revision: str) -> dict[str, Entry]:
    """Every path of a commit or tree with its entry. Raises GitError where there is no such revision."""
    listed = repository.run("ls-tree", "-r", "-z", "--full-tree", revision)
    entries = {}
    for item in os.fsdecode(listed).split("\0"):
        if item:
            head, _, path = item.partition("\t")
            mode, _, oid = head.split(" ")
            entries[path] = Entry(mode, oid)
    return entries


def index_entries(repository: Repository) -> dict[str, Entry]:
    """Every path of the index with its entry; of a conflict, our side."""
    listed = repository.run("ls-files", "-s", "-z", "--full-name", "--", ":/")
    entries: dict[str, Entry] = {}
    for item in os.fsdecode(listed).split("\0"):
        if item:
            head, _, path = item.partition("\t")
            mode, oid, stage = head.split(" ")
            if stage in ("0", "2"):
                entries[path] = Entry(mode, oid)
    return entries


def below(path: str, names: Mapping[str, Entry]) -> dict[str, Entry]:
    """The entries of a repository as they are below a path."""
    return {f"{path}/{name}": entry for name, entry in names.items()}


class ObjectTree:
    """The files of one revision or of the index. Links are followed inside the tree, never out of it."""

    __slots__ = ("_directories", "_links", "_objects", "_others", "_real", "entries")

    def __init__(self, entries: Mapping[str, Entry], objects: Objects) -> None:
        self.entries = entries
        self._objects = objects
        self._directories = _by_directory(entries)
        # Directories by their names, once the links in these are followed.
        self._real = {"": ""}
        # Those that are no files, or may be none.
        self._others = {path for path, entry in entries.items() if entry.mode in (LINK, SUBMODULE)}
        self._links = {path for path in self._others if entries[path].mode == LINK}

    @property
    def problems(self) -> Sequence[TreeError]:
        """See Tree.problems. git's objects are all there."""
        return ()

    @property
    def aside(self) -> Sequence[str]:
        """See Tree.aside."""
        found = []
        for directory, names in self._directories.items():
            inside = not SKIPPED.isdisjoint(directory.split("/"))
            found += [f"{directory}/{name}" if directory else name for name in names if inside or name in SKIPPED]
        return sorted(filter(is_aside, found))

    def read(self, path: str) -> str:
        """See Tree.read."""
        name = self._resolve(normal_path(path), path)
        entry = self.entries.get(name)
        if entry is None:
            if name in self._directories:
                raise TreeError(path, "is a directory")
            raise MissingError(path, "is not there", "It may be a link to a file that is missing.")
        if entry.mode == SUBMODULE:
            raise TreeError(path, "is a submodule", "It is reviewed in its own repository.")
        data, complete = self._objects.read(entry.oid, MAX_FILE_BYTES, BEGINNING_BYTES)
        if not complete:
            raise too_large(path, data)
        return decoded(data, path)

    def files(self, directory: str = "", most: int | None = None) -> Iterator[str]:
        """See Tree.files. The same names are left out as in a working tree."""
        start = normal_path(directory)
        real = self._resolve(start, directory)
        if real and real not in self._directories:
            raise TreeError(directory, "is not a directory")
        found = self._below(real)
        links = [path for path in self._links if path.startswith(f"{real}/" if real else "")]
        more = self._behind([path for path in links if SKIPPED.isdisjoint(path.split("/"))], found)
        if not real and not start:
            return iter(sorted([*found, *more]))
        names = sorted(path[len(real) :].lstrip("/") for path in (*found, *more))
        return (f"{start}/{name}" if start else name for name in names)

    def _below(self, real: str, whole: bool = False) -> list[str]:
        """The files below a directory, but for those in SKIPPED ones, which a `whole` directory may itself be in."""
        prefix = f"{real}/" if real else ""
        found = []
        for directory, names in self._directories.items():
            if directory != real and not directory.startswith(prefix):
                continue
            if SKIPPED.isdisjoint(directory[len(prefix) if whole else 0 :].split("/")):
                paths = (f"{directory}/{name}" if directory else name for name in names if name not in SKIPPED)
                found += [path for path in paths if self._is_file(path)]
        return found

    def _behind(self, links: Sequence[str], found: Sequence[str]) -> Iterator[str]:
        """The files behind linked directories that are not found where they really are."""
        for link in sorted(links):
            try:
                real = self._resolve(link, link)
            except TreeError:
                continue
            below = f"{real}/" if real else ""
            if real in self._directories and not any(path.startswith(below) for path in found):
                inner = self._below(real, whole=True)
                found = [*found, *inner]
                yield from (link + path[len(real) :] for path in inner)

    def listing(self, directory: str) -> list[str]:
        """See Tree.listing."""
        try:
            real = self._resolve(normal_path(directory), directory)
        except TreeError:
            return []
        prefix = f"{real}/" if real else ""
        names = self._directories.get(real, ())
        return sorted(name for name in names if self._is_file(prefix + name)) if self._others else sorted(names)

    def exists(self, path: str) -> bool:
        """See Tree.exists."""
        try:
            entry = self.entries.get(self._resolve(normal_path(path), path))
        except TreeError:
            return False
        return entry is not None and entry.mode not in (LINK, SUBMODULE)

    def expect(self, paths: Sequence[str]) -> None:
        """See Tree.expect."""
        self._objects.expect(self.entries[path].oid for path in paths if path in self.entries)

    def links(self) -> dict[str, str]:
        """Every link that can be followed, and the path it leads to."""
        found = {}
        for path in self._links:
            try:
                found[path] = self._resolve(path, path)
            except TreeError:
                continue
        return found

    def _is_file(self, path: str) -> bool:
        """As in a working tree, a link that cannot be followed counts, so that reading it tells why."""
        if path not in self._others:
            return True
        if self.entries[path].mode == SUBMODULE:
            return False
        try:
            return self._resolve(path, path) not in self._directories
        except TreeError:
            return True

    def _resolve(self, name: str, path: str) -> str:
        """The name of what `name` leads to once links are followed; TreeError where that is not in the tree."""
        if not self._links:
            return name
        directory, _, last = name.rpartition("/")
        real = self._real.get(directory)
        if real is None:
            real = self._real[directory] = self._follow("", directory, path)
        return self._follow(real, last, path)

    def _follow(self, start: str, rest: str, path: str) -> str:
        done = start.split("/") if start else []
        pending = rest.split("/")[::-1]
        links = 0
        while pending:
            part = pending.pop()
            if part == "..":
                if not done:
                    raise leaves(path)
                done.pop()
            elif part not in ("", "."):
                done.append(part)
                if (link := "/".join(done)) in self._links:
                    links += 1
                    if links > MAX_LINKS:
                        raise TreeError(path, "is a link that leads to itself", "Remove the link.")
                    done.pop()
                    pending.extend(self._target(link, path)[::-1])
        return "/".join(done)

    def _target(self, link: str, path: str) -> list[str]:
        data = self._objects.read(self.entries[link].oid, MAX_FILE_BYTES, 0)[0]
        target = os.fsdecode(data)
        if target.startswith("/"):
            raise leaves(path)
        return target.split("/")


def _by_directory(paths: Iterable[str]) -> dict[str, list[str]]:
    """The names of the files in each directory; a directory with directories alone has none."""
    found: dict[str, list[str]] = {"": []}
    for path in paths:
        directory, _, name = path.rpartition("/")
        names = found.get(directory)
        if names is None:
            names = found[directory] = []
            parent = directory
            while (parent := parent.rpartition("/")[0]) not in found:
                found[parent] = []
        names.append(name)
    return found


class WithInstalled(WrappedTree):
    """A revision's files with the modules that are installed in the working tree, which are the same for every one.

    They are not listed, as in a working tree.
    """

    __slots__ = ("_working",)

    def __init__(self, tree: Tree, working: Tree) -> None:
        super().__init__(tree)
        self._working = working

    def read(self, path: str) -> str:
        """See Tree.read."""
        return self._of(path).read(path)

    def listing(self, directory: str) -> list[str]:
        """See Tree.listing."""
        return self._of(directory).listing(directory)

    def exists(self, path: str) -> bool:
        """See Tree.exists."""
        return self._of(path).exists(path)

    def _of(self, path: str) -> Tree:
        return self._working if is_installed(path) else self._tree


def with_installed(trees: Sequence[ObjectTree], working: Tree) -> Sequence[Tree]:
    """The trees with what is installed in the working tree, unless one of them holds such files itself."""
    held = any(is_installed(path) for tree in trees for path in tree.entries if INSTALLED[0] in path)
    return trees if held else [WithInstalled(tree, working) for tree in trees]
