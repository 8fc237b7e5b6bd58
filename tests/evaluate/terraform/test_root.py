"""Resources of units: variables, instances, dynamic blocks, references and provenance."""

from __future__ import annotations

import base64
import gzip

import pytest

from iacreview.evaluate.terraform.configuration import named_directories
from iacreview.evaluate.terraform.values import CutOff
from iacreview.model.guard import spoken
from iacreview.model.provenance import Reference
from iacreview.model.value import Failed, Known, ListValue, MapValue, Unknown, Value
from tests.evaluate.terraform.support import MemoryTree, resources_of, shown, unit_of, value_of


def attribute(files: dict[str, str] | str, address: str, name: str) -> Value:
    return resources_of(files)[address].attributes.entries[name]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"main.tf": 'variable "x" { default = "d" }'}, "d"),
        ({"main.tf": 'variable "x" {}'}, "?"),
        ({"main.tf": 'variable "x" {}', "terraform.tfvars": 'x = "t"'}, "t"),
        ({"main.tf": 'variable "x" {}', "terraform.tfvars": 'x = "t"', "terraform.tfvars.json": '{"x": "j"}'}, "j"),
        ({"main.tf": 'variable "x" {}', "terraform.tfvars": 'x = "t"', "z.auto.tfvars": 'x = "a"'}, "a"),
        ({"main.tf": 'variable "x" {}', "a.auto.tfvars": 'x = "a"', "b.auto.tfvars.json": '{"x": "b${1}"}'}, "b${1}"),
        ({"main.tf": 'variable "x" { default = "d" }', "prod.tfvars": 'x = "p"'}, "d"),
        ({"main.tf": 'variable "x" {\n  type = number\n  default = "22"\n}'}, 22),
        ({"main.tf": 'variable "x" {\n  type = string\n  default = 22\n}'}, "22"),
        ({"main.tf": 'variable "x" {\n  type = list(string)\n  default = [1, true]\n}'}, ["1", "true"]),
        ({"main.tf": 'variable "x" {\n  type = set(string)\n  default = ["b", "a", "b"]\n}'}, ["a", "b"]),
        ({"main.tf": 'variable "x" {\n  type = map(number)\n  default = { a = "1" }\n}'}, {"a": 1}),
        (
            {"main.tf": 'variable "x" {\n  type = object({ a = optional(bool, true), b = string })\n  default = { b = 1, c = 2 }\n}'},
            {"a": True, "b": "1"},
        ),
        ({"main.tf": 'variable "x" {\n  type = list(object({ a = optional(number) }))\n  default = [{}]\n}'}, [{"a": None}]),
        ({"main.tf": 'variable "x" { default = "d" }', "x_override.tf": 'variable "x" { default = "o" }'}, "o"),
        ({"main.tf": "", "x.tofu": 'variable "x" { default = "tofu" }', "x.tf": 'variable "x" { default = "tf" }'}, "tofu"),
        ({"main.tf": "", "v.tf.json": '{"variable": {"x": {"default": "${no}", "type": "string"}}}'}, "${no}"),
    ],
)  # fmt: skip
def test_variables(files: dict[str, str], expected: object) -> None:
    files = {**files, "main.tf": files["main.tf"] + '\nresource "t" "t" {\n  v = var.x\n}\n'}
    assert shown(attribute(files, "t.t", "v")) == expected


def test_a_variables_default_is_named_in_the_provenance() -> None:
    value = attribute(
        'variable "cidr" {\n  default = "0.0.0.0/0"\n}\nresource "t" "t" {\n  v = var.cidr\n}', "t.t", "v"
    )
    assert value.span is not None
    assert (value.span.text, value.span.first) == ("var.cidr", (5, 7))
    assert [step.message for step in value.via] == ["default of var.cidr"]
    assert value.via[0].span is not None
    assert value.via[0].span.text == '"0.0.0.0/0"'
    assert value.references == (Reference("var.cidr"),)


def test_the_way_through_modules_is_named_nearest_first() -> None:
    files = {
        "main.tf": 'variable "c" {}\nmodule "db" {\n  source = "./db"\n  cidr = var.c\n}',
        "terraform.tfvars": 'c = "10.0.0.0/8"',
        "db/main.tf": 'variable "cidr" {}\nresource "t" "t" {\n  v = var.cidr\n}',
    }
    value = attribute(files, "module.db.t.t", "v")
    assert shown(value) == "10.0.0.0/8"
    assert [step.message for step in value.via] == ["module.db passes cidr", "terraform.tfvars sets var.c"]
    assert [str(reference) for reference in value.references] == ["module.db.var.cidr", "var.c"]
    assert [step.span.path for step in value.via if step.span] == ["main.tf", "terraform.tfvars"]


def test_inner_literals_of_structures_keep_their_spans() -> None:
    text = 'variable "l" {\n  default = ["a", "b"]\n}\nresource "t" "t" {\n  v = var.l\n  w = var.l[1]\n}'
    value = attribute(text, "t.t", "v")
    assert isinstance(value, ListValue)
    assert value.span is not None
    assert value.span.text == "var.l"
    assert [item.span.text for item in value.items if item.span] == ['"a"', '"b"']
    single = attribute(text, "t.t", "w")
    assert single.span is not None
    assert single.span.text == "var.l[1]"
    assert single.via[0].span is not None
    assert single.via[0].span.text == '"b"'


@pytest.mark.parametrize(
    ("expression", "target", "expected"),
    [
        ("t.o.arn", Reference("t.o", "arn"), "?"),
        ("t.o.name", None, "bucket"),
        ("t.o.endpoint[0].address", Reference("t.o", "endpoint[0].address"), "?"),
        ("data.d.d.id", Reference("data.d.d", "id"), "?"),
        ("t.c[1].id", Reference("t.c[1]", "id"), "?"),
        ('t.e["k"].id', Reference('t.e["k"]', "id"), "?"),
        ("t.c.0.id", Reference("t.c[0]", "id"), "?"),
        ("one(t.one[*].id)", Reference("t.one[0]", "id"), "?"),
        ('join("", t.one.*.id)', None, "{?}"),
        ('try(t.one[0].id, "")', Reference("t.one[0]", "id"), "?"),
        ("element(t.c[*].id, 3)", Reference("t.c[1]", "id"), "?"),
        ("t.many[3].id", Reference("t.many", "id"), "?"),
        ("t.c[*].name", None, ["c0", "c1"]),
        ("[for k, v in t.e : v.name]", None, ["k"]),
        ("t.none", None, "?"),
        ("t.c[7].id", None, "?"),
        ("length(t.c)", None, 2),
    ],
)  # fmt: skip
def test_references_to_resources(expression: str, target: Reference | None, expected: object) -> None:
    prelude = """
resource "t" "o" { name = "bucket" }
data "d" "d" {}
variable "n" {}
resource "t" "c" {
  count = 2
  name  = "c${count.index}"
}
resource "t" "e" {
  for_each = { k = 1 }
  name     = each.key
}
resource "t" "one" { count = 1 }
resource "t" "many" { count = var.n }
"""
    value = value_of(expression, prelude)
    assert shown(value) == expected
    assert (value.target if isinstance(value, Unknown) else None) == target


@pytest.mark.parametrize(
    ("meta", "prelude", "expected"),
    [
        ("count = 2", "", {"t.x[0]": None, "t.x[1]": None}),
        ("count = 0", "", {}),
        ("count = local.on ? 1 : 0", "locals { on = false }", {}),
        ("count = var.on ? 1 : 0", 'variable "on" { default = false }', {"t.x[0]": "when var.on"}),
        ("count = var.on ? 0 : 1", 'variable "on" { default = true }', {"t.x[0]": "when not (var.on)"}),
        ('count = "${var.on ? 1 : 0}"', 'variable "on" { default = false }', {"t.x[0]": "when var.on"}),
        ('for_each = "${var.on ? { a = 1 } : {}}"', 'variable "on" { default = false }', {'t.x["a"]': "when var.on"}),
        ("count = var.n", 'variable "n" { default = 0 }', {"t.x[0]": "when var.n is not 0"}),
        ("count = var.on ? 1 : 0", 'variable "on" { default = true }', {"t.x[0]": None}),
        ("count = var.on ? 1 : 0", 'variable "on" {}', {"t.x[0]": "when var.on"}),
        ("count = var.on ? 2 : 1", 'variable "on" {}', {"t.x[0]": None, "t.x[1]": "when var.on"}),
        ("count = var.n", 'variable "n" {}', {"t.x": "for each of var.n"}),
        ("count = 10000000", "", {"t.x": "for each of 10000000"}),
        ("for_each = { b = 1, a = 2 }", "", {'t.x["a"]': None, 't.x["b"]': None}),
        ('for_each = toset(["a"])', "", {'t.x["a"]': None}),
        ("for_each = {}", "", {}),
        ("for_each = var.m", 'variable "m" { default = {} }', {"t.x": "for each of var.m"}),
        ("for_each = var.m", 'variable "m" {}', {"t.x": "for each of var.m"}),
        ("for_each = var.on ? { a = 1 } : {}", 'variable "on" {}', {'t.x["a"]': "when var.on"}),
        ("for_each = t.y", 'resource "t" "y" {\n  for_each = { k = 1 }\n}', {'t.x["k"]': None}),
        ("for_each = merge({ a = 1 }, var.m)", 'variable "m" {}', {'t.x["a"]': None, "t.x": "for each of merge({ a = 1 }, var.m)"}),
    ],
)  # fmt: skip
def test_instances(meta: str, prelude: str, expected: dict[str, str | None]) -> None:
    resources = resources_of(f'resource "t" "x" {{\n  {meta}\n}}\n{prelude}')
    found = {
        address: spoken(resource.conditions) or None
        for address, resource in resources.items()
        if address.startswith("t.x")
    }
    assert found == expected


def test_a_modules_arguments_are_not_overridable() -> None:
    files = {
        "main.tf": 'module "m" {\n  source = "./m"\n  on = false\n}\nmodule "n" {\n  source = "./m"\n}',
        "m/main.tf": 'variable "on" { default = false }\nresource "t" "x" {\n  count = var.on ? 1 : 0\n}',
    }
    assert resources_of(files) == {}
    assert list(resources_of(files, "m")) == ["t.x[0]"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("b { x = 1 }\n  b { x = 2 }", [{"x": 1}, {"x": 2}]),
        ('dynamic "b" {\n for_each = [1, 2]\n content {\n x = b.value\n }\n}', [{"x": 1}, {"x": 2}]),
        ('dynamic "b" {\n for_each = { k = 1 }\n iterator = i\n content {\n x = "${i.key}${i.value}"\n }\n}', [{"x": "k1"}]),
        ('dynamic "b" {\n for_each = var.unknown\n content {\n x = b.value\n }\n}', [{"x": "?"}, "..."]),
        ('dynamic "b" {\n for_each = var.none\n content {\n x = b.value\n }\n}', None),
        ('dynamic "b" {\n for_each = var.unknown ? [1] : []\n content {\n x = b.value\n }\n}', [{"x": 1}, "..."]),
        ('b { x = 0 }\n dynamic "b" {\n for_each = [1]\n content {\n c {\n x = b.value\n }\n }\n}', [{"x": 0}, {"c": [{"x": 1}]}]),
    ],
)  # fmt: skip
def test_nested_blocks(body: str, expected: object) -> None:
    prelude = 'variable "unknown" {}\nvariable "none" { default = [] }\n'
    attributes = resources_of(f'{prelude}resource "t" "x" {{\n  {body}\n}}')["t.x"].attributes
    found = attributes.entries.get("b")
    assert (shown(found) if found else None) == expected


def test_a_nested_block_has_its_span_and_those_of_its_keys() -> None:
    block = attribute('resource "t" "x" {\n  b {\n    cidr = 1\n  }\n}', "t.x", "b")
    assert isinstance(block, ListValue)
    inner = block.items[0]
    assert isinstance(inner, MapValue)
    assert inner.span is not None
    assert inner.span.text == "b {\n    cidr = 1\n  }"
    assert inner.keys["cidr"].text == "cidr"


def test_meta_arguments_are_left_out() -> None:
    text = (
        'resource "t" "x" {\n  count = 1\n  depends_on = [t.y]\n  provider = aws.w\n  a = 1\n'
        '  lifecycle {\n    ignore_changes = [a]\n  }\n  provisioner "local-exec" {\n    command = self.ip\n  }\n}'
    )
    assert list(resources_of(text)["t.x[0]"].attributes.entries) == ["a", "provisioner"]


def test_module_instances_outputs_and_conditions() -> None:
    files = {
        "main.tf": """
variable "on" { default = false }
module "db" {
  source   = "./db"
  for_each = { a = 1 }
  name     = each.key
}
module "off" {
  source = "./db"
  count  = var.on ? 1 : 0
  name   = "o"
}
resource "t" "r" {
  v = module.db["a"].arn
  w = module.db["a"].name
  x = [for k, m in module.db : m.name]
}
""",
        "db/main.tf": 'variable "name" {}\nresource "d" "this" {\n  count = 1\n  name = var.name\n}\n'
        'output "arn" {\n  value = d.this[0].arn\n}\noutput "name" {\n  value = d.this[0].name\n}',
    }
    resources = resources_of(files)
    assert list(resources) == ["t.r", 'module.db["a"].d.this[0]', "module.off[0].d.this[0]"]
    assert spoken(resources["module.off[0].d.this[0]"].conditions) == "when var.on"
    arn = resources["t.r"].attributes.entries["v"]
    assert isinstance(arn, Unknown)
    assert arn.target == Reference('module.db["a"].d.this[0]', "arn")
    name = resources["t.r"].attributes.entries["w"]
    assert shown(name) == "a"
    assert name.via[0].message == 'output name of module.db["a"]'
    assert shown(resources["t.r"].attributes.entries["x"]) == ["a"]
    steps = [step.message for step in resources['module.db["a"].d.this[0]'].via]
    assert steps == ['module.db["a"] is called']


def test_a_module_that_is_not_in_the_tree_is_skipped_and_named() -> None:
    unit = unit_of('module "v" {\n  source = "example/network/aws"\n}\nresource "t" "t" {\n  v = module.v.id\n}')
    assert [(skipped.path, skipped.line) for skipped in unit.skipped] == [("main.tf", 1)]
    assert unit.skipped[0].reason == ("module source example/network/aws is not in the tree; run terraform get")
    value = unit.resources[0].attributes.entries["v"]
    assert value.references == (Reference("module.v", "id"),)


@pytest.mark.parametrize(
    ("enabled", "expected"),
    [("false", []), ("true", [""]), ("!true", []), ("var.on", ["var.on"]), ("var.x", ["var.x"]), ("var.given", [])],
)
def test_a_resource_that_is_not_enabled(enabled: str, expected: list[str]) -> None:
    lifecycle = f"{{\n  lifecycle {{\n    enabled = {enabled}\n  }}\n"
    unit = unit_of(
        {
            "main.tf": 'variable "on" { default = false }\nvariable "x" {}\nvariable "given" {}\n'
            f'resource "t" "t" {lifecycle}}}\nmodule "m" {lifecycle}  source = "./m"\n}}\n',
            "m/main.tf": 'resource "t" "u" {}\n',
            "terraform.tfvars": "given = false\n",
        }
    )
    found = [each for each in unit.resources if each.type == "t"]
    assert [each.address for each in found] == (["t.t", "module.m.t.u"] if expected else [])
    assert [guard.subject for each in found for guard in each.conditions] == [each for each in expected if each] * 2


@pytest.mark.parametrize(
    ("type", "body", "asked"),
    [
        ("aws_cloudformation_stack", "<<-E\n    Resources: {}\n  E", True),
        ("aws_cloudformation_stack_set", "jsonencode({ Resources = {} })", True),
        ("aws_cloudformation_stack", 'templatefile("s.yaml", { x = 1 })', True),
        ("aws_cloudformation_stack", "var.body", True),
        ("aws_cloudformation_stack", 'file("s.yaml")', False),
        ("aws_cloudformation_stack", "null", False),
        ("t", "jsonencode({ Resources = {} })", False),
    ],
)
def test_a_template_inside_is_an_open_question(type: str, body: str, asked: bool) -> None:
    text = f'variable "body" {{}}\nresource "{type}" "s" {{\n  template_body = {body}\n}}\n'
    unit = unit_of({"main.tf": text, "s.yaml": "Resources: {}\n# ${x}\n"})
    assert [(each.address, each.span.first.line) for each in unit.open] == ([(f"{type}.s", 3)] if asked else [])


@pytest.mark.parametrize(
    ("type", "argument"),
    [
        ("aws_cloudformation_stack", 'template_url = "https://b.s3.amazonaws.com/t.yaml"'),
        ("aws_cloudcontrolapi_resource", 'desired_state = "{}"'),
        ("aws_servicecatalog_provisioned_product", 'name = "x"'),
    ],
)
def test_what_is_deployed_from_elsewhere_is_an_open_question(type: str, argument: str) -> None:
    unit = unit_of(f'resource "{type}" "s" {{\n  {argument}\n}}\n')
    assert [each.address for each in unit.open] == [f"{type}.s"]


def test_terraform_data_gives_out_what_it_is_given() -> None:
    assert shown(value_of("terraform_data.d.output", 'resource "terraform_data" "d" {\n  input = "x"\n}\n')) == "x"


def test_what_terraform_cannot_get_is_not_asked_for() -> None:
    unit = unit_of('module "v" {\n  source = "./v"\n}\n')
    assert [each.reason for each in unit.skipped] == ["module source ./v is not in the tree"]


@pytest.mark.parametrize(
    ("source", "version", "followed"),
    [
        ("acme/db/aws", "1.2.0", True),
        ("registry.terraform.io/acme/db/aws", "~> 1.1", True),
        ("registry.opentofu.org/acme/db/aws", ">= 1, < 2", True),
        ("acme/db/aws", "", True),
        ("acme/db/aws", "2.0.0", False),
        ("acme/db/aws", "~> 1.1.0", False),
        ("acme/db/aws", "> 1, != 1.2.0", False),
        ("other/db/aws", "1.2.0", False),
        ("acme/db/aws//modules/x", "1.2.0", False),
    ],
)
def test_an_installed_module_is_the_one_that_is_called(source: str, version: str, followed: bool) -> None:
    asked = f'  version = "{version}"\n' if version else ""
    installed = (
        '{"Key":"v","Source":"registry.terraform.io/acme/db/aws","Version":"1.2.0","Dir":".terraform/modules/v"}'
    )
    unit = unit_of(
        {
            "main.tf": f'module "v" {{\n  source = "{source}"\n{asked}}}',
            ".terraform/modules/modules.json": f'{{"Modules":[{installed}]}}',
            ".terraform/modules/v/main.tf": 'resource "t" "t" {}',
        }
    )
    assert [each.address for each in unit.resources] == (["module.v.t.t"] if followed else [])
    assert [" is not the one installed, " in each.reason for each in unit.skipped] == ([] if followed else [True])


@pytest.mark.parametrize(
    ("written", "source", "followed"),
    [
        ("git::https://github.com/acme/db.git?ref=v1", "github.com/acme/db?ref=v1", True),
        ("git::https://github.com/acme/db.git?ref=v1", "github.com/acme/db?ref=v2", False),
        ("git::https://github.com/acme/db.git?ref=v1", "git::ssh://git@github.com/acme/other.git?ref=v1", False),
    ],
)
def test_an_installed_module_of_another_source(written: str, source: str, followed: bool) -> None:
    installed = f'{{"Key":"v","Source":"{written}","Dir":".terraform/modules/v"}}'
    unit = unit_of(
        {
            "main.tf": f'module "v" {{\n  source = "{source}"\n}}',
            ".terraform/modules/modules.json": f'{{"Modules":[{installed}]}}',
            ".terraform/modules/v/main.tf": 'resource "t" "t" {}',
        }
    )
    assert bool(unit.resources) is followed


@pytest.mark.parametrize("source", ['"./${var.kind}"', "local.path", 'join("/", [".", var.kind])'])
def test_sources_of_variables_and_locals_are_followed(source: str) -> None:
    text = 'variable "kind" {\n  default = "m"\n}\nlocals {\n  path = "./m"\n}\n'
    files = {"main.tf": text + f'module "c" {{\n  source = {source}\n}}\n', "m/main.tf": 'resource "t" "r" {}\n'}
    assert "module.c.t.r" in resources_of(files)


def test_installed_modules_are_followed() -> None:
    files = {
        "main.tf": 'module "v" {\n  source = "registry/x/aws"\n}',
        ".terraform/modules/modules.json": '{"Modules":[{"Key":"v","Dir":".terraform/modules/v"}]}',
        ".terraform/modules/v/main.tf": 'resource "t" "t" {}',
    }
    assert list(resources_of(files)) == ["module.v.t.t"]


@pytest.mark.parametrize("source", ["../../outside", "git::https://user:hunter2@example.com/x.git", "./empty"])
def test_a_source_outside_of_the_tree_shows_no_password(source: str) -> None:
    unit = unit_of(f'module "v" {{\n  source = "{source}"\n}}')
    assert len(unit.skipped) == 1
    assert "hunter2" not in unit.skipped[0].reason


@pytest.mark.parametrize(
    "text",
    [
        "locals {\n  a = local.b\n  b = local.a\n}",
        "locals {\n  a = local.a\n}",
        'resource "t" "a" {\n  v = t.b.v\n}\nresource "t" "b" {\n  v = t.a.v\n}\nlocals {\n  a = t.a.v\n}',
        'resource "t" "a" {\n  count = length(t.a)\n}\nlocals {\n  a = t.a[0].v\n}',
    ],
)
def test_cycles_end_in_an_unknown(text: str) -> None:
    assert shown(value_of("local.a", text)) == "?"


def test_long_chains_and_long_cycles_end() -> None:
    chain = "locals {\n" + "".join(f"  l{n} = local.l{n - 1} + 1\n" for n in range(1, 3000)) + "  l0 = 0\n}"
    assert shown(value_of("local.l2999", chain)) == 2999
    cycle = chain.replace("l0 = 0", "l0 = local.l2999")
    assert shown(value_of("local.l2999", cycle)) == "?"


def test_a_module_that_calls_itself_is_a_problem() -> None:
    files = {"main.tf": 'module "a" {\n  source = "./a"\n}', "a/main.tf": 'module "b" {\n  source = "../a"\n}'}
    assert [problem.message for problem in unit_of(files).problems] == ["module b calls itself"]


@pytest.mark.parametrize(
    "text",
    [
        "locals {\n  l0 = [1, 1]\n"
        + "".join(f"  l{n} = [local.l{n - 1}, local.l{n - 1}]\n" for n in range(1, 60))
        + "  a = jsonencode(local.l59)\n  b = length(local.a)\n}",
        'locals {\n  s0 = "xxxxxxxx"\n'
        + "".join(f'  s{n} = "${{local.s{n - 1}}}${{local.s{n - 1}}}"\n' for n in range(1, 60))
        + "  b = length(local.s59)\n}",
        "locals {\n  b = " + "[" * 5000 + "]" * 5000 + "\n}",
        "locals {\n  b = " + "-" * 5000 + "1\n}",
        "locals {\n  b = [for a in range(1000) : [for b in range(1000) : [for c in range(1000) : 1]]]\n}",
        'locals {\n  b = regex("(a*)*(a*)*b", "' + "a" * 3000 + '")\n}',
    ],
    ids=["doubling lists", "doubling strings", "brackets", "signs", "loops", "regex"],
)
def test_hostile_inputs_end(text: str) -> None:
    assert shown(value_of("local.b", text)) == "?"


def test_providers_and_variables_are_resources_of_their_own_modes() -> None:
    unit = unit_of(
        'provider "aws" {\n  region = "r"\n  default_tags {\n    tags = { a = 1 }\n  }\n}\n'
        'provider "aws" {\n  alias = "w"\n}\nvariable "v" {\n  type = list(string)\n  default = []\n  sensitive = true\n}'
    )
    found = {resource.address: (resource.type, resource.mode) for resource in unit.resources}
    assert found == {
        "var.v": ("terraform.variable", "parameter"),
        "provider.aws": ("provider.aws", "provider"),
        "provider.aws.w": ("provider.aws", "provider"),
    }
    entries = {resource.address: shown(resource.attributes) for resource in unit.resources}
    assert entries["var.v"] == {"default": [], "sensitive": True, "type": "list(string)"}
    assert entries["provider.aws"] == {"region": "r", "default_tags": [{"tags": {"a": 1}}]}


NATIVE_BLOCK = 'resource "t" "t" {\n  b {\n    x = 1\n  }\n}'
JSON_BLOCK = '{"resource": {"t": {"t": {"b": [{"x": 2}]}}}}'


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"main.tf": NATIVE_BLOCK, "override.tf.json": JSON_BLOCK}, 2),
        ({"main.tf": NATIVE_BLOCK, "x_override.tf.json": JSON_BLOCK}, 2),
        ({"main.tf.json": JSON_BLOCK, "override.tf": NATIVE_BLOCK}, 1),
        ({"main.tf.json": JSON_BLOCK, "override.tf": NATIVE_BLOCK.replace("  b {", '  dynamic "b" {\n    for_each = [1]\n    content {').replace("  }\n}", "  }\n  }\n}")}, 1),
    ],
)  # fmt: skip
def test_overrides_replace_blocks_of_either_syntax(files: dict[str, str], expected: int) -> None:
    found = attribute(files, "t.t", "b")
    assert [shown(each) for each in found.items] == [{"x": expected}]


def test_overrides_replace_attributes_and_blocks() -> None:
    files = {
        "main.tf": 'resource "t" "t" {\n  a = 1\n  c = 1\n  b {\n    x = 1\n  }\n  b {\n    x = 2\n  }\n}',
        "override.tf": 'resource "t" "t" {\n  a = 2\n  b {\n    x = 3\n  }\n}',
    }
    resource = resources_of(files)["t.t"]
    assert shown(resource.attributes) == {"a": 2, "c": 1, "b": [{"x": 3}]}
    span = resource.attributes.entries["a"].span
    assert span is not None
    assert span.path == "override.tf"


def test_definitions_made_twice_and_syntax_errors_are_problems() -> None:
    unit = unit_of({"main.tf": 'resource "t" "t" {}\nresource "t" "t" {}\n', "b.tf": "x = = 1\n"})
    assert len(unit.problems) == 2
    assert unit.files == ["b.tf", "main.tf"]


def test_unknown_conditions_make_a_choice() -> None:
    prelude = 'variable "p" {}\nvariable "d" { default = true }'
    assert shown(value_of("var.p ? 1 : 2", prelude)) == {"when var.p": 1, "when not (var.p)": 2}
    assert shown(value_of("var.d ? 1 : 2", prelude)) == 1
    assert shown(value_of('upper(var.p ? "a" : "b")', prelude)) == {"when var.p": "A", "when not (var.p)": "B"}
    assert shown(value_of("(var.p ? 1 : 2) + (var.p ? 10 : 20)", prelude)) == {"when var.p": 11, "when not (var.p)": 22}
    assert shown(value_of('"x${var.p ? 1 : 2}"', prelude)) == "x{?}"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('"arn:${var.u}/*"', "arn:{?}/*"),
        ('format("a-%s-%d", var.u, 1)', "a-{?}-1"),
        ('join(",", ["a", var.u])', "a,{?}"),
        ("merge({ a = 1 }, var.u)", {"a": 1, "...": "..."}),
        ('concat(["a"], var.u)', ["a", "..."]),
        ("flatten([[1], [var.u]])", [1, "?", "..."]),
        ('lookup({ a = 1, b = var.u }, "a", 0)', 1),
        ("coalesce(null, var.u)", "?"),
        ("try(var.u, 1)", "?"),
        ("toset([var.u, 1])", [1, "?"]),
        ("[for x in var.u : x]", ["?", "..."]),
        ("jsonencode({ a = var.u })", {"json": {"a": "?"}}),
        ("var.u || true", True),
        ("var.u && false", False),
        ("upper(var.u)", "?"),
        ("timestamp()", "?"),
        ("{ a = 1, (var.u) = 2 }", {"a": 1, "...": "..."}),
        ("length([var.u])", 1),
        ('contains(["a", var.u], "a")', True),
        ('"a-${var.u}" == "b"', False),
        ("provider::aws::arn_parse(var.u)", "?"),
        ('provider::aws::arn_parse("arn:aws:s3:::b/k:1").resource', "b/k:1"),
        ('provider::aws::arn_parse("arn:aws:iam::111122223333:role/r").account_id', "111122223333"),
        ('try(provider::aws::arn_parse("s3:b"), 1)', 1),
        ('provider::aws::arn_build("aws", "s3", "", "", "*")', "arn:aws:s3:::*"),
        ('provider::aws::arn_build("aws", "sns", "eu-west-1", var.u, "t")', "arn:aws:sns:eu-west-1:{?}:t"),
        ('provider::aws::trim_iam_role_path("arn:aws:iam::1:role/a/b/r")', "arn:aws:iam::1:role/r"),
        ('try(provider::aws::trim_iam_role_path("arn:aws:iam::1:user/r"), 1)', 1),
        ("provider::acme::arn_parse(1)", "?"),
        ("try(try(), 1)", 1),
        ("try(try([]...), 1)", 1),
        ("can(can())", False),
        ('ephemeralasnull("a")', "a"),
        ('ephemeralasnull(["a", 1])', ["a", 1]),
        ('yamlencode({ a = var.u, b = ["x"] })', '"a": "{?}"\n"b":\n- "x"\n'),
        ("yamlencode({ a = jsonencode({ b = var.u }) })", '"a": "{\\"b\\":{?}}"\n'),
        ("path.module", "."),
        ("terraform.workspace", "?"),
    ],
)
def test_what_can_be_known_of_partly_known_values(expression: str, expected: object) -> None:
    found = shown(value_of(expression, 'variable "u" {}'))
    if expression.startswith("toset"):
        assert isinstance(found, list)
        found = sorted(found, key=str)
    assert found == expected


def test_files_are_read_through_the_tree() -> None:
    files = {
        "p/policy.json": '{"a": "é"}',
        "p/t.tpl": "x=${x}\n%{ for i in l ~}\n${i}\n%{ endfor ~}\n",
        "p/b/1.txt": "1",
    }
    assert shown(value_of('file("p/policy.json")', files=files)) == '{"a": "é"}'
    assert shown(value_of('file("../../etc/passwd")', files=files)) == "?"
    assert shown(value_of('file("/etc/passwd")', files=files)) == "?"
    assert shown(value_of('fileexists("p/b/1.txt")', files=files)) is True
    for elsewhere in ('fileexists("/etc/passwd")', 'fileexists(".terraform/x")', 'fileexists(pathexpand("~/x"))'):
        assert shown(value_of(elsewhere, files=files)) == "?"
    assert shown(value_of('fileset("p", ".terraform/**")', files=files)) == "?"
    assert shown(value_of('fileset("../..", "*")', files=files)) == "?"
    assert (
        shown(value_of('templatefile("${path.module}/p/t.tpl", { x = 1, l = ["a", "b"] })', files=files))
        == "x=1\na\nb\n"
    )
    assert shown(value_of('fileset("p", "**/*.txt")', files=files)) == ["b/1.txt"]
    assert shown(value_of('length(fileset(".", "p/b/*"))', files=files)) == 1
    assert shown(value_of('filemd5("p/b/1.txt")', files=files)) == "c4ca4238a0b923820dcc509a6f75849b"


@pytest.mark.parametrize(
    "expression",
    [
        'fileexists("none")',
        'fileexists("/etc/passwd")',
        'length(fileset(path.module, ".terraform/**"))',
        'length(fileset(".", "**"))',
        'length(fileset("none", "*"))',
        'pathexpand("~")',
        'ephemeralasnull(sensitive("x"))',
        'abspath("a.txt")',
        'bcrypt("x")',
        'rsadecrypt("x", "y")',
        "uuid()",
        "plantimestamp()",
        "timestamp()",
    ],
)
def test_what_hangs_on_the_place_of_the_run_is_not_known(expression: str) -> None:
    assert shown(value_of(expression, files={"a.txt": ""})) == "?"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('file("a.txt")', "é"),
        ('filebase64("a.txt")', "w6k="),
        ('filemd5("a.txt")', "66ddcd97cfdeabb2f6fb8a999b4bc76f"),
        ('filesha1("a.txt")', "bf15be717ac1b080b4f1c456692825891ff5073d"),
        ('filesha256("a.txt")', "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"),
        ('filebase64sha256("a.txt")', "SplVfkAzw1Od4utlRyAXytX5VX96BiWgnxw/biumnEw="),
        ('substr(filesha512("a.txt"), 0, 12)', "9e2ad28633f2"),
        ('substr(filebase64sha512("a.txt"), 0, 12)', "nirShjPyRFG9"),
    ],
)
def test_hashes_of_files(expression: str, expected: str) -> None:
    assert shown(value_of(expression, files={"a.txt": "é"})) == expected
    assert shown(value_of(expression, files={})) == "?"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('[issensitive(sensitive("x")), issensitive("x")]', [True, False]),
        ('[type("x"), type(1), type(["x"])]', ["string", "number", "tuple"]),
        ('templatestring(local.greeting, { name = "x" })', "?"),
    ],
)
def test_what_the_console_does_not_print(expression: str, expected: object) -> None:
    assert shown(value_of(expression, 'locals {\n  greeting = "hello $${name}"\n}')) == expected


def test_an_unknown_function_is_named() -> None:
    value = value_of('core::flaten(["x"])')
    assert isinstance(value, Failed)
    assert value.reason == "there is no such function; `flatten` is one"


def test_what_gzip_blew_up_is_not_read_to_its_end() -> None:
    data = base64.b64encode(gzip.compress(b"0" * 5_000_000)).decode()
    assert isinstance(value_of(f'base64gunzip("{data}")'), CutOff)


def test_what_is_not_ephemeral_stays() -> None:
    assert shown(value_of('ephemeralasnull({a = ["x"]})')) == {"a": ["x"]}


def test_json_syntax() -> None:
    text = """{
  "//": "a comment",
  "locals": [{"n": "x"}],
  "resource": {
    "aws_s3_bucket": {
      "b": {
        "bucket": "${local.n}-\\"${upper(\\"y\\")}\\"",
        "count": 1,
        "tags": {"a": "b"},
        "dynamic": {"rule": {"for_each": [1, 2], "content": {"id": "${rule.value}"}}},
        "lifecycle": {"prevent_destroy": true}
      }
    }
  }
}"""
    resource = resources_of({"main.tf.json": text})["aws_s3_bucket.b[0]"]
    assert shown(resource.attributes) == {
        "bucket": 'x-"Y"',
        "tags": {"a": "b"},
        "rule": [{"id": 1}, {"id": 2}],
    }
    bucket = resource.attributes.entries["bucket"]
    assert bucket.span is not None
    assert bucket.span.text == '"${local.n}-\\"${upper(\\"y\\")}\\""'
    assert resource.header.text == '"b"'


@pytest.mark.parametrize("text", ["[1]", '{"resource": 1}', "{", '{"resource": {"a": {"b": {"c": "${"}}}}'])
def test_bad_json_syntax_is_a_problem(text: str) -> None:
    assert len(unit_of({"main.tf.json": text}).problems) == 1


def test_directories_that_calls_name() -> None:
    tree = MemoryTree(
        {
            "a/main.tf": 'module "x" {\n  source = "../m"\n}\nmodule "y" {\n  source = "./none"\n}\n# source = "../c"\n',
            "a/j.tf.json": '{"module": {"z": {\n"source": "../j"}}}',
            "m/main.tf": "",
            "j/main.tf.json": "{}",
            "c/main.tf": "",
        }
    )
    assert named_directories(tree, "a") == {"m", "j", "a/none"}


def test_values_from_the_caller_win() -> None:
    from iacreview.evaluate.terraform.root import evaluate_root

    tree = MemoryTree({"main.tf": 'variable "x" { default = 1 }\nresource "t" "t" {\n  v = var.x\n}'})
    unit = evaluate_root(tree, "", {"x": Known(2)})
    assert shown(unit.resources[1].attributes.entries["v"]) == 2
