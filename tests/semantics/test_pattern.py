from __future__ import annotations

import re
from functools import cache
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iacreview.model.logic import NO, UNKNOWN, YES, Truth
from iacreview.semantics.pattern import HOLE, coverage, covers, intersects, matches, normalised

# `#` is in no pattern: it stands for every other character.
WORDS = ["".join(letters) for length in range(7) for letters in product("ab#", repeat=length)]
PATTERNS = ["".join(symbols) for length in range(4) for symbols in product("ab?*", repeat=length)]
LONG = 5000


@cache
def language(pattern: str) -> frozenset[str]:
    parts = {"*": ".*", "?": "."}
    compiled = re.compile("".join(parts.get(symbol, re.escape(symbol)) for symbol in pattern))
    return frozenset(word for word in WORDS if compiled.fullmatch(word))


def fillings(pattern: str) -> list[str]:
    holes = pattern.count(HOLE)
    return [pattern.replace(HOLE, "{}").format(*words) for words in product(("a", "b", "#", "ab", "#a#"), repeat=holes)]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_agrees_with_brute_force(pattern: str) -> None:
    for other in PATTERNS:
        assert covers(pattern, other) == (language(other) <= language(pattern)), (pattern, other)
        assert intersects(pattern, other) == bool(language(other) & language(pattern)), (pattern, other)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_matches_agrees_with_brute_force(pattern: str) -> None:
    assert {word for word in WORDS if matches(pattern, word)} == language(pattern)


@given(st.text("ab?*", max_size=8))
def test_normalised_is_equal_and_idempotent(pattern: str) -> None:
    short = normalised(pattern)
    assert language(short) == language(pattern)
    assert normalised(short) == short
    assert "**" not in short
    assert "*?" not in short


@given(st.text("ab?*", max_size=5), st.text(f"ab*{HOLE}", max_size=5))
def test_what_holds_with_holes_holds_for_every_filling(pattern: str, other: str) -> None:
    answer = coverage(pattern, other)
    for filled in fillings(other):
        if answer is YES:
            assert covers(pattern, filled)
        if answer is NO:
            assert not intersects(pattern, filled)


@given(st.text(f"ab*{HOLE}", max_size=5), st.text("ab?*", max_size=5))
def test_a_hole_in_the_covering_pattern_is_never_certain(pattern: str, other: str) -> None:
    if HOLE in pattern:
        assert not covers(pattern, other)
    for filled in fillings(pattern):
        if intersects(filled, other):
            assert intersects(pattern, other)


@given(st.text(max_size=20), st.text(max_size=20))
def test_total_and_reflexive(pattern: str, other: str) -> None:
    assert isinstance(covers(pattern, other), bool)
    assert isinstance(matches(pattern, other), bool)
    assert intersects(pattern, other) == intersects(other, pattern)
    assert intersects(pattern, pattern)
    assert covers(pattern, pattern) or HOLE in pattern


@pytest.mark.parametrize(
    ("pattern", "other", "answer"),
    [
        ("*", "s3:GetObject", YES),
        ("s3:*", "S3:getobject", YES),
        ("s3:Get*", "s3:GetObject*", YES),
        ("s3:GetObject", "s3:Get*", UNKNOWN),
        ("s3:Get*", "s3:*Object", UNKNOWN),
        ("s3:Get*", "s3:Put*", NO),
        ("s3:?etObject", "s3:GetObject", YES),
        ("*?", "?*", YES),
        ("?*x", "*ax", YES),
        # A hole is text without wildcards, and not empty.
        ("s3:*", f"s3:{HOLE}", YES),
        (f"s3:{HOLE}", "s3:GetObject", UNKNOWN),
        (f"s3:{HOLE}", f"s3:{HOLE}", UNKNOWN),
        (f"ec2:{HOLE}", "s3:GetObject", NO),
        (f"s3:GetObject{HOLE}", "s3:GetObject", NO),
    ],
)
def test_coverage(pattern: str, other: str, answer: Truth) -> None:
    assert coverage(pattern, other) is answer


def test_case_counts_where_asked() -> None:
    assert covers("S3:*", "s3:Get*")
    assert not covers("arn:aws:s3:::Data", "arn:aws:s3:::data", fold=False)
    assert not intersects("arn:aws:s3:::D*", "arn:aws:s3:::data", fold=False)
    assert not matches("A*", "ab", fold=False)


@pytest.mark.parametrize(
    ("pattern", "other"),
    [
        ("*" + "a?" * 1000 + "*", "*" + "?a" * 1000 + "*"),
        ("*" + "a*?" * 1300, "*" + "a*?" * 1300),
        ("*a" * LONG, "a*" * LONG),
        ("?" * LONG, "*" * LONG),
        (HOLE * LONG, "*" + HOLE * LONG),
    ],
    ids=["shifted", "many-stars", "too-long", "questions", "holes"],
)
def test_hostile_patterns_end(pattern: str, other: str) -> None:
    assert intersects(pattern, other)
    assert covers(pattern, other) in (True, False)
