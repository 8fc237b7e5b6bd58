"""Calls of git that a hostile repository cannot turn into running a program."""

from __future__ import annotations

import os

from iacreview.errors import IacreviewError

TIMEOUT_SECONDS = 120

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


def run_git(directory: str, *arguments: str) -> bytes:
    """What git prints when called in a directory, read-only and without network.

    No hook, file-system monitor or transport that the repository configures is started, no lock is taken,
    and no `GIT_*` variable of the caller counts. Raises GitError where git is missing or fails.
    """
    import subprocess

    command = [git_program(), *_GUARDS, *arguments]
    try:
        done = subprocess.run(  # noqa: S603
            command,
            cwd=directory,
            env=git_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise GitError(f"git could not be run: {error}") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise GitError(f"git {arguments[0]} failed: {said or f'exit code {done.returncode}'}")
    return done.stdout


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


def git_environment() -> dict[str, str]:
    """The environment for git: the caller's without `GIT_*`, and nothing may be fetched, locked or asked."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("GIT_")}
    return {
        **kept,
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }
