"""What a server that holds pull requests is asked for, and what becomes of its refusals."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol, TypeVar

from iacreview.discussion.plan import LineComment, Note, Present, Rewrite
from iacreview.errors import IacreviewError
from iacreview.model.record import NamedTuple

# How often a request that may be made twice is made, and how long the pause before the second one is.
_ATTEMPTS = 4
_PAUSE = 1.0
_SAID = 200
# The status of what was not answered at all.
NO_ANSWER = 0
AGAIN = "Run it again: what stands there already is found, and not said twice."
# Source: "Rate limits for the REST API" (GitHub Docs): without a time, wait for at least a minute.
NO_TIME_SAID = 60.0
# How long one request may take, in seconds, and how many entries a page of a list has.
SECONDS = 30.0
PAGE = 100
# The statuses of limits, and the one that stands for all of what has moved.
LIMITED = (403, 429)
MOVED = 300

Answer = TypeVar("Answer")


class ForgeError(IacreviewError):
    """A server that does not do what it is asked for, and what its user can do about that."""


class ForbiddenError(ForgeError):
    """What the token may not do."""


class PassedOverError(IacreviewError):
    """A pull request on which nothing is to be said, and why."""

    exit_code = 0


class Refusal(Exception):  # noqa: N818 - an answer, which those who ask have to judge
    """An answer that is not success. `wait` are the seconds to wait where a limit was reached.

    It holds nothing of the request: that has the token.
    """

    def __init__(self, status: int, said: str, wait: float | None = None) -> None:
        super().__init__(f"{status} {said}")
        self.status = status
        self.said = said
        self.wait = wait

    @property
    def may_pass(self) -> bool:
        """Whether the same may succeed when it is asked again. Of what was to be made, nobody knows whether it was."""
        return self.status >= 500 or self.status == NO_ANSWER


class UnsureError(Exception):
    """Nobody knows whether what was to be made is there now: that has to be looked up."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


def explained(refusal: Refusal, name: str, hints: Mapping[int, str]) -> ForgeError:
    """What a refusal means to the user, with the next step; `hints` are by status, MOVED for all that moved."""
    said = f": {refusal.said}" if refusal.said else ""
    if refusal.wait is not None:
        hint = "Run it again then, or let it wait longer with --wait SECONDS."
        return ForgeError(f"{name} asks to wait for {refusal.wait:.0f} seconds{said}", hint)
    if refusal.may_pass:
        status = f" ({refusal.status})" if refusal.status else ""
        return ForgeError(f"{name} did not do what it was asked for{status}{said}", AGAIN)
    moved = MOVED if MOVED <= refusal.status < 400 else refusal.status
    kind = ForbiddenError if refusal.status == 403 else ForgeError
    return kind(f"{name} refused ({refusal.status}){said}", hints.get(moved, ""))


def of_making(refusal: Refusal, name: str, hints: Mapping[int, str]) -> Exception:
    """What a refusal to make something means: an UnsureError where it may be there all the same."""
    return UnsureError(refusal) if refusal.may_pass and refusal.wait is None else explained(refusal, name, hints)


def shifted(reviewed: str, head: str, differing: Callable[[str], frozenset[str] | None]) -> frozenset[str] | None:
    """The files that are others in what was reviewed than in the head; None where nobody knows.

    `differing` asks the server for them.
    """
    if reviewed == head:
        return frozenset()
    if not reviewed.isalnum():
        return None
    try:
        return differing(reviewed)
    except ForgeError:
        return None


def shortened(text: str) -> str:
    """The beginning of what a server says, as one line."""
    line = " ".join(text.split())
    return line if len(line) <= _SAID else f"{line[: _SAID - 3]}..."


class PullRequest(NamedTuple):
    """The pull request: its repository (a path or a number), its number, and the commit that was reviewed of it."""

    repository: str
    number: int
    head: str


class Forge(Protocol):
    """A server."""

    name: str

    def close(self) -> None:
        """Ends the connection."""

    def opening(self, lines: int) -> str:
        """How a suggestion is opened that replaces so many lines, of which the last is the comment's."""

    def standing(self, reviewed: str) -> Present:
        """What is there. `reviewed` is the commit that the report is of; empty where that is not known.

        Raises PassedOverError for a pull request that is closed or has gone on, ForgeError for one that cannot be read.
        """

    def post(self, comments: Sequence[LineComment]) -> AbstractSet[str]:
        """Makes comments at lines; the keys of those that the server does not take.

        Raises UnsureError where nobody knows which of them are there now.
        """

    def rewrite(self, rewrite: Rewrite) -> bool:
        """Has a comment of ours say something else; whether its thread is settled where that was asked for."""

    def summarise(self, note: Note | None, body: str) -> None:
        """Makes or updates the comment on the whole. Raises UnsureError as `post` does."""


class Patience:
    """How long a run may wait for a server, over all; `sleep` waits."""

    def __init__(self, seconds: float, sleep: Callable[[float], None] = time.sleep) -> None:
        self._left = seconds
        self._sleep = sleep

    def asked(self, ask: Callable[[], Answer], again: bool = True) -> Answer:
        """The answer. What a limit refuses was not done, so it is asked again; what failed only where `again` allows.

        Raises Refusal where waiting does not help, or would take longer than it may.
        """
        pause = _PAUSE
        for _ in range(_ATTEMPTS - 1):
            try:
                return ask()
            except Refusal as refusal:
                wait = refusal.wait if refusal.wait is not None else pause if again and refusal.may_pass else None
                if wait is None or wait > self._left:
                    raise
                self._left -= wait
                self._sleep(wait)
                pause *= 2
        return ask()
