"""Changes by somebody who wants a bad one to pass: each is found, or it is said what could not be known.

Every case has a good base; the head opens, unencrypts or writes out something in a way that is meant not to be seen.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.model.finding import Report
from iacreview.options import Options
from iacreview.review.comparison import compare
from iacreview.review.sides import Side
from iacreview.tree import WorkingTree
from tests.review.transforms import as_tf_json
from tests.trees import MemoryTree

SECRET = "Zx9qLmW4vTn8RbKe2PdY"
GOOD = '["10.0.0.0/8"]'
UNKNOWN = 'variable "o" {}\n'
Files = Mapping[str, str]


def group(networks: str = GOOD, port: str = "22", protocol: str = '"tcp"', more: str = "") -> str:
    return (
        f'resource "aws_security_group" "g" {{\n  ingress {{\n    from_port = {port}\n    to_port = {port}\n'
        f"    protocol = {protocol}\n    cidr_blocks = {networks}\n  }}\n}}\n{more}"
    )


def database(arguments: str, more: str = "") -> str:
    return f'resource "aws_db_instance" "d" {{\n  engine = "mysql"\n  {arguments}\n}}\n{more}'


def policy(document: str) -> str:
    return f'resource "aws_iam_policy" "p" {{\n  name = "p"\n  policy = {document}\n}}\n'


def statement(text: str) -> str:
    return f'jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "Allow", {text} }}] }})'


def stack(network: str, head: str = "", more: str = "") -> str:
    return (
        f"AWSTemplateFormatVersion: '2010-09-09'\n{head}Resources:\n  G:\n    Type: AWS::EC2::SecurityGroup\n"
        "    Properties:\n      GroupDescription: g\n      SecurityGroupIngress:\n"
        f"        - {{IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: {network}}}\n{more}"
    )


# The networks of a group, as expressions; the second text is what stands beside it.
NETWORKS = {
    "a split text": ('split(",", "10.0.0.0/8,0.0.0.0/0")', ""),
    "formatted numbers": ('[format("%d.0.0.%d/%d", 0, 0, 0)]', ""),
    "two halves of the world": ('["0.0.0.0/1", "128.0.0.0/1"]', ""),
    "computed halves": ('cidrsubnets("0.0.0.0/0", 1, 1)', ""),
    "256 eighths": ('[for i in range(256) : "${i}.0.0.0/8"]', ""),
    "a network with another address": ('["9.9.9.9/0"]', ""),
    "zeros": ('["000.000.000.000/00"]', ""),
    "rows of a table": ('csvdecode("c\\n0.0.0.0/0")[*].c', ""),
    "a key of a map": ('keys(transpose({ a = ["0.0.0.0/0"] }))', ""),
    "matching keys": ('matchkeys(["0.0.0.0/0"], ["a"], ["a"])', ""),
    "what is left of a set": ('setsubtract(["10.0.0.0/8", "0.0.0.0/0"], ["10.0.0.0/8"])', ""),
    "a key that is there twice": ('[jsondecode("{\\"a\\":\\"10.0.0.0/8\\",\\"a\\":\\"0.0.0.0/0\\"}").a]', ""),
    "merged YAML": ('[yamldecode("b: &b {c: 0.0.0.0/0}\\na:\\n  <<: *b\\n").a.c]', ""),
    "a reversed text": ('[strrev("0/0.0.0.0")]', ""),
    "another encoding": ('[textdecodebase64("MC4wLjAuMC8w", "UTF-8")]', ""),
    "a zipped text": ('[base64gunzip("H4sIAAAAAAAA/zPQM9AzAEF9AwAFZTqZCQAAAA==")]', ""),
    "a template in a text": ("[templatestring(local.t, {})]", 'locals {\n  t = "0.0.0.0/0"\n}\n'),
    "the day of the plan": ('[formatdate("YYYY", plantimestamp()) == "2020" ? "10.0.0.0/8" : "0.0.0.0/0"]', ""),
    "a file of the machine": ('[fileexists("/etc/passwd") ? "0.0.0.0/0" : "10.0.0.0/8"]', ""),
    "a file that is made later": ('[fileexists("${path.module}/made.json") ? "0.0.0.0/0" : "10.0.0.0/8"]', ""),
    "the number of all files": ('[length(fileset(path.module, "**")) == 1 ? "10.0.0.0/8" : "0.0.0.0/0"]', ""),
    "installed files": ('[length(fileset(path.module, ".terraform/*")) > 0 ? "0.0.0.0/0" : "10.0.0.0/8"]', ""),
    "the home directory": ('[pathexpand("~") == "~" ? "10.0.0.0/8" : "0.0.0.0/0"]', ""),
    "a hash of what is elsewhere": ('[filesha1("/etc/passwd") == "x" ? "10.0.0.0/8" : "0.0.0.0/0"]', ""),
    "a random number": (
        '[random_id.x.hex == "a" ? "10.0.0.0/8" : "0.0.0.0/0"]',
        'resource "random_id" "x" {\n  byte_length = 1\n}\n',
    ),
    "what is not ephemeral": ('[ephemeralasnull("0.0.0.0/0")]', ""),
    "what is ephemeral": (
        "[ephemeralasnull(var.e)]",
        'variable "e" {\n  ephemeral = true\n  default = "0.0.0.0/0"\n}\n',
    ),
    "what is sensitive": ("[nonsensitive(var.s)]", 'variable "s" {\n  sensitive = true\n  default = "0.0.0.0/0"\n}\n'),
    "whether it is sensitive": ('[issensitive(var.o) ? "10.0.0.0/8" : "0.0.0.0/0"]', UNKNOWN),
    "a function of a provider": ('[provider::x::y("0.0.0.0/0")]', ""),
    "a filter that is not known": ('[for c in ["0.0.0.0/0", "10.0.0.0/8"] : c if c != var.o]', UNKNOWN),
    "a part that is not known": ('slice(["0.0.0.0/0", "10.0.0.0/8"], 0, var.o)', UNKNOWN),
    "what a resource is given": (
        "[terraform_data.t.output]",
        'resource "terraform_data" "t" {\n  input = "0.0.0.0/0"\n}\n',
    ),
    "a trigger": (
        "[null_resource.t.triggers.c]",
        'resource "null_resource" "t" {\n  triggers = { c = "0.0.0.0/0" }\n}\n',
    ),
    "a tag": ("[aws_vpc.v.tags.c]", 'resource "aws_vpc" "v" {\n  tags = { c = "0.0.0.0/0" }\n}\n'),
    "quotes in quotes": ('["${"0.0.0.0/0"}"]', ""),
    "a directive": ('["%{ if true }0.0.0.0/0%{ endif }"]', ""),
    "a loop in a text": ('["%{ for x in ["0.0.0.0/0"] }${x}%{ endfor }"]', ""),
    "escapes": ('["\\u0030.0.0.0/0"]', ""),
    "an old index": ("[local.l.0]", 'locals {\n  l = ["0.0.0.0/0"]\n}\n'),
    "an old splat": ("local.l.*.c", 'locals {\n  l = [{ c = "0.0.0.0/0" }]\n}\n'),
    "expanded arguments": ('values(merge([{ a = "0.0.0.0/0" }]...))', ""),
    "grouped keys": ('keys({ for v in ["0.0.0.0/0"] : v => v... })', ""),
    "a default of an attribute": (
        "[var.c.a.cidr]",
        'variable "c" {\n  type = object({ a = optional(object({ cidr = optional(string, "0.0.0.0/0") }), {}) })\n  default = {}\n}\n',
    ),
    "a default in a list": (
        "var.c[*].cidr",
        'variable "c" {\n  type = list(object({ cidr = optional(string, "0.0.0.0/0") }))\n  default = [{}]\n}\n',
    ),
    "the working directory": ('[basename(path.cwd) == "ci" ? "10.0.0.0/8" : "0.0.0.0/0"]', ""),
    "a heredoc's lines": ('split("\\n", trimspace(<<EOT\n10.0.0.0/8\n0.0.0.0/0\nEOT\n))', ""),
    "a return in a comment": ('[\n# good\r "10.0.0.0/8"\n "0.0.0.0/0"]', ""),
    "no form of IPv6 is the shortest": ('["0::0/0"]', ""),
    "a shuffled list": (
        "random_shuffle.x.result",
        'resource "random_shuffle" "x" {\n  input = ["0.0.0.0/0", "10.0.0.0/8"]\n}\n',
    ),
    "a program's answer": (
        "[data.external.x.result.c]",
        'data "external" "x" {\n  program = ["sh"]\n}\n',
    ),
    "a stored parameter": (
        "[data.aws_ssm_parameter.p.value]",
        'data "aws_ssm_parameter" "p" {\n  name = "n"\n}\n',
    ),
}
PORTS = {
    "a number with an exponent": ("2.2e1", '"tcp"'),
    "a text": ('"22"', '"tcp"'),
    "a sum": ("sum([20, 2])", '"tcp"'),
    "a choice": ("var.o ? 22 : 443", '"tcp"'),
    "not known": ("var.o", '"tcp"'),
    "the protocol's number": ("22", "6"),
    "capital letters": ("22", '"TCP"'),
    "an unknown protocol": ("22", "var.o"),
    "every protocol": ("0", '"all"'),
}
ARGUMENTS = {
    "no file": 'storage_encrypted = length(fileset(path.module, "*.enc")) > 0',
    "no list": "storage_encrypted = anytrue([])",
    "what fails": 'storage_encrypted = can(tonumber("a"))',
    "zero": "storage_encrypted = 0",
    "a comparison": 'storage_encrypted = "a" == "b"',
    "nothing": "storage_encrypted = one([])",
    "a workspace": 'storage_encrypted = terraform.workspace == "prod"',
    "yes is no": 'storage_encrypted = yamldecode("no")',
    "a negation": "storage_encrypted = true\n  publicly_accessible = !false",
    "a file": 'storage_encrypted = true\n  publicly_accessible = fileexists("~/.aws/credentials")',
}
PASSWORDS = {
    "pieces": f'join("", ["{SECRET[:9]}", "{SECRET[9:]}"])',
    "a hash of a constant": 'substr(sha256("my"), 0, 16)',
    "a name-based UUID": 'uuidv5("dns", "example.com")',
    "what a resource is given": "terraform_data.t.output",
    "what is not ephemeral": f'ephemeralasnull("{SECRET}")',
    "what cannot be read": f'try(data.x.y.z, "{SECRET}")',
    "a part of a text": f'regex("p=(.*)", "p={SECRET}")[0]',
    "a choice": f'var.o == "" ? "{SECRET}" : var.o',
    "a text with a hole": f'"{SECRET}${{var.o}}"',
    "what is ignored later": f'"{SECRET}"\n  lifecycle {{\n    ignore_changes = [password]\n  }}',
    "write-only": f'null\n  password_wo = "{SECRET}"',
}
STATEMENTS = {
    "two stars": 'Action = "*:*", Resource = "*"',
    "question marks": 'Action = ["s3:???Object", "??*"], Resource = "*"',
    "all but nothing": 'NotAction = [], Resource = "*"',
    "all but a word": 'NotAction = ["s3:Foo"], Resource = "*"',
    "capital letters": 'Action = "S3:*", Resource = "*"',
    "an ARN of stars": 'Action = "iam:*", Resource = "arn:aws:iam::*:*"',
    "a condition that holds": 'Action = "*", Resource = "*", Condition = { StringLike = { "aws:PrincipalArn" = "*" } }',
    "a choice": 'Action = var.o == "x" ? ["s3:GetObject"] : ["*"], Resource = "*"',
    "not known": 'Action = var.o, Resource = "*"',
}
TRUST = {
    "every address": '{ IpAddress = { "aws:SourceIp" = "0.0.0.0/0" } }',
    "for all of none": '{ "ForAllValues:StringEquals" = { "aws:PrincipalOrgID" = "o-1" } }',
    "if there is one": '{ StringEqualsIfExists = { "aws:SourceAccount" = "1" } }',
    "all but one": '{ StringNotEquals = { "aws:PrincipalOrgID" = "o-1" } }',
    "since 1970": '{ DateGreaterThan = { "aws:CurrentTime" = "1970-01-01T00:00:00Z" } }',
    "a tag of theirs": '{ StringEquals = { "aws:PrincipalTag/x" = "y" } }',
}
REGIONS = "Mappings:\n  M:\n    us-east-1: {c: 10.0.0.0/8}\n    eu-west-1: {c: %s}\n"
ADDRESSES = {
    "a network of networks": ("!Select [0, !Cidr ['0.0.0.0/0', 1, 32]]", ""),
    "one region": ("!FindInMap [M, !Ref AWS::Region, c]", REGIONS % "0.0.0.0/0"),
    "no region": ("{'Fn::FindInMap': [M, !Ref AWS::Region, c, {DefaultValue: 0.0.0.0/0}]}", REGIONS % "10.0.0.0/8"),
    "an account": (
        "!If [C, 10.0.0.0/8, 0.0.0.0/0]",
        "Conditions:\n  C: !Equals [!Ref AWS::AccountId, '1']\n",
    ),
    "a stored parameter": ("'{{resolve:ssm:/c}}'", ""),
    "a stored default": ("!Ref P", "Parameters:\n  P: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /c}\n"),
    "another stack": ("!ImportValue x", ""),
    "a macro": ("{'Fn::Transform': {Name: M}}", ""),
    "a length": (
        "{'Fn::Sub': ['0.0.0.0/${n}', {n: {'Fn::Length': []}}]}",
        "Transform: AWS::LanguageExtensions\n",
    ),
}
RULE_OF_THE_GROUP = "GroupId: !Ref G, IpProtocol: tcp, FromPort: 22, ToPort: 22"
RESOURCES = {
    "a prefix list": "  L:\n    Type: AWS::EC2::PrefixList\n    Properties: {AddressFamily: IPv4, Entries: [{Cidr: 0.0.0.0/0}]}\n"
    f"  I:\n    Type: AWS::EC2::SecurityGroupIngress\n    Properties: {{{RULE_OF_THE_GROUP}, SourcePrefixListId: !Ref L}}\n",
    "the other Internet": f"  I:\n    Type: AWS::EC2::SecurityGroupIngress\n    Properties: {{{RULE_OF_THE_GROUP}, CidrIpv6: '::/0'}}\n",
    "a module": "  M:\n    Type: My::Org::Group::MODULE\n",
    "a stack set": "  S:\n    Type: AWS::CloudFormation::StackSet\n    Properties: {TemplateURL: 'https://example.com/t.yaml'}\n",
    "a product": "  S:\n    Type: AWS::ServiceCatalog::CloudFormationProvisionedProduct\n    Properties: {ProductName: x}\n",
    "a nested stack elsewhere": "  S:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: 'https://example.com/t.yaml'}\n",
    "an included file elsewhere": "  Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/x.yaml}}\n",
    "what a macro adds": "  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      Fn::Transform: {Name: M}\n",
    "an administrator": "  S:\n    Type: AWS::SSO::PermissionSet\n    Properties: {ManagedPolicies: ['arn:aws:iam::aws:policy/AdministratorAccess']}\n",
}
# Blocks beside the resources, each with a secret or with what nobody knows.
TOKEN = f"{SECRET}{SECRET}"
BLOCKS = {
    "a provisioner": 'resource "terraform_data" "t" {\n  provisioner "local-exec" {\n    command = "./open.sh"\n  }\n}\n',
    "where a provisioner connects to": f'resource "null_resource" "n" {{\n  connection {{\n    password = "{SECRET}"\n  }}\n}}\n',
    "where the state is kept": f'terraform {{\n  backend "s3" {{\n    secret_key = "{TOKEN}"\n  }}\n}}\n',
    "who plans": f'terraform {{\n  cloud {{\n    token = "{TOKEN}"\n  }}\n}}\n',
    "what a check reads": f'check "c" {{\n  data "http" "x" {{\n    url = "https://example.com/?token={TOKEN}"\n  }}\n}}\n',
    "an action": f'action "aws_lambda_invoke" "x" {{\n  config {{\n    payload = jsonencode({{ password = "{SECRET}" }})\n  }}\n}}\n',
    "what is never stored": f'ephemeral "http" "x" {{\n  url = "https://example.com"\n  password = "{SECRET}"\n}}\n',
    "a parameter that is only written": f'resource "aws_ssm_parameter" "p" {{\n  name = "/db/password"\n  type = "String"\n  value_wo = "{SECRET}"\n}}\n',
    "another provider": 'terraform {\n  required_providers {\n    aws = { source = "acme/aws" }\n  }\n}\n',
    "a policy that overrides": 'data "aws_iam_policy_document" "a" {\n  statement {\n    sid = "x"\n    actions = ["*"]\n    resources = ["*"]\n  }\n}\n'
    'data "aws_iam_policy_document" "b" {\n  statement {\n    sid = "x"\n    actions = ["s3:GetObject"]\n    resources = ["arn:aws:s3:::b/k"]\n  }\n'
    "  override_policy_documents = [data.aws_iam_policy_document.a.json]\n}\n"
    + policy("data.aws_iam_policy_document.b.json"),
    "a policy without white space": 'data "aws_iam_policy_document" "a" {\n  statement {\n    actions = ["*"]\n    resources = ["*"]\n  }\n}\n'
    + policy("data.aws_iam_policy_document.a.minified_json"),
    "an iterator": 'resource "aws_security_group" "i" {\n  dynamic "ingress" {\n    for_each = ["0.0.0.0/0"]\n    iterator = it\n    content {\n'
    '      from_port = 22\n      to_port = 22\n      protocol = "tcp"\n      cidr_blocks = [it.value]\n    }\n  }\n}\n',
}
# How a template writes 22, or that nothing is encrypted.
NUMBERS = {
    "octal": "026",
    "hexadecimal": "0x16",
    "with an underscore": "2_2",
    "binary": "0b10110",
    "base 60": "0:22",
    "folded": ">-\n            22",
    "another type": "!!int '22'",
    "an anchor": "&p 22",
}
NOT_ENCRYPTED = ("off", "n", "~", "''", "!Ref AWS::NoValue", "!Sub 'false'", "!!bool no")
OPEN_TEXT = stack("0.0.0.0/0")
OPEN_JSON = '{"Resources": {"V": {"Type": "AWS::EC2::Volume", "Properties": {"Encrypted": false}}}}'
TEXTS = {
    "a directive of YAML": ("t.yaml", "%YAML 1.1\n---\n" + OPEN_TEXT),
    "the end of a document": ("t.yaml", OPEN_TEXT + "...\n"),
    "more after the end": ("t.yaml", stack("10.0.0.0/8") + "...\n" + OPEN_TEXT),
    "a service of another framework": ("serverless.yml", "service: x\nprovider: {name: aws}\n"),
    "a program of another language": ("infra/Pulumi.prod.yaml", "config: {open: true}\n"),
    "an image of another tool": ("hosts.pkr.hcl", 'source "amazon-ebs" "x" {}\n'),
    "a controller in a cluster": ("k8s/p.yaml", "apiVersion: iam.services.k8s.aws/v1alpha1\nkind: Policy\n"),
    "a provider in a cluster": ("k8s/p.yaml", "apiVersion: ec2.aws.upbound.io/v1beta1\nkind: SecurityGroup\n"),
    "an account in a cluster": ("c.yaml", "kind: ClusterConfig\napiVersion: eksctl.io/v1alpha5\n"),
    "nodes in a cluster": ("chart/n.yaml", "- apiVersion: 'karpenter.k8s.aws/v1'\n  kind: EC2NodeClass\n"),
    "a load balancer of an ingress": (
        "i.yml",
        "metadata:\n  annotations: {alb.ingress.kubernetes.io/scheme: internet-facing}\n",
    ),
    "tasks of Ansible": ("site.yml", "- hosts: x\n  tasks:\n    - amazon.aws.ec2_security_group:\n        rules: []\n"),
    "a task definition": ("task.json", '{"family": "x", "containerDefinitions": [{"privileged": true}]}'),
    "a service of Copilot": ("copilot/web/manifest.yml", "type: Backend Service\n"),
    "policies of Chalice": ("api/.chalice/policy-dev.json", '{"Version": "2012-10-17"}'),
    "a landing zone": ("lza/network-config.yaml", "vpcs: []\n"),
    "a program of the CDK": ("bin/app.ts", "import * as ec2 from 'aws-cdk-lib/aws-ec2';\n"),
    "a program of Pulumi": ("infra/__main__.py", "import pulumi_aws as aws\n"),
    "commands in a script": (
        "open.sh",
        "aws --region eu-west-1 --debug ec2 \\\n  authorize-security-group-ingress --cidr 0.0.0.0/0\n",
    ),
    "commands in a pipeline": (".github/workflows/x.yml", "run: aws iam attach-role-policy --role-name x\n"),
    "a pipeline with a role": (".github/workflows/x.yml", "with: {role-to-assume: x}\nrun: ./evil.sh\n"),
    "a pipeline that applies": ("Jenkinsfile", "sh 'terraform -chdir=live apply -auto-approve'\n"),
    "what a build runs": ("ci/buildspec.yml", "version: 0.2\nphases: {build: {commands: [curl x]}}\n"),
    "commands of PowerShell": ("open.ps1", "Grant-EC2SecurityGroupIngress -GroupId sg-1\n"),
    "a policy that is for nothing here": (
        "policies/p.json",
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]}',
    ),
    "values in a shell": (".envrc", "export TF_VAR_open=true\n"),
    "explicit keys": (
        "t.yaml",
        OPEN_TEXT.replace("{IpProtocol", "{? IpProtocol\n          ").replace(
            "IpProtocol\n          :", "IpProtocol\n          :"
        ),
    ),
    "escapes in keys": ("t.yaml", OPEN_TEXT.replace("CidrIp: 0.0.0.0/0", '"Cidr\\x49p": "0.0.0.0\\x2f0"')),
    "an alias as a key": ("t.yaml", "Metadata:\n  a: &a CidrIp\n" + OPEN_TEXT.replace("CidrIp", "*a ")),
    "a binary value": ("t.yaml", OPEN_TEXT.replace("0.0.0.0/0", "!!binary MC4wLjAuMC8w")),
    "returns": ("t.yaml", OPEN_TEXT.replace("\n", "\r")),
    "a mark before": ("t.yaml", "\ufeff" + OPEN_TEXT),
    "JSON with a comment": ("t.json", f"// x\n{OPEN_JSON}"),
    "two objects": ("t.json", OPEN_JSON * 2),
    "a key twice": ("t.json", OPEN_JSON.replace('"Resources"', '"Resources": {}, "Resources"')),
    "a name of another language": ("t.toml", OPEN_TEXT),
    "a name of documentation": ("docs/t.md", OPEN_TEXT),
    "a file of Beanstalk": (".ebextensions/x.config", OPEN_TEXT.partition("\n")[2]),
    "capital letters": ("T.YAML", OPEN_TEXT),
    "no suffix": ("template", OPEN_TEXT),
    "a copy": ("t.yaml.bak", OPEN_TEXT),
    "a directory that is hidden": (".aws/t.yaml", OPEN_TEXT),
}
JSON_GROUP = {"from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": ["${ingress.value}"]}
LOCK = 'provider "registry.terraform.io/hashicorp/aws" {\n  version = "%s"\n}\n'
PARAMETER = stack("!Ref P", "Parameters:\n  P: {Type: String}\n")
PLAN = {"format_version": "1.2", "terraform_version": "1.9.0", "planned_values": {"root_module": {}}}
FILES: dict[str, tuple[Files, Files]] = {
    "where installed modules are": ({"main.tf": ""}, {".terraform/modules/modules.json": "{}"}),
    "a file that is encrypted by its name alone": ({"main.tf": ""}, {"prod.enc.yaml": "password: Sommer-2019\n"}),
    "values in a pipeline": (
        {"t.yaml": stack("!Ref P", "Parameters: {P: {Type: String, Default: 10.0.0.0/8}}\n")},
        {".gitlab-ci.yml": "d:\n  script: sam deploy --parameter-overrides P=0.0.0.0/0\n"},
    ),
    "values in the settings of SAM": ({"t.yaml": ""}, {"samconfig.toml": 'parameter_overrides = "P=0.0.0.0/0"\n'}),
    "context of the CDK": ({"t.yaml": ""}, {"cdk.json": '{"context": {"open": true}}'}),
    "settings of the backend": ({"main.tf": ""}, {"prod.tfbackend": 'bucket = "b"\n'}),
    "a mirror of providers": ({"main.tf": ""}, {".terraformrc": "provider_installation {}\n"}),
    "tests that deploy": ({"main.tf": ""}, {"x.tftest.hcl": 'run "a" {\n  command = apply\n}\n'}),
    "the key of the state": (
        {"main.tf": ""},
        {"main.tf": f'terraform {{\n  encryption {{\n    key_provider "pbkdf2" "k" {{\n      passphrase = "{SECRET}"\n    }}\n  }}\n}}\n'},
    ),
    "a backend in JSON": (
        {"main.tf": ""},
        {"s.tf.json": json.dumps({"terraform": {"backend": {"http": {"address": "http://state.example.com"}}}})},
    ),
    "a plan without its values": (
        {"p.json": json.dumps(PLAN)},
        {"p.json": json.dumps({**PLAN, "resource_changes": [{"address": "aws_vpc.v", "change": {"actions": ["create"], "after": {}}}]})},
    ),
    "tofu before tf": ({"main.tf": group()}, {"main.tofu": group('["0.0.0.0/0"]')}),
    "an override of a local": (
        {"main.tf": group("[local.c]", more='locals {\n  c = "10.0.0.0/8"\n}\n')},
        {"override.tf": 'locals {\n  c = "0.0.0.0/0"\n}\n'},
    ),
    "an override of a module's source": (
        {"main.tf": 'module "m" {\n  source = "./a"\n}\n', "a/x.tf": group()},
        {"b/x.tf": group('["0.0.0.0/0"]'), "override.tf": 'module "m" {\n  source = "./b"\n}\n'},
    ),
    "a later file of values": (
        {"main.tf": group("[var.c]", more='variable "c" {}\n'), "a.auto.tfvars": 'c = "10.0.0.0/8"\n'},
        {"b.auto.tfvars.json": '{"c": "0.0.0.0/0"}'},
    ),
    "dynamic in JSON": (
        {"main.tf": ""},
        {
            "z.tf.json": json.dumps(
                {
                    "resource": {
                        "aws_security_group": {
                            "g": {"dynamic": {"ingress": {"for_each": ["0.0.0.0/0"], "content": JSON_GROUP}}}
                        }
                    }
                }
            )
        },
    ),
    "a stack of Terraform's": ({"main.tf": ""}, {"s.tfcomponent.hcl": 'component "c" {\n  source = "./m"\n}\n'}),
    "a desired state": (
        {"main.tf": ""},
        {"main.tf": 'resource "aws_cloudcontrolapi_resource" "r" {\n  desired_state = "{}"\n}\n'},
    ),
    "a template elsewhere": (
        {"main.tf": ""},
        {"main.tf": 'resource "aws_cloudformation_stack" "s" {\n  template_url = "https://example.com/t"\n}\n'},
    ),
    "an exclusive attachment": (
        {"main.tf": ""},
        {
            "main.tf": 'resource "aws_iam_role_policy_attachments_exclusive" "a" {\n  role_name = "r"\n'
            '  policy_arns = ["arn:aws:iam::aws:policy/AdministratorAccess"]\n}\n'
        },
    ),
    "parameters of the AWS CLI": (
        {"t.yaml": PARAMETER, "prod.json": '[{"ParameterKey": "P", "ParameterValue": "10.0.0.0/8"}]'},
        {"prod.json": '[{"ParameterKey": "P", "ParameterValue": "0.0.0.0/0"}]'},
    ),
    "parameters of a pipeline": (
        {"t.yaml": PARAMETER, "prod.json": '{"Parameters": {"P": "10.0.0.0/8"}}'},
        {"prod.json": '{"Parameters": {"P": "0.0.0.0/0"}}'},
    ),
    "parameters of SAM": (
        {"t.yaml": PARAMETER, "samconfig.toml": 'parameter_overrides = "P=10.0.0.0/8"\n'},
        {"samconfig.toml": 'parameter_overrides = "P=0.0.0.0/0"\n'},
    ),
    "parameters of SAM in YAML": (
        {"t.yaml": PARAMETER, "samconfig.yaml": "prod:\n  parameters:\n    parameter_overrides: P=10.0.0.0/8\n"},
        {"samconfig.yaml": "prod:\n  parameters:\n    parameter_overrides: P=0.0.0.0/0\n"},
    ),
    "parameters of Sceptre": (
        {"t.yaml": PARAMETER, "config/x.yaml": "template:\n  path: t.yaml\nparameters:\n  P: 10.0.0.0/8\n"},
        {"config/x.yaml": "template:\n  path: t.yaml\nparameters:\n  P: 0.0.0.0/0\n"},
    ),
    "nothing where null is the default": (
        {"main.tf": group("[var.c]", more='variable "c" {\n  nullable = false\n  default = "0.0.0.0/0"\n}\n'), "terraform.tfvars": 'c = "10.0.0.0/8"\n'},
        {"terraform.tfvars": "c = null\n"},
    ),
    "values in JSON over others": (
        {"main.tf": group("[var.c]", more='variable "c" {}\n'), "terraform.tfvars": 'c = "10.0.0.0/8"\n'},
        {"terraform.tfvars.json": '{"c": "0.0.0.0/0"}'},
    ),
    "a lists of lists in JSON": ({"main.tf": ""}, {"x.tf.json": '{"resource": [{"aws_ebs_volume": [{"v": [{"encrypted": false}]}]}]}'}),
    "a program that writes Terraform": ({"main.tf": ""}, {"terragrunt.hcl": 'generate "x" {\n  path = "x.tf"\n}\n'}),
    "deployments of stacks": ({"main.tf": ""}, {"x.tfdeploy.hcl": 'deployment "p" {\n  inputs = { c = "0.0.0.0/0" }\n}\n'}),
    "a module below a module": (
        {"main.tf": 'module "m" {\n  source = "./m"\n}\n', "m/main.tf": group()},
        {"main.tf": 'module "m" {\n  source = "./m//n"\n}\n', "m/n/main.tf": group('["0.0.0.0/0"]')},
    ),
    "a module outside": (
        {"main.tf": 'module "m" {\n  source = "./m"\n}\n', "m/main.tf": group()},
        {"main.tf": 'module "m" {\n  source = "../../elsewhere"\n}\n'},
    ),
    "rows of a file": (
        {"main.tf": group('csvdecode(file("c.csv"))[*].c'), "c.csv": "c\n10.0.0.0/8\n"},
        {"c.csv": "c\n0.0.0.0/0\n"},
    ),
    "a file more": (
        {"main.tf": group('[for f in fileset(path.module, "r/*.yaml") : yamldecode(file(f)).c]'), "r/a.yaml": "c: 10.0.0.0/8\n"},
        {"r/b.yaml": "c: 0.0.0.0/0\n"},
    ),
    "an older provider": (
        {"main.tf": 'resource "aws_redshift_cluster" "r" {\n  cluster_identifier = "r"\n}\n', ".terraform.lock.hcl": LOCK % "6.1.0"},
        {".terraform.lock.hcl": LOCK % "5.1.0"},
    ),
    "a key that is there twice": (
        {"t.yaml": stack("10.0.0.0/8")},
        {"t.yaml": stack("10.0.0.0/8, CidrIp: 0.0.0.0/0")},
    ),
    "a merged key": (
        {"t.yaml": stack("10.0.0.0/8")},
        {"t.yaml": stack("10.0.0.0/8", "Metadata: {M: &m {CidrIp: 0.0.0.0/0}}\n").replace("CidrIp: 10.0.0.0/8", "<<: *m")},
    ),
}  # fmt: skip


def changes() -> dict[str, tuple[Files, Files]]:
    """Every case: the files of the base, and those that the head has anew or otherwise."""
    found: dict[str, tuple[Files, Files]] = {}
    for name, (text, more) in NETWORKS.items():
        found[f"network: {name}"] = ({"main.tf": group()}, {"main.tf": group(text, more=more)})
    for name, (port, protocol) in PORTS.items():
        text = group('["0.0.0.0/0"]', port, protocol, UNKNOWN if "var.o" in port + protocol else "")
        found[f"port: {name}"] = ({"main.tf": group()}, {"main.tf": text})
    for name, text in ARGUMENTS.items():
        found[f"argument: {name}"] = ({"main.tf": database("storage_encrypted = true")}, {"main.tf": database(text)})
    for name, text in PASSWORDS.items():
        more = f'resource "terraform_data" "t" {{\n  input = "{SECRET}"\n}}\n' + (UNKNOWN if "var.o" in text else "")
        base = database("storage_encrypted = true", more)
        found[f"password: {name}"] = (
            {"main.tf": base},
            {"main.tf": database(f"storage_encrypted = true\n  password = {text}", more)},
        )
    for name, text in STATEMENTS.items():
        base = policy(statement('Action = "s3:GetObject", Resource = "arn:aws:s3:::b/k"'))
        found[f"statement: {name}"] = ({"main.tf": base + UNKNOWN}, {"main.tf": policy(statement(text)) + UNKNOWN})
    for name, text in TRUST.items():
        role = 'resource "aws_iam_role" "r" {\n  assume_role_policy = %s\n}\n'
        open_ = statement(f'Action = "sts:AssumeRole", Principal = {{ AWS = "*" }}, Condition = {text}')
        base = statement('Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" }')
        found[f"trust: {name}"] = ({"main.tf": role % base}, {"main.tf": role % open_})
    for name, (text, head) in ADDRESSES.items():
        found[f"address: {name}"] = ({"t.yaml": stack("10.0.0.0/8")}, {"t.yaml": stack(text, head)})
    for name, text in RESOURCES.items():
        found[f"resource: {name}"] = ({"t.yaml": stack("10.0.0.0/8")}, {"t.yaml": stack("10.0.0.0/8", more=text)})
    for name, text in BLOCKS.items():
        found[f"block: {name}"] = ({"main.tf": group()}, {"main.tf": group() + text})
        if written := as_tf_json({"x.tf": text}):
            found[f"block in JSON: {name}"] = ({"main.tf": group()}, {"main.tf": group(), **written})
    for name, number in NUMBERS.items():
        rule = f"- IpProtocol: tcp\n          CidrIp: 0.0.0.0/0\n          FromPort: {number}\n          ToPort: {'*p' if '&' in number else number}\n"
        text = stack("").partition("        - ")[0] + "        " + rule
        found[f"number: {name}"] = ({"t.yaml": stack("10.0.0.0/8")}, {"t.yaml": text})
    volume = "Resources:\n  V:\n    Type: AWS::EC2::Volume\n    Properties: {Encrypted: %s}\n"
    for word in NOT_ENCRYPTED:
        found[f"not encrypted: {word}"] = ({"t.yaml": volume % "true"}, {"t.yaml": volume % word})
    for name, (path, text) in TEXTS.items():
        found[f"text: {name}"] = ({"t.yaml": stack("10.0.0.0/8")}, {path: text})
    return {**found, **{f"file: {name}": each for name, each in FILES.items()}}  # fmt: skip


CHANGES = changes()


@cache
def options() -> Options:
    return Options(load_rules(), load_catalog())


def reviewed(base: Files, head: Files) -> Report:
    return compare(Side(MemoryTree(base), "base"), Side(MemoryTree(head), "head"), set(head), (), options())


def words(report: Report) -> set[str]:
    """What a review says, but for what the base says, too."""
    assert report.change is not None
    said = {f"{each.rule} {each.status}" for each in report.findings if each.status in ("introduced", "worsened")}
    said |= {f"undecided {each.rule} {each.reason}" for each in report.undecided}
    return said | {f"skipped {each.path}" for each in report.skipped} | {str(each) for each in report.errors}


@pytest.mark.parametrize(("base", "change"), CHANGES.values(), ids=list(CHANGES))
def test_no_bad_change_passes_without_a_word(base: Files, change: Files) -> None:
    known = {each for each in words(reviewed(base, base)) if not each.startswith("skipped")}
    assert words(reviewed(base, {**base, **change})) - known


def test_of_a_policy_that_is_read_it_is_not_said_that_nothing_reads_it() -> None:
    head = {
        "main.tf": policy('file("p.json")'),
        "p.json": '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny"}]}',
    }
    assert "skipped p.json" not in words(reviewed({"main.tf": ""}, head))
    assert "skipped q.json" in words(reviewed({"main.tf": ""}, {**head, "q.json": head["p.json"]}))


def test_of_a_policy_that_cannot_be_read_nothing_else_is_said(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(policy('file("p.json")'), encoding="utf-8")
    (tmp_path / "p.json").write_bytes('{"Statement": [{"Effect": "Deny", "Sid": "é"}]}'.encode("latin-1"))
    sides = Side(MemoryTree({}), "base"), Side(WorkingTree(str(tmp_path)), "head")
    said = words(compare(*sides, {"main.tf", "p.json"}, (), options()))
    assert "SYN001 introduced" in said
    assert "skipped p.json" not in said


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"cdk deploy --parameters Key={SECRET} -c open=1\n", "cdk -c"),
        (f"export TF_VAR_key={SECRET}\n", "TF_VAR_"),
        (f"aws --profile={SECRET} --region {SECRET} kms \\\n  put-key-policy --policy x\n", "aws kms put-key-policy"),
    ],
)
def test_what_a_script_gives_is_not_shown(text: str, told: str) -> None:
    (skipped,) = reviewed({"main.tf": ""}, {"main.tf": "", "x.sh": text}).skipped
    assert f"`{told}`" in skipped.reason
    assert SECRET not in skipped.reason


def test_what_a_file_is_for_is_told_in_linear_time() -> None:
    texts = ["aws --a b " * 100_000, "cdk " * 200_000, "\n" * 500_000, "aws" + " " * 500_000]
    for number, text in enumerate(texts):
        assert not words(reviewed({}, {f"{number}.sh": text, f"{number}.yaml": text})) - {"skipped 0.sh"}


def test_the_bases_are_good() -> None:
    for base, _ in CHANGES.values():
        assert not [
            each for each in reviewed({}, base).findings if each.rule in ("NET001", "ENC001", "SEC001", "IAM001")
        ]
