"""Markdown for a job summary or a comment on a pull request (GitHub Flavored Markdown)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from iacreview.model.finding import FAILING, Finding, Report
from iacreview.report.changes import (
    idle_suppressions,
    idle_text,
    judgement,
    new_suppressions,
    protection_text,
    settings,
    stale_text,
    where,
)
from iacreview.report.context import Context
from iacreview.report.escape import markdown_code, markdown_text
from iacreview.report.excerpt import Excerpts
from iacreview.report.summary import (
    SEVERITIES,
    ordered,
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


def render(report: Report, context: Context) -> str:
    """Verdict first, then what a reviewer must see, the findings, and the rest folded; at most MOST characters."""
    page = _Page(report, context)
    blocks = [*page.head(), *page.first(), *page.findings(), *page.rest()]
    text = ""
    for index, block in enumerate(blocks):
        if len(text) + len(block) > MOST - 200:
            left = len(blocks) - index
            return f"{text}_{left} more parts of this report are not shown: it is too long for a comment._\n"
        text += block + "\n\n"
    return text.rstrip("\n") + "\n"


class _Page:
    def __init__(self, report: Report, context: Context) -> None:
        self._report = report
        self._excerpts = Excerpts(report.secrets, context.mask, WIDTH)

    def head(self) -> Iterator[str]:
        """The verdict, what was compared, and what could not be read."""
        report = self._report
        counts = summary(report)
        verdict = judgement(report) if report.change else f"{_count(counts['findings'], 'finding')}"
        yield f"## iacreview: {verdict[0].lower()}{verdict[1:]}"
        parts = [_count(counts[key], key[:-1]) for key in ("resources", "units", "files")]
        scope = f"{', '.join(parts)} reviewed."
        if report.change:
            base, head = markdown_text(report.change.base), markdown_text(report.change.head)
            scope = f"From {base} to {head}: {scope}"
        yield scope
        errors = [
            f"{markdown_code(each.path)}: {markdown_text(each.message)} {markdown_text(each.hint)}".rstrip()
            for each in sorted(report.errors)
        ]
        yield from _listed("### Could not be read", errors)

    def first(self) -> Iterator[str]:
        """What a change does to the review, to what watches, and to what is suppressed."""
        report = self._report
        changed = [f"{markdown_code(where(each))}: {markdown_text(each.message)}" for each in settings(report)]
        yield from _listed("### Changed settings of this review", changed)
        if report.change:
            removed = [markdown_text(protection_text(each)) for each in report.change.protection_removed]
            yield from _listed("### Protection removed", removed)
        rows = [
            [
                markdown_code(f"{each.span.path}:{each.span.first.line}"),
                each.tool,
                markdown_text(", ".join(each.rules)),
                markdown_text(each.reason) or "none given",
                markdown_text(each.until) or "for ever",
                each.state,
            ]
            for each in new_suppressions(report)
        ]
        if rows:
            yield "### New suppressions\n\n" + _table(("where", "for", "rules", "reason", "until", "state"), rows)

    def findings(self) -> Iterator[str]:
        """A table of severities, then each finding that counts."""
        settled = settings(self._report)
        counted = [each for each in ordered(self._report.findings) if each.status in FAILING and each not in settled]
        for status in ("introduced", "worsened", None):
            found = [each for each in counted if each.status == status]
            if not found:
                continue
            yield f"### {(status or 'findings').capitalize()}"
            numbers = [str(sum(1 for each in found if each.severity.label == name)) for name in SEVERITIES]
            yield _table(SEVERITIES, [numbers])
            for each in sorted(found, key=lambda each: -each.severity):
                yield self._finding(each)
        fixed = [_short(each) for each in with_status(self._report, "fixed")]
        yield from _listed("### Fixed", fixed, LISTED)

    def _finding(self, finding: Finding) -> str:
        subject = f" {markdown_code(finding.resource.address)}" if finding.resource else ""
        lines = [
            f"**{finding.severity.label}** {finding.rule} {markdown_text(finding.name)}"
            f" at {markdown_code(where(finding))}{subject}  ",
            markdown_text(finding.message),
            "",
            *self._excerpt(finding),
        ]
        for each in finding.related:
            place = markdown_code(f"{each.span.path}:{each.span.first.line}")
            lines.append(f"- {markdown_text(each.message)}: {place}")
        if finding.remediation:
            lines.append(f"- fix: {markdown_text(' '.join(finding.remediation.split()))}")
        return "\n".join(lines).rstrip()

    def _excerpt(self, finding: Finding) -> list[str]:
        text = self._excerpts.excerpt(finding.span).text
        return [f"    {text}", ""] if text.strip() else []

    def rest(self) -> Iterator[str]:
        """All that does not fail, folded."""
        report = self._report
        yield from _folded("Unchanged", [_short(each) for each in with_status(report, "unchanged")])
        yield from _folded(
            "Suppressed",
            [f"{_short(each)}: {markdown_text(why)}" for each, why in ordered_suppressed(report.suppressed)],
        )
        idle = [markdown_text(idle_text(each)) for each in idle_suppressions(report)]
        yield from _folded("Suppressions without effect", idle)
        yield from _folded(
            "No longer in the code, but in the baseline", [markdown_text(stale_text(e)) for e in report.stale]
        )
        undecided = [
            f"{markdown_code(f'{each.span.path}:{each.span.first.line}')} {each.rule}"
            f" {markdown_code(each.resource.address)}: {markdown_text(each.reason)}"
            for each in ordered_undecided(report.undecided)
        ]
        yield from _folded("Not answered", undecided)
        skipped = [
            f"{markdown_code(each.path)}: {markdown_text(each.reason)}" for each in ordered_skipped(report.skipped)
        ]
        yield from _folded("Skipped", skipped)


def _short(finding: Finding) -> str:
    subject = f" {markdown_code(finding.resource.address)}" if finding.resource else ""
    return f"{finding.severity.label} {finding.rule} at {markdown_code(where(finding))}{subject}"


def _listed(title: str, items: Sequence[str], most: int | None = None) -> Iterator[str]:
    if items:
        yield f"{title}\n\n{_items(items, most)}"


def _folded(title: str, items: Sequence[str]) -> Iterator[str]:
    if items:
        yield f"<details><summary>{title}: {len(items)}</summary>\n\n{_items(items, LISTED)}\n\n</details>"


def _items(items: Sequence[str], most: int | None) -> str:
    lines = [f"- {item}" for item in items[:most]]
    if most is not None and len(items) > most:
        lines.append(f"- and {len(items) - most} more")
    return "\n".join(lines)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
