"""What rules say about their fixtures is what is written down; `python scripts/golden_messages.py` writes it anew."""

from __future__ import annotations

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.engine.rule import Rule
from scripts.golden_messages import MESSAGES, messages

RULES = load_rules()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_what_is_said_is_what_is_written_down(rule: Rule) -> None:
    written = (MESSAGES / f"{rule.code}.txt").read_text(encoding="utf-8")
    assert messages(rule, load_catalog()) == written, "run `python scripts/golden_messages.py`, and read its diff"


def test_nothing_is_written_down_for_rules_that_are_no_more() -> None:
    assert {path.stem for path in MESSAGES.iterdir()} == {rule.code for rule in RULES}
