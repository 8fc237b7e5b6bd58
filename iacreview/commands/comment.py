"""`iacreview comment`: a review on the pull request, by the report of `iacreview diff`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import closing

from iacreview import __version__
from iacreview.commands.finishing import shown_line
from iacreview.commands.schema import schema
from iacreview.discussion.event import CommentTarget, Wanted, target
from iacreview.discussion.forge import ForbiddenError, Forge, PassedOverError, Patience, PullRequest
from iacreview.discussion.plan import Plan, Style
from iacreview.discussion.posting import Done, posted, rehearsed
from iacreview.discussion.received import MAX_BYTES, Received, received
from iacreview.errors import UsageError
from iacreview.report.changes import count
from iacreview.report.context import Context
from iacreview.report.escape import clean


def comment(path: str, wanted: Wanted, suggesting: bool, wait: float, dry_run: bool) -> int:
    """Says on the pull request what the report at a path (`-`: on stdin) says; with `dry_run`, what that would be."""
    aim = target(wanted, os.environ)
    found = received(_read(path), json.loads(schema("report")))
    forge, aim = _forge(aim, Patience(wait))
    with closing(forge):
        sys.stdout.write("".join(f"{clean(line)}\n" for line in _said(forge, aim, found, suggesting, dry_run)))
    return 0


def _said(forge: Forge, aim: CommentTarget, found: Received, suggesting: bool, dry_run: bool) -> list[str]:
    context = Context(__version__, {}, shown_line, permalink=aim.page, command="diff")
    style = Style(context, forge.opening, suggesting and aim.trusted)
    try:
        return list(_would(rehearsed(forge, found, style)) if dry_run else _did(posted(forge, found, style), forge))
    except PassedOverError as error:
        return [error.message]
    except ForbiddenError as error:
        if not aim.foreign:
            raise
        return [f"{error.message}: this run is for a fork or for Dependabot, and may only read", error.hint]


def _read(path: str) -> bytes:
    if path == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        with open(path, "rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error


def _forge(aim: CommentTarget, patience: Patience) -> tuple[Forge, CommentTarget]:
    """The server of a pull request, and the pull request with its number."""
    request = PullRequest(aim.repository, aim.number, aim.head)
    try:
        if aim.platform == "gitlab":
            from iacreview.discussion.gitlab import GitLab

            return GitLab(aim.address, aim.token, request, patience), aim
        from iacreview.discussion.github import GitHub

        server = GitHub(aim.address, aim.token, request, patience)
        if aim.branch is None:
            return server, aim
        with closing(server):
            number = server.number_of(*aim.branch)
    except ImportError as error:
        hint = f"Install them: pip install 'iacreview[{aim.platform}]'"
        raise UsageError(f"what {aim.platform} needs is not installed, or not as it has to be", hint) from error
    if not number or aim.number not in (0, number):
        raise UsageError("the run that has finished is not for this open pull request", "Nothing is said.")
    return GitHub(aim.address, aim.token, request._replace(number=number), patience), aim._replace(number=number)


def _would(plan: Plan) -> Iterator[str]:
    """What would be done, with what would be said."""
    if plan.is_empty:
        yield "Nothing would be changed."
    for each in plan.comments:
        path, first, last = each.place
        yield f"would comment on {path}:{first}{f'-{last}' if last > first else ''}:"
        yield from _quoted(each.body)
    for again in plan.rewrites:
        what = "settle" if again.settles else "reword"
        where = f"{again.thread.place.path}:{again.thread.place.last}" if again.thread.place else again.thread.key
        yield f"would {what} the comment on {where}"
    if plan.summary:
        yield "would write the summary:"
        yield from _quoted(plan.summary)


def _quoted(text: str) -> Iterator[str]:
    yield from (f"    {line}" for line in text.split("\n"))


def _did(done: Done, forge: Forge) -> Iterator[str]:
    parts = [
        f"{count(number, 'comment')} {verb}"
        for number, verb in ((done.made, "made"), (done.reworded, "reworded"), (done.settled, "settled"))
        if number
    ]
    parts += ["summary written"] if done.summary else []
    yield f"{forge.name}: {', '.join(parts) or 'everything stands as it should'}"
    if done.refused:
        yield f"{count(done.refused, 'comment')} not taken at the line: in the summary alone"
    if done.open:
        yield f"{count(done.open, 'thread')} said to be settled, and not resolved: that needs `contents: write`"
