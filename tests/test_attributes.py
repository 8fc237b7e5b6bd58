"""What is generated is never joined line by line in a merge without anybody seeing it."""

from __future__ import annotations

from pathlib import Path

ATTRIBUTES = Path(__file__).parent.parent / ".gitattributes"


def test_nothing_is_merged_by_taking_the_lines_of_both_sides() -> None:
    lines = [line for line in ATTRIBUTES.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert any("linguist-generated" in line for line in lines)
    assert not [line for line in lines if "merge=union" in line]
