"""What stands in our comments: only our own markup, whatever the reviewed files are called and say."""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256

from iacreview.model.finding import Finding, Report
from iacreview.model.patterns import later
from iacreview.report.context import Context
from iacreview.report.markdown import finding_text, render

SUMMARY = "summary"
REVIEW = "review"
# Of a comment whose finding is gone, what it said is kept up to this length.
_KEPT = 50_000
_NAME = later(r"[0-9a-f]{20}")
_MARK = later(r"<!-- iacreview:(gone:)?([0-9a-f]{20}|summary|review) -->\s*\Z")

# How a suggestion that replaces so many lines, the last of them the comment's own, is opened.
Opening = Callable[[int], str]


def key_of(finding: Finding) -> str:
    """What a finding is called in a marker: its fingerprint, or of a text that is none, one that is made of it."""
    mark = finding.fingerprint
    return mark if _NAME.fullmatch(mark) else sha256(mark.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def marked(text: str, key: str) -> str:
    """A comment of ours, with what it is called at its end."""
    return f"{text.strip()}\n\n<!-- iacreview:{key} -->"


def key_in(body: str) -> str:
    """What a comment of ours is called; empty for one that is not, or whose finding is gone.

    Only the end of a comment counts, where nothing but our own marker ever stands.
    """
    found = _MARK.search(body)
    return found[2] if found and not found[1] else ""


def gone(body: str, key: str, why: str) -> str:
    """A comment of ours that no longer holds, and what it said."""
    said = f"\n\n<details><summary>What it said</summary>\n\n{body.strip()}\n\n</details>" if len(body) < _KEPT else ""
    return f"{why}{said}\n\n<!-- iacreview:gone:{key} -->"


def comment(finding: Finding, report: Report, context: Context, suggestion: str = "") -> str:
    """What stands at the line of a finding."""
    parts = [finding_text(finding, report, context._replace(permalink="")), suggestion]
    return marked("\n\n".join(part for part in parts if part), key_of(finding))


def suggested(text: str, lines: int, opening: Opening) -> str:
    """A block that offers a text in place of so many lines."""
    fence = "`" * (max([2, *map(len, re.findall("`+", text))]) + 1)
    return f"{fence}{opening(lines)}\n{text}\n{fence}"


def summarised(report: Report, context: Context, at_lines: int, counted: int) -> str:
    """The verdict on the whole change, with how many findings stand at their lines."""
    where = "is commented on at its line" if at_lines == 1 else "are commented on at their lines"
    note = f"_{at_lines} of {counted} {where}._" if counted else ""
    return marked(f"{render(report, context)}\n{note}", SUMMARY)
