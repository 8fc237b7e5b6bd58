"""Configurations of `terraform_data` alone, which Terraform plans without any provider; by what they show."""

from __future__ import annotations


def data(name: str, value: str, more: str = "") -> str:
    return f'resource "terraform_data" "{name}" {{\n{more}  input = {value}\n}}\n'


INNER = 'variable "x" {\n  default = "inner"\n}\n' + data("d", "var.x") + 'output "o" {\n  value = "out-${var.x}"\n}\n'

CASES: dict[str, dict[str, str]] = {
    "count from a number": {"main.tf": data("a", "count.index", "  count = 3\n")},
    "count of none": {"main.tf": data("a", "1", "  count = 0\n") + data("b", "length(terraform_data.a)")},
    "count from a list": {
        "main.tf": 'variable "names" {\n  default = ["x", "y"]\n}\n'
        + data("a", "var.names[count.index]", "  count = length(var.names)\n")
    },
    "for_each over a set": {"main.tf": data("a", '"${each.key}=${each.value}"', '  for_each = toset(["b", "a"])\n')},
    "for_each over a map": {
        "main.tf": data("a", "[each.key, each.value.n]", "  for_each = { x = { n = 1 }, y = { n = 2 } }\n")
    },
    "for_each over a for expression": {
        "main.tf": data("a", "each.value", '  for_each = { for i, n in ["p", "q"] : n => i if n != "q" }\n')
    },
    "keys with special characters": {
        "main.tf": data("a", "each.key", '  for_each = toset(["a b", "c\\"d", "e/f", "é"])\n')
    },
    "chained for_each": {
        "main.tf": data("a", "each.key", '  for_each = toset(["x", "y"])\n')
        + data("b", '"${each.key}:${each.value.input}"', "  for_each = terraform_data.a\n")
    },
    "splats and one": {
        "main.tf": data("a", "count.index", "  count = 2\n")
        + data("b", "terraform_data.a[*].input")
        + data("c", "1", "  count = 1\n")
        + data("d", "one(terraform_data.c[*].input)")
    },
    "locals in any order": {
        "main.tf": 'locals {\n  c = "${local.b}c"\n  a = "a"\n}\n'
        + data("d", "local.c")
        + 'locals {\n  b = "${local.a}b"\n}\n'
    },
    "a module with its default and with a value": {
        "main.tf": 'module "a" {\n  source = "./m"\n}\nmodule "b" {\n  source = "./m"\n  x = "given"\n}\n'
        + data("o", "[module.a.o, module.b.o]"),
        "m/main.tf": INNER,
    },
    "a module by count and by for_each": {
        "main.tf": 'module "a" {\n  source = "./m"\n  count = 2\n  x = "n${count.index}"\n}\n'
        'module "b" {\n  source = "./m"\n  for_each = { k = "v" }\n  x = each.value\n}\n'
        + data("o", "concat(module.a[*].o, values(module.b)[*].o)")
        + data("p", 'module.b["k"].o'),
        "m/main.tf": INNER,
    },
    "modules in modules": {
        "main.tf": 'module "a" {\n  source = "./one"\n  x = "deep"\n}\n' + data("o", "module.a.o"),
        "one/main.tf": 'variable "x" {}\nmodule "b" {\n  source = "../two"\n  for_each = toset([var.x])\n  x = "${each.key}er"\n}\n'
        'output "o" {\n  value = module.b["deep"].o\n}\n',
        "two/main.tf": INNER,
    },
    "a module that passes a resource whole": {
        "main.tf": 'module "a" {\n  source = "./m"\n}\n' + data("o", "module.a.whole.input.k"),
        "m/main.tf": data("d", '{ k = "v" }') + 'output "whole" {\n  value = terraform_data.d\n}\n',
    },
    "paths": {
        "main.tf": 'module "a" {\n  source = "./m"\n}\n' + data("o", "[path.module, path.root]"),
        "m/main.tf": data("d", "[path.module, path.root]"),
    },
    "files": {
        "main.tf": 'module "a" {\n  source = "./m"\n}\n' + data("o", 'file("${path.module}/x.txt")'),
        "x.txt": "root\n",
        "m/x.txt": "module\n",
        "m/main.tf": data("d", 'trimspace(file("${path.module}/x.txt"))')
        + data("e", 'fileexists("${path.module}/x.txt")'),
    },
    "a template file": {
        "main.tf": data("o", 'templatefile("t.tftpl", { names = ["a", "b"], on = true })'),
        "t.tftpl": "%{ for n in names ~}\n${n}%{ if on }!%{ endif }\n%{ endfor ~}\n",
    },
    "decoded JSON": {"main.tf": data("o", 'jsondecode(file("x.json")).a[1].b'), "x.json": '{"a": [1, {"b": "c"}]}'},
    "a set of files": {
        "main.tf": data("o", 'fileset(path.module, "files/*.txt")'),
        "files/a.txt": "",
        "files/b.txt": "",
        "files/c.md": "",
    },
    "object types with optional attributes": {
        "main.tf": 'variable "o" {\n  type = object({\n    a = string\n    b = optional(number, 5)\n    c = optional(object({ d = optional(bool, true) }), {})\n'
        "    e = optional(list(string))\n  })\n  default = { a = 1, ignored = true }\n}\n" + data("d", "var.o")
    },
    "conversions by type": {
        "main.tf": 'variable "a" {\n  type    = list(string)\n  default = [1, true]\n}\nvariable "b" {\n  type    = map(number)\n  default = { x = "1" }\n}\n'
        'variable "c" {\n  type    = set(string)\n  default = ["z", "a", "z"]\n}\nvariable "d" {\n  type    = bool\n  default = "true"\n}\n'
        'variable "e" {\n  type    = tuple([string, number])\n  default = [1, "2"]\n}\n'
        + data("d", "[var.a, var.b, tolist(var.c), var.d, var.e]")
    },
    "null and nullable": {
        "main.tf": 'module "a" {\n  source = "./m"\n  x = null\n  y = null\n}\n',
        "m/main.tf": 'variable "x" {\n  default = "d"\n}\nvariable "y" {\n  default  = "d"\n  nullable = false\n}\n'
        + data("d", "[var.x == null, var.y]"),
    },
    "files of values": {
        "main.tf": "".join(f'variable "{n}" {{\n  default = "default"\n}}\n' for n in "abcd")
        + data("d", "[var.a, var.b, var.c, var.d]"),
        "terraform.tfvars": 'a = "tfvars"\nb = "tfvars"\nc = "tfvars"\n',
        "terraform.tfvars.json": '{"b": "json", "c": "json"}',
        "a.auto.tfvars": 'c = "auto a"\n',
        "b.auto.tfvars.json": '{"c": "auto b"}',
    },
    "overrides": {
        "main.tf": 'variable "v" {\n  default = 1\n}\nlocals {\n  l = "base"\n}\n'
        + data("d", "[var.v, local.l]")
        + data("e", '"kept"'),
        "override.tf": 'variable "v" {\n  default = 2\n}\n',
        "x_override.tf": 'locals {\n  l = "overridden"\n}\nresource "terraform_data" "e" {\n  triggers_replace = "added"\n}\n',
    },
    "JSON syntax": {
        "main.tf.json": '{"locals": {"a": "x"}, "variable": {"v": {"type": "string", "default": "dv"}},'
        ' "resource": {"terraform_data": {"one": {"input": "${local.a}-${var.v}", "//": "a remark"},'
        ' "two": [{"count": 2, "input": "${count.index}"}]}}, "output": {"o": {"value": "${terraform_data.one.input}"}}}'
    },
    "JSON syntax with lists of blocks": {
        "main.tf.json": '{"locals": [{"a": 1}, {"b": 2}], "resource": [{"terraform_data": [{"one": {"input": "${local.a + local.b}"}}]},'
        ' {"terraform_data": {"two": {"for_each": "${toset([\\"k\\"])}", "input": {"k": "${each.key}"}}}}],'
        ' "module": {"m": {"source": "./m", "x": "given"}}}',
        "m/main.tf": INNER,
    },
    "known after apply": {
        "main.tf": data("a", '"x"')
        + data("b", "terraform_data.a.id")
        + data("c", '{ k = terraform_data.a.id, l = "known" }')
        + data("d", '["${terraform_data.a.id}-suffix", terraform_data.a.input]')
    },
    "conditional resources": {
        "main.tf": 'variable "on" {\n  default = true\n}\n'
        + data("a", "1", "  count = var.on ? 1 : 0\n")
        + data("b", 'try(terraform_data.a[0].input, "none")')
    },
    "a pipeline": {
        "main.tf": 'locals {\n  teams = { red = ["a", "b"], blue = ["c"] }\n  pairs = flatten([for t, us in local.teams : [for u in us : { t = t, u = u }]])\n}\n'
        + data("a", "merge({ z = 1 }, each.value)", '  for_each = { for p in local.pairs : "${p.t}-${p.u}" => p }\n')
        + data("b", 'setproduct(keys(local.teams), ["x", "y"])')
        + data("c", '[for i in range(2) : cidrsubnet("10.0.0.0/8", 8, i)]')
        + data("d", 'lookup(local.teams, "green", "none")')
    },
    "what changes nothing": {
        "main.tf": data("new", '"x"')
        + "moved {\n  from = terraform_data.old\n  to   = terraform_data.new\n}\n"
        + "removed {\n  from = terraform_data.gone\n  lifecycle {\n    destroy = false\n  }\n}\n"
        + 'check "c" {\n  assert {\n    condition     = var.v > 0\n    error_message = "no"\n  }\n}\n'
        + 'variable "v" {\n  default = 1\n  validation {\n    condition     = var.v > 0\n    error_message = "no"\n  }\n}\n'
        + data(
            "p",
            "var.v",
            '  lifecycle {\n    precondition {\n      condition     = var.v > 0\n      error_message = "no"\n    }\n  }\n',
        )
    },
    "sensitive values": {
        "main.tf": 'variable "s" {\n  default   = "x"\n  sensitive = true\n}\n'
        + data("a", "nonsensitive(var.s)")
        + data("b", 'sensitive("y")')
    },
    "depends_on": {"main.tf": data("a", '"x"') + data("b", "1", "  depends_on = [terraform_data.a]\n")},
    "each over a module's output": {
        "main.tf": 'module "a" {\n  source = "./m"\n}\n' + data("b", "each.value", "  for_each = module.a.map\n"),
        "m/main.tf": 'output "map" {\n  value = { k = "v", l = "w" }\n}\n',
    },
}
