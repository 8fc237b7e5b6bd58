"""Combinations of patterns, each with a text that shows it."""

from __future__ import annotations

import sys
from random import Random

import pytest

from iacreview.semantics.decision.automata import Automaton, satisfiable
from iacreview.semantics.decision.symbols import Symbols, shown, wild, wild_arn
from iacreview.semantics.pattern import covers, intersects, matches


def automaton(pattern: str) -> Automaton:
    return Automaton(wild(tuple(pattern)))


def texts(*patterns: str) -> dict[tuple[bool, ...], str]:
    found = satisfiable([automaton(pattern) for pattern in patterns])
    assert found is not None
    return {signs: shown(text) for signs, text in found.items()}


def test_shortest_texts_of_each_combination() -> None:
    assert texts("a*", "*b") == {(False, False): "", (True, False): "a", (False, True): "b", (True, True): "ab"}


def test_what_no_text_is_does_not_appear() -> None:
    assert (True, False) not in texts("ab*", "a*")
    assert texts("a*", "a?*")[True, False] == "a"


def test_pairs_agree_with_the_algebra_of_patterns() -> None:
    """100,000 pairs: `python -m tests.semantics.decision.test_automata 100000`."""
    compare_pairs(1500)


def compare_pairs(number: int) -> None:
    """Inclusion and intersection are combinations that are there or not; each text is what its combination says."""
    random = Random("pairs")
    for _ in range(number):
        one, two = ("".join(random.choices("ab*?", k=random.randint(0, 5))) for _ in range(2))
        found = texts(one, two)
        assert ((False, True) not in found) == covers(one, two, fold=False), (one, two)
        assert ((True, True) in found) == intersects(one, two, fold=False), (one, two)
        for signs, text in found.items():
            assert signs == tuple(matches(each, text, fold=False) for each in (one, two)), (one, two, text)


def test_within() -> None:
    found = satisfiable([automaton("arn:aws:s3:::b*")], [automaton("arn:aws:s3:::*/*")])
    assert found is not None
    assert {signs: shown(text) for signs, text in found.items()} == {
        (True,): "arn:aws:s3:::b/",
        (False,): "arn:aws:s3:::/",
    }


def test_too_many_states_are_no_answer() -> None:
    patterns = [automaton("*" + "a?" * index + "*b*") for index in range(12)]
    assert satisfiable(patterns, most=2000) is None


@pytest.mark.parametrize(
    ("pattern", "text", "wanted"),
    [
        ("arn:aws:iam::*:role/x", "arn:aws:iam::1:role/x", True),
        # A star does not reach over a colon of the first five fields, and does in the last.
        ("arn:*:role/x:a:b:c", "arn:aws:iam:role/x:a:b:c", False),
        ("arn:aws:logs:*:*:*", "arn:aws:logs:r:1:log-group:a:b", True),
        ("*", "arn:aws:iam::1:role/x", True),
    ],
)
def test_fields_of_arns(pattern: str, text: str, wanted: bool) -> None:
    assert Automaton(wild_arn(tuple(pattern))).matches(text) is wanted


def test_an_unknown_part_is_itself() -> None:
    hole = "${aws_s3_bucket.b.arn}"
    own: Symbols = (hole, "/", "a")
    assert Automaton(wild((hole, "/", "*"))).matches(own)
    assert Automaton(wild(("*", "/", "a"))).matches(own)
    assert not Automaton(wild(("?", "/", "a"))).matches(own)
    assert not Automaton(wild(("${other}", "/", "a"))).matches(own)


if __name__ == "__main__":
    compare_pairs(int(sys.argv[1]))
    print(f"{sys.argv[1]} pairs, no difference")
