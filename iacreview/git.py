"""Calls of git that a hostile repository cannot turn into running a program."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from iacreview.errors import IacreviewError
from iacreview.model.record import NamedTuple

if TYPE_CHECKING:
    import subprocess

TIMEOUT_SECONDS = 120
# Their ids fit into the smallest pipe, so that we and git never wait for each other.
_AHEAD = 32

# Command-line configuration outranks the repository's own, which may name programs to run.
_GUARDS = (
    "--no-pager",
    "-c",
    "core.fsmonitor=false",
    "-c",
    f"core.hooksPath={os.devnull}",
    "-c",
    "safe.bareRepository=explicit",
)


class GitError(IacreviewError):
    """git is missing, refused, or failed."""


def run_git(
    directory: str, *arguments: str, index: str = "", others: Sequence[str] = (), answers: Sequence[int] = ()
) -> bytes:
    """What git prints when called in a directory, read-only and without network.

    It fails with every exit status but 0 and those that are `answers`.

    No hook, file-system monitor or transport that the repository configures is started, no lock is taken,
    and no `GIT_*` variable of the caller counts. Objects are looked for in the `others` (directories) as well. Raises
    GitError where git is missing or fails.
    """
    import subprocess

    command = [git_program(), *_GUARDS, *arguments]
    try:
        done = subprocess.run(  # noqa: S603
            command,
            cwd=directory,
            env={**git_environment(others), **({"GIT_INDEX_FILE": index} if index else {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise GitError(f"git could not be run: {error}") from error
    if done.returncode and done.returncode not in answers:
        said = done.stderr.decode("utf-8", "replace").strip()
        verb = next((each for each in arguments if not each.startswith("-")), "")
        raise GitError(f"git {verb} failed: {said or f'exit code {done.returncode}'}")
    return done.stdout


class Repository(NamedTuple):
    """A git repository: the root of its work tree, or the git directory of a bare one.

    `index_file` is that of another index than its own, as a hook of a partial commit is given one. `others` are the
    directories with objects of repositories inside of it.
    """

    directory: str
    bare: bool = False
    index_file: str = ""
    others: tuple[str, ...] = ()

    def run(self, *arguments: str) -> bytes:
        """What git prints, as run_git has it."""
        where = (f"--git-dir={self.directory}",) if self.bare else ()
        return run_git(self.directory, *where, *arguments, index=self.index_file, others=self.others)

    def mentioning(self, words: Sequence[str], endings: Sequence[str], revision: str = "") -> list[str]:
        """The files with one of some words, by how their names end: of a revision, or of the work tree.

        There, those that are not tracked yet count, those that are ignored do not. What the project's attributes call
        binary is looked into as well. Raises GitError where git cannot tell.
        """
        where = ["--full-name", revision] if revision else ["--untracked"]
        files = [f":(icase)*{each}" for each in endings]
        options = ["--name-only", "-z", "--text", "--no-recurse-submodules", "--fixed-strings"]
        patterns = [part for word in words for part in ("-e", word)]
        command = ["grep", *options, *patterns, *where, "--", *files]
        git_directory = [f"--git-dir={self.directory}"] if self.bare else []
        said = run_git(self.directory, *git_directory, *command, others=self.others, answers=(1,))
        found = [os.fsdecode(each) for each in said.split(b"\0") if each]
        return [each.partition(":")[2] for each in found] if revision else found

    def line(self, *arguments: str) -> str | None:
        """The first line that git prints; None where it fails."""
        try:
            return os.fsdecode(self.run(*arguments)).partition("\n")[0]
        except GitError:
            return None


class Objects:
    """Reads objects by id from one process of git, which ends with `close`."""

    __slots__ = ("_asked", "_cache", "_cached", "_expected", "_owner", "_process", "_repository")

    CACHE_BYTES = 64 * 1024 * 1024

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._cache: dict[str, bytes] = {}
        self._cached = 0
        self._expected: dict[str, None] = {}
        # What git still has to answer, in that order.
        self._asked: deque[str] = deque()

    def read(self, oid: str, most: int, beginning: int) -> tuple[bytes, bool]:
        """The content of a blob, and whether that is all of it: of one with more than `most` bytes, the `beginning`.

        Raises GitError where it is missing.
        """
        found = self._cache.get(oid)
        return (found, True) if found is not None else self._fetched(oid, most, beginning)

    def look_into(self, others: tuple[str, ...]) -> None:
        """From now on objects are looked for in other directories as well."""
        self.close()
        self._repository = self._repository._replace(others=others)

    def close(self) -> None:
        """Ends the process."""
        if self._process is not None:
            process, self._process = self._process, None
            process.communicate()

    def expect(self, oids: Iterable[str]) -> None:
        """Told what is read next, in about that order: some of it is asked for ahead, so that git works meanwhile."""
        self._expected.update(dict.fromkeys(oid for oid in oids if oid not in self._cache))

    def _fetched(self, oid: str, most: int, beginning: int) -> tuple[bytes, bool]:
        process = self._started()
        try:
            if len(self._asked) <= _AHEAD // 2 or self._asked[0] != oid:
                self._ask(process, oid)
            while self._asked[0] != oid:
                self._answer(process, most, 0)
            found = self._answer(process, most, beginning)
        except OSError as error:
            raise GitError(f"git cat-file ended: {error}") from error
        if found is None:
            raise GitError(f"the object {oid} is not in this clone", "Run `git fetch --refetch`, then again.")
        return found

    def _ask(self, process: subprocess.Popen[bytes], oid: str) -> None:
        """Asks for an object unless that was done; for one that was expected, with some of those that come next."""
        is_next = oid in self._asked or oid in self._expected
        wanted = [oid] if oid not in self._asked else []
        self._expected.pop(oid, None)
        if is_next and len(self._asked) <= _AHEAD // 2:
            wanted += islice(self._expected, _AHEAD - len(self._asked) - 1)
        if wanted:
            assert process.stdin is not None
            process.stdin.write("".join(f"{each}\n" for each in wanted).encode("ascii"))
            process.stdin.flush()
            self._asked += wanted
            for each in wanted[1:] if wanted[0] == oid else wanted:
                del self._expected[each]

    def _answer(self, process: subprocess.Popen[bytes], most: int, beginning: int) -> tuple[bytes, bool] | None:
        """The next answer, which is kept if it is all there; None where an object is missing."""
        assert process.stdout is not None
        oid = self._asked.popleft()
        header = process.stdout.readline().split()
        if len(header) != 3:
            return None
        size = int(header[2])
        if size > most:
            data = process.stdout.read(min(beginning, size))
            _skip(process, size + 1 - len(data))
            return data, False
        data = process.stdout.read(size + 1)[:size]
        self._keep(oid, data)
        return data, True

    def _keep(self, oid: str, data: bytes) -> None:
        self._cached += len(data)
        if self._cached > self.CACHE_BYTES:
            self._cache.clear()
            self._cached = len(data)
        self._cache[oid] = data

    def _started(self) -> subprocess.Popen[bytes]:
        # Two processes of ours cannot share one of git's.
        if self._process is None or self._owner != os.getpid():
            import subprocess

            self._owner = os.getpid()
            self._asked.clear()
            where = [f"--git-dir={self._repository.directory}"] if self._repository.bare else []
            self._process = subprocess.Popen(  # noqa: S603
                [git_program(), *_GUARDS, *where, "cat-file", "--batch"],
                cwd=self._repository.directory,
                env=git_environment(self._repository.others),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process


def _skip(process: subprocess.Popen[bytes], size: int) -> None:
    assert process.stdout is not None
    while size > 0:
        size -= len(process.stdout.read(min(size, 1 << 20))) or size


def git_program() -> str:
    """The path of git, found in the absolute folders of PATH alone.

    Windows would look into the current directory first, which may hold a `git.exe` of the reviewed project.
    """
    name = "git.exe" if os.name == "nt" else "git"
    for folder in os.get_exec_path():
        program = os.path.join(folder, name)
        if os.path.isabs(folder) and os.access(program, os.X_OK) and os.path.isfile(program):
            return program
    raise GitError("git is not installed", "Install git, or add its folder to PATH.")


def git_environment(others: Sequence[str] = ()) -> dict[str, str]:
    """The environment for git: the caller's without `GIT_*`, and nothing may be fetched, locked or asked.

    `others` are directories where objects are as well.
    """
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("GIT_")}
    return {
        **kept,
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
        **({"GIT_ALTERNATE_OBJECT_DIRECTORIES": os.pathsep.join(map(_quoted, others))} if others else {}),
    }


def _quoted(directory: str) -> str:
    """A directory as git reads it among several: in C's quotes, which take any character."""
    return '"' + directory.replace("\\", "\\\\").replace('"', '\\"') + '"'
