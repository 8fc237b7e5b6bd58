"""`iacreview comment` against a server that behaves like GitHub's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from iacreview.discussion import forge
from tests.discussion.servers import HEAD, TOKEN, Failure, GitHubServer, serving
from tests.repositories import Project, Result, Runner, new_project

ROOT = Path(__file__).parent.parent.parent
BASE = """\
resource "aws_security_group" "web" {
  name = "web"
}

resource "aws_ebs_volume" "old" {
  availability_zone = "eu-west-1a"
  encrypted         = true
}
"""
CHANGED = """\
resource "aws_security_group" "web" {
  name = "web"

  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_ebs_volume" "old" {
  availability_zone = "eu-west-1a"
  encrypted         = true
}

resource "aws_ebs_volume" "new" {
  availability_zone = "eu-west-1a"
  encrypted         = false
}
"""


def patches(project: Project, base: str, head: str) -> dict[str, str]:
    names = project.git("diff", "--name-only", base, head).split()
    return {name: "@@" + project.git("diff", base, head, "--", name).partition("@@")[2] for name in names}


@cache
def reviewed(files: tuple[tuple[str, str], ...]) -> tuple[str, dict[str, str]]:
    """The report of a change to some files, as if HEAD were its commit, and their patches."""
    with tempfile.TemporaryDirectory() as folder:
        project = new_project(Path(folder), {"main.tf": BASE})
        base = project.git("rev-parse", "HEAD")
        head = project.commit(dict(files))
        command = [sys.executable, "-m", "iacreview", "diff", base, "--head", head, "--format", "json"]
        environment = {name: text for name, text in os.environ.items() if not name.startswith(("GITHUB_", "CI"))}
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, env={**environment, "PYTHONPATH": str(ROOT)}
        )
        assert done.returncode in (0, 1), done.stderr
        return done.stdout.replace(head, HEAD), patches(project, base, head)


def pull_request(head: str, user: str = "ann") -> dict[str, Any]:
    """The event of a pull request from a repository."""
    sides = {"head": {"sha": HEAD, "repo": {"full_name": head}}, "base": {"repo": {"full_name": "acme/infra"}}}
    return {"pull_request": {"number": 7, "user": {"login": user}, **sides}}


class World:
    """A change, the report of it, and the server with its pull request."""

    def __init__(self, root: Path, run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.run = run
        self.slept: list[float] = []
        self.server = GitHubServer({})
        monkeypatch.setattr(forge.Patience.__init__, "__defaults__", (self.slept.append,))
        self.environment = monkeypatch
        self.event(pull_request("acme/infra"))

    def event(self, data: dict[str, Any]) -> None:
        path = self.root / "event.json"
        path.write_text(json.dumps(data), encoding="utf-8")
        self.environment.setenv("GITHUB_ACTIONS", "true")
        self.environment.setenv("GITHUB_EVENT_PATH", str(path))
        self.environment.setenv("GITHUB_REPOSITORY", "acme/infra")
        self.environment.setenv("GITHUB_TOKEN", TOKEN)

    def change(self, files: dict[str, str]) -> None:
        """Another head, its patches and the report of it."""
        text, found = reviewed(tuple(files.items()))
        self.server.patches = dict(found)
        self.report = json.loads(text)
        self.save()

    def save(self) -> None:
        (self.root / "report.json").write_text(json.dumps(self.report), encoding="utf-8")

    def comment(self, *options: str) -> Result:
        with serving(self.server):
            self.environment.setenv("GITHUB_API_URL", self.server.address)
            done = self.run(self.root, "comment", "report.json", *options)
        assert TOKEN not in done.out + done.err
        return done


@pytest.fixture
def world(tmp_path: Path, iacreview: Runner, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, iacreview, monkeypatch)


def test_a_review_and_a_summary(world: World) -> None:
    world.change({"main.tf": CHANGED})
    done = world.comment()
    assert (done.status, done.out) == (0, "GitHub: 2 comments made, summary written\n"), done.err
    places = {(each["path"], each["startLine"], each["line"]) for each in world.server.threads}
    assert places == {("main.tf", None, 8), ("main.tf", None, 19)}
    assert "```suggestion\n  encrypted         = true\n```\n" in world.server.threads[1]["body"]
    assert world.server.threads[0]["body"].startswith("**critical** NET001")
    (note,) = world.server.notes
    assert note["body"].startswith("## iacreview: 2 introduced (1 critical, 1 high)")
    assert "### Reach added" in note["body"]
    assert note["body"].endswith("_2 of 2 are commented on at their lines._\n\n<!-- iacreview:summary -->")
    assert f"/acme/infra/blob/{HEAD}/main.tf#L8" in note["body"]


def test_a_second_run_changes_nothing(world: World) -> None:
    world.change({"main.tf": CHANGED})
    world.comment()
    world.server.forget()
    assert world.comment().out == "GitHub: everything stands as it should\n"
    assert world.server.writes == []


def test_what_is_gone_is_settled_and_what_comes_back_is_said_again(world: World) -> None:
    world.change({"main.tf": CHANGED})
    world.comment()
    world.change({"main.tf": CHANGED.replace("encrypted         = false", "encrypted         = true")})
    assert world.comment().out == "GitHub: 1 comment settled, summary written\n"
    first, second = world.server.threads
    assert not first["isResolved"]
    assert second["isResolved"]
    assert second["body"].startswith("No longer found.")
    assert len(world.server.notes) == 1
    assert "1 introduced (1 critical)" in world.server.notes[0]["body"]
    world.server.forget()
    assert world.comment().out == "GitHub: everything stands as it should\n"
    assert world.server.writes == []
    world.change({"main.tf": CHANGED})
    assert world.comment().out == "GitHub: 1 comment made, summary written\n"
    assert len(world.server.threads) == 3


def test_a_token_that_may_not_resolve_still_says_it(world: World) -> None:
    world.server.may_resolve = False
    world.change({"main.tf": CHANGED})
    world.comment()
    world.change({"main.tf": BASE})
    done = world.comment()
    assert "2 threads said to be settled, and not resolved" in done.out
    assert [each["isResolved"] for each in world.server.threads] == [False, False]
    assert all(each["body"].startswith("No longer found.") for each in world.server.threads)
    world.server.forget()
    world.comment()
    assert world.server.writes == []


def test_only_our_own_comments_are_touched(world: World) -> None:
    world.change({"main.tf": CHANGED})
    world.comment()
    for each in (*world.server.threads, *world.server.notes):
        each["viewerDidAuthor"] = False
    before = [each["body"] for each in world.server.threads]
    world.change({"main.tf": BASE})
    world.comment()
    assert [each["body"] for each in world.server.threads] == before
    assert len(world.server.notes) == 2


def test_what_a_person_has_resolved_is_left_alone(world: World) -> None:
    world.change({"main.tf": CHANGED})
    world.comment()
    world.server.threads[0]["isResolved"] = True
    world.server.forget()
    assert world.comment().out == "GitHub: everything stands as it should\n"


def test_an_outdated_comment_is_made_anew_at_the_new_line(world: World) -> None:
    world.change({"main.tf": CHANGED})
    world.comment()
    world.server.threads[0].update(isOutdated=True, line=None)
    world.change({"main.tf": "# One line more.\n" + CHANGED})
    world.server.threads[1]["line"] += 1
    assert world.comment().out == "GitHub: 1 comment made, 1 comment reworded, 1 comment settled, summary written\n"
    assert world.server.threads[2]["line"] == 9


def test_lines_outside_of_the_difference_are_in_the_summary(world: World) -> None:
    world.change({"main.tf": CHANGED, "a.tf": "# nothing\n"})
    del world.server.patches["main.tf"]
    world.server.patches["b.bin"] = ""
    assert world.comment().out == "GitHub: summary written\n"
    assert "_0 of 2 are commented on at their lines._" in world.server.notes[0]["body"]


def test_no_more_than_25_and_the_gravest_first(world: World) -> None:
    volumes = "".join(f'resource "aws_ebs_volume" "v{n}" {{\n  encrypted = false\n}}\n\n' for n in range(30))
    world.change({"main.tf": volumes + CHANGED})
    assert world.comment().out.startswith("GitHub: 25 comments made")
    assert len(world.server.threads) == 25
    assert sum("**critical** NET001" in each["body"] for each in world.server.threads) == 1
    assert "_25 of 32 are commented on" in world.server.notes[0]["body"]
    world.server.forget()
    world.comment()
    assert world.server.writes == []


def test_pages(world: World) -> None:
    """More files, threads and comments than one page has."""
    world.change({"main.tf": CHANGED})
    own = world.server.patches.pop("main.tf")
    world.server.patches.update({f"f{n}.txt": "@@ -0,0 +1 @@\n+x" for n in range(150)})
    world.server.patches["main.tf"] = own
    world.server.page = 1
    world.server.notes += [{"id": f"X{n}", "body": "hello", "viewerDidAuthor": False} for n in range(3)]
    assert world.comment().out == "GitHub: 2 comments made, summary written\n"
    world.server.forget()
    assert world.comment().out == "GitHub: everything stands as it should\n"
    assert world.server.requests.count(("GET", "/repos/acme/infra/pulls/7/files")) == 2


def test_one_comment_that_is_not_taken_goes_to_the_summary(world: World) -> None:
    world.change({"main.tf": CHANGED, "other.tf": 'resource "aws_ebs_volume" "o" {\n  encrypted = false\n}\n'})
    world.server.unacceptable.add("other.tf")
    done = world.comment()
    assert (
        done.out == "GitHub: 2 comments made, summary written\n1 comment not taken at the line: in the summary alone\n"
    )
    assert "_2 of 3 are commented on" in world.server.notes[0]["body"]
    world.server.forget()
    world.comment()
    assert len(world.server.threads) == 2
    assert len(world.server.notes) == 1


SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}


@pytest.mark.parametrize(
    ("failure", "slept"),
    [
        (Failure("POST", "/reviews", 403, SECONDARY, {"Retry-After": "7"}), [7]),
        (Failure("POST", "/reviews", 429, SECONDARY, {"Retry-After": "3"}), [3]),
        (Failure("POST", "/reviews", 403, SECONDARY), [60]),
        (Failure("GET", "/files", 502, "<html>bad gateway"), [1]),
        (Failure("GET", "/pulls/7$", 500, ""), [1]),
        (Failure("POST", "query repository", 502, ""), [1]),
        (Failure("POST", "mutation updateIssueComment", 502, ""), [1]),
        (Failure("POST", "issues/7/comments", 502, "", after=True), []),
        (Failure("POST", "issues/7/comments", 502, ""), []),
        (Failure("POST", "/reviews", 502, "", after=True), []),
        (Failure("POST", "/reviews", 504, ""), []),
    ],
)
def test_failures_that_pass(world: World, failure: Failure, slept: list[float]) -> None:
    """They are waited for, or looked into; nothing is said twice, and nothing is left out."""
    world.change({"main.tf": CHANGED})
    if "update" in failure.path:
        world.server.notes.append({"id": "IC", "body": "old\n\n<!-- iacreview:summary -->", "viewerDidAuthor": True})
    world.server.failures.append(failure)
    done = world.comment()
    assert done.status == 0, done.err
    assert not world.server.failures
    assert world.slept == slept
    assert len(world.server.threads) == 2
    assert len(world.server.notes) == 1
    assert "2 introduced" in world.server.notes[0]["body"]


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (Failure("GET", "/pulls/7$", 404, {"message": "Not Found"}), "Name the repository and the number"),
        (Failure("GET", "/pulls/7$", 401, {"message": "Bad credentials"}), "Put a token into GITHUB_TOKEN"),
        (
            Failure("POST", "/reviews", 403, {"message": "Resource not accessible by integration"}),
            "pull-requests: write",
        ),
        (Failure("POST", "issues/7", 422, {"message": "Validation Failed"}), "GitHub refused (422): Validation Failed"),
        (Failure("GET", "/pulls/7$", 301, {"message": "Moved"}, {"Location": "/x"}), "has another name now"),
        (Failure("POST", "/reviews", 429, SECONDARY, {"Retry-After": "900"}), "asks to wait for 900 seconds"),
        (
            Failure("GET", "/files", 403, {"message": "limit"}, {"x-ratelimit-remaining": "0", "Retry-After": "3600"}),
            "--wait SECONDS",
        ),
        (Failure("GET", "/pulls/7$", 400, {"message": f"what is {TOKEN}?"}), "GitHub refused (400): what is ****?"),
    ],
)
def test_failures_that_stay(world: World, failure: Failure, said: str) -> None:
    """The run ends with what is wrong and the next step."""
    world.change({"main.tf": CHANGED})
    world.server.failures.append(failure)
    done = world.comment()
    assert done.status == 2
    assert said in done.err
    assert world.slept == []


@pytest.mark.parametrize("event", [pull_request("mallory/infra"), pull_request("acme/infra", "dependabot[bot]")])
def test_a_run_that_may_only_read_says_so_and_does_not_fail(world: World, event: dict[str, Any]) -> None:
    world.change({"main.tf": CHANGED})
    world.event(event)
    refusal = {"message": "Resource not accessible by integration"}
    world.server.failures.append(Failure("POST", "/reviews", 403, refusal))
    done = world.comment()
    assert done.status == 0
    assert "may only read" in done.out
    assert "docs/comment.md" in done.out


def test_a_server_that_does_not_come_back(world: World) -> None:
    world.change({"main.tf": CHANGED})
    world.server.failures += [Failure("GET", "/pulls/7$", 502, "")] * 4
    done = world.comment()
    assert done.status == 2
    assert "Run it again: what stands there already is found, and not said twice." in done.err
    assert world.slept == [1, 2, 4]
    assert world.comment().status == 0


def test_a_server_that_is_not_there(world: World) -> None:
    world.change({"main.tf": CHANGED})
    world.environment.setenv("GITHUB_API_URL", "http://127.0.0.1:9")
    done = world.run(world.root, "comment", "report.json")
    assert done.status == 2
    assert "no answer that can be read" in done.err
    assert TOKEN not in done.err


def test_a_review_that_was_left_half_made_is_completed(world: World) -> None:
    world.change({"main.tf": CHANGED})
    world.comment()
    world.server.threads.pop()
    world.server.notes.clear()
    body = "1 comment\n\n<!-- iacreview:review -->"
    world.server.reviews.append({"id": "PR1", "state": "PENDING", "body": body, "viewerDidAuthor": True})
    assert world.comment().out == "GitHub: 1 comment made, summary written\n"
    assert world.server.reviews[0]["state"] == "COMMENTED"
    assert len(world.server.threads) == 2


def test_a_review_that_a_person_is_writing_is_not_sent(world: World) -> None:
    """With that person's own token: GitHub allows one at a time, so everything is in the summary."""
    world.change({"main.tf": CHANGED})
    world.server.reviews.append({"id": "PR1", "state": "PENDING", "body": "hm", "viewerDidAuthor": True})
    world.comment()
    assert world.server.reviews[0]["state"] == "PENDING"
    assert len(world.server.notes) == 1


def test_a_dry_run_writes_nothing(world: World) -> None:
    world.change({"main.tf": CHANGED})
    done = world.comment("--dry-run")
    assert "would comment on main.tf:8:\n    **critical** NET001" in done.out
    assert "would write the summary:\n    ## iacreview: 2 introduced" in done.out
    assert world.server.writes == []
    world.comment()
    assert world.comment("--dry-run").out == "Nothing would be changed.\n"


def test_a_pull_request_that_has_gone_on_is_left_to_its_next_run(world: World) -> None:
    world.change({"main.tf": CHANGED})
    world.server.pull["head"]["sha"] = "d" * 40
    done = world.comment()
    assert (done.status, world.server.writes) == (0, [])
    assert "has newer commits" in done.out
    world.server.pull["state"] = "closed"
    assert "is closed" in world.comment().out


def test_lines_that_the_test_merge_shifts_are_not_commented_on(world: World) -> None:
    world.change({"main.tf": CHANGED})
    world.report["change"]["commit"] = "e" * 40
    world.save()
    world.server.compared = {"files": [{"filename": "main.tf"}]}
    assert world.comment().out == "GitHub: summary written\n"
    world.server.compared = {"files": []}
    assert world.comment().out.startswith("GitHub: 2 comments made")
    assert "```suggestion" in world.server.threads[1]["body"]


def test_where_nobody_knows_which_lines_were_reviewed_nothing_is_suggested(world: World) -> None:
    world.change({"main.tf": CHANGED})
    del world.report["change"]["commit"]
    world.save()
    world.comment()
    assert len(world.server.threads) == 2
    assert not any("suggestion" in each["body"] for each in world.server.threads)


RUN = {
    "event": "pull_request",
    "head_sha": HEAD,
    "head_branch": "patch-1",
    "head_repository": {"owner": {"login": "mallory"}},
}


def test_the_run_of_a_fork_is_commented_on_by_another_one(world: World) -> None:
    """The number is asked for by what the event says, and nothing is suggested in our name."""
    world.change({"main.tf": CHANGED})
    world.event({"workflow_run": RUN})
    assert world.comment().out == "GitHub: 2 comments made, summary written\n"
    assert not any("suggestion" in each["body"] for each in world.server.threads)


@pytest.mark.parametrize(
    ("run", "said"),
    [
        ({**RUN, "event": "push"}, "was not for a pull request"),
        ({**RUN, "head_branch": "other"}, "is not for this open pull request"),
        ({**RUN, "head_sha": "e" * 40}, "is not for this open pull request"),
        ({**RUN, "head_sha": ""}, "not known which pull request"),
        ({**RUN, "head_repository": None}, "does not say which branch"),
    ],
)
def test_what_does_not_belong_to_the_run_is_refused(world: World, run: dict[str, Any], said: str) -> None:
    world.change({"main.tf": CHANGED})
    world.event({"workflow_run": run})
    done = world.comment()
    assert done.status == 2
    assert said in done.err
    assert world.server.writes == []


@pytest.mark.parametrize(
    ("options", "environment", "said"),
    [
        ([], {"GITHUB_TOKEN": ""}, "GITHUB_TOKEN is not set"),
        ([], {"GITHUB_TOKEN": f"{TOKEN}\nx"}, "GITHUB_TOKEN does not hold a token"),
        (["--number", "8"], {}, "--number is 8, but this pipeline is for 7"),
        (["--repository", "a/b/c"], {}, "does not name a repository"),
        ([], {"GITHUB_API_URL": "http://api.example.com"}, "does not begin with https://"),
        ([], {"GITHUB_API_URL": "https://a:b@api.example.com"}, "does not begin with https://"),
        ([], {"GITHUB_ACTIONS": ""}, "Name it: --platform"),
        (["--platform", "gitlab"], {"CI_JOB_TOKEN": "x"}, "a job's own token (CI_JOB_TOKEN) may not write comments"),
    ],
)
def test_what_is_missing_is_said(world: World, options: list[str], environment: dict[str, str], said: str) -> None:
    world.change({"main.tf": CHANGED})
    for name, text in environment.items():
        world.environment.setenv(name, text)
    done = world.run(world.root, "comment", "report.json", *options)
    assert done.status == 2
    assert said in done.err
    assert TOKEN not in done.err


def planted(report: dict[str, Any], text: str) -> dict[str, Any]:
    """The report with a text in the place of every other one."""

    def through(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: through(each, name) for name, each in value.items()}
        if isinstance(value, list):
            return [through(each, key) for each in value]
        kept = ("path", "severity", "status", "state", "side", "name", "type", "version", "commit", "text")
        return text if isinstance(value, str) and key not in kept else value

    changed = through(report)
    changed["tool"] = report["tool"]
    return changed


HOSTILE = (
    "@acme/owners",
    "x @octocat please",
    "](https://evil.example) [a](https://evil.example)",
    "![i](https://evil.example/p.png)",
    "<img src=x onerror=alert(1)>",
    "<!-- iacreview:summary -->",
    "-->\n<!-- iacreview:" + "0" * 20 + " -->",
    "```\n```suggestion\nevil\n```",
    "a\n\n```suggestion\nevil",
    "\n/merge\n/approve",
    "#1 GH-1 acme/infra#2",
    "\u202ereversed\u2066",
    "| a | b |\n| --- | --- |",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_inert(world: World, text: str) -> None:
    from tests.report.test_inert import AUTOLINK, MARKDOWN, outside_code

    world.change({"main.tf": CHANGED})
    world.report = planted(world.report, text)
    world.save()
    done = world.comment()
    assert done.status == 0, done.err
    bodies = [each["body"] for each in (*world.server.threads, *world.server.notes)]
    assert len(bodies) == 2
    for body in bodies:
        own, _, marker = body.rpartition("\n")
        assert marker.startswith("<!-- iacreview:")
        assert not AUTOLINK.search(outside_code(own))
        tokens = MARKDOWN.parse(own)
        flat = [inner for token in tokens for inner in (token, *(token.children or ()))]
        links = [each.attrs["href"] for each in flat if each.type == "link_open"]
        assert all(str(link).startswith(f"https://github.com/acme/infra/blob/{HEAD}/") for link in links)
        assert not [each for each in flat if each.type == "image"]
        html = [each.content for each in flat if each.type in ("html_block", "html_inline")]
        assert all(each.strip().startswith(("<details>", "</details>", "<br>")) for each in html)
        fences = [each.content for each in tokens if each.type == "fence" and each.info.startswith("suggestion")]
        assert fences in ([], ["  encrypted         = true\n"])
        assert not [line for line in own.split("\n") if line.startswith("/")]
        assert "\u202e" not in own
    world.server.forget()
    world.comment()
    assert world.server.writes == []


@pytest.fixture
def broken(world: World) -> Callable[[bytes], Result]:
    def run(text: bytes) -> Result:
        (world.root / "report.json").write_bytes(text)
        return world.comment()

    return run


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[]", "is not what `iacreview schema report` says: the whole is wrong"),
        (b'{"schema_version": NaN}', "is not JSON"),
        (b'{"findings": [' + b"1," * 20_001 + b"1]}", "has more than 20,000 entries"),
        (b" " * 20_000_001, "more than 20,000,000 bytes"),
    ],
    ids=range(7),
)
def test_what_is_no_report_is_refused(broken: Callable[[bytes], Result], text: bytes, said: str) -> None:
    done = broken(text)
    assert done.status == 2
    assert said in done.err


def test_a_report_that_is_not_of_a_change_is_refused(world: World) -> None:
    world.change({"main.tf": CHANGED})
    del world.report["change"]
    world.save()
    assert "a report of `check`" in world.comment().err
    world.change({"main.tf": CHANGED})
    world.report["findings"][0]["severity"] = "terrible"
    world.save()
    assert "findings/0/severity is wrong" in world.comment().err


def test_a_line_with_a_secret_is_not_repeated_in_a_suggestion(world: World) -> None:
    text = CHANGED.replace("encrypted         = false", 'encrypted = false # password = "Lantern-4471-fern"')
    world.change({"main.tf": text})
    world.comment()
    assert len(world.server.threads) == 2
    assert not any("Lantern" in each["body"] for each in (*world.server.threads, *world.server.notes))


def test_what_is_suggested_ends_where_its_block_does() -> None:
    from iacreview.discussion.wording import suggested

    assert suggested("a\n```\n@team\n````", 2, lambda lines: "suggestion").startswith("`````suggestion\na\n")


def test_the_environment_is_the_only_source_of_the_token(world: World) -> None:
    done = world.run(world.root, "comment", "--help")
    assert "token" in done.out
    assert "--token" not in done.out
    assert os.environ["GITHUB_TOKEN"] == TOKEN
