"""Where the comments of a source are, and what in a source belongs together."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

from iacreview.model.source import Source, Span
from iacreview.suppress import MARKS

_HCL = re.compile(r'"(?:[^"\\\n]|\\.)*"?|#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z)|<<-?([A-Za-z_][\w-]*)[ \t]*\r?\n', re.DOTALL)
_YAML_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\n]*", re.MULTILINE)


class Comment(NamedTuple):
    """A comment's text without its marks, where that stands, and whether code stands before it on its line."""

    text: str
    span: Span
    trailing: bool


def comments(source: Source) -> list[Comment]:
    """The comments of a Terraform or YAML source that may hold a suppression; none for JSON, which has no comments."""
    text = source.text
    if not any(mark in text for mark in MARKS) or source.path.endswith(".json"):
        return []
    hcl = source.path.endswith((".tf", ".tofu", ".tfvars"))
    found = _hcl_comments(text) if hcl else _yaml_comments(source)
    return [_comment(source, *each) for each in found if any(mark in text[each[0] : each[1]] for mark in MARKS)]


def code_mask(source: Source) -> str:
    """An HCL text of the same length with strings, heredocs and comments blanked."""
    parts: list[str] = []
    at = 0
    for start, end, _ in _hcl_pieces(source.text):
        parts += source.text[at:start], " " * (end - start)
        at = end
    return "".join((*parts, source.text[at:]))


def _comment(source: Source, start: int, end: int) -> Comment:
    line_start = source.text.rfind("\n", 0, start) + 1
    return Comment(source.text[start:end], Span(source, start, end), bool(source.text[line_start:start].strip()))


def _hcl_comments(text: str) -> list[tuple[int, int]]:
    return [(start, end) for start, end, comment in _hcl_pieces(text) if comment]


def _hcl_pieces(text: str) -> list[tuple[int, int, bool]]:
    """The strings, heredocs and comments of an HCL text: start, end, whether it is a comment."""
    found: list[tuple[int, int, bool]] = []
    at = 0
    while (match := _HCL.search(text, at)) is not None:
        start, end = match.span()
        if match[1] is not None:
            end = _heredoc_end(text, end, match[1])
        found.append((start, end, text[start] in "#/"))
        at = max(end, start + 1)
    return found


def _heredoc_end(text: str, at: int, name: str) -> int:
    while at < len(text):
        stop = text.find("\n", at)
        stop = len(text) if stop < 0 else stop
        if text[at:stop].strip() == name:
            return stop
        at = stop + 1
    return len(text)


def _yaml_comments(source: Source) -> list[tuple[int, int]]:
    """The comments of a YAML text: what looks like one and is in no scalar."""
    found = [match.span() for match in _YAML_COMMENT.finditer(source.text)]
    wanted = [span for span in found if any(mark in source.text[span[0] : span[1]] for mark in MARKS)]
    if not wanted:
        return []
    scalars = _scalars(source)
    starts = [start for start, _ in scalars]

    def inside(at: int) -> bool:
        index = bisect_right(starts, at) - 1
        return index >= 0 and at < scalars[index][1]

    return [span for span in wanted if not inside(span[0])]


def _scalars(source: Source) -> list[tuple[int, int]]:
    """Where the scalars of a YAML text are, as far as it can be read."""
    import yaml

    base = 1 if source.text.startswith("\ufeff") else 0
    found: list[tuple[int, int]] = []
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(source.text[base:], Loader=loader):
            start, end = event.start_mark, event.end_mark
            if isinstance(event, yaml.ScalarEvent) and start is not None and end is not None:
                found.append((start.index + base, end.index + base))
    except (yaml.YAMLError, UnicodeEncodeError):
        pass
    return found
