"""Terraform's conditions are compared by what they mean: what contradicts each other does not meet."""

from __future__ import annotations

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.model.guard import Guard, spoken
from iacreview.model.value import Choice, Known, ListValue, Text, Unknown, Value
from iacreview.options import Options
from iacreview.pipeline import check
from tests.evaluate.terraform.support import shown, unit_of, value_of
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


FLAGS = """
variable "public" {
  type    = bool
  default = false
}
variable "closed" {
  type    = bool
  default = true
}
variable "level" {
  type    = string
  default = "none"
}
variable "rules" {
  default = []
}
locals {
  open = var.public
}
"""


@pytest.mark.parametrize(
    ("existence", "value", "expected"),
    [
        # Where it exists, the flag that makes it is what makes it.
        ("count = var.public ? 1 : 0", "var.public", True),
        ("count = var.public ? 1 : 0", "!var.public", False),
        ("count = var.public ? 1 : 0", "local.open", True),
        ("count = local.open ? 1 : 0", "var.public", True),
        ("count = var.closed ? 0 : 1", "var.closed", False),
        ('for_each = var.public ? toset(["a"]) : toset([])', "var.public", True),
        ('count = var.level == "all" ? 1 : 0', "var.level", "all"),
        ('count = var.level == "all" ? 1 : 0', 'var.level == "all" ? "x" : "y"', "x"),
        # What the flag says nothing of keeps its default.
        ("count = var.public ? 1 : 0", "var.closed", True),
        # What cannot be its default is not known.
        ('count = var.level != "none" ? 1 : 0', "var.level", "var.level is not its default here"),
        (
            "count = length(var.rules)",
            "var.rules[count.index]",
            "var.rules[count.index] is not what the defaults make of it here",
        ),
    ],
)
def test_what_makes_a_resource_holds_in_it(existence: str, value: str, expected: object) -> None:
    unit = unit_of({"main.tf": f'{FLAGS}resource "aws_eip" "x" {{\n  {existence}\n  domain = {value}\n}}\n'})
    (resource,) = [each for each in unit.resources if each.type == "aws_eip"]
    found = resource.attributes.entries["domain"]
    assert getattr(found, "data", getattr(found, "reason", None)) == expected


def test_what_a_caller_assumes_holds_in_the_module() -> None:
    module = 'variable "on" { type = bool }\nresource "aws_eip" "this" { domain = var.on }\n'
    call = 'module "m" {\n  source = "./m"\n  count = var.public ? 1 : 0\n  on = local.open\n}\n'
    unit = unit_of({"main.tf": FLAGS + call, "m/main.tf": module})
    (resource,) = [each for each in unit.resources if each.type == "aws_eip"]
    assert getattr(resource.attributes.entries["domain"], "data", None) is True


@pytest.mark.parametrize("given", ["all_off = true", "all_off = false\nkeys_off = true"])
def test_what_is_given_is_nobody_elses_choice(given: str) -> None:
    root = (
        'variable "all_off" { default = false }\nvariable "keys_off" { default = false }\n'
        'module "m" {\n  source = "./m"\n  off = var.all_off || var.keys_off\n}\n'
    )
    module = 'variable "off" {}\nresource "aws_eip" "x" { count = var.off ? 0 : 1 }\n'
    unit = unit_of({"main.tf": root, "m/main.tf": module, "terraform.tfvars": given})
    found = [each.conditions for each in unit.resources if each.type == "aws_eip"]
    assert found == ([] if given.startswith("all_off = true") else found)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("{ a = 1, b = 2 }[var.env]", {"when var.env is a": 1, "when var.env is b": 2}),
        ("[1, 2][var.n]", {"when var.n is 0": 1, "when var.n is 1": 2}),
        ("[1][var.n]", 1),
        ("lookup({ a = 1 }, var.env, 3)", {"when var.env is a": 1, "when not (var.env is a)": 3}),
        ("element([1, 2], var.n)", {"when var.n % 2 is 0": 1, "when var.n % 2 is 1": 2}),
        ("try(var.loose.x, 4)", {"when can(var.loose.x)": "?", "when not (can(var.loose.x))": 4}),
        ("try(var.env, 4)", "?"),
        ('coalesce(var.env, "d")', {"when var.env is set": "?", "when not (var.env is set)": "d"}),
    ],
)
def test_what_a_key_that_is_not_known_selects(expression: str, expected: object) -> None:
    def plain(value: Value) -> object:
        return "?" if isinstance(value, Unknown) else getattr(value, "data", value)

    value = value_of(expression, VARIABLES)
    if isinstance(value, Choice):
        assert {spoken(when): plain(branch) for when, branch in value.branches} == expected
    else:
        assert plain(value) == expected


TEXTS = [
    ('chomp("a${var.env}b\\n")', ["a", "?", "b"]),
    ('trimspace("  a${var.env}")', ["a", "?"]),
    ('indent(1, "a\\n${var.env}")', ["a\n ", "?"]),
    ('upper("a${var.env}b")', ["A", "?", "B"]),
    ('replace("a-${var.env}-b", "-", "+")', ["a+", "?", "+b"]),
    # What is left of a hole is not known where the function has cut it off.
    ('substr("abc${var.env}", 0, 2)', ["ab", "?"]),
    ('regex("a+", "aa${var.env}")', ["aa", "?"]),
    ('base64decode(base64encode("a${var.env}"))', ["a", "?"]),
    ('join("-", concat(["a"], var.list))', ["a-", "?"]),
]


@pytest.mark.parametrize(("expression", "expected"), TEXTS)
def test_functions_keep_what_is_known_of_a_text(expression: str, expected: list[str]) -> None:
    value = value_of(expression, VARIABLES + 'variable "list" {}\n')
    assert isinstance(value, Text)
    assert "".join(str(part.data) if isinstance(part, Known) else "?" for part in value.parts) == "".join(expected)


def test_a_split_text_is_known_but_for_its_holes() -> None:
    value = value_of('split(",", "a,b${var.env},c")', VARIABLES)
    assert isinstance(value, ListValue)
    assert not value.complete
    assert [item.data if isinstance(item, Known) else "?" for item in value.items] == ["a", "?", "c"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('var.on ? { open = var.on } : { open = true }', {"when var.on": True, "when not (var.on)": True}),
        ('var.env == "prod" ? [local.by_env] : ["x"]', {'when var.env == "prod"': ["a"], 'when not (var.env == "prod")': ["x"]}),
    ],
)  # fmt: skip
def test_the_condition_holds_in_its_branches(expression: str, expected: dict[str, object]) -> None:
    text = 'variable "on" {\n  type = bool\n}\nvariable "env" {\n  type = string\n}\n'
    text += 'locals {\n  by_env = { prod = "a", dev = "b" }[var.env]\n}\n'
    text += f'resource "t" "r" {{\n  v = {expression}\n}}\n'
    (resource,) = (each for each in unit_of({"main.tf": text}).resources if each.mode == "managed")
    value = resource.attributes.entries["v"]
    assert isinstance(value, Choice)
    found = {spoken(when): shown(branch) for when, branch in value.branches}
    assert {key: each["open"] if isinstance(each, dict) else each for key, each in found.items()} == expected


@pytest.mark.parametrize(
    ("meta", "asked"),
    [
        ("count = length(var.rules)", False),
        ("for_each = { for each in var.rules : each => each }", False),
        ("count = var.open", True),
        ("for_each = toset(var.open)", True),
    ],
)
def test_what_is_not_made_by_default_leaves_no_question_open(meta: str, asked: bool) -> None:
    text = 'variable "rules" {\n  default = []\n}\nvariable "open" {}\n'
    text += f'resource "aws_db_instance" "d" {{\n  {meta}\n  storage_encrypted = try(each.value, var.open)\n}}\n'
    rules = [rule for rule in load_rules() if rule.code == "ENC001"]
    assert bool(check(MemoryTree({"main.tf": text}), (), Options(rules, load_catalog())).undecided) is asked
