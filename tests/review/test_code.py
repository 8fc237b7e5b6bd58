"""Code that runs and that a change makes another one: named with whose rights it runs, whatever form it has."""

from __future__ import annotations

import importlib.util
import json

import pytest

from iacreview.catalog.world import World
from iacreview.engine.load import load_rules
from iacreview.model.finding import Change, CodeChange
from iacreview.report.changes import code_text, code_title
from iacreview.review.comparison import compare
from iacreview.review.sides import Side
from tests.review.changes import Files, options, role, template
from tests.trees import MemoryTree

ROLE = """resource "aws_iam_role" "r" {
  name = "r"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}
resource "aws_iam_instance_profile" "p" {
  role = aws_iam_role.r.name
}
"""


def change(base: Files, head: Files) -> Change:
    changed = {path for path in {*base, *head} if base.get(path) != head.get(path)}
    asked = options()._replace(rules=load_rules())
    report = compare(Side(MemoryTree(base), "base"), Side(MemoryTree(head), "head"), changed, (), asked)
    assert report.change is not None
    return report.change


def said(base: Files, head: Files) -> list[str]:
    return [code_text(each).partition(": ")[2] for each in change(base, head).code]


def terraform(type: str, arguments: str, more: str = "", **files: str) -> Files:
    return {"main.tf": f'{ROLE}resource "{type}" "x" {{\n{arguments}\n}}\n{more}', **files}


def instance(script: str, more: str = "", **files: str) -> Files:
    return terraform("aws_instance", f'ami = "ami-1"\nuser_data = {script}', more, **files)


FUNCTION = 'role = aws_iam_role.r.arn\nhandler = "a.b"\n'
# The type, its arguments with a place for what changes, that before and after, and what is said.
TERRAFORM = {
    "an instance": (
        "aws_instance",
        "iam_instance_profile = aws_iam_instance_profile.p.name\nuser_data = {}",
        ('"ls"', '"curl"'),
        "other code in user_data, run as aws_iam_role.r",
    ),
    "an image": ("aws_instance", "ami = {}", ('"ami-1"', '"ami-2"'), "other code in ami"),
    "a template's version": (
        "aws_autoscaling_group",
        'launch_template {{\n  id = "lt-1"\n  version = {}\n}}',
        ("1", "2"),
        "other code in launch_template",
    ),
    "a package": (
        "aws_lambda_function",
        FUNCTION + 's3_bucket = {}\ns3_key = "k"',
        ('"ours"', '"theirs"'),
        "other code in s3_bucket, run as aws_iam_role.r",
    ),
    "what is loaded before": (
        "aws_lambda_function",
        FUNCTION + "environment {{\n  variables = {{ {} }}\n}}",
        ('A = "b"', 'A = "b", NODE_OPTIONS = "-r /tmp/x"'),
        "other code in environment.variables.NODE_OPTIONS, run as aws_iam_role.r",
    ),
    "a role by its name": (
        "aws_lambda_function",
        'role = "arn:aws:iam::111122223333:role/deploy"\nlayers = [{}]',
        ('"a:1"', '"b:1"'),
        "other code in layers, run as role/deploy",
    ),
    "a container": (
        "aws_ecs_task_definition",
        'task_role_arn = aws_iam_role.r.arn\ncontainer_definitions = jsonencode([{{ name = "a", image = {} }}])',
        ('"a:1"', '"b:1"'),
        "other code in container_definitions.image, run as aws_iam_role.r",
    ),
    "a text with holes": (
        "aws_ecs_task_definition",
        'container_definitions = jsonencode([{{ name = "a", image = "{}:${{aws_iam_role.r.unique_id}}" }}])',
        ("a", "b"),
        "other code in container_definitions.image",
    ),
    "a document": (
        "aws_ssm_document",
        "content = jsonencode({{ mainSteps = [{{ inputs = {{ runCommand = [{}] }} }}] }})",
        ('"ls"', '"curl"'),
        "other code in content",
    ),
    "a state machine": (
        "aws_sfn_state_machine",
        "role_arn = aws_iam_role.r.arn\ndefinition = jsonencode({{ StartAt = {} }})",
        ('"A"', '"B"'),
        "other code in definition, run as aws_iam_role.r",
    ),
    "a provisioner": (
        "null_resource",
        'provisioner "local-exec" {{\n  command = {}\n}}',
        ('"ls"', '"curl"'),
        "other code in provisioner",
    ),
    "an object": ("aws_s3_object", "content = {}", ('"a"', '"b"'), "other content in content"),
    "a public key": ("aws_key_pair", "public_key = {}", ('"ssh-rsa A"', '"ssh-rsa B"'), "another key in public_key"),
    "nothing of it": ("aws_instance", 'user_data = "ls"\ninstance_type = {}', ('"t3.micro"', '"t3.large"'), ""),
}


@pytest.mark.parametrize("case", TERRAFORM.values(), ids=TERRAFORM)
def test_code_in_terraform(case: tuple[str, str, tuple[str, str], str]) -> None:
    type, arguments, values, wanted = case
    base, head = (terraform(type, arguments.format(each)) for each in values)
    assert said(base, head) == ([f"{type}.x: {wanted}"] if wanted else [])


RIGHTS = {"Role": {"Fn::GetAtt": ["R", "Arn"]}}
CLOUDFORMATION = {
    "user data": (
        "AWS::EC2::Instance",
        {"IamInstanceProfile": {"Ref": "P"}, "UserData": {"Fn::Base64": {"Fn::Sub": "{} ${AWS::Region}"}}},
        "other code in UserData, run as R",
    ),
    "an image by default": ("AWS::EC2::Instance", {"ImageId": {"Ref": "Text"}}, "other code in ImageId"),
    "an inline function": ("AWS::Lambda::Function", {"Code": {"ZipFile": "{}"}, **RIGHTS}, "other code in Code, run as R"),
    "a build": (
        "AWS::CodeBuild::Project",
        {"Source": {"BuildSpec": "{}"}, "ServiceRole": {"Ref": "R"}},
        "other code in Source.BuildSpec, run as R",
    ),
    "a script": ("AWS::Glue::Job", {"Command": {"ScriptLocation": "s3://{}"}, **RIGHTS}, "other code in Command, run as R"),
    "a component": ("AWS::ImageBuilder::Component", {"Data": "{}"}, "other code in Data"),
    "commands on hosts": ("AWS::SSM::Association", {"Parameters": {"commands": ["{}"]}}, "other code in Parameters"),
    "a public key": ("AWS::EC2::KeyPair", {"PublicKeyMaterial": "{}"}, "another key in PublicKeyMaterial"),
}  # fmt: skip


@pytest.mark.parametrize("case", CLOUDFORMATION.values(), ids=CLOUDFORMATION)
def test_code_in_cloudformation(case: tuple[str, dict[str, object], str]) -> None:
    type, properties, wanted = case
    text = json.dumps(
        {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Parameters": {"Text": {"Type": "String", "Default": "{}"}},
            "Resources": {
                "R": role(),
                "P": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "R"}]}},
                "X": {"Type": type, "Properties": properties},
            },
        }
    )
    base, head = ({"t.json": text.replace("{}", each)} for each in ("ls", "curl"))
    assert said(base, head) == [f"X: {wanted}"]


def test_what_the_helper_scripts_run_is_code() -> None:
    sides = (
        template(
            X={
                "Type": "AWS::EC2::Instance",
                "Metadata": {"AWS::CloudFormation::Init": {"config": {"commands": {"a": {"command": each}}}}},
            }
        )
        for each in ("ls", "curl")
    )
    assert said(*sides) == ["X: other code in Metadata.AWS::CloudFormation::Init"]


# What user data says, what else the file has, and a file of which only the content changes.
FORMS = {
    "a file": ('file("a.sh")', "", "a.sh"),
    "a template with what nobody knows": ('templatefile("a.sh", { x = var.x })', 'variable "x" {}', "a.sh"),
    "one of two": ('var.x ? file("a.sh") : "true"', 'variable "x" {}', "a.sh"),
    "a look-up that renders it": (
        "data.cloudinit_config.c.rendered",
        'data "cloudinit_config" "c" {\n  part {\n    content = file("a.sh")\n  }\n}',
        "a.sh",
    ),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_file_that_alone_changes(form: tuple[str, str, str]) -> None:
    value, more, path = form
    base, head = (instance(value, more, **{path: each}) for each in ("ls\n", "curl\n"))
    assert said(base, head) == ["aws_instance.x: other code in user_data"]


# The type, arguments, and the names of the settings that are said to change. None of them is a place that the catalog reads.
SETTINGS = {
    "a kind that only the strict profile reads": (
        "aws_bedrock_guardrail",
        'content_policy_config {{\n  filters_config {{\n    input_strength = {}\n  }}\n}}',
        "content_policy_config.filters_config.input_strength",
    ),
    "its key": ("aws_bedrock_guardrail", "kms_key_arn = {}", "kms_key_arn"),
    "what a firewall lets through": (
        "aws_networkfirewall_rule_group",
        "rule_group {{\n  rules_source {{\n    rules_string = {}\n  }}\n}}",
        "rule_group.rules_source.rules_string",
    ),
    "how strong a key is": ("tls_private_key", "rsa_bits = {}", "rsa_bits"),
    "who may sign in": ("aws_instance", "key_name = {}", "key_name"),
    "in a list": ("aws_prometheus_workspace", "logging_configuration {{\n  x = {}\n}}\nlogging_configuration {{\n  x = 1\n}}", "logging_configuration[0].x"),
    "what a container is given": (
        "aws_ecs_task_definition",
        'container_definitions = jsonencode([{{ name = "a", environment = [{{ name = "LD_PRELOAD", value = {} }}] }}])',
        "container_definitions[a].environment[LD_PRELOAD].value",
    ),
    "what a build is given": (
        "aws_codebuild_project",
        'environment {{\n  environment_variable {{\n    name = "REPOSITORY"\n    value = {}\n  }}\n}}',
        "environment.environment_variable[REPOSITORY].value",
    ),
    "what a rule of the strict profile reads, and no reach tells": ("aws_memorydb_cluster", "acl_name = {}", "acl_name"),
    "who may be reached": (
        "aws_ec2_client_vpn_authorization_rule",
        "authorize_all_groups = true\ntarget_network_cidr = {}",
        "target_network_cidr",
    ),
    "how large": ("aws_instance", "instance_type = {}", ""),
    "what a rule reads": ("aws_instance", "metadata_options {{\n  http_tokens = {}\n}}", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", SETTINGS.values(), ids=SETTINGS)
def test_settings_that_nothing_reads(case: tuple[str, str, str]) -> None:
    type, arguments, wanted = case
    base, head = (terraform(type, arguments.format(each)) for each in ('"first"', '"second"'))
    assert said(base, head) == ([f"{type}.x: other settings in {wanted}"] if wanted else [])


def test_a_block_that_is_empty_says_something() -> None:
    base, head = (
        terraform("aws_wafv2_web_acl", f"default_action {{\n  {each} {{}}\n}}") for each in ("block", "allow")
    )
    assert said(base, head) == ["aws_wafv2_web_acl.x: other settings in default_action.allow, default_action.block"]


def test_what_is_no_longer_kept_as_it_is_written() -> None:
    base, head = (
        terraform("aws_cloudtrail", f"lifecycle {{\n  ignore_changes = [{each}]\n}}")
        for each in ("tags", "tags, enable_logging")
    )
    assert said(base, head) == ["aws_cloudtrail.x: other settings in lifecycle.ignore_changes"]


@pytest.mark.parametrize("policy", ["DeletionPolicy", "UpdateReplacePolicy"])
def test_what_keeps_a_resource_that_holds_no_data(policy: str) -> None:
    trail = {"Type": "AWS::CloudTrail::Trail", "Properties": {"IsLogging": True, "S3BucketName": "b"}}
    sides = (template(X={**trail, policy: each}) for each in ("Retain", "Delete"))
    assert said(*sides) == [f"X: other settings in {policy}"]


def test_code_comes_first_and_what_speaks_of_security_next() -> None:
    more = 'resource "aws_instance" "y" {\n  user_data = "ls"\n}\nresource "aws_qldb_ledger" "z" {\n  permissions_mode = "A"\n}\n'
    base = terraform("aws_instance", "hibernation = true", more)
    head = {"main.tf": base["main.tf"].replace("true", "false").replace('"ls"', '"curl"').replace('"A"', '"B"')}
    assert [each.partition(":")[0] for each in said(base, head)] == [
        "aws_instance.y",
        "aws_qldb_ledger.z",
        "aws_instance.x",
    ]


FUNCTION_OF = 'resource "aws_lambda_function" "x" {{\n  {}\n}}\n'
ARCHIVE = 'data "archive_file" "z" {{\n  {}\n}}\nresource "aws_lambda_function" "x" {{\n  filename = data.archive_file.z.output_path\n}}\n'
SAM = {
    "Type": "AWS::Serverless::Function",
    "Properties": {"Handler": "i.h", "Runtime": "python3.12", "CodeUri": "src/", "Role": "arn:aws:iam::1:role/r"},
}
SAM_TEMPLATE = json.dumps({"Transform": "AWS::Serverless-2016-10-31", "Resources": {"X": SAM}})
# A function is translated where the translator is installed.
SAM_CODE = "Code" if importlib.util.find_spec("samtranslator") else "CodeUri"
# What a configuration says, where, and the file beside it that alone changes; what is said of it.
NAMED = {
    "a package": (FUNCTION_OF.format('filename = "a.zip"'), "live/main.tf", "live/a.zip", "filename"),
    "a file of an archive": (ARCHIVE.format('source_file = "${path.module}/a.py"'), "main.tf", "a.py", "filename"),
    "a folder of an archive": (ARCHIVE.format('source_dir = "${path.module}/src"'), "live/main.tf", "live/src/b/a.py", "filename"),
    "an object": ('resource "aws_s3_object" "x" {\n  source = "a.sh"\n}\n', "main.tf", "a.sh", "source"),
    "a build, from the root": (
        'resource "aws_codebuild_project" "x" {\n  source {\n    buildspec = "ci/build.yml"\n  }\n}\n',
        "live/main.tf",
        "ci/build.yml",
        "source.buildspec",
    ),
    "a folder of SAM": (SAM_TEMPLATE, "app/template.json", "app/src/i.py", SAM_CODE),
    "its own folder": (SAM_TEMPLATE.replace("src/", "."), "app/template.json", "app/i.py", SAM_CODE),
    "a file that is not named": (FUNCTION_OF.format('filename = "a.zip"'), "live/main.tf", "live/b.zip", ""),
    "prose": (ARCHIVE.format('source_dir = "${path.module}/src"'), "main.tf", "src/README.md", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", NAMED.values(), ids=NAMED)
def test_a_file_that_nothing_reads_and_code_is_in(case: tuple[str, str, str, str]) -> None:
    text, path, named, wanted = case
    found = change(*({path: text, named: each} for each in ("print(1)", "print(2)"))).code
    assert [each for one in found for each in one.properties] == ([wanted] if wanted else [])


def test_look_ups_that_are_made_of_each_other_are_gone_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, wide = 4, 12
    look_ups = [
        (f"r{row}_{at}", ", ".join(f"data.external.r{row + 1}_{each}.result.x" for each in range(wide)))
        for row in range(rows)
        for at in range(wide)
    ]
    last = [(f"r{rows}_{at}", "") for at in range(wide)]
    text = "".join(f'data "external" "{name}" {{\n  query = [{made_of}]\n}}\n' for name, made_of in (*look_ups, *last))
    asked: list[object] = []
    targets = World.targets
    monkeypatch.setattr(World, "targets", lambda world, value: asked.append(value) or targets(world, value))
    files = instance("data.external.r0_0.result.x", text)
    assert said(files, {**files, "other.tf": "locals {}\n"}) == []
    assert len(asked) < 2 * len(look_ups)


def test_the_same_code_elsewhere_is_no_change() -> None:
    moved = instance('"ls"', "moved {\n  from = aws_instance.old\n  to = aws_instance.x\n}\n")
    old = {"main.tf": instance('"ls"')["main.tf"].replace('"x"', '"old"')}
    assert said(old, moved) == []
    assert said(old, instance('"ls"')) == ["aws_instance.x: new code in user_data, ami"]
    twice = instance('"ls"\ncount = 2')
    assert said(instance('"ls"'), twice) == []
    assert said(twice, instance('"curl"\ncount = 3')) == ["aws_instance.x[0]: other code in user_data"]


def test_no_code_is_shown() -> None:
    found = change(instance('"ls"'), instance('"export TOKEN=Zx9qLmW4vTn8RbKe2PdY"')).code
    assert "Zx9q" not in repr(found)
    assert isinstance(found[0], CodeChange)


def test_the_title_names_what_there_is() -> None:
    files = instance('"ls"', 'resource "aws_key_pair" "k" {\n  public_key = "A"\n}\n')
    head = {"main.tf": files["main.tf"].replace('"ls"', '"curl"').replace('"A"', '"B"')}
    assert code_title(change(files, head)) == "Not judged: code and keys"
