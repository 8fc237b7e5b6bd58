"""A template that stands inside of a resource is judged where it stands."""

from __future__ import annotations

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.options import Options
from iacreview.pipeline import check
from iacreview.suppress.policy import SuppressionPolicy
from tests.trees import MemoryTree

OPTIONS = Options([rule for rule in load_rules() if rule.code == "ENC001"], load_catalog())
VOLUME = "Resources:\n  V:\n    Type: AWS::EC2::Volume\n    Properties: {Encrypted: !Ref E}\nParameters:\n  E: {Type: String}\n"
JSON = '{"Resources": {"V": {"Type": "AWS::EC2::Volume", "Properties": {"Encrypted": false}}}}'
HCL = 'jsonencode({ Resources = { V = { Type = "AWS::EC2::Volume", Properties = { Encrypted = false } } } })'


def indented(text: str, by: int) -> str:
    return "".join(f"{' ' * by}{line}\n" for line in text.splitlines())


def stack(body: str, type: str = "aws_cloudformation_stack") -> str:
    return f'resource "{type}" "s" {{\n  parameters    = {{ E = "false" }}\n  template_body = {body}\n}}\n'


@pytest.mark.parametrize(
    ("files", "found", "line"),
    [
        ({"main.tf": stack(f"<<-T\n{indented(VOLUME, 4)}  T\n")}, "aws_cloudformation_stack.s.V", 7),
        ({"main.tf": stack(HCL, "aws_cloudformation_stack_set")}, "aws_cloudformation_stack_set.s.V", 3),
        ({"main.tf": stack("local.t") + f"locals {{\n  t = <<T\n{JSON}\nT\n}}\n"}, "aws_cloudformation_stack.s.V", 3),
        (
            {
                "t.yaml": "Resources:\n  S:\n    Type: AWS::CloudFormation::StackSet\n    Properties:\n"
                f"      TemplateBody: |\n{indented(VOLUME.replace('!Ref E', 'false'), 8)}"
            },
            "S.V",
            9,
        ),
        (
            {
                "t.yaml": f"Resources:\n  S: {{Type: AWS::CloudFormation::StackSet, Properties: {{TemplateBody: '{JSON}'}}}}\n"
            },
            "S.V",
            2,
        ),
    ],
)
def test_it_is_judged_where_it_stands(files: dict[str, str], found: str, line: int) -> None:
    report = check(MemoryTree(files), (), OPTIONS)
    (finding,) = report.findings
    assert finding.resource is not None
    assert (finding.resource.address, finding.span.path, finding.span.first.line) == (found, next(iter(files)), line)
    assert not report.undecided


def test_a_template_with_a_hole_is_a_question() -> None:
    text = 'variable "x" {}\n' + stack(f'"{VOLUME.splitlines()[0]}${{var.x}}"')
    report = check(MemoryTree({"main.tf": text}), (), OPTIONS)
    assert [each.rule for each in report.undecided] == ["SYN002"]


def test_a_template_in_a_file_is_judged_once() -> None:
    body = VOLUME.replace("!Ref E", "false")
    report = check(MemoryTree({"main.tf": stack('file("t.yaml")'), "t.yaml": body}), (), OPTIONS)
    assert [each.span.path for each in report.findings] == ["t.yaml"]


def test_a_choice_of_all_properties_is_a_choice_of_each() -> None:
    text = (
        "Parameters: {P: {Type: String}}\nConditions: {C: !Equals [!Ref P, x]}\nResources:\n  V:\n"
        "    Type: AWS::EC2::Volume\n    Properties:\n      Fn::If: [C, {Encrypted: false}, {Size: 1}]\n"
    )
    report = check(MemoryTree({"t.yaml": text}), (), OPTIONS)
    assert ["when C is true" in each.message for each in report.findings] == [True, False]
    assert not report.undecided


IGNORE = '# iacreview:ignore ENC001 reason="a scratch disk"\n'
METADATA = VOLUME.replace(
    "    Properties", "    Metadata: {iacreview: {ignore: [{rule: ENC001, reason: a scratch disk}]}}\n    Properties"
)
SUPPRESSED = {
    "a comment in the text": (stack(f"<<T\n{VOLUME.replace('  V:', f'  {IGNORE}  V:')}T\n"), False),
    "its metadata": (stack(f"<<T\n{METADATA}T\n"), True),
    "a comment at the resource": (IGNORE + stack(f"<<T\n{VOLUME}T\n"), True),
}


@pytest.mark.parametrize(("text", "holds"), SUPPRESSED.values(), ids=SUPPRESSED)
def test_what_suppresses_in_it(text: str, holds: bool) -> None:
    policy = SuppressionPolicy(
        OPTIONS.rules, OPTIONS.rules, "strict", "2026-01-01", inline=True, foreign=True, reasons=True
    )
    options = OPTIONS._replace(suppression=policy)
    report = check(MemoryTree({"main.tf": text}), (), options)
    assert (len(report.findings), len(report.suppressed)) == ((0, 1) if holds else (1, 0))
