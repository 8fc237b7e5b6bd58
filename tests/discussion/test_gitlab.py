"""`iacreview comment` against a server that behaves like GitLab's."""

from __future__ import annotations

from pathlib import Path

import pytest

from iacreview.discussion import forge
from tests.discussion.servers import HEAD, TOKEN, Failure, GitLabServer, serving
from tests.discussion.test_github import BASE, CHANGED, SECONDARY, reviewed
from tests.repositories import Result, Runner


class World:
    """A change, the report of it, and the server with its merge request."""

    def __init__(self, root: Path, run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.run = run
        self.slept: list[float] = []
        self.server = GitLabServer({})
        self.environment = monkeypatch
        monkeypatch.setattr(forge.Patience.__init__, "__defaults__", (self.slept.append,))
        for name, text in {
            "GITLAB_CI": "true",
            "CI_MERGE_REQUEST_PROJECT_ID": "acme/infra",
            "CI_MERGE_REQUEST_IID": "7",
            "CI_COMMIT_SHA": HEAD,
            "CI_MERGE_REQUEST_SOURCE_PROJECT_URL": "https://gitlab.com/acme/infra",
            "GITLAB_TOKEN": TOKEN,
        }.items():
            monkeypatch.setenv(name, text)

    def change(self, files: dict[str, str]) -> None:
        text, found = reviewed(tuple(files.items()))
        self.server.patches = dict(found)
        (self.root / "report.json").write_text(text, encoding="utf-8")

    def comment(self, *options: str) -> Result:
        with serving(self.server):
            self.environment.setenv("CI_SERVER_URL", self.server.address)
            done = self.run(self.root, "comment", "report.json", *options)
        assert TOKEN not in done.out + done.err
        return done

    @property
    def threads(self) -> list[dict[str, object]]:
        return [note for each in self.server.discussions for note in each["notes"] if note["position"]]

    @property
    def notes(self) -> list[dict[str, object]]:
        return [note for each in self.server.discussions for note in each["notes"] if not note["position"]]


@pytest.fixture
def world(tmp_path: Path, iacreview: Runner, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, iacreview, monkeypatch)


def test_threads_and_a_summary(world: World) -> None:
    world.change({"main.tf": CHANGED})
    done = world.comment()
    assert (done.status, done.out) == (0, "GitLab: 2 comments made, summary written\n"), done.err
    assert [each["position"]["new_line"] for each in world.threads] == [8, 19]  # type: ignore[index]
    assert "```suggestion:-0+0\n  encrypted         = true\n```\n" in str(world.threads[1]["body"])
    (note,) = world.notes
    assert str(note["body"]).startswith("## iacreview: 2 introduced (1 critical, 1 high)")
    assert f"https://gitlab.com/acme/infra/-/blob/{HEAD}/main.tf#L8" in str(note["body"])
    world.server.forget()
    assert world.comment().out == "GitLab: everything stands as it should\n"
    assert world.server.writes == []


def test_an_unchanged_line_has_its_number_on_both_sides(world: World) -> None:
    world.change({"main.tf": "# A line more.\n" + BASE.replace("  encrypted         = true\n", "")})
    world.comment()
    (thread,) = world.threads
    assert (thread["position"]["new_line"], thread["position"]["old_line"]) == (8, 8)  # type: ignore[index]
    assert "```suggestion:-0+0\n  encrypted         = true\n}\n```" in str(thread["body"])


def test_what_is_gone_is_resolved(world: World) -> None:
    world.change({"main.tf": CHANGED})
    world.comment()
    world.change({"main.tf": CHANGED.replace("encrypted         = false", "encrypted         = true")})
    assert world.comment().out == "GitLab: 1 comment settled, summary written\n"
    assert [each["resolved"] for each in world.threads] == [False, True]
    assert str(world.threads[1]["body"]).startswith("No longer found.")
    assert len(world.notes) == 1


def test_only_our_own_comments_are_touched(world: World) -> None:
    world.change({"main.tf": CHANGED})
    world.comment()
    for each in (*world.threads, *world.notes):
        each["author"] = {"id": 99}
    world.change({"main.tf": BASE + "# nothing\n"})
    world.comment()
    assert [each["resolved"] for each in world.threads] == [False, False]


def test_pages_are_asked_of_the_server_that_was_named(world: World) -> None:
    world.change({"main.tf": CHANGED})
    own = world.server.patches.pop("main.tf")
    world.server.patches.update({f"f{n}.txt": "@@ -0,0 +1 @@\n+x\n" for n in range(150)})
    world.server.patches["main.tf"] = own
    assert world.comment().out == "GitLab: 2 comments made, summary written\n"


def test_a_place_that_is_not_taken_goes_to_the_summary(world: World) -> None:
    world.change({"main.tf": CHANGED, "other.tf": 'resource "aws_ebs_volume" "o" {\n  encrypted = false\n}\n'})
    world.server.unacceptable.add("other.tf")
    assert "1 comment not taken at the line" in world.comment().out
    assert "_2 of 3 are commented on" in str(world.notes[0]["body"])


@pytest.mark.parametrize(
    ("failure", "slept"),
    [
        (Failure("POST", "/discussions", 429, SECONDARY, {"Retry-After": "7"}), [7]),
        (Failure("GET", "/diffs", 429, SECONDARY), [60]),
        (Failure("GET", "/discussions", 502, "bad gateway"), [1]),
        (Failure("POST", "/discussions", 502, "", after=True), []),
        (Failure("POST", "/notes", 500, ""), []),
    ],
)
def test_failures_that_pass(world: World, failure: Failure, slept: list[float]) -> None:
    world.change({"main.tf": CHANGED})
    world.server.failures.append(failure)
    done = world.comment()
    assert done.status == 0, done.err
    assert not world.server.failures
    assert world.slept == slept
    assert (len(world.threads), len(world.notes)) == (2, 1)


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (Failure("GET", "requests/7$", 404, {"message": "404 Project Not Found"}), "Name the project"),
        (Failure("GET", "requests/7$", 401, {"message": "401 Unauthorized"}), "(CI_JOB_TOKEN) may not write comments"),
        (Failure("POST", "/notes", 403, {"message": "403 Forbidden"}), "needs the scope `api`"),
        (Failure("GET", "requests/7$", 302, "", {"Location": "http://elsewhere.invalid/"}), "another path now"),
        (Failure("POST", "/discussions", 400, {"message": f"and {TOKEN}"}, {}), ""),
        (Failure("GET", "requests/7$", 400, {"message": f"and {TOKEN}"}, {}), "GitLab refused (400): and ****"),
        (Failure("GET", "/diffs", 429, "", {"Retry-After": "900"}), "asks to wait for 900 seconds"),
    ],
)
def test_failures_that_stay(world: World, failure: Failure, said: str) -> None:
    world.change({"main.tf": CHANGED})
    world.server.failures.append(failure)
    done = world.comment()
    assert done.status == (2 if said else 0)
    assert said in done.err
    assert world.slept == []
