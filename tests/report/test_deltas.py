"""What a change lets whom do, in rows."""

from __future__ import annotations

import pytest

from iacreview.model.delta import Access, Deltas
from iacreview.report.deltas import sections

OF_AWS = "arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess"


def entry(number: int, via: str) -> Access:
    actions = (f"service{number}:List*",)
    return Access("aws_iam_role.app", via=(via,), actions=actions, resources=("*",), levels=(("List", 2), ("Read", 1)))


@pytest.mark.parametrize(("via", "entries", "rows"), [(OF_AWS, 9, 1), (OF_AWS, 3, 3), ("aws_iam_policy.own", 9, 9)])
def test_what_a_policy_of_awss_allows_is_one_row(via: str, entries: int, rows: int) -> None:
    [section] = sections(Deltas(tuple(entry(number, via) for number in range(entries))))
    assert section.rows == rows
    first = section.groups[0][1][0]
    assert first.note.startswith("27 actions: 18 list, 9 read" if rows == 1 else "3 actions: 2 list, 1 read")
    assert first.where == "on *"
