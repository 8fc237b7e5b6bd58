"""A secret in every kind of place, looked for in every output: as it is, reversed, encoded and hashed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from functools import cache

import pytest

from iacreview.catalog.catalog import Catalog
from iacreview.engine.load import load_catalog, load_rules
from tests.outputs import differences, outputs

SECRET = "Zq9~Vault!17xK"
# The same where a language takes letters and digits alone.
WORD = "Zq9Vault17xKm4"

DB = 'resource "aws_db_instance" "d" {\n  <A>\n}\n'
HEAD = 'AWSTemplateFormatVersion: "2010-09-09"\n'
STACK = HEAD + "Resources:\n  D:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      Engine: mysql\n      <A>\n"


def database(argument: str) -> str:
    return DB.replace("<A>", argument)


# What Terraform reads: the arguments of a database, with the secret as <S> or, as a word, <W>.
ARGUMENTS = {
    "literal": 'password = "<S>"',
    "heredoc": "password = <<EOT\n<S>\nEOT",
    "join": 'password = join("", ["<S>"])',
    "format": 'password = format("%s!", "<S>")',
    "choice": 'password = var.a ? "<S>" : "x"',
    "two strings": 'password = "<S>" "<S>"',
    "no end": 'password = "<S>',
    "no end of a call": 'password = join("<S>", [',
    "half a choice": 'password = var.a == "" ? "<S>" :',
    "on the next line": 'password =\n  "<S>"',
    "not quoted": "password = <S>",
    "a name": "password = <W>",
    "a variable's name": "password = var.<W>",
    "a local's name": "password = local.<W>",
    "a module's name": "password = module.<W>.x",
    "a resource's name": "password = aws_ssm_parameter.<W>.value",
    "a data source's name": "password = data.aws_ssm_parameter.<W>.value",
    "a function's name": "password = <W>()",
    "a function of a provider": "password = provider::<W>::f()",
    "an attribute's name": "password = {a = 1}.<W>",
    "a key": 'password = {a = 1}["<S>"]',
    "a key of a map": 'password = {"<S>" = 1}',
    "twice a key": 'tags = {"<S>" = 1, "<S>" = 2}',
    "an argument's name": "<W> = 1",
    "twice an argument": "<W> = 1\n  <W> = 2",
    "a block's name": "<W> {\n  }",
    "a label": 'x "<S>" {\n  }',
    "a bad escape": 'password = "\\q<S>"',
    "a bad hole": 'password = "${<S>}"',
    "an operator": "password = <W> ** 2",
    "a comment": "# <S> )\n  password = )",
    "a number": 'password = tonumber("<S>")',
    "a bool": 'password = "<S>" ? 1 : 2',
    "a wrong argument": 'password = cidrsubnet("<S>", 1, 2)',
    "a regex": 'password = regex("(<S>", "x")',
    "a bad date": 'password = timeadd("<S>", "1h")',
    "a file": 'password = file("<S>")',
    "a template": 'password = templatefile("<S>.tpl", {})',
    "bad JSON": 'password = jsondecode("{<S>")',
    "bad YAML": 'password = yamldecode("a: *<W>")',
    "bad base64": 'password = base64decode("<S>")',
    "a format of too few": 'password = format("<S> %d", "<S>")',
    "an index": 'password = [1]["<S>"]',
    "a lookup": 'password = lookup({}, "<S>")',
    "a splat": "password = var.<W>[*].x",
    "an encoding": 'password = base64encode("<S>")',
    "a hash": 'password = sha256("<S>")',
    "reversed": 'password = strrev("<S>")',
    "upper case": 'password = upper("<S>")',
    "an engine": 'engine = "<S>"\n  password = "<S>"',
    "a name beside": 'identifier = "x-<S>"\n  password = "<S>"',
    "an encoding beside": 'identifier = base64encode("<S>")\n  password = "<S>"',
    "a hash beside": 'identifier = md5("<S>")\n  password = "<S>"',
    "a certificate": 'ca_cert_identifier = "<S>"\n  password = "<S>"',
    "in one line": 'storage_encrypted = false, password = "<S>"',
}

# Whole files of Terraform.
CONFIGURATIONS: dict[str, dict[str, str]] = {
    "a default": {"a.tf": 'variable "db_password" {\n  default = "<S>"\n}\n'},
    "a hidden default": {"a.tf": 'variable "x" {\n  default = "<S>"\n  sensitive = true\n}\n'},
    "a value of tfvars": {
        "a.tf": 'variable "p" {}\n' + database("password = var.p"),
        "terraform.tfvars": 'p = "<S>"\n',
    },
    "two values in tfvars": {
        "a.tf": 'variable "p" {}\n' + database("password = var.p"),
        "terraform.tfvars": 'p = "<S>" "<S>"\n',
    },
    "a name in tfvars": {"a.tf": database("password = var.p"), "terraform.tfvars": "<W> = 1\n"},
    "a bare value in tfvars": {"a.tf": 'variable "p" {}\n', "terraform.tfvars": "p = <W>\n"},
    "tfvars in JSON": {"a.tf": 'variable "p" {}\n', "terraform.tfvars.json": '{"p": "<S>" "<S>"}\n'},
    "keys of tfvars in JSON": {"a.tf": 'variable "p" {}\n', "terraform.tfvars.json": '{"<S>": 1, "<S>": 2}\n'},
    "keys of instances": {
        "a.tf": 'resource "aws_db_instance" "d" {\n  for_each = toset(["<S>"])\n  password = each.key\n}\n'
    },
    "keys of modules": {
        "a.tf": 'module "m" {\n  source = "./m"\n  for_each = {"<S>" = 1}\n  p = each.key\n}\n',
        "m/a.tf": 'variable "p" {}\n' + database("password = var.p"),
    },
    "an encoded key": {
        "a.tf": 'resource "aws_db_instance" "d" {\n  for_each = {(base64encode("<S>")) = "<S>"}\n  password = each.value\n}\n'
    },
    "a hashed key": {
        "a.tf": 'resource "aws_db_instance" "d" {\n  for_each = {(sha256("<S>")) = "<S>"}\n  password = each.value\n}\n'
    },
    "a reversed key": {
        "a.tf": 'resource "aws_db_instance" "d" {\n  for_each = {(strrev("<S>")) = "<S>"}\n  password = each.value\n}\n'
    },
    "a condition": {
        "a.tf": 'variable "e" {}\nresource "aws_ebs_volume" "v" {\n  encrypted = var.e == "<S>" ? false : true\n}\n'
    },
    "a condition of existence": {
        "a.tf": 'variable "e" {}\nresource "aws_ebs_volume" "v" {\n  count = var.e == "<S>" ? 1 : 0\n}\n'
    },
    "a condition of a hidden input": {
        "a.tf": 'variable "e" {\n  sensitive = true\n}\n'
        'resource "aws_ebs_volume" "v" {\n  count = var.e == "hunter<W>" ? 1 : 0\n}\n'
    },
    "a workspace": {
        "a.tf": 'resource "aws_ebs_volume" "v" {\n  encrypted = terraform.workspace != "<S>"\n  count = terraform.workspace == "<S>" ? 1 : 0\n}\n'
    },
    "a source": {"a.tf": 'module "m" {\n  source = "git::https://u:<S>@example.com/m.git"\n}\n'},
    "a token in a source": {"a.tf": 'module "m" {\n  source = "https://example.com/m.zip?token=<W>"\n}\n'},
    "a local source": {"a.tf": 'module "m" {\n  source = "./<S>"\n}\n'},
    "a backend in JSON": {"a.tf.json": '{"terraform": {"backend": {"http": {"password": "<S>"}}}}'},
    "the key of the state": {
        "a.tf": 'terraform {\n  encryption {\n    key_provider "pbkdf2" "k" {\n      passphrase = "<S>"\n    }\n  }\n}\n'
    },
    "endpoints": {
        "a.tf": 'provider "aws" {\n  http_proxy = "http://u:<S>@p.example"\n  endpoints {\n    s3 = "https://u:<S>@e.example"\n  }\n}\n'
    },
    "who gets a grant": {
        "a.tf": 'variable "k" {\n  sensitive = true\n  default = "<W>"\n}\nresource "aws_kms_grant" "m" {\n  key_id = var.k\n  grantee_principal = var.k\n  operations = [var.k]\n}\n'
    },
    "values in a pipeline": {
        ".gitlab-ci.yml": "d:\n  script: sam deploy --parameter-overrides DbPassword=<S>\n",
        "a.tf": "locals {}\n",
    },
    "a backend": {"a.tf": 'terraform {\n  backend "s3" {\n    secret_key = "<S>"\n  }\n}\n'},
    "what a check reads": {"a.tf": 'check "c" {\n  data "http" "h" {\n    url = "https://u:<S>@example.com"\n  }\n}\n'},
    "an action": {
        "a.tf": 'action "aws_lambda_invoke" "x" {\n  config {\n    payload = jsonencode({ password = "<S>" })\n  }\n}\n'
    },
    "a parameter that is only written": {
        "a.tf": 'resource "aws_ssm_parameter" "p" {\n  name = "/db/password"\n  type = "SecureString"\n  value_wo = "<S>"\n}\n'
    },
    "what a provisioner connects with": {
        "a.tf": 'resource "null_resource" "n" {\n  connection {\n    password = "<S>"\n  }\n}\n'
    },
    "a parameter of a stack elsewhere": {
        "a.tf": 'resource "aws_cloudformation_stack" "s" {\n  template_url = "https://e/x"\n  parameters = { Password = "<S>" }\n}\n'
    },
    "a provider": {"a.tf": 'provider "aws" {\n  secret_key = "<S>"\n}\n'},
    "an output": {"a.tf": 'output "db_password" {\n  value = "<S>"\n}\n'},
    "a list": {
        "a.tf": 'locals {\n  l = ["<S>"]\n}\nresource "aws_db_instance" "d" {\n  count = 1\n  password = local.l[count.index]\n}\n'
    },
    "JSON syntax": {"a.tf.json": '{"resource": {"aws_db_instance": {"d": {"password": "<S>"}}}}'},
    "JSON that ends": {"a.tf.json": '{"resource": {"aws_db_instance": {"d": {"password": "<S>'},
    "JSON without a comma": {"a.tf.json": '{"resource": {"aws_db_instance": {"d": {"password": "<S>" "<S>"}}}}'},
    "JSON with twice a key": {"a.tf.json": '{"resource": {"aws_db_instance": {"d": {"<S>": 1, "<S>": 2}}}}'},
    "JSON with a bad hole": {"a.tf.json": '{"resource": {"aws_db_instance": {"d": {"password": "${<S>"}}}}'},
    "user data": {"a.tf": 'resource "aws_instance" "i" {\n  user_data = "export DB_PASSWORD=<S>"\n}\n'},
    "an entry's name": {
        "a.tf": 'resource "aws_lambda_function" "f" {\n  environment {\n    variables = {API_TOKEN = "<S>", x = "<S>"}\n  }\n}\n'
    },
    "a Sid": {
        "a.tf": 'resource "aws_iam_policy" "p" {\n  policy = jsonencode({Version = "<S>", Statement = [{Sid = "<S>", Effect = "<S>", '
        'Action = "<S>", Resource = "<S>"}]})\n}\n' + database('password = "<S>"')
    },
    "elements of a policy": {
        "a.tf": 'resource "aws_iam_policy" "p" {\n  policy = jsonencode({Statement = [{Effect = "Allow", "<S>" = 1, Action = "*", '
        'Resource = "arn:aws:s3:::<S>/*", Condition = {"<S>" = {"<S>" = "<S>"}}}]})\n}\n' + database('password = "<S>"')
    },
    "a suppression": {"a.tf": "# iacreview:ignore ENC001 <S>\n" + database('password = "<S>"')},
    "a suppression of another tool": {"a.tf": database('#checkov:skip=CKV_AWS_16:<S>\n  password = "<S>"')},
    "a misspelt suppression": {"a.tf": "# iacreview:ignore <W> <S>\n" + database('password = "<S>"')},
    "a moved block": {"a.tf": "moved {\n  from = <S>\n  to = x\n}\n"},
}

# The properties of a database in a template.
PROPERTIES = {
    "literal": "MasterUserPassword: <S>",
    "double quotes": 'MasterUserPassword: "<S>"',
    "single quotes": "MasterUserPassword: '<S>'",
    "folded": "MasterUserPassword: >-\n        <S>",
    "an alias": "MasterUserPassword: *<W>",
    "an alias with signs": "MasterUserPassword: *<S>",
    "a tag": "MasterUserPassword: !<W>",
    "a tag with signs": "MasterUserPassword: !<S>",
    "a tag of a value": "MasterUserPassword: !<W> x",
    "a tag of a list": "MasterUserPassword: !<W> [a]",
    "a tag of a map": "MasterUserPassword: !<W> {a: b}",
    "two tags": "MasterUserPassword: !<W> !<W> x",
    "an anchor": "MasterUserPassword: &<W>",
    "twice an anchor": "MasterUserPassword: &<W> &<W> x",
    "a directive": "MasterUserPassword: %<W>",
    "a reserved sign": "MasterUserPassword: @<W>",
    "a back quote": "MasterUserPassword: `<W>",
    "two strings": "MasterUserPassword: '<S>' '<S>'",
    "no end": "MasterUserPassword: '<S>",
    "no end of a list": "MasterUserPassword: [<S>",
    "a bad escape": 'MasterUserPassword: "\\q<S>"',
    "two values": "MasterUserPassword: <W>: <W>",
    "a reference": "MasterUserPassword: !Ref <W>",
    "an attribute": "MasterUserPassword: !GetAtt <W>.X",
    "an attribute of D": "MasterUserPassword: !GetAtt D.<W>",
    "a text with a name": "MasterUserPassword: !Sub '${<W>}'",
    "a text with a bad hole": "MasterUserPassword: !Sub '${<S>'",
    "a condition's name": "MasterUserPassword: !If [<W>, a, b]",
    "a mapping's name": "MasterUserPassword: !FindInMap [<W>, a, b]",
    "an export's name": "MasterUserPassword: !ImportValue <S>",
    "a function": "MasterUserPassword: {'Fn::<W>': x}",
    "a join": "MasterUserPassword: !Join ['', [<S>]]",
    "a bad join": "MasterUserPassword: !Join [<S>]",
    "an encoding": "MasterUserPassword: !Base64 <S>",
    "a transform": "MasterUserPassword: {'Fn::Transform': {Name: <W>, Parameters: {P: <S>}}}",
    "twice a key": "<W>: 1\n      <W>: 2",
    "twice a password": "MasterUserPassword: <S>\n      MasterUserPassword: <S>",
    "a property's name": "<W>: 1",
    "a key that is a list": "? [<S>]\n      : 1",
    "beside": "MasterUserPassword: <S>\n      DBInstanceIdentifier: x-<S>\n      CACertificateIdentifier: <S>",
    "in one line": "Tags: [{Key: a, Value: b}]\n      MasterUserPassword: <S>\n      StorageEncrypted: false",
}

TEMPLATES: dict[str, dict[str, str]] = {
    "a default": {"t.yaml": HEAD + "Parameters:\n  P: {Type: String, NoEcho: true, Default: <S>}\nResources:\n  D: {Type: AWS::EC2::Volume}\n"},
    "an allowed value": {
        "t.yaml": HEAD
        + "Parameters:\n  P: {Type: String, NoEcho: true, AllowedValues: [<S>, b]}\nConditions:\n  C: !Equals [!Ref P, <S>]\n"
        + "Resources:\n  D: {Type: AWS::EC2::Volume, Condition: C}\n"
    },
    "a condition": {
        "t.yaml": HEAD
        + "Parameters:\n  P: {Type: String}\nConditions:\n  C: !Equals [!Ref P, <S>]\n"
        + "Resources:\n  D: {Type: AWS::EC2::Volume, Condition: C}\n"
    },
    "elements of a loop": {
        "t.yaml": HEAD
        + "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::L:\n    - N\n    - [<W>]\n"
        + "    - D${N}: {Type: AWS::RDS::DBInstance, Properties: {MasterUserPassword: !Ref N}}\n"
    },
    "a bad loop": {"t.yaml": HEAD + "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::L: <S>\n"},
    "a macro": {"t.yaml": HEAD + "Transform: <S>\nResources:\n  D: {Type: AWS::EC2::Volume}\n"},
    "a type": {"t.yaml": HEAD + "Resources:\n  D: {Type: <S>}\n  E: {Type: AWS::EC2::Volume}\n"},
    "a custom resource": {"t.yaml": HEAD + "Resources:\n  D: {Type: 'Custom::X', Properties: {ServiceToken: 'arn:x', DbPassword: <S>, Url: 'https://u:<S>@e.example'}}\n"},
    "a nested stack": {"t.yaml": HEAD + "Resources:\n  D: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: 'https://u:<S>@example.com/t.yaml'}}\n"},
    "resources": {"t.yaml": HEAD + "Resources: <S>\n"},
    "parameters": {"t.yaml": HEAD + "Parameters: <S>\nResources:\n  D: {Type: AWS::EC2::Volume}\n"},
    "JSON": {"t.json": '{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"D": {"Type": "AWS::RDS::DBInstance", "Properties": {"MasterUserPassword": "<S>" "<S>"}}}}'},
    "JSON that ends": {"t.json": '{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"D": {"Type": "AWS::RDS::DBInstance", "Properties": {"MasterUserPassword": "<S>'},
    "JSON with twice a key": {"t.json": '{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"D": {"Type": "AWS::EC2::Volume", "<S>": 1, "<S>": 2}}}'},
    "an output": {"t.yaml": HEAD + "Resources:\n  D: {Type: AWS::EC2::Volume}\nOutputs:\n  DbPassword: {Value: <S>}\n"},
    "a rule": {"t.yaml": HEAD + "Rules:\n  R: {Assertions: [{Assert: !Equals [<S>, b], AssertDescription: <S>}]}\nResources:\n  D: {Type: AWS::EC2::Volume}\n"},
    "metadata": {"t.yaml": HEAD + "Resources:\n  D:\n    Type: AWS::EC2::Volume\n    Metadata:\n      checkov: {skip: [{id: <S>, comment: <S>}]}\n"},
    "a circle": {"t.yaml": HEAD + "Resources:\n  D: {Type: AWS::EC2::Volume, DependsOn: [<W>, D]}\n"},
    "a plan": {"p.json": '{"format_version": "1.2", "terraform_version": "1.9.0", "planned_values": {"root_module": {"resources": [{"address": "aws_db_instance.d", "mode": "managed", "type": "aws_db_instance", "name": "d", "provider_name": "registry.terraform.io/hashicorp/aws", "values": {"password": "<S>", "identifier": "<S>"}, "sensitive_values": {}}]}}, "configuration": {"root_module": {}}}'},
    "a plan that ends": {"p.json": '{"format_version": "1.2", "terraform_version": "1.9.0", "planned_values": {"root_module": {"resources": [{"values": {"password": "<S>'},
    "settings": {".iacreview.yaml": "select: [<S>]\n", "a.tf": database('password = "<S>"')},
}  # fmt: skip


def planted(text: str) -> str:
    return text.replace("<S>", SECRET).replace("<W>", WORD)


def places() -> Iterator[tuple[str, dict[str, str]]]:
    for name, argument in ARGUMENTS.items():
        yield f"Terraform: {name}", {"a.tf": planted(database(argument))}
    for name, found in PROPERTIES.items():
        yield f"CloudFormation: {name}", {"t.yaml": planted(STACK.replace("<A>", found))}
    for files in (CONFIGURATIONS, TEMPLATES):
        for name, texts in files.items():
            yield f"files: {name}", {path: planted(text) for path, text in texts.items()}


PLACES = list(places())


@cache
def catalog() -> Catalog:
    return load_catalog()


def traces(secret: str) -> list[str]:
    """What of a secret must not be in an output."""
    data = secret.encode()
    encoded = [base64.b64encode(data[start:]).decode().rstrip("=")[2:-2] for start in range(3)]
    hashes = [hashlib.new(name, data).hexdigest()[:12] for name in ("md5", "sha1", "sha256", "sha512")]
    return [secret, secret[::-1], data.hex(), *encoded, *hashes, secret.upper(), secret.replace("~", "\\u007e")]


TRACES = [*traces(SECRET), *traces(WORD)]


def test_there_are_many_places() -> None:
    assert len(PLACES) > 120


def leaks(shown: Mapping[str, str]) -> list[tuple[str, str]]:
    """The lines of outputs that have a trace of a secret."""
    lines = ((kind, line) for kind, text in shown.items() for line in text.splitlines())
    return [(kind, line) for kind, line in lines if any(trace in line for trace in TRACES)]


@pytest.mark.parametrize(("name", "files"), PLACES, ids=[name for name, _ in PLACES])
def test_a_planted_secret_is_shown_nowhere(name: str, files: dict[str, str]) -> None:
    assert not leaks(outputs(files, load_rules(), catalog())[1])


@pytest.mark.parametrize("index", range(len(PLACES)), ids=[name for name, _ in PLACES])
def test_a_change_shows_none_either(index: int) -> None:
    """Whether the secret comes, goes, or stays while something else changes, in turns."""
    files = PLACES[index][1]
    other = {path: f"{text}\n" for path, text in files.items()}
    base, head = (({}, files), (files, {}), (files, other))[index % 3]
    assert not leaks(differences(base, head, load_rules(), catalog()))


@pytest.mark.parametrize(
    ("variable", "condition", "shown"),
    [
        ("sensitive = true", 'var.e == "hunter" ? false : true', False),
        ("sensitive = true", '"hunter" != var.e ? true : false', False),
        ("", 'var.db_password == "hunter" ? false : true', False),
        # Nothing tells it from the name of an environment: see "Secrets" in docs/limits.md.
        ("", 'var.e == "hunter" ? false : true', True),
    ],
)
def test_what_a_secret_is_compared_with(variable: str, condition: str, shown: bool) -> None:
    """A word like any other: only that of which it is said tells that it is one."""
    inputs = f'variable "e" {{\n  {variable}\n}}\nvariable "db_password" {{}}\n'
    files = {"main.tf": f'{inputs}resource "aws_ebs_volume" "v" {{\n  encrypted = {condition}\n}}\n'}
    report, found = outputs(files, load_rules(), catalog())
    assert "ENC001" in {each.rule for each in report.findings}
    assert [name for name, text in found.items() if "hunter" in text] == [] or shown
    assert ("hunter" in found["text"]) is shown
