"""Which conditions whoever deploys may make fall the other way: told once an expression has been evaluated."""

from __future__ import annotations

import pytest

from iacreview.evaluate.terraform.cells import MAX_LOOKED_AT
from iacreview.evaluate.terraform.configuration import Configurations
from iacreview.evaluate.terraform.evaluation import Evaluation, Place
from iacreview.evaluate.terraform.module import Module
from tests.trees import MemoryTree

ROOT = """
variable "o" {
  default = false
}
variable "given" {
  default = false
}
resource "aws_instance" "a" {
  monitoring = var.o
}
module "m" {
  source      = "./m"
  flag        = true
  open        = var.o
  settled     = var.given
  list        = [1]
  open_list   = [var.o]
  conditional = var.o ? 1 : 2
  monitoring  = aws_instance.a.monitoring
  id          = aws_instance.a.id
}
"""
CALLED = """
variable "unset" {
  default = {a = false}
}
locals {
  fallen = var.open ? 1 : 2
  fixed  = var.unset.a ? 1 : 2
  open   = var.open
  inner  = local.inside ? 1 : 2
  inside = var.open ? true : false
  text   = "x"
  tested = EXPRESSION
}
"""

TEMPLATES = {"t": "x${a}", "conditional": '${a == 1 ? "x" : "y"}', "nested": '${templatefile("t", {a = a})}'}

# An expression in the called module, and whether a default of the root module decides a condition in it.
ROWS = [
    ("var.flag ? 1 : 2", False),
    ("var.unset.a ? 1 : 2", False),
    ("var.settled ? 1 : 2", False),
    ("path.module == terraform.workspace ? 1 : 2", False),
    ("var.id == null ? 1 : 2", False),
    ("local.fixed", False),
    ("var.open", False),
    ("[for v in var.list : v == 1 ? 1 : 2]", False),
    ('templatefile("t", {a = 1})', False),
    ('templatefile("t", {a = local.fallen})', True),
    # What decides the conditions in what is read is not looked for.
    ('templatefile("conditional", {a = 1})', True),
    ('[for t in ["t", "conditional"] : templatefile(t, {a = 1})]', True),
    ('templatefile("nested", {a = 1})', True),
    ("templatestring(local.text, {a = 1})", True),
    ("var.open ? 1 : 2", True),
    ("var.flag ? var.open ? 1 : 2 : 3", True),
    ("var.flag ? 1 : var.open ? 2 : 3", False),
    ("var.open ? 1 : var.flag ? 2 : 3", True),
    ("local.open ? 1 : 2", True),
    ("local.fallen", True),
    ("local.inner", True),
    ("upper(local.fallen)", True),
    ("var.conditional", True),
    ("var.monitoring ? 1 : 2", True),
    ("[for v in var.open_list : v ? 1 : 2]", True),
    ("[for v in var.unset : v.b ? 1 : 2]", False),
    ("var.open.x ? 1 : 2", True),
    ('[for v in var.open.x : v ? "a" : "b"]', True),
    ('templatefile("t", var) == "" ? 1 : 2', True),
]


def called(text: str) -> Module:
    """The called module, in which a local is some expression."""
    files = {"main.tf": ROOT, "m/main.tf": CALLED.replace("EXPRESSION", text), **TEMPLATES}
    configurations = Configurations(MemoryTree(files))
    evaluation = Evaluation(configurations, "")
    evaluation.given = frozenset({"given"})
    root = Module(evaluation, configurations.load(""), {}, Place())
    ((_, module),) = root.called.instances("m")
    return module


@pytest.mark.parametrize(("text", "falls"), ROWS)
def test_a_condition_falls_otherwise_where_a_default_of_the_root_module_decides_it(text: str, falls: bool) -> None:
    module = called(text)
    module.run.force(module.local("tested"))
    assert module.conditions.has_fallen(module.configuration.locals["tested"][0].expression) is falls


def test_what_has_been_looked_at_too_often_may_fall_if_it_has_a_condition() -> None:
    module = called("var.flag ? 1 : 2")
    module.run.force(module.local("tested"))
    module.run.looked_at = MAX_LOOKED_AT
    found = {name: attribute.expression for name, (attribute, _) in module.configuration.locals.items()}
    assert module.conditions.has_fallen(found["tested"])
    assert not module.conditions.has_fallen(found["open"])
