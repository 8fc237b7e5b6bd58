"""A revision and the index read like the working tree they were made from."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from iacreview.errors import TreeError
from iacreview.git import GitError, Objects, Repository
from iacreview.git_tree import ObjectTree, index_entries, revision_entries
from iacreview.tree import Tree, WorkingTree
from tests.repositories import Project, new_project

FILES = {
    "main.tf": "a\n",
    "modules/a/main.tf": "\ufeffwith a mark\n",
    "modules/a/deep/er/x.yaml": "x: 1\n",
    "node_modules/x/main.tf": "not reviewed\n",
    "with space/ü.tf": "ü\n",
    "latin.tf": "",
}
LINKS = {
    "link.tf": "main.tf",
    "linked": "modules/a",
    "modules/up.tf": "../main.tf",
    "through.tf": "linked/main.tf",
    "loop.tf": "loop.tf",
    "broken.tf": "nowhere.tf",
    "out.tf": "../outside.tf",
    "absolute.tf": "/etc/hostname",
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = new_project(tmp_path / "project")
    (tmp_path / "outside.tf").write_text("outside\n")
    project.write(dict(FILES))
    (project.root / "latin.tf").write_bytes(b"\xff\xfe")
    for name, target in LINKS.items():
        os.symlink(target, project.root / name)
    project.commit({})
    return project


@pytest.fixture
def trees(project: Project) -> Iterator[tuple[Tree, Tree, Tree]]:
    repository = Repository(str(project.root))
    objects = Objects(repository)
    yield (
        WorkingTree(str(project.root)),
        ObjectTree(revision_entries(repository, "HEAD"), objects),
        ObjectTree(index_entries(repository), objects),
    )
    objects.close()


def answer(tree: Tree, path: str) -> str:
    try:
        return tree.read(path)
    except TreeError as error:
        return f"error: {error.message}"


@pytest.mark.parametrize(
    "path", [*FILES, *LINKS, "linked/main.tf", "linked/deep/er/x.yaml", "modules", "none.tf", "../x", "/etc/passwd"]
)
def test_reading(trees: tuple[Tree, Tree, Tree], path: str) -> None:
    worktree, revision, index = trees
    wanted = answer(worktree, path)
    assert answer(revision, path) == wanted
    assert answer(index, path) == wanted
    assert revision.exists(path) == worktree.exists(path)


@pytest.mark.parametrize("folder", ["", "modules", "modules/a", "linked", "with space", "none"])
def test_listing(trees: tuple[Tree, Tree, Tree], folder: str) -> None:
    worktree, revision, index = trees
    assert revision.listing(folder) == worktree.listing(folder)
    assert index.listing(folder) == worktree.listing(folder)


@pytest.mark.parametrize("folder", ["", "modules", "linked", "with space"])
def test_files(trees: tuple[Tree, Tree, Tree], folder: str) -> None:
    worktree, revision, index = trees
    assert list(revision.files(folder)) == list(worktree.files(folder)) == list(index.files(folder))


def test_no_such_folder(trees: tuple[Tree, Tree, Tree]) -> None:
    for tree in trees:
        with pytest.raises(TreeError):
            list(tree.files("none"))


def test_too_large(project: Project) -> None:
    project.write({"large.tf": "#" * 3_000_000})
    project.commit({})
    repository = Repository(str(project.root))
    objects = Objects(repository)
    entry = revision_entries(repository, "HEAD")["large.tf"]
    assert objects.read(entry.oid, 1000, 5) == (b"#####", False)
    assert objects.read(revision_entries(repository, "HEAD")["main.tf"].oid, 1000, 5) == (b"a\n", True)
    objects.close()


def test_a_missing_object(project: Project) -> None:
    objects = Objects(Repository(str(project.root)))
    with pytest.raises(GitError, match="not in this clone"):
        objects.read("0" * 40, 1000, 5)
    objects.close()


@pytest.mark.parametrize("seed", range(3))
def test_what_is_expected_is_read_in_any_order(project: Project, seed: int) -> None:
    """It may be missing, too large, asked for twice or never, and there may be more of it than is asked for ahead."""
    texts = {f"f{number}.tf": f"{number}\n" for number in range(100)} | {"large.tf": "#" * 9000}
    project.write(texts)
    project.commit({})
    repository, chance = Repository(str(project.root)), random.Random(seed)
    objects, entries = Objects(repository), revision_entries(repository, "HEAD")
    asked = [*chance.choices([*texts], k=80), "large.tf"]
    missing = "0" * 40
    objects.expect([missing, *(entries[path].oid for path in chance.sample([*texts], 90)), missing[:-1] + "1"])
    for path in chance.sample(asked, len(asked)):
        whole = texts[path].encode()
        assert objects.read(entries[path].oid, 1000, 5) == ((whole[:5], False) if len(whole) > 1000 else (whole, True))
    with pytest.raises(GitError, match="not in this clone"):
        objects.read(missing, 1000, 5)
    assert objects.read(entries["f1.tf"].oid, 1000, 5) == (b"1\n", True)
    objects.close()


def test_our_side_of_a_conflict(tmp_path: Path) -> None:
    project = new_project(tmp_path, {"main.tf": "base\n"})
    project.git("switch", "-q", "-c", "other")
    project.commit({"main.tf": "theirs\n"})
    project.git("switch", "-q", "main")
    project.commit({"main.tf": "ours\n"})
    with pytest.raises(AssertionError):
        project.git("merge", "other")
    repository = Repository(str(project.root))
    objects = Objects(repository)
    assert ObjectTree(index_entries(repository), objects).read("main.tf") == "ours\n"
    objects.close()
