"""Markdown for a job summary or a comment on a pull request (GitHub Flavored Markdown)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from iacreview.model.finding import (
    SEVERITIES,
    Accepted,
    Change,
    Finding,
    Protection,
    Report,
    Suppression,
    Undecided,
)
from iacreview.model.source import Span
from iacreview.report.changes import (
    SETTINGS,
    STRICT_TITLE,
    base_words,
    code_text,
    code_title,
    count,
    error_reason,
    fix_line,
    foreign_suppressions,
    idle_reason,
    idle_suppressions,
    judgement,
    loss_words,
    new_suppressions,
    newly_skipped,
    settings,
    skipped_texts,
    strict_texts,
    suppressed_words,
    unread_changes,
    unread_title,
)
from iacreview.report.context import Context
from iacreview.report.escape import clean, markdown_code, markdown_text
from iacreview.report.excerpt import Excerpts
from iacreview.report.placing import CAUSE, explaining
from iacreview.report.summary import (
    failing,
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
RULE = "---\n\n"


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


def finding_text(finding: Finding, report: Report, context: Context) -> str:
    """What is said of one finding of a report."""
    return _Page(report, context).finding(finding)


class _Page:
    def __init__(self, report: Report, context: Context) -> None:
        self._report = report
        self._context = context
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
        errors = [f"{_code(each.path)}: {_text(error_reason(each))}" for each in sorted(report.errors)]
        yield from _listed("### Could not be read", errors, FIRST)

    def first(self) -> Iterator[str]:
        """What a change does to the review, to what watches, and to what is suppressed."""
        report = self._report
        changed = [f"{self._place(each.span)}: {_text(each.message)}" for each in settings(report)]
        yield from _listed("### Changed settings of this review", changed, FIRST)
        if report.change:
            removed = [_protection(each) for each in report.change.protection_removed]
            yield from _listed("### Protection lost", removed, FIRST)
            yield from self._about_the_change(report.change)
        yield from _listed(f"### {unread_title(report)}", [_text(each) for each in unread_changes(report)], FIRST)
        new = new_suppressions(report)
        if new:
            rows = [_suppression(each) for each in new[:LISTED]]
            table = _table(("where", "for", "rules", "reason", "until", "state", "approved by", "ticket"), rows)
            more = f"\n\nand {len(new) - LISTED} more" if len(new) > LISTED else ""
            yield f"### New suppressions\n\n{table}{more}"

    def _about_the_change(self, change: Change) -> Iterator[str]:
        """What is new, and fails nothing: covered, undecided, left out, in the history."""
        covered = [
            f"{self._short(each.finding)}, suppressed at {self._place(each.suppression.span)}"
            for each in change.newly_suppressed
        ]
        opened = [f"{self._undecided(each.undecided)}; {_text(each.was)}" for each in change.newly_undecided]
        code = [_text(code_text(each)) for each in change.code]
        yield from _listed(f"### {code_title(change)}", code, FIRST)
        yield from _listed(f"### {STRICT_TITLE}", [_text(each) for each in strict_texts(change)], FIRST)
        yield from _listed("### Covered by older suppressions", covered, FIRST)
        yield from _listed("### Now undecided", opened, FIRST)
        skipped = skipped_texts(newly_skipped(change), _code, _text)
        yield from _listed("### Now skipped", skipped, FIRST)
        foreign = [
            f"{self._place(each.span)}: {_text(suppressed_words(each))}" for each in foreign_suppressions(change)
        ]
        yield from _listed("### Suppressed for other tools, about no finding here", foreign, FIRST)
        yield from _listed("### To be rotated: it stays in the history", list(map(_short, change.revealed)), FIRST)

    def _short(self, finding: Finding) -> str:
        return f"{finding.severity.label} {_text(finding.rule)} at {self._place(finding.span)}{_subject(finding)}"

    def _undecided(self, each: Undecided) -> str:
        return f"{self._place(each.span)} {_text(each.rule)} {_code(each.resource.address)}: {_text(each.reason)}"

    def findings(self) -> Iterator[tuple[str, str]]:
        """Each finding that counts, with a line between them."""
        counted = [each for each in failing(self._report) if each.rule not in SETTINGS]
        for status in ("introduced", "worsened", None):
            found = [each for each in counted if each.status == status]
            if not found:
                continue
            yield "", f"### {(status or 'findings').capitalize()}: {_split(found)}"
            for number, each in enumerate(sorted(found, key=lambda each: -each.severity)):
                yield "finding", f"{RULE if number else ''}{self.finding(each)}"

    def deltas(self) -> Iterator[str]:
        """What a change lets whom do and reach, as tables."""
        change = self._report.change
        if change is not None and any(change.deltas):
            from iacreview.report.delta_blocks import markdown_blocks
            from iacreview.report.deltas import sections

            yield from markdown_blocks(sections(change.deltas))

    def finding(self, finding: Finding) -> str:
        """What it is and where, why, and what to do."""
        lines = [
            f"**{finding.severity.label}** {_text(finding.rule)} {_text(finding.name)} at {self._place(finding.span)}"
            f"{_subject(finding)}  ",
            _text(finding.message, LONG),
            "",
            *self._excerpt(finding.span, finding.changed),
        ]
        for each in [each for each in finding.related if each.message.startswith(CAUSE)][:1]:
            lines += [f"{_text(each.message)}: {self._place(each.span)}", "", *self._excerpt(each.span, True)]
        others = [each for each in explaining(finding) if not each.message.startswith(CAUSE)]
        lines += [f"- {_text(each.message)}: {self._place(each.span)}" for each in others[:FIRST]]
        if len(others) > FIRST:
            lines.append(f"- and {count(len(others) - FIRST, 'more place')}")
        if finding.remediation:
            lines.append(f"- fix: {_text(fix_line(finding.remediation), LONG)}")
        return "\n".join(lines).rstrip()

    def _excerpt(self, span: Span, changed: bool) -> list[str]:
        """A line as code; one that the change wrote as the line of a difference, which GitHub and GitLab colour."""
        line, text, _, _ = self._excerpts.excerpt(span)
        if not text.strip():
            return []
        if not changed:
            return [f"    {line} | {text}", ""]
        fence = "`" * (max([2, *map(len, re.findall("`+", text))]) + 1)
        return [f"{fence}diff", f"+ {line} | {text}", fence, ""]

    def _place(self, span: Span) -> str:
        """`main.tf:3`, as a link where the page is known."""
        page = self._context.link(span.path, span.first.line)
        return f"[{_place(span)}]({page})" if page else _place(span)

    def rest(self) -> Iterator[str]:
        """All that does not fail, folded but for what is fixed."""
        report = self._report
        yield from _listed("### Fixed", [_short(each) for each in with_status(report, "fixed")], LISTED)
        yield from _folded("Unchanged", [self._short(each) for each in with_status(report, "unchanged")])
        yield from _folded(
            "Suppressed",
            [f"{self._short(each)}: {_text(why)}" for each, why in ordered_suppressed(report.suppressed)],
        )
        idle = [f"{self._place(each.span)}: {_text(idle_reason(each))}" for each in idle_suppressions(report)]
        yield from _folded("Suppressions without effect", idle)
        stale = [_stale(each) for each in sorted(report.stale)]
        yield from _folded("No longer in the code, but in the baseline", stale)
        undecided = [self._undecided(each) for each in ordered_undecided(report.undecided)]
        yield from _folded("Undecided", undecided)
        yield from _folded("Skipped", skipped_texts(report.skipped, _code, _text), len(report.skipped))


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
    return f"{finding.severity.label} {_text(finding.rule)} at {_place(finding.span)}{_subject(finding)}"


def _split(findings: Sequence[Finding]) -> str:
    """`1 critical, 2 high`"""
    numbers = {name: sum(1 for each in findings if each.severity.label == name) for name in SEVERITIES}
    return ", ".join(f"{number} {name}" for name, number in numbers.items() if number)


def _protection(each: Protection) -> str:
    return f"{_code(each.resource.address)} ({_place(each.span)}{base_words(each)}): {_text(loss_words(each))}"


def _suppression(each: Suppression) -> list[str]:
    rules, reason = _text(", ".join(each.rules)), _text(each.reason) or "none given"
    approval = [_text(each.approved_by), _text(each.ticket)]
    return [_place(each.span), _text(each.tool), rules, reason, _text(each.until) or "forever", each.state, *approval]


def _stale(each: Accepted) -> str:
    subject = f" {_code(each.resource)}" if each.resource else ""
    return f"{_code(each.path)}: {_text(each.rule)}{subject}"


def _listed(title: str, items: Sequence[str], most: int) -> Iterator[str]:
    if items:
        yield f"{title}\n\n{_items(items, most)}"


def _folded(title: str, items: Sequence[str], count: int | None = None) -> Iterator[str]:
    """A list to be opened; `count` is how many there are, where an item tells of several."""
    if items:
        number = len(items) if count is None else count
        yield f"<details><summary>{title}: {number}</summary>\n\n{_items(items, LISTED)}\n\n</details>"


def _items(items: Sequence[str], most: int) -> str:
    lines = [f"- {item}" for item in items[:most]]
    if len(items) > most:
        lines.append(f"- and {len(items) - most} more")
    return "\n".join(lines)


def _table(titles: Sequence[str], entries: Sequence[Sequence[str]]) -> str:
    """A table without the columns in which nothing stands."""
    kept = [number for number in range(len(titles)) if any(row[number] for row in entries)]
    head, *rows = ([row[number] for number in kept] for row in (titles, *entries))
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
