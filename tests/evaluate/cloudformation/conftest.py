"""What tests of templates share."""

from __future__ import annotations

import sys

import pytest


@pytest.fixture
def without_translator(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if aws-sam-translator was not installed."""
    names = {"samtranslator", *(name for name in sys.modules if name.startswith("samtranslator."))}
    for name in (*names, "samtranslator.model.exceptions"):
        monkeypatch.setitem(sys.modules, name, None)
