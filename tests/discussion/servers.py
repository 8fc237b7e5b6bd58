"""Servers on this machine that behave like the APIs of GitHub and GitLab, as far as comments go."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from iacreview.discussion.patch import parsed

TOKEN = "ghp_" + "Zq7" * 12
HEAD = "a" * 40


class Failure(NamedTuple):
    """An answer in place of the right one; `after` says that what was asked for is done all the same."""

    method: str
    path: str
    status: int
    body: Any = ""
    headers: Mapping[str, str] = MappingProxyType({})
    after: bool = False


class Server:
    """What both have: requests that are counted, and failures that are told beforehand, each happening once."""

    def __init__(self) -> None:
        self.address = ""
        self.requests: list[tuple[str, str]] = []
        self.failures: list[Failure] = []
        self.number = 0

    @property
    def writes(self) -> list[str]:
        return [f"{method} {path}" for method, path in self.requests if method != "GET" and "query" not in path]

    def forget(self) -> None:
        self.requests.clear()

    def new(self) -> int:
        self.number += 1
        return self.number

    def answer(self, method: str, url: str, headers: Any, body: Any) -> tuple[int, Any, Mapping[str, str]]:
        parts = urlsplit(url)
        path, query = parts.path, dict(parse_qsl(parts.query))
        self.requests.append((method, self.named(path, body)))
        found = next(
            (each for each in self.failures if each.method == method and re.search(each.path, self.named(path, body))),
            None,
        )
        if found is not None:
            self.failures.remove(found)
            if found.after:
                self.right(method, path, query, body)
            return found.status, found.body, found.headers
        if not self.knows(headers):
            return 401, {"message": "Bad credentials"}, {}
        return self.right(method, path, query, body)

    def named(self, path: str, body: Any) -> str:
        return path

    def knows(self, headers: Any) -> bool:
        raise NotImplementedError

    def right(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any, Mapping[str, str]]:
        raise NotImplementedError


class GitHubServer(Server):
    """One pull request, number 7 of `acme/infra`."""

    def __init__(self, patches: dict[str, str], page: int = 100) -> None:
        super().__init__()
        self.page = page
        self.patches = patches
        self.pull: dict[str, Any] = {"state": "open", "head": {"sha": HEAD}, "number": 7}
        self.threads: list[dict[str, Any]] = []
        self.notes: list[dict[str, Any]] = []
        self.reviews: list[dict[str, Any]] = []
        self.may_resolve = True
        self.compared: dict[str, Any] = {"files": []}
        self.unacceptable: set[str] = set()

    def knows(self, headers: Any) -> bool:
        return TOKEN in headers.get("Authorization", "")

    def named(self, path: str, body: Any) -> str:
        if path != "/graphql":
            return path
        found = re.match(r"\s*(query|mutation)\(.*?\)\s*\{\s*(\w+)", body["query"], re.S)
        assert found
        return f"/graphql {found[1]} {found[2]}"

    def body_of(self, key: str) -> str:
        """What the thread with a marker says."""
        return next(each["body"] for each in self.threads if key in each["body"])

    def right(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any, Mapping[str, str]]:
        if path == "/graphql":
            return self.graph(body["query"], body.get("variables", {}))
        repository, rest = path.removeprefix("/repos/acme/infra"), {}
        if method == "GET" and repository == "/pulls/7":
            return 200, self.pull, rest
        if method == "GET" and repository == "/pulls/7/files":
            files = [{"filename": name, **({"patch": patch} if patch else {})} for name, patch in self.patches.items()]
            size, number = int(query.get("per_page", "20")), int(query["page"])
            return 200, files[(number - 1) * size : number * size], rest
        if method == "GET" and repository == "/pulls":
            found = [self.pull] if query["head"] == "mallory:patch-1" and query["page"] == "1" else []
            return 200, found, rest
        if method == "GET" and repository.startswith("/compare/"):
            return 200, self.compared, rest
        if method == "POST" and repository == "/pulls/7/reviews":
            return self.review(body)
        if method == "POST" and repository == "/pulls/7/comments":
            if not self.takes(body):
                return 422, {"message": "Validation Failed"}, rest
            self.threads.append(self.thread(body))
            return 201, {}, rest
        if method == "POST" and repository == "/issues/7/comments":
            self.notes.append({"id": f"IC{self.new()}", "body": body["body"], "viewerDidAuthor": True})
            return 201, {}, rest
        return 404, {"message": "Not Found"}, rest

    def review(self, body: Any) -> tuple[int, Any, Mapping[str, str]]:
        assert body["event"] == "COMMENT"
        assert body["body"]
        if any(each["state"] == "PENDING" and each["viewerDidAuthor"] for each in self.reviews):
            return 422, {"message": "User can only have one pending review per pull request"}, {}
        if not all(map(self.takes, body["comments"])):
            return 422, {"message": "Unprocessable Entity", "errors": ["line must be part of the diff"]}, {}
        self.threads += map(self.thread, body["comments"])
        return 200, {"id": self.new()}, {}

    def takes(self, comment: Any) -> bool:
        patch = self.patches.get(comment["path"])
        first, last = comment.get("start_line", comment["line"]), comment["line"]
        if patch is None or comment["path"] in self.unacceptable or comment["side"] != "RIGHT":
            return False
        return parsed(patch, "").joined(first, last)

    def thread(self, comment: Any) -> dict[str, Any]:
        return {
            "id": f"RT{self.new()}",
            "note": f"RC{self.new()}",
            "path": comment["path"],
            "line": comment["line"],
            "startLine": comment.get("start_line"),
            "body": comment["body"],
            "isResolved": False,
            "isOutdated": False,
            "viewerDidAuthor": True,
        }

    def graph(self, query: str, variables: Any) -> tuple[int, Any, Mapping[str, str]]:
        pull: dict[str, Any] = {}
        if "reviews(" in query:
            nodes = [each for each in self.reviews if each["state"] == "PENDING"]
            pull["reviews"] = {"nodes": nodes}
        elif "reviewThreads(" in query:
            pull["reviewThreads"] = self.listed([self.shown(each) for each in self.threads], variables.get("threads"))
            pull["comments"] = self.listed(self.notes, variables.get("comments"))
        else:
            return self.mutate(query, variables)
        return 200, {"data": {"repository": {"pullRequest": pull}}}, {}

    def shown(self, thread: dict[str, Any]) -> dict[str, Any]:
        comment = {"id": thread["note"], "body": thread["body"], "viewerDidAuthor": thread["viewerDidAuthor"]}
        names = ("id", "isResolved", "isOutdated", "path", "line", "startLine")
        return {**{name: thread[name] for name in names}, "comments": {"nodes": [comment]}}

    def listed(self, nodes: list[Any], after: str | None) -> dict[str, Any]:
        start = int(after) if after else 0
        end = min(start + self.page, len(nodes))
        return {
            "nodes": nodes[start:end],
            "pageInfo": {"hasNextPage": end < len(nodes), "endCursor": str(end) if end > start else None},
        }

    def mutate(self, query: str, variables: Any) -> tuple[int, Any, Mapping[str, str]]:
        done = {"data": {"done": {"clientMutationId": None}}}
        if "resolveReviewThread" in query:
            if not self.may_resolve:
                error = {
                    "type": "FORBIDDEN",
                    "message": "Resource not accessible by integration",
                    "path": ["x"],
                    "locations": [],
                }
                return 200, {"data": {"resolveReviewThread": None}, "errors": [error]}, {}
            next(each for each in self.threads if each["id"] == variables["id"])["isResolved"] = True
        elif "updatePullRequestReviewComment" in query:
            next(each for each in self.threads if each["note"] == variables["id"])["body"] = variables["body"]
        elif "updateIssueComment" in query:
            next(each for each in self.notes if each["id"] == variables["id"])["body"] = variables["body"]
        elif "submitPullRequestReview" in query:
            next(each for each in self.reviews if each["id"] == variables["id"])["state"] = "COMMENTED"
        else:
            raise AssertionError(query)
        return 200, done, {}


class GitLabServer(Server):
    """One merge request, number 7 of `acme/infra`."""

    own = 41

    def __init__(self, patches: dict[str, str]) -> None:
        super().__init__()
        self.patches = patches
        self.merge: dict[str, Any] = {
            "state": "opened",
            "sha": HEAD,
            "diff_refs": {"base_sha": "b" * 40, "start_sha": "c" * 40, "head_sha": HEAD},
        }
        self.discussions: list[dict[str, Any]] = []
        self.unacceptable: set[str] = set()

    def knows(self, headers: Any) -> bool:
        return headers.get("PRIVATE-TOKEN") == TOKEN

    def right(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any, Mapping[str, str]]:
        if path == "/api/v4/user":
            return 200, {"id": self.own}, {}
        assert unquote(path).startswith("/api/v4/projects/acme/infra")
        rest = unquote(path).removeprefix("/api/v4/projects/acme/infra")
        if method == "GET" and rest == "/repository/compare":
            return 200, {"diffs": []}, {}
        rest = rest.removeprefix("/merge_requests/7")
        if method == "GET" and not rest:
            return 200, self.merge, {}
        if method == "GET" and rest == "/diffs":
            files = [{"new_path": name, "old_path": name, "diff": text} for name, text in self.patches.items()]
            return self.listed(files, path, query)
        if method == "GET" and rest == "/discussions":
            return self.listed(self.discussions, path, query)
        if method == "POST" and rest in ("/discussions", "/notes"):
            return self.make(body)
        found = re.fullmatch(r"/discussions/(\w+)(?:/notes/(\d+))?|/notes/(\d+)", rest)
        if method == "PUT" and found:
            return self.change(found, body)
        return 404, {"message": "404 Not Found"}, {}

    def listed(self, items: list[Any], path: str, query: dict[str, str]) -> tuple[int, Any, Mapping[str, str]]:
        size, number = int(query.get("per_page", "20")), int(query.get("page", "1"))
        more = number * size < len(items)
        # The address that it gives is one that nobody should be led to.
        link = f'<http://elsewhere.invalid{path}?per_page={size}&page={number + 1}>; rel="next"'
        return 200, items[(number - 1) * size : number * size], {"Link": link} if more else {}

    def make(self, body: Any) -> tuple[int, Any, Mapping[str, str]]:
        position = body.get("position")
        if position is not None and not self.takes(position):
            return 400, {"message": '400 Bad request - Note {:line_code=>["can\'t be blank"]}'}, {}
        note = {
            "id": self.new(),
            "body": body["body"],
            "author": {"id": self.own},
            "position": position,
            "resolvable": position is not None,
            "resolved": False,
        }
        self.discussions.append({"id": f"d{self.new()}", "notes": [note]})
        return 201, {}, {}

    def takes(self, position: Any) -> bool:
        if position["new_path"] in self.unacceptable:
            return False
        line = parsed(self.patches[position["new_path"]], "").lines.get(position["new_line"])
        refs = self.merge["diff_refs"]
        return (
            line is not None
            and position.get("old_line", 0) == line.old
            and all(position[name] == refs[name] for name in refs)
        )

    def change(self, found: re.Match[str], body: Any) -> tuple[int, Any, Mapping[str, str]]:
        thread, _, own = found.groups()
        for each in self.discussions:
            for one in each["notes"]:
                if (thread and each["id"] == thread) or str(one["id"]) == own:
                    one.update({key: value for key, value in body.items() if key in ("body", "resolved")})
        return 200, {}, {}


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """The server, listening on this machine; its `address` says where."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            data = self.rfile.read(length)
            status, answer, headers = server.answer(
                self.command, self.path, self.headers, json.loads(data) if data else None
            )
            text = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {
                **headers,
                "Content-Type": "application/json",
                "Content-Length": str(len(text)),
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do  # noqa: N815 - what the library asks for

        def log_message(self, *_: Any) -> None:
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.address = f"http://127.0.0.1:{running.server_address[1]}"
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        running.shutdown()
        running.server_close()
        thread.join()
