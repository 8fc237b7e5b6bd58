"""Lines that differ, and files that were renamed."""

from __future__ import annotations

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
