"""A pattern that is compiled later is used as one that is compiled at once."""

from __future__ import annotations

import re

import pytest

from iacreview.model import patterns
from iacreview.model.patterns import later


def test_it_is_compiled_once_and_when_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    at_once = re.compile

    def counted(text: str, flags: int) -> re.Pattern[str]:
        compiled.append(text)
        return at_once(text, flags)

    monkeypatch.setattr(patterns.re, "compile", counted)
    found = later("(a)b", re.IGNORECASE)
    assert compiled == []
    assert found.sub(r"\1", "xAB") == "xA"
    assert found.fullmatch("ab") is not None
    assert compiled == ["(a)b"]
    assert found.flags & re.IGNORECASE
