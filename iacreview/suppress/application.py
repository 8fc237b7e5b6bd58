"""Suppressions applied to the findings of one unit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from iacreview.globs import starred
from iacreview.languages import language_of_text
from iacreview.model.finding import FOREIGN, Applied, Finding, Suppression
from iacreview.model.graph import Unit
from iacreview.model.source import Span
from iacreview.model.value import Known, ListValue, MapValue, Value, scalar_text
from iacreview.suppress.comments import comments
from iacreview.suppress.directive import BLOCK, FILE, LINE, OWN, RESOURCE, Directive, directives
from iacreview.suppress.lines import Anchor, Lines, code_lines, near, way_of
from iacreview.suppress.metadata import metadata_directives
from iacreview.suppress.names import aliases_of
from iacreview.suppress.policy import SuppressionPolicy

# Whose names mean rules of ours, not their aliases alone.
NAMING_RULES = (OWN, "guard", "cdk_nag")


def applied(unit: Unit, findings: Sequence[Finding], policy: SuppressionPolicy) -> Applied:
    """Applies the suppressions in a unit's files to its findings. What cannot be read (SYN001) is never suppressed."""
    if not policy.inline:
        return Applied(findings, (), ())
    blocks = _blocks(unit)
    active = [_Active(each, unit, policy, blocks) for each in _directives(unit) if policy.foreign or each.tool == OWN]
    if not active:
        return Applied(findings, (), ())
    kept: list[Finding] = []
    suppressed: list[tuple[Finding, str]] = []
    others, files = _by_word(active), _by_file(active)
    for finding in findings:
        aliases = {alias.lower() for alias in finding.aliases}
        meant = (others.get(word, ()) for word in (*aliases, finding.rule.lower(), finding.name, "*"))
        candidates = sorted(near(finding, files).union(*meant))
        by = [active[index] for index in candidates if active[index].covers(finding, aliases)]
        if by:
            suppressed.append((finding._replace(suppressed_by=by[0].directive.span), by[0].why()))
        else:
            kept.append(finding)
    return Applied(kept, suppressed, [each.suppression() for each in active if each.is_told()])


def _by_word(active: Sequence[_Active]) -> dict[str, list[int]]:
    """The suppressions elsewhere than at lines, by each of what they are for."""
    found: dict[str, list[int]] = {}
    for index, each in enumerate(active):
        for word in each.words if each.directive.place != LINE else ():
            found.setdefault(word, []).append(index)
    return found


def _by_file(active: Sequence[_Active]) -> dict[str, Lines]:
    """The suppressions at lines by file."""
    found: dict[str, list[Anchor]] = {}
    for index, each in enumerate(active):
        if each.directive.place == LINE:
            found.setdefault(each.directive.span.path, []).append(Anchor(each.line, *each.group(), index))
    return {path: Lines(anchors) for path, anchors in found.items()}


def _blocks(unit: Unit) -> dict[str, list[Span]]:
    """The blocks of the unit's resources by file."""
    found: dict[str, list[Span]] = {}
    for each in unit.resources:
        found.setdefault(each.block.path, []).append(each.block)
    return found


def _directives(unit: Unit) -> Iterator[Directive]:
    for source in unit.sources:
        for comment in comments(source):
            yield from directives(comment)
    yield from metadata_directives(unit)


class _Active:
    """A directive with what it takes to tell whether it covers a finding."""

    def __init__(
        self, directive: Directive, unit: Unit, policy: SuppressionPolicy, blocks: Mapping[str, Sequence[Span]]
    ) -> None:
        self.directive = directive
        self.unit = unit
        self.policy = policy
        self.words = {each for word in directive.rules for each in aliases_of(directive.tool, word)}
        self.used = False
        self.is_near = False
        self.state = self._state()
        self.line = _target_line(directive) if directive.place == LINE else 0
        self._blocks = list(_definitions(unit, directive, blocks))
        self._group: tuple[int, int] | None = None

    def covers(self, finding: Finding, aliases: Set[str]) -> bool:
        """Whether the finding with these aliases is suppressed by it: it is meant, and nothing is wrong with it."""
        if finding.resource is None or not (
            self._names(finding, aliases) and self._holds_at(finding) and self._narrowed_to(finding)
        ):
            return False
        if self.state:
            self.is_near = True
            return False
        self.used = True
        return True

    def why(self) -> str:
        """The reason as the report gives it."""
        each = self.directive
        place = f"{each.span.path}:{each.span.first.line}"
        return f"suppressed by `{each.written}` at {place}: {each.reason}".removesuffix(": ")

    def suppression(self) -> Suppression:
        """It and its state, as the report has it."""
        each = self.directive
        return Suppression(
            each.tool,
            each.rules,
            each.wrong or each.reason,
            each.expiry,
            each.span,
            self.state or ("used" if self.used else "unused") if self.concerns_us() else FOREIGN,
            approved_by=each.approved_by,
            ticket=each.ticket,
        )

    def concerns_us(self) -> bool:
        """Whether it covers, or would cover, a finding of ours, or is meant to."""
        return self.used or self.is_near or self.directive.tool == OWN

    def is_told(self) -> bool:
        """Whether it is worth a word: one of ours for rules that did not run is not."""
        if self.used or self.is_near or self.directive.tool != OWN or self.state:
            return True
        return any(word in self.policy.words for word in self.words)

    def _state(self) -> str:
        each = self.directive
        if each.tool == OWN and not each.wrong:
            known = self.policy.known | self.policy.words
            unknown = [word for word in map(str.lower, each.rules) if word not in known]
            if unknown:
                self.directive = each._replace(wrong=f"there is no rule `{unknown[0]}`")
                return "unreadable"
        if each.wrong:
            return "unreadable"
        if each.until and self.policy.today > each.until:
            return "expired"
        return "unreasoned" if self.policy.reasons and not each.reason else ""

    def _names(self, finding: Finding, aliases: Set[str]) -> bool:
        tool = self.directive.tool
        if not self.words.isdisjoint(aliases) or ("*" in self.words and tool != OWN):
            return True
        return tool in NAMING_RULES and (finding.rule.lower() in self.words or finding.name in self.words)

    def _holds_at(self, finding: Finding) -> bool:
        directive = self.directive
        if directive.place == FILE:
            return directive.span.path in {finding.span.path, *(each.path for each in finding.blocks[:1])}
        if directive.place == RESOURCE:
            address = finding.resource.address if finding.resource is not None else ""
            return address == directive.address or self._in_block(finding)
        if directive.place == BLOCK:
            return self._in_block(finding)
        return self._at_line(finding)

    def _in_block(self, finding: Finding) -> bool:
        """Whether it stands in a definition of the finding, or what is at fault passes through the one around it."""
        own = any(_covers(block, self.directive.span) for block in finding.blocks)
        return own or any(_covers(block, span) for block in self._blocks for span in way_of(finding))

    def _at_line(self, finding: Finding) -> bool:
        path = self.directive.span.path
        if any(block.path == path and block.first.line == self.line for block in finding.blocks):
            return True
        if any(each.span.path == path and each.span.first.line == self.line for each in finding.related):
            return True
        if finding.span.path == path:
            last = finding.span.source.position(max(finding.span.start, finding.span.end - 1)).line
            if finding.span.first.line <= self.line <= last:
                return True
        return any(span.path == path and self._opens(span) for span in way_of(finding))

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
        if not _measures(finding, directive.extents):
            return False
        return all(_has(self.unit, address, name, value) for name, value in directive.attributes)


def _measures(finding: Finding, extents: Sequence[tuple[str, str]]) -> bool:
    """Whether all that a finding is about is within the patterns of its kind, as far as there are some."""
    for kind in {kind for kind, _ in extents}:
        patterns = [pattern for each, pattern in extents if each == kind]
        found = [each.text for each in finding.values if each.kind == kind]
        if not found or not all(any(starred(pattern, text) for pattern in patterns) for text in found):
            return False
    return True


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


def _definitions(unit: Unit, directive: Directive, blocks: Mapping[str, Sequence[Span]]) -> Iterator[Span]:
    """The smallest definition that a suppression in a block stands in; those of the resource that Metadata is of."""
    if directive.place == RESOURCE:
        yield from (each.block for each in unit.resources if each.address == directive.address)
    elif directive.place == BLOCK:
        place = directive.span
        found = [each for each in blocks.get(place.path, ()) if each.start <= place.start and place.end <= each.end]
        yield from sorted(found, key=lambda block: block.end - block.start)[:1]


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
