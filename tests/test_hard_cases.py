"""Configurations that users of other tools have reported as misjudged."""

from __future__ import annotations

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.options import Options
from iacreview.pipeline import check
from tests.trees import MemoryTree

RULES = {rule.code: rule for rule in load_rules()}

BUCKETS = """\
resource "aws_s3_bucket" "data" {
  for_each = toset(["a", "b"])
  bucket   = "data-${each.key}"
}
resource "aws_s3_bucket_logging" "data" {
  for_each      = aws_s3_bucket.data
  bucket        = each.value.id
  target_bucket = "logs"
  target_prefix = each.key
}
"""
VOLUME = """\
variable "encrypted" {
  type    = bool
  default = false
}
resource "aws_ebs_volume" "v" {
  availability_zone = "a"
  size              = 1
  encrypted         = var.encrypted
}
"""
GROUPS = """\
variable "rules" {
  type = map(object({ port = number, cidrs = optional(list(string), ["10.0.0.0/8"]) }))
  default = {
    ssh  = { port = 22 }
    open = { port = 22, cidrs = ["0.0.0.0/0"] }
  }
}
resource "aws_security_group" "s" {
  dynamic "ingress" {
    for_each = var.rules
    iterator = rule
    content {
      protocol    = "tcp"
      from_port   = rule.value.port
      to_port     = rule.value.port
      cidr_blocks = rule.value.cidrs
    }
  }
}
"""
PIPELINE = """\
locals {
  defaults = { cidrs = ["10.0.0.0/8"] }
  teams    = { red = { ports = [22, 443] }, blue = { ports = [3389], cidrs = ["0.0.0.0/0"] } }
  rules = flatten([
    for name, team in local.teams : [
      for port in team.ports : {
        key = "${name}-${port}", port = port, cidrs = lookup(merge(local.defaults, team), "cidrs", [])
      }
    ]
  ])
}
resource "aws_security_group_rule" "r" {
  for_each          = { for rule in local.rules : rule.key => rule }
  type              = "ingress"
  security_group_id = "sg-1"
  protocol          = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
  cidr_blocks       = each.value.cidrs
}
"""
PRODUCT = """\
locals {
  pairs = setproduct(["22", "443"], ["0.0.0.0/0", "10.0.0.0/8"])
}
resource "aws_security_group_rule" "r" {
  count             = length(local.pairs)
  type              = "ingress"
  security_group_id = "sg-1"
  protocol          = "tcp"
  from_port         = local.pairs[count.index][0]
  to_port           = local.pairs[count.index][0]
  cidr_blocks       = [local.pairs[count.index][1]]
}
"""
TEMPLATE = """\
resource "aws_iam_policy" "p" {
  policy = templatefile("${path.module}/policy.json.tftpl", { actions = ["s3:GetObject", "%s"], bucket = "b" })
}
"""
POLICY = """\
{"Version": "2012-10-17", "Statement": [
%{ for action in actions ~}
  {"Effect": "Allow", "Action": "${action}", "Resource": "arn:aws:s3:::${bucket}/*"},
%{ endfor ~}
  {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}
]}
"""
SUBNET = """\
resource "aws_security_group" "s" {
  ingress {
    protocol    = "tcp"
    from_port   = 22
    to_port     = 22
    cidr_blocks = [for i in range(%s) : cidrsubnet("%s", %s, i)]
  }
}
"""
TERNARY = """\
variable "kms" {}
resource "aws_db_instance" "d" {
  storage_encrypted = var.kms == "" ? true : %s
}
"""
BALANCER = """\
resource "aws_lb" "l" {
  dynamic "access_logs" {
    for_each = %s ? [1] : []
    content {
      enabled = true
      bucket  = "logs"
    }
  }
}
variable "unknown" {}
"""
SIBLINGS = {
    "main.tf": 'module "on" {\n  source = "./m"\n  encrypted = true\n}\nmodule "off" {\n  source = "./m"\n}\n',
    "m/main.tf": VOLUME,
}

MANY = f"""\
locals {{
  names = toset([{", ".join(f'"n{number}"' for number in range(600))}])
}}
resource "aws_ebs_volume" "v" {{
  for_each          = local.names
  availability_zone = "a"
  size              = 1
  encrypted         = each.key != "n599"
}}
"""
NAMED_GROUP = """
variable "name" { default = "orders" }
resource "aws_rds_cluster_parameter_group" "g" {
  name   = var.name
  family = "aurora-postgresql15"
}
resource "aws_rds_cluster" "c" {
  engine                          = "aurora-postgresql"
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.g.name
}
"""

CASES: dict[str, tuple[str, dict[str, str], list[str]]] = {
    "logging by a chained for_each": ("LOG001", {"main.tf": BUCKETS}, []),
    "logging for some of the buckets": (
        "LOG001",
        {
            "main.tf": BUCKETS.replace(
                "= aws_s3_bucket.data\n", '= { for k, b in aws_s3_bucket.data : k => b if k != "b" }\n'
            )
        },
        ['aws_s3_bucket.data["b"]'],
    ),
    "a module with its caller's values": ("ENC001", SIBLINGS, ["module.off.aws_ebs_volume.v"]),
    "a dynamic block over a map of objects": ("NET001", {"main.tf": GROUPS}, ["aws_security_group.s"]),
    "a pipeline that feeds for_each": ("NET001", {"main.tf": PIPELINE}, ['aws_security_group_rule.r["blue-3389"]']),
    "hundreds of keys": ("ENC001", {"main.tf": MANY}, ['aws_ebs_volume.v["n599"]']),
    "setproduct by count": ("NET001", {"main.tf": PRODUCT}, ["aws_security_group_rule.r[0]"]),
    "a policy from a template": ("IAM002", {"main.tf": TEMPLATE % "s3:PutObject", "policy.json.tftpl": POLICY}, []),
    "a bad policy from a template": (
        "IAM002",
        {"main.tf": TEMPLATE % "s3:*", "policy.json.tftpl": POLICY},
        ["aws_iam_policy.p"],
    ),
    "a group whose name an input gives": ("ENC002", {"main.tf": NAMED_GROUP}, ["aws_rds_cluster.c"]),
    "cidrsubnet": ("NET001", {"main.tf": SUBNET % (2, "10.0.0.0/8", 8)}, []),
    "cidrsubnet of everything": ("NET001", {"main.tf": SUBNET % (1, "0.0.0.0/0", 0)}, ["aws_security_group.s"]),
    "both branches are good": ("ENC001", {"main.tf": TERNARY % "true"}, []),
    "one branch is bad": ("ENC001", {"main.tf": TERNARY % "false"}, ["aws_db_instance.d"]),
    "logging in a dynamic block that is not there": ("LOG001", {"main.tf": BALANCER % "false"}, ["aws_lb.l"]),
    "logging in a dynamic block that is": ("LOG001", {"main.tf": BALANCER % "true"}, []),
    "logging in a dynamic block that may be": ("LOG001", {"main.tf": BALANCER % "var.unknown"}, []),
    "a switch that is off by default": (
        "ENC001",
        {
            "main.tf": 'variable "on" {\n  default = false\n}\n'
            + VOLUME.replace("size", "count = var.on ? 1 : 0\n  size").replace("var.encrypted", "false")
        },
        ["aws_ebs_volume.v[0]"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_hard_case(name: str) -> None:
    code, files, wanted = CASES[name]
    report = check(MemoryTree(files), (), Options([RULES[code]], load_catalog(), profile="strict"))
    found = sorted({each.resource.address for each in report.findings if each.resource})
    assert found == wanted


def test_what_may_be_is_undecided() -> None:
    report = check(MemoryTree({"main.tf": BALANCER % "var.unknown"}), (), Options([RULES["LOG001"]], load_catalog()))
    assert [each.resource.address for each in report.undecided] == ["aws_lb.l"]


def test_opentofu_files_stand_in_the_place_of_terraforms() -> None:
    files = {"main.tf": VOLUME, "main.tofu": VOLUME.replace("default = false", "default = true"), "x.tofu.json": "{}"}
    options = Options([RULES["ENC001"]], load_catalog())
    assert check(MemoryTree(files), (), options).findings == ()
    assert len(check(MemoryTree({"main.tofu": VOLUME}), (), options).findings) == 1


def test_modules_in_a_circle_end_with_a_finding() -> None:
    call = 'module "m" {\n  source = "../%s"\n}\n'
    files = {"a/main.tf": call % "b", "b/main.tf": call % "a" + VOLUME}
    found = check(MemoryTree(files), (), Options([RULES["ENC001"]], load_catalog())).findings
    assert "SYN001" in {each.rule for each in found}
    assert any("calls itself" in each.message for each in found)
