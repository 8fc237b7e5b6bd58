"""Which files are templates, among all the YAML and JSON that a repository has."""

from __future__ import annotations

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.options import Options
from iacreview.pipeline import check, graphs
from tests.trees import MemoryTree

TEMPLATE = "Resources:\n  B: {Type: AWS::EC2::Volume, Properties: {AvailabilityZone: a, Encrypted: false}}\n"

OTHERS = {
    "serverless.yml": "service: x\nprovider: {name: aws}\nresources:\n  Resources:\n    B:\n      Type: AWS::S3::Bucket\n",
    "stack-crd.yaml": "kind: Stack\nspec:\n  template: |\n    AWSTemplateFormatVersion: '2010-09-09'\n    Resources: {}\n",
    "playbook.yml": "- hosts: all\n  tasks:\n  - template_body: |\n      Resources:\n        B: {Type: AWS::S3::Bucket}\n",
    "compose.yml": "services: {a: {ports: ['22:22']}}\nResources: none\nx-note: {Type: AWS::S3::Bucket}\n",
    "event.json": '{"body": {"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}}',
    "first-key.json": '{"PropertyTypes": {"Resources": {"Type": "AWS::S3::Bucket"}}}',
    "schema.json": '{"properties": {"AWSTemplateFormatVersion": {}, "Resources": {}}}',
}
UNREADABLE = {
    "specification.json": '{"PropertyTypes": {"B": {"Resources": {"Type": "AWS::S3::Bucket"}}}, "X": 1'
    + " " * 5_000_000,
    "broken.json": '{"PropertyTypes": {"B": {"Resources": {"Type": "AWS::S3::Bucket"}}, "X": }',
    "serverless.yaml": "service: x\nstage: {a: ${opt:stage}}\nresources:\n  Resources:\n    B:\n      Type: AWS::S3::Bucket\n",
    "chart.yaml": "{{- if .Values.x }}\nkind: Stack\ntemplate: {Resources: {B: {Type: 'AWS::S3::Bucket'}}}\n{{- end }}\n",
}


def run(files: dict[str, str], *paths: str) -> tuple[list[str], list[tuple[str, str]], int]:
    report = check(
        MemoryTree(files), paths, Options([rule for rule in load_rules() if rule.code == "ENC001"], load_catalog())
    )
    return [each.rule for each in report.findings], [(each.path, each.reason) for each in report.skipped], report.units


@pytest.mark.parametrize("name", OTHERS)
def test_what_only_mentions_resources(name: str) -> None:
    files = {name: OTHERS[name], "t.yaml": TEMPLATE}
    expected = [(name, "mentions resources of CloudFormation, but is no template")]
    assert run(files) == (["ENC001"], expected, 1)
    assert run(files, name) == ([], expected, 0)
    assert len(graphs(MemoryTree(files), (), load_catalog())) == 1


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_and_claims_nothing(name: str) -> None:
    found, skipped, units = run({name: UNREADABLE[name]})
    assert (found, units) == ([], 0)
    ((path, reason),) = skipped
    assert path == name
    assert reason.endswith("by its first keys it is no template")


@pytest.mark.parametrize(
    "text",
    [
        "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  A: [\n",
        "  # indented as a whole\n  Resources:\n    B: {Type: AWS::S3::Bucket,\n",
        "---\n'Resources': {B: {Type: AWS::S3::Bucket}\n",
        '{"Resources": {"B": {"Type": "AWS::S3::Bucket"}',
        "{{- if x }}\nResources:\n  B: {Type: AWS::S3::Bucket}\n",
    ],
)
def test_a_template_that_cannot_be_read_fails(text: str) -> None:
    assert run({"t.yaml": text}) == (["SYN001"], [], 1)


@pytest.mark.parametrize(
    "text",
    [
        TEMPLATE,
        "# a comment\n---\n" + TEMPLATE,
        "".join(f"  {line}\n" for line in TEMPLATE.splitlines()),
        TEMPLATE.replace("Resources:", "? Resources\n:"),
        TEMPLATE.replace("Resources:", '"Resources" :'),
        '{\n\t"Resources":\t{"B": {"Type": "AWS::EC2::Volume",\t"Properties": {"Encrypted": false}}}\n}\n',
        '{ # not JSON\n\t"Resources":\t{"B": {"Type": "AWS::EC2::Volume",\t"Properties": {"Encrypted": false,},}}\n}\n',
        "Anchors: &a {Encrypted: no}\nResources:\n  B: {Type: AWS::EC2::Volume, Properties: {<<: *a, Size: 1}}\n",
    ],
    ids=["plain", "comment", "indented", "complex-key", "quoted", "json-tabs", "json-like", "merge"],
)
@pytest.mark.parametrize("name", ["t.yaml", "t.template", "t.json", "deploy/k8s/any.yml"])
def test_templates_are_recognised_whatever_they_are_called(name: str, text: str) -> None:
    assert run({name: text}) == (["ENC001"], [], 1)


def test_templates_of_another_cloud_are_none() -> None:
    text = "ROSTemplateFormatVersion: '2015-09-01'\nResources:\n  {{ x }}:\n    Type: Aliyun::Serverless::Service\n"
    mentions = [("t.yaml", "mentions resources of CloudFormation, but is no template")]
    assert run({"t.yaml": text}) == ([], mentions, 0)
    assert run({"t.yaml": text.replace("{{ x }}", "B")}) == ([], mentions, 0)
    found, ((path, reason),), units = run({"t.yaml": text + "    Handler: %x\n"})
    assert (found, path, units) == ([], "t.yaml", 0)
    assert reason.endswith("by its first keys it is no template")


@pytest.mark.parametrize("mention", ["# ROSTemplateFormatVersion: 1\n", "Description: 'ROSTemplateFormatVersion: 1'\n"])
def test_a_mention_of_another_cloud_hides_no_template(mention: str) -> None:
    assert run({"t.yaml": mention + TEMPLATE}) == (["ENC001"], [], 1)
    assert run({"t.yaml": mention + "Resources:\n  B: {Type: AWS::S3::Bucket,\n"}) == (["SYN001"], [], 1)


def test_duplicate_keys_and_further_documents_are_findings() -> None:
    double = TEMPLATE + "  B: {Type: AWS::EC2::Volume, Properties: {AvailabilityZone: a, Encrypted: true}}\n"
    assert run({"t.yaml": double})[0] == ["SYN001"]
    assert run({"t.yaml": TEMPLATE + "---\n" + TEMPLATE})[0] == ["ENC001", "SYN001"]
