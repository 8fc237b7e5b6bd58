"""What conditions say of each other and of the parameters they compare: what cannot be is not reported."""

from __future__ import annotations

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.options import Options
from iacreview.pipeline import check
from tests.trees import MemoryTree

TEMPLATE = """\
Parameters:
  Stage: {{Type: String, AllowedValues: [prod, dev, test]}}
  Region: {{Type: String}}
  Encrypt: {{Type: String, Default: ""}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: !Equals [dev, !Ref Stage]
  NotProd: !Not [!Condition IsProd]
  IsEurope: !Equals [!Ref Region, eu-west-1]
  IsAmerica: !Equals [!Ref Region, us-east-1]
  ProdInEurope: !And [!Condition IsProd, !Condition IsEurope]
  DevOrTest: !Or [!Equals [!Ref Stage, dev], !Equals [!Ref Stage, test]]
  HasEncrypt: !Not [!Equals [!Ref Encrypt, ""]]
Resources:
  V:
    Type: AWS::EC2::Volume
    {condition}
    Properties:
      AvailabilityZone: a
      Size: 1
      Encrypted: {encrypted}
"""


def messages(encrypted: str, condition: str = "") -> list[str]:
    rules = [rule for rule in load_rules() if rule.code == "ENC001"]
    text = TEMPLATE.format(encrypted=encrypted, condition=f"Condition: {condition}" if condition else "")
    report = check(MemoryTree({"t.yaml": text}), (), Options(rules, load_catalog()))
    return [each.message.partition("(")[2].rstrip(")") for each in report.findings]


@pytest.mark.parametrize(
    ("encrypted", "condition", "when"),
    [
        ("!If [IsProd, !If [IsDev, false, true], true]", "", []),
        ("!If [IsProd, !If [NotProd, false, true], true]", "", []),
        ("!If [IsProd, true, !If [NotProd, false, true]]", "", ["when IsProd is false"]),
        ("!If [IsEurope, !If [IsAmerica, false, true], true]", "", []),
        ("!If [IsEurope, true, !If [IsEurope, false, true]]", "", []),
        ("!If [ProdInEurope, !If [IsAmerica, false, true], true]", "", []),
        ("!If [ProdInEurope, !If [IsDev, false, true], true]", "", []),
        ("!If [DevOrTest, !If [IsProd, false, true], true]", "", []),
        ("!If [DevOrTest, true, !If [IsDev, false, true]]", "", []),
        ("!If [IsDev, false, true]", "IsProd", []),
        ("!If [IsDev, false, true]", "DevOrTest", ["when IsDev is true and DevOrTest is true"]),
        ("!If [IsDev, true, !If [IsProd, true, false]]", "", ["when IsDev is false and IsProd is false"]),
        ("!If [HasEncrypt, !Ref Encrypt, true]", "", []),
        ("!If [IsDev, !Sub '${Encrypt}', true]", "", ["when IsDev is true"]),
        ("!If [HasEncrypt, true, !Ref Encrypt]", "", ["when HasEncrypt is false"]),
    ],
)
def test_what_cannot_be(encrypted: str, condition: str, when: list[str]) -> None:
    assert messages(encrypted, condition) == when


def test_a_value_is_what_the_condition_says() -> None:
    text = TEMPLATE.format(encrypted="true", condition="").replace(
        "Size: 1", "Size: 1\n      VolumeType: !If [IsProd, !Ref Stage, x]"
    )
    from iacreview.languages.language import Target
    from iacreview.model.source import Source
    from iacreview.model.value import Choice, Known
    from iacreview.pipeline import evaluate

    unit = evaluate(MemoryTree({}), Target("cloudformation", "t.yaml", Source("t.yaml", text)))
    value = unit.resources[0].attributes.entries["VolumeType"]
    assert isinstance(value, Choice)
    first = value.branches[0][1]
    assert isinstance(first, Known)
    assert first.data == "prod"


RULES = """\
Rules:
  Always:
    Assertions:
      - Assert: !Equals [!Ref Secure, "true"]
      - Assert: {{"Fn::Contains": [[dev, prod], !Ref Stage]}}
  InProd:
    RuleCondition: !Equals [!Ref Stage, prod]
    Assertions:
      - Assert: {{"Fn::Not": [{{"Fn::Contains": [["false", maybe], !Ref Encrypt]}}]}}
        AssertDescription: volumes of production are encrypted
Parameters:
  Secure: {{Type: String, Default: "false"}}
  Stage: {{Type: String, AllowedValues: [prod, dev, test]}}
  Encrypt: {{Type: String, AllowedValues: ["true", "false"]}}
Conditions:
  IsSecure: !Equals [!Ref Secure, "true"]
  IsTest: !Equals [!Ref Stage, test]
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  V: {{Type: AWS::EC2::Volume, Properties: {{AvailabilityZone: a, Encrypted: {encrypted}}}}}
"""


@pytest.mark.parametrize(
    ("encrypted", "when"),
    [
        ("!Ref Secure", []),
        ("!If [IsSecure, true, false]", []),
        ("!If [IsTest, false, true]", []),
        ("!If [IsProd, !Ref Encrypt, true]", []),
        ("!If [IsProd, true, !Ref Encrypt]", ["when Encrypt is false"]),
        ("!Ref Encrypt", ["when Encrypt is false"]),
        ("!If [IsProd, false, true]", ["when IsProd is true"]),
    ],
)
def test_what_rules_assert_cannot_be_otherwise(encrypted: str, when: list[str]) -> None:
    rules = [rule for rule in load_rules() if rule.code == "ENC001"]
    report = check(MemoryTree({"t.yaml": RULES.format(encrypted=encrypted)}), (), Options(rules, load_catalog()))
    assert [each.message.partition("(")[2].rstrip(")") for each in report.findings] == when
