"""Patterns that are compiled when they are first asked: of those that a run imports, it needs a few."""

from __future__ import annotations

import re
from typing import Any, cast

_METHODS = ("match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer")


class _Later:
    """Stands in for a pattern until something is asked of it; then its methods are the pattern's own."""

    def __init__(self, text: str, flags: int) -> None:
        self._text = text
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        found = re.compile(self._text, self._flags)
        for method in _METHODS:
            setattr(self, method, getattr(found, method))
        return getattr(found, name)


def later(text: str, flags: int = 0) -> re.Pattern[str]:
    """As `re.compile`, which is called when the pattern is first used."""
    return cast("re.Pattern[str]", _Later(text, flags))
