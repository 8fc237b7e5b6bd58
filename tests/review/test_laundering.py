"""What is wrong and moves from one thing at risk to another one is introduced, whatever carries it."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.options import Options
from iacreview.review.comparison import compare
from iacreview.review.sides import Side
from tests.trees import MemoryTree


@cache
def options() -> Options:
    return Options(load_rules(), load_catalog())


def introduced(base: str, head: str, path: str) -> set[str]:
    sides = Side(MemoryTree({path: base}), "base"), Side(MemoryTree({path: head}), "head")
    return {each.rule for each in compare(*sides, {path}, (), options()).findings if each.status == "introduced"}


def document(action: str, **more: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*", **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


def open_to_all(action: str) -> dict[str, Any]:
    return document(action, Principal={"AWS": "*"})


ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
# The type that is at risk, the attribute that names it, and what carries the fault for it.
TERRAFORM = [
    ("aws_iam_role", "name", "aws_iam_role_policy", {"role": "@", "policy": document("sns:*")}),
    ("aws_iam_role", "name", "aws_iam_role_policy_attachment", {"role": "@", "policy_arn": ADMIN}),
    ("aws_iam_role", "name", "aws_iam_policy_attachment", {"name": "x", "roles": ["@"], "policy_arn": ADMIN}),
    ("aws_iam_user", "name", "aws_iam_user_policy", {"user": "@", "policy": document("sns:*")}),
    ("aws_iam_user", "name", "aws_iam_user_policy_attachment", {"user": "@", "policy_arn": ADMIN}),
    ("aws_iam_group", "name", "aws_iam_group_policy", {"group": "@", "policy": document("sns:*")}),
    ("aws_s3_bucket", "id", "aws_s3_bucket_policy", {"bucket": "@", "policy": open_to_all("s3:GetObject")}),
    ("aws_s3_bucket", "id", "aws_s3_bucket_acl", {"bucket": "@", "acl": "public-read"}),
    ("aws_sqs_queue", "id", "aws_sqs_queue_policy", {"queue_url": "@", "policy": open_to_all("sqs:SendMessage")}),
    ("aws_sns_topic", "arn", "aws_sns_topic_policy", {"arn": "@", "policy": open_to_all("sns:Publish")}),
    ("aws_kms_key", "id", "aws_kms_key_policy", {"key_id": "@", "policy": open_to_all("kms:*")}),
    ("aws_ecr_repository", "name", "aws_ecr_repository_policy", {"repository": "@", "policy": open_to_all("ecr:*")}),
    (
        *("aws_secretsmanager_secret", "arn", "aws_secretsmanager_secret_policy"),
        {"secret_arn": "@", "policy": open_to_all("secretsmanager:GetSecretValue")},
    ),
    (
        *("aws_lambda_function", "function_name", "aws_lambda_permission"),
        {"function_name": "@", "action": "lambda:InvokeFunction", "principal": "*"},
    ),
    (
        *("aws_lambda_function", "function_name", "aws_lambda_function_url"),
        {"function_name": "@", "authorization_type": "NONE"},
    ),
    (
        *("aws_security_group", "id", "aws_vpc_security_group_ingress_rule"),
        {"security_group_id": "@", "cidr_ipv4": "0.0.0.0/0", "ip_protocol": "tcp", "from_port": 22, "to_port": 22},
    ),
    (
        *("aws_network_acl", "id", "aws_network_acl_rule"),
        {
            "network_acl_id": "@",
            "rule_number": 100,
            "protocol": "tcp",
            "rule_action": "allow",
            "cidr_block": "0.0.0.0/0",
            "from_port": 22,
            "to_port": 22,
        },
    ),
    ("aws_lb", "arn", "aws_lb_listener", {"load_balancer_arn": "@", "port": 80, "protocol": "HTTP"}),
    ("aws_ami", "id", "aws_ami_launch_permission", {"image_id": "@", "group": "all"}),
]
CLOUDFORMATION = [
    ("AWS::IAM::Role", "AWS::IAM::Policy", {"Roles": ["@"], "PolicyName": "p", "PolicyDocument": document("sns:*")}),
    ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy", {"Roles": ["@"], "PolicyDocument": document("sns:*")}),
    (
        "AWS::IAM::User",
        "AWS::IAM::UserPolicy",
        {"UserName": "@", "PolicyName": "p", "PolicyDocument": document("sns:*")},
    ),
    ("AWS::S3::Bucket", "AWS::S3::BucketPolicy", {"Bucket": "@", "PolicyDocument": open_to_all("s3:GetObject")}),
    ("AWS::SQS::Queue", "AWS::SQS::QueuePolicy", {"Queues": ["@"], "PolicyDocument": open_to_all("sqs:SendMessage")}),
    ("AWS::SNS::Topic", "AWS::SNS::TopicPolicy", {"Topics": ["@"], "PolicyDocument": open_to_all("sns:Publish")}),
    (
        *("AWS::SecretsManager::Secret", "AWS::SecretsManager::ResourcePolicy"),
        {"SecretId": "@", "ResourcePolicy": open_to_all("secretsmanager:GetSecretValue")},
    ),
    (
        *("AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress"),
        {"GroupId": "@", "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"},
    ),
    (
        *("AWS::EC2::NetworkAcl", "AWS::EC2::NetworkAclEntry"),
        {
            "NetworkAclId": "@",
            "RuleNumber": 100,
            "Protocol": 6,
            "RuleAction": "allow",
            "CidrBlock": "0.0.0.0/0",
            "PortRange": {"From": 22, "To": 22},
        },
    ),
    (
        *("AWS::Lambda::Function", "AWS::Lambda::Permission"),
        {"FunctionName": "@", "Action": "lambda:InvokeFunction", "Principal": "*"},
    ),
    ("AWS::Lambda::Function", "AWS::Lambda::Url", {"TargetFunctionArn": "@", "AuthType": "NONE"}),
    (
        *("AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::ElasticLoadBalancingV2::Listener"),
        {"LoadBalancerArn": "@", "Port": 80, "Protocol": "HTTP"},
    ),
]


def terraform(type: str, attribute: str, carrier: str, arguments: dict[str, Any], name: str) -> str:
    given = {key: json.dumps(value) if key == "policy" else value for key, value in arguments.items()}
    reference = f"${{{type}.{name}.{attribute}}}"
    written = json.loads(json.dumps(given).replace('"@"', json.dumps(reference)))
    names = {each: {"name": each} for each in ("lab", "shop")}
    return json.dumps({"resource": {type: names, carrier: {"it": written}}}, indent=1)


def template(type: str, carrier: str, properties: dict[str, Any], name: str) -> str:
    written = json.loads(json.dumps(properties).replace('"@"', json.dumps({"Ref": name})))
    both = {each: {"Type": type, "Properties": {"Description": each}} for each in ("Lab", "Shop")}
    return json.dumps({"Resources": {**both, "It": {"Type": carrier, "Properties": written}}}, indent=1)


@pytest.mark.parametrize("case", TERRAFORM, ids=lambda case: str(case[2]))
def test_in_terraform(case: tuple[str, str, str, dict[str, Any]]) -> None:
    base, head = (terraform(*case, name) for name in ("lab", "shop"))
    assert introduced(base, head, "main.tf.json")
    assert not introduced(base, base + "\n", "main.tf.json")


@pytest.mark.parametrize("case", CLOUDFORMATION, ids=lambda case: str(case[1]))
def test_in_cloudformation(case: tuple[str, str, dict[str, Any]]) -> None:
    base, head = (template(*case, name) for name in ("Lab", "Shop"))
    assert introduced(base, head, "template.json")
    assert not introduced(base, base + "\n", "template.json")
