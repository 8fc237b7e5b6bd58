"""Which pull request is meant, by the options and by what CI says.

Sources: "Webhook events and payloads" and "Variables" (GitHub Docs), "Predefined CI/CD variables reference" and
"CI/CD job token" (GitLab Docs).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from iacreview.errors import UsageError
from iacreview.model.patterns import later
from iacreview.model.record import NamedTuple
from iacreview.revisions import event_of, text_in

_COMMIT = later(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REPOSITORY = {"github": later(r"[\w.-]+/[\w.-]+"), "gitlab": later(r"\d+|[\w.-]+(?:/[\w.-]+)+")}
_TOKEN = later(r"[!-~]{1,1000}")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_NAME_THEM = "Outside of a pipeline of a pull request, name them: --repository, --number and --head."


class Wanted(NamedTuple):
    """What the command line says; empty or 0 where it does not."""

    platform: str = ""
    repository: str = ""
    number: int = 0
    head: str = ""


class CommentTarget(NamedTuple):
    """The pull request, where its server is, and the token for it.

    Where the event is that of a finished run, `branch` is the owner and the branch whose pull request it was for: its
    number has to be asked for, and its report is not `trusted`. The run of a `foreign` pull request, of a fork or of
    Dependabot, has a token that may not write.
    """

    platform: str
    address: str
    token: str
    repository: str
    number: int
    head: str
    branch: tuple[str, str] | None = None
    page: str = ""
    foreign: bool = False

    @property
    def trusted(self) -> bool:
        """Whether the report was made by the run that sends it."""
        return self.branch is None


def target(wanted: Wanted, environment: Mapping[str, str]) -> CommentTarget:
    """The pull request that is meant. Raises UsageError with what is missing, or does not go together."""
    platform = wanted.platform or _platform(environment)
    found = _github(wanted, environment) if platform == "github" else _gitlab(wanted, environment)
    if not _REPOSITORY[platform].fullmatch(found.repository):
        raise UsageError(f"`{found.repository}` does not name a repository", _NAME_THEM)
    if not _COMMIT.fullmatch(found.head) or not (found.number > 0 or found.branch):
        raise UsageError("it is not known which pull request is meant", _NAME_THEM)
    return found._replace(address=_safe(found.address), token=found.token.strip())


def _platform(environment: Mapping[str, str]) -> str:
    if environment.get("GITHUB_ACTIONS") == "true":
        return "github"
    if environment.get("GITLAB_CI") == "true":
        return "gitlab"
    raise UsageError("it is not known where the pull request is", "Name it: --platform github, or gitlab.")


def _github(wanted: Wanted, environment: Mapping[str, str]) -> CommentTarget:
    event = event_of(environment.get("GITHUB_EVENT_PATH", ""))
    repository = wanted.repository or environment.get("GITHUB_REPOSITORY", "")
    token = _token(environment, "GITHUB_TOKEN", "In a workflow: `env: GITHUB_TOKEN: ${{ github.token }}`.")
    address = environment.get("GITHUB_API_URL") or "https://api.github.com"
    page = f"{environment.get('GITHUB_SERVER_URL') or 'https://github.com'}/{repository}/blob"
    run = event.get("workflow_run")
    if isinstance(run, dict):
        branch = _branch(run)
        head = _agreed(wanted.head, text_in(run, "head_sha"), "--head")
        return CommentTarget("github", address, token, repository, wanted.number, head, branch, f"{page}/{head}")
    pull = event.get("pull_request")
    pull = pull if isinstance(pull, dict) else {}
    number = _agreed(wanted.number, _integer(pull.get("number")), "--number")
    head = _agreed(wanted.head, text_in(pull, "head", "sha"), "--head")
    return CommentTarget("github", address, token, repository, number, head, None, f"{page}/{head}", _is_foreign(pull))


def _is_foreign(pull: dict[str, Any]) -> bool:
    """Source: "Events that trigger workflows", "Workflows in forked repositories" (GitHub Docs)."""
    own, theirs = text_in(pull, "base", "repo", "full_name"), text_in(pull, "head", "repo", "full_name")
    return own != theirs or text_in(pull, "user", "login") == "dependabot[bot]"


def _branch(run: dict[str, Any]) -> tuple[str, str]:
    """Whose branch a finished run was for. What its artifact says of that is not asked."""
    if text_in(run, "event") != "pull_request":
        raise UsageError("the run that has finished was not for a pull request", "Let the workflow skip it.")
    owner, branch = text_in(run, "head_repository", "owner", "login"), text_in(run, "head_branch")
    if not owner or not branch:
        raise UsageError("the event does not say which branch the finished run was for", _NAME_THEM)
    return owner, branch


def _gitlab(wanted: Wanted, environment: Mapping[str, str]) -> CommentTarget:
    own = environment.get("CI_MERGE_REQUEST_PROJECT_ID", "")
    repository = wanted.repository or own
    head = environment.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or environment.get("CI_COMMIT_SHA", "")
    number = int(iid) if (iid := environment.get("CI_MERGE_REQUEST_IID", "")).isdecimal() else 0
    hint = "Put a project access token with the scope `api` there"
    if environment.get("CI_JOB_TOKEN"):
        hint += ": a job's own token (CI_JOB_TOKEN) may not write comments"
    return CommentTarget(
        "gitlab",
        environment.get("CI_SERVER_URL") or "https://gitlab.com",
        _token(environment, "GITLAB_TOKEN", f"{hint}."),
        repository,
        _agreed(wanted.number, number, "--number"),
        _agreed(wanted.head, head, "--head"),
        None,
        f"{url}/-/blob/{head}" if (url := environment.get("CI_MERGE_REQUEST_SOURCE_PROJECT_URL", "")) else "",
    )


def _token(environment: Mapping[str, str], name: str, hint: str) -> str:
    """A token. What is wrong with it is said without it."""
    token = environment.get(name, "").strip()
    if not token:
        raise UsageError(f"the environment variable {name} is not set", hint)
    if not _TOKEN.fullmatch(token):
        raise UsageError(f"the environment variable {name} does not hold a token", hint)
    return token


def _agreed(asked: Any, told: Any, option: str) -> Any:
    """What an option and the event say, which must not be two things."""
    if asked and told and asked != told:
        raise UsageError(f"{option} is {asked}, but this pipeline is for {told}", f"Leave {option} out.")
    return asked or told


def _integer(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _safe(address: str) -> str:
    """An address to which a token may be sent."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    if not host or parts.username or not (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)):
        raise UsageError("the server's address does not begin with https://", "No token is sent without encryption.")
    return address.rstrip("/")
