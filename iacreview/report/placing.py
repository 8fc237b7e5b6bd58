"""Where code scanning shows a finding: on a line of the change, and in a file that people edit."""

from __future__ import annotations

from collections.abc import Iterator

from iacreview.model.finding import MADE_HERE, Finding, Related
from iacreview.model.patterns import later
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span

# How the message of the changed line that made a finding begins.
CAUSE = "changed here"
OWN_PLACE = "the resource itself"
# Folders of what tools fetch or generate, by what such folders are called: nobody reviews a line there.
_MADE = later(r"(?:^|/)(?:\.[^/]+|[^/]+\.out|node_modules)/")


class Placed(NamedTuple):
    """A finding's place for code scanning, and the other places; `moved` tells that its own is the first of these."""

    span: Span
    related: tuple[Related, ...]
    moved: bool


def placed(finding: Finding) -> Placed:
    """The place that a reviewer sees: of what a change makes, the changed line; of what is generated, where it is made.

    Code scanning shows only what stands on the lines of a pull request's difference.
    """
    for each in _better(finding):
        others = tuple(other for other in related_to(finding) if other is not each)
        return Placed(each.span, (Related("it takes effect here", finding.span), *others), True)
    return Placed(finding.span, related_to(finding), False)


def _better(finding: Finding) -> Iterator[Related]:
    if finding.status in ("introduced", "worsened") and not finding.changed:
        yield from (each for each in finding.related if each.message.startswith(CAUSE) and each.span.end)
    yield from (each for each in finding.related if each.message == MADE_HERE and not is_made(each.span.path))
    if is_made(finding.span.path):
        yield from (each for each in finding.related if not is_made(each.span.path))


def related_to(finding: Finding) -> tuple[Related, ...]:
    """The places that explain a finding; among them the resource's own, where the finding stands outside of it."""
    own = own_place(finding)
    if own is None or _line(own) in map(_line, (each.span for each in finding.related)):
        return finding.related
    return (*finding.related, Related(OWN_PLACE, own))


def own_place(finding: Finding) -> Span | None:
    """The first line of the finding's resource, where the finding stands outside of that."""
    block = finding.blocks[0] if finding.blocks else finding.span
    if block.path == finding.span.path and block.first.line <= finding.span.first.line <= block.last.line:
        return None
    newline = block.source.text.find("\n", block.start, block.end)
    return block._replace(end=newline) if newline > block.start else block


def explaining(finding: Finding) -> tuple[Related, ...]:
    """The related places without those that repeat the place of the change that made the finding."""
    related = related_to(finding)
    causes = [each for each in related if each.message.startswith(CAUSE)]
    lines = {_line(each.span) for each in causes}
    return tuple(each for each in related if each in causes or _line(each.span) not in lines)


def _line(span: Span) -> tuple[str, int]:
    return span.path, span.first.line


def is_made(path: str) -> bool:
    """Whether a file is fetched or generated, by the folder that it lies in."""
    return _MADE.search(path) is not None
