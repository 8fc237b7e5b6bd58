"""The deltas of a change as blocks of text and as tables of Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from iacreview.report.deltas import DeltaLine, Section
from iacreview.report.escape import clean, markdown_code, markdown_text

# What is listed of one section, and of a row.
LISTED = 40
_FOLDED_FROM = 12
_LONG = 300

# Fills words into lines: a text, what the first line begins with, and what the others do.
Wrap = Callable[[str, str, str], Iterator[str]]


def text_blocks(
    found: Sequence[Section], wrap: Wrap, heading: Callable[[str], str], most: int | None = LISTED
) -> Iterator[str]:
    """A block for each section; of a long one the beginning, unless all is asked for."""
    for section in found:
        lines = [heading(section.title)]
        left = section.rows if most is None else most
        for who, rows in section.groups:
            if left <= 0:
                break
            lines.append(f"  {_shortened(who)}")
            for row in rows[:left]:
                lines += wrap(_shortened("  ".join(part for part in row if part)), "    ", "        ")
            left -= len(rows)
        if left < 0 and most is not None:
            lines.append(f"  ... and {section.rows - most} more")
        yield "\n".join(lines)


def markdown_blocks(found: Sequence[Section]) -> Iterator[str]:
    """A table for each section, folded where it is long."""
    for section in found:
        cells = [(who, row) for who, rows in section.groups for row in rows]
        lines = ["| who or what | what |", "| --- | --- |"]
        last = ""
        for who, row in cells[:LISTED]:
            lines.append(_cells("" if who == last else who, row))
            last = who
        table = "\n".join(lines)
        if len(cells) > LISTED:
            table += f"\n\nand {len(cells) - LISTED} more"
        if len(cells) >= _FOLDED_FROM:
            yield f"<details><summary>{section.title}: {len(cells)}</summary>\n\n{table}\n\n</details>"
        else:
            yield f"### {section.title}\n\n{table}"


def _cells(who: str, row: DeltaLine) -> str:
    """A row of two columns, which is what a comment has room for."""
    what = " ".join(part for part in (_code(row.what), markdown_text(_shortened(row.where))) if part)
    cells = (_code(who), "<br>".join(part for part in (what, markdown_text(_shortened(row.note))) if part))
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _code(text: str) -> str:
    return markdown_code(_shortened(text)) if text else ""


def _shortened(text: str) -> str:
    shown = clean(text)
    return shown if len(shown) <= _LONG else f"{shown[: _LONG - 3]}..."
