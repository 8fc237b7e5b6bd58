"""`iacreview diff --base-dir A --head-dir B`: two directories compared, such as two synthesised cloud assemblies."""

from __future__ import annotations

import os
from collections.abc import Iterator

from iacreview.commands.check import without_ignored_paths
from iacreview.commands.finishing import finished
from iacreview.commands.project import open_project
from iacreview.commands.wishes import Wishes, options_for
from iacreview.errors import TreeError, UsageError
from iacreview.protection.load import load_protections
from iacreview.review.comparison import compare
from iacreview.review.sides import Side
from iacreview.tree import Tree, WorkingTree


def diff_folders(base: str, head: str, everything: bool, wishes: Wishes) -> int:
    """Prints the report of what the second directory has and the first had; returns the exit status as `diff` does.

    The settings are those of the project that the command is run in: neither directory chooses its judge.
    """
    project = open_project(())
    sides = [Side(_tree(path), path) for path in (base, head)]
    options = options_for(project, wishes)._replace(protections=load_protections(project.rules))
    changed = set(_changed(sides[0].tree, sides[1].tree))
    report = compare(sides[0], sides[1], changed, (), options, everything)
    if options.progress is not None:
        options.progress(0, 0)
    return finished(without_ignored_paths(report, project), project, wishes._replace(everything=everything), "diff")


def _tree(path: str) -> WorkingTree:
    if not os.path.isdir(path):
        raise UsageError(f"there is no directory `{path}`")
    return WorkingTree(os.path.realpath(path))


def _changed(base: Tree, head: Tree) -> Iterator[str]:
    """The paths that only one side has, and those with another text."""
    before, after = set(base.files()), set(head.files())
    yield from before ^ after
    for path in sorted(before & after):
        text = _text(base, path)
        if text is None or text != _text(head, path):
            yield path


def _text(tree: Tree, path: str) -> str | None:
    """A file's text; one that cannot be read is never the same as another."""
    try:
        return tree.read(path)
    except TreeError:
        return None
