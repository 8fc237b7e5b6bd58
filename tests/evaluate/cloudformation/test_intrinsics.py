"""Every intrinsic function: short and long, nested, and with what is not known."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from iacreview.model.parts import walk
from iacreview.model.provenance import Reference
from iacreview.model.value import Encoded, Known, Text, Unknown, Value
from tests.evaluate.cloudformation.support import evaluated, resource, shown

HEAD = """
Parameters:
  Env: {Type: String, Default: dev}
  Stage: {Type: String, AllowedValues: [beta, prod]}
  Only: {Type: String, AllowedValues: [one]}
  Open: {Type: String}
  Secret: {Type: String, NoEcho: true}
  Hidden: {Type: String, NoEcho: "true", Default: abc}
  Port: {Type: Number, Default: "22"}
  Flag: {Type: String, Default: true}
  Ids: {Type: CommaDelimitedList, Default: "a, b,c"}
  Ports: {Type: List<Number>, Default: "80,443"}
  OpenIds: {Type: List<AWS::EC2::Subnet::Id>}
  Stored: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /a/b}
Mappings:
  Regions:
    us-east-1: {ami: ami-1, zones: [a, b]}
    eu-west-1: {ami: ami-2}
  Envs:
    dev: {size: small}
    prod: {size: big}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsDev: !Not [!Condition IsProd]
  Always: !Equals [a, a]
  Never: {Fn::Equals: [a, b]}
  NeverStage: !Equals [!Ref Stage, dev]
  AlwaysOnly: !Equals [one, !Ref Only]
  Both: !And [!Condition Always, !Condition IsProd]
  Neither: !And [!Condition Never, !Condition IsProd]
  Either: !Or [!Condition Always, !Condition IsProd]
  Circle: !Not [!Condition Circle]
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  Nested: {Type: AWS::CloudFormation::Stack}
  Tested:
    Type: AWS::Test::Thing
    Properties:
      Value:
        - """


def value(expression: str) -> Value:
    """What an expression evaluates to as the only item of a list; None of it where it is removed."""
    listed = resource(evaluated(HEAD + expression.replace("\n", "\n          ")), "Tested").attributes.entries["Value"]
    return listed.items[0] if listed.items else Known("removed")  # type: ignore[attr-defined]


IS_PROD = ("when IsProd is true", "when IsProd is false")
TABLE: list[tuple[str, Any]] = [
    # Ref
    ("!Ref Env", "dev"),
    ("{Ref: Env}", "dev"),
    ("!Ref Port", "22"),
    ("!Ref Flag", "true"),
    ("!Ref Hidden", "abc"),
    ("!Ref Open", "<parameter Open has no default>"),
    ("!Ref Secret", "<parameter Secret is NoEcho>"),
    ("!Ref Stored", "<parameter Stored is read from SSM at deployment>"),
    ("!Ref Stage", (("when Stage is beta", "beta"), ("when Stage is prod", "prod"))),
    ("!Ref Only", "one"),
    ("!Ref Ids", ["a", "b", "c"]),
    ("!Ref Ports", ["80", "443"]),
    ("!Ref OpenIds", "<parameter OpenIds has no default>"),
    ("!Ref AWS::Region", "<AWS::Region is known at deployment>"),
    ("!Ref AWS::NoValue", "removed"),
    ("!Ref Bucket", "<Bucket.Ref>"),
    ("!Ref Nothing", "<it refers to neither a parameter nor a resource of the template>"),
    ("{Ref: [a]}", {"Ref": ["a"]}),
    ("{Ref: {Fn::Sub: 'B${!}ucket'}}", "<it refers to neither a parameter nor a resource of the template>"),
    ("{Ref: {Fn::Sub: ['${A}et', {A: Buck}]}}", "<Bucket.Ref>"),
    ("{Ref: {Fn::If: [IsProd, Port, Bucket]}}", tuple(zip(IS_PROD, ["22", "<Bucket.Ref>"], strict=True))),
    ("{Ref: {Ref: Open}}", "<Ref needs the name of a parameter or a resource>"),
    ("{Ref: Env, Other: 1}", {"Ref": "Env", "Other": 1}),
    ("{a: !Ref AWS::NoValue, b: 1}", {"b": 1}),
    # Fn::GetAtt
    ("!GetAtt Bucket.Arn", "<Bucket.Arn>"),
    ("!GetAtt [Bucket, Arn]", "<Bucket.Arn>"),
    ("{Fn::GetAtt: [Bucket, Arn]}", "<Bucket.Arn>"),
    ("Fn::GetAtt: Bucket.Arn", "<Bucket.Arn>"),
    ("!GetAtt Nested.Outputs.Url", "<Nested.Outputs.Url>"),
    ("{Fn::GetAtt: [Nested, !Sub 'Outputs.${Env}']}", "<Nested.Outputs.dev>"),
    ("{Fn::GetAtt: [!Join ['', [Buck, et]], Arn]}", "<Bucket.Arn>"),
    ("{Fn::GetAtt: [!Ref Open, Arn]}", "<which resource is meant is known at deployment>"),
    ("!GetAtt Nothing.Arn", "<it refers to a resource that the template does not have>"),
    ("!GetAtt []", "<Fn::GetAtt needs [logical id, attribute]>"),
    # Fn::Sub
    ("!Sub plain", "plain"),
    ("!Sub ''", ""),
    ("!Sub 'x-${Env}-${Port}'", "x-dev-22"),
    ("{Fn::Sub: 'x-${Env}'}", "x-dev"),
    ("!Sub ['${a}-${b}-${Env}', {a: 1, b: !Ref Env}]", "1-dev-dev"),
    ("!Sub ['${Env}', {Env: own}]", "own"),
    ("!Sub '${!Env}-${Env}'", "${Env}-dev"),
    (
        "!Sub 'arn:${AWS::Partition}:s3:::${Bucket}/*'",
        "arn:<AWS::Partition is known at deployment>:s3:::<Bucket.Ref>/*",
    ),
    ("!Sub '${Bucket.Arn}'", "<Bucket.Arn>"),
    ("!Sub '${Bucket.Arn}/*'", "<Bucket.Arn>/*"),
    ("!Sub '${Stage}-${Stage}'", (("when Stage is beta", "beta-beta"), ("when Stage is prod", "prod-prod"))),
    ("!Sub '${AWS::NoValue}x'", "x"),
    ("!Sub '{{resolve:ssm:${Env}}}'", "{{resolve:ssm:dev}}"),
    ("!Sub {a: b}", "<Fn::Sub needs a string, or [string, variables]>"),
    # Fn::Join
    ("!Join [':', [a, b, 1, true]]", "a:b:1:true"),
    ("{Fn::Join: ['', [a, {Ref: Env}]]}", "adev"),
    ("!Join ['', []]", ""),
    ("!Join ['-', !Ref Ids]", "a-b-c"),
    ("!Join [',', !Split ['-', a-b]]", "a,b"),
    ("!Join ['/', [!GetAtt Bucket.Arn, '*']]", "<Bucket.Arn>/*"),
    ("!Join [',', [a, !If [IsProd, b, !Ref AWS::NoValue]]]", tuple(zip(IS_PROD, ["a,b", "a"], strict=True))),
    ("!Join [',', !If [IsProd, [a, b], [c]]]", tuple(zip(IS_PROD, ["a,b", "c"], strict=True))),
    ("!Join [',', !Ref OpenIds]", "<parameter OpenIds has no default>"),
    ("!Join [',', !Split ['.', !Sub 'a.b.${AWS::Region}']]", "a,b,<the rest of the list is not known>"),
    ("!Join [a]", "<Fn::Join needs [delimiter, list]>"),
    # Fn::Select and Fn::Split
    ("!Select [1, [a, b]]", "b"),
    ("!Select ['0', !Ref Ids]", "a"),
    ("{Fn::Select: [2, {Fn::Split: ['.', a.b.c]}]}", "c"),
    ("!Select [5, [a]]", "<the list has no such item>"),
    ("!Select [-1, [a]]", "<the list or the index is not known>"),
    ("!Select [0, !GetAZs '']", "<availability zones are known at deployment>"),
    ("!Select [0, !If [IsProd, [a], [b]]]", tuple(zip(IS_PROD, "ab", strict=True))),
    ("!Select [0, !Cidr [10.0.0.0/16, 2, 8]]", "10.0.0.0/24"),
    ("!Select [1, !Split ['.', !Sub 'a.b.${AWS::Region}']]", "b"),
    ("!Select [2, !Split ['.', !Sub 'a.b.${AWS::Region}']]", "<the rest of the list is not known>"),
    ("!Split [',', 'a,b']", ["a", "b"]),
    ("!Split ['', 'a,b']", "<what is split is not known>"),
    # Fn::FindInMap
    ("!FindInMap [Regions, us-east-1, ami]", "ami-1"),
    ("!FindInMap [Regions, us-east-1, zones]", ["a", "b"]),
    ("{Fn::FindInMap: [Envs, {Ref: Env}, size]}", "small"),
    ("!FindInMap [Envs, us-east-1, size]", "<the mappings do not have this key>"),
    ("!FindInMap [Envs, test, size, {DefaultValue: !Ref Env}]", "dev"),
    ("!FindInMap [Envs, dev, none, {DefaultValue: [1]}]", [1]),
    (
        "!FindInMap [Regions, !Ref AWS::Region, ami, {DefaultValue: x}]",
        (
            ("when AWS::Region is us-east-1", "ami-1"),
            ("when AWS::Region is eu-west-1", "ami-2"),
            ("when not (AWS::Region is us-east-1) and not (AWS::Region is eu-west-1)", "x"),
        ),
    ),
    ("!FindInMap [!Ref AWS::StackName, a, b, {DefaultValue: x}]", "<the key of the mapping is known at deployment>"),
    (
        "!FindInMap [Regions, !Ref AWS::Region, ami]",
        (("when AWS::Region is us-east-1", "ami-1"), ("when AWS::Region is eu-west-1", "ami-2")),
    ),
    (
        "!FindInMap [Envs, !If [IsProd, prod, dev], size]",
        tuple(zip(IS_PROD, ["big", "small"], strict=True)),
    ),
    ("!FindInMap [Envs]", "<Fn::FindInMap needs [mapping, first key, second key]>"),
    # Fn::If
    ("!If [IsProd, a, b]", tuple(zip(IS_PROD, "ab", strict=True))),
    ("{Fn::If: [IsProd, a, b]}", tuple(zip(IS_PROD, "ab", strict=True))),
    ("!If [IsProd, !If [IsProd, a, b], !If [IsProd, c, d]]", tuple(zip(IS_PROD, "ad", strict=True))),
    ("!If [IsProd, !If [IsDev, a, b], !If [IsDev, c, d]]", tuple(zip(IS_PROD, "bc", strict=True))),
    ("!If [IsProd, {a: !Ref AWS::NoValue}, !Ref AWS::NoValue]", tuple(zip(IS_PROD, ({}, None), strict=True))),
    ("!If [Always, a, b]", "a"),
    ("!If [Never, a, b]", "b"),
    ("!If [NeverStage, a, b]", "b"),
    ("!If [AlwaysOnly, a, b]", "a"),
    ("!If [Neither, a, b]", "b"),
    ("!If [Either, a, b]", "a"),
    ("!If [Both, a, b]", (("when Both is true", "a"), ("when Both is false", "b"))),
    ("!If [Circle, a, b]", (("when Circle is true", "a"), ("when Circle is false", "b"))),
    ("!If [Undeclared, a, b]", (("when Undeclared is true", "a"), ("when Undeclared is false", "b"))),
    ("!If [Always, !Ref AWS::NoValue, b]", "removed"),
    ("!If [a, b]", "<Fn::If needs [condition, value if true, value if false]>"),
    # The others
    ("!Base64 text", "text"),
    ("Fn::Base64: !Sub 'export A=${Env}'", "export A=dev"),
    ("{Fn::Base64: {Fn::Join: ['', [a, !Ref Secret]]}}", "a<parameter Secret is NoEcho>"),
    ("!Cidr [10.0.0.0/22, 3, 8]", ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"]),
    ("!Cidr ['2001:db8::/56', 2, 64]", ["2001:db8::/64", "2001:db8:0:1::/64"]),
    ("!Cidr [10.0.0.0/24, 2, 8]", "<Fn::Cidr does not fit its block>"),
    ("!Cidr [!GetAtt Bucket.Arn, 2, 8]", "<known after deployment>"),
    ("!GetAZs us-east-1", "<availability zones are known at deployment>"),
    ("!ImportValue net-vpc", "<exported by another stack as net-vpc>"),
    ("Fn::ImportValue: !Sub '${AWS::StackName}-vpc'", "<exported by another stack>"),
    ("!Transform {Name: AWS::Include, Parameters: {Location: x}}", "<what a macro returns is known at deployment>"),
    ("{Fn::Transform: {Name: M}, a: 1}", {"a": 1, "...": None}),
    ("!Length [a, b]", 2),
    ("Fn::Length: !Ref Ids", 3),
    ("Fn::Length: !Ref OpenIds", "<parameter OpenIds has no default>"),
    ("Fn::ToJsonString: {a: !Ref Env, b: [1]}", ("json", {"a": "dev", "b": [1]})),
    ("!ToJsonString [1]", ("json", [1])),
    ("!Unheard of", "<what this function returns is known at deployment>"),
    ("{Fn::Unheard: of}", "<what this function returns is known at deployment>"),
    ("'{{resolve:secretsmanager:x}}'", "{{resolve:secretsmanager:x}}"),
    ("{Condition: {Bool: {a: b}}}", {"Condition": {"Bool": {"a": "b"}}}),
]


@pytest.mark.parametrize(("expression", "expected"), TABLE)
def test_value(expression: str, expected: Any) -> None:
    assert shown(value(expression)) == expected


def _long(node: yaml.Node) -> Any:
    """A composed YAML node with all short tags written as functions, for JSON."""
    if isinstance(node, yaml.ScalarNode):
        plain: Any = node.value
        if node.tag.startswith("tag:") and not node.tag.endswith("timestamp"):
            plain = yaml.SafeLoader("").construct_object(node)
    elif isinstance(node, yaml.SequenceNode):
        plain = [_long(item) for item in node.value]
    else:
        assert isinstance(node, yaml.MappingNode)
        plain = {key.value: _long(child) for key, child in node.value}
    if not node.tag.startswith("!"):
        return plain
    name = node.tag[1:]
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": plain}


@pytest.mark.parametrize("expression", [expression for expression, _ in TABLE])
def test_json_has_the_same_value_as_yaml(expression: str) -> None:
    text = HEAD + expression
    composed = yaml.compose(text, Loader=yaml.SafeLoader)
    assert composed is not None
    document = json.dumps(_long(composed), indent=1)
    in_yaml, in_json = (resource(evaluated(one), "Tested").attributes for one in (text, document))
    assert shown(in_json) == shown(in_yaml)


def test_a_parameter_stands_where_it_is_used_and_tells_where_it_is_written() -> None:
    for expression, message in (
        ("!Ref Env", "default of parameter Env"),
        ("!Ref Hidden", "default of NoEcho parameter Hidden"),
    ):
        found = value(expression)
        name = expression.removeprefix("!Ref ")
        assert found.span is not None
        assert found.span.text == expression
        (step,) = found.via
        assert step.message == message
        assert step.span is not None
        assert step.span.text in ("dev", "abc")
        assert found.references[0] == Reference(name, "Ref")


def test_steps_and_references_survive_functions() -> None:
    found = value("!Join ['', [!Sub 'x${Env}', !Select [0, !Ref Ids], !FindInMap [Envs, dev, size], !Ref AWS::Region]]")
    assert isinstance(found, Text)
    assert [step.message for step in found.via] == [
        "default of parameter Env",
        "default of parameter Ids",
        "mapping Envs.dev.size",
    ]
    assert [str(reference) for reference in found.references] == ["Env.Ref", "Ids.Ref", "AWS::Region"]
    assert found.span is not None
    assert found.span.text.startswith("!Join ['', [")


def test_a_resource_is_a_target_only_where_it_is_all_of_the_value() -> None:
    whole, part = value("!Sub '${Bucket.Arn}'"), value("!Sub '${Bucket.Arn}/*'")
    assert isinstance(whole, Unknown)
    assert whole.target == Reference("Bucket", "Arn")
    assert part.references == (Reference("Bucket", "Arn"),)


def test_an_encoded_value_keeps_its_structure_with_spans() -> None:
    found = value("!ToJsonString {Action: '*'}")
    assert isinstance(found, Encoded)
    (star,) = (one for one in walk(found) if isinstance(one, Known))
    assert star.span is not None
    assert star.span.text == "'*'"


def test_too_many_combinations_stay_choices_inside_of_the_text() -> None:
    many = ", ".join(f"!If [C{index}, a, b]" for index in range(60))
    found = value(f"!Join ['', [{many}]]")
    assert isinstance(found, Text)
    assert len(found.parts) == 60
