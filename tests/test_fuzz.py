"""A few of the inputs of tests.fuzz, the same ones every time."""

from __future__ import annotations

from tests.fuzz import SEEDS, failures


def test_nothing_breaks_hangs_or_leaks() -> None:
    assert list(failures(12 * len(SEEDS), seed=3)) == []
