"""Fixtures of the whole suite."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.repositories import Runner

# CI tries the same examples every time; whoever works on the code tries new ones.
# How long it takes to make them is the machine's affair, and no failure.
settings.register_profile("default", suppress_health_check=[HealthCheck.too_slow], deadline=None)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture
def iacreview(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Runner:
    """Runs `iacreview` in a folder."""
    return Runner(monkeypatch, capsys)
