"""`some`: a collection has a member of which all requirements hold; and satellites that may be anybody's."""

from __future__ import annotations

import pytest

from iacreview.catalog.catalog import Catalog
from iacreview.engine.rule import rule_from
from iacreview.engine.rulefiles import File, catalog_spec, rule_spec
from iacreview.errors import RuleError
from iacreview.model.finding import Report
from iacreview.options import Options
from iacreview.pipeline import check
from tests.trees import MemoryTree

CATALOG = """\
service: test
kinds:
  search.domain:
    title: Search domain
    types: {cfn: AWS::Search::Domain, tf: aws_search_domain}
    properties:
      logs:
        cfn: LogPublishingOptions
        tf: log_publishing_options
        items:
          type: {cfn: "@key", tf: log_type}
          enabled: {cfn: "@value.Enabled", tf: enabled, default: {cfn: false, tf: true}}
  ec2.vpc:
    title: VPC
    types: {cfn: AWS::EC2::VPC, tf: aws_vpc}
    satellites:
      aws_flow_log: {link: [vpc_id, subnet_id.follow().vpc_id], any: true}
    properties:
      flow_log: {tf: aws_flow_log/}
  ec2.subnet:
    title: Subnet
    types: {tf: aws_subnet}
    properties: {}
"""
RULE = """\
id: TST001
name: test-rule
family: logging
title: It is not logged
why: Because this text has to be at least forty characters long.
rows:
"""
AUDITED = "  - {kind: search.domain, require: {some: {logs: {type: AUDIT_LOGS, enabled: true}}}}\n"
LOGGED = "  - {kind: ec2.vpc, require: {flow_log: present}}\n"


def report(rows: str, files: dict[str, str]) -> Report:
    catalog = Catalog(catalog_spec([File("c.yaml", CATALOG)]))
    rule = rule_from(rule_spec(File("r.yaml", RULE + rows), catalog))
    return check(MemoryTree(files), (), Options([rule], catalog))


def domain(options: str) -> dict[str, str]:
    return {"main.tf": f'variable "v" {{}}\nresource "aws_search_domain" "d" {{\n{options}\n}}\n'}


def options(type: str, enabled: str = "true") -> str:
    return f"log_publishing_options {{\nlog_type = {type}\nenabled = {enabled}\n}}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it has no `log_publishing_options`"),
        (options('"SLOW"'), "none of its `log_publishing_options` is as required"),
        (options('"AUDIT_LOGS"', "false"), "none of its `log_publishing_options` is as required"),
        (options('"SLOW"') + options('"AUDIT_LOGS"', "false"), "none of its"),
        (options('"SLOW"') + options('"AUDIT_LOGS"'), None),
        (options('"AUDIT_LOGS"', "var.v"), "undecided"),
        (options("var.v"), "undecided"),
        (options('"AUDIT_LOGS"', "false") + options("var.v"), "undecided"),
        (options('var.v ? "AUDIT_LOGS" : "SLOW"'), "none of its"),
    ],
)
def test_members(text: str, said: str | None) -> None:
    found = report(AUDITED, domain(text))
    if said == "undecided":
        assert not found.findings
        assert found.undecided
    else:
        assert [said in each.message for each in found.findings] == ([] if said is None else [True])
        assert not found.undecided


def test_a_map_of_cloudformation() -> None:
    template = "Resources:\n  D:\n    Type: AWS::Search::Domain\n    Properties:\n      LogPublishingOptions:\n"
    on = "        AUDIT_LOGS: {Enabled: true}\n"
    assert not report(AUDITED, {"t.yaml": template + on}).findings
    assert report(AUDITED, {"t.yaml": template + on.replace("true", "false")}).findings
    assert report(AUDITED, {"t.yaml": template + on.replace("AUDIT", "SLOW")}).findings


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("  - {kind: search.domain, require: {some: {log: {type: A}}}}\n", "has no collection `log`"),
        ("  - {kind: search.domain, require: {some: {logs: {typ: A}}}}\n", "has no property `typ`"),
    ],
)
def test_wrong_names(rows: str, message: str) -> None:
    with pytest.raises(RuleError, match=message):
        report(rows, {})


NETWORK = """\
variable "unknown" {}
resource "aws_vpc" "v" { cidr_block = "10.0.0.0/16" }
resource "aws_subnet" "s" { vpc_id = aws_vpc.v.id }
resource "aws_vpc" "other" { cidr_block = "10.1.0.0/16" }
"""


@pytest.mark.parametrize(
    ("log", "findings", "undecided"),
    [
        ("", ["aws_vpc.v", "aws_vpc.other"], []),
        ("vpc_id = aws_vpc.v.id", ["aws_vpc.other"], []),
        ("subnet_id = aws_subnet.s.id", ["aws_vpc.other"], []),
        ("vpc_id = var.unknown", [], ["aws_vpc.v", "aws_vpc.other"]),
        ('vpc_id = "vpc-0a1b2c3d"', ["aws_vpc.v", "aws_vpc.other"], []),
    ],
)
def test_a_satellite_by_several_ways_or_of_anybody(log: str, findings: list[str], undecided: list[str]) -> None:
    flow_log = f'resource "aws_flow_log" "l" {{\n{log}\n}}\n' if log else ""
    found = report(LOGGED, {"main.tf": NETWORK + flow_log})
    assert [each.resource.address for each in found.findings if each.resource] == findings
    assert [each.resource.address for each in found.undecided] == undecided
