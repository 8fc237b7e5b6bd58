"""How findings and lists are set for a terminal or a log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from iacreview.model.finding import Finding, Report, Severity
from iacreview.report.context import Context
from iacreview.report.escape import clean
from iacreview.report.excerpt import Excerpt, Excerpts
from iacreview.report.placing import CAUSE, explaining

LISTED = 10
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


class Printer:
    """Sets the parts of one report."""

    __slots__ = ("_colour", "_excerpts", "width")

    def __init__(self, report: Report, context: Context) -> None:
        self._colour = context.colour
        self.width = max(context.width, MIN_WIDTH)
        self._excerpts = Excerpts(report.secrets, context.mask, self.width - len(INDENT), report.hidden)

    def style(self, text: str, *styles: str) -> str:
        """A text in the styles, where the output has colours."""
        if not self._colour or not styles:
            return text
        return f"\x1b[{';'.join(_STYLES[style] for style in styles)}m{text}\x1b[0m"

    def finding(self, finding: Finding, place: str) -> Iterator[str]:
        """A finding with its headline, in which `place` says where it is, and all that explains it."""
        yield f"  {self.headline(finding, place)}"
        yield from self.wrapped(finding.message, INDENT)
        yield from self.marked(finding)
        for each in explaining(finding):
            yield from self.wrapped(
                f"{each.message}: {each.span.path}:{each.span.first.line}", INDENT + "= ", INDENT + "  "
            )
            if each.message.startswith(CAUSE) and each.span.start < each.span.end:
                yield from self.excerpt(self._excerpts.excerpt(each.span), ("green",), True)
        if finding.remediation:
            yield from self.remediation(finding.remediation)

    def marked(self, finding: Finding) -> Iterator[str]:
        """The line of a finding, and what is at fault in it."""
        styles = _SEVERITY_STYLES[finding.severity]
        yield from self.excerpt(self._excerpts.excerpt(finding.span), styles, finding.changed)

    def headline(self, finding: Finding, place: str) -> str:
        """`high  ENC001 unencrypted-at-rest  3:5  aws_db_instance.main`"""
        parts = [
            self.style(finding.severity.label, *_SEVERITY_STYLES[finding.severity]),
            f"{self.style(clean(finding.rule), 'bold')} {clean(finding.name)}",
            place,
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
            if not empty and len(line) + 1 + len(word) > self.width:
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
