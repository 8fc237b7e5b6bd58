"""Fixtures of the whole suite."""

from __future__ import annotations

import pytest

from tests.repositories import Runner


@pytest.fixture
def iacreview(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Runner:
    """Runs `iacreview` in a folder."""
    return Runner(monkeypatch, capsys)
