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


@pytest.mark.parametrize("name", [".main.tf", "main.tf~", "#main.tf#", ".#main.tf"])
def test_files_that_terraform_passes_over_are_named(name: str) -> None:
    report = check(MemoryTree({name: VOLUME}), (), OPTIONS)
    assert report.findings == ()
    assert [(each.path, each.reason.partition(" ")[0]) for each in report.skipped] == [(name, "Terraform")]


def test_settings_in_a_deeper_pyproject_are_named() -> None:
    tables = {"a/pyproject.toml": '[tool.iacreview]\nignore = ["ENC001"]\n', "b/pyproject.toml": "[tool.ruff]\n"}
    report = check(MemoryTree(tables), (), OPTIONS)
    assert [each.path for each in report.skipped] == ["a/pyproject.toml"]


@pytest.mark.parametrize(
    ("path", "named"),
    [
        (".terraform/main.tf", [".terraform"]),
        ("a/node_modules/x/main.tf", ["a/node_modules"]),
        ("node_modules/x/index.js", []),
        (".terraform/modules/x/main.tf", []),
    ],
)
def test_what_a_repository_holds_in_directories_that_are_not_searched_is_named(
    tmp_path: Path, path: str, named: list[str]
) -> None:
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text(VOLUME)
    with trees(tmp_path) as both:
        for tree in both:
            report = check(tree, (), OPTIONS)
            assert ([each.path for each in report.skipped], report.findings) == (named, ())


def test_what_the_repository_does_not_hold_there_is_not(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "main.tf").write_text(VOLUME)
    assert check(WorkingTree(str(tmp_path)), (), OPTIONS).skipped == ()
