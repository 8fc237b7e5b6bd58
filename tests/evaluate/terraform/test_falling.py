"""Which conditions whoever deploys may make fall the other way."""

from __future__ import annotations

import pytest

from iacreview.evaluate.terraform.configuration import Configurations
from iacreview.evaluate.terraform.evaluation import Evaluation, Place
from iacreview.evaluate.terraform.module import Module
from iacreview.model.source import Source
from iacreview.parse.terraform.parser import parse_expression
from tests.trees import MemoryTree

ROOT = """
variable "o" {
  default = false
}
variable "given" {
  default = false
}
module "m" {
  source      = "./m"
  flag        = true
  open        = var.o
  settled     = var.given
  list        = [1]
  open_list   = [var.o]
  conditional = var.o ? 1 : 2
}
"""
CALLED = """
variable "unset" {
  default = false
}
locals {
  conditional = var.unset ? 1 : 2
  open        = var.open
  around      = local.about
  about       = local.around
}
"""

# An expression in the called module, and whether it may come to something else.
ROWS = [
    ("var.flag ? 1 : 2", False),
    ("var.unset ? 1 : 2", False),
    ("var.settled ? 1 : 2", False),
    ("path.module == terraform.workspace ? 1 : 2", False),
    ("local.conditional", False),
    ("[for v in var.list : v == 1 ? 1 : 2]", False),
    ('templatefile("t", {a = var.flag})', False),
    ("var.open", False),
    ("[for v in var.open_list : v]", False),
    ("var.open ? 1 : 2", True),
    ("var.flag ? var.open ? 1 : 2 : 3", True),
    ("local.open ? 1 : 2", True),
    ("local.around ? 1 : 2", True),
    ("var.conditional", True),
    ("[for v in var.open_list : v ? 1 : 2]", True),
    ("[for v in [for w in var.open_list : w] : v ? 1 : 2]", True),
    ("[for each in var.list : each ? 1 : 2]", True),
    ("[for var in var.open_list : var.flag ? 1 : 2]", True),
    ('templatefile("t", {a = var.open})', True),
    ("each.value ? 1 : 2", True),
    ("aws_instance.a.monitoring ? 1 : 2", True),
    ('var["flag"] ? 1 : 2', True),
]


@pytest.fixture(scope="module")
def called() -> Module:
    configurations = Configurations(MemoryTree({"main.tf": ROOT, "m/main.tf": CALLED}))
    evaluation = Evaluation(configurations, "")
    evaluation.given = frozenset({"given"})
    root = Module(evaluation, configurations.load(""), {}, Place())
    (found,) = root.called.instances("m")
    return found[1]


@pytest.mark.parametrize(("text", "falls"), ROWS)
def test_a_condition_may_fall_where_it_rests_on_the_default_of_a_variable_of_the_root(
    called: Module, text: str, falls: bool
) -> None:
    expression, problems = parse_expression(Source("x", text))
    assert expression is not None
    assert not problems
    assert called.conditions.may_fall(expression) is falls
