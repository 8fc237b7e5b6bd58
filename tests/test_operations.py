"""What a project asks of how its hosts and accounts are run: by its settings, and by its own Config rules."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from iacreview.asked import MARKS
from iacreview.catalog.awscc import awscc_type
from iacreview.config import load_config
from iacreview.config_fields import config_schema
from iacreview.config_rules import PACK, RULES
from iacreview.engine.load import load_catalog, load_rules
from iacreview.errors import ConfigError
from iacreview.model.operations import AskedDocument, AskedPolicy, AskedSoftware, AskedTag, Operations
from iacreview.options import Options
from iacreview.pipeline import check
from iacreview.tree import WorkingTree
from tests.repositories import Project, Result, Runner, new_project
from tests.trees import MemoryTree

SETTINGS = """\
operations:
  baseline: [infra/account/**]
  elsewhere: [patching, default-host-management]
  required-tags: {keys: [Owner], kinds: [ec2.*], values: {Environment: [dev, prod]}}
  required-associations: [AmazonCloudWatch-ManageAgent, {document: AWS-ConfigureAWSPackage, name: AmazonInspector2*}]
  instance-role-policies: [CloudWatchAgentServerPolicy]
  unsupported-software: [telnetd, python2*]
  patch-deadline-days: {critical: 2}
  administration-ports: [22, 8443]
  database-ports: [5432, 5433]
"""
ASKED = Operations(
    baseline=("infra/account/**",),
    elsewhere=("patching", "default-host-management"),
    tags=(AskedTag("Owner", (), ("ec2.*",)), AskedTag("Environment", ("dev", "prod"), ("ec2.*",))),
    associations=(
        AskedDocument("AmazonCloudWatch-ManageAgent"),
        AskedDocument("AWS-ConfigureAWSPackage", "AmazonInspector2*"),
    ),
    policies=(AskedPolicy("CloudWatchAgentServerPolicy"),),
    software=(AskedSoftware("telnetd", False), AskedSoftware("python2*", False)),
    days={"critical": 2, "other": 14},
    administration_ports=(22, 8443),
    database_ports=(5432, 5433),
)
RULE = """
resource "aws_config_config_rule" "tags" {
  name = "tags"
  source {
    owner             = "AWS"
    source_identifier = "REQUIRED_TAGS"
  }
  scope {
    compliance_resource_types = ["AWS::S3::Bucket"]
  }
  input_parameters = jsonencode({ tag1Key = "Owner" })
}
"""
BUCKET = 'resource "aws_s3_bucket" "reports" {\n  bucket = "reports"\n}\n'


def test_what_the_settings_say() -> None:
    assert load_config(MemoryTree({".iacreview.yaml": SETTINGS})).operations == ASKED
    jsonschema.Draft202012Validator(config_schema()).validate(yaml.safe_load(SETTINGS))


@pytest.mark.parametrize(
    ("text", "line", "hint"),
    [
        ("operations: {required-tag: {}}", 1, "`required-tags`"),
        ("operations:\n  elsewhere: [patchin]", 2, "`patching`"),
        ("operations:\n  patch-deadline-days: {critcal: 2}", 2, "`critical`"),
        ("operations:\n  required-tags: {keys: [Owner], value: {}}", 2, "`values`"),
        ("operations:\n  administration-ports: [ssh]", 2, ""),
        ("operations:\n  required-associations: [{name: x}]", 2, ""),
        ("operations:\n  unsupported-software: telnetd", 2, ""),
    ],
)
def test_what_is_wrong_with_them(text: str, line: int, hint: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load_config(MemoryTree({".iacreview.yaml": text}))
    assert raised.value.line == line
    assert hint in raised.value.hint


def asked(result: Result) -> list[dict[str, Any]]:
    return [each for each in result.data["findings"] if each["rule"] == "OPS011"]


@pytest.fixture
def iacreview(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Runner:
    return Runner(monkeypatch, capsys)


HOST = """
resource "aws_instance" "host" {
  ami                  = "ami-0abcdef1234567890"
  iam_instance_profile = aws_iam_instance_profile.host.name
  tags                 = { Role = "web" }
}
resource "aws_iam_instance_profile" "host" {
  role = aws_iam_role.host.name
}
resource "aws_iam_role" "host" {
  assume_role_policy = "{}"
}
"""


def association(document: str, key: str, value: str, name: str = "") -> str:
    parameters = f'parameters = {{ name = "{name}" }}' if name else ""
    targets = f'targets {{\n key = "{key}"\n values = ["{value}"]\n }}'
    return f'resource "aws_ssm_association" "a" {{\n name = "{document}"\n {parameters}\n {targets}\n}}\n'


AGENT = "operations: {required-associations: [AmazonCloudWatch-ManageAgent]}"
PACKAGE = "operations: {required-associations: [{document: AWS-ConfigureAWSPackage, name: AmazonInspector2*}]}"
POLICIES = "operations: {instance-role-policies: [CloudWatchAgentServerPolicy]}"
REFUSED = "operations: {unsupported-software: [telnet*]}"
DAYS = "operations: {patch-deadline-days: {critical: 2}}"
BASELINE = """
resource "aws_ssm_patch_baseline" "b" {
  name = "b"
  approval_rule {
    approve_after_days = 7
    patch_filter {
      key    = "CLASSIFICATION"
      values = ["SecurityUpdates"]
    }
  }
}
"""
PORTS = "operations: {administration-ports: [8443]}"
DATABASES = "operations: {database-ports: [8443]}"
INGRESS = """
resource "aws_vpc_security_group_ingress_rule" "r" {
  security_group_id = "sg-0abcdef1234567890"
  ip_protocol       = "tcp"
  from_port         = 8443
  to_port           = 8443
  cidr_ipv4         = "10.0.0.0/8"
}
"""


@pytest.mark.parametrize(
    ("settings", "text", "rule", "found", "undecided"),
    [
        (AGENT, HOST, "OPS012", 1, 0),
        (AGENT, HOST + association("AmazonCloudWatch-ManageAgent", "InstanceIds", "*"), "OPS012", 0, 0),
        (AGENT, HOST + association("AmazonCloudWatch-ManageAgent", "tag:Role", "web"), "OPS012", 0, 0),
        (AGENT, HOST + association("AmazonCloudWatch-ManageAgent", "tag:Role", "batch"), "OPS012", 1, 0),
        (AGENT, HOST + association("AmazonCloudWatch-ManageAgent", "tag:Team", "web"), "OPS012", 0, 1),
        (AGENT, HOST + association("AWS-RunPatchBaseline", "InstanceIds", "*"), "OPS012", 1, 0),
        (PACKAGE, HOST + association("AWS-ConfigureAWSPackage", "InstanceIds", "*", "Other"), "OPS012", 1, 0),
        (
            PACKAGE,
            HOST + association("AWS-ConfigureAWSPackage", "InstanceIds", "*", "AmazonInspector2-x"),
            "OPS012",
            0,
            0,
        ),
        (POLICIES, HOST, "OPS012", 1, 0),
        (
            REFUSED,
            'resource "aws_instance" "h" {\n ami = "ami-1"\n user_data = "yum install telnetd"\n}',
            "OPS013",
            1,
            0,
        ),
        (DAYS, BASELINE, "OPS005", 1, 0),
        ("operations: {}", BASELINE, "OPS005", 0, 0),
        (PORTS, INGRESS, "OPS002", 1, 0),
        ("operations: {}", INGRESS, "OPS002", 0, 0),
    ],
)
def test_what_the_settings_ask_for(settings: str, text: str, rule: str, found: int, undecided: int) -> None:
    tree = MemoryTree({"main.tf": text})
    operations = load_config(MemoryTree({".iacreview.yaml": settings})).operations
    rules = [each for each in load_rules() if each.code == rule]
    report = check(tree, (), Options(rules, load_catalog(), profile="strict", operations=operations))
    assert (len(report.findings), len(report.undecided)) == (found, undecided)


def test_a_config_rule_of_another_unit_asks(tmp_path: Path, iacreview: Runner) -> None:
    new_project(tmp_path, {"config/rules.tf": RULE, "app/main.tf": BUCKET})
    [finding] = asked(iacreview(tmp_path, "check", "-f", "json", "app"))
    assert finding["message"].endswith("it has no tag Owner")
    assert [each["message"] for each in finding["related"]] == ["asked for by config/rules.tf:2"]


def test_a_config_rule_of_an_ignored_folder_asks_where_that_is_given(tmp_path: Path, iacreview: Runner) -> None:
    new_project(tmp_path, {"out/config/rules.tf": RULE, "out/app/main.tf": BUCKET, ".gitignore": "out/"})
    assert len(asked(iacreview(tmp_path, "check", "-f", "json", "out"))) == 1
    assert asked(iacreview(tmp_path, "check", "-f", "json", "out/app")) == []


def test_attributes_hide_no_config_rule(tmp_path: Path, iacreview: Runner) -> None:
    files = {"config/rules.tf": RULE, "config/.gitattributes": "*.tf binary\n", "app/main.tf": ""}
    new_project(tmp_path, files).commit({"app/main.tf": BUCKET})
    assert len(asked(iacreview(tmp_path, "check", "-f", "json", "app"))) == 1
    assert len(asked(iacreview(tmp_path, "diff", "-f", "json", "HEAD~1"))) == 1


@pytest.mark.parametrize("repository", [True, False])
def test_for_one_file_no_other_is_read(
    tmp_path: Path, iacreview: Runner, monkeypatch: pytest.MonkeyPatch, repository: bool
) -> None:
    queue = "Resources:\n  Q: {Type: AWS::SQS::Queue}\n"
    files = {"app/q.yaml": queue, **{f"far/away/{number}.yaml": "a: 1\n" for number in range(5)}}
    (new_project(tmp_path, files) if repository else Project(tmp_path)).write(files)
    monkeypatch.setattr("iacreview.tree.WorkingTree.read", counting(WorkingTree.read, read := []))
    iacreview(tmp_path, "check", "app/q.yaml")
    assert {path for path in read if path.endswith(".yaml")} <= {"app/q.yaml", ".iacreview.yaml", "iacreview.yaml"}


def counting(really: Callable[[WorkingTree, str], str], read: list[str]) -> Callable[[WorkingTree, str], str]:
    def reading(tree: WorkingTree, path: str) -> str:
        read.append(path)
        return really(tree, path)

    return reading


def test_callers_are_not_looked_for_in_what_may_be_a_whole_disk(
    tmp_path: Path, iacreview: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iacreview.discovery.MOST_AROUND", 5)
    Project(tmp_path).write({"m/main.tf": 'variable "x" {}', **{f"other/{number}.md": "" for number in range(6)}})
    said = iacreview(tmp_path, "check", "-f", "json", "m/main.tf").data["skipped"]
    assert [(each["path"], each["reason"].partition(":")[0]) for each in said] == [(".", "has more than 5 files")]


def test_a_change_does_not_soften_what_it_is_judged_by(tmp_path: Path, iacreview: Runner) -> None:
    settings = "operations:\n  required-tags: {keys: [Team]}\n"
    project = new_project(tmp_path, {"config/rules.tf": RULE, ".iacreview.yaml": settings})
    project.commit({"config/rules.tf": "", "app/main.tf": BUCKET, ".iacreview.yaml": "operations: {}\n"})
    result = iacreview(tmp_path, "diff", "-f", "json", "HEAD~1")
    introduced = [each for each in asked(result) if each["status"] == "introduced"]
    assert sorted(each["message"].rpartition(" ")[2] for each in introduced) == ["Owner", "Team"]
    softened = [each["message"] for each in result.data["findings"] if each["rule"] == "CFG001"]
    assert any("asks for fewer tags" in each for each in softened)


def test_what_is_elsewhere_is_not_asked_for(tmp_path: Path, iacreview: Runner) -> None:
    host = 'resource "aws_instance" "host" {\n  ami = "ami-0abcdef1234567890"\n}\n'
    project = new_project(tmp_path, {"main.tf": host})
    assert "OPS001" in iacreview(tmp_path, "check", "--profile", "strict", ".").out
    project.write({".iacreview.yaml": "operations: {elsewhere: [default-host-management]}\n"})
    assert "OPS001" not in iacreview(tmp_path, "check", "--profile", "strict", ".").out


def test_a_guard_is_missed_where_an_account_is_set_up_and_nowhere_else(tmp_path: Path, iacreview: Runner) -> None:
    settings = "operations:\n  baseline: [infra/account/**]\n  elsewhere: [patching, alarms, inspector, security-hub]\n"
    watch = 'resource "aws_accessanalyzer_analyzer" "account" {\n  analyzer_name = "account"\n}\n'
    threats = 'resource "aws_guardduty_detector" "account" {}\n'
    files = {"infra/account/watch/main.tf": watch, "infra/account/threats/main.tf": threats, "app/main.tf": BUCKET}
    project = new_project(tmp_path, {**files, ".iacreview.yaml": settings})
    found = [
        (each["location"]["path"], each["message"].partition(": ")[2])
        for each in iacreview(tmp_path, "check", "-f", "json", ".").data["findings"]
        if each["rule"] == "OPS010"
    ]
    assert found == [
        ("infra/account/threats/main.tf", "Config records nothing"),
        ("infra/account/threats/main.tf", "hosts without a role are not managed (Default Host Management)"),
    ]
    project.write({".iacreview.yaml": "operations: {elsewhere: [patching]}\n"})
    assert "OPS010" not in iacreview(tmp_path, "check", "-f", "json", ".").out


TEMPLATE = """{"Resources": {
  "Tags": {"Type": "AWS::Config::ConfigRule", "Properties": {
    "Source": {"Owner": "AWS", "SourceIdentifier": "REQUIRED_TAGS"},
    "Scope": {"ComplianceResourceTypes": ["AWS::S3::Bucket"]},
    "InputParameters": {"tag1Key": "Owner"}}},
  "Reports": {"Type": "AWS::S3::Bucket"}}}"""
MANIFEST = """{"version": "36.0.0", "artifacts": {"App": {"type": "aws:cloudformation:stack",
  "properties": {"templateFile": "App.template.json", "tags": {"%s": "finance"}}}}}"""


@pytest.mark.parametrize(
    ("files", "found", "undecided"),
    [
        ({"app.json": TEMPLATE}, 0, 1),
        ({"App.template.json": TEMPLATE, "manifest.json": MANIFEST % "Owner"}, 0, 0),
        ({"App.template.json": TEMPLATE, "manifest.json": MANIFEST % "Team"}, 1, 0),
        ({"app.json": TEMPLATE, "samconfig.toml": '[default.deploy.parameters]\ntags = "Owner=finance"\n'}, 0, 0),
        ({"app.json": TEMPLATE, "samconfig.toml": '[default.deploy.parameters]\ntags = "Team=finance"\n'}, 1, 0),
        ({"app.json": TEMPLATE, "samconfig.toml": '[a]\ntags = "Team=a"\n[b]\ntags = "Owner=b"\n'}, 0, 1),
    ],
)
def test_the_tags_of_stacks(files: dict[str, str], found: int, undecided: int) -> None:
    rules = [each for each in load_rules() if each.code == "OPS011"]
    report = check(MemoryTree(files), (), Options(rules, load_catalog()))
    assert (len(report.findings), len(report.undecided)) == (found, undecided)


def image(data: str, component: str = "aws_imagebuilder_component.agent.arn", parent: str = "amazon-linux-2023") -> str:
    return f"""
resource "aws_imagebuilder_component" "agent" {{
  name     = "agent"
  platform = "Linux"
  version  = "1.0.0"
  {data}
}}
resource "aws_imagebuilder_image_recipe" "hosts" {{
  name         = "hosts"
  version      = "1.0.0"
  parent_image = "arn:aws:imagebuilder:eu-west-1:aws:image/{parent}-x86/x.x.x"
  component {{
    component_arn = {component}
  }}
}}
resource "aws_imagebuilder_image" "hosts" {{
  image_recipe_arn                 = aws_imagebuilder_image_recipe.hosts.arn
  infrastructure_configuration_arn = "arn:aws:imagebuilder:eu-west-1:111122223333:infrastructure-configuration/i"
}}
resource "aws_instance" "host" {{
  ami           = tolist(aws_imagebuilder_image.hosts.output_resources[0].amis)[0].image
  instance_type = "t3.micro"
}}
"""


SCRIPT = 'data = yamlencode({ phases = [{ name = "build", steps = [{ inputs = { commands = ["COMMAND"] } }] }] })'
INSTALLS = SCRIPT.replace("COMMAND", "dnf install -y amazon-cloudwatch-agent")
OTHER = SCRIPT.replace("COMMAND", "dnf install -y htop")
PUBLIC = '"arn:aws:imagebuilder:eu-west-1:aws:component/amazon-cloudwatch-agent-linux/x.x.x"'
FOREIGN = '"arn:aws:imagebuilder:eu-west-1:444455556666:component/base/1.0.0"'
TEMPLATE = """
Resources:
  Agent:
    Type: AWS::ImageBuilder::Component
    Properties:
      Name: agent
      Platform: Linux
      Version: 1.0.0
      Data: |
        phases:
          - name: build
            steps:
              - action: ExecuteBash
                inputs: {commands: ["COMMAND"]}
  Recipe:
    Type: AWS::ImageBuilder::ImageRecipe
    Properties:
      Name: hosts
      Version: 1.0.0
      ParentImage: !Sub arn:aws:imagebuilder:${AWS::Region}:aws:image/amazon-linux-2023-x86/x.x.x
      Components: [{ComponentArn: !Ref Agent}]
  Image:
    Type: AWS::ImageBuilder::Image
    Properties:
      ImageRecipeArn: !Ref Recipe
  Host:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: !GetAtt Image.ImageId
"""


@pytest.mark.parametrize(
    ("path", "text", "found", "undecided"),
    [
        ("main.tf", image(INSTALLS), 0, 0),
        ("main.tf", image(OTHER), 1, 0),
        ("main.tf", image(OTHER, parent="golden"), 0, 1),
        ("main.tf", image('uri = "s3://scripts/agent.yaml"'), 0, 1),
        ("main.tf", image(OTHER, PUBLIC), 0, 0),
        ("main.tf", image(OTHER, FOREIGN), 0, 1),
        ("t.yaml", TEMPLATE.replace("COMMAND", "dnf install -y amazon-cloudwatch-agent"), 0, 0),
        ("t.yaml", TEMPLATE.replace("COMMAND", "dnf update -y"), 1, 0),
    ],
)
def test_what_an_image_has(path: str, text: str, found: int, undecided: int) -> None:
    operations = Operations(software=(AskedSoftware("amazon-cloudwatch-agent", True),))
    rules = [each for each in load_rules() if each.code == "OPS012"]
    options = Options(rules, load_catalog(), profile="strict", operations=operations)
    report = check(MemoryTree({path: text}), (), options)
    assert (len(report.findings), len(report.undecided)) == (found, undecided), [e.message for e in report.findings]


@pytest.mark.parametrize(
    ("settings", "port", "severities"),
    [("", "5432", ["high"]), ("", "8443", []), (DATABASES, "8443", ["high"]), (DATABASES, "5432", [])],
)
def test_ports_that_the_internet_must_not_reach(settings: str, port: str, severities: list[str]) -> None:
    text = INGRESS.replace("10.0.0.0/8", "0.0.0.0/0").replace("8443", port)
    operations = load_config(MemoryTree({".iacreview.yaml": settings or "{}"})).operations
    rules = [each for each in load_rules() if each.code == "NET002"]
    report = check(MemoryTree({"main.tf": text}), (), Options(rules, load_catalog(), operations=operations))
    assert [each.severity.name.lower() for each in report.findings] == severities


def test_settings_of_sam_that_change_alone(tmp_path: Path, iacreview: Runner) -> None:
    """They say the tags of the stacks beside them, and no template changes with them."""
    template = "Resources:\n  Reports:\n    Type: AWS::S3::Bucket\n"
    sam = 'version = 0.1\n[default.deploy.parameters]\ntags = "Owner=\\"shop\\""\n'
    files = {".iacreview.yaml": "operations:\n  required-tags: {keys: [Owner]}\n", "app/template.yaml": template}
    project = new_project(tmp_path, {**files, "app/samconfig.toml": sam})
    project.commit({"app/samconfig.toml": sam.replace("Owner", "Team")})
    result = iacreview(tmp_path, "diff", "-f", "json", "--profile", "strict", "HEAD~1")
    assert [each["status"] for each in result.data["findings"] if each["rule"] == "OPS011"] == ["introduced"]


def test_what_asks_for_something_is_looked_for_by_its_name() -> None:
    """Files without such a name are not evaluated before the rest."""
    catalog = load_catalog()
    named = [catalog.kind(kind).spec["types"].values() for kind in (*RULES, PACK)]
    types = [type for values in named for each in values for type in ([each] if isinstance(each, str) else each)]
    types += [awscc_type(type) for type in types if "::" in type]
    assert [type for type in types if not any(mark in type for mark in MARKS)] == []
