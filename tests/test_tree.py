from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from iacreview.errors import TreeError
from iacreview.git import GitError, git_environment, run_git
from iacreview.tree import MAX_FILE_BYTES, WorkingTree, normal_path

needs_links = pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")


def write(root: Path, *paths: str, text: str = "x") -> None:
    for path in paths:
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())


def git(directory: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(
        ["git", *identity, *arguments], cwd=directory, check=True, capture_output=True, env=git_environment()
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project beside files that are none of its business."""
    write(tmp_path, "outside/secret.tf", "root-sibling/secret.tf")
    project = tmp_path / "root"
    project.mkdir()
    return project


@pytest.fixture
def repository(root: Path) -> Path:
    git(root, "init", "-q")
    return root


class TestNormalPath:
    @pytest.mark.parametrize(
        ("path", "normal"),
        [("a/b", "a/b"), ("./a//b/", "a/b"), ("a/../b", "b"), ("a/./b/..", "a"), (".", ""), ("", ""), ("..a", "..a")],
    )
    def test_spelling(self, path: str, normal: str) -> None:
        assert normal_path(path) == normal

    @pytest.mark.parametrize("path", ["..", "a/../..", "../a", "/etc/passwd", "//server/share"])
    def test_refused(self, path: str) -> None:
        with pytest.raises(TreeError):
            normal_path(path)

    @pytest.mark.skipif(os.name == "nt", reason="a separator there")
    def test_a_backslash_belongs_to_the_name(self) -> None:
        assert normal_path("a\\b") == "a\\b"


class TestRead:
    @pytest.mark.parametrize(
        ("data", "text"),
        [
            (b"", ""),
            (b"a\r\nb\n\rc", "a\r\nb\n\rc"),
            (b"\xef\xbb\xbfa", "a"),
            (b"\xef\xbb\xbf\xef\xbb\xbfa", "\ufeffa"),
            ("é鍵😀\u2028\x00".encode(), "é鍵😀\u2028\x00"),
        ],
    )
    def test_the_text_is_exact(self, root: Path, data: bytes, text: str) -> None:
        (root / "a.tf").write_bytes(data)
        assert WorkingTree(str(root)).read("./a.tf") == text

    @pytest.mark.parametrize(
        ("data", "why"),
        [
            (b"ok\nb\xff", "is not UTF-8 (line 2)"),
            ("a".encode("utf-16") + b"\x00\xd8", "is not UTF-16-LE (line 1)"),
            (b"\xed\xa0\x80", "is not UTF-8 (line 1)"),
        ],
    )
    def test_other_encodings(self, root: Path, data: bytes, why: str) -> None:
        (root / "a.tf").write_bytes(data)
        with pytest.raises(TreeError) as caught:
            WorkingTree(str(root)).read("a.tf")
        assert (caught.value.why, caught.value.hint) == (why, "Save it as UTF-8.")

    @pytest.mark.parametrize(
        ("path", "why"),
        [
            ("missing.tf", "is not there"),
            ("no/such/dir.tf", "is not there"),
            ("dir", "is a directory"),
            ("", "is a directory"),
            ("../outside/secret.tf", "leads out of the reviewed tree"),
            ("dir/../../root-sibling/secret.tf", "leads out of the reviewed tree"),
            ("a\0b", "is not a path"),
            ("\ud800", "is not a path"),
            (".git/config", "is inside git's own directory"),
            ("dir/.GIT/config", "is inside git's own directory"),
            ("x" * 5000, "cannot be read"),
        ],
    )
    def test_refused(self, root: Path, path: str, why: str) -> None:
        write(root, "dir/a.tf", ".git/config", "dir/.GIT/config")
        tree = WorkingTree(str(root))
        with pytest.raises(TreeError) as caught:
            tree.read(path)
        assert why in caught.value.why
        assert not tree.exists(path)

    def test_size(self, root: Path) -> None:
        with (root / "a.tf").open("wb") as file:
            file.truncate(MAX_FILE_BYTES + 1)
        with pytest.raises(TreeError, match="is larger than 20 MiB"):
            WorkingTree(str(root)).read("a.tf")

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes")
    def test_a_pipe_does_not_block(self, root: Path) -> None:
        os.mkfifo(root / "a.tf")
        with pytest.raises(TreeError, match="is not a regular file"):
            WorkingTree(str(root)).read("a.tf")

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
    def test_permission(self, root: Path) -> None:
        write(root, "a.tf")
        (root / "a.tf").chmod(0)
        with pytest.raises(TreeError, match="cannot be read"):
            WorkingTree(str(root)).read("a.tf")


@needs_links
class TestLinks:
    @pytest.mark.parametrize(
        ("link", "target", "path"),
        [
            ("b.tf", "a.tf", "b.tf"),
            ("b.tf", "{root}/a.tf", "b.tf"),
            ("d/b.tf", "../a.tf", "d/b.tf"),
            ("d/b.tf", "./../d/../a.tf", "d/b.tf"),
            ("e", "d", "e/c.tf"),
            ("e", "{root}/d", "e/c.tf"),
            ("e", "{root}", "e/e/d/c.tf"),
        ],
    )
    def test_followed_inside(self, root: Path, link: str, target: str, path: str) -> None:
        write(root, "a.tf", "d/c.tf", text="inside")
        (root / link).symlink_to(target.format(root=root))
        tree = WorkingTree(str(root))
        assert tree.read(path) == "inside"
        assert tree.exists(path)

    @pytest.mark.parametrize(
        ("link", "target", "path", "why"),
        [
            ("b.tf", "../outside/secret.tf", "b.tf", "leads out"),
            ("b.tf", "{root}/../outside/secret.tf", "b.tf", "leads out"),
            ("b.tf", "{root}-sibling/secret.tf", "b.tf", "leads out"),
            ("b.tf", "/etc/passwd", "b.tf", "leads out"),
            ("b", "../outside", "b/secret.tf", "leads out"),
            ("b", "..", "b/outside/secret.tf", "leads out"),
            ("b.tf", "b.tf", "b.tf", "leads to itself"),
            ("b", "b/b", "b/c", "leads to itself"),
            ("b.tf", "nowhere.tf", "b.tf", "is not there"),
            ("b.tf", ".git/config", "b.tf", "git's own directory"),
            ("b", ".git", "b/config", "git's own directory"),
        ],
    )
    def test_refused(self, root: Path, link: str, target: str, path: str, why: str) -> None:
        write(root, ".git/config")
        (root / link).symlink_to(target.format(root=root))
        tree = WorkingTree(str(root))
        with pytest.raises(TreeError, match=why):
            tree.read(path)
        assert not tree.exists(path)

    def test_a_root_that_is_a_link(self, root: Path, tmp_path: Path) -> None:
        write(root, "a.tf", text="inside")
        (tmp_path / "link").symlink_to(root)
        (root / "b.tf").symlink_to(root / "a.tf")
        assert WorkingTree(str(tmp_path / "link")).read("b.tf") == "inside"

    @pytest.mark.parametrize("in_git", [False, True])
    def test_linked_files_are_listed_and_linked_directories_not_entered(self, root: Path, in_git: bool) -> None:
        write(root, "a.tf", "d/c.tf")
        (root / "in.tf").symlink_to("a.tf")
        (root / "out.tf").symlink_to("../outside/secret.tf")
        (root / "e").symlink_to("d")
        (root / "loop").symlink_to(".")
        if in_git:
            git(root, "init", "-q")
            git(root, "add", ".")
        tree = WorkingTree(str(root))
        assert list(tree.files()) == ["a.tf", "d/c.tf", "in.tf", "out.tf"]
        assert tree.listing("") == ["a.tf", "in.tf", "out.tf"]
        assert list(tree.files("e")) == ["e/c.tf"]


class TestFiles:
    def test_the_walk(self, root: Path) -> None:
        write(
            root, "b.tf", "a/c.tf", "a-b.tf", "a/.terraform/x.tf", "node_modules/x.tf", "a/deep/er/d.tf", ".hidden/e.tf"
        )
        tree = WorkingTree(str(root))
        assert list(tree.files()) == [".hidden/e.tf", "a-b.tf", "a/c.tf", "a/deep/er/d.tf", "b.tf"]
        assert list(tree.files("a/")) == ["a/c.tf", "a/deep/er/d.tf"]
        assert tree.listing("a") == ["c.tf"]
        assert tree.listing("missing") == []
        assert tree.listing("../outside") == []

    @pytest.mark.parametrize("directory", ["missing", "b.tf", "../outside"])
    def test_no_such_directory(self, root: Path, directory: str) -> None:
        write(root, "b.tf")
        with pytest.raises(TreeError):
            WorkingTree(str(root)).files(directory)

    def test_git_says_what_belongs_to_the_project(self, repository: Path) -> None:
        write(repository, ".gitignore", text="*.ignored.tf\nbuild/\n")
        write(repository, "kept.tf", "gone.tf", "tracked.ignored.tf", "sub/é 鍵\n.tf", "node_modules/x.tf")
        git(repository, "add", "-f", ".")
        (repository / "gone.tf").unlink()
        write(repository, "new.tf", "sub/new.ignored.tf", "build/x.tf")
        tree = WorkingTree(str(repository))
        expected = [".gitignore", "kept.tf", "new.tf", "sub/é 鍵\n.tf", "tracked.ignored.tf"]
        assert list(tree.files()) == expected
        assert list(tree.files("sub")) == ["sub/é 鍵\n.tf"]
        assert list(WorkingTree(str(repository / "sub")).files()) == ["é 鍵\n.tf"]

    def test_an_ignored_directory_can_be_named(self, repository: Path) -> None:
        write(repository, ".gitignore", text="cdk.out/\n")
        write(repository, "cdk.out/a.template.json")
        assert list(WorkingTree(str(repository)).files("cdk.out")) == ["cdk.out/a.template.json"]
        assert list(WorkingTree(str(repository / "cdk.out")).files()) == ["a.template.json"]

    def test_repositories_inside_are_looked_into(self, repository: Path) -> None:
        write(repository, "a.tf", "nested/b.tf")
        git(repository / "nested", "init", "-q")
        git(repository / "nested", "add", ".")
        git(repository / "nested", "commit", "-qm", "x")
        assert list(WorkingTree(str(repository)).files()) == ["a.tf", "nested/b.tf"]
        git(repository, "add", ".")  # now a submodule without .gitmodules
        assert list(WorkingTree(str(repository)).files()) == ["a.tf", "nested/b.tf"]

    def test_without_git_all_files_are_there(self, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(repository, ".gitignore", text="b.tf\n")
        write(repository, "a.tf", "b.tf")
        monkeypatch.setenv("PATH", "")
        assert list(WorkingTree(str(repository)).files()) == [".gitignore", "a.tf", "b.tf"]

    def test_a_broken_repository_is_walked(self, root: Path) -> None:
        write(root, ".git", text="gitdir: /nowhere\n")
        write(root, "a.tf")
        assert list(WorkingTree(str(root)).files()) == ["a.tf"]

    def test_variables_of_the_caller_do_not_redirect(
        self, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(repository, "a.tf")
        monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
        monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
        assert run_git(str(repository), "ls-files", "-z", "--others") == b"a.tf\0"

    @pytest.mark.skipif(sys.platform != "linux", reason="names that are not Unicode")
    def test_names_that_are_not_unicode(self, repository: Path) -> None:
        (repository / "b\udcff.tf").write_bytes(b"x")
        (repository / "a\\b.tf").write_bytes(b"y")
        tree = WorkingTree(str(repository))
        assert list(tree.files()) == ["a\\b.tf", "b\udcff.tf"]
        assert [tree.read(path) for path in tree.files()] == ["y", "x"]

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root looks into everything")
    def test_a_closed_directory_is_a_problem(self, root: Path) -> None:
        write(root, "a.tf", "closed/b.tf")
        (root / "closed").chmod(0)
        tree = WorkingTree(str(root))
        assert list(tree.files()) == ["a.tf"]
        assert [problem.path for problem in tree.problems] == ["closed"]
        (root / "closed").chmod(0o700)


@pytest.mark.skipif(os.name == "nt", reason="a shell script")
class TestHostileRepository:
    @pytest.fixture
    def trap(self, tmp_path: Path) -> Path:
        """A program that leaves a trace when it is run."""
        script = tmp_path / "trap.sh"
        script.write_text(f"#!/bin/sh\ntouch '{tmp_path}/sprung'\n")
        script.chmod(0o755)
        return script

    @pytest.mark.parametrize(
        "key", ["core.fsmonitor", "core.hooksPath", "core.pager", "core.sshCommand", "core.editor"]
    )
    def test_its_configuration_runs_nothing(self, repository: Path, trap: Path, key: str) -> None:
        write(repository, "a.tf")
        git(repository, "add", ".")
        hooks = trap.parent / "hooks"
        hooks.mkdir()
        for hook in ("fsmonitor-watchman", "post-index-change"):
            (hooks / hook).symlink_to(trap)
        git(repository, "config", key, str(hooks if key == "core.hooksPath" else trap))
        os.utime(repository / "a.tf", (1, 1))
        assert list(WorkingTree(str(repository)).files()) == ["a.tf"]
        assert not (trap.parent / "sprung").exists()

    def test_the_trap_works(self, repository: Path, trap: Path) -> None:
        write(repository, "a.tf")
        git(repository, "add", ".")
        git(repository, "config", "core.fsmonitor", str(trap))
        git(repository, "status")
        assert (trap.parent / "sprung").exists()

    def test_a_missing_object_is_not_fetched(self, repository: Path, trap: Path) -> None:
        """A partial clone fetches what it lacks, here from a "remote" that is a program."""
        write(repository, "a.tf", ".gitignore", text="b.tf")
        git(repository, "add", ".")
        git(repository, "update-index", "--skip-worktree", ".gitignore")
        for name, value in {
            "core.repositoryFormatVersion": "1",
            "extensions.partialClone": "evil",
            "remote.evil.url": f"ext::{trap}",
            "remote.evil.promisor": "true",
            "protocol.ext.allow": "always",
        }.items():
            git(repository, "config", name, value)
        (repository / ".gitignore").unlink()
        for blob in list((repository / ".git" / "objects").rglob("*")):
            if blob.is_file():
                blob.unlink()
        write(repository, "b.tf")
        listing = ["git", "ls-files", "--others", "--exclude-standard"]
        subprocess.run(listing, cwd=repository, check=False, capture_output=True)
        (trap.parent / "sprung").unlink()  # it is there: the trap works
        assert list(WorkingTree(str(repository)).files()) == ["a.tf", "b.tf"]
        assert not (trap.parent / "sprung").exists()

    def test_a_directory_that_poses_as_a_repository_is_not_believed(self, root: Path, trap: Path) -> None:
        git(root, "init", "-q")
        posing = root / "posing"
        write(posing, "a.tf")
        git(posing, "init", "-q", "--bare")
        git(posing, "config", "core.bare", "false")
        git(posing, "config", "core.worktree", str(root.parent))
        git(posing, "config", "core.fsmonitor", str(trap))
        assert "posing/a.tf" in list(WorkingTree(str(root)).files("posing"))
        assert not [path for path in WorkingTree(str(root)).files("posing") if "secret" in path]
        assert not (trap.parent / "sprung").exists()

    def test_git_is_not_taken_from_the_current_directory(
        self, repository: Path, trap: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        trap.rename(repository / "git")
        monkeypatch.chdir(repository)
        monkeypatch.setenv("PATH", os.pathsep.join((".", "")))
        with pytest.raises(GitError, match="git is not installed"):
            run_git(str(repository), "ls-files")
        assert not (trap.parent / "sprung").exists()


def test_an_error_of_git_is_told(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="git rev-parse failed: "):
        run_git(str(tmp_path), "rev-parse", "--verify", "nothing")


def test_subprocess_is_not_imported_outside_of_a_repository(tmp_path: Path) -> None:
    write(tmp_path, "a.tf")
    code = (
        "import sys; from iacreview.tree import WorkingTree\n"
        "assert list(WorkingTree(sys.argv[1]).files()) == ['a.tf']\n"
        "assert 'subprocess' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
