from __future__ import annotations

from iacreview.model.provenance import Reference, Step
from iacreview.model.source import Source, Span
from iacreview.model.value import Known, MapValue


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
