"""What a run has found so far: what two units say of the same place counts once."""

from __future__ import annotations

from collections.abc import Sequence

from iacreview.folding import folded
from iacreview.judging import Judged
from iacreview.model.finding import (
    FOREIGN,
    Finding,
    InputError,
    NamedResource,
    Report,
    Suppression,
    Undecided,
    UnreadModule,
    each_once,
)
from iacreview.model.source import Skipped, Source, Span


class Gathering:
    """Takes in the units of a run one by one, or all that another process took in."""

    def __init__(self, keep_sources: bool = False) -> None:
        self.keep_sources = keep_sources
        self.sources: dict[str, Source] = {}
        self.owners: dict[str, list[str]] = {}
        self.findings: dict[tuple[object, ...], Finding] = {}
        self.suppressed: dict[tuple[object, ...], tuple[Finding, str]] = {}
        self.suppressions: dict[tuple[object, ...], Suppression] = {}
        self.undecided: dict[tuple[object, ...], Undecided] = {}
        # The directory that each plan was made from.
        self.configurations: dict[str, str] = {}
        # The units that are others with other values.
        self.variants: set[str] = set()
        self.skipped: dict[Skipped, None] = {}
        self.secrets: dict[tuple[str, int, int], Span] = {}
        self.hidden: set[str] = set()
        self.files: set[str] = set()
        self.unread: dict[UnreadModule, None] = {}
        self.moves: dict[tuple[str, str, str], None] = {}
        self.unit_paths: set[str] = set()
        self.named: dict[NamedResource, None] = {}
        self.units = 0
        self.resources = 0

    def add(self, judged: Judged) -> None:
        """Takes in one unit."""
        unit, verdict = judged.unit, judged.verdict
        self.units += unit.recognised
        self.unit_paths.add(unit.path)
        self.named.update(dict.fromkeys(judged.named))
        self.moves.update(dict.fromkeys((unit.path, *each) for each in unit.moved))
        self.resources += sum(1 for each in unit.resources if each.mode == "managed")
        self.files.update(unit.files)
        for source in unit.sources if self.keep_sources else ():
            self.sources[source.path] = source
            self.owners.setdefault(source.path, []).append(unit.path)
        if unit.configuration is not None:
            self.configurations[unit.path] = unit.configuration
        if unit.variant_of is not None:
            self.variants.add(unit.path)
        self.skipped.update(dict.fromkeys(unit.skipped))
        if unit.unread or unit.unread_stacks or unit.open:
            from iacreview.unread import unread_modules

            self.unread.update(dict.fromkeys(unread_modules(unit)))
        self.hidden |= verdict.hidden
        for span in verdict.secrets:
            self.secrets.setdefault((span.path, span.start, span.end), span)
        self._take(verdict.findings, judged.suppressed, judged.suppressions, verdict.undecided)

    def join(self, other: Gathering) -> None:
        """Takes in what another one has gathered."""
        self.units += other.units
        self.resources += other.resources
        self.files |= other.files
        self.hidden |= other.hidden
        self.sources.update(other.sources)
        for path, units in other.owners.items():
            self.owners[path] = sorted({*self.owners.get(path, ()), *units})
        self.configurations.update(other.configurations)
        self.variants |= other.variants
        self.skipped.update(other.skipped)
        self.unread.update(other.unread)
        self.moves.update(other.moves)
        self.unit_paths |= other.unit_paths
        self.named.update(other.named)
        self.secrets.update(other.secrets)
        self._take(
            [*other.findings.values()],
            [*other.suppressed.values()],
            [*other.suppressions.values()],
            [*other.undecided.values()],
        )

    def _take(
        self,
        findings: Sequence[Finding],
        suppressed: Sequence[tuple[Finding, str]],
        suppressions: Sequence[Suppression],
        undecided: Sequence[Undecided],
    ) -> None:
        for finding in findings:
            self._found(finding)
        for finding, reason in suppressed:
            self._passed_over(finding, reason)
        for suppression in suppressions:
            self._suppressed_by(suppression)
        for each in undecided:
            self._asked(each)

    def _found(self, finding: Finding) -> None:
        """Counts a finding once, told as the first of its units says it."""
        key = _identity(finding)
        known = self.findings.setdefault(key, finding)
        if known is not finding:
            self.findings[key] = _of_both(known, finding)

    def _passed_over(self, finding: Finding, reason: str) -> None:
        key = _identity(finding)
        known = self.suppressed.get(key)
        if known is None:
            self.suppressed[key] = (finding, reason)
        else:
            first = min((known, (finding, reason)), key=lambda each: each[0].units)
            self.suppressed[key] = (_of_both(known[0], finding), first[1])

    def _suppressed_by(self, suppression: Suppression) -> None:
        key = suppression.span.path, suppression.span.start, suppression.tool, suppression.rules
        known = self.suppressions.get(key)
        if known is None or suppression.state == "used" or known.state == FOREIGN:
            self.suppressions[key] = suppression

    def _asked(self, each: Undecided) -> None:
        key = each.rule, each.resource, each.reason, each.span
        known = self.undecided.setdefault(key, each)
        if known is not each:
            self.undecided[key] = known._replace(units=tuple(sorted({*known.units, *each.units})))

    def _told(self, finding: Finding) -> Finding:
        """A finding that only variants have names these."""
        if not self.variants or not self.variants.issuperset(finding.units):
            return finding
        return finding._replace(message=f"{finding.message} (with {', '.join(finding.units)})")

    def report(self, skipped: Sequence[Skipped], errors: Sequence[InputError]) -> Report:
        """Everything so far, with what was left out from the start, in the order of the places."""
        self.skipped.update(dict.fromkeys(skipped))
        report = Report(
            findings=tuple(self._told(each) for each in self.findings.values()),
            undecided=tuple(self.undecided.values()),
            skipped=tuple(sorted(self.skipped, key=lambda each: (each.path, each.line or 0, each.reason))),
            errors=tuple(errors),
            files=len(self.files),
            units=self.units,
            resources=self.resources,
            secrets=tuple(self.secrets[key] for key in sorted(self.secrets)),
            hidden=tuple(sorted(self.hidden)),
            suppressed=tuple(self.suppressed.values()),
            suppressions=tuple(each for each in self.suppressions.values() if each.state != FOREIGN),
            foreign=tuple(each for each in self.suppressions.values() if each.state == FOREIGN),
            unread_modules=tuple(self.unread),
            unit_paths=tuple(sorted(self.unit_paths)),
            moves=tuple(self.moves),
            named=tuple(self.named),
        )
        return _ordered(folded(report, self.configurations))


def _of_both(one: Finding, other: Finding) -> Finding:
    """A finding of several units, as the first of them says it, with the places that lead to it in all of them."""
    first, second = sorted((one, other), key=lambda each: each.units)
    units = tuple(sorted({*one.units, *other.units}))
    return first._replace(units=units, related=each_once((*first.related, *second.related)))


def _identity(finding: Finding) -> tuple[object, ...]:
    span = finding.span
    return finding.rule, finding.resource, span.path, span.start, span.end, finding.message


def _ordered(report: Report) -> Report:
    return report._replace(
        findings=tuple(sorted(report.findings, key=_order)),
        undecided=tuple(
            sorted(report.undecided, key=lambda each: (each.span.path, each.span.start, each.rule, each.reason))
        ),
    )


def _order(finding: Finding) -> tuple[object, ...]:
    address = finding.resource.address if finding.resource else ""
    return finding.span.path, finding.span.start, finding.rule, address, finding.message
