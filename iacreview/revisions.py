"""Which revisions a change lies between: what the user says, what CI says, or what the remote's default branch says."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from iacreview.errors import UsageError
from iacreview.git import GitError, Repository
from iacreview.model.record import NamedTuple

_NO_COMMIT = "0" * 40
_DEFAULT_BRANCHES = ("main", "master", "trunk", "develop")
_MAX_EVENT_BYTES = 10_000_000
# What the usual systems set: GitHub, GitLab, CircleCI, Travis and others; Azure Pipelines; Jenkins; TeamCity.
_CI = ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "JENKINS_URL", "TEAMCITY_VERSION")


class Revision(NamedTuple):
    """A commit (or tree), and how people call it: `origin/main (1a2b3c4)`."""

    oid: str
    label: str


NOTHING = Revision("", "nothing: there is no commit yet")
_FIRST_PUSH = Revision("", "nothing: this is the first push")


def open_repository(directory: str) -> Repository:
    """The repository that a directory lies in: a work tree (linked ones too), or a bare repository.

    Raises UsageError where there is none, or where git does not trust it.
    """
    bare = _bare(directory)
    if bare is not None:
        return Repository(bare, bare=True)
    try:
        top = os.fsdecode(Repository(directory).run("rev-parse", "--show-toplevel")).rstrip("\n")
    except GitError as error:
        if "not a git repository" not in error.message:
            raise
        hint = "`iacreview check` reviews files without git."
        raise UsageError("a change is what git knows, and this is not a git repository", hint) from error
    return Repository(os.path.realpath(top))


def _bare(directory: str) -> str | None:
    """The bare repository that a directory is or lies in. git is told to take none that is not named."""
    current = os.path.realpath(directory)
    while not os.path.lexists(os.path.join(current, ".git")):
        if os.path.isfile(os.path.join(current, "HEAD")) and all(
            os.path.isdir(os.path.join(current, name)) for name in ("objects", "refs")
        ):
            return current
        parent = os.path.dirname(current)
        if parent == current:
            return None
        current = parent
    return None


def commit(repository: Repository, name: str) -> Revision:
    """The commit (or tree) of a name. Raises UsageError with the `git fetch` to run where it is not in this clone."""
    found = _commit(repository, name) or _object(repository, f"{name}^{{tree}}")
    if found is not None:
        short = found[:7]
        return Revision(found, short if found.startswith(name) else f"{name} ({short})")
    raise UsageError(f"there is no commit `{name}` in this clone", _fetch_hint(repository, name))


def merge_base(repository: Repository, one: Revision, other: Revision) -> Revision:
    """Where two commits parted. Raises UsageError where a shallow clone does not reach back to it, or there is none."""
    found = repository.line("merge-base", one.oid, other.oid)
    if found in (one.oid, other.oid):
        return one if found == one.oid else other
    if found:
        return Revision(found, f"{found[:7]}, where {one.label} and {other.label} part")
    if repository.line("rev-parse", "--is-shallow-repository") == "true":
        message = f"this clone is shallow and does not reach back to where {one.label} and {other.label} part"
        raise UsageError(message, _UNSHALLOW)
    raise UsageError(f"{one.label} and {other.label} have no common history", "Name the base to compare with.")


def named_base(repository: Repository, name: str, head: Revision | None) -> Revision:
    """What the user names as the base: a revision as it is, or with `...` at its end where HEAD or the head left it."""
    if not name.endswith("..."):
        return commit(repository, name)
    return merge_base(repository, commit(repository, name[:-3]), head or commit(repository, "HEAD"))


def default_base(repository: Repository, head: Revision, environment: Mapping[str, str]) -> Revision:
    """The base where the user names none: what CI tested against, else where the head left the default branch.

    Raises UsageError where none can be found.
    """
    given = _ci_base(repository, head, environment)
    if given is not None:
        return given
    in_ci = any(environment.get(name) for name in _CI)
    branch = _default_branch(repository)
    if branch is None and in_ci:
        raise UsageError("this clone has no default branch to compare with", f"{_NAME_IT} {_UNSHALLOW}")
    base = merge_base(repository, commit(repository, branch), head) if branch else head
    if in_ci and base.oid == head.oid:
        raise UsageError(f"the base would be the head itself, {head.label}: there is no change", f"{_NAME_IT} {_WHOLE}")
    return base


def _commit(repository: Repository, name: str) -> str | None:
    return _object(repository, f"{name}^{{commit}}") if name else None


def _object(repository: Repository, name: str) -> str | None:
    if name.startswith(("-", "^")) or "\0" in name:
        return None
    return repository.line("rev-parse", "--verify", "--quiet", name)


def _remotes(repository: Repository) -> list[str]:
    """All remotes, `origin` first."""
    names = os.fsdecode(repository.run("remote")).split("\n")
    return sorted((name for name in names if name), key=lambda name: (name != "origin", name))


_UNSHALLOW = "Run `git fetch --unshallow`, or check out with the whole history (`fetch-depth: 0`, `GIT_DEPTH: 0`)."


_NAME_IT = "Name the base: `iacreview diff REVISION`."
_WHOLE = "To review everything that there is, run `iacreview check`."


def _fetch_hint(repository: Repository, name: str) -> str:
    remote = next(iter(_remotes(repository)), "origin")
    if repository.line("rev-parse", "--is-shallow-repository") == "true":
        return _UNSHALLOW
    branch = name.removeprefix(f"{remote}/")
    return f"Run `git fetch {remote} {branch}`, or name another base."


def _default_branch(repository: Repository) -> str | None:
    """The remote's default branch as this clone knows it, else a local one with a usual name."""
    for remote in _remotes(repository):
        head = repository.line("symbolic-ref", "--quiet", f"refs/remotes/{remote}/HEAD")
        candidates = [head] if head else [f"refs/remotes/{remote}/{name}" for name in _DEFAULT_BRANCHES]
        for each in candidates:
            if _commit(repository, each):
                return each.removeprefix("refs/remotes/")
    return next((name for name in _DEFAULT_BRANCHES if _commit(repository, f"refs/heads/{name}")), None)


def _ci_base(repository: Repository, head: Revision, environment: Mapping[str, str]) -> Revision | None:
    if environment.get("GITHUB_ACTIONS") == "true":
        return _github_base(repository, head, environment)
    if environment.get("GITLAB_CI") == "true":
        return _gitlab_base(repository, head, environment)
    return None


def _github_base(repository: Repository, head: Revision, environment: Mapping[str, str]) -> Revision | None:
    """Source: "Events that trigger workflows" and "Webhook events and payloads" (GitHub Docs)."""
    event = event_of(environment.get("GITHUB_EVENT_PATH", ""))
    pull, group = event.get("pull_request"), event.get("merge_group")
    if isinstance(pull, dict):
        tested = environment.get("GITHUB_SHA", "") if environment.get("GITHUB_REF", "").endswith("/merge") else ""
        branch = environment.get("GITHUB_BASE_REF", "")
        return _reviewed(repository, head, text_in(pull, "base", "sha"), branch, tested, text_in(pull, "head", "sha"))
    if isinstance(group, dict):
        return _known(repository, text_in(group, "base_sha"))
    if (
        event.get("created") is True
        and text_in(event, "ref") == f"refs/heads/{text_in(event, 'repository', 'default_branch')}"
    ):
        return _FIRST_PUSH
    return _known(repository, text_in(event, "before"))


def _gitlab_base(repository: Repository, head: Revision, environment: Mapping[str, str]) -> Revision | None:
    """Source: "Predefined CI/CD variables reference" (GitLab Docs)."""
    if environment.get("CI_MERGE_REQUEST_IID"):
        target = environment.get("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", "")
        if target:
            tested = environment.get("CI_COMMIT_SHA", "")
            return _reviewed(
                repository, head, target, "", tested, environment.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "")
            )
        return commit(repository, environment.get("CI_MERGE_REQUEST_DIFF_BASE_SHA", ""))
    before, branch = environment.get("CI_COMMIT_BEFORE_SHA", ""), environment.get("CI_COMMIT_BRANCH", "")
    pushed = environment.get("CI_PIPELINE_SOURCE") == "push" and before == _NO_COMMIT
    if pushed and branch and branch == environment.get("CI_DEFAULT_BRANCH"):
        return _FIRST_PUSH
    return _known(repository, before)


def _reviewed(repository: Repository, head: Revision, base: str, branch: str, tested: str, source: str) -> Revision:
    """The base of a pull request.

    Of the merge that CI `tested` (it is that commit, or joins the target with the request's last commit, `source`) it
    is the first parent: the target as it was merged. Any other merge is one of the branch's own ("Update branch"),
    whose first parent is the branch as it was before: there, as ever, it is where the branch left the target.
    """
    parents = (repository.line("rev-list", "--parents", "-n", "1", head.oid) or "").split()[1:]
    if len(parents) > 1 and (head.oid == tested or parents[1:] == [source]):
        return commit(repository, parents[0])
    target = next((name for name in (base, f"origin/{branch}" if branch else "") if _commit(repository, name)), "")
    if not target:
        raise UsageError(f"this clone does not have the base of the pull request, {branch or base}", _UNSHALLOW)
    return merge_base(repository, commit(repository, target), head)


def _known(repository: Repository, oid: str) -> Revision | None:
    """The commit before a push; None for a new branch, and where a forced push threw it away."""
    return commit(repository, oid) if oid and oid != _NO_COMMIT and _commit(repository, oid) else None


def event_of(path: str) -> dict[str, Any]:
    """What a workflow of GitHub was started by; empty where that cannot be read."""
    try:
        with open(path, encoding="utf-8") as stream:
            event = json.loads(stream.read(_MAX_EVENT_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}


def text_in(data: dict[str, Any], *keys: str) -> str:
    """The text at some keys of nested mappings; empty where there is none."""
    value: Any = data
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""
