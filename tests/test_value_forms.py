"""Every form that a value can have against checks of every family: what is bad is found, or it is undecided; never silence.

A column is a place where a bad value stands, a row a way to write it. In each cell: F a finding, U undecided, - nothing
(where the form means that the value is not there or is certainly another one). What other allowed values than the
default would do is undecided in the default profile, found in strict. `.` is for what cannot be written.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import pytest

from iacreview.catalog.catalog import Catalog
from iacreview.checks import CHECKS
from iacreview.engine.load import load_catalog, load_rules
from iacreview.options import Options
from iacreview.pipeline import check
from tests.trees import MemoryTree


class Column(NamedTuple):
    """A rule, a resource with `SLOT` where the value stands, and a bad and a good value, as the language writes them."""

    rule: str
    text: str
    bad: str
    good: str
    profile: str = "default"


RULES = {rule.code: rule for rule in load_rules()}


@cache
def catalog() -> Catalog:
    return load_catalog()


def answer(column: Column, files: dict[str, str]) -> str:
    report = check(MemoryTree(files), (), Options([RULES[column.rule]], catalog(), profile=column.profile))
    if report.findings:
        return "F"
    return "U" if report.undecided else "-"


def policy(action: str, resource: str = '"*"') -> str:
    """A policy with one statement."""
    return (
        'resource "aws_iam_policy" "x" {\n  policy = jsonencode({ Version = "2012-10-17", Statement = [\n'
        f'    {{ Effect = "Allow", Action = {action}, Resource = {resource} }}] }})\n}}\n'
    )


TERRAFORM = {
    "network": Column(
        "NET001",
        'resource "aws_security_group" "x" {\n  ingress {\n    from_port = 22\n    to_port = 22\n    protocol = "tcp"\n'
        "    cidr_blocks = [SLOT]\n  }\n}\n",
        '"0.0.0.0/0"',
        '"10.0.0.0/8"',
    ),
    "acl": Column(
        "NET005",
        'resource "aws_network_acl_rule" "x" {\n  network_acl_id = "acl-1"\n  rule_number = 100\n  rule_action = "allow"\n'
        '  protocol = "tcp"\n  from_port = 22\n  to_port = 22\n  cidr_block = SLOT\n}\n',
        '"0.0.0.0/0"',
        '"10.0.0.0/8"',
    ),
    "public": Column(
        "NET004",
        'resource "aws_db_instance" "x" {\n  instance_class = "db.t3.micro"\n  publicly_accessible = SLOT\n}\n',
        "true",
        "false",
    ),
    "reach": Column(
        "NET004",
        'resource "aws_eks_cluster" "x" {\n  name = "x"\n  role_arn = "r"\n  vpc_config {\n    subnet_ids = ["a"]\n'
        "    public_access_cidrs = [SLOT]\n  }\n}\n",
        '"0.0.0.0/0"',
        '"192.0.2.0/24"',
    ),
    "disk": Column(
        "ENC001",
        'resource "aws_db_instance" "x" {\n  instance_class = "db.t3.micro"\n  storage_encrypted = SLOT\n}\n',
        "false",
        "true",
    ),
    "transit": Column(
        "ENC002",
        'resource "aws_cloudfront_distribution" "x" {\n  enabled = true\n  default_cache_behavior {\n'
        '    target_origin_id = "o"\n    viewer_protocol_policy = SLOT\n  }\n}\n',
        '"allow-all"',
        '"https-only"',
    ),
    "logs": Column(
        "LOG003",
        'resource "aws_cloudtrail" "x" {\n  name = "x"\n  s3_bucket_name = "b"\n  is_multi_region_trail = true\n'
        "  enable_log_file_validation = true\n  enable_logging = SLOT\n}\n",
        "false",
        "true",
    ),
    "action": Column(
        "IAM001",
        'resource "aws_iam_policy" "x" {\n  policy = jsonencode({ Version = "2012-10-17", Statement = [\n'
        '    { Effect = "Allow", Action = [SLOT], Resource = "*" }] })\n}\n',
        '"*"',
        '"s3:ListAllMyBuckets"',
    ),
    "passing": Column(
        "IAM004",
        'resource "aws_iam_policy" "x" {\n  policy = jsonencode({ Version = "2012-10-17", Statement = [\n'
        '    { Effect = "Allow", Action = "iam:PassRole", Resource = SLOT }] })\n}\n',
        '"*"',
        '"arn:aws:iam::111122223333:role/a"',
    ),
    "principal": Column(
        "IAM005",
        'resource "aws_sqs_queue_policy" "x" {\n  queue_url = "q"\n  policy = jsonencode({ Version = "2012-10-17",\n'
        '    Statement = [{ Effect = "Allow", Action = "sqs:SendMessage", Resource = "arn:aws:sqs:eu-west-1:111122223333:q"\n'
        "      Principal = { AWS = [SLOT] } }] })\n}\n",
        '"*"',
        '"arn:aws:iam::111122223333:root"',
    ),
    "attached": Column(
        "IAM010",
        'resource "aws_iam_role_policy_attachment" "x" {\n  role = "r"\n  policy_arn = SLOT\n}\n',
        '"arn:aws:iam::aws:policy/AdministratorAccess"',
        '"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"',
    ),
    "password": Column(
        "SEC001",
        'resource "aws_db_instance" "x" {\n  instance_class = "db.t3.micro"\n  password = SLOT\n}\n',
        '"Quasar-9481-tin"',
        "null",
    ),
    "script": Column(
        "SEC003",
        'resource "aws_instance" "x" {\n  user_data = SLOT\n}\n',
        '"export DB_PASSWORD=Quasar-9481-tin"',
        '"echo"',
    ),
    "environment": Column(
        "SEC004",
        'resource "aws_lambda_function" "x" {\n  function_name = "x"\n  role = "r"\n'
        "  environment {\n    variables = { DB_PASSWORD = SLOT }\n  }\n}\n",
        '"Quasar-9481-tin"',
        '""',
    ),
    "service": Column("IAM002", policy("[SLOT]"), '"s3:*"', '"s3:ListAllMyBuckets"', "strict"),
    "resource": Column(
        "IAM003",
        policy('"ec2:TerminateInstances"', "[SLOT]"),
        '"*"',
        '"arn:aws:ec2:eu-west-1:111122223333:instance/i-0a"',
        "strict",
    ),
    "escalation": Column(
        "IAM007", policy('["iam:CreatePolicyVersion"]', "SLOT"), '"*"', '"arn:aws:iam::111122223333:policy/a"', "strict"
    ),
    "exposure": Column(
        "IAM009",
        policy('"secretsmanager:GetSecretValue"', "SLOT"),
        '"*"',
        '"arn:aws:secretsmanager:eu-west-1:111122223333:secret:a-AbCdEf"',
        "strict",
    ),
    "invoke": Column(
        "IAM011",
        'resource "aws_lambda_permission" "x" {\n  action = "lambda:InvokeFunction"\n  function_name = "f"\n  principal = SLOT\n}\n',
        '"*"',
        '"arn:aws:iam::111122223333:root"',
        "strict",
    ),
    "trust": Column(
        "IAM016",
        'resource "aws_iam_role" "x" {\n  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRoleWithWebIdentity",\n    Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" }\n    Condition = { StringLike = { "token.actions.githubusercontent.com:sub" = SLOT } } }] })\n}\n',
        '"repo:*"',
        '"repo:acme/app:*"',
        "strict",
    ),
    "tls": Column(
        "ENC003",
        'resource "aws_lb_listener" "x" {\n  load_balancer_arn = "a"\n  protocol = "HTTPS"\n  ssl_policy = SLOT\n}\n',
        '"ELBSecurityPolicy-2016-08"',
        '"ELBSecurityPolicy-TLS13-1-2-2021-06"',
        "strict",
    ),
    "rotation": Column(
        "ENC006", 'resource "aws_kms_key" "x" {\n  enable_key_rotation = SLOT\n}\n', "false", "true", "strict"
    ),
    "port": Column(
        "NET002",
        'resource "aws_security_group_rule" "x" {\n  type = "ingress"\n  security_group_id = "sg-1"\n  protocol = "tcp"\n  from_port = 8080\n  to_port = 8080\n  cidr_blocks = [SLOT]\n}\n',
        '"0.0.0.0/0"',
        '"10.0.0.0/8"',
        "strict",
    ),
    "egress": Column(
        "NET003",
        'resource "aws_security_group_rule" "x" {\n  type = "egress"\n  security_group_id = "sg-1"\n  protocol = "-1"\n  from_port = 0\n  to_port = 0\n  cidr_blocks = [SLOT]\n}\n',
        '"0.0.0.0/0"',
        '"10.0.0.0/8"',
        "strict",
    ),
    "bucket acl": Column(
        "NET007",
        'resource "aws_s3_bucket_acl" "x" {\n  bucket = "b"\n  acl = SLOT\n}\n',
        '"public-read"',
        '"private"',
        "strict",
    ),
    "function logs": Column(
        "LOG001",
        'resource "aws_cloudfront_distribution" "x" {\n  enabled = true\n  logging_config {\n    bucket = SLOT\n  }\n}\n',
        "null",
        '"b.s3.amazonaws.com"',
        "strict",
    ),
    "output": Column("SEC008", 'output "db_password" {\n  value = SLOT\n}\n', '"Quasar-9481-tin"', '""', "strict"),
    "provider": Column(
        "SEC007",
        'provider "github" {\n  token = SLOT\n}\n',
        '"ghp_16C7e42F292c6912E7710c838347Ae178B4a"',
        "null",
        "strict",
    ),
    "metadata": Column(
        "OPS003",
        'resource "aws_instance" "x" {\n  metadata_options {\n    http_tokens = SLOT\n  }\n}\n',
        '"optional"',
        '"required"',
        "strict",
    ),
    "all but": Column(
        "IAM006",
        policy('"s3:x"', '"arn:aws:s3:::data/*"').replace('"Allow", Action = "s3:x"', 'SLOT, NotAction = "iam:*"'),
        '"Allow"',
        '"Deny"',
        "strict",
    ),
    "broad change": Column("IAM008", policy("[SLOT]"), '"iam:CreateAccessKey"', '"s3:ListAllMyBuckets"', "strict"),
    "part of a service": Column(
        "IAM013", policy("[SLOT]", '"arn:aws:s3:::orders/*"'), '"s3:Put*"', '"s3:PutObject"', "strict"
    ),
    "people": Column(
        "IAM014",
        policy("[SLOT]", '"arn:aws:s3:::orders/*"').replace(
            'aws_iam_policy" "x" {', 'aws_iam_group_policy" "x" {\n  group = "g"'
        ),
        '"s3:PutObject"',
        '"s3:GetObject"',
        "strict",
    ),
    "mistake": Column(
        "IAM015", policy("[SLOT]", '"arn:aws:s3:::orders/*"'), '"s3:GetObjects"', '"s3:GetObject"', "strict"
    ),
    "deputy": Column(
        "IAM017",
        'resource "aws_sqs_queue_policy" "x" {\n  queue_url = "q"\n  policy = jsonencode({ Version = "2012-10-17",\n'
        '    Statement = [{ Effect = "Allow", Action = "sqs:SendMessage", Resource = "*"\n'
        '      Principal = { Service = "sns.amazonaws.com" }\n'
        '      Condition = { StringLike = { "aws:SourceAccount" = [SLOT] } } }] })\n}\n',
        '"*"',
        '"111122223333"',
        "strict",
    ),
    "range": Column(
        "NET006",
        'resource "aws_security_group_rule" "x" {\n  type = "ingress"\n  security_group_id = "sg-1"\n  protocol = "tcp"\n  from_port = 8000\n  to_port = SLOT\n  cidr_blocks = ["10.0.0.0/8"]\n}\n',
        "8100",
        "8000",
        "strict",
    ),
    "log target": Column(
        "LOG006",
        'resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\nresource "aws_s3_bucket_ownership_controls" "b" {\n  bucket = aws_s3_bucket.b.id\n'
        "  rule {\n    object_ownership = SLOT\n  }\n}\n"
        'resource "aws_cloudfront_distribution" "x" {\n  enabled = true\n  logging_config {\n    bucket = aws_s3_bucket.b.bucket_domain_name\n  }\n}\n',
        '"BucketOwnerEnforced"',
        '"BucketOwnerPreferred"',
        "strict",
    ),
    "role's logs": Column(
        "LOG005",
        'resource "aws_iam_role" "r" {\n  name = "r"\n  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole",\n    Principal = { Service = "lambda.amazonaws.com" } }] })\n}\n'
        'resource "aws_iam_role_policy" "p" {\n  role = aws_iam_role.r.id\n  policy = jsonencode({ Version = "2012-10-17", Statement = [\n'
        '    { Effect = "Allow", Action = ["logs:CreateLogStream", SLOT], Resource = "*" }] })\n}\n'
        'resource "aws_lambda_function" "x" {\n  function_name = "x"\n  role = aws_iam_role.r.arn\n}\n',
        '"dynamodb:GetItem"',
        '"logs:PutLogEvents"',
        "strict",
    ),
    "user's policy": Column(
        "IAM012",
        'resource "aws_iam_policy_attachment" "x" {\n  name = "x"\n  policy_arn = "arn:aws:iam::111122223333:policy/a"\n  users = SLOT\n}\n',
        '["mallory"]',
        "null",
        "strict",
    ),
    "default group": Column(
        "NET008",
        'resource "aws_vpc" "v" {\n  cidr_block = "10.0.0.0/16"\n}\nresource "aws_default_security_group" "x" {\n  vpc_id = aws_vpc.v.id\n  ingress = SLOT\n}\n',
        '[{ protocol = "-1", from_port = 0, to_port = 0, self = true }]',
        "[]",
        "strict",
    ),
    "login": Column(
        "OPS002",
        'resource "aws_security_group_rule" "x" {\n  type = "ingress"\n  security_group_id = "sg-1"\n  protocol = "tcp"\n  from_port = 20\n  to_port = SLOT\n  cidr_blocks = ["10.0.0.0/8"]\n}\n',
        "22",
        "20",
        "strict",
    ),
    "updates": Column(
        "OPS006",
        'resource "aws_db_instance" "x" {\n  instance_class = "db.t3.micro"\n  auto_minor_version_upgrade = SLOT\n}\n',
        "false",
        "true",
        "strict",
    ),
    "images": Column(
        "OPS007",
        'resource "aws_ecr_repository" "x" {\n  name = "x"\n  image_scanning_configuration {\n    scan_on_push = SLOT\n  }\n}\n',
        "false",
        "true",
        "strict",
    ),
    "guard": Column(
        "OPS010", 'resource "aws_guardduty_detector" "x" {\n  enable = SLOT\n}\n', "false", "true", "strict"
    ),
    "late": Column(
        "OPS005",
        'resource "aws_ssm_patch_baseline" "x" {\n  name = "x"\n  operating_system = "AMAZON_LINUX_2023"\n  approval_rule {\n    approve_after_days = SLOT\n    patch_filter {\n      key = "CLASSIFICATION"\n      values = ["Security"]\n    }\n  }\n}\nresource "aws_ssm_default_patch_baseline" "x" {\n  baseline_id = aws_ssm_patch_baseline.x.id\n  operating_system = "AMAZON_LINUX_2023"\n}\n',
        "30",
        "1",
        "strict",
    ),
    "refusal": Column(
        "ENC005",
        'resource "aws_s3_bucket" "x" {\n  bucket = "b"\n}\nresource "aws_s3_bucket_policy" "p" {\n  bucket = aws_s3_bucket.x.id\n  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = SLOT, Principal = "*", Action = "s3:*",\n    Resource = ["${aws_s3_bucket.x.arn}", "${aws_s3_bucket.x.arn}/*"], Condition = { Bool = { "aws:SecureTransport" = "false" } } }] })\n}\n',
        '"Allow"',
        '"Deny"',
        "strict",
    ),
    "managed": Column(
        "OPS001",
        'resource "aws_instance" "x" {\n  ami = "ami-1"\n  iam_instance_profile = SLOT\n}\nresource "aws_iam_role" "r" {\n  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })\n}\nresource "aws_iam_role_policy_attachment" "a" {\n  role = aws_iam_role.r.name\n  policy_arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"\n}\nresource "aws_iam_instance_profile" "p" {\n  name = "p"\n  role = aws_iam_role.r.name\n}\n',
        "null",
        "aws_iam_instance_profile.p.name",
        "strict",
    ),
}
# What `SLOT` becomes, and what stands beside it; BAD and GOOD are the column's values.
FORMS = {
    "literal": ("BAD", {}),
    "parentheses": ("((BAD))", {}),
    "variable": ("var.v", {"v.tf": 'variable "v" {\n  default = BAD\n}\n'}),
    "tfvars": ("var.v", {"v.tf": 'variable "v" {\n  default = GOOD\n}\n', "terraform.tfvars": "v = BAD\n"}),
    "local": ("local.v", {"v.tf": "locals {\n  v = BAD\n}\n"}),
    "module": (
        "module.m.v",
        {"v.tf": 'module "m" {\n  source = "./m"\n}\n', "m/m.tf": 'output "v" {\n  value = BAD\n}\n'},
    ),
    "choice": ("var.c ? BAD : GOOD", {"v.tf": 'variable "c" {}\n'}),
    "other choice": ("var.c ? GOOD : BAD", {"v.tf": 'variable "c" {}\n'}),
    "nested choice": ('var.c ? GOOD : (var.d == "x" ? GOOD : BAD)', {"v.tf": 'variable "c" {}\nvariable "d" {}\n'}),
    "for": ("[for each in [GOOD, BAD] : each][1]", {}),
    "for with choice": ('[for each in ["a"] : var.c == each ? BAD : GOOD][0]', {"v.tf": 'variable "c" {}\n'}),
    "index": ("{ a = GOOD, b = BAD }[var.c]", {"v.tf": 'variable "c" {}\n'}),
    "workspace": ("{ a = GOOD, b = BAD }[terraform.workspace]", {}),
    "lookup": ("lookup({ a = GOOD, b = BAD }, var.c, GOOD)", {"v.tf": 'variable "c" {}\n'}),
    "lookup's default": ("lookup({ a = GOOD }, var.c, BAD)", {"v.tf": 'variable "c" {}\n'}),
    "element": ("element([GOOD, BAD], var.c)", {"v.tf": 'variable "c" {}\n'}),
    "index of a list": ('[GOOD, BAD][index(["a", "b"], var.c)]', {"v.tf": 'variable "c" {}\n'}),
    "try": ("try(var.c.value, BAD)", {"v.tf": 'variable "c" {}\n'}),
    "try of nothing": ("try({}.value, BAD)", {}),
    "coalesce": ("coalesce(var.c, BAD)", {"v.tf": 'variable "c" {}\n'}),
    "jsondecode": ('jsondecode(jsonencode({ v = BAD }))["v"]', {}),
    "merge with a hole": ("merge({ v = BAD }, module.m.map).v", {"v.tf": 'module "m" {\n  source = "acme/m/aws"\n}\n'}),
    "flag": ("var.c == true ? BAD : GOOD", {"v.tf": 'variable "c" {\n  type = bool\n}\n'}),
    "open variable": ("var.c", {"v.tf": 'variable "c" {}\n'}),
    "data source": ("data.aws_ssm_parameter.p.value", {"v.tf": 'data "aws_ssm_parameter" "p" {\n  name = "p"\n}\n'}),
    "remote state": (
        "data.terraform_remote_state.s.outputs.v",
        {"v.tf": 'data "terraform_remote_state" "s" {\n  backend = "local"\n}\n'},
    ),
    "unread module": ("module.m.v", {"v.tf": 'module "m" {\n  source = "acme/m/aws"\n}\n'}),
    "own function": ("provider::acme::f(BAD)", {}),
    "each value": ("local.v[0]", {"v.tf": "locals {\n  v = values({ a = BAD })\n}\n"}),
    "condition's own branch": ("var.c ? (var.c ? BAD : GOOD) : GOOD", {"v.tf": 'variable "c" {\n  type = bool\n}\n'}),
}
TEXTS = {
    "JSON syntax": ("local.v", {"v.tf.json": '{"locals": {"v": BAD}}'}),
    "override": ("local.v", {"v.tf": "locals {\n  v = GOOD\n}\n", "v_override.tf": "locals {\n  v = BAD\n}\n"}),
    "template": ('"${local.v}"', {"v.tf": "locals {\n  v = BAD\n}\n"}),
    "heredoc": ("trimspace(<<EOT\nRAW\nEOT\n)", {}),
    "format": ('format("%s", BAD)', {}),
    "join": ('join("", [BAD, ""])', {}),
    "split": ('split("|", "RAW|${var.c}")[0]', {"v.tf": 'variable "c" {}\n'}),
    "choice in a text": ('"${var.c ? BAD : GOOD}"', {"v.tf": 'variable "c" {}\n'}),
    "hole at the end": ('"RAW${var.c}"', {"v.tf": 'variable "c" {}\n'}),
    "hole at the start": ('"${var.c}RAW"', {"v.tf": 'variable "c" {}\n'}),
    "replace": ('replace("RAW", "|", "")', {}),
}


def terraform(column: Column, form: tuple[str, dict[str, str]]) -> dict[str, str]:
    def filled(text: str) -> str:
        return text.replace("BAD", column.bad).replace("GOOD", column.good).replace("RAW", column.bad.strip('"'))

    expression, beside = form
    files = {path: filled(text) for path, text in beside.items()}
    return {"main.tf": column.text.replace("SLOT", filled(expression)), **files}


STATEMENT = "Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument:\n        Version: '2012-10-17'\n        Statement:\n          - {Effect: Allow, Action: [SLOT], Resource: 'arn:aws:s3:::orders/*'}\n"
CLOUDFORMATION = {
    "network": Column(
        "NET001",
        "Type: AWS::EC2::SecurityGroup\n    Properties:\n      GroupDescription: g\n      SecurityGroupIngress:\n"
        "        - {IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: SLOT}\n",
        "0.0.0.0/0",
        "10.0.0.0/8",
    ),
    "public": Column(
        "NET004",
        "Type: AWS::RDS::DBInstance\n    Properties:\n      DBInstanceClass: db.t3.micro\n"
        "      PubliclyAccessible: SLOT\n      StorageEncrypted: true\n",
        "true",
        "false",
    ),
    "disk": Column("ENC001", "Type: AWS::EC2::Volume\n    Properties:\n      Encrypted: SLOT\n", "false", "true"),
    "transit": Column(
        "ENC002",
        "Type: AWS::CloudFront::Distribution\n    Properties:\n      DistributionConfig:\n        Enabled: true\n"
        "        DefaultCacheBehavior:\n          TargetOriginId: o\n          ViewerProtocolPolicy: SLOT\n",
        "allow-all",
        "https-only",
    ),
    "logs": Column(
        "LOG003",
        "Type: AWS::CloudTrail::Trail\n    Properties:\n      S3BucketName: b\n      IsMultiRegionTrail: true\n"
        "      EnableLogFileValidation: true\n      IsLogging: SLOT\n",
        "false",
        "true",
    ),
    "action": Column(
        "IAM001",
        "Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument:\n        Version: '2012-10-17'\n"
        "        Statement:\n          - {Effect: Allow, Action: [SLOT], Resource: '*'}\n",
        "'*'",
        "s3:ListAllMyBuckets",
    ),
    "principal": Column(
        "IAM005",
        "Type: AWS::SQS::QueuePolicy\n    Properties:\n      Queues: [q]\n      PolicyDocument:\n"
        "        Version: '2012-10-17'\n        Statement:\n          - Effect: Allow\n            Action: sqs:SendMessage\n"
        "            Resource: arn:aws:sqs:eu-west-1:111122223333:q\n            Principal: {AWS: SLOT}\n",
        "'*'",
        "arn:aws:iam::111122223333:root",
    ),
    "attached": Column(
        "IAM010",
        "Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument: {}\n      ManagedPolicyArns: [SLOT]\n",
        "arn:aws:iam::aws:policy/AdministratorAccess",
        "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    ),
    "password": Column(
        "SEC001",
        "Type: AWS::RDS::DBInstance\n    Properties:\n      DBInstanceClass: db.t3.micro\n"
        "      MasterUserPassword: SLOT\n",
        "Quasar-9481-tin",
        "!Ref AWS::NoValue",
    ),
    "script": Column(
        "SEC003",
        "Type: AWS::EC2::Instance\n    Properties:\n      UserData: {Fn::Base64: SLOT}\n",
        "export DB_PASSWORD=Quasar-9481-tin",
        "echo",
    ),
    "environment": Column(
        "SEC004",
        "Type: AWS::Lambda::Function\n    Properties:\n      Role: r\n      Code: {S3Bucket: b, S3Key: k}\n"
        "      Environment: {Variables: {DB_PASSWORD: SLOT}}\n",
        "Quasar-9481-tin",
        "''",
    ),
    "all but": Column(
        "IAM006",
        "Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument:\n        Version: '2012-10-17'\n"
        "        Statement:\n          - {Effect: SLOT, NotAction: 'iam:*', Resource: 'arn:aws:s3:::data/*'}\n",
        "Allow",
        "Deny",
        "strict",
    ),
    "broad change": Column(
        "IAM008",
        "Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument:\n        Version: '2012-10-17'\n"
        "        Statement:\n          - {Effect: Allow, Action: [SLOT], Resource: '*'}\n",
        "iam:CreateAccessKey",
        "s3:ListAllMyBuckets",
        "strict",
    ),
    "part of a service": Column(
        "IAM013",
        "Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument:\n        Version: '2012-10-17'\n"
        "        Statement:\n          - {Effect: Allow, Action: [SLOT], Resource: 'arn:aws:s3:::orders/*'}\n",
        "'s3:Put*'",
        "s3:PutObject",
        "strict",
    ),
    "range": Column(
        "NET006",
        "Type: AWS::EC2::SecurityGroup\n    Properties:\n      GroupDescription: g\n      SecurityGroupIngress:\n"
        "        - {IpProtocol: tcp, FromPort: 8000, ToPort: SLOT, CidrIp: 10.0.0.0/8}\n",
        "8100",
        "8000",
        "strict",
    ),
    "user's policy": Column(
        "IAM012",
        "Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument: {}\n      Users: SLOT\n",
        "[mallory]",
        "!Ref AWS::NoValue",
        "strict",
    ),
    "people": Column(
        "IAM014",
        STATEMENT.replace("    Properties:\n", "    Properties:\n      Groups: [g]\n", 1),
        "s3:PutObject",
        "s3:GetObject",
        "strict",
    ),
    "mistake": Column("IAM015", STATEMENT, "s3:GetObjects", "s3:GetObject", "strict"),
    "trust": Column(
        "IAM016",
        "Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument:\n        Version: '2012-10-17'\n        Statement:\n          - Effect: Allow\n            Action: sts:AssumeRoleWithWebIdentity\n            Principal: {Federated: 'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com'}\n            Condition: {StringLike: {'token.actions.githubusercontent.com:sub': SLOT}}\n",
        "'repo:*'",
        "'repo:acme/app:*'",
        "strict",
    ),
    "deputy": Column(
        "IAM017",
        "Type: AWS::SQS::QueuePolicy\n    Properties:\n      Queues: [q]\n      PolicyDocument:\n        Version: '2012-10-17'\n        Statement:\n          - Effect: Allow\n            Action: sqs:SendMessage\n            Resource: '*'\n            Principal: {Service: sns.amazonaws.com}\n            Condition: {StringLike: {'aws:SourceAccount': [SLOT]}}\n",
        "'*'",
        "'111122223333'",
        "strict",
    ),
    "plain parameter": Column(
        "SEC005",
        "Type: AWS::RDS::DBInstance\n    Properties:\n      DBInstanceClass: db.t3.micro\n      MasterUserPassword: SLOT\n",
        "'{{resolve:ssm:p}}'",
        "'{{resolve:secretsmanager:p}}'",
        "strict",
    ),
    "updates": Column(
        "OPS006",
        "Type: AWS::RDS::DBInstance\n    Properties:\n      DBInstanceClass: db.t3.micro\n      AutoMinorVersionUpgrade: SLOT\n",
        "false",
        "true",
        "strict",
    ),
    "images": Column(
        "OPS007",
        "Type: AWS::ECR::Repository\n    Properties:\n      ImageScanningConfiguration: {ScanOnPush: SLOT}\n",
        "false",
        "true",
        "strict",
    ),
    "guard": Column(
        "OPS010", "Type: AWS::GuardDuty::Detector\n    Properties:\n      Enable: SLOT\n", "false", "true", "strict"
    ),
    "login": Column(
        "OPS002",
        "Type: AWS::EC2::SecurityGroup\n    Properties:\n      GroupDescription: g\n      SecurityGroupIngress:\n        - {IpProtocol: tcp, FromPort: 20, ToPort: SLOT, CidrIp: 10.0.0.0/8}\n",
        "22",
        "20",
        "strict",
    ),
    "refusal": Column(
        "ENC005",
        "Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref B\n      PolicyDocument:\n        Version: '2012-10-17'\n        Statement:\n          - Effect: SLOT\n            Principal: '*'\n            Action: 's3:*'\n            Resource: [!GetAtt B.Arn, !Sub '${B.Arn}/*']\n            Condition: {Bool: {'aws:SecureTransport': 'false'}}\n  B:\n    Type: AWS::S3::Bucket\n",
        "Allow",
        "Deny",
        "strict",
    ),
    "role's logs": Column(
        "LOG005",
        "Type: AWS::IAM::RolePolicy\n    Properties:\n      RoleName: !Ref R\n      PolicyName: p\n      PolicyDocument:\n        Version: '2012-10-17'\n        Statement:\n          - {Effect: Allow, Action: ['logs:CreateLogStream', SLOT], Resource: '*'}\n  R:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: 'sts:AssumeRole', Principal: {Service: lambda.amazonaws.com}}]}\n  F:\n    Type: AWS::Lambda::Function\n    Properties:\n      Role: !GetAtt R.Arn\n      Code: {S3Bucket: b, S3Key: k}\n",
        "dynamodb:GetItem",
        "logs:PutLogEvents",
        "strict",
    ),
    "log target": Column(
        "LOG006",
        "Type: AWS::S3::Bucket\n    Properties:\n      OwnershipControls: {Rules: [{ObjectOwnership: SLOT}]}\n  D:\n    Type: AWS::CloudFront::Distribution\n    Properties:\n      DistributionConfig:\n        Enabled: true\n        DefaultCacheBehavior: {TargetOriginId: o, ViewerProtocolPolicy: https-only}\n        Logging: {Bucket: !GetAtt X.DomainName}\n",
        "BucketOwnerEnforced",
        "BucketOwnerPreferred",
        "strict",
    ),
}
MAPPING = "Mappings:\n  M:\n    a: {v: GOOD}\n    b: {v: BAD}\n"
OPEN = "Parameters:\n  P: {Type: String}\n"
FLAG = OPEN + "Conditions:\n  C: !Equals [!Ref P, x]\n"
CLOUDFORMATION_FORMS = {
    "literal": ("BAD", ""),
    "default": ("!Ref P", "Parameters:\n  P: {Type: String, Default: BAD}\n"),
    "allowed value": ("!Ref P", "Parameters:\n  P: {Type: String, AllowedValues: [GOOD, BAD]}\n"),
    "default beside it": ("!Ref P", "Parameters:\n  P: {Type: String, Default: GOOD, AllowedValues: [GOOD, BAD]}\n"),
    "choice": ("!If [C, BAD, GOOD]", FLAG),
    "other choice": ("!If [C, GOOD, BAD]", FLAG),
    "nested choice": ("!If [C, GOOD, !If [C, GOOD, BAD]]", FLAG),
    "mapping": ("!FindInMap [M, b, v]", MAPPING),
    "open key": ("!FindInMap [M, !Ref P, v]", OPEN + MAPPING),
    "region as key": ("!FindInMap [M, !Ref AWS::Region, v]", MAPPING),
    "Sub": ("!Sub BAD", ""),
    "Sub with a variable": ("!Sub ['${X}', {X: BAD}]", ""),
    "Sub of a choice": ("!Sub ['${X}', {X: !If [C, BAD, GOOD]}]", FLAG),
    "Join": ("!Join ['', [BAD, '']]", ""),
    "Select": ("!Select [1, [GOOD, BAD]]", ""),
    "Select of Split": ("!Select [0, !Split ['|', BAD]]", ""),
    "long form": ("{'Fn::Sub': BAD}", ""),
    "hole at the end": ("!Sub 'RAW${P}'", OPEN),
    "open parameter": ("!Ref P", OPEN),
    "NoEcho": ("!Ref P", "Parameters:\n  P: {Type: String, NoEcho: true}\n"),
    "dynamic reference": ("'{{resolve:ssm:p}}'", ""),
    "stored parameter": ("!Ref P", "Parameters:\n  P: {Type: 'AWS::SSM::Parameter::Value<String>', Default: p}\n"),
    "import": ("!ImportValue x", ""),
    "macro": ("{'Fn::Transform': {Name: Mine, Parameters: {}}}", ""),
    "custom resource": (
        "!GetAtt Y.Value",
        "Resources:\n  Y:\n    Type: Custom::Thing\n    Properties: {ServiceToken: t}\n",
    ),
    "absent stack": (
        "!GetAtt Y.Outputs.V",
        "Resources:\n  Y:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: 'https://example.com/t'}\n",
    ),
}


def template(column: Column, form: tuple[str, str]) -> dict[str, str]:
    def filled(text: str) -> str:
        return text.replace("BAD", column.bad).replace("GOOD", column.good).replace("RAW", column.bad.strip("'"))

    expression, beside = form
    head, _, more = filled(beside).partition("Resources:\n")
    slot = column.text.replace("SLOT", filled(expression))
    return {"t.yaml": f"AWSTemplateFormatVersion: '2010-09-09'\n{head}Resources:\n{more}  X:\n    {slot}"}


# In the order of the columns of TERRAFORM.
TERRAFORM_ANSWERS = {
    "literal": "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "parentheses": "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "variable": "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "tfvars": "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "local": "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "module": "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "choice": "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "other choice": "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "nested choice": "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "for": "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "for with choice": "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "index": "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "workspace": "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "lookup": "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "lookup's default": "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "element": "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "index of a list": "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "try": "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFUFFFFFFFUF",
    "try of nothing": "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "coalesce": "FFFFFFFFFFFFFFFFFFFFFFFFFUFFFFFFFFFFFUFFFFFFFUU",
    "jsondecode": "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "merge with a hole": "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "flag": "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "open variable": "UUUUUUUUUUUUUUUUUUUUUUUUUUUUUUUUU-UUUUUUUUUUUUU",
    "data source": "UUUUUUUUUUU-U-UUUUUUUUUUU---UUUUU-UUUUFFUUUUUUU",
    "remote state": "UUUUUUUUUUU-U-UUUUUUUUUUU---UUUUU-UUUUFFUUUUUUU",
    "unread module": "UUUUUUUUUUUUUUUUUUUUUUUUUUUUUUUUU-UUUUUUUUUUUUU",
    "own function": "UUUUUUUUUUUUUUUUUUUUUUUUUUUUUUUUU-UUUUUUUUUUUUU",
    "each value": "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "condition's own branch": "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "JSON syntax": "FF.F.F.FFFFFFFFFFFFFF.FFF.FFFFFFFFF.FF.......F.",
    "override": "FF.F.F.FFFFFFFFFFFFFF.FFF.FFFFFFFFF.FF.......F.",
    "template": "FF.F.F.FFFFFFFFFFFFFF.FFF.FFFFFFFFF.FF.......F.",
    "heredoc": "FF.F.F.FFFFFFFFFFFFFF.FFF.FFFFFFFFF.FF.......F.",
    "format": "FF.F.F.FFFFFFFFFFFFFF.FFF.FFFFFFFFF.FF.......F.",
    "join": "FF.F.F.FFFFFFFFFFFFFF.FFF.FFFFFFFFF.FF.......F.",
    "split": "FF.F.F.FFFFFFFFFFFFFF.FFF.FFFFFFFFF.FF.......F.",
    "choice in a text": "FF.F.F.FFFFFFFFFFFFFF.FFF.FFFFFFFFF.FF.......F.",
    "hole at the end": "UU.U.F.UUUUUUUUUUUUFU.UUU.UFUU----U.UF.......U.",
    "hole at the start": "UU.U.F.UUUUUFUFUUUUUU.UUU.UFUU----U.UF.......U.",
    "replace": "FF.F.F.FFFFFFFFFFFFFF.FFF.FFFFFFFFF.FF.......F.",
}
# In the order of the columns: network, public, disk, transit, logs, action, principal, attached, password, script, environment,
# all but, broad change, part of a service, range, user's policy, people, mistake, trust, deputy, plain parameter, updates, images,
# guard, login, refusal, role's logs, log target.
CLOUDFORMATION_ANSWERS = {
    "literal": "FFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "default": "FFFFFFFFFFFFFFFUFFFFFFFFFFFF",
    "allowed value": "FFFFFFFFFFFFFFFUFFFFFFFFFFFF",
    "default beside it": "UUUUUUUUUFFFFFFUFFFFFFFFFFFF",
    "choice": "FFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "other choice": "FFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "nested choice": "FFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "mapping": "FFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "open key": "FFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "region as key": "FFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "Sub": "FFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "Sub with a variable": "FFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "Sub of a choice": "FFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "Join": "FFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "Select": "FFFFFFFFUFFFFFFUFFFFFFFFFFFF",
    "Select of Split": "FFFFFFFFFFFFFFFUFFFFFFFFFFFF",
    "long form": "FFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "hole at the end": "UFFFFUUUUUUU--UF--FUFFFFUUFU",
    "open parameter": "UUUUUUUUUUUUUUUUU-UUUUUUUUUU",
    "NoEcho": "UUUUUUUUUUUUUUUUU-UUUUUUUUUU",
    "dynamic reference": "UUUUUUUU---UUUUFU-UUFUFUUUUU",
    "stored parameter": "UUUUUUUUUUUUUUUUU-UUUUUUUUUU",
    "import": "UUUUUUUUUUUUUUUUU-UUUUUUUUUU",
    "macro": "UUUUUUUUUUUUUUUUU-UUUUUUUUUU",
    "custom resource": "UUUUUUUU-U-UUUUFU-UU-UUUUUUU",
    "absent stack": "UUUUUUUU-U-UUUUFU-UU-UUUUUUU",
}


@pytest.mark.parametrize("form", [*FORMS, *TEXTS])
def test_terraform(form: str) -> None:
    written = {**FORMS, **TEXTS}[form]
    found = [
        "." if form in TEXTS and not column.bad.startswith('"') else answer(column, terraform(column, written))
        for column in TERRAFORM.values()
    ]
    assert "".join(found) == TERRAFORM_ANSWERS[form]


@pytest.mark.parametrize("form", CLOUDFORMATION_FORMS)
def test_cloudformation(form: str) -> None:
    found = [answer(column, template(column, CLOUDFORMATION_FORMS[form])) for column in CLOUDFORMATION.values()]
    assert "".join(found) == CLOUDFORMATION_ANSWERS[form]


def test_what_is_good_is_not_found() -> None:
    for column in TERRAFORM.values():
        assert answer(column, terraform(column, ("GOOD", {}))) == "-", column
    for column in CLOUDFORMATION.values():
        assert answer(column, template(column, ("GOOD", ""))) == "-", column


def test_no_cell_is_empty() -> None:
    assert {len(row) for row in TERRAFORM_ANSWERS.values()} == {len(TERRAFORM)}
    assert {len(row) for row in CLOUDFORMATION_ANSWERS.values()} == {len(CLOUDFORMATION)}
    assert set(TERRAFORM_ANSWERS) == {*FORMS, *TEXTS}
    assert set(CLOUDFORMATION_ANSWERS) == set(CLOUDFORMATION_FORMS)


# Checks that are asked of no such value: what is written in a declaration, what the settings name, whether something is
# there at all, or how parts fit together.
WITHOUT_COLUMN = {
    *("secret_default", "visible_input", "written_input", "unknown_account"),
    *("missing_software", "missing_tags", "unsupported_software"),
    *("idle_root_rule", "unfed_filter", "unheard_alarm", "unwatched_filter"),
    *("idle_window", "never_installs", "runs_once"),
}


def test_every_check_has_a_column() -> None:
    columns = {column.rule for column in (*TERRAFORM.values(), *CLOUDFORMATION.values())}
    asked = {row.check for rule in RULES.values() if rule.code in columns for row in rule.rows}
    assert set(CHECKS) - asked == WITHOUT_COLUMN


@pytest.mark.parametrize(
    "written",
    ["concat([GOOD], var.c)", "[for each in merge({ a = GOOD }, module.m.map) : each]", 'split(",", "RAW,${var.c}")'],
)
def test_a_list_may_have_what_nobody_knows(written: str) -> None:
    column = TERRAFORM["network"]
    column = column._replace(text=column.text.replace("[SLOT]", "SLOT"))
    text = written.replace("RAW", column.good.strip('"'))
    beside = {"v.tf": 'variable "c" {}\nmodule "m" {\n  source = "acme/m/aws"\n}\n'}
    assert answer(column, terraform(column, (text, beside))) == "U"
