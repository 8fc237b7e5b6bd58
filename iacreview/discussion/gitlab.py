"""Merge requests of GitLab, through python-gitlab.

Sources: "Discussions API", "Merge requests API", "Notes API", "Repositories API", "Suggest changes" and "CI/CD job
token" (GitLab Docs).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from iacreview.discussion.forge import (
    LIMITED,
    MOVED,
    NO_ANSWER,
    NO_TIME_SAID,
    PAGE,
    SECONDS,
    PassedOverError,
    Patience,
    PullRequest,
    Refusal,
    explained,
    of_making,
    shifted,
    shortened,
)
from iacreview.discussion.patch import Patch, parsed
from iacreview.discussion.plan import LineComment, LinePlace, Note, Present, Rewrite, Thread
from iacreview.discussion.wording import SUMMARY, key_in

_MOST = 5_000
# Waiting is ours: its own has no bound.
_AT_ONCE: dict[str, Any] = {"obey_rate_limit": False, "retry_transient_errors": False}
# What GitLab answers to a place that it does not have.
_UNPROCESSABLE = (400, 422)
_HINTS = {
    401: "Put a project or personal access token with the scope `api` into GITLAB_TOKEN: a job's own token "
    "(CI_JOB_TOKEN) may not write comments.",
    403: "The token needs the scope `api` and the role Developer, or Reporter where that may comment.",
    404: "Name the project and the merge request (--repository, --number), and give a token that may read it.",
    MOVED: "The project has another path now: give that with --repository.",
}


class GitLab:
    """A project's server."""

    name = "GitLab"

    def __init__(self, address: str, token: str, request: PullRequest, patience: Patience) -> None:
        import requests
        from gitlab import Gitlab as Client

        self._session = requests.Session()
        # It would take the token to the other server.
        self._session.max_redirects = 0
        self._session.hooks["response"].append(self._seen)
        self._headers: Mapping[str, str] = {}
        self._client = Client(
            address,
            private_token=token,
            timeout=SECONDS,
            session=self._session,
            keep_base_url=True,
            user_agent="iacreview",
        )
        self._token = token
        self._request = request
        self._patience = patience
        self._patches: dict[str, Patch] = {}
        self._refs: Mapping[str, str] = {}

    def close(self) -> None:
        """Ends the connection."""
        self._session.close()

    def opening(self, lines: int) -> str:
        """So many lines above the comment's own, which is the last."""
        return f"suggestion:-{lines - 1}+0"

    def standing(self, reviewed: str) -> Present:
        """What is there."""
        merge = self._read("")
        if merge.get("state") != "opened":
            raise PassedOverError("the merge request is not open: nothing is said")
        if merge.get("sha") != self._request.head:
            raise PassedOverError("the merge request has newer commits: their own review will say what there is")
        self._refs = merge.get("diff_refs") or {}
        self._patches = {
            each["new_path"]: parsed(each["diff"], each["old_path"]) for each in self._listed("/diffs") if each["diff"]
        }
        threads, notes = self._said()
        files = shifted(reviewed, self._request.head, self._differing)
        return Present(self._patches, threads, notes[0] if notes else None, files)

    def _said(self) -> tuple[list[Thread], list[Note]]:
        own = self._get("/user")["id"]
        threads: list[Thread] = []
        notes: list[Note] = []
        for each in self._listed("/discussions"):
            for first in each["notes"][:1]:
                key = key_in(first["body"])
                if first["author"]["id"] != own or not key:
                    continue
                if key == SUMMARY:
                    notes.append(Note(str(first["id"]), first["body"]))
                elif first.get("position"):
                    threads.append(_thread(each["id"], first, key))
        return threads, notes

    def _differing(self, reviewed: str) -> frozenset[str] | None:
        """The files that are others in what was reviewed than in the head."""
        path = f"{self._project()}/repository/compare"
        found = self._get(path, {"from": self._request.head, "to": reviewed, "straight": "true"})
        complete = not found.get("compare_timeout")
        return frozenset(each["new_path"] for each in found.get("diffs") or ()) if complete else None

    def post(self, comments: Sequence[LineComment]) -> AbstractSet[str]:
        """Makes a thread of each."""
        return {each.key for each in comments if not self._made("/discussions", self._discussion(each))}

    def _discussion(self, each: LineComment) -> dict[str, Any]:
        """A thread at a line: an unchanged one has its number on both sides, a new one on its own alone."""
        patch = self._patches[each.place.path]
        old = patch.lines[each.place.last].old
        position = {
            **{name: self._refs.get(name, "") for name in ("base_sha", "start_sha", "head_sha")},
            "position_type": "text",
            "old_path": patch.before,
            "new_path": each.place.path,
            "new_line": each.place.last,
            **({"old_line": old} if old else {}),
        }
        return {"body": each.body, "position": position}

    def _made(self, path: str, body: Mapping[str, Any]) -> bool:
        try:
            self._ask(
                lambda: self._client.http_post(self._merge() + path, post_data=dict(body), **_AT_ONCE), again=False
            )
        except Refusal as refusal:
            if refusal.status in _UNPROCESSABLE and "position" in body:
                return False
            raise of_making(refusal, self.name, _HINTS) from None
        return True

    def rewrite(self, rewrite: Rewrite) -> bool:
        """Resolves before it writes: a comment that is marked as gone is not looked at again."""
        thread = f"/discussions/{rewrite.thread.id}"
        if rewrite.settles:
            self._put(thread, {"resolved": True})
        self._put(f"{thread}/notes/{rewrite.thread.note}", {"body": rewrite.body})
        return True

    def summarise(self, note: Note | None, body: str) -> None:
        if note is None:
            self._made("/notes", {"body": body})
        else:
            self._put(f"/notes/{note.id}", {"body": body})

    def _put(self, path: str, body: Mapping[str, Any]) -> None:
        try:
            self._ask(lambda: self._client.http_put(self._merge() + path, post_data=dict(body), **_AT_ONCE))
        except Refusal as refusal:
            raise explained(refusal, self.name, _HINTS) from None

    def _read(self, path: str) -> Any:
        return self._get(self._merge() + path)

    def _get(self, path: str, parameters: Mapping[str, Any] | None = None) -> Any:
        try:
            return self._ask(lambda: self._client.http_get(path, query_data=dict(parameters or {}), **_AT_ONCE))
        except Refusal as refusal:
            raise explained(refusal, self.name, _HINTS) from None

    def _listed(self, path: str) -> Iterator[Any]:
        """A list, page after page."""
        try:
            found = iter(
                self._ask(
                    lambda: self._client.http_list(self._merge() + path, iterator=True, per_page=PAGE, **_AT_ONCE)
                )
            )
            for _ in range(_MOST):
                each = self._ask(lambda: next(found, None))
                if each is None:
                    return
                yield each
        except Refusal as refusal:
            raise explained(refusal, self.name, _HINTS) from None

    def _project(self) -> str:
        from urllib.parse import quote

        return f"/projects/{quote(self._request.repository, safe='')}"

    def _merge(self) -> str:
        return f"{self._project()}/merge_requests/{self._request.number}"

    def _seen(self, response: Any, *_: Any, **__: Any) -> None:
        """Keeps what the last answer says of limits: errors of the client do not have it."""
        self._headers = response.headers

    def _ask(self, ask: Callable[[], Any], again: bool = True) -> Any:
        import requests
        from gitlab.exceptions import GitlabError

        def once() -> Any:
            try:
                return ask()
            except (GitlabError, requests.RequestException, ValueError) as error:
                raise self._refusal(error) from None

        return self._patience.asked(once, again)

    def _refusal(self, error: Exception) -> Refusal:
        """What went wrong, without the request, which has the token."""
        if type(error).__name__ in ("TooManyRedirects", "RedirectError"):
            return Refusal(MOVED, "it has moved")
        status = getattr(error, "response_code", None) or NO_ANSWER
        said = _text(getattr(error, "error_message", "")) if status else "no answer that can be read"
        limited = status in LIMITED and (status == 429 or "Retry-After" in self._headers)
        return Refusal(status, shortened(said.replace(self._token, "****")), self._wait() if limited else None)

    def _wait(self) -> float:
        said = self._headers.get("Retry-After", "")
        return float(said) if said.isdigit() else NO_TIME_SAID


def _text(said: Any) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said or "")


def _thread(discussion: str, note: Mapping[str, Any], key: str) -> Thread:
    position = note["position"]
    line = position.get("new_line")
    place = LinePlace(position.get("new_path") or "", line, line) if line else None
    return Thread(discussion, str(note["id"]), key, note["body"], place, bool(note.get("resolved")))
