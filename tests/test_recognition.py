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
    expected = [(name, "mentions resources of CloudFormation, but is not a template")]
    assert run(files) == (["ENC001"], expected, 1)
    assert run(files, name) == ([], expected, 0)
    assert len(graphs(MemoryTree(files), (), load_catalog())) == 1


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_and_claims_nothing(name: str) -> None:
    found, skipped, units = run({name: UNREADABLE[name]})
    assert (found, units) == ([], 0)
    ((path, reason),) = skipped
    assert path == name
    assert reason.endswith("by its first keys it is not a template")


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
    mentions = [("t.yaml", "mentions resources of CloudFormation, but is not a template")]
    assert run({"t.yaml": text}) == ([], mentions, 0)
    assert run({"t.yaml": text.replace("{{ x }}", "B")}) == ([], mentions, 0)
    found, ((path, reason),), units = run({"t.yaml": text + "    Handler: %x\n"})
    assert (found, path, units) == ([], "t.yaml", 0)
    assert reason.endswith("by its first keys it is not a template")


@pytest.mark.parametrize("mention", ["# ROSTemplateFormatVersion: 1\n", "Description: 'ROSTemplateFormatVersion: 1'\n"])
def test_a_mention_of_another_cloud_hides_no_template(mention: str) -> None:
    assert run({"t.yaml": mention + TEMPLATE}) == (["ENC001"], [], 1)
    assert run({"t.yaml": mention + "Resources:\n  B: {Type: AWS::S3::Bucket,\n"}) == (["SYN001"], [], 1)


def test_duplicate_keys_and_further_documents_are_findings() -> None:
    double = TEMPLATE + "  B: {Type: AWS::EC2::Volume, Properties: {AvailabilityZone: a, Encrypted: true}}\n"
    assert run({"t.yaml": double})[0] == ["SYN001"]
    assert run({"t.yaml": TEMPLATE + "---\n" + TEMPLATE})[0] == ["ENC001", "SYN001"]


SPELLINGS = {
    "folded": "Resources:\n  B:\n    Type: >-\n      AWS::EC2::Volume\n    Properties: {Encrypted: false}\n",
    "anchored": "Resources:\n  B: {Type: &t AWS::EC2::Volume, Properties: {Encrypted: false}}\n",
    "tagged": "!!str Resources:\n  B: {Type: !!str AWS::EC2::Volume, Properties: {Encrypted: false}}\n",
    "commented": "Resources:\n  B:\n    Type: # of it\n      AWS::EC2::Volume\n    Properties: {Encrypted: false}\n",
    "escaped key": '"Re\\x73ources":\n  B: {Type: AWS::EC2::Volume, Properties: {Encrypted: false}}\n',
    "escaped type": 'Resources:\n  B: {Type: "AWS\\u003a\\x3AEC2::Volume", Properties: {Encrypted: false}}\n',
    "escaped line": '? "Resour\\\n   ces"\n: B: {Type: AWS::EC2::Volume, Properties: {Encrypted: false}}\n',
    "merged": "x: &x {Resources: {B: {Type: AWS::EC2::Volume, Properties: {Encrypted: false}}}}\n<<: *x\n",
}
SPELLED_JSON = (
    '{"\\u0052esources": {"B": {"\\u0054ype": "AWS:\\u003aEC2::Volume", "Properties": {"Encrypted": false}}}}'
)


@pytest.mark.parametrize("text", SPELLINGS.values(), ids=SPELLINGS)
def test_a_template_however_it_is_spelled(text: str) -> None:
    assert run({"t.yaml": text}) == (["ENC001"], [], 1)


def test_a_json_template_however_it_is_spelled() -> None:
    assert run({"t.json": SPELLED_JSON}) == (["ENC001"], [], 1)
    assert run({"t.json": SPELLED_JSON[:-1]}) == (["SYN001"], [], 1)


@pytest.mark.parametrize(
    "text", ['"Re\\x73ources":\n  B: [\n', "!!str Resources: &r\n  B: [\n", "? Resources\n: B: [\n"]
)
def test_a_template_that_cannot_be_read_however_it_is_spelled(text: str) -> None:
    assert run({"t.yaml": text + "# AWS::EC2::Volume"}) == (["SYN001"], [], 1)


@pytest.mark.parametrize("name", ["t.YAML", "t.Yml", "t.JSON", "t.Template", "t.template.yml", "t.cfn"])
def test_the_ends_of_names_in_any_case(name: str) -> None:
    assert run({name: TEMPLATE}) == (["ENC001"], [], 1)


@pytest.mark.parametrize("name", ["t.txt", "t.yaml.j2", "t.json.bak", "template", "t.yaml~", "deep/t.tpl"])
def test_a_template_of_another_name_is_said(name: str) -> None:
    found, skipped, units = run({name: TEMPLATE, "notes.txt": "Resources: none\n", "LICENSE": "MIT"})
    assert (found, units) == ([], 0)
    ((path, reason),) = skipped
    assert (path, reason[:28]) == (name, "begins like a template, but ")
    assert run({name: TEMPLATE}, name) == (["ENC001"], [], 1)


def test_terraform_of_another_case_is_said() -> None:
    reason = "Terraform reads no file whose name ends in capital letters"
    assert run({"main.TF": ""}) == ([], [("main.TF", reason)], 0)


@pytest.mark.parametrize(
    "text",
    [
        "Resources:\n  M:\n    Type: !Rain::Module ./m.yaml\n",
        "Resources:\n  M:\n    Type: {Rain::Module: ./m.yaml}\n",
        '{"Resources": {"M": {"Type": {"Rain::Module": "./m.yaml"}}}}',
    ],
)
def test_a_module_that_is_packaged_is_open(text: str) -> None:
    report = check(MemoryTree({"t.yaml": text}), (), Options(load_rules(), load_catalog()))
    assert [(each.rule, each.resource.address) for each in report.undecided] == [("SYN002", "M")]
    assert report.findings == ()
