"""A rule explained: long lists are cut, and whole where all is asked for."""

from __future__ import annotations

import pytest

from iacreview.engine.explanation import SHOWN, covered, explanation, fixes, page
from iacreview.engine.load import load_catalog, load_rules
from iacreview.engine.rule import Rule

RULES = {rule.code: rule for rule in load_rules()}
CATALOG = load_catalog()


def part(text: str, title: str) -> list[str]:
    """The lines below a title."""
    return next(each for each in text.split("\n\n") if each.startswith(title)).splitlines()[1:]


@pytest.mark.parametrize("code", ["ENC001", "ENC004"])
def test_a_long_list_is_cut_and_says_by_how_much(code: str) -> None:
    rule = RULES[code]
    every = fixes(rule, CATALOG)
    shown = part(explanation(rule, {}, CATALOG), "How to fix it")
    assert f"and {len(every) - SHOWN} more (--all shows them)" in " ".join(shown)
    assert "(--all shows them)" not in explanation(rule, {}, CATALOG, everything=True)


def test_of_kinds_more_are_shown() -> None:
    rule = RULES["ENC004"]
    kinds = sorted({row.kind for row in rule.rows})
    assert len(kinds) > 3 * SHOWN
    short, whole = (" ".join(part(explanation(rule, {}, CATALOG, each), "Applies to")) for each in (False, True))
    assert kinds[3 * SHOWN - 1] in short
    assert kinds[-1] not in short
    assert f"and {len(kinds) - 3 * SHOWN} more" in short
    assert all(kind in whole for kind in kinds)


def test_a_short_list_is_whole() -> None:
    rule = RULES["IAM012"]
    assert "more (--all" not in explanation(rule, {}, CATALOG)


def test_the_checks_of_other_tools_by_tool() -> None:
    rule: Rule = RULES["ENC001"]
    found = dict(covered(rule, {"guard": ["B", "A"], "checkov": ["CKV_AWS_16"]}))
    assert found["guard"] == ["A", "B"]
    assert found["checkov"].count("CKV_AWS_16") == 1
    assert all(each.startswith("CKV") for each in found["checkov"])
    assert "others" not in found or found["others"]


def test_the_page_ends_with_one_line_end() -> None:
    text = page(RULES["IAM001"], {}, CATALOG)
    assert text.endswith("|\n")
    assert not text.endswith("\n\n")
