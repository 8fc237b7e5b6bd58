"""Secrets are found wherever they are written: where no catalog names the argument, and where no resource takes them."""

from __future__ import annotations

from functools import cache

import pytest

from iacreview.catalog.catalog import Catalog
from iacreview.engine.load import load_catalog, load_rules
from iacreview.options import Options
from iacreview.pipeline import check
from tests.trees import MemoryTree

RULES = [rule for rule in load_rules() if rule.family == "secrets"]
SECRET = "Quasar-9481-tin"
KEY = "AKIAQ3EGRSEYZ7JUXFZL"
DEBUG = 'variable "debug" {\n  default = false\n}\n'


@cache
def catalog() -> Catalog:
    return load_catalog()


def found(files: dict[str, str]) -> list[str]:
    report = check(MemoryTree(files), (), Options(RULES, catalog()))
    return [f"{each.rule} {each.resource.address if each.resource else ''}" for each in report.findings]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'locals {{\n  db_password = "{SECRET}"\n}}\n', ["SEC001 local.db_password"]),
        (f'locals {{\n  x = {{ y = ["{KEY}"] }}\n}}\n', ["SEC001 local.x"]),
        ('locals {\n  db_password_parameter = "/app/db_password"\n}\n', []),
        (f'locals {{\n  db_password = var.db_password\n}}\nvariable "db_password" {{\n  default = "{SECRET}"\n}}\n', ["SEC002 var.db_password"]),
        (
            f'locals {{\n  db_password = "{SECRET}"\n}}\nresource "aws_db_instance" "d" {{\n  password = local.db_password\n}}\n',
            ["SEC001 aws_db_instance.d"],
        ),
        ('resource "aws_ssm_parameter" "p" {\n  name = "/app/api_key"\n  type = "String"\n  value = "Quokka!88"\n}\n', ["SEC001 aws_ssm_parameter.p"]),
        ('resource "aws_ssm_parameter" "p" {\n  name = "a"\n  type = "SecureString"\n  value = "wintergarden"\n}\n', ["SEC001 aws_ssm_parameter.p"]),
        ('resource "aws_ssm_parameter" "p" {\n  name = "a"\n  type = "SecureString"\n  value = "placeholder"\n}\n', []),
        (
            f'resource "aws_ssm_parameter" "p" {{\n  type = "String"\n  value = jsonencode({{ password = "{SECRET}", u = var.u }})\n}}\nvariable "u" {{}}\n',
            ["SEC001 aws_ssm_parameter.p"],
        ),
        (f'resource "aws_ssm_parameter" "p" {{\n  value = "postgres://a:{SECRET}@db/x"\n}}\n', ["SEC001 aws_ssm_parameter.p"]),
        ('provider "sendgrid" {\n  api_key = "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"\n}\n', ["SEC007 provider.sendgrid"]),
        (f'resource "aws_sfn_state_machine" "s" {{\n  definition = "{{\\"key\\": \\"{KEY}\\"}}"\n}}\n', ["SEC001 aws_sfn_state_machine.s"]),
        (
            f'{DEBUG}resource "aws_instance" "i" {{\n  user_data = var.debug ? "export DB_PASSWORD={SECRET}" : null\n}}\n',
            ["SEC003 aws_instance.i"],
        ),
        (
            f'{DEBUG}resource "aws_db_instance" "d" {{\n  password = var.debug ? "{SECRET}" : random_password.p.result\n}}\n',
            ["SEC001 aws_db_instance.d"],
        ),
        (f'{DEBUG}resource "aws_db_instance" "d" {{\n  storage_encrypted = var.debug ? "false" : "true"\n}}\n', []),
        (f'{DEBUG}locals {{\n  db_password = var.debug ? "{SECRET}" : ""\n}}\n', ["SEC001 local.db_password"]),
    ],
)  # fmt: skip
def test_terraform(text: str, expected: list[str]) -> None:
    assert found({"main.tf": text}) == expected


def test_files_of_values() -> None:
    files = {"main.tf": 'variable "db_password" {}\n', "terraform.tfvars": f'db_password = "{SECRET}"\nname = "app"\n'}
    assert found(files) == ["SEC001 var.db_password"]
    used = 'resource "aws_db_instance" "d" {\n  password = var.db_password\n}\n'
    assert found({**files, "d.tf": used}) == ["SEC001 aws_db_instance.d"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"Mappings: {{M: {{a: {{DbPassword: {SECRET}}}}}}}\nResources:\n  T: {{Type: AWS::SNS::Topic}}\n",
            ["SEC001 Mappings.M"],
        ),
        (
            "Resources:\n  P: {Type: AWS::SSM::Parameter, Properties: {Name: /app/db_password, Type: String, "
            f"Value: {SECRET}}}}}\n",
            ["SEC001 P"],
        ),
        (
            "Resources:\n  S: {Type: AWS::SecretsManager::Secret, Properties: {SecretString: !Sub "
            f'\'{{"password": "{SECRET}", "host": "${{AWS::Region}}"}}\'}}}}\n',
            ["SEC001 S"],
        ),
        (
            "Resources:\n  I:\n    Type: AWS::EC2::Instance\n    Metadata:\n      AWS::CloudFormation::Init:\n"
            f"        config: {{files: {{/a: {{content: 'DB_PASSWORD={SECRET}'}}}}}}\n      Note: {{password: {SECRET}}}\n",
            ["SEC001 I"],
        ),
        (
            "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties:\n      Code: {ZipFile: "
            f"'DB_PASSWORD = \"{SECRET}\"'}}\n",
            ["SEC001 F"],
        ),
        ("Resources:\n  L: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /app/password}}\n", []),
    ],
)
def test_cloudformation(text: str, expected: list[str]) -> None:
    assert found({"t.yaml": text}) == expected
