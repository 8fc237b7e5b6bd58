"""Terraform's conditions are compared by what they mean: what contradicts each other does not meet."""

from __future__ import annotations

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.model.guard import Guard
from iacreview.options import Options
from iacreview.pipeline import check
from tests.evaluate.terraform.support import unit_of
from tests.trees import MemoryTree

VARIABLES = """
variable "env" { type = string }
variable "on" { type = bool }
variable "off" { type = bool }
variable "loose" {}
variable "n" { type = number }
locals {
  prod     = var.env == "prod"
  not_prod = !local.prod
  workspace = terraform.workspace
}
data "aws_region" "here" {}
"""


def conditions(first: str, second: str, files: dict[str, str] | None = None) -> tuple[Guard, Guard, bool]:
    """The guards of two resources, and whether both can be there."""
    text = VARIABLES + "".join(
        f'resource "aws_eip" "{name}" {{ count = {condition} ? 1 : 0 }}\n'
        for name, condition in (("a", first), ("b", second))
    )
    unit = unit_of({"main.tf": text, **(files or {})})
    found = {each.address: each.conditions for each in unit.resources}
    (one,), (other,) = found["aws_eip.a[0]"], found["aws_eip.b[0]"]
    return one, other, unit.possible((one, other))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("var.on", "!var.on"),
        ("var.on", "!(var.on)"),
        ("var.on", "var.on == false"),
        ("var.on == true", "!var.on"),
        ('var.env == "prod"', 'var.env == "dev"'),
        ('var.env == "prod"', 'var.env != "prod"'),
        ('var.env == "prod"', 'var.env != "prod" && var.on'),
        ('(var.env == "prod") || (var.env == "dev")', 'var.env == "test"'),
        ('var.env == "prod" && var.on', "!var.on"),
        ('!(var.env == "prod" || var.on)', "var.on"),
        ("local.prod", 'var.env == "dev"'),
        ("local.not_prod", 'var.env == "prod"'),
        ('terraform.workspace == "prod"', 'local.workspace != "prod"'),
        ("var.n == 1", "var.n == 2"),
        # Nobody knows what it is, but it is the same.
        ('data.aws_region.here.name == "a"', 'data.aws_region.here.name == "b"'),
        ('contains(["a"], var.env)', '!contains(["a"], var.env)'),
    ],
)
def test_these_never_meet(first: str, second: str) -> None:
    one, other, possible = conditions(first, second)
    assert not possible, (one, other)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("var.on", "!var.off"),
        ('var.env == "prod"', "var.on"),
        ('var.env != "prod"', 'var.env != "dev"'),
        # A number is no string: the second one is always true of a number, whatever it is.
        ("var.n == 1", 'var.n != "1"'),
        ("var.on == true", 'var.on != "true"'),
        # It may be null, which is neither.
        ("var.on != true", "var.on != false"),
        # A variable without a type may be "true", which a condition takes for true.
        ("var.loose", "var.loose != true"),
        ('var.env == "prod and dev"', 'var.env != "prod"'),
    ],
)
def test_these_may_meet(first: str, second: str) -> None:
    one, other, possible = conditions(first, second)
    assert possible, (one, other)


MODULE = """
variable "public" { type = bool }
resource "aws_eip" "this" { count = var.public ? 1 : 0 }
"""


def test_a_variable_of_a_module_is_what_its_caller_passes() -> None:
    call = """
variable "public" { type = bool }
module "same" {
  source = "./m"
  public = var.public
}
module "contrary" {
  source = "./m"
  public = !var.public
}
"""
    unit = unit_of({"main.tf": call, "m/main.tf": MODULE})
    found = {each.address: each.conditions for each in unit.resources if each.conditions}
    (same,), (contrary,) = found["module.same.aws_eip.this[0]"], found["module.contrary.aws_eip.this[0]"]
    assert (same.subject, contrary.subject) == ("var.public", "var.public")
    assert not unit.possible((same, contrary))
    assert unit.possible((same, contrary.opposite))


def test_long_conditions_are_told_apart_by_what_is_not_shown_of_them() -> None:
    names = " || ".join(f'var.env == "environment-number-{index}"' for index in range(8))
    one, other, possible = conditions(f'({names} || var.env == "x")', f'!({names} || var.env == "y")')
    assert one.subject != other.subject
    assert possible


def test_items_of_loops_are_told_apart() -> None:
    text = """
resource "aws_eip" "a" {
  for_each = { one = data.http.x.body, two = data.http.y.body }
  domain   = each.value == "open" ? "a" : "b"
}
"""
    unit = unit_of({"main.tf": text})
    guards = [
        guard
        for each in unit.resources
        for when, _ in getattr(each.attributes.entries.get("domain"), "branches", ())[:1]
        for guard in when
    ]
    assert [guard.subject for guard in guards] == ['each.value == "open"'] * 2
    assert unit.possible((guards[0], guards[1].opposite))


GROUP = """
variable "env" { type = string }
resource "aws_db_instance" "main" {
  count             = var.env == "prod" ? 1 : 0
  instance_class    = "db.t3.micro"
  storage_encrypted = var.env != "prod" ? false : true
}
"""


def test_what_contradicts_the_condition_of_a_resource_is_no_finding() -> None:
    rules = [rule for rule in load_rules() if rule.code == "ENC001"]

    def messages(text: str) -> list[str]:
        report = check(MemoryTree({"main.tf": text}), (), Options(rules, load_catalog()))
        return [each.message.partition(" (")[2] for each in report.findings]

    assert messages(GROUP) == []
    assert messages(GROUP.replace('!= "prod" ? false', '== "prod" ? false')) == ['when var.env == "prod")']
