"""The report for people at a terminal or in a log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from iacreview.model.finding import SEVERITIES, Finding, InputError, Report, Severity, Undecided
from iacreview.model.source import Skipped, Span
from iacreview.report.changes import (
    SETTINGS,
    UNREAD,
    count,
    idle_suppressions,
    idle_text,
    judgement,
    new_suppressions,
    protection_text,
    settings,
    stale_text,
    suppression_text,
    unread_changes,
    unread_text,
    where,
)
from iacreview.report.context import Context
from iacreview.report.escape import clean, without_commands
from iacreview.report.excerpt import Excerpt, Excerpts
from iacreview.report.summary import failing, ordered_skipped, ordered_undecided, summary, with_status

LISTED = 10
CAUSE = "changed here"
MIN_WIDTH = 40
INDENT = "      "

_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}
_SEVERITY_STYLES = {
    Severity.CRITICAL: ("bold", "red"),
    Severity.HIGH: ("red",),
    Severity.MEDIUM: ("yellow",),
    Severity.LOW: ("cyan",),
    Severity.INFO: ("blue",),
}


def render(report: Report, context: Context) -> str:
    """Findings grouped by file, what was not reviewed, and a verdict in the last line."""
    printer = _Printer(report, context)
    sections = [
        *printer.first(),
        *printer.files(),
        *printer.listed("Fixed", [_short(each) for each in with_status(report, "fixed")]),
        *printer.listed(UNREAD, unread_changes(report)),
        *printer.listed("Undecided", [_undecided(each) for each in _shown_undecided(report, context)], None),
        *printer.listed("Suppressions to look at", [idle_text(each) for each in idle_suppressions(report)]),
        *printer.listed("No longer in the code", [stale_text(each) for each in sorted(report.stale)]),
        *printer.listed("Skipped", [_skipped(each) for each in ordered_skipped(report.skipped)]),
        *printer.listed("Could not be read", [_error(each) for each in sorted(report.errors)]),
        printer.verdict(),
    ]
    return without_commands("\n\n".join(sections) + "\n")


class _Printer:
    __slots__ = ("_colour", "_excerpts", "_languages", "_report", "_width")

    def __init__(self, report: Report, context: Context) -> None:
        self._report = report
        self._colour = context.colour
        self._languages = context.languages
        self._width = max(context.width, MIN_WIDTH)
        self._excerpts = Excerpts(report.secrets, context.mask, self._width - len(INDENT), report.hidden)

    def style(self, text: str, *styles: str) -> str:
        if not self._colour or not styles:
            return text
        return f"\x1b[{';'.join(_STYLES[style] for style in styles)}m{text}\x1b[0m"

    def first(self) -> Iterator[str]:
        """What was compared, and what a change does beside its findings: a reviewer must see it first."""
        change = self._report.change
        if change is None:
            return
        yield self.style(f"From {clean(change.base)} to {clean(change.head)}", "dim")
        items = [f"{where(each)}: {each.message}" for each in settings(self._report)]
        items += [f"protection lost: {protection_text(each)}" for each in change.protection_removed]
        items += [f"new suppression: {suppression_text(each)}" for each in new_suppressions(self._report)]
        yield from self.listed("Look at these first", items, None)

    def files(self) -> Iterator[str]:
        """A section for each file that has findings which count."""
        path = None
        shown_first = () if self._report.change is None else SETTINGS
        for finding in failing(self._report):
            if finding.rule in shown_first:
                continue
            lines = list(self.finding(finding))
            if finding.span.path != path:
                path = finding.span.path
                lines.insert(0, self.style(clean(path), "bold"))
            yield "\n".join(lines)

    def finding(self, finding: Finding) -> Iterator[str]:
        yield f"  {self.headline(finding)}"
        yield from self.wrapped(finding.message, INDENT)
        styles = _SEVERITY_STYLES[finding.severity]
        yield from self.excerpt(self._excerpts.excerpt(finding.span), styles, finding.changed)
        for each in finding.related:
            yield from self.wrapped(f"{each.message}: {_where(each.span)}", INDENT + "= ", INDENT + "  ")
            if each.message.startswith(CAUSE) and each.span.start < each.span.end:
                yield from self.excerpt(self._excerpts.excerpt(each.span), ("green",), True)
        if finding.remediation:
            yield from self.remediation(finding.remediation)

    def headline(self, finding: Finding) -> str:
        """`high  ENC001 unencrypted-at-rest  3:5  aws_db_instance.main`"""
        first = finding.span.first
        parts = [
            self.style(finding.severity.label, *_SEVERITY_STYLES[finding.severity]),
            f"{self.style(clean(finding.rule), 'bold')} {clean(finding.name)}",
            f"{first.line}:{first.column}",
        ]
        if finding.resource:
            parts.append(clean(finding.resource.address))
        if finding.status:
            parts.append(self.style(f"[{clean(finding.status)}]", "bold"))
        return "  ".join(parts)

    def excerpt(self, excerpt: Excerpt, styles: Sequence[str], changed: bool = False) -> Iterator[str]:
        """A line and what is marked in it; one that the change wrote has a `+` before it."""
        number = str(excerpt.line)
        bar = self.style("|", "dim")
        edge = self.style("+", "bold", "green") if changed else bar
        yield f"{INDENT}{self.style(number, 'dim')} {edge} {excerpt.text}".rstrip()
        marker = self.style("^" * excerpt.marked, *styles)
        yield f"{INDENT}{' ' * len(number)} {bar} {' ' * excerpt.indent}{marker}"

    def remediation(self, text: str) -> Iterator[str]:
        """Prose is wrapped; lines that are indented are code and stay as they are."""
        lead, later = INDENT + "fix: ", INDENT + "     "
        for line in text.strip("\n").split("\n"):
            if line.startswith((" ", "\t")):
                yield later + clean(line.expandtabs(2).rstrip())
            else:
                yield from self.wrapped(line, lead, later)
            lead = later

    def wrapped(self, text: str, lead: str, later: str | None = None) -> Iterator[str]:
        """Words filled into lines; a word that is too long has a line of its own."""
        line, empty = lead, True
        for word in clean(text).split(" "):
            if not empty and len(line) + 1 + len(word) > self._width:
                yield line.rstrip()
                line, empty = lead if later is None else later, True
            line += word if empty else f" {word}"
            empty = False
        yield line.rstrip()

    def listed(self, title: str, items: Sequence[str], most: int | None = LISTED) -> Iterator[str]:
        """A section with the first few of some lines; nothing where there are none."""
        if not items:
            return
        lines = [self.style(title, "bold")]
        for item in items[:most]:
            lines += self.wrapped(item, "  ", INDENT)
        if most is not None and len(items) > most:
            lines.append(f"  ... and {len(items) - most} more")
        yield "\n".join(lines)

    def verdict(self) -> str:
        counts = summary(self._report)
        lines = [_beside(counts)] if _beside(counts) else []
        text, colour = _judgement(counts, self._languages)
        if not_read := unread_text(self._report):
            text = f"{text.removesuffix('.')}; {not_read} read."
        if self._report.change:
            unread = ", but not everything could be read" if self._report.errors else ""
            text = f"{judgement(self._report)}, in {_scope(counts)}{unread}."
        return "\n".join([*lines, self.style(text, "bold", colour)])


def _judgement(counts: dict[str, Any], languages: str) -> tuple[str, str]:
    """The last line, and its colour."""
    scope = _scope(counts)
    if counts["findings"]:
        by_severity = counts["by_severity"]
        split = ", ".join(f"{by_severity[name]} {name}" for name in SEVERITIES if by_severity[name])
        return f"{count(counts['findings'], 'finding')} ({split}) in {scope}.", "red"
    if counts["errors"]:
        return f"No findings in {scope}, but not everything could be read.", "red"
    if not counts["units"]:
        return f"Nothing to review: no {languages} was found.", "yellow"
    return f"No findings in {scope}.", "green"


def _scope(counts: dict[str, Any]) -> str:
    parts = [count(counts[key], key[:-1]) for key in ("resources", "units", "files")]
    return f"{parts[0]}, {parts[1]}, {parts[2]}"


def _beside(counts: dict[str, Any]) -> str:
    """What does not show among the findings."""
    names = {
        "suppressed": "suppressed",
        "undecided": "undecided",
        "skipped": "skipped",
        "errors": "could not be read",
    }
    said = [f"{counts[key]} {name}" for key, name in names.items() if counts[key]]
    return f"Besides: {', '.join(said)}." if said else ""


def _where(span: Span) -> str:
    return f"{span.path}:{span.first.line}"


def _shown_undecided(report: Report, context: Context) -> Iterable[Undecided]:
    return ordered_undecided(report.undecided) if context.show_undecided else ()


def _short(finding: Finding) -> str:
    subject = f" {finding.resource.address}" if finding.resource else ""
    return f"{where(finding)}: {finding.severity.label} {finding.rule}{subject}"


def _undecided(each: Undecided) -> str:
    return f"{_where(each.span)}: {each.rule} {each.resource.address}: {each.reason}"


def _skipped(each: Skipped) -> str:
    return f"{each.path}{f':{each.line}' if each.line else ''}: {each.reason}"


def _error(each: InputError) -> str:
    return f"{each.path}: {each.message}{f' ({each.hint})' if each.hint else ''}"
