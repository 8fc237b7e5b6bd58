"""The reviewed tree: the only door through which files of the reviewed project are read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Protocol

from iacreview.decoding import decoded, marked
from iacreview.errors import MissingError, TooLargeError, TooManyError, TreeError

MAX_FILE_BYTES = 20 * 1024 * 1024
BEGINNING_BYTES = 64 * 1024
MAX_LINKS = 40
SKIPPED = frozenset((".git", ".terraform", "node_modules"))
# Where modules of others are installed, below a root module; no repository holds them.
INSTALLED = (".terraform", "modules")

# O_NONBLOCK: opening a pipe must not wait for its other end.
_OPEN_FLAGS = os.O_RDONLY | sum(getattr(os, flag, 0) for flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))
_JUNCTION = getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", 0xA0000003)


class Tree(Protocol):
    """A tree of files. Paths are relative to its root, with forward slashes, and never leave it."""

    def read(self, path: str) -> str:
        """The text of a file, decoded as UTF-8 or as its byte-order mark says, without that.

        Raises TreeError where the file is missing (MissingError), too large (TooLargeError), in another encoding
        (EncodingError), not a regular file, or outside of the tree.
        """

    def files(self, directory: str = "", most: int | None = None) -> Iterator[str]:
        """All files below a directory, sorted by path.

        Raises TooManyError where more than `most` would have to be walked through; a repository's are listed.
        """

    def listing(self, directory: str) -> list[str]:
        """The names of the files directly in a directory, sorted; empty where there is none."""

    def exists(self, path: str) -> bool:
        """Whether a regular file is there, inside the tree."""

    def expect(self, paths: Sequence[str]) -> None:
        """Told which files are read next, in about that order: a tree may fetch them meanwhile."""

    @property
    def problems(self) -> Sequence[TreeError]:
        """What could not be looked into when its files were listed."""

    @property
    def aside(self) -> Sequence[str]:
        """The files of its repository in directories that are not listed (SKIPPED), but for installed modules."""


def normal_path(path: str, system: ModuleType = os.path) -> str:
    """A path in the tree's spelling: forward slashes, no `.` or `..` parts.

    A backslash separates on Windows alone; elsewhere it belongs to the name. Raises TreeError where the path
    leads out of the tree.
    """
    around = f"/{path}/"
    if not ("//" in around or "/./" in around or "/../" in around or "\\" in path or ":" in path):
        return path
    parts: list[str] = []
    if path.startswith("/") or system.isabs(path) or system.splitdrive(path)[0]:
        raise TreeError(path, "is an absolute path")
    for part in parts_of(path, system):
        if part == "..":
            if not parts:
                raise TreeError(path, "leads out of the reviewed tree")
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def is_aside(path: str) -> bool:
    """Whether a path lies in a directory whose files are not listed, and is not of an installed module."""
    return any(map(path.__contains__, SKIPPED)) and not SKIPPED.isdisjoint(path.split("/")) and not is_installed(path)


def is_installed(path: str) -> bool:
    """Whether a path is, or is below, the directory where modules of others are installed."""
    if INSTALLED[0] not in path:
        return False
    parts = path.split("/")
    return any(tuple(parts[at : at + 2]) == INSTALLED for at in range(len(parts) - 1))


class WorkingTree:
    """The files below a directory of this machine, as they are now.

    Links are followed by hand, part by part, so that nothing outside of the root is opened or even looked at.
    git's own directory is closed: its files may hold credentials that a link in the project could expose.
    `problems` collects directories that could not be looked into, `aside` what git tracks where nothing is listed.
    """

    __slots__ = ("_directories", "_root", "aside", "problems")

    def __init__(self, root: str) -> None:
        self._root = os.path.realpath(root)
        self._directories: dict[str, str] = {"": ""}
        self.problems: list[TreeError] = []
        self.aside: list[str] = []

    def read(self, path: str) -> str:
        """See Tree.read."""
        name = self._resolve(normal_path(path), path)
        data = self._bytes(name, path)
        return decoded(data, path)

    def exists(self, path: str) -> bool:
        """See Tree.exists."""
        try:
            return stat.S_ISREG(self._stat(path).st_mode)
        except (TreeError, OSError, ValueError):
            return False

    def expect(self, paths: Sequence[str]) -> None:
        """See Tree.expect. Nothing is faster than the system."""

    def listing(self, directory: str) -> list[str]:
        """See Tree.listing. A link that cannot be followed is listed, so that reading it tells why."""
        try:
            name = normal_path(directory)
            entries = self._scan(self._resolve(name, directory))
        except (TreeError, OSError, ValueError):
            return []
        return sorted(entry.name for entry in entries if self._is_file(entry, name))

    def files(self, directory: str = "", most: int | None = None) -> Iterator[str]:
        """See Tree.files. `.git`, `.terraform` and `node_modules` are left out; so are linked directories, unless what
        is behind one is inside the tree and found nowhere else.

        Inside a git repository what git ignores is left out too, unless nothing else is there: then an ignored
        directory (`cdk.out`) was named on purpose. Raises TreeError where there is no such directory.
        """
        start = normal_path(directory)
        real = self._resolve(start, directory)
        if not os.path.isdir(self._full(real)):
            raise TreeError(directory or ".", "is not a directory")
        links: list[str] = []
        found = self._git_files(start, real, links) if _in_repository(self._full(real)) else []
        if not found:
            links.clear()
            found = self._walk(start, real, links, most)
        return iter(sorted([*found, *self._behind(links, found)]) if links else found)

    def _behind(self, links: Sequence[str], found: Sequence[str]) -> Iterator[str]:
        """The files behind linked directories inside the tree that are not found where they really are."""
        for link in sorted(links):
            try:
                real = self._resolve(link, link)
            except (TreeError, OSError, ValueError):
                continue
            below = f"{real}/" if real else ""
            if not any(path.startswith(below) for path in found):
                found = [*found, *self._walk(real, real, [])]
                yield from self._walk(link, real, [])

    def _full(self, name: str) -> str:
        return os.path.join(self._root, *name.split("/")) if name else self._root

    def _resolve(self, name: str, path: str) -> str:
        """The name of what `name` leads to once links are followed; TreeError where that is not in the tree."""
        directory, _, last = name.rpartition("/")
        try:
            real = self._directories.get(directory)
            if real is None:
                real = self._directories[directory] = self._follow("", directory, path)
            return self._follow(real, last, path)
        except ValueError as error:
            raise TreeError(path, "is not a path", f"{error}.") from error

    def _follow(self, start: str, rest: str, path: str) -> str:
        done = start.split("/") if start else []
        pending = rest.split("/")[::-1]
        links = 0
        while pending:
            part = pending.pop()
            if part == ".." and not done:
                raise leaves(path)
            if part == "..":
                done.pop()
            elif part not in ("", "."):
                done.append(part)
                target = _link_target(self._full("/".join(done)))
                if target is not None:
                    links += 1
                    if links > MAX_LINKS:
                        raise TreeError(path, "is a link that leads to itself", "Remove the link.")
                    done, steps = self._aim(target, done[:-1], path)
                    pending.extend(reversed(steps))
        if any(part.casefold() == ".git" for part in done):
            raise TreeError(path, "is inside git's own directory", "Nothing there is reviewed.")
        return "/".join(done)

    def _aim(self, target: str, directory: list[str], path: str) -> tuple[list[str], list[str]]:
        """Where to go on from, and the parts to go, for a link in a directory."""
        if not os.path.isabs(target) and not os.path.splitdrive(target)[0]:
            return directory, parts_of(target)
        root = os.path.join(self._root, "")
        if not os.path.normcase(os.path.join(target, "")).startswith(os.path.normcase(root)):
            raise leaves(path)
        return [], parts_of(target[len(root) :])

    def _stat(self, path: str) -> os.stat_result:
        return os.lstat(self._full(self._resolve(normal_path(path), path)))

    def _bytes(self, name: str, path: str) -> bytes:
        full = self._full(name)
        try:
            _admit(os.lstat(full), path)
            descriptor = os.open(full, _OPEN_FLAGS)
            try:
                size = _admit(os.fstat(descriptor), path)
                if size > MAX_FILE_BYTES:
                    raise too_large(path, os.read(descriptor, BEGINNING_BYTES))
                data = os.read(descriptor, size + 1)
            finally:
                os.close(descriptor)
        except FileNotFoundError as error:
            raise MissingError(path, "is not there", "It may be a link to a file that is missing.") from error
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise TreeError(path, f"cannot be read: {why}", "Check its permissions.") from error
        if len(data) > size:
            raise TreeError(path, "grew while it was read", "Run again.")
        return data

    def _scan(self, real: str) -> list[os.DirEntry[str]]:
        with os.scandir(self._full(real)) as entries:
            return list(entries)

    def _is_file(self, entry: os.DirEntry[str], directory: str) -> bool:
        if entry.is_file(follow_symlinks=False):
            return True
        return entry.is_symlink() and self._is_file_link(_join(directory, entry.name))

    def _is_file_link(self, name: str) -> bool:
        try:
            return not stat.S_ISDIR(self._stat(name).st_mode)
        except (TreeError, OSError, ValueError):
            return True

    def _walk(self, start: str, real: str, links: list[str], most: int | None = None) -> list[str]:
        found: list[str] = []
        pending = [(start, real)]
        while pending:
            name, real_name = pending.pop()
            try:
                entries = self._scan(real_name)
            except OSError as error:
                self.problems.append(TreeError(name, f"cannot be looked into: {error.strerror}"))
                continue
            if most is not None and len(found) + len(entries) > most:
                raise TooManyError(start, f"has more than {most:,} files")
            for entry in entries:
                if entry.name in SKIPPED:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    if not _is_junction(entry):
                        pending.append((_join(name, entry.name), _join(real_name, entry.name)))
                elif self._is_file(entry, name):
                    found.append(_join(name, entry.name))
                elif entry.is_symlink():
                    links.append(_join(name, entry.name))
        return sorted(found)

    def _git_files(self, start: str, real: str, links: list[str]) -> list[str]:
        """The files that git tracks or would offer to add; none where git cannot tell."""
        from iacreview.git import GitError, run_git

        try:
            listed = run_git(self._full(real), "ls-files", "-z", "-t", "--cached", "--others", "--exclude-standard")
        except GitError:
            return []
        found: set[str] = set()
        for item in listed.split(b"\0"):
            tag, _, path = item.partition(b" ")
            name = os.fsdecode(path).rstrip("/")
            if name and SKIPPED.isdisjoint(name.split("/")):
                found.update(self._offered(_join(start, name), _join(real, name), links))
            elif tag != b"?" and is_aside(name) and os.path.lexists(self._full(_join(real, name))):
                self.aside.append(_join(start, name))
        return sorted(found)

    def _offered(self, name: str, real: str, links: list[str]) -> list[str]:
        """A listed file if it is still there, or the files of a repository inside this one, which git does not list."""
        try:
            mode = os.lstat(self._full(real)).st_mode
        except (OSError, ValueError):
            return []
        if stat.S_ISDIR(mode):
            return self._walk(name, real, links)
        if stat.S_ISREG(mode) or (stat.S_ISLNK(mode) and self._is_file_link(name)):
            return [name]
        if stat.S_ISLNK(mode):
            links.append(name)
        return []


def path_in(root: str, full: str, system: ModuleType = os.path) -> str:
    """A tree's path of a file of this machine, with `/` on every system; empty for the root itself.

    Raises TreeError for what is not below the root, which includes what is on another drive.
    """
    try:
        relative = system.relpath(full, root)
    except ValueError as error:
        raise TreeError(full, "leads out of the reviewed tree") from error
    return "" if relative == system.curdir else normal_path(relative, system)


def parts_of(path: str, system: ModuleType = os.path) -> list[str]:
    """The parts of a path of this machine: on Windows both kinds of slashes are between them."""
    return (path.replace(system.sep, system.altsep) if system.altsep else path).split("/")


def _join(directory: str, name: str) -> str:
    return f"{directory}/{name}" if directory else name


def too_large(path: str, beginning: bytes) -> TooLargeError:
    """What a file of more than MAX_FILE_BYTES raises."""
    why = f"is larger than {MAX_FILE_BYTES // 1024 // 1024} MiB"
    encoding, mark = marked(beginning)
    text = beginning[len(mark) :].decode(encoding, "replace")
    return TooLargeError(path, why, "Split it, or leave it out with `exclude` in .iacreview.yaml.", text)


def leaves(path: str) -> TreeError:
    """What a link out of the tree raises."""
    return TreeError(path, "is a link that leads out of the reviewed tree", "Put the file itself into the tree.")


def _link_target(full: str) -> str | None:
    """Where a link points to; None for what is not a link or not there."""
    try:
        found = os.lstat(full)
        if stat.S_ISLNK(found.st_mode) or getattr(found, "st_reparse_tag", 0) == _JUNCTION:
            target = os.readlink(full)
            return target[4:] if target.startswith("\\\\?\\") else target
    except OSError:
        pass
    return None


def _is_junction(entry: os.DirEntry[str]) -> bool:
    return os.name == "nt" and getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0) == _JUNCTION


def _admit(found: os.stat_result, path: str) -> int:
    """The size of a file; TreeError for what must not be opened or read."""
    if stat.S_ISDIR(found.st_mode):
        raise TreeError(path, "is a directory")
    if not stat.S_ISREG(found.st_mode):
        raise TreeError(path, "is not a regular file", "Pipes, sockets and devices are not read.")
    return found.st_size


def _in_repository(full: str) -> bool:
    """Whether git may know about a directory: a `.git` is there or further up."""
    while not os.path.lexists(os.path.join(full, ".git")):
        parent = os.path.dirname(full)
        if parent == full:
            return False
        full = parent
    return True
