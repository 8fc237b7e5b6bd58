"""How literals are written in each syntax, and which texts are literals that may be replaced."""

from __future__ import annotations

import pytest

from iacreview.fixes.syntax import Hcl, Json, Syntax, Yaml


@pytest.mark.parametrize(
    ("syntax", "wanted", "written"),
    [
        (Hcl(), True, "true"),
        (Hcl(), ["a", 1], '["a", 1]'),
        (Hcl(), "${var.a}", '"$${var.a}"'),  # a text that looks like a template stays a text
        (Hcl(), "%{ if }", '"%%{ if }"'),
        (Yaml(), "alias/aws/kinesis", "alias/aws/kinesis"),
        (Yaml(), "yes", '"yes"'),  # a word that YAML takes for a boolean
        (Yaml(), "1.2", '"1.2"'),
        (Yaml(), ["a", "b c"], '[a, "b c"]'),
        (Json(), "é", '"é"'),
        (Json(), [True], "[true]"),
    ],
)
def test_how_a_value_is_written(syntax: Syntax, wanted: object, written: str) -> None:
    assert syntax.literal(wanted) == written


@pytest.mark.parametrize(
    ("syntax", "text", "literal"),
    [
        (Hcl(), "false", True),
        (Hcl(), '"TLSv1"', True),
        (Hcl(), '"${var.policy}"', False),
        (Hcl(), "var.policy", False),
        (Hcl(), "-1.5", True),
        (Yaml(), "TLSv1", True),
        (Yaml(), "!Ref Policy", False),
        (Yaml(), "*shared", False),
        (Yaml(), "'a b'", True),
        (Yaml(), "a: b", False),
        (Json(), '"a"', True),
        (Json(), '"${var.a}"', False),
        (Json(), '{"Ref": "A"}', False),
    ],
)
def test_what_may_be_replaced(syntax: Syntax, text: str, literal: bool) -> None:
    assert syntax.is_literal(text) is literal
