"""What one of our own bounds leaves out is a problem at its place, never silence."""

from __future__ import annotations

from typing import Any

import pytest

from iacreview.evaluate.terraform import sources
from tests.evaluate.terraform.support import unit_of

MODULE = 'resource "aws_eip" "x" {}\n'


def calls(count: int) -> str:
    return "".join(f'module "a{index}" {{\n  source = "./m"\n  count = 1000\n}}\n' for index in range(count))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (
            'resource "aws_eip" "x" {\n  count = 1001\n}\n',
            2,
            "not reviewed: more than 1000 instances are judged as one",
        ),
        (
            f'output "v" {{\n  value = {"upper(" * 120}"a"{")" * 120}\n}}\n',
            2,
            "not reviewed: is nested too deeply to be evaluated",
        ),
        (
            'locals {\n  a = join(",", range(1000))\n  b = join(",", [for i in range(1000) : local.a])\n'
            '  c = join(",", [for i in range(10) : local.b])\n}\noutput "v" {\n  value = local.c\n}\n',
            4,
            "not reviewed: is too long",
        ),
        ("}\n".join(["", ""]) + calls(6), 0, "is one of more than 5000 calls"),
    ],
)
def test_what_is_left_out_is_a_problem(text: str, line: int, words: str) -> None:
    unit = unit_of({"main.tf": text.lstrip("}\n"), "m/m.tf": MODULE})
    found = [problem for problem in unit.problems if words in problem.message]
    assert found
    assert not line or found[0].span.first.line == line


def test_parentheses_are_no_depth() -> None:
    unit = unit_of({"main.tf": f'resource "aws_eip" "x" {{\n  domain = {"(" * 130}"vpc"{")" * 130}\n}}\n'})
    assert not unit.problems
    (resource,) = unit.resources
    assert getattr(resource.attributes.entries["domain"], "data", None) == "vpc"


def test_calls_in_calls_are_not_gone_through_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_MODULES", 20)
    resolved = []
    resolve = sources.Calls.resolve

    def counted(self: sources.Calls, *arguments: Any) -> Any:
        resolved.append(arguments)
        return resolve(self, *arguments)

    monkeypatch.setattr(sources.Calls, "resolve", counted)
    call = 'module "m" {{\n  source = "{}"\n  count  = 100\n}}\n'
    files = {"main.tf": call.format("./a"), "a/main.tf": call.format("../b"), "b/main.tf": "locals {}\n"}
    unit = unit_of(files)
    assert any("one of more than" in each.message for each in unit.problems)
    assert len(resolved) < 500
