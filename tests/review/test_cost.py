"""What a review of a change parses and evaluates, counted."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from iacreview.evaluate.terraform import root
from iacreview.model.source import Source
from iacreview.parse.data.document import parse_document
from iacreview.parse.recent import Recent
from iacreview.parse.terraform import parser
from iacreview.review.comparison import compare
from iacreview.review.sides import Side
from tests.review.changes import Files, options
from tests.trees import MemoryTree

CALL = 'module "m" {{\n  source = "../module"\n  cidr   = "{}"\n}}\n'
STACK = """Resources:
  S:
    Type: AWS::CloudFormation::Stack
    Properties: {{TemplateURL: topic.yaml, Tags: [{{Key: a, Value: {}}}]}}
"""
BASE: Files = {
    "module/main.tf": 'variable "cidr" {}\nresource "aws_vpc" "v" {\n  cidr_block = var.cidr\n}\n',
    "one/main.tf": CALL.format("10.0.0.0/16"),
    "one/beside.tf": 'resource "aws_eip" "one" {}\n',
    "two/main.tf": CALL.format("10.1.0.0/16"),
}


@pytest.fixture(autouse=True)
def counts(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each file is parsed, and each unit evaluated; nothing is known from before."""
    found: Counter[str] = Counter()
    parse, evaluate = parser.parse_body, root.evaluate_root

    def parsed(source: Source) -> Any:
        found[source.path] += 1
        return parse(source)

    def evaluated(tree: Any, directory: str, **more: Any) -> Any:
        found[directory] += 1
        return evaluate(tree, directory, **more)

    monkeypatch.setattr(parser, "parse_body", parsed)
    monkeypatch.setattr(root, "evaluate_root", evaluated)
    monkeypatch.setattr("iacreview.evaluate.terraform.configuration._parsed", Recent(_parse, 100_000))
    return found


def _parse(source: Source) -> Any:
    return parser.parse_body(source)


def compared(head: Files, everything: bool = False, base: Files = BASE) -> None:
    changed = {path for path in {*base, *head} if base.get(path) != head.get(path)}
    compare(Side(MemoryTree(base), "base"), Side(MemoryTree(head), "head"), changed, (), options(), everything)


def test_what_a_change_does_not_touch_is_parsed_once_for_both_sides(counts: Counter[str]) -> None:
    compared({**BASE, "one/main.tf": CALL.format("10.2.0.0/16")})
    assert counts == {"one": 2, "one/main.tf": 2, "one/beside.tf": 1, "module/main.tf": 1}


def test_a_unit_whose_inputs_are_equal_is_evaluated_once(counts: Counter[str]) -> None:
    compared({**BASE, "one/main.tf": CALL.format("10.2.0.0/16")}, everything=True)
    assert counts == {"one": 2, "two": 1, "one/main.tf": 2, "one/beside.tf": 1, "two/main.tf": 1, "module/main.tf": 1}


def test_a_template_that_a_change_leaves_alone_is_parsed_once(
    counts: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def parse(source: Source) -> Any:
        counts[source.path] += 1
        return parse_document(source)

    monkeypatch.setattr("iacreview.parse.cloudformation.recognition._parsed", Recent(parse, 100_000))
    base = {"stack.yaml": STACK.format("a"), "topic.yaml": "Resources:\n  T: {Type: AWS::SNS::Topic}\n"}
    compared({**base, "stack.yaml": STACK.format("b")}, base=base)
    assert counts == {"stack.yaml": 2, "topic.yaml": 1}


def test_only_so_much_is_kept() -> None:
    def parse(source: Source) -> tuple[str, list[Any]]:
        parsed.append(source.path)
        return source.text, []

    parsed: list[str] = []
    recent = Recent(parse, 10)
    for path, text in [("a", "12345"), ("b", "12345"), ("a", "12345"), ("c", "1"), ("a", "12345"), ("b", "12345")]:
        assert recent(Source(path, text)) == (text, [])
    assert parsed == ["a", "b", "c", "b"]
