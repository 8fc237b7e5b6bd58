"""Records are named tuples, whoever makes them."""

from __future__ import annotations

import pickle
from typing import Any

from iacreview.model.record import NamedTuple


class Pair(NamedTuple):
    """Two numbers."""

    left: int
    right: int = 2

    @property
    def total(self) -> int:
        return self.left + self.right


def test_a_record_is_a_named_tuple() -> None:
    pair: Any = Pair(1)
    assert pair == (1, 2) == Pair(left=1)
    assert pair.total == 3
    assert pair._replace(right=5) == Pair(1, 5)
    assert repr(pair) == "Pair(left=1, right=2)"
    assert (Pair.__doc__, Pair._fields, Pair.__module__) == ("Two numbers.", ("left", "right"), __name__)


def test_a_record_goes_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(Pair(3))) == Pair(3)
