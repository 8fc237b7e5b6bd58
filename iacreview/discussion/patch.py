"""The lines of a file that a pull request shows, and can be commented on, by the file's patch."""

from __future__ import annotations

from collections.abc import Mapping

from iacreview.model.patterns import later
from iacreview.model.record import NamedTuple

_HUNK = later(r"@@ -(\d{1,9})(?:,\d{1,9})? \+(\d{1,9})(?:,\d{1,9})? @@")


class Shown(NamedTuple):
    """A line of the head that the difference shows: its text, its number in the base (0: it is new), and its hunk."""

    text: str
    old: int
    hunk: int


class Patch(NamedTuple):
    """The lines of the head that the difference of one file shows, by number; `before` is its path in the base."""

    before: str
    lines: Mapping[int, Shown]

    def joined(self, first: int, last: int) -> bool:
        """Whether lines stand below each other in one part of the difference."""
        found = [self.lines.get(number) for number in range(first, min(last, first + len(self.lines)) + 1)]
        return all(found) and len({each.hunk for each in found if each is not None}) == 1


def parsed(patch: str, before: str) -> Patch:
    """The lines of a patch in unified format, with or without its header of file names."""
    lines: dict[int, Shown] = {}
    old = new = hunk = 0
    for line in patch.split("\n"):
        found = _HUNK.match(line)
        if found is not None:
            old, new, hunk = int(found[1]), int(found[2]), hunk + 1
        elif hunk and line[:1] in ("+", " "):
            context = line[0] == " "
            lines[new] = Shown(line[1:].removesuffix("\r"), old if context else 0, hunk)
            old, new = old + context, new + 1
        elif hunk and line[:1] == "-":
            old += 1
    return Patch(before, lines)
