"""A template or a module is left to a parent only where an evaluated one really read it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.model.finding import Report
from iacreview.options import Options
from iacreview.pipeline import check
from iacreview.review.comparison import compare
from iacreview.review.sides import Side
from tests.trees import MemoryTree

OPTIONS = Options(load_rules(), load_catalog())
OPEN = """\
Parameters: {Cidr: {Type: String, Default: 0.0.0.0/0}}
Resources:
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: web
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: !Ref Cidr}]
"""
QUEUE = "Resources:\n  Jobs: {Type: AWS::SQS::Queue}\n"
STACK = "  Net: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: %s}}\n"
PARENTS = {
    "comment": f"# AWS::CloudFormation::Stack\n# TemplateURL: child.yaml\n{QUEUE}",
    "description": f"Description: 'AWS::CloudFormation::Stack TemplateURL: child.yaml'\n{QUEUE}",
    "metadata": f"Metadata: {{Of: AWS::CloudFormation::Stack, TemplateURL: child.yaml}}\n{QUEUE}",
    "set": "Resources:\n  Net: {Type: AWS::CloudFormation::StackSet, Properties: {TemplateURL: child.yaml}}\n",
    "never": "Conditions: {No: !Equals [a, b]}\nResources:\n  Net:\n    Type: AWS::CloudFormation::Stack\n"
    "    Condition: No\n    Properties: {TemplateURL: child.yaml}\n",
    "broken": f"Resources:\n{STACK % 'child.yaml'}  Bad: [\n",
    "elsewhere": f"Parameters: {{Location: {{Type: String}}}}\nMetadata: {{Location: child.yaml}}\n"
    f"Resources:\n{STACK % 'https://example.com/other.yaml'}",
}
GROUP = """\
variable "cidr" { default = "0.0.0.0/0" }
resource "aws_security_group" "s" {
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = [var.cidr]
  }
}
"""
CALLS = {
    "comment": '/*\nmodule "m" {\n  source = "./mod"\n}\n*/\nmodule "other" {\n  source = "./else"\n}\n',
    "text": 'locals {\n  t = <<-E\n    module "m" {\n    source = "./mod"\n    }\n  E\n}\n',
    "none": 'module "m" {\n  source = "./mod"\n  count  = 0\n}\n',
    "broken": 'module "m" {\n  source = "./mod"\n  cidr = [\n}\n',
}


def found(report: Report) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(each.rule, each.span.path, each.units) for each in report.findings if each.rule.startswith("NET")]


@pytest.mark.parametrize("paths", [(), ("child.yaml",), ("parent.yaml", "child.yaml")])
@pytest.mark.parametrize("parent", PARENTS.values(), ids=PARENTS)
def test_a_template_that_no_parent_reads_is_judged(parent: str, paths: tuple[str, ...]) -> None:
    tree = MemoryTree({"parent.yaml": parent, "child.yaml": OPEN})
    assert found(check(tree, paths, OPTIONS)) == [("NET001", "child.yaml", ("child.yaml",))]


@pytest.mark.parametrize("paths", [(), ("child.yaml",)])
def test_a_template_that_a_parent_reads_is_judged_there(paths: tuple[str, ...]) -> None:
    tree = MemoryTree({"parent.yaml": f"Resources:\n{STACK % 'child.yaml'}", "child.yaml": OPEN})
    assert found(check(tree, paths, OPTIONS)) == [("NET001", "child.yaml", ("parent.yaml",))]


@pytest.mark.parametrize("paths", [(), ("mod/main.tf",), ("mod",), ("main.tf", "mod/main.tf")])
@pytest.mark.parametrize("caller", CALLS.values(), ids=CALLS)
def test_a_module_that_no_caller_reads_is_judged(caller: str, paths: tuple[str, ...]) -> None:
    tree = MemoryTree({"main.tf": caller, "mod/main.tf": GROUP, "else/main.tf": ""})
    assert [each[:2] for each in found(check(tree, paths, OPTIONS))] == [("NET001", "mod/main.tf")]


def test_what_waits_for_each_other_is_judged_once() -> None:
    link = "Conditions: {No: !Equals [a, b]}\nResources:\n  Next:\n    Type: AWS::CloudFormation::Stack\n"
    link += "    Condition: No\n    Properties: {TemplateURL: %s}\n"
    group = OPEN.partition("Resources:\n")[2]
    tree = MemoryTree({"a.yaml": link % "b.yaml" + group.replace("!Ref Cidr", "0.0.0.0/0"), "b.yaml": link % "a.yaml"})
    assert found(check(tree, (), OPTIONS)) == [("NET001", "a.yaml", ("a.yaml",))]


def changed(base: Mapping[str, str], head: Mapping[str, str]) -> list[tuple[str, str, str | None]]:
    paths = {path for path in base.keys() | head.keys() if base.get(path) != head.get(path)}
    report = compare(Side(MemoryTree(base), "base"), Side(MemoryTree(head), "head"), paths, (), OPTIONS)
    return [(each.rule, each.span.path, each.status) for each in report.findings if each.rule.startswith("NET")]


@pytest.mark.parametrize("parent", PARENTS.values(), ids=PARENTS)
def test_a_change_cannot_hide_a_template_behind_a_mention(parent: str) -> None:
    introduced = [("NET001", "child.yaml", "introduced")]
    assert changed({"parent.yaml": QUEUE}, {"parent.yaml": parent, "child.yaml": OPEN}) == introduced
    assert changed({"parent.yaml": parent}, {"parent.yaml": parent, "child.yaml": OPEN}) == introduced


@pytest.mark.parametrize("caller", CALLS.values(), ids=CALLS)
def test_a_change_cannot_hide_a_module_behind_a_mention(caller: str) -> None:
    other = {"else/main.tf": ""}
    head = {"main.tf": caller, "mod/main.tf": GROUP, **other}
    assert changed({"main.tf": "", **other}, head) == [("NET001", "mod/main.tf", "introduced")]
    assert changed({"main.tf": caller, **other}, head) == [("NET001", "mod/main.tf", "introduced")]


def test_what_an_unchanged_parent_reads_stays_its_own() -> None:
    stacks = {"one.yaml": f"Resources:\n{STACK % 'child.yaml'}", "two.yaml": f"Resources:\n{STACK % 'child.yaml'}"}
    base = {**stacks, "child.yaml": OPEN}
    assert changed(base, {**base, "one.yaml": f"# child.yaml\n{QUEUE}"}) == [("NET001", "child.yaml", "fixed")]
