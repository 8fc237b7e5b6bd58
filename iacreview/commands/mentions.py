"""Which files of a project may have a Config rule, found without reading all of them."""

from __future__ import annotations

import os

from iacreview.asked import MARKS, mentioning
from iacreview.commands.project import Project
from iacreview.git import GitError, Repository, run_git
from iacreview.languages import ENDINGS
from iacreview.tree import Tree, is_aside


def mentioned(project: Project, judge: Tree, revision: str = "") -> set[str]:
    """The files of the project that may have a Config rule, as they are or as they were at a revision.

    git looks through its whole repository. What git ignores counts where it is given, and so does what is in no
    repository: nobody knows how much of a disk is the project's.
    """
    folders = [path for path in project.paths if not project.tree.exists(path)]
    if not revision and not os.path.lexists(os.path.join(project.root, ".git")):
        return set(mentioning(judge, folders))
    repository = Repository(project.root)
    try:
        found = found_by_git(repository, revision)
        ignored = [] if revision else [each for each in folders if _is_ignored(project.root, each)]
    except GitError:
        return set(mentioning(judge, folders))
    return found.union(mentioning(judge, ignored))


def found_by_git(repository: Repository, revision: str = "") -> set[str]:
    """The files that may have a Config rule: of a revision, or of the work tree. GitError where git cannot tell."""
    return {path for path in repository.mentioning(MARKS, ENDINGS, revision) if not is_aside(path)}


def _is_ignored(root: str, folder: str) -> bool:
    return bool(folder) and bool(run_git(root, "check-ignore", "--", folder, answers=(1,)))
