"""What a bound of ours leaves undecided fails closed: it is SYN001 at its place, never silence and never a mere question."""

from __future__ import annotations

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.options import Options
from iacreview.pipeline import check
from tests.trees import MemoryTree

OPTIONS = Options([rule for rule in load_rules() if rule.code in ("ENC001", "IAM001")], load_catalog())
NAMES = [f"n{number}" for number in range(300)]
VOLUME = 'variable "k" {{}}\nresource "aws_ebs_volume" "v" {{\n  encrypted = {}\n}}\n'
POLICY = 'resource "aws_iam_policy" "p" {{\n  policy = jsonencode({{ Statement = [{{ Effect = "Allow", Resource = "*", Action = {} }}] }})\n}}\n'
TEXTS = ", ".join(f'{name} = "{name}"' for name in NAMES[:20])
TEMPLATE = "Resources:\n  V:\n    Type: AWS::EC2::Volume\n    Properties: {{Encrypted: {}}}\n"


def of_names(template: str, between: str, names: list[str]) -> str:
    return between.join(template.format(name) for name in names)


# Whether an encryption that is not set matters depends on two keys at once, in 81 ways.
CLUSTER = (
    f"Parameters:\n  E: {{Type: String, AllowedValues: [{', '.join(NAMES[:9])}]}}\n"
    f"  M: {{Type: String, AllowedValues: [{', '.join(NAMES[:9])}]}}\nMappings:\n  M:\n"
    + "".join(
        f"    {name}: {{e: {'aurora-mysql' if at else 'mysql'}, m: {'provisioned' if at else 'serverless'}}}\n"
        for at, name in enumerate(NAMES[:9])
    )
    + "Resources:\n  C:\n    Type: AWS::RDS::DBCluster\n    Properties:\n"
    "      Engine: !FindInMap [M, !Ref E, e]\n      EngineMode: !FindInMap [M, !Ref M, m]\n"
)


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("main.tf", VOLUME.format(f"{{ {of_names('{} = false', ', ', NAMES)} }}[var.k]"), 3),
        ("main.tf", VOLUME.format(f"[{of_names('false', ', ', NAMES)}][var.k]"), 3),
        (
            "main.tf",
            'variable "a" {}\nvariable "b" {}\n'
            + f'locals {{\n  m = {{ none = "", {TEXTS} }}\n}}\n'
            + POLICY.format('"${local.m[var.a]}${local.m[var.b]}"'),
            7,
        ),
        (
            "t.yaml",
            "Parameters: {K: {Type: String}}\nMappings:\n  M: {"
            + of_names("{}: {{e: false}}", ", ", NAMES)
            + "}\n"
            + TEMPLATE.format("!FindInMap [M, !Ref K, e]"),
            7,
        ),
        (
            "t.yaml",
            f"Parameters: {{K: {{Type: String, AllowedValues: [{', '.join(NAMES)}]}}}}\n" + TEMPLATE.format("!Ref K"),
            5,
        ),
        ("t.yaml", CLUSTER, 16),
    ],
    ids=["map", "list", "text", "mapping", "allowed values", "ways together"],
)
def test_what_is_cut_off_is_a_finding(path: str, text: str, line: int) -> None:
    report = check(MemoryTree({path: text}), (), OPTIONS)
    (finding,) = report.findings
    assert (finding.rule, finding.span.first.line) == ("SYN001", line)
    assert finding.message.startswith("not reviewed: ")
    assert not report.undecided


def test_what_a_finding_tells_of_is_not_said_to_be_cut_off() -> None:
    report = check(MemoryTree({"t.yaml": CLUSTER + "      StorageEncrypted: false\n"}), (), OPTIONS)
    assert {each.rule for each in report.findings} == {"ENC001"}


def test_conditions_that_are_too_many_to_tell_are_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iacreview.evaluate.solver.MAX_WORK_PER_QUESTION", 3)
    conditions = "Conditions:\n  C: !And [!Equals [!Ref K, a], !Or [!Equals [!Ref L, a], !Equals [!Ref L, b]]]\n"
    head = f"Parameters: {{K: {{Type: String}}, L: {{Type: String}}}}\n{conditions}"
    report = check(MemoryTree({"t.yaml": head + TEMPLATE.format("!If [C, true, true]")}), (), OPTIONS)
    (finding,) = report.findings
    assert finding.rule == "SYN001"
    assert "takes too long to tell" in finding.message


def group(pieces: list[str]) -> str:
    flags = "".join(f'variable "v{number}" {{}}\n' for number in range(len(pieces)))
    networks = ", ".join(pieces)
    rule = f'  from_port = 22\n    to_port = 22\n    protocol = "tcp"\n    cidr_blocks = [{networks}]\n'
    return f'{flags}resource "aws_security_group" "g" {{\n  ingress {{\n  {rule}  }}\n}}\n'


@pytest.mark.parametrize(
    ("pieces", "code"),
    [
        # Each piece small, none of them there by itself: only where all conditions hold is it the Internet.
        ([f'var.v{at} ? "{16 * at}.0.0.0/4" : "10.0.0.0/8"' for at in range(16)], "NET001"),
        (['var.v0 ? "0.0.0.0/2" : "10.0.0.0/8"', 'var.v0 ? "10.0.0.0/8" : "128.0.0.0/2"'], ""),
        ([f'var.v{at} == "a" ? "{8 * at}.0.0.0/5" : "{(8 * at + 136) % 256}.0.0.0/5"' for at in range(15)], "SYN001"),
    ],
    ids=["together", "never together", "too many ways"],
)
def test_networks_that_hang_on_many_conditions(pieces: list[str], code: str) -> None:
    options = Options([rule for rule in load_rules() if rule.code == "NET001"], load_catalog())
    report = check(MemoryTree({"main.tf": group(pieces)}), (), options)
    assert [each.rule for each in report.findings] == [code] * bool(code)
