"""What a review of a change parses and evaluates, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from iacreview.errors import MissingError
from iacreview.evaluate.terraform import root
from iacreview.model.source import Source
from iacreview.parse.data.document import parse_document
from iacreview.parse.recent import Recent
from iacreview.parse.terraform import parser
from iacreview.review.comparison import compare
from iacreview.review.sides import Side
from iacreview.review.watched import WatchedTree
from iacreview.tree import Tree
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
    monkeypatch.setattr("iacreview.evaluate.terraform.parsed._bodies", Recent(_parse, 100_000, lambda _: ""))
    return found


def _parse(source: Source) -> Any:
    return parser.parse_body(source)


def compared(head: Files, everything: bool = False, base: Files = BASE) -> None:
    changed = {path for path in {*base, *head} if base.get(path) != head.get(path)}
    compare(Side(MemoryTree(base), "base"), Side(MemoryTree(head), "head"), changed, (), options(), everything)


def test_what_a_change_does_not_touch_is_parsed_once_for_both_sides(counts: Counter[str]) -> None:
    compared({**BASE, "one/main.tf": CALL.format("10.2.0.0/16")})
    assert counts == {"one": 2, "one/main.tf": 2, "one/beside.tf": 1, "module/main.tf": 1}


def test_files_that_are_alike_are_parsed_once(counts: Counter[str]) -> None:
    same = 'provider "aws" {\n  region = "eu-west-2"\n}\n'
    compared({**BASE, "one/providers.tf": same, "two/providers.tf": same})
    assert counts["one/providers.tf"] + counts["two/providers.tf"] == 1


def test_a_unit_whose_inputs_are_equal_is_evaluated_once(counts: Counter[str]) -> None:
    compared({**BASE, "one/main.tf": CALL.format("10.2.0.0/16")}, everything=True)
    assert counts == {"one": 2, "two": 1, "one/main.tf": 2, "one/beside.tf": 1, "two/main.tf": 1, "module/main.tf": 1}


READS = """variable "name" {{}}
resource "aws_sns_topic" "t" {{
  display_name = file("${{path.module}}/{}")
}}
"""


@pytest.mark.parametrize(
    ("read", "head", "times"),
    [
        ("${var.name}", {"three/b.txt": "new"}, 1),
        ("b.txt", {"three/b.txt": "new"}, 2),
        ("../two/b.txt", {"two/b.txt": "new"}, 2),
        # It is there now.
        ("c.txt", {"three/c.txt": "new"}, 2),
        # What stands beside it may count by its name alone.
        ("${var.name}", {"three/c.auto.tfvars": 'name = "b.txt"\n'}, 2),
    ],
)
def test_a_unit_that_reads_nothing_that_changed_is_evaluated_once(
    counts: Counter[str], read: str, head: Files, times: int
) -> None:
    base = {"three/main.tf": READS.format(read), "three/b.txt": "old", "two/b.txt": "old", "one/main.tf": READS}
    compared({**base, **head}, base=base)
    assert counts["three"] == times


def _ask_for_nothing(tree: Tree) -> None:
    with suppress(MissingError):
        tree.read("x")


@pytest.mark.parametrize(
    ("ask", "other", "alike"),
    [
        (lambda tree: tree.read("a/b"), {"a/b": "1", "c": "2"}, True),
        (lambda tree: tree.read("a/b"), {"a/b": "2"}, False),
        (lambda tree: tree.read("a/b"), {}, False),
        (lambda tree: tree.listing("a"), {"a/b": "2", "a/d/e": "3"}, True),
        (lambda tree: tree.listing("a"), {"a/b": "1", "a/c": "3"}, False),
        (lambda tree: tree.exists("c"), {"a/b": "1", "d": "3"}, True),
        (lambda tree: tree.exists("c"), {"a/b": "1", "c": "3"}, False),
        (lambda tree: list(tree.files("a")), {"a/b": "2"}, True),
        (lambda tree: list(tree.files("a")), {"a/b": "1", "a/d/e": "3"}, False),
        (_ask_for_nothing, {}, True),
        (_ask_for_nothing, {"x": ""}, False),
    ],
)
def test_whether_another_tree_answers_alike(ask: Callable[[Tree], Any], other: Files, alike: bool) -> None:
    watched = WatchedTree(MemoryTree({"a/b": "1"}))
    ask(watched)
    assert watched.answers_as(MemoryTree(other), ()) is alike
    assert WatchedTree(MemoryTree({})).answers_as(MemoryTree(other), other)


def test_what_git_says_has_changed_is_not_compared() -> None:
    watched = WatchedTree(MemoryTree({"a": "1"}))
    watched.read("a")
    assert not watched.answers_as(MemoryTree({"a": "1"}), {"a"})


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
