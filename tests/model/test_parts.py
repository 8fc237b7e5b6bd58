from __future__ import annotations

from iacreview.model.guard import Guard, Says
from iacreview.model.parts import walk
from iacreview.model.value import Choice, Encoded, Known, ListValue, MapValue, Text, Unknown

A = Guard("a", Says.HOLDS)


def test_walk_reaches_everything() -> None:
    leaves = [Known(number) for number in range(4)]
    value = MapValue(
        {
            "list": ListValue([leaves[0], Text([leaves[1], Unknown("why")])]),
            "choice": Choice([((A,), leaves[2]), ((A.opposite,), Encoded(leaves[3]))]),
        }
    )
    found = list(walk(value))
    assert found[0] is value
    assert all(any(each is leaf for each in found) for leaf in leaves)
    assert sum(isinstance(each, Unknown) for each in found) == 1
