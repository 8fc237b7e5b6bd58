"""Nested stacks whose templates are in the tree: their parameters, outputs, conditions, and what cannot be followed."""

from __future__ import annotations

import pytest

from iacreview.discovery import discover
from iacreview.engine.load import load_catalog, load_rules
from iacreview.model.finding import Report
from iacreview.options import Options
from iacreview.pipeline import check
from tests.trees import MemoryTree

PARENT = """\
Parameters:
  Stage: {Type: String, AllowedValues: [prod, dev]}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Storage:
    Type: AWS::CloudFormation::Stack
    %s
    Properties:
      TemplateURL: nested/storage.yaml
      Parameters:
        Encrypted: %s
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      KmsMasterKeyId: !GetAtt Storage.Outputs.Key
"""
CHILD = """\
Parameters:
  Encrypted: {Type: String, Default: "false"}
Resources:
  Volume:
    Type: AWS::EC2::Volume
    Properties:
      AvailabilityZone: a
      Size: 1
      Encrypted: !Ref Encrypted
  Key:
    Type: AWS::KMS::Key
Outputs:
  Key: {Value: !GetAtt Key.Arn}
  Alias: {Value: alias/aws/sns}
"""


def run(files: dict[str, str], *codes: str) -> Report:
    rules = [rule for rule in load_rules() if rule.code in codes]
    return check(MemoryTree(files), (), Options(rules, load_catalog(), profile="strict"))


def found(report: Report) -> list[str]:
    return [f"{each.rule} {each.resource.address if each.resource else each.span.path}" for each in report.findings]


def files(parent: str = "", encrypted: str = "true", child: str = CHILD) -> dict[str, str]:
    return {"stacks/main.yaml": PARENT % (parent, encrypted), "stacks/nested/storage.yaml": child}


def test_a_nested_template_is_reviewed_through_its_parent() -> None:
    discovery = discover(MemoryTree(files()), ())
    assert [target.path for target in discovery.targets] == ["stacks/main.yaml"]


@pytest.mark.parametrize(("encrypted", "findings"), [("true", []), ("'false'", ["ENC001 Storage.Volume"])])
def test_parameters_go_down(encrypted: str, findings: list[str]) -> None:
    report = run(files(encrypted=encrypted), "ENC001")
    assert found(report) == findings
    for finding in report.findings:
        assert finding.span.path == "stacks/nested/storage.yaml"
        assert ("value given to parameter Encrypted", "stacks/main.yaml") in {
            (each.message, each.span.path) for each in finding.related
        }
        assert [each.path for each in finding.blocks] == ["stacks/nested/storage.yaml", "stacks/main.yaml"]


def test_a_choice_of_the_parent_goes_down() -> None:
    (finding,) = run(files(encrypted="!If [IsProd, true, false]"), "ENC001").findings
    assert "when IsProd is false" in finding.message


def test_the_condition_of_the_stack_holds_for_all_of_it() -> None:
    (finding,) = run(files("Condition: IsProd", "false"), "ENC001").findings
    assert "when IsProd is true" in finding.message


def test_outputs_come_up() -> None:
    assert found(run(files(), "ENC004")) == ["ENC004 Storage.Volume"]
    alias = {**files()}
    alias["stacks/main.yaml"] = alias["stacks/main.yaml"].replace("Outputs.Key", "Outputs.Alias")
    report = run(alias, "ENC004")
    assert found(report) == ["ENC004 Topic", "ENC004 Storage.Volume"]
    assert "output Alias of Storage" in {each.message for each in report.findings[0].related}


def test_three_levels_and_two_of_a_kind() -> None:
    middle = "Resources:\n" + "".join(
        f"  {name}:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: ./storage.yaml\n"
        for name in ("One", "Two")
    )
    outer = (
        "Resources:\n  Middle:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: b/middle.yaml}\n"
    )
    report = run({"a.yaml": outer, "b/middle.yaml": middle, "b/storage.yaml": CHILD}, "ENC001")
    assert found(report) == ["ENC001 Middle.One.Volume", "ENC001 Middle.Two.Volume"]
    assert report.units == 1
    assert report.files == 3


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://s3.amazonaws.com/b/t.yaml", "is at a URL"),
        ("!Sub https://${Bucket}/t.yaml", "is at a URL or known at deployment"),
        ("missing.yaml", "cannot be read"),
        ("../../outside.yaml", "is at a URL or known"),
    ],
)
def test_what_cannot_be_followed_is_skipped(url: str, reason: str) -> None:
    parent = f"Parameters:\n  Bucket: {{Type: String}}\nResources:\n  S:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: {url}\n"
    report = run({"main.yaml": parent}, "ENC001")
    assert [each.reason for each in report.skipped if reason in each.reason and each.line == 4]
    assert report.findings == ()


def test_circles_end() -> None:
    one = "Resources:\n  S:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: two.yaml}\n"
    report = run({"one.yaml": one, "two.yaml": one.replace("two", "one")}, "ENC001")
    assert {each.rule for each in report.findings} == {"SYN001"}
    assert any("nests itself" in each.message for each in report.findings)


def test_a_nested_template_that_cannot_be_read() -> None:
    report = run(files(child="Resources: [\n"), "ENC001")
    assert {each.span.path for each in report.findings if each.rule == "SYN001"} == {
        "stacks/main.yaml",
        "stacks/nested/storage.yaml",
    }


def test_a_stack_that_feeds_itself_ends() -> None:
    parent = files()["stacks/main.yaml"].replace("Encrypted: true", "Encrypted: !GetAtt Storage.Outputs.Alias")
    report = run({**files(), "stacks/main.yaml": parent}, "ENC001")
    assert found(report) == []


def test_the_secret_of_a_parameter_that_is_shown() -> None:
    child = (
        "Parameters:\n  Password: {Type: String}\nResources:\n  Db:\n    Type: AWS::RDS::DBInstance\n"
        "    Properties: {MasterUserPassword: !Ref Password, StorageEncrypted: true}\n"
    )
    parent = "Resources:\n  S:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: c.yaml\n"
    assert "SEC006 S.Db" in found(run({"main.yaml": parent, "c.yaml": child}, "SEC006"))


@pytest.mark.parametrize("path", ["stacks/nested/storage.yaml", "stacks/nested"])
@pytest.mark.parametrize(("encrypted", "findings"), [("true", []), ("'false'", ["ENC001 Storage.Volume"])])
def test_a_nested_template_that_is_named_is_reviewed_through_its_parent(
    path: str, encrypted: str, findings: list[str]
) -> None:
    """What is wrong with the parent itself is not what was asked for."""
    rules = [rule for rule in load_rules() if rule.code in ("ENC001", "NET001")]
    tree = {**files(encrypted=encrypted), "stacks/broken.yaml": "Resources: {Type: AWS::X::Y"}
    tree["stacks/main.yaml"] += (
        "  Open:\n    Type: AWS::EC2::SecurityGroup\n"
        "    Properties: {SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 0.0.0.0/0}]}\n"
    )
    assert found(check(MemoryTree(tree), (path,), Options(rules, load_catalog()))) == findings
    assert "NET001 Open" in found(check(MemoryTree(tree), ("stacks",), Options(rules, load_catalog())))


@pytest.mark.parametrize(
    ("parent", "url", "reviewed"),
    [
        ("deploy/main.yaml", "../stacks/storage.yaml", "deploy/main.yaml"),
        ("main.yaml", "stacks/storage.yaml", "main.yaml"),
        ("main.yaml", "https://example.com/storage.yaml", "stacks/storage.yaml"),
    ],
)
def test_parents_are_looked_for_nearby(parent: str, url: str, reviewed: str) -> None:
    tree = {parent: (PARENT % ("", "true")).replace("nested/storage.yaml", url), "stacks/storage.yaml": CHILD}
    discovery = discover(MemoryTree(tree), ("stacks/storage.yaml",))
    assert [target.path for target in discovery.targets] == [reviewed]


def test_a_parent_far_away_is_not_looked_for() -> None:
    """One file is reviewed without reading a large tree."""
    url = "a/b/c/storage.yaml"
    tree = {"main.yaml": (PARENT % ("", "true")).replace("nested/storage.yaml", url), url: CHILD}
    assert [target.path for target in discover(MemoryTree(tree), (url,)).targets] == [url]


def test_the_parents_of_parents() -> None:
    outer = "Resources:\n  Outer:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: main.yaml}\n"
    tree = {**files(encrypted="'false'"), "stacks/outer.yaml": outer}
    rules = [rule for rule in load_rules() if rule.code == "ENC001"]
    report = check(MemoryTree(tree), ("stacks/nested/storage.yaml",), Options(rules, load_catalog()))
    assert found(report) == ["ENC001 Outer.Storage.Volume"]
