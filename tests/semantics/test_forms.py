"""Which resources an action may work on, by the forms of their ARNs."""

from __future__ import annotations

import pytest

from iacreview.model.value import HOLE
from iacreview.semantics.actions import find_action
from iacreview.semantics.forms import may_act


@pytest.mark.parametrize(
    ("name", "pattern", "answer"),
    [
        ("s3:GetObject", "arn:aws:s3:::b/*", True),
        ("s3:GetObject", "arn:aws:sqs:eu-west-1:111122223333:q", False),
        ("s3:GetObject", "arn:aws:s?:::b/*", True),
        ("s3:GetObject", "arn:aws:*", True),
        # What the wildcard stands for may have the service in it.
        ("s3:GetObject", "arn:*:sqs:eu-west-1:111122223333:q", True),
        ("s3:GetObject", f"arn:aws:{HOLE}:::b/x", True),
        ("s3:GetObject", f"arn:{HOLE}:sqs:::b/x", False),
        ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:q", True),
        ("arc-zonal-shift:StartZonalShift", "arn:aws:eks:eu-west-1:111122223333:cluster/c", True),
    ],
)
def test_may_act(name: str, pattern: str, answer: bool) -> None:
    action = find_action(name)
    assert action is not None
    assert may_act(action, pattern) is answer
