from __future__ import annotations

from itertools import product

from iacreview.model.logic import NO, UNKNOWN, YES, all_of, any_of, truth


def test_de_morgan() -> None:
    for pair in product((YES, NO, UNKNOWN), repeat=2):
        assert ~all_of(pair) is any_of(~each for each in pair)


def test_tables() -> None:
    assert all_of([YES, UNKNOWN]) is UNKNOWN
    assert all_of([NO, UNKNOWN]) is NO
    assert any_of([YES, UNKNOWN]) is YES
    assert any_of([NO, UNKNOWN]) is UNKNOWN
    assert all_of([]) is YES
    assert any_of([]) is NO
    assert (truth(True), truth(False)) == (YES, NO)
