"""Templates to units: resources, parameters, loops, Globals, what is left out and what is wrong."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from cfnlint import decode
from cfnlint.template import Template

from iacreview.engine.load import load_catalog
from iacreview.evaluate.cloudformation.macros import MACRO
from iacreview.model.graph import edges
from iacreview.model.guard import spoken
from iacreview.model.parts import walk
from iacreview.model.provenance import Reference
from iacreview.model.source import Source
from iacreview.model.value import Known, MapValue
from iacreview.parse.data.document import parse_document
from iacreview.parse.data.nodes import DataNode, ListNode, ScalarNode
from iacreview.pipeline import graphs
from tests.evaluate.cloudformation.support import evaluated, resource, shown
from tests.trees import MemoryTree

NETWORK = """\
AWSTemplateFormatVersion: "2010-09-09"
Description: A database behind a security group 😀
Parameters:
  Env: {Type: String, Default: dev, AllowedValues: [dev, prod]}
  Password:
    Type: String
    NoEcho: true
    Default: changeme
Mappings:
  Sizes:
    dev: {Class: db.t3.micro}
    prod: {Class: db.r6g.large}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
Resources:
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: web
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 22, ToPort: "22", CidrIp: 0.0.0.0/0}
        - !If [IsProd, !Ref AWS::NoValue, {IpProtocol: "-1", CidrIp: 10.0.0.0/8}]
  Database:
    Type: AWS::RDS::DBInstance
    Condition: IsProd
    DependsOn: Group
    DeletionPolicy: Snapshot
    Metadata: {Owner: !Ref Env}
    Properties:
      DBInstanceClass: !FindInMap [Sizes, !Ref Env, Class]
      StorageEncrypted: !If [IsProd, true, false]
      MasterUserPassword: !Ref Password
      VPCSecurityGroups: [!GetAtt Group.GroupId]
      DBInstanceIdentifier: !Sub "${AWS::StackName}-${Env}"

# the end
Outputs:
  Address:
    Value: !GetAtt Database.Endpoint.Address
"""

SERVERLESS = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Timeout: 5
    Runtime: python3.12
    Layers: [shared]
    Environment: {Variables: {LEVEL: info, TABLE: !Ref Table}}
  HttpApi:
    FailOnWarnings: true
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 9
      Layers: [own]
      Environment: {Variables: {LEVEL: debug}}
  Table:
    Type: AWS::Serverless::SimpleTable
  Api:
    Type: AWS::Serverless::HttpApi
    Properties: {}
"""

POLICY = json.dumps(
    {
        "Resources": {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]},
                    "Policies": [
                        {"PolicyDocument": {"Statement": {"Action": "*", "Resource": {"Fn::Sub": "${B.Arn}"}}}}
                    ],
                },
            },
            "B": {"Type": "AWS::S3::Bucket"},
        }
    },
    indent=2,
)


@pytest.mark.parametrize("text", [NETWORK, SERVERLESS, POLICY], ids=["network", "serverless", "policy"])
@pytest.mark.usefixtures("without_translator")
def test_the_structure_is_what_another_reader_finds(text: str, tmp_path: Any) -> None:
    path = os.path.join(tmp_path, "template.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    document, matches = decode.decode(path)
    assert matches == []
    structure = json.loads(json.dumps(document))
    # This changes the document: it sorts the operands of Fn::Equals.
    template = Template(path, document, ["us-east-1"])
    unit = evaluated(text)
    found = {one.address: one.type for one in unit.resources if one.mode == "managed"}
    assert found == {name: body["Type"] for name, body in template.get_resources().items()}
    parameters = {one.address.removeprefix("Parameters.") for one in unit.resources if one.mode == "parameter"}
    assert parameters == set(document.get("Parameters", {}))
    source = Source("t", text)
    root, _ = parse_document(source)
    assert root is not None
    assert long_form(root) == structure
    for key in document["Resources"]:
        header = resource(unit, key).header.first
        assert (header.line, header.column) == (key.start_mark.line + 1, key.start_mark.column + 1)


def long_form(node: DataNode) -> Any:
    """A tree with short tags written as functions."""
    plain: Any
    if isinstance(node, ScalarNode):
        plain = node.value
    elif isinstance(node, ListNode):
        plain = [long_form(item) for item in node.items]
    else:
        plain = {name: long_form(child) for name, (_, child) in node.entries.items()}
    if node.tag is None:
        return plain
    name = node.tag[1:]
    if name == "GetAtt" and isinstance(plain, str):
        plain = plain.split(".", 1)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": plain}


def test_a_resource_has_its_parts() -> None:
    database = resource(evaluated(NETWORK), "Database")
    assert database.type == "AWS::RDS::DBInstance"
    assert database.dialect == "cloudformation"
    assert database.header.text == "Database"
    assert database.block.text.startswith("Database:\n    Type: AWS::RDS::DBInstance")
    assert database.block.text.endswith('"${AWS::StackName}-${Env}"')
    assert spoken(database.conditions) == "when IsProd is true"
    assert shown(database.attributes) == {
        "DBInstanceClass": "db.r6g.large",
        "StorageEncrypted": True,
        "MasterUserPassword": "changeme",
        "VPCSecurityGroups": ["<Group.GroupId>"],
        "DBInstanceIdentifier": "<AWS::StackName is known at deployment>-prod",
    }
    assert database.extras is not None
    assert shown(database.extras) == {
        "Condition": "IsProd",
        "DependsOn": "Group",
        "DeletionPolicy": "Snapshot",
        "Metadata": {"Owner": "prod"},
    }
    assert database.attributes.keys["DBInstanceClass"].text == "DBInstanceClass"


def test_a_removed_item_is_null_in_its_branch() -> None:
    group = resource(evaluated(NETWORK), "Group")
    assert shown(group.attributes.entries["SecurityGroupIngress"])[1] == (
        ("when IsProd is true", None),
        ("when IsProd is false", {"IpProtocol": "-1", "CidrIp": "10.0.0.0/8"}),
    )


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_every_value_knows_where_it_is_written(newline: str, start: str) -> None:
    unit = evaluated(start + NETWORK.replace("\n", newline))
    password = resource(unit, "Database").attributes.entries["MasterUserPassword"]
    assert password.span is not None
    assert password.span.text == "!Ref Password"
    assert (password.span.first.line, password.span.first.column) == (32, 27)
    (step,) = password.via
    assert step.span is not None
    assert (step.message, step.span.text, step.span.first.line) == (
        "default of NoEcho parameter Password",
        "changeme",
        8,
    )
    for one in unit.resources:
        assert all(value.span is not None for value in walk(one.attributes))
        assert one.block.covers(one.header)


def test_parameters_are_resources_of_their_own() -> None:
    password = resource(evaluated(NETWORK), "Parameters.Password")
    assert (password.type, password.mode) == ("AWS::CloudFormation::Parameter", "parameter")
    assert shown(password.attributes) == {"Type": "String", "NoEcho": True, "Default": "changeme"}
    assert password.header.text == "Password"


def test_missing_properties_are_empty_and_stand_at_the_header() -> None:
    table = resource(evaluated("Resources:\n  T:\n    Type: AWS::DynamoDB::Table\n"), "T")
    assert isinstance(table.attributes, MapValue)
    assert table.attributes.entries == {}
    assert table.attributes.complete
    assert table.attributes.span == table.header


def test_given_parameters_override_defaults_and_settle_conditions() -> None:
    unit = evaluated(NETWORK, {"Env": Known("prod")})
    database = resource(unit, "Database")
    assert database.conditions == ()
    assert shown(database.attributes.entries["DBInstanceClass"]) == "db.r6g.large"
    assert len(resource(unit, "Group").attributes.entries["SecurityGroupIngress"].items) == 1  # type: ignore[attr-defined]
    gone = evaluated(NETWORK, {"Env": Known("dev")})
    assert [one.address for one in gone.resources if one.mode == "managed"] == ["Group"]
    assert [one.reason for one in gone.skipped] == ["resource Database is never created: its condition is false"]


def test_a_given_value_that_is_itself_a_parameter_settles_nothing() -> None:
    unit = evaluated(NETWORK, {"Env": Known("dev", references=(Reference("Stage", "Ref"),))})
    assert spoken(resource(unit, "Database").conditions) == "when IsProd is true"


@pytest.mark.usefixtures("without_translator")
def test_globals_are_merged_into_the_resources_of_their_type() -> None:
    unit = evaluated(SERVERLESS)
    worker = resource(unit, "Worker").attributes
    assert shown(worker) == {
        "Timeout": 9,
        "Runtime": "python3.12",
        "Layers": ["shared", "own"],
        "Environment": {"Variables": {"LEVEL": "debug", "TABLE": "<Table.Ref>"}},
    }
    assert [step.message for step in worker.entries["Runtime"].via] == ["Globals.Function"]
    assert shown(resource(unit, "Api").attributes) == {"FailOnWarnings": True}
    assert shown(resource(unit, "Table").attributes) == {}


LOOPS = """
Transform: AWS::LanguageExtensions
Parameters:
  Names: {Type: CommaDelimitedList, Default: "alpha, be-ta"}
  Later: {Type: CommaDelimitedList}
Resources:
  Fn::ForEach::Buckets:
    - Name
    - !Ref Names
    - Bucket&{Name}:
        Type: AWS::S3::Bucket
        Properties:
          BucketName: !Sub "x-${Name}-${AWS::Region}"
          Own: !Ref Name
          Other: !GetAtt "Bucket&{Name}.Arn"
          Fn::ForEach::Inner:
            - Key
            - [K1, K2]
            - ${Key}: {Ref: Name}
  Fn::ForEach::Unknown:
    - Name
    - !Ref Later
    - Topic${Name}: {Type: AWS::SNS::Topic}
"""


def test_loops_are_written_out() -> None:
    unit = evaluated(LOOPS)
    found = {one.address: shown(one.attributes) for one in unit.resources if one.mode == "managed"}
    assert found == {
        f"Bucket{name}": {
            "BucketName": f"x-{element}-<AWS::Region is known at deployment>",
            "Own": element,
            "Other": f"<Bucket{name}.Arn>",
            "K1": element,
            "K2": element,
        }
        for name, element in (("alpha", "alpha"), ("beta", "be-ta"))
    }
    assert [(one.reason, one.line) for one in unit.skipped] == [
        ("Fn::ForEach::Unknown: what it repeats is known at deployment", 20)
    ]


def test_what_a_deployment_makes_is_left_open() -> None:
    unit = evaluated(
        "Transform: [AWS::LanguageExtensions, Mine, {Name: AWS::Include}]\n"
        "Resources:\n  Fn::Transform: {Name: M}\n  B: {Type: AWS::S3::Bucket}\n"
        "  M: {Type: My::S3::Bucket::MODULE}\n  S: {Type: AWS::CloudFormation::StackSet}\n"
    )
    assert [(one.address, one.type, one.reason, one.span.first.line) for one in unit.open] == [
        ("Fn::Transform", MACRO, "what a macro adds to the resources is known at deployment", 3),
        ("Mine", MACRO, "what the macro Mine changes is known at deployment", 1),
        ("AWS::Include", MACRO, "what the macro AWS::Include changes is known at deployment", 1),
        ("M", "My::S3::Bucket::MODULE", "what the module deploys is known at deployment", 5),
        ("S", "AWS::CloudFormation::StackSet", "what the stack set deploys is known at deployment", 6),
    ]
    assert unit.skipped == []


@pytest.mark.parametrize(
    ("text", "message", "written"),
    [
        ("AWSTemplateFormatVersion: x\n", "the template has no Resources", "A"),
        ("AWSTemplateFormatVersion: x\nResources: [1]\n", "Resources must be a mapping", "[1]"),
        ("AWSTemplateFormatVersion: x\nResources: {A: 1}\n", "resource A must be a mapping", "A"),
        ("AWSTemplateFormatVersion: x\nResources: {A: {}}\n", "resource A has no Type", "A"),
        ("AWSTemplateFormatVersion: x\nResources: {}\nParameters: {P: 1}\n", "parameter P must be a mapping", "P"),
        ("AWSTemplateFormatVersion: x\nResources: {}\nConditions: a\n", "Conditions must be a mapping", "a"),
    ],
)
def test_what_is_malformed_is_a_problem(text: str, message: str, written: str) -> None:
    (problem,) = evaluated(text).problems
    assert (problem.message, problem.span.text) == (message, written)


THING = "Resources:\n  A:\n    Type: AWS::Test::Thing\n    Properties:\n      P: "


@pytest.mark.parametrize(
    "wrap",
    [
        "{Fn::If: [A, %s, b]}",
        "{Fn::Join: ['', [a, %s]]}",
        "[%s]",
        "{a: %s}",
        "{Fn::Sub: ['${a}', {a: %s}]}",
        "{Fn::Select: [0, [%s]]}",
        "{Fn::Base64: %s}",
        "{Fn::FindInMap: [a, b, c, {DefaultValue: %s}]}",
    ],
)
def test_deep_templates_end(wrap: str) -> None:
    expression = "!Ref Q"
    for _ in range(94 // (wrap.count("[") + wrap.count("{"))):
        expression = wrap.replace("%s", expression)
    head = f"Conditions:\n  A: !Not [!Condition B]\n  B: !Equals [{expression}, !If [A, a, b]]\n"
    assert [one.address for one in evaluated(head + THING + expression).resources] == ["A"]


def _nested(pattern: str, levels: int) -> str:
    expression = "x"
    for _ in range(levels):
        expression = pattern.replace("%s", expression)
    return expression


@pytest.mark.parametrize(
    "text",
    [
        # Each level repeats the one below it twenty times.
        THING + _nested("!Sub ['" + "${a}" * 20 + "', {a: %s}]", 30),
        # Sixty conditions, each made of the two before it.
        "Parameters: {E: {Type: String}}\nConditions:\n  C0: !Equals [!Ref E, a]\n  C1: !Equals [!Ref E, b]\n"
        + "".join(f"  C{i}: !And [!Condition C{i - 1}, !Condition C{i - 2}]\n" for i in range(2, 60))
        + THING
        + "!Join ['', ["
        + ", ".join(f"!If [C{i}, a, b]" for i in range(60))
        + "]]\n",
        # A chain of ten thousand conditions, and one that leads back to itself.
        "Conditions:\n"
        + "".join(f"  C{i}: !Not [!Condition C{i + 1}]\n" for i in range(10_000))
        + THING
        + "!If [C0, a, b]",
        "Conditions: {A: !Not [!Condition B], B: !Or [!Condition A, !Condition B]}\n" + THING + "!If [A, 1, 2]",
        # Ten million resources, were the loops written out.
        "Resources: "
        + "".join(f"{{'Fn::ForEach::L{i}': [I{i}, [a, b, c, d, e, f, g, h, i, j], " for i in range(7))
        + "{'B"
        + "".join(f"${{I{i}}}" for i in range(7))
        + "': {Type: A::B::C}}"
        + "]}" * 7
        + "\nAWSTemplateFormatVersion: x",
    ],
    ids=["sub", "conditions", "chain", "cycle", "loops"],
)
def test_templates_that_multiply_end(text: str) -> None:
    unit = evaluated(text)
    assert len(unit.resources) + len(unit.skipped) > 0
    assert len(unit.resources) < 100_000


def test_resource_attributes_make_edges() -> None:
    text = (
        "Resources:\n  A: {Type: X::Y::Z, DependsOn: B}\n  B: {Type: X::Y::Z, DependsOn: [C, Missing]}\n"
        "  C: {Type: X::Y::Z, UpdatePolicy: {Hook: !Ref D}, Properties: {P: !GetAtt D.Arn}}\n  D: {Type: X::Y::Z}\n"
    )
    (graph,) = graphs(MemoryTree({"t.yaml": text}), (), load_catalog())
    assert [(edge.source, edge.path, edge.target, edge.attribute) for edge in edges(graph)] == [
        ("A", "DependsOn", "B", ""),
        ("B", "DependsOn", "C", ""),
        ("C", "P", "D", "Arn"),
        ("C", "UpdatePolicy.Hook", "D", "Ref"),
    ]


NEVER = """\
Conditions:
  Always: !Equals [a, a]
  Never: !Equals [a, b]
Resources:
  A: {Type: AWS::SNS::Topic, Condition: Always}
  N: {Type: AWS::SNS::Topic, Condition: Never, DependsOn: A}
"""


@pytest.mark.parametrize(
    ("deployed", "expected"), [(True, {"A": None}), (False, {"A": "when Always is true", "N": "when Never is true"})]
)
def test_what_is_never_created_is_in_the_graph_as_it_is_written(
    deployed: bool, expected: dict[str, str | None]
) -> None:
    (graph,) = graphs(MemoryTree({"t.yaml": NEVER}), (), load_catalog(), deployed)
    assert {each.address: spoken(each.conditions) or None for each in graph.resources.values()} == expected
