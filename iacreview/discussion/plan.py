"""What is to be done on a pull request, by what a report says and what stands there already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice

from iacreview.discussion.patch import Patch
from iacreview.discussion.received import Received, Replacement
from iacreview.discussion.wording import Opening, comment, gone, key_of, suggested, summarised
from iacreview.model.finding import Finding
from iacreview.model.record import NamedTuple
from iacreview.model.source import Position
from iacreview.report.context import Context
from iacreview.report.escape import clean
from iacreview.report.placing import CAUSE, placed
from iacreview.report.summary import failing

MOST_COMMENTS = 25
# A suggestion of more lines is nothing that one reads in passing.
_MOST_LINES = 20
_GONE = "No longer found."
_CROWDED_OUT = "Now in the summary alone, which lists graver findings first."
_TWICE = "Said twice."
_MOVED = "The lines have changed: it is told again at the new ones."


class LinePlace(NamedTuple):
    """Lines of a file of the head that the difference shows."""

    path: str
    first: int
    last: int


class LineComment(NamedTuple):
    """A comment to be made, and what it is called."""

    key: str
    place: LinePlace
    body: str


class Thread(NamedTuple):
    """A comment of ours that stands at lines. `id` and `note` are the server's names of the thread and the comment."""

    id: str
    note: str
    key: str
    body: str
    place: LinePlace | None
    resolved: bool = False
    outdated: bool = False


class Note(NamedTuple):
    """A comment of ours on the whole."""

    id: str
    body: str


class Present(NamedTuple):
    """What is there: the files' differences, and what we have said of them.

    `shifted` are files whose lines are others in what was reviewed (the test merge) than in the head; None where
    nobody knows.
    """

    patches: Mapping[str, Patch]
    threads: Sequence[Thread] = ()
    summary: Note | None = None
    shifted: AbstractSet[str] | None = frozenset()


class Rewrite(NamedTuple):
    """A comment of ours and what it is to say; `settles` tells that the thread is resolved with that."""

    thread: Thread
    body: str
    settles: bool = False


class Plan(NamedTuple):
    """What is to be done. `summary` is empty where it stands as it should."""

    comments: tuple[LineComment, ...]
    rewrites: tuple[Rewrite, ...]
    summary: str

    @property
    def is_empty(self) -> bool:
        """Whether everything stands as it should."""
        return not (self.comments or self.rewrites or self.summary)


class Style(NamedTuple):
    """How a server has comments: how a suggestion is `opened`, what `mask` hides, and whether there are suggestions."""

    context: Context
    opening: Opening
    suggesting: bool = True


def planned(found: Received, standing: Present, style: Style, refused: AbstractSet[str] = frozenset()) -> Plan:
    """What makes a pull request say what the report says, and no more.

    The gravest findings whose lines the difference shows are said at these; comments on what is gone are settled.
    Those in `refused` are not said at a line. What a person has settled is left alone as long as it is found.
    """
    counted = _counted(found)
    there = _first_of_each(standing.threads)
    chosen = dict(islice(_chosen(found, counted, standing, style, refused), MOST_COMMENTS))
    pairs = [(there.get(key), comment) for key, comment in chosen.items()]
    comments = [each for thread, each in pairs if each is not None and _is_to_be_posted(thread, each)]
    rewrites = [each for thread, comment in pairs for each in _renewed(thread, comment)]
    rewrites += [
        _settled(each, _TWICE if each.key in chosen else _CROWDED_OUT if each.key in counted else _GONE)
        for each in standing.threads
        if each.key not in chosen or each is not there[each.key]
    ]
    summary = summarised(found.report, style.context, len(chosen), len(counted))
    changed = standing.summary is None or not _same(standing.summary.body, summary)
    return Plan(tuple(comments), tuple(rewrites), summary if changed else "")


def _counted(found: Received) -> dict[str, Finding]:
    """The findings that count, each once, the gravest first."""
    counted: dict[str, Finding] = {}
    for each in sorted(failing(found.report), key=lambda each: -each.severity):
        counted.setdefault(key_of(each), each)
    return counted


def _first_of_each(threads: Sequence[Thread]) -> dict[str, Thread]:
    """The thread that stands for each finding: the first one, and one that is not outdated where there is one."""
    first: dict[str, Thread] = {}
    for each in sorted(threads, key=lambda each: each.outdated):
        first.setdefault(each.key, each)
    return first


def _chosen(
    found: Received,
    counted: Mapping[str, Finding],
    standing: Present,
    style: Style,
    refused: AbstractSet[str],
) -> Iterator[tuple[str, LineComment | None]]:
    """What is said at a line: what can be, and what stands there already (None: as it does)."""
    there = {each.key for each in standing.threads}
    for key, finding in counted.items():
        placed_at = None if key in refused else _commented(found, finding, standing, style)
        if placed_at is not None or key in there:
            yield key, placed_at


def _commented(found: Received, finding: Finding, standing: Present, style: Style) -> LineComment | None:
    """A finding said at lines that the difference shows; None where it shows none of its lines."""
    key = key_of(finding)
    offer = _suggestion(found.remedies.get(finding.fingerprint, ()), standing, style)
    if offer is not None:
        place, text = offer
        block = suggested(text, place.last - place.first + 1, style.opening)
        return LineComment(key, place, comment(finding, found.report, style.context, block))
    place_found = next((each for each in _places(finding) if _is_shown(each, standing)), None)
    if place_found is None:
        return None
    return LineComment(key, place_found, comment(finding, found.report, style.context))


def _places(finding: Finding) -> Iterator[LinePlace]:
    """Where a finding may be said, the best first."""
    spans = [placed(finding).span, finding.span]
    spans += [each.span for each in finding.related if each.message.startswith(CAUSE)]
    for each in spans:
        yield LinePlace(each.path, each.first.line, each.first.line)


def _is_shown(place: LinePlace, standing: Present) -> bool:
    patch = standing.patches.get(place.path)
    return patch is not None and place.path not in (standing.shifted or ()) and patch.joined(place.first, place.last)


def _suggestion(edits: Sequence[Replacement], standing: Present, style: Style) -> tuple[LinePlace, str] | None:
    """The lines that edits touch and what they are to be; None where the difference does not show all of them.

    Nor is anything suggested that could show a secret or hide something, or where lines may be others.
    """
    if not edits or not style.suggesting or standing.shifted is None or len({each.path for each in edits}) > 1:
        return None
    first, last = min(each.first.line for each in edits), max(each.last.line for each in edits)
    place = LinePlace(edits[0].path, first, last)
    if last - first >= _MOST_LINES or not _is_shown(place, standing):
        return None
    shown = standing.patches[place.path].lines
    before = [shown[number].text for number in range(first, last + 1)]
    after = _edited(before, first, edits)
    if after is None or after == before or not all(_is_plain(line, style.context) for line in (*before, *after)):
        return None
    return place, "\n".join(after)


def _edited(lines: Sequence[str], first: int, edits: Sequence[Replacement]) -> list[str] | None:
    """Lines after edits; None where one is not inside of them, or two touch the same text."""
    text = "\n".join(lines)
    end = len(text)
    for each in sorted(edits, key=lambda each: (each.first, each.last), reverse=True):
        start, stop = (_offset(lines, position, first) for position in (each.first, each.last))
        if start is None or stop is None or not start <= stop <= end:
            return None
        text, end = text[:start] + each.text + text[stop:], start
    return text.split("\n")


def _offset(lines: Sequence[str], position: Position, first: int) -> int | None:
    row, column = position.line - first, position.column - 1
    if not 0 <= row < len(lines) or column > len(lines[row]):
        return None
    return sum(len(line) + 1 for line in lines[:row]) + column


def _is_plain(line: str, context: Context) -> bool:
    bare = line.replace("\t", " ")
    return clean(bare) == bare and context.mask(line) == line


def _is_to_be_posted(thread: Thread | None, comment: LineComment) -> bool:
    return thread is None or _is_elsewhere(thread, comment)


def _is_elsewhere(thread: Thread, comment: LineComment) -> bool:
    """Whether what a thread says has to be said anew at other lines."""
    if thread.resolved:
        return False
    return thread.outdated or (thread.place != comment.place and not _same(thread.body, comment.body))


def _renewed(thread: Thread | None, comment: LineComment | None) -> Iterator[Rewrite]:
    if thread is None or comment is None or thread.resolved:
        return
    if _is_elsewhere(thread, comment):
        yield _settled(thread, _MOVED)
    elif not _same(thread.body, comment.body):
        yield Rewrite(thread, comment.body)


def _settled(thread: Thread, why: str) -> Rewrite:
    return Rewrite(thread, gone(thread.body, thread.key, why), settles=True)


def _same(one: str, other: str) -> bool:
    """Whether two texts are the same to a server, which may end lines otherwise and leave out blanks at the end."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()
