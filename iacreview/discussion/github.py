"""Pull requests of GitHub, through githubkit.

Sources: "REST API endpoints for pull request reviews", "... for review comments", "... for pull requests", "... for
issue comments", "Rate limits for the REST API", "Mutations" and "Objects" of the GraphQL API (GitHub Docs).
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
    ForgeError,
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
from iacreview.discussion.wording import REVIEW, SUMMARY, key_in, marked

# GitHub lists at most 3,000 files of a pull request; other lists are longer only where somebody makes them so.
_MOST_PAGES = 50
_UNPROCESSABLE = 422

_STANDING = """
query($owner: String!, $name: String!, $number: Int!, $threads: String, $comments: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviewThreads(first: 100, after: $threads) {
        pageInfo { hasNextPage endCursor }
        nodes { id isResolved isOutdated path line startLine comments(first: 1) { nodes { id body viewerDidAuthor } } }
      }
      comments(first: 100, after: $comments) {
        pageInfo { hasNextPage endCursor }
        nodes { id body viewerDidAuthor }
      }
    }
  }
}
"""
_PENDING = """
query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviews(first: 10, states: [PENDING]) { nodes { id body viewerDidAuthor } }
    }
  }
}
"""
_SUBMIT = """
mutation($id: ID!) { submitPullRequestReview(input: {pullRequestReviewId: $id, event: COMMENT}) { clientMutationId } }
"""
_REWRITE = """
mutation($id: ID!, $body: String!) {
  updatePullRequestReviewComment(input: {pullRequestReviewCommentId: $id, body: $body}) { clientMutationId }
}
"""
_RESOLVE = "mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { clientMutationId } }"
_UPDATE = """
mutation($id: ID!, $body: String!) { updateIssueComment(input: {id: $id, body: $body}) { clientMutationId } }
"""


class GitHub:
    """A repository's server."""

    name = "GitHub"

    def __init__(self, address: str, token: str, request: PullRequest, patience: Patience) -> None:
        from githubkit import GitHub as Client

        # No cache on the disk, no repetitions of its own, and no way to another server with the token.
        self._client = Client(
            token,
            base_url=address,
            follow_redirects=False,
            timeout=SECONDS,
            http_cache=False,
            auto_retry=False,
            user_agent="iacreview",
        )
        # One connection for all requests.
        self._client.__enter__()  # type: ignore[no-untyped-call]
        self._token = token
        self._request = request
        self._patience = patience
        self._root = f"/repos/{request.repository}"

    def close(self) -> None:
        """Ends the connection."""
        self._client.__exit__(None, None, None)

    def opening(self, lines: int) -> str:
        """The lines that it replaces are the comment's own."""
        return "suggestion"

    def standing(self, reviewed: str) -> Present:
        """What is there, after a review that was begun and not sent has been sent."""
        pull = self._get(f"{self._root}/pulls/{self._request.number}")
        if pull.get("state") != "open":
            raise PassedOverError("the pull request is closed: nothing is said")
        if pull.get("head", {}).get("sha") != self._request.head:
            raise PassedOverError("the pull request has newer commits: their own review will say what there is")
        self._finish_pending()
        threads, notes = self._said()
        files = shifted(reviewed, self._request.head, self._differing)
        return Present(self._patches(), threads, notes[0] if notes else None, files)

    def _patches(self) -> dict[str, Patch]:
        files = self._pages(f"{self._root}/pulls/{self._request.number}/files")
        return {
            each["filename"]: parsed(each["patch"], each.get("previous_filename") or each["filename"])
            for each in files
            if each.get("patch")
        }

    def _differing(self, reviewed: str) -> frozenset[str] | None:
        """The files that are others in what was reviewed, the test merge, than in the head."""
        found = self._get(f"{self._root}/compare/{self._request.head}...{reviewed}")
        # What it lists ends at 300 files.
        files = found.get("files") or ()
        return frozenset(each["filename"] for each in files) if len(files) < 300 else None

    def _finish_pending(self) -> None:
        """Sends a review of ours that was left half-made: until then, nobody can see it, and no other can be made."""
        data = self._graph(_PENDING, self._names())
        for each in _pull(data)["reviews"]["nodes"]:
            if each["viewerDidAuthor"] and key_in(each["body"]) == REVIEW:
                self._graph(_SUBMIT, {"id": each["id"]})

    def _said(self) -> tuple[list[Thread], list[Note]]:
        threads: list[Thread] = []
        notes: list[Note] = []
        cursors: dict[str, str | None] = {"threads": None, "comments": None}
        for _ in range(_MOST_PAGES):
            found = _pull(self._graph(_STANDING, {**self._names(), **cursors}))
            threads += _threads(found["reviewThreads"]["nodes"])
            notes += [
                Note(each["id"], each["body"])
                for each in found["comments"]["nodes"]
                if each["viewerDidAuthor"] and key_in(each["body"]) == SUMMARY
            ]
            pages = {"threads": found["reviewThreads"]["pageInfo"], "comments": found["comments"]["pageInfo"]}
            if not any(each["hasNextPage"] for each in pages.values()):
                break
            cursors = {name: each["endCursor"] or cursors[name] for name, each in pages.items()}
        return threads, notes

    def post(self, comments: Sequence[LineComment]) -> AbstractSet[str]:
        """Makes one review of the comments; where GitHub does not take one of them, each for itself."""
        if not comments:
            return frozenset()
        number = len(comments)
        said = f"{number} {'comment' if number == 1 else 'comments'} on this change; the summary is in a comment below."
        review = {
            "commit_id": self._request.head,
            "event": "COMMENT",
            "body": marked(said, REVIEW),
            "comments": [_comment(each) for each in comments],
        }
        path = f"{self._root}/pulls/{self._request.number}"
        if self._made(f"{path}/reviews", review):
            return frozenset()
        single = {"commit_id": self._request.head}
        return {each.key for each in comments if not self._made(f"{path}/comments", {**_comment(each), **single})}

    def _made(self, path: str, body: Mapping[str, Any]) -> bool:
        """Whether the server has made what it was sent; not, where it does not take it."""
        try:
            self._ask("POST", path, body, again=False)
        except Refusal as refusal:
            if refusal.status == _UNPROCESSABLE:
                return False
            raise of_making(refusal, self.name, _HINTS) from None
        return True

    def rewrite(self, rewrite: Rewrite) -> bool:
        """Resolves before it writes: a comment that is marked as gone is not looked at again."""
        settled = rewrite.settles and self._resolved(rewrite.thread.id)
        self._graph(_REWRITE, {"id": rewrite.thread.note, "body": rewrite.body})
        return settled or not rewrite.settles

    def _resolved(self, thread: str) -> bool:
        """Whether the thread could be resolved: GitHub lets only tokens with `contents: write` do that."""
        try:
            self._patience.asked(lambda: self._graph_once(_RESOLVE, {"id": thread}))
        except Refusal as refusal:
            if refusal.status == 403 and refusal.wait is None:
                return False
            raise explained(refusal, self.name, _HINTS) from None
        return True

    def summarise(self, note: Note | None, body: str) -> None:
        if note is not None:
            self._graph(_UPDATE, {"id": note.id, "body": body})
            return
        try:
            self._ask("POST", f"{self._root}/issues/{self._request.number}/comments", {"body": body}, again=False)
        except Refusal as refusal:
            raise of_making(refusal, self.name, _HINTS) from None

    def number_of(self, owner: str, branch: str) -> int:
        """The number of the open pull request that asks for a branch of an owner at the head; 0 where there is none."""
        for each in self._pages(f"{self._root}/pulls", {"state": "open", "head": f"{owner}:{branch}"}):
            if each["head"]["sha"] == self._request.head:
                return int(each["number"])
        return 0

    def _names(self) -> dict[str, Any]:
        owner, _, name = self._request.repository.partition("/")
        return {"owner": owner, "name": name, "number": self._request.number}

    def _get(self, path: str, parameters: Mapping[str, Any] | None = None) -> Any:
        try:
            return self._ask("GET", path, None, again=True, parameters=parameters)
        except Refusal as refusal:
            raise explained(refusal, self.name, _HINTS) from None

    def _pages(self, path: str, parameters: Mapping[str, Any] | None = None) -> Iterator[Any]:
        for number in range(1, _MOST_PAGES + 1):
            page = self._get(path, {**(parameters or {}), "per_page": PAGE, "page": number})
            yield from page
            if len(page) < PAGE:
                return

    def _graph(self, query: str, variables: Mapping[str, Any]) -> Any:
        try:
            return self._patience.asked(lambda: self._graph_once(query, variables))
        except Refusal as refusal:
            raise explained(refusal, self.name, _HINTS) from None

    def _graph_once(self, query: str, variables: Mapping[str, Any]) -> Any:
        """What is asked for by GraphQL may be asked again: it says how things are to be, and makes nothing."""
        return self._answer(lambda: self._client.graphql.request(query, dict(variables)))

    def _ask(self, method: str, path: str, body: Any, again: bool, parameters: Mapping[str, Any] | None = None) -> Any:
        def once() -> Any:
            answer = self._client.request(method, path, json=body, params=parameters).raw_response
            if answer.status_code >= MOVED:
                raise Refusal(answer.status_code, "it has moved")
            return answer.json()

        return self._patience.asked(lambda: self._answer(once), again)

    def _answer(self, ask: Callable[[], Any]) -> Any:
        """The answer. What goes wrong is told without the request, which has the token."""
        from githubkit.exception import GitHubException

        try:
            return ask()
        except (GitHubException, ValueError) as error:
            refusal = _refusal(error)
            said = shortened(refusal.said.replace(self._token, "****"))
            raise Refusal(refusal.status, said, refusal.wait) from None


_HINTS = {
    401: "Put a token into GITHUB_TOKEN: in a workflow, `env: GITHUB_TOKEN: ${{ github.token }}`.",
    403: "The job needs `permissions: pull-requests: write`. A run for a fork gets none: "
    'see docs/comment.md, "Pull requests from forks".',
    404: "Name the repository and the number (--repository, --number), and give a token that may read it.",
    MOVED: "The repository has another name now: give that with --repository.",
}


def _refusal(error: Exception) -> Refusal:
    from githubkit.exception import GraphQLFailed, RateLimitExceeded, RequestFailed

    if isinstance(error, RateLimitExceeded):
        return Refusal(error.response.status_code, _message(error.response), error.retry_after.total_seconds())
    if isinstance(error, RequestFailed):
        status, said = error.response.status_code, _message(error.response)
        limited = status in LIMITED and "secondary rate limit" in said.lower()
        return Refusal(status, said, NO_TIME_SAID if limited else None)
    if isinstance(error, GraphQLFailed):
        return _graph_refusal(error.response.errors or [])
    return Refusal(NO_ANSWER, "no answer that can be read")


def _message(response: Any) -> str:
    try:
        data = response.json()
    except ValueError:
        return ""
    found = data.get("message") if isinstance(data, dict) else None
    return found if isinstance(found, str) else ""


def _graph_refusal(errors: Sequence[Any]) -> Refusal:
    kinds = {each.type for each in errors}
    said = "; ".join(each.message for each in errors)
    status = next((_STATUS[kind] for kind in kinds if kind in _STATUS), NO_ANSWER)
    limited = "secondary rate limit" in said.lower()
    return Refusal(status, said, NO_TIME_SAID if limited else None)


_STATUS = {"FORBIDDEN": 403, "NOT_FOUND": 404, "UNPROCESSABLE": 422}


def _pull(data: Any) -> Any:
    found = (data.get("repository") or {}).get("pullRequest")
    if found is None:
        raise ForgeError("GitHub shows no such pull request to this token", _HINTS[404])
    return found


def _threads(nodes: Sequence[Any]) -> Iterator[Thread]:
    """The threads that are ours: what we began, and marked."""
    for each in nodes:
        for first in each["comments"]["nodes"][:1]:
            key = key_in(first["body"])
            if first["viewerDidAuthor"] and key:
                place = (
                    LinePlace(each["path"], each["startLine"] or each["line"], each["line"]) if each["line"] else None
                )
                said = (each["id"], first["id"], key, first["body"], place)
                yield Thread(*said, each["isResolved"], each["isOutdated"])


def _comment(each: LineComment) -> dict[str, Any]:
    path, first, last = each.place
    data: dict[str, Any] = {"path": path, "line": last, "side": "RIGHT", "body": each.body}
    return {**data, "start_line": first, "start_side": "RIGHT"} if first < last else data
