from __future__ import annotations

from iacreview.model.guard import Guard, Says
from iacreview.model.source import Source, Span
from iacreview.model.value import Choice, Encoded, Known, ListValue, MapValue, Reference, Step, Text, Unknown, walk

A = Guard("a", Says.HOLDS)


def test_moved_keeps_the_value_and_adds_the_step() -> None:
    source = Source("a.tf", "0123456789")
    first, second = Span(source, 0, 1), Span(source, 5, 6)
    value = MapValue({"a": Known(1)}, first, keys={"a": first}, complete=False)
    step, reference = Step("default of var.a", first), Reference("var.a")
    moved = value.moved(second, step, reference)
    assert isinstance(moved, MapValue)
    assert (moved.entries, moved.keys, moved.complete) == (value.entries, value.keys, False)
    assert (moved.span, moved.via, moved.references) == (second, (step,), (reference,))
    assert (value.span, value.via, value.references) == (first, (), ())


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
