"""Files that a command writes, in a project that may be hostile."""

from __future__ import annotations

import os
import stat

from iacreview.errors import UsageError
from iacreview.tree import parts_of

_FLAGS = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC"))


def write(path: str, text: str, root: str, mode: str = "w") -> None:
    """Writes (or, with mode `a`, appends to) a file; nothing that the project at `root` holds leads elsewhere.

    Raises UsageError where the path is or leads through a link of the project, is a pipe or a socket, or cannot be
    written.
    """
    link = link_to(path, root)
    if link:
        raise UsageError(f"{link} is a link", "It may belong to the reviewed project: name another file.")
    try:
        with open(path, mode, encoding="utf-8", newline="\n", opener=_opened) as stream:
            stream.write(text)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error


def link_to(path: str, root: str) -> str:
    """The link of the project at `root` that a path is, or leads through; empty where there is none."""
    return path if os.path.islink(path) else _link_on_the_way(path, os.path.realpath(root))


def _opened(path: str, flags: int) -> int:
    """A descriptor that neither followed a link nor waits for a reader."""
    descriptor = os.open(path, flags | _FLAGS, 0o666)
    kind = os.fstat(descriptor).st_mode
    if stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind):
        os.close(descriptor)
        raise UsageError(f"{path} is a pipe or a socket", "Name a file.")
    return descriptor


def _link_on_the_way(path: str, root: str) -> str:
    """The first link below the root that a path's directory goes through; empty where there is none."""
    drive, rest = os.path.splitdrive(os.path.dirname(path))
    current = os.path.join(drive, os.sep) if os.path.isabs(path) else os.path.realpath(os.curdir)
    for part in parts_of(rest):
        if part == os.pardir:
            current = os.path.dirname(current)
        elif part not in ("", os.curdir):
            current = os.path.join(current, part)
            if os.path.islink(current):
                if _is_below(current, root):
                    return current
                current = os.path.realpath(current)
    return ""


def _is_below(path: str, root: str) -> bool:
    return os.path.normcase(path).startswith(os.path.normcase(os.path.join(root, "")))
