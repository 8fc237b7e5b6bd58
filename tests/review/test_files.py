"""Lines that differ, and files that were renamed."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iacreview.review.files import FileChanges, Hunk, line_hunks, with_hunk
from tests.trees import MemoryTree


@pytest.mark.parametrize(
    ("before", "after", "hunks"),
    [
        ("a\nb\nc", "a\nb\nc", []),
        ("a\nb\nc", "a\nX\nc", [Hunk(2, 1, 2, 1)]),
        ("a\nb\nc", "a\nc", [Hunk(2, 1, 2, 0)]),
        ("a\nc", "a\nb\nc", [Hunk(2, 0, 2, 1)]),
        ("a\r\nb", "a\nb", []),
        ("a\nb\nc\nd\ne", "X\nb\nc\nd\nY", [Hunk(1, 1, 1, 1), Hunk(5, 1, 5, 1)]),
    ],
)
def test_hunks(before: str, after: str, hunks: list[Hunk]) -> None:
    assert line_hunks(before, after) == hunks


LINES = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=12).map("\n".join)


@given(LINES, LINES)
def test_all_hunks_together_are_the_change(before: str, after: str) -> None:
    text = before
    for hunk in reversed(line_hunks(before, after)):
        text = with_hunk(text, after, hunk)
    assert text == after


@given(st.lists(st.sampled_from("abcdefgh"), max_size=400), st.randoms(use_true_random=False))
def test_long_texts_are_cut_at_what_they_have_once(lines: list[str], chance: Random) -> None:
    before = [line if chance.random() < 0.7 else f"{line}{number}" for number, line in enumerate(lines)]
    after = [line for line in before if chance.random() < 0.8]
    text = "\n".join(before)
    for hunk in reversed(line_hunks(text, "\n".join(after))):
        text = with_hunk(text, "\n".join(after), hunk)
    assert text == "\n".join(after)


def test_a_change_in_a_long_text_is_found_exactly() -> None:
    before = [line for number in range(2000) for line in (f'resource "t" "n{number}" {{', "  a = 1", "}")]
    after = [*before[:300], "  b = 2", *before[300:4000], *before[4003:]]
    assert line_hunks("\n".join(before), "\n".join(after)) == [Hunk(301, 0, 301, 1), Hunk(4001, 3, 4002, 0)]


def test_texts_that_share_one_line_a_thousand_times() -> None:
    """Comparing all with all is cubic here: minutes."""
    before = [line for number in range(2000) for line in ("x", f"a{number}")]
    after = [line for number in range(2000) for line in (f"b{number}", "x")]
    assert line_hunks("\n".join(before), "\n".join(after))


def changes(before: dict[str, str], after: dict[str, str]) -> FileChanges:
    paths = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    return FileChanges(MemoryTree(before), MemoryTree(after), paths)


def test_a_renamed_file_keeps_its_lines() -> None:
    text = "\n".join(f"line {number}" for number in range(20))
    found = changes({"old.tf": text, "x.tf": "x"}, {"new.tf": text.replace("line 3\n", "line three\n"), "y.tf": "y"})
    assert found.origin("new.tf") == "old.tf"
    assert found.touches("new.tf", 4, 4)
    assert not found.touches("new.tf", 5, 20)
    assert found.touches("y.tf", 1, 1)


def test_what_is_as_it_was() -> None:
    found = changes({"a.tf": "a"}, {"a.tf": "a"})
    assert not found.touches("a.tf", 1, 1)
