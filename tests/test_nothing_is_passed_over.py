"""Linked directories, files that vanish, settings that are not read: each is reviewed once, or named."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.errors import TreeError
from iacreview.git import Objects, Repository
from iacreview.git_tree import ObjectTree, index_entries
from iacreview.options import Options
from iacreview.pipeline import check
from iacreview.tree import Tree, WorkingTree
from tests.trees import MemoryTree

OPTIONS = Options([rule for rule in load_rules() if rule.code == "ENC001"], load_catalog())
VOLUME = 'resource "aws_ebs_volume" "v" {\n  availability_zone = "a"\n  encrypted = false\n}\n'


@contextmanager
def trees(root: Path) -> Iterator[list[Tree]]:
    """The directory as it is, and as git's index has it."""
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    subprocess.run(["git", "-C", str(root), "add", "-Af"], check=True)
    repository = Repository(str(root))
    objects = Objects(repository)
    try:
        yield [WorkingTree(str(root)), ObjectTree(index_entries(repository), objects)]
    finally:
        objects.close()


@pytest.mark.parametrize(
    ("real", "found"),
    [("real", "real/main.tf"), (".hidden/x", ".hidden/x/main.tf"), ("node_modules/x", "link/main.tf")],
)
def test_a_linked_directory_is_reviewed_once(tmp_path: Path, real: str, found: str) -> None:
    (tmp_path / real).mkdir(parents=True)
    (tmp_path / real / "main.tf").write_text(VOLUME)
    (tmp_path / "link").symlink_to(real)
    (tmp_path / "again").symlink_to("link")
    places = {"link/main.tf": "again/main.tf"}
    with trees(tmp_path) as both:
        for tree in both:
            assert [path for path in tree.files() if path.endswith(".tf")] == [places.get(found, found)]
            assert [each.span.path for each in check(tree, (), OPTIONS).findings] == [places.get(found, found)]


def test_a_link_to_what_is_around_it_ends(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "main.tf").write_text(VOLUME)
    (tmp_path / "a" / "up").symlink_to("..")
    (tmp_path / "out").symlink_to(tmp_path.parent)
    with trees(tmp_path) as both:
        for tree in both:
            assert [path for path in tree.files() if path.endswith(".tf")] == ["a/main.tf"]


def test_settings_deeper_in_the_tree_are_named() -> None:
    report = check(MemoryTree({"a/.iacreview.yaml": "ignore: [ENC001]\n", "a/main.tf": VOLUME}), (), OPTIONS)
    assert [each.rule for each in report.findings] == ["ENC001"]
    reason = "settings are those of the root of the project: this file is not read"
    assert [(each.path, each.reason) for each in report.skipped] == [("a/.iacreview.yaml", reason)]


def test_a_file_that_vanishes_fails() -> None:
    class Vanishing(MemoryTree):
        def listing(self, directory: str) -> list[str]:
            return [*super().listing(directory), "gone.tf"]

    (finding,) = check(Vanishing({"main.tf": ""}), (), OPTIONS).findings
    assert (finding.rule, finding.span.path, finding.message) == ("SYN001", "gone.tf", "the file is not there")


def test_what_cannot_be_looked_into_is_an_error() -> None:
    tree = MemoryTree({"main.tf": ""})
    tree.problems = (TreeError("secret", "cannot be looked into: Permission denied"),)
    assert [each.path for each in check(tree, (), OPTIONS).errors] == ["secret"]
