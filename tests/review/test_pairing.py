"""Old and new things brought together by what they have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iacreview.review import pairing
from iacreview.review.pairing import likeness, pairs

THINGS = st.dictionaries(st.text("abc", min_size=1, max_size=2), st.lists(st.integers(0, 9), max_size=6), max_size=6)


def counted(things: dict[str, list[int]]) -> dict[str, Counter[Hashable]]:
    return {name: Counter(traits) for name, traits in things.items()}


def best(old: dict[str, list[int]], new: dict[str, list[int]]) -> dict[str, tuple[float, str]]:
    found: dict[str, tuple[float, str]] = {}
    for share, before, after in pairs(counted(old), counted(new), 0.5):
        found[after] = max(found.get(after, (0.0, "")), (share, before))
    return found


def test_the_one_that_is_most_like_it() -> None:
    old = {"a": [1, 2, 3, 4], "b": [1, 2, 9, 8], "c": [5, 6]}
    assert best(old, {"x": [1, 2, 9, 7], "y": [5, 7], "z": [5, 6, 7]}) == {"x": (0.75, "b"), "z": (0.8, "c")}


def test_equal_ones_are_paired_one_to_one() -> None:
    old = {f"a{number:03}": [1, 2, 3] for number in range(50)}
    found = best(old, {f"b{number:03}": [1, 2, 3, 4] for number in range(50)})
    assert {after: before for after, (_, before) in found.items()} == {f"b{n:03}": f"a{n:03}" for n in range(50)}


def test_those_that_share_only_what_all_have() -> None:
    old = {f"a{number}": [1, 2, 3, 100 + number] for number in range(50)}
    found = best(old, {f"b{number}": [1, 2, 3, 200 + number] for number in range(50)})
    assert set(found) == {f"b{number}" for number in range(50)}


@given(THINGS, THINGS)
def test_shares_are_what_they_say(old: dict[str, list[int]], new: dict[str, list[int]]) -> None:
    for share, before, after in pairs(counted(old), counted(new), 0.3):
        assert share == likeness(Counter(old[before]), Counter(new[after])) > 0.3


def test_few_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """300 files of 100 lines, half of which all of them have: no more than a few comparisons for each."""
    calls = 0

    def counting(one: Counter[Hashable], other: Counter[Hashable]) -> float:
        nonlocal calls
        calls += 1
        return likeness(one, other)

    monkeypatch.setattr(pairing, "likeness", counting)
    old = {f"a{n}": [*range(50), *range(1000 * n + 1000, 1000 * n + 1050)] for n in range(300)}
    new = {f"b{n}": [*range(50), *range(1000 * n + 1010, 1000 * n + 1060)] for n in range(300)}
    assert {after: before for after, (_, before) in best(old, new).items()} == {f"b{n}": f"a{n}" for n in range(300)}
    assert calls <= 4 * 300
