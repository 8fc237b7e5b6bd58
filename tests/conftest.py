"""Fixtures of the whole suite."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from tests.repositories import Runner

# CI tries the same examples every time; whoever works on the code tries new ones.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.fixture
def iacreview(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Runner:
    """Runs `iacreview` in a folder."""
    return Runner(monkeypatch, capsys)
