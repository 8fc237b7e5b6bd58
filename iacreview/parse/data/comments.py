"""Where the comments of a YAML text are, and what begins on a line."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable

from iacreview.model.source import Source

_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\n]*", re.MULTILINE)


def comments(source: Source, wanted: Callable[[str], bool]) -> list[tuple[int, int]]:
    """Where the comments are whose text is wanted: what looks like one and is in no scalar."""
    found = [match.span() for match in _COMMENT.finditer(source.text) if wanted(match[0])]
    if not found:
        return []
    scalars = _scalars(source)
    starts = [start for start, _ in scalars]

    def inside(at: int) -> bool:
        index = bisect_right(starts, at) - 1
        return index >= 0 and at < scalars[index][1]

    return [span for span in found if not inside(span[0])]


def extent(source: Source, line: int) -> tuple[int, int]:
    """What begins on a line, as far as lines are indented more."""
    first = source.line(line)
    indent = len(first) - len(first.lstrip())
    number, last = line + 1, source.text.count("\n") + 1
    while number <= last:
        text = source.line(number)
        if text.strip() and not text.lstrip().startswith("#") and len(text) - len(text.lstrip()) <= indent:
            break
        number += 1
    return source.offset(line), source.offset(number) if number <= last else len(source.text)


def _scalars(source: Source) -> list[tuple[int, int]]:
    """Where the scalars are, as far as the text can be read."""
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
