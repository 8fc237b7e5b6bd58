"""Which files of a project are its own to edit."""

from __future__ import annotations

import os
from collections.abc import Collection

from iacreview.commands.writing import link_to
from iacreview.git import GitError, run_git
from iacreview.languages import LANGUAGES
from iacreview.tree import SKIPPED, Tree, is_installed

_IGNORED = "git ignores it: change what it is made of"


def not_to_edit(paths: Collection[str], tree: Tree, root: str) -> dict[str, str]:
    """Why files in the tree at `root` are left as they are, by path.

    They are installed or made by a program, of another repository, or reached through a link.
    """
    found = {path: why for path in sorted(set(paths)) if (why := _why(path, tree, root))}
    ignored = _ignored([path for path in paths if path not in found], root)
    return dict(sorted({**found, **dict.fromkeys(ignored, _IGNORED)}.items()))


def _why(path: str, tree: Tree, root: str) -> str:
    parts = path.split("/")
    if is_installed(path):
        origin = next((said for each in LANGUAGES if (said := each.origin(tree, path))), "")
        return f"it is installed: change the module at its source{f', {origin}' if origin else ''}"
    if not SKIPPED.isdisjoint(parts):
        return "it is installed: change it at its source"
    if link_to(os.path.join(root, *parts), root):
        return "a link leads to it: change it where it is"
    above = ("/".join(parts[:count]) for count in range(len(parts) - 1, 0, -1))
    own = next((each for each in above if os.path.lexists(os.path.join(root, *each.split("/"), ".git"))), "")
    return f"it is of another repository, {own}: change it there" if own else ""


def _ignored(paths: list[str], root: str) -> list[str]:
    """Those of the files that git ignores; none where git cannot tell."""
    if not paths:
        return []
    try:
        asked = run_git(
            root, "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--", *map(_literal, paths)
        )
    except GitError:
        return []
    return [os.fsdecode(each) for each in asked.split(b"\0") if each]


def _literal(path: str) -> str:
    return f":(literal){path}"
