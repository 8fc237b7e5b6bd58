"""Suppressions applied to the findings of one unit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from iacreview.globs import starred
from iacreview.languages import language_of_text
from iacreview.model.finding import Finding, Suppression
from iacreview.model.graph import Unit
from iacreview.model.source import Span
from iacreview.model.value import Known, ListValue, MapValue, Value, scalar_text
from iacreview.suppress.comments import comments
from iacreview.suppress.directive import BLOCK, FILE, LINE, OWN, RESOURCE, Directive, directives
from iacreview.suppress.lines import Lines, Place, code_lines, near
from iacreview.suppress.metadata import metadata_directives
from iacreview.suppress.names import alias_of
from iacreview.suppress.policy import SuppressionPolicy


class Applied(NamedTuple):
    """What is left of the findings, those that are suppressed with the reason, and every suppression with its state."""

    findings: Sequence[Finding]
    suppressed: Sequence[tuple[Finding, str]]
    suppressions: Sequence[Suppression]


def applied(unit: Unit, findings: Sequence[Finding], policy: SuppressionPolicy) -> Applied:
    """Applies the suppressions in a unit's files to its findings. What cannot be read (SYN001) is never suppressed."""
    if not policy.inline:
        return Applied(findings, (), ())
    active = [_Active(each, unit, policy) for each in _directives(unit) if policy.foreign or each.tool == OWN]
    if not active:
        return Applied(findings, (), ())
    kept: list[Finding] = []
    suppressed: list[tuple[Finding, str]] = []
    others = [index for index, each in enumerate(active) if each.directive.place != LINE]
    files = _by_file(active)
    for finding in findings:
        candidates = sorted({*others, *near(finding, files)}) if files else others
        by = [active[index] for index in candidates if active[index].covers(finding)]
        for each in by:
            each.used = True
        if by:
            suppressed.append((finding._replace(suppressed_by=by[0].directive.span), by[0].why()))
        else:
            kept.append(finding)
    return Applied(kept, suppressed, [each.suppression() for each in active if each.concerns_us()])


def _by_file(active: Sequence[_Active]) -> dict[str, Lines]:
    """The suppressions at lines by file, those that can hold."""
    found: dict[str, list[Place]] = {}
    for index, each in enumerate(active):
        if each.directive.place == LINE and not each.state:
            found.setdefault(each.directive.span.path, []).append(Place(each.line, *each.group(), index))
    return {path: Lines(places) for path, places in found.items()}


def _directives(unit: Unit) -> Iterator[Directive]:
    for source in unit.sources:
        for comment in comments(source):
            yield from directives(comment)
    yield from metadata_directives(unit)


class _Active:
    """A directive with what it takes to tell whether it covers a finding."""

    def __init__(self, directive: Directive, unit: Unit, policy: SuppressionPolicy) -> None:
        self.directive = directive
        self.unit = unit
        self.policy = policy
        self.words = [alias_of(directive.tool, word) for word in directive.rules]
        self.used = False
        self.state = self._state()
        self.line = _target_line(directive) if directive.place == LINE else 0
        self._block = _definition(unit, directive.span) if directive.place == BLOCK else None
        self._group: tuple[int, int] | None = None

    def covers(self, finding: Finding) -> bool:
        """Whether the finding is suppressed by it."""
        return (
            not self.state
            and finding.resource is not None
            and self._names(finding)
            and self._holds_at(finding)
            and self._narrowed_to(finding)
        )

    def why(self) -> str:
        """The reason as the report gives it."""
        kind = "Metadata" if self.directive.place == RESOURCE or not _in_comment(self.directive) else "a comment"
        tool = "" if self.directive.tool == OWN else f" for {self.directive.tool}"
        return f"suppressed by {kind}{tool}: {self.directive.reason}".removesuffix(": ")

    def suppression(self) -> Suppression:
        """It and its state, as the report has it."""
        each = self.directive
        state = self.state or ("used" if self.used else "unused")
        return Suppression(each.tool, each.rules, each.wrong or each.reason, each.until, each.span, state)

    def concerns_us(self) -> bool:
        """Whether it is worth a word: those of other tools only where a rule of this run is meant."""
        ran = any(word in self.policy.words for word in self.words)
        return self.used or ran or (self.directive.tool == OWN and bool(self.state))

    def _state(self) -> str:
        each = self.directive
        if each.tool == OWN and not each.wrong:
            unknown = [word for word in self.words if word not in self.policy.known | self.policy.words]
            if unknown:
                self.directive = each._replace(wrong=f"there is no rule `{unknown[0]}`")
                return "unreadable"
        if each.wrong:
            return "unreadable"
        if each.until and self.policy.today > each.until:
            return "expired"
        return "unreasoned" if self.policy.reasons and not each.reason else ""

    def _names(self, finding: Finding) -> bool:
        own = self.directive.tool == OWN
        words = {alias.lower() for alias in finding.aliases}
        if own:
            words |= {finding.rule.lower(), finding.name}
        return any(word in words or (word == "*" and not own) for word in self.words)

    def _holds_at(self, finding: Finding) -> bool:
        directive = self.directive
        if directive.place == FILE:
            return directive.span.path in {finding.span.path, *(each.path for each in finding.blocks[:1])}
        if directive.place == RESOURCE:
            return finding.resource is not None and finding.resource.address == directive.address
        if directive.place == BLOCK:
            return self._in_block(finding)
        return self._at_line(finding)

    def _in_block(self, finding: Finding) -> bool:
        own = any(_covers(block, self.directive.span) for block in finding.blocks)
        return own or (self._block is not None and self._block.covers(finding.span))

    def _at_line(self, finding: Finding) -> bool:
        path = self.directive.span.path
        if any(block.path == path and block.first.line == self.line for block in finding.blocks):
            return True
        if any(each.span.path == path and each.span.first.line == self.line for each in finding.related):
            return True
        if finding.span.path != path:
            return False
        last = finding.span.source.position(max(finding.span.start, finding.span.end - 1)).line
        return finding.span.first.line <= self.line <= last or self._opens(finding.span)

    def _opens(self, span: Span) -> bool:
        """Whether the line begins a block, an item or a mapping that the span lies in."""
        if span.first.line <= self.line:
            return False
        start, end = self.group()
        return start <= span.start and span.end <= end

    def group(self) -> tuple[int, int]:
        """What begins at the line."""
        if self._group is None:
            source = self.directive.span.source
            self._group = language_of_text(source.path).extent(source, self.line)
        return self._group

    def _narrowed_to(self, finding: Finding) -> bool:
        directive = self.directive
        assert finding.resource is not None
        address = finding.resource.address
        if directive.place != RESOURCE and directive.address and not starred(directive.address, address):
            return False
        if directive.value is not None and directive.value not in _values(finding):
            return False
        return all(_has(self.unit, address, name, value) for name, value in directive.attributes)


def _in_comment(directive: Directive) -> bool:
    return directive.place in (LINE, BLOCK) or directive.tool == "kics"


def _values(finding: Finding) -> set[str]:
    """What a finding may be narrowed to: the value at fault as it is written or evaluated; for a secret nothing."""
    if any(each.kind == "secret" for each in finding.values):
        return set()
    written = finding.span.text.strip().strip("\"'")
    return {written, *(each.text for each in finding.values[:1])}


def _target_line(directive: Directive) -> int:
    """The line a comment is about: its own, or the next with code where it has none."""
    source, line = directive.span.source, directive.span.first.line
    if directive.trailing:
        return line
    lines = code_lines(source)
    return lines[line + 1] if line + 1 < len(lines) else line + 1


def _definition(unit: Unit, span: Span) -> Span | None:
    """The smallest definition of a resource that a place lies in."""
    found = [each.block for each in unit.resources if _covers(each.block, span)]
    return min(found, key=lambda block: block.end - block.start, default=None)


def _covers(block: Span, place: Span) -> bool:
    return block.path == place.path and block.start <= place.start and place.end <= block.end


def _has(unit: Unit, address: str, path: str, wanted: str) -> bool:
    """Whether a resource's attribute (`ingress.from_port`) has a value."""
    resource = next((each for each in unit.resources if each.address == address), None)
    return resource is not None and any(text == wanted for text in _texts(resource.attributes, path.split(".")))


def _texts(value: Value, keys: Sequence[str]) -> Iterable[str]:
    if isinstance(value, ListValue):
        for item in value.items:
            yield from _texts(item, keys)
    elif isinstance(value, MapValue) and keys:
        entry = value.entries.get(keys[0])
        if entry is not None:
            yield from _texts(entry, keys[1:])
    elif isinstance(value, Known) and not keys:
        yield scalar_text(value.data)
