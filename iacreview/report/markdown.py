"""Markdown for a job summary or a comment on a pull request (GitHub Flavored Markdown)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from iacreview.model.finding import SEVERITIES, Accepted, Finding, Protection, Report, Suppression
from iacreview.model.source import Span
from iacreview.report.changes import (
    SETTINGS,
    UNREAD,
    base_words,
    count,
    idle_reason,
    idle_suppressions,
    judgement,
    loss_words,
    new_suppressions,
    settings,
    unread_changes,
)
from iacreview.report.context import Context
from iacreview.report.escape import clean, markdown_code, markdown_text
from iacreview.report.excerpt import Excerpts
from iacreview.report.summary import (
    failing,
    ordered_skipped,
    ordered_suppressed,
    ordered_undecided,
    summary,
    with_status,
)

# GitHub refuses comments of more than 65,536 characters.
MOST = 60_000
LISTED = 20
WIDTH = 120
# How much of a list or a text of the project stands before the findings, so that none can push them out.
FIRST = 10
SHORT = 200
LONG = 1000


def render(report: Report, context: Context) -> str:
    """Verdict first, then what a reviewer must see, the findings, and the rest folded; at most MOST characters.

    What does not fit is left out and counted; what is shorter and comes later still stands.
    """
    page = _Page(report, context)
    room = MOST - SHORT
    shown: list[str] = []
    left = {"finding": 0, "list": 0}
    for noun, block in page.blocks():
        if len(block) + 2 <= room:
            room -= len(block) + 2
            shown.append(block)
        elif noun:
            left[noun] += 1
    if any(left.values()):
        said = " and ".join(count(number, noun) for noun, number in left.items() if number)
        shown.append(f"_Not shown, since the report would be too long for a comment: {said}._")
    return "\n\n".join(shown) + "\n"


class _Page:
    def __init__(self, report: Report, context: Context) -> None:
        self._report = report
        self._excerpts = Excerpts(report.secrets, context.mask, WIDTH, report.hidden)

    def blocks(self) -> Iterator[tuple[str, str]]:
        """The parts in order, each with what it is called where it has to be left out; a heading has no name."""
        for block in (*self.head(), *self.first()):
            yield "list", block
        yield from self.findings()
        for block in (*self.deltas(), *self.rest()):
            yield "list", block

    def head(self) -> Iterator[str]:
        """The verdict, what was compared, and what could not be read."""
        report = self._report
        counts = summary(report)
        verdict = judgement(report) if report.change else count(counts["findings"], "finding")
        yield f"## iacreview: {verdict[0].lower()}{verdict[1:]}"
        parts = [count(counts[key], key[:-1]) for key in ("resources", "units", "files")]
        scope = f"{', '.join(parts)} reviewed."
        if report.change:
            base, head = _text(report.change.base), _text(report.change.head)
            scope = f"From {base} to {head}: {scope}"
        yield scope
        errors = [
            f"{_code(each.path)}: {_text(each.message)} {_text(each.hint)}".rstrip() for each in sorted(report.errors)
        ]
        yield from _listed("### Could not be read", errors, FIRST)

    def first(self) -> Iterator[str]:
        """What a change does to the review, to what watches, and to what is suppressed."""
        report = self._report
        changed = [f"{_place(each.span)}: {_text(each.message)}" for each in settings(report)]
        yield from _listed("### Changed settings of this review", changed, FIRST)
        if report.change:
            removed = [_protection(each) for each in report.change.protection_removed]
            yield from _listed("### Protection lost", removed, FIRST)
        yield from _listed(f"### {UNREAD}", [_text(each) for each in unread_changes(report)], FIRST)
        new = new_suppressions(report)
        if new:
            rows = [_suppression(each) for each in new[:LISTED]]
            table = _table(("where", "for", "rules", "reason", "until", "state"), rows)
            more = f"\n\nand {len(new) - LISTED} more" if len(new) > LISTED else ""
            yield f"### New suppressions\n\n{table}{more}"

    def findings(self) -> Iterator[tuple[str, str]]:
        """A table of severities, then each finding that counts."""
        counted = [each for each in failing(self._report) if each.rule not in SETTINGS]
        for status in ("introduced", "worsened", None):
            found = [each for each in counted if each.status == status]
            if not found:
                continue
            numbers = [str(sum(1 for each in found if each.severity.label == name)) for name in SEVERITIES]
            yield "", f"### {(status or 'findings').capitalize()}\n\n{_table(SEVERITIES, [numbers])}"
            for each in sorted(found, key=lambda each: -each.severity):
                yield "finding", self._finding(each)

    def deltas(self) -> Iterator[str]:
        """What a change lets whom do and reach, as tables."""
        change = self._report.change
        if change is not None and any(change.deltas):
            from iacreview.report.delta_blocks import markdown_blocks
            from iacreview.report.deltas import sections

            yield from markdown_blocks(sections(change.deltas))

    def _finding(self, finding: Finding) -> str:
        lines = [
            f"**{finding.severity.label}** {finding.rule} {_text(finding.name)} at {_place(finding.span)}"
            f"{_subject(finding)}  ",
            _text(finding.message, LONG),
            "",
            *self._excerpt(finding),
        ]
        lines += [f"- {_text(each.message)}: {_place(each.span)}" for each in finding.related[:FIRST]]
        if len(finding.related) > FIRST:
            lines.append(f"- and {count(len(finding.related) - FIRST, 'more place')}")
        if finding.remediation:
            lines.append(f"- fix: {_text(' '.join(finding.remediation.split()), LONG)}")
        return "\n".join(lines).rstrip()

    def _excerpt(self, finding: Finding) -> list[str]:
        line, text, _, _ = self._excerpts.excerpt(finding.span)
        return [f"    {line} | {text}", ""] if text.strip() else []

    def rest(self) -> Iterator[str]:
        """All that does not fail, folded but for what is fixed."""
        report = self._report
        yield from _listed("### Fixed", [_short(each) for each in with_status(report, "fixed")], LISTED)
        yield from _folded("Unchanged", [_short(each) for each in with_status(report, "unchanged")])
        yield from _folded(
            "Suppressed",
            [f"{_short(each)}: {_text(why)}" for each, why in ordered_suppressed(report.suppressed)],
        )
        idle = [f"{_place(each.span)}: {_text(idle_reason(each))}" for each in idle_suppressions(report)]
        yield from _folded("Suppressions without effect", idle)
        stale = [_stale(each) for each in sorted(report.stale)]
        yield from _folded("No longer in the code, but in the baseline", stale)
        undecided = [
            f"{_place(each.span)} {each.rule} {_code(each.resource.address)}: {_text(each.reason)}"
            for each in ordered_undecided(report.undecided)
        ]
        yield from _folded("Undecided", undecided)
        skipped = [
            f"{_code(f'{each.path}:{each.line}' if each.line else each.path)}: {_text(each.reason)}"
            for each in ordered_skipped(report.skipped)
        ]
        yield from _folded("Skipped", skipped)


def _text(text: str, most: int = SHORT) -> str:
    """The beginning of a text as words."""
    return markdown_text(_beginning(text, most))


def _code(text: str) -> str:
    """The beginning of a text as code."""
    return markdown_code(_beginning(text, SHORT))


def _beginning(text: str, most: int) -> str:
    shown = clean(text[: most + 1])
    return shown if len(shown) <= most else f"{shown[: most - 3]}..."


def _place(span: Span) -> str:
    """`main.tf:3`; of a long path the end, which tells more."""
    path = clean(span.path)
    short = path if len(path) <= SHORT else f"...{path[3 - SHORT :]}"
    return markdown_code(f"{short}:{span.first.line}")


def _subject(finding: Finding) -> str:
    return f" {_code(finding.resource.address)}" if finding.resource else ""


def _short(finding: Finding) -> str:
    return f"{finding.severity.label} {finding.rule} at {_place(finding.span)}{_subject(finding)}"


def _protection(each: Protection) -> str:
    return f"{_code(each.resource.address)} ({_place(each.span)}{base_words(each)}): {_text(loss_words(each))}"


def _suppression(each: Suppression) -> list[str]:
    rules, reason = _text(", ".join(each.rules)), _text(each.reason) or "none given"
    return [_place(each.span), each.tool, rules, reason, _text(each.until) or "forever", each.state]


def _stale(each: Accepted) -> str:
    subject = f" {_code(each.resource)}" if each.resource else ""
    return f"{_code(each.path)}: {_text(each.rule)}{subject}"


def _listed(title: str, items: Sequence[str], most: int) -> Iterator[str]:
    if items:
        yield f"{title}\n\n{_items(items, most)}"


def _folded(title: str, items: Sequence[str]) -> Iterator[str]:
    if items:
        yield f"<details><summary>{title}: {len(items)}</summary>\n\n{_items(items, LISTED)}\n\n</details>"


def _items(items: Sequence[str], most: int) -> str:
    lines = [f"- {item}" for item in items[:most]]
    if len(items) > most:
        lines.append(f"- and {len(items) - most} more")
    return "\n".join(lines)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
