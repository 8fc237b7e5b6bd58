"""Controls for a pull request, and for an auditor (GitHub Flavored Markdown)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from iacreview.model.control import Assessment, ControlReport, Evidence
from iacreview.model.finding import Protection
from iacreview.report.changes import base_words, loss_words
from iacreview.report.controls.words import (
    CAVEAT,
    PARTS,
    coverage,
    empty,
    parts,
    place,
    scope,
    standing_for,
    summary,
    together,
)
from iacreview.report.escape import markdown_code, markdown_text

# GitHub refuses comments of more than 65,536 characters.
MOST = 60_000
_LISTED = 20
_LONG = 500


def render(report: ControlReport, version: str) -> str:
    """A table of all controls, then what is said of each; what does not fit is left out and counted."""
    head = [
        f"## {markdown_text(report.title)}",
        f"{markdown_text(summary(report))}. {coverage(report)}. From {scope(report)}. {CAVEAT}",
        *([markdown_text(report.note)] if report.note else []),
        _table(report.assessments),
        *_unread(report),
    ]
    blocks = [_control(each, report.base) for each in report.assessments if not empty(each)]
    shown, left = _fitting(blocks, MOST - len("\n\n".join(head)) - _LONG)
    if left:
        shown.append(f"_Not shown, since the report would be too long for a comment: {left} controls in detail._")
    return "\n\n".join([*head, *shown]) + "\n"


def _fitting(blocks: Sequence[str], room: int) -> tuple[list[str], int]:
    shown: list[str] = []
    for block in blocks:
        if len(block) + 2 <= room:
            room -= len(block) + 2
            shown.append(block)
    return shown, len(blocks) - len(shown)


def _table(found: Sequence[Assessment]) -> str:
    rows = [
        (
            each.control,
            each.state,
            each.title,
            str(len(each.shown)),
            str(len(each.contradicted)),
            str(len(each.undecided)),
        )
        for each in found
    ]
    lines = [
        "| control | state | what | shown | contradicted | undecided |",
        "| --- | --- | --- | --- | --- | --- |",
        *(f"| {' | '.join(markdown_text(cell).replace('|', chr(92) + '|') for cell in row)} |" for row in rows),
    ]
    return "\n".join(lines)


def _unread(report: ControlReport) -> Iterator[str]:
    if report.unread:
        items = [f"- {markdown_code(path)}: {markdown_text(why)}" for path, why in report.unread[:_LISTED]]
        yield "### Could not be read\n\n" + "\n".join(items)


def _control(each: Assessment, base: str) -> str:
    lines = [f"### {markdown_text(f'{each.control}: {each.title}')}", "", f"**{each.state}**"]
    if each.why:
        lines.append(f"\n{markdown_text(each.why)}")
    if standing_for(each):
        lines.append(f"\n{standing_for(each)}")
    lines += [f"\n**lost since {markdown_text(base)}**\n"] if each.lost else []
    lines += [_lost(lost) for lost in each.lost[:_LISTED]]
    for title, evidence in zip(PARTS, parts(each), strict=True):
        if found := together(evidence):
            more = [f"- and {len(found) - _LISTED} more"] if len(found) > _LISTED else []
            items = "\n".join([*map(_item, found[:_LISTED]), *more])
            lines.append(f"\n<details><summary>{title}: {len(found)}</summary>\n\n{items}\n\n</details>")
    return "\n".join(lines)


def _item(each: Evidence) -> str:
    said = markdown_text(each.said[:_LONG])
    return f"- {markdown_code(place(each))} {markdown_text(each.by)} {markdown_code(each.resource.address)}: {said}"


def _lost(each: Protection) -> str:
    where = f"{each.span.path}:{each.span.first.line}"
    said = markdown_text(loss_words(each)[:_LONG])
    return f"- {markdown_code(each.resource.address)} ({markdown_code(where)}{base_words(each)}): {said}"
