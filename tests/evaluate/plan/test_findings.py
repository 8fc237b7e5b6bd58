"""What a review says of plans, and where."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from iacreview.model.finding import Finding, Report
from tests.evaluate.plan.support import instance, plan, report_of, reported, text_of, undecided

SECRET = "correct-horse-battery"
BUCKET = ["aws_s3_bucket.b.id", "aws_s3_bucket.b"]


def only(report: Report, code: str) -> Finding:
    (found,) = [each for each in report.findings if each.rule == code]
    return found


def bucket(**links: Any) -> dict[str, Any]:
    """A bucket, and its logging if that is linked."""
    found = [
        instance(
            "aws_s3_bucket.b",
            {"bucket_prefix": "b", "tags": None},
            {"id": True, "arn": True, "bucket": True, "logging": True, "server_side_encryption_configuration": True},
            expressions={"bucket_prefix": {"constant_value": "b"}},
        )
    ]
    if links:
        found.append(
            instance(
                "aws_s3_bucket_logging.l",
                {"target_bucket": "logs", "target_prefix": "b/"},
                {"id": True, "bucket": True},
                expressions={"bucket": links, "target_bucket": {"constant_value": "logs"}},
            )
        )
    return plan(found)


def log_rule() -> str:
    """The rule that objects to a bucket without access logs."""
    (code,) = {
        each.rule for each in report_of(bucket()).findings if each.property == "log_target" and each.family == "logging"
    }
    return code


def test_a_satellite_is_linked_by_an_id_that_is_known_after_apply() -> None:
    code = log_rule()
    assert reported(report_of(bucket()), code) == {"aws_s3_bucket.b"}
    assert reported(report_of(bucket(references=BUCKET)), code) == set()
    assert reported(report_of(bucket(references=["aws_s3_bucket.c.id", "aws_s3_bucket.c"])), code) == {
        "aws_s3_bucket.b"
    }


INGRESS = {
    "cidr_blocks": ["0.0.0.0/0"],
    "description": "",
    "from_port": 22,
    "ipv6_cidr_blocks": [],
    "prefix_list_ids": [],
    "protocol": "tcp",
    "security_groups": [],
    "self": False,
    "to_port": 22,
}
RULE = {"type": "ingress", "from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"]}
GROUP = ["aws_security_group.g.id", "aws_security_group.g"]
OPEN = [
    plan([instance("aws_security_group.g", {"ingress": [INGRESS], "egress": []}, {"id": True}, expressions={})]),
    plan(
        [
            instance("aws_security_group.g", {"name": "g"}, {"id": True, "ingress": True, "egress": True}),
            instance(
                "aws_security_group_rule.r",
                RULE,
                {"security_group_id": True},
                expressions={"security_group_id": {"references": GROUP}},
            ),
        ]
    ),
]


@pytest.mark.parametrize("data", OPEN)
def test_ssh_from_everywhere(data: Mapping[str, Any]) -> None:
    found = [each for each in report_of(data).findings if each.family == "network" and "22" in each.message]
    assert found
    assert {each.span.path for each in found} == {"plan.json"}
    assert all('"0.0.0.0/0"' in each.span.text for each in found)


def test_a_port_that_is_not_known_is_undecided() -> None:
    references = {"references": ["var.port"]}
    values = {key: value for key, value in RULE.items() if key != "cidr_blocks"}
    made = instance("aws_security_group_rule.r", values, {"cidr_blocks": True}, expressions={"cidr_blocks": references})
    report = report_of(plan([made]))
    assert not [each for each in report.findings if "22" in each.message and each.family == "network"]
    assert any("known after apply" in each.reason for each in report.undecided)


POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


def test_policies_are_read_in_their_strings() -> None:
    made = instance("aws_iam_policy.p", {"policy": POLICY}, expressions={"policy": {}})
    found = [each for each in report_of(plan([made])).findings if each.family == "iam"]
    assert found
    assert {each.span.path for each in found} == {"plan.json"}
    assert {each.span.text for each in found} <= {'\\"*\\"', '\\"Allow\\"'}


def database(expression: Mapping[str, Any], sensitive: bool = True, **more: Any) -> dict[str, Any]:
    values = {"engine": "mysql", "storage_encrypted": False, "password": SECRET, "username": "admin"}
    made = instance(
        "aws_db_instance.d",
        values,
        {"arn": True},
        {"password": True} if sensitive else {},
        {"engine": {"constant_value": "mysql"}, "password": expression},
    )
    return plan([made], given={"password": {"value": SECRET}}, **more)


UNSET = {"password": {"sensitive": True}}
DEFAULT = {"password": {"sensitive": True, "default": SECRET}}
OTHER = {"password": {"sensitive": True, "default": "another-default"}}
BY_VARIABLE = {"references": ["var.password"]}
BY_RESOURCE = {"references": ["random_password.p.result", "random_password.p"]}
PASSWORDS = [
    ({"constant_value": SECRET}, UNSET, True),
    (BY_VARIABLE, UNSET, False),
    (BY_VARIABLE, DEFAULT, True),
    (BY_VARIABLE, OTHER, False),
    (BY_RESOURCE, UNSET, False),
    ({}, UNSET, False),
]


@pytest.mark.parametrize("sensitive", [True, False])
@pytest.mark.parametrize(("expression", "variables", "literal"), PASSWORDS)
def test_a_password_is_a_finding_where_it_is_written(
    expression: Mapping[str, Any], variables: Mapping[str, Any], literal: bool, sensitive: bool
) -> None:
    if not expression and not sensitive:
        pytest.skip("a computed constant that nothing marks")
    report = report_of(database(expression, sensitive, variables=variables))
    assert ("aws_db_instance.d" in reported(report, "SEC001")) is literal
    if not literal and expression != BY_RESOURCE:
        assert "aws_db_instance.d" in undecided(report, "SEC001")


def test_a_password_that_a_module_call_passes_is_written_there() -> None:
    inner = instance(
        "module.m.aws_db_instance.d",
        {"password": SECRET},
        {},
        {"password": True},
        {"password": {"references": ["var.p"]}},
    )
    module = {"resources": [inner["configuration"]], "variables": {"p": {"sensitive": True}}}
    calls = {"m": {"source": "./m", "expressions": {"p": {"constant_value": SECRET}}, "module": module}}
    report = report_of(plan([], {"module.m": [inner]}, module_calls=calls))
    assert "module.m.aws_db_instance.d" in reported(report, "SEC001")


def test_every_place_with_a_secret_is_hidden() -> None:
    """The plan is one line: around any finding in it there may be the value of a secret."""
    data = database(BY_VARIABLE, variables=UNSET)
    data["planned_values"]["outputs"] = {"p": {"sensitive": True, "value": SECRET}}
    before = instance("aws_db_instance.d", {"password": SECRET})["resource"]
    data["prior_state"] = {"values": {"outputs": {"p": {"value": SECRET}}, "root_module": {"resources": [before]}}}
    text = text_of(data)
    hidden = [(each.start, each.end) for each in report_of(text).secrets if each.path == "plan.json"]
    at = text.find(SECRET)
    count = 0
    while at >= 0:
        assert any(start <= at and at + len(SECRET) <= end for start, end in hidden), text[at - 40 : at]
        count, at = count + 1, text.find(SECRET, at + 1)
    assert count == 6


MAIN = """variable "open" {
  default = ["0.0.0.0/0"]
}

resource "aws_security_group" "g" {
  name = "g"

  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/8"]
  }

  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = var.open
  }
}

resource "aws_iam_policy" "p" {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }]
  })
}

module "db" {
  source   = "./db"
  for_each = toset(["a", "b"])
  password = var.password
}

variable "password" {
  sensitive = true
}
"""
DB = """variable "password" {
  sensitive = true
}

resource "aws_db_instance" "this" {
  engine            = "mysql"
  password          = var.password
  storage_encrypted = false
}
"""
FILES = {"main.tf": MAIN, "db/main.tf": DB}


def shop(cidr: str = "0.0.0.0/0") -> dict[str, Any]:
    """The plan of FILES; the rules of the group in the order of a set."""
    https = {**INGRESS, "from_port": 443, "to_port": 443, "cidr_blocks": ["10.0.0.0/8"]}
    blocks = [
        {"from_port": {"constant_value": 443}, "to_port": {"constant_value": 443}},
        {
            "from_port": {"constant_value": 22},
            "to_port": {"constant_value": 22},
            "cidr_blocks": {"references": ["var.open"]},
        },
    ]
    values = {"engine": "mysql", "password": SECRET, "storage_encrypted": False}
    password = {"references": ["var.password"]}
    inner = {
        f'module.db["{key}"]': [
            instance(
                f'module.db["{key}"].aws_db_instance.this',
                values,
                {"arn": True},
                {"password": True},
                {"engine": {"constant_value": "mysql"}, "password": password},
            )
        ]
        for key in "ab"
    }
    configuration = next(iter(inner.values()))[0]["configuration"]
    module = {"resources": [configuration], "variables": {"password": {"sensitive": True}}}
    return plan(
        [
            instance(
                "aws_security_group.g",
                {"name": "g", "ingress": [{**INGRESS, "cidr_blocks": [cidr]}, https], "egress": []},
                {"id": True, "arn": True, "egress": True},
                expressions={"name": {"constant_value": "g"}, "ingress": blocks},
            ),
            instance("aws_iam_policy.p", {"policy": POLICY}, {"arn": True}, expressions={"policy": {}}),
        ],
        inner,
        {"open": {"value": [cidr]}, "password": {"value": SECRET}},
        module_calls={"db": {"source": "./db", "expressions": {"password": password}, "module": module}},
        variables={"open": {"default": ["0.0.0.0/0"]}, "password": {"sensitive": True}},
    )


def test_findings_point_into_the_files_beside() -> None:
    report = report_of(shop(), FILES)
    assert {each.span.path for each in report.findings} == {"main.tf", "db/main.tf"}
    ssh = [each for each in report.findings if each.family == "network" and "22" in each.message]
    assert {each.span.first.line for each in ssh} <= {2, 15, 19}
    stored = [each for each in report.findings if each.rule == "ENC001"]
    assert {each.resource.address for each in stored if each.resource} == {
        'module.db["a"].aws_db_instance.this',
        'module.db["b"].aws_db_instance.this',
    }
    assert {(each.span.path, each.span.first.line) for each in stored} == {("db/main.tf", 8)}
    assert "aws_db_instance.this" not in "".join(reported(report, "SEC001"))


def test_a_policy_with_an_unknown_part_is_read_in_the_files() -> None:
    """The plan has nothing of a string with one part that is known after apply."""
    statement = '{ Effect = "Allow", Action = "*", Resource = aws_sqs_queue.q.arn }'
    policy = f"  policy = jsonencode({{ Statement = [{statement}] }})\n"
    main = 'resource "aws_sqs_queue" "q" {}\nresource "aws_iam_policy" "p" {\n' + policy + "}\n"
    references = ["aws_sqs_queue.q.arn", "aws_sqs_queue.q"]
    made = instance("aws_iam_policy.p", {}, {"policy": True}, expressions={"policy": {"references": references}})
    data = plan([instance("aws_sqs_queue.q", {}, {"arn": True}), made])
    alone = report_of(data)
    assert "aws_iam_policy.p" not in {each.resource.address for each in alone.findings if each.resource}
    assert {each.resource.address for each in alone.undecided} >= {"aws_iam_policy.p"}
    found = [each for each in report_of(data, {"main.tf": main}).findings if each.family == "iam"]
    assert {(each.span.path, each.span.first.line) for each in found} == {("main.tf", 3)}


def test_a_password_from_a_variable_that_is_shown() -> None:
    shown = report_of(database(BY_VARIABLE, variables={"password": {}}))
    hidden = report_of(database(BY_VARIABLE, variables=UNSET))
    assert [reported(each, "SEC006") for each in (shown, hidden)] == [{"aws_db_instance.d"}, set()]


def test_what_the_files_and_their_plan_say_counts_once() -> None:
    alone = report_of("{}", FILES)
    both = report_of(shop(), FILES)
    assert both.units == alone.units + 1
    assert [each.message for each in both.findings] == [each.message for each in alone.findings]
    assert {each.units for each in both.findings} == {("", "plan.json")}


def test_where_the_plan_has_another_value() -> None:
    """The files' default is open and the plan is not: that is still what the files say. What only the plan says counts."""
    narrow = report_of(shop("192.0.2.0/28"), FILES)
    assert {each.units for each in narrow.findings if each.family == "network" and "22" in each.message} == {("",)}
    closed = {**FILES, "main.tf": MAIN.replace('default = ["0.0.0.0/0"]', 'default = ["192.0.2.0/28"]')}
    data = shop()
    data["configuration"]["root_module"]["variables"]["open"] = {"default": ["192.0.2.0/28"]}
    wide = [each for each in report_of(data, closed).findings if each.family == "network" and "22" in each.message]
    assert {each.units for each in wide} == {("plan.json",)}
    assert {each.span.path for each in wide} == {"main.tf"}


def test_the_files_may_be_above() -> None:
    report = report_of(shop(), FILES, "out/ci/plan.json")
    assert {each.span.path for each in report.findings} == {"main.tf", "db/main.tf"}
    assert {each.units for each in report.findings} == {("", "out/ci/plan.json")}


def test_only_what_the_files_have_is_pointed_at_there() -> None:
    report = report_of(shop(), {"main.tf": 'resource "aws_iam_policy" "other" {}\n'})
    assert {
        each.span.path
        for each in report.findings
        if each.resource and "aws_iam_policy.other" not in each.resource.address
    } == {"plan.json"}


def test_a_template_in_a_plan_does_not_make_it_one() -> None:
    body = json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"V": {"Type": "AWS::EC2::VPC"}}})
    data = plan([instance("aws_cloudformation_stack.s", {"template_body": body})])
    report = report_of(data)
    assert report.resources == 1
    assert not report.skipped


RECOGNISED = [
    (text_of(plan([])), 1, ""),
    (json.dumps(plan([]), indent=2), 1, ""),
    (json.dumps(plan([]), sort_keys=True), 1, ""),
    ('{"format_version":"1.0","terraform_version":"1.11.4","values":{}}', 0, "state"),
    ('{"format_version":"2.0","terraform_version":"3.0.0","planned_values":{}}', 1, "another format_version"),
    ('{"name":"planned_values"}', 0, ""),
]


@pytest.mark.parametrize(("text", "units", "reason"), RECOGNISED)
def test_plans_are_recognised(text: str, units: int, reason: str) -> None:
    report = report_of(text)
    assert report.units == units
    assert [reason in each.reason for each in report.skipped] == [True] * bool(reason)


def test_a_plan_that_breaks_off_fails_closed() -> None:
    report = report_of(text_of(shop())[:300])
    assert [each.rule for each in report.findings] == ["SYN001"]


@pytest.mark.parametrize(("key", "found"), [("aws", set()), ("aws.west", {"aws_ebs_volume.v"})])
def test_a_setting_of_the_account_holds_for_its_provider(key: str, found: set[str]) -> None:
    setting = instance("aws_ebs_encryption_by_default.d", {"enabled": True}, {"id": True})
    volume = instance("aws_ebs_volume.v", {"availability_zone": "a", "size": 1}, {"encrypted": True, "id": True})
    setting["configuration"]["provider_config_key"] = "aws"
    volume["configuration"]["provider_config_key"] = key
    data = plan([setting, volume])
    regions = {"aws": "eu-west-1", "aws.west": "us-west-1"}
    data["configuration"]["provider_config"] = {
        name: {
            "name": "aws",
            **({"alias": "west"} if "." in name else {}),
            "expressions": {"region": {"constant_value": region}},
        }
        for name, region in regions.items()
    }
    assert reported(report_of(data), "ENC001") == found
