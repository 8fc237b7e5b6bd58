"""Guards: what follows from one, what contradicts what, and how people say them."""

from __future__ import annotations

import pytest

from iacreview.model.guard import Guard, Says, When, consistent, either, negated, spoken, together

PROD = Guard("IsProd", Says.TRUE)
DEV = Guard("Env", "dev")
BOTH = Guard("Env", "dev and test")
OPEN = Guard("var.open", Says.HOLDS)
EACH = Guard("for each of var.names", Says.NOTE)
OTHER = Guard("var.open", Says.HOLDS, scope="module.a.")
PASSWORD = Guard("Password", "hunter2", hidden=True)


@pytest.mark.parametrize(
    ("guards", "words"),
    [
        ((), ""),
        ((PROD,), "when IsProd is true"),
        ((PROD.opposite, DEV), "when IsProd is false and Env is dev"),
        ((DEV.opposite,), "when not (Env is dev)"),
        ((OPEN, OPEN), "when var.open"),
        ((OPEN.opposite,), "when not (var.open)"),
        ((EACH,), "for each of var.names"),
        ((OPEN, EACH), "when var.open and for each of var.names"),
        (either([(OPEN,), (PROD, DEV)]), "when var.open or when IsProd is true and Env is dev"),
        ((negated((PROD, DEV)),), "when not (IsProd is true and Env is dev)"),
        # A hidden value has no words.
        ((PASSWORD,), "when Password is (sensitive)"),
        ((PASSWORD.opposite,), "when not (Password is (sensitive))"),
    ],
)
def test_words(guards: When, words: str) -> None:
    assert spoken(guards) == words


@pytest.mark.parametrize(
    ("guard", "implied", "not_implied"),
    [
        (PROD, [PROD], [PROD.opposite, DEV]),
        (DEV, [DEV, BOTH.opposite], [BOTH, DEV.opposite, PROD]),
        # That it is not one text does not say which it is.
        (DEV.opposite, [DEV.opposite], [BOTH, BOTH.opposite]),
        (OPEN, [OPEN], [OTHER, OTHER.opposite]),
    ],
)
def test_what_a_guard_implies(guard: Guard, implied: list[Guard], not_implied: list[Guard]) -> None:
    assert [each for each in implied if not guard.implies(each)] == []
    assert [each for each in not_implied if guard.implies(each)] == []


@pytest.mark.parametrize(
    ("guards", "expected"),
    [
        ((), True),
        ((PROD, DEV, OPEN, OTHER.opposite), True),
        ((PROD, DEV, PROD.opposite), False),
        ((DEV, BOTH), False),
        ((DEV, BOTH.opposite), True),
        ((DEV.opposite, BOTH.opposite), True),
    ],
)
def test_consistent(guards: When, expected: bool) -> None:
    assert consistent(guards) is expected


def test_opposites_and_alternatives() -> None:
    assert PROD.opposite.opposite == PROD
    assert negated((DEV,)) == DEV.opposite
    assert either([(DEV, PROD)]) == (DEV, PROD)
    assert together((PROD, DEV), (DEV,), (OPEN,)) == (PROD, DEV, OPEN)
