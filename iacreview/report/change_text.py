"""The report of a change for people at a terminal or in a log: the verdict first, then what is about the change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from iacreview.model.finding import (
    Change,
    Finding,
    NewlySuppressed,
    NewlyUndecided,
    Report,
    Suppression,
    place_of,
)
from iacreview.report.changes import (
    SETTINGS,
    STRICT_TITLE,
    changed_judgement,
    code_text,
    code_title,
    error_text,
    foreign_suppressions,
    idle_suppressions,
    idle_text,
    new_suppressions,
    newly_skipped,
    protection_text,
    settings,
    skipped_texts,
    stale_text,
    strict_texts,
    suppression_text,
    tally,
    undecided_text,
    unread_changes,
    unread_title,
    where,
)
from iacreview.report.context import Context
from iacreview.report.escape import clean
from iacreview.report.printer import INDENT, Printer
from iacreview.report.summary import (
    failing,
    ordered_suppressed,
    ordered_undecided,
    with_status,
)

# Of what is no more than mentioned, unless all is asked for.
MENTIONED, LISTED = 3, 5


def sections(report: Report, change: Change, context: Context) -> Iterator[str]:
    """The parts in order, with a blank line between them; where nothing fails they are the lines of one part."""
    page = _Page(report, change, context)
    verdict, rest = page.verdict(), [*page.beside(), page.tally()]
    blocks = [*page.findings(), *page.deltas()]
    yield from [verdict, *blocks, "\n".join(rest)] if blocks else ["\n".join([verdict, *rest])]
    if context.everything:
        yield from page.everything()


class _Page:
    def __init__(self, report: Report, change: Change, context: Context) -> None:
        self.report = report
        self.change = change
        self.context = context
        self.printer = Printer(report, context)

    def verdict(self) -> str:
        """What was found, and at the end of the line what was compared, where there is room."""
        text, colour = changed_judgement(self.report, self.change)
        compared = f"{clean(self.change.base)} -> {clean(self.change.head)}"
        shown = self.printer.style(text, "bold", colour)
        room = self.printer.width - len(text) - len(compared)
        between = " " * room if room > 1 else "\n"
        return f"{shown}{between}{self.printer.style(compared, 'dim')}"

    def findings(self) -> Iterator[str]:
        """What is introduced or worsened, the gravest first."""
        counted = [each for each in failing(self.report) if each.rule not in SETTINGS]
        for finding in sorted(counted, key=lambda each: -each.severity):
            place = f"{clean(where(finding))}:{finding.span.first.column}"
            yield "\n".join(self.printer.finding(finding, place))

    def deltas(self) -> Iterator[str]:
        """What the change lets whom do and reach."""
        if any(self.change.deltas):
            from iacreview.report.delta_blocks import text_blocks
            from iacreview.report.deltas import sections as sections_of

            printer = self.printer
            yield from text_blocks(
                sections_of(self.change.deltas), printer.wrapped, lambda text: printer.style(text, "bold")
            )

    def beside(self) -> Iterator[str]:
        """What else the change does: a line or two for each."""
        report, change = self.report, self.change
        yield from self._listed("Could not be read", [error_text(each) for each in sorted(report.errors)], None)
        yield from self._covered()
        yield from self._listed("Now undecided", [_opened(each) for each in change.newly_undecided])
        yield from self._listed(unread_title(report), unread_changes(report))
        yield from self._listed(code_title(change), [code_text(each) for each in change.code])
        yield from self._listed(STRICT_TITLE, strict_texts(change))
        removed = [protection_text(each) for each in change.protection_removed]
        yield from self._listed("Protection lost", removed, None)
        yield from self._listed(
            "New suppressions", [self._suppression(each) for each in new_suppressions(report)], None
        )
        yield from self._foreign()
        yield from self._listed("Settings", [f"{where(each)}: {each.message}" for each in settings(report)], None)
        yield from self._listed("Now skipped", skipped_texts(newly_skipped(change)))
        yield from self._listed("Rotate what was in the files: it stays in the history", _each(change.revealed))
        if not self.context.everything:
            yield from self._fixed()

    def _suppression(self, each: Suppression) -> str:
        """A new suppression, and what it covers."""
        found = [finding for finding, _ in self.report.suppressed if _is_by(finding, each)]
        if not found:
            return suppression_text(each)
        more = f" and {len(found) - MENTIONED} more" if len(found) > MENTIONED else ""
        return f"{suppression_text(each)}; it covers {', '.join(map(_named, found[:MENTIONED]))}{more}"

    def _foreign(self) -> Iterator[str]:
        """What the change tells other tools to leave out, in a line."""
        found = foreign_suppressions(self.change)
        if found:
            named = list(dict.fromkeys(f"{each.tool} {', '.join(each.rules)}" for each in found))
            more = f" and {len(named) - MENTIONED} more" if len(named) > MENTIONED else ""
            where = f"{_at(found[0])}{f' and {len(found) - 1} more' if len(found) > 1 else ''}"
            text = (
                f"Suppressed for other tools, about no finding here: {', '.join(named[:MENTIONED])}{more}; at {where}"
            )
            yield from self.printer.wrapped(text, "", INDENT)

    def _covered(self) -> Iterator[str]:
        """What the change adds under a suppression that was there: in full where it is one."""
        covered = self.change.newly_suppressed
        if len(covered) == 1:
            yield from self._covered_one(covered[0])
        for each in covered[:MENTIONED] if len(covered) > 1 else ():
            yield f"  {_short(each.finding)}; suppressed at {clean(_place(each))}"
        if len(covered) > MENTIONED:
            yield f"  ... and {len(covered) - MENTIONED} more"

    def _covered_one(self, each: NewlySuppressed) -> Iterator[str]:
        finding = each.finding
        subject = f"  {clean(finding.resource.address)}" if finding.resource else ""
        yield f"  {clean(finding.rule)} {clean(finding.name)}  {clean(where(finding))}{subject}"
        yield from list(self.printer.marked(finding))[:1]
        whys = (why for found, why in self.report.suppressed if _is_same(found, finding))
        why = next(whys, f"suppressed at {_place(each)}").replace(f" at {finding.span.path}:", " at line ", 1)
        yield f"{INDENT}{clean(f'{finding.said or finding.message}; {why}')}"

    def _fixed(self) -> Iterator[str]:
        """What the change puts right, in a line."""
        fixed = with_status(self.report, "fixed")
        if fixed:
            more = f" and {len(fixed) - MENTIONED} more" if len(fixed) > MENTIONED else ""
            yield from self.printer.wrapped(f"Fixed: {', '.join(map(_named, fixed[:MENTIONED]))}{more}", "", INDENT)

    def tally(self) -> str:
        """The rest in numbers, and how to see it."""
        text = tally(self.report, self.change)
        return f"{text}{'' if self.context.everything else ' (--all lists them)'}" if ";" in text else text

    def everything(self) -> Iterator[str]:
        """What the change leaves as it is."""
        report = self.report
        suppressed = [f"{_short(each)}: {why}" for each, why in ordered_suppressed(report.suppressed)]
        lists = {
            "Fixed": _each(with_status(report, "fixed")),
            "Unchanged": _each(with_status(report, "unchanged")),
            "Suppressed": suppressed,
            "Undecided": [undecided_text(each) for each in ordered_undecided(report.undecided)],
            "Suppressions to look at": [idle_text(each) for each in idle_suppressions(report)],
            "No longer in the code": [stale_text(each) for each in sorted(report.stale)],
            "Skipped": skipped_texts(report.skipped),
        }
        for title, items in lists.items():
            yield from self.printer.listed(title, items, None)

    def _listed(self, title: str, items: Sequence[str], most: int | None = LISTED) -> Iterator[str]:
        """One item behind its title, more of them below it."""
        if len(items) == 1:
            yield from self.printer.wrapped(f"{title.partition(':')[0]}: {items[0]}", "", INDENT)
        else:
            yield from self.printer.listed(title, items, None if self.context.everything else most)


def _is_same(one: Finding, other: Finding) -> bool:
    return (one.rule, one.resource, place_of(one.span)) == (other.rule, other.resource, place_of(other.span))


def _is_by(finding: Finding, suppression: Suppression) -> bool:
    span = finding.suppressed_by
    return span is not None and place_of(span) == place_of(suppression.span)


def _each(findings: Sequence[Finding]) -> list[str]:
    return [_short(each) for each in findings]


def _short(finding: Finding) -> str:
    subject = f" {finding.resource.address}" if finding.resource else ""
    return clean(f"{where(finding)}: {finding.severity.label} {finding.rule}{subject}")


def _named(finding: Finding) -> str:
    return f"{finding.rule} {finding.resource.address if finding.resource else finding.span.path}"


def _opened(each: NewlyUndecided) -> str:
    return f"{undecided_text(each.undecided)}; {each.was}"


def _place(each: NewlySuppressed) -> str:
    return _at(each.suppression)


def _at(each: Suppression) -> str:
    return f"{each.span.path}:{each.span.first.line}"
