"""Controls for people at a terminal or in a log."""

from __future__ import annotations

from collections.abc import Iterator

from iacreview.model.control import Assessment, ControlReport, Evidence
from iacreview.report.changes import protection_text
from iacreview.report.controls.words import (
    CAVEAT,
    PARTS,
    coverage,
    parts,
    place,
    scope,
    standing_for,
    summary,
    together,
)
from iacreview.report.escape import clean, without_commands

_MOST = 10


def render(report: ControlReport, version: str) -> str:
    """A section for each control, and what all of them come to in the last line."""
    lines = [f"{report.title} ({report.name}), {scope(report)}"]
    if report.note:
        lines.append(report.note)
    for each in report.assessments:
        lines += ["", *_control(each, report.base)]
    if report.unread:
        lines += ["", "Could not be read", *(f"  {path}: {why}" for path, why in report.unread)]
    lines += ["", CAVEAT, f"{coverage(report)}.", f"{summary(report)}."]
    return without_commands("\n".join(map(clean, lines)) + "\n")


def _control(each: Assessment, base: str) -> Iterator[str]:
    yield f"{each.control}  {each.state}  {each.title}"
    if each.why:
        yield f"    {each.why}"
    if standing_for(each):
        yield f"    {standing_for(each)}"
    for title, found in zip(PARTS, parts(each), strict=True):
        yield from _part(title, found)
    for lost in each.lost:
        yield f"    lost since {base}: {protection_text(lost)}"


def _part(title: str, evidence: tuple[Evidence, ...]) -> Iterator[str]:
    found = together(evidence)
    for each in found[:_MOST]:
        yield f"    {title} {place(each)}: {each.by} {each.resource.address}: {each.said}"
    if len(found) > _MOST:
        yield f"    {title} {len(found) - _MOST} more places"
