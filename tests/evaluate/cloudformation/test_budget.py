"""What a template may be multiplied to."""

from __future__ import annotations

from iacreview.evaluate.cloudformation.budget import MAX_TEXT, Budget


def test_values_count_together() -> None:
    budget = Budget(10)
    assert budget.values(4)
    assert budget.values(6)
    assert not budget.exceeded
    assert not budget.values(1)
    assert budget.exceeded


def test_a_text_counts_by_its_length() -> None:
    budget = Budget(10)
    assert budget.text(199)
    assert budget.left == 1
    assert not budget.text(40)


def test_one_text_has_a_bound_of_its_own() -> None:
    budget = Budget()
    assert budget.text(MAX_TEXT)
    assert not budget.text(MAX_TEXT + 1)
    assert budget.exceeded
