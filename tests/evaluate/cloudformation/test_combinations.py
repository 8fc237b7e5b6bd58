"""Choices that meet in one finding: what cannot be together is not reported, what can is, with its conditions."""

from __future__ import annotations

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.model.finding import Report
from iacreview.options import Options
from iacreview.pipeline import check
from tests.trees import MemoryTree

HEAD = """\
Parameters:
  Env: {Type: String, AllowedValues: [dev, stage, prod]}
  Name: {Type: String}
  Flag: {Type: String, AllowedValues: ["true", "false"], Default: "false"}
  Plain: {Type: String, AllowedValues: [yes, no], Default: no}
  Quoted: {Type: String, AllowedValues: ["yes", "no"]}
  Number: {Type: Number, AllowedValues: [1, 2.50]}
  Admin: {Type: String, Default: 0.0.0.0/0}
  Stored: {Type: "AWS::SSM::Parameter::Value<String>", AllowedValues: [/a, /b]}
Mappings:
  ByEnv:
    dev: {open: "yes", cidr: 0.0.0.0/0}
    stage: {open: "no", cidr: 10.0.0.0/8}
    prod: {open: "no", cidr: 10.0.0.0/8}
Conditions:
  IsDev: !Equals [!Ref Env, dev]
  IsProd: !Equals [!Ref Env, prod]
  IsStage: !Equals [!Ref Env, stage]
  NotProd: !Not [!Equals [!Ref Env, prod]]
  DevOrStage: !Or [!Condition IsDev, !Condition IsStage]
  DevAndProd: !And [!Condition IsDev, !Condition IsProd]
  NameA: !Equals [!Ref Name, a]
  NameB: !Equals [!Ref Name, b]
  OpenInMap: !Equals [!FindInMap [ByEnv, !Ref Env, open], "yes"]
  Joined: !Equals [!Join ["-", [!Ref Env, x]], dev-x]
  Composed: !Equals [!Sub "${Name}-${AWS::Region}", a-eu-west-1]
  ComposedOtherwise: !Equals [{"Fn::Sub": "${Name}-${AWS::Region}"}, a-eu-west-2]
  On: !Equals [!Ref Flag, "true"]
  Off: !Equals [!Ref Flag, "false"]
  Restricted: !Not [!Equals [!Ref Admin, 0.0.0.0/0]]
  PlainOn: !Equals [!Ref Plain, yes]
  PlainTrue: !Equals [!Ref Plain, "true"]
  QuotedOn: !Equals [!Ref Quoted, "yes"]
  QuotedTrue: !Equals [!Ref Quoted, yes]
  IsOne: !Equals [!Ref Number, 1]
  IsMore: !Equals [2.50, !Ref Number]
  StoredOpen: !Equals [!Ref Stored, open]
  InEurope: !Equals [!Ref "AWS::Region", eu-west-1]
  InAmerica: !Equals [!Ref "AWS::Region", us-east-1]
Resources:
"""
GROUP = """\
  Group:
    Type: AWS::EC2::SecurityGroup
    {condition}
    Properties:
      GroupDescription: {group}
      SecurityGroupIngress:
        - {{IpProtocol: {protocol}, FromPort: {port}, ToPort: {port}, CidrIp: {cidr}}}
"""


def run(text: str, *codes: str) -> Report:
    rules = [rule for rule in load_rules() if rule.code in codes]
    return check(MemoryTree({"t.yaml": text}), (), Options(rules, load_catalog()))


def conditions(cidr: str, condition: str = "", port: str = "22", protocol: str = "tcp") -> list[str]:
    """The conditions of each finding about a security group's SSH."""
    line = f"Condition: {condition}" if condition else ""
    text = HEAD + GROUP.format(cidr=cidr, condition=line, port=port, protocol=protocol, group="x")
    report = run(text, "NET001")
    assert report.undecided == ()
    return [each.message.partition(" (")[2].rstrip(")") for each in report.findings]


@pytest.mark.parametrize(
    ("cidr", "condition", "when"),
    [
        ("!If [IsDev, 0.0.0.0/0, 10.0.0.0/8]", "IsProd", []),
        ("!If [NameB, 0.0.0.0/0, 10.0.0.0/8]", "NameA", []),
        ("!If [DevOrStage, 10.0.0.0/8, 0.0.0.0/0]", "NotProd", []),
        ("!If [DevAndProd, 0.0.0.0/0, 10.0.0.0/8]", "", []),
        ("!If [IsProd, !If [DevOrStage, 0.0.0.0/0, 10.0.0.0/8], 10.0.0.0/8]", "", []),
        # Booleans of YAML are strings to a parameter.
        ("!If [PlainOn, 0.0.0.0/0, 10.0.0.0/8]", "", ["when PlainOn is true"]),
        ("!If [PlainTrue, 0.0.0.0/0, 10.0.0.0/8]", "PlainOn", ["when PlainOn is true"]),
        ("!If [PlainTrue, 10.0.0.0/8, 0.0.0.0/0]", "PlainOn", []),
        ("!If [QuotedOn, 0.0.0.0/0, 10.0.0.0/8]", "", ["when QuotedOn is true"]),
        ("!If [QuotedTrue, 0.0.0.0/0, 10.0.0.0/8]", "", []),
        ("!If [IsOne, 0.0.0.0/0, 10.0.0.0/8]", "", ["when IsOne is true"]),
        ("!If [IsMore, 0.0.0.0/0, 10.0.0.0/8]", "", ["when IsMore is true"]),
        # What is allowed is the key, not the value.
        ("!If [StoredOpen, 0.0.0.0/0, 10.0.0.0/8]", "", ["when StoredOpen is true"]),
        ("!If [Off, 0.0.0.0/0, 10.0.0.0/8]", "On", []),
        ("!If [InAmerica, 0.0.0.0/0, 10.0.0.0/8]", "InEurope", []),
        ("!If [ComposedOtherwise, 0.0.0.0/0, 10.0.0.0/8]", "Composed", []),
        ("!If [Composed, 0.0.0.0/0, 10.0.0.0/8]", "ComposedOtherwise", []),
        # Through mappings and joined texts.
        ("!If [OpenInMap, 0.0.0.0/0, 10.0.0.0/8]", "IsStage", []),
        ("!If [Joined, 0.0.0.0/0, 10.0.0.0/8]", "IsStage", []),
        ("!If [Joined, 0.0.0.0/0, 10.0.0.0/8]", "OpenInMap", ["when OpenInMap is true"]),
        ("!FindInMap [ByEnv, !Ref Env, cidr]", "IsProd", []),
        ("!FindInMap [ByEnv, !Ref Env, cidr]", "OpenInMap", ["when OpenInMap is true"]),
        ("!FindInMap [ByEnv, !Ref Env, cidr]", "", ["when Env is dev"]),
        ("!FindInMap [ByEnv, !If [IsDev, prod, !Ref Env], cidr]", "", []),
        # A parameter is what a condition says that it is.
        ("!Ref Admin", "IsDev", ["when IsDev is true"]),
        ("!If [Restricted, 10.0.0.0/8, !Ref Admin]", "", ["when Restricted is false"]),
        ("!Sub ['${A}', {A: !If [IsDev, 0.0.0.0/0, 10.0.0.0/8]}]", "IsProd", []),
        (
            "!Sub ['${A}${B}', {A: !If [IsDev, 0.0.0.0, 10.0.0.0], B: !If [IsProd, /0, /8]}]",
            "",
            ["when IsProd is true"],
        ),
        (
            "!Sub ['${A}${B}', {A: !If [On, 0.0.0.0, 10.0.0.0], B: !If [Off, /8, /0]}]",
            "",
            ["when Off is false"],
        ),
    ],
)
def test_conditions_of_one_property(cidr: str, condition: str, when: list[str]) -> None:
    assert conditions(cidr, condition) == when


@pytest.mark.parametrize(
    ("port", "cidr", "when"),
    [
        ("!If [IsDev, 22, 443]", "!If [IsProd, 0.0.0.0/0, 10.0.0.0/8]", []),
        ("!If [IsProd, 443, 22]", "!If [IsProd, 0.0.0.0/0, 10.0.0.0/8]", []),
        ("!If [NotProd, 22, 443]", "!If [IsDev, 0.0.0.0/0, 10.0.0.0/8]", ["when IsDev is true"]),
        ("!If [IsProd, 443, 22]", "0.0.0.0/0", ["when IsProd is false"]),
        ("!If [IsProd, 22, 22]", "0.0.0.0/0", [""]),
        ("!If [Restricted, 22, 443]", "!Ref Admin", []),
        ("!If [Restricted, 443, 22]", "!Ref Admin", ["when Restricted is false"]),
        ("!If [IsProd, !If [NameA, 22, 443], !If [NameA, 22, 80]]", "0.0.0.0/0", ["when NameA is true"]),
    ],
)
def test_choices_of_several_properties(port: str, cidr: str, when: list[str]) -> None:
    assert conditions(cidr, port=port) == when


def test_a_default_where_a_condition_rules_it_out() -> None:
    text = HEAD + GROUP.format(cidr="!Ref Admin", condition="Condition: Restricted", port=22, protocol="tcp", group="x")
    report = run(text, "NET001")
    assert report.findings == ()
    assert [each.reason for each in report.undecided] == ["`CidrIp`: parameter Admin is not its default here"]


STATEMENT = """\
  Policy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: {effect}
            Action: {action}
            Resource: {resource}
"""


@pytest.mark.parametrize(
    ("effect", "action", "resource", "when"),
    [
        ("Allow", "!If [IsProd, 'iam:PassRole', 's3:GetObject']", "!If [IsProd, 'arn:aws:s3:::a', '*']", []),
        ("Allow", "!If [IsProd, 'iam:PassRole', 's3:GetObject']", "!If [IsDev, '*', 'arn:aws:s3:::a']", []),
        ("!If [IsProd, Deny, Allow]", "!If [IsProd, 'iam:PassRole', 's3:GetObject']", "'*'", []),
        ("Allow", "'iam:PassRole'", "!If [IsDev, '*', 'arn:aws:s3:::a']", ["when IsDev is true"]),
        (
            "Allow",
            "!If [IsProd, 's3:GetObject', 'iam:PassRole']",
            "!If [NameA, '*', x]",
            ["when IsProd is false and NameA is true"],
        ),
        (
            "!If [NameA, Allow, Deny]",
            "['iam:PassRole', !If [IsProd, 's3:GetObject', 's3:PutObject']]",
            "['*', !If [IsDev, a, b]]",
            ["when NameA is true"],
        ),
    ],
)
def test_choices_of_several_elements_of_a_statement(effect: str, action: str, resource: str, when: list[str]) -> None:
    report = run(HEAD + STATEMENT.format(effect=effect, action=action, resource=resource), "IAM004")
    assert [each.message.partition(" (")[2].rstrip(")") for each in report.findings] == when


def test_a_rule_that_depends_on_a_choice() -> None:
    text = (
        HEAD
        + """\
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      LoadBalancerArn: x
      Port: !If [IsProd, 443, 80]
      Protocol: !If [IsProd, HTTPS, HTTP]
      SslPolicy: !If [IsProd, ELBSecurityPolicy-2016-08, !Ref AWS::NoValue]
      DefaultActions: [{Type: forward, TargetGroupArn: x}]
"""
    )
    report = run(text, "ENC003")
    assert [each.message.partition(" (")[2].rstrip(")") for each in report.findings] == ["when IsProd is true"]
    assert report.undecided == ()


def test_a_role_in_one_branch() -> None:
    text = (
        HEAD
        + """\
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Code: {ZipFile: x}
      Role: !If [IsProd, !Ref Name, !GetAtt Role.Arn]
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {}
"""
    )
    report = run(text, "LOG005")
    assert [each.message.partition(" (")[2].rstrip(")") for each in report.findings] == ["when IsProd is false"]
    assert [each.reason for each in report.undecided] == ["the role is defined elsewhere"]


NESTING = """\
Parameters:
  Env: {Type: String, AllowedValues: [dev, prod]}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
Resources:
  Stack:
    Type: AWS::CloudFormation::Stack
    Condition: IsProd
    Properties:
      TemplateURL: nested.yaml
      Parameters: {Stage: !Ref Env, Size: !If [IsProd, big, small]}
"""
NESTED = """\
Parameters:
  Stage: {Type: String}
  Size: {Type: String}
Conditions:
  IsDev: !Equals [!Ref Stage, dev]
  IsProd: !Equals [!Ref Stage, prod]
  IsSmall: !Equals [!Ref Size, small]
Resources:
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: x
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: !If [CONDITION, 0.0.0.0/0, 10.0.0.0/8]}
"""


@pytest.mark.parametrize(
    ("condition", "always", "when"),
    [
        ("IsDev", "Condition: IsProd", []),
        ("IsSmall", "Condition: IsProd", []),
        ("IsProd", "Condition: IsProd", ["when IsProd is true"]),
        ("IsDev", "", ["when Stack.IsDev is true"]),
        ("IsSmall", "", ["when Stack.IsSmall is true"]),
    ],
)
def test_conditions_of_a_nested_stack_are_about_what_it_is_given(condition: str, always: str, when: list[str]) -> None:
    files = {
        "t.yaml": NESTING.replace("Condition: IsProd", always) if not always else NESTING,
        "nested.yaml": NESTED.replace("CONDITION", condition),
    }
    rules = [rule for rule in load_rules() if rule.code == "NET001"]
    report = check(MemoryTree(files), (), Options(rules, load_catalog()))
    assert [each.message.partition(" (")[2].rstrip(")") for each in report.findings] == when


def test_a_template_with_sixty_conditions() -> None:
    parameters = "".join(f"  P{n}: {{Type: String, AllowedValues: [a, b]}}\n" for n in range(60))
    declared = "".join(f"  C{n}: !Equals [!Ref P{n}, a]\n" for n in range(60))
    every = ", ".join(f"!Condition C{n}" for n in range(60))
    ports = "".join(
        f"        - {{IpProtocol: tcp, FromPort: !If [C{n}, 22, 443], ToPort: !If [C{n}, 22, 443], "
        f"CidrIp: !If [C{(n + n % 2) % 60}, 0.0.0.0/0, 10.0.0.0/8]}}\n"
        for n in range(60)
    )
    text = (
        f"Parameters:\n{parameters}Conditions:\n{declared}  Every: !And [{every}]\n  None: !Not [!Or [{every}]]\n"
        "Resources:\n  Group:\n    Type: AWS::EC2::SecurityGroup\n    Condition: Every\n    Properties:\n"
        "      GroupDescription: x\n      SecurityGroupIngress:\n" + ports
    )
    report = run(text, "NET001")
    assert {each.message.partition(" (")[2] for each in report.findings} == {"when Every is true)"}
    assert len(report.findings) == 60
    nowhere = run(text.replace("Condition: Every", "Condition: None"), "NET001")
    assert nowhere.findings == ()


ALLOWED = """
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Env: {Type: String, AllowedValues: [dev, "dev and test"]}
  Flag: {Type: String, AllowedValues: ["true", "false"]}
Conditions:
  IsBoth: !Equals [!Ref Env, "dev and test"]
  IsWide: !Equals [!Ref Flag, "true"]
Mappings:
  ByEnv:
    dev: {network: 10.0.0.0}
    "dev and test": {network: 0.0.0.0}
Resources:
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: g
      SecurityGroupIngress:
        - IpProtocol: tcp
          FromPort: !If [IsBoth, 22, 443]
          ToPort: !If [IsBoth, 22, 443]
          CidrIp: !Sub ["${A}/${B}", {A: !FindInMap [ByEnv, !Ref Env, network], B: !If [IsWide, "0", "8"]}]
"""


def test_the_words_of_a_value_are_not_taken_for_conditions() -> None:
    report = check(MemoryTree({"template.yaml": ALLOWED}), (), Options(load_rules(), load_catalog()))
    assert [each.rule for each in report.findings if "tcp 22" in each.message] == ["NET001"]
