"""Resources that say something of another one, each under conditions: together they make what the other one has."""

from __future__ import annotations

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.options import Options
from iacreview.pipeline import check
from tests.trees import MemoryTree

HEAD = """\
Parameters:
  Env: {Type: String, AllowedValues: [dev, prod]}
  Name: {Type: String}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsDev: !Equals [!Ref Env, dev]
  IsShop: !Equals [!Ref Name, shop]
  ShopInProd: !And [!Condition IsShop, !Condition IsProd]
Resources:
  Firewall:
    Type: AWS::NetworkFirewall::Firewall
    %s
    Properties: {FirewallName: a, FirewallPolicyArn: x, SubnetMappings: [], VpcId: x}
"""
LOGS = """\
  Logs%d:
    Type: AWS::NetworkFirewall::LoggingConfiguration
    %s
    Properties:
      FirewallArn: !Ref Firewall
      LoggingConfiguration: {LogDestinationConfigs: []}
"""


def under(condition: str) -> str:
    return f"Condition: {condition}" if condition else ""


@pytest.mark.parametrize(
    ("own", "logs", "when"),
    [
        ("", [], [""]),
        ("", [""], []),
        ("", ["IsProd"], ["when IsProd is false"]),
        ("IsProd", ["IsProd"], []),
        ("ShopInProd", ["IsProd"], []),
        ("IsProd", ["ShopInProd"], ["when ShopInProd is false and IsProd is true"]),
        ("IsDev", ["IsProd"], ["when IsDev is true"]),
        ("", ["IsProd", "IsDev"], []),
        ("", ["IsShop", "ShopInProd"], ["when IsShop is false"]),
        ("", ["IsProd", ""], []),
    ],
)
def test_what_is_missing_where_no_satellite_exists(own: str, logs: list[str], when: list[str]) -> None:
    text = HEAD % under(own) + "".join(LOGS % (number, under(each)) for number, each in enumerate(logs))
    rules = [rule for rule in load_rules() if rule.code == "LOG002"]
    report = check(MemoryTree({"t.yaml": text}), (), Options(rules, load_catalog(), profile="strict"))
    assert [each.message.partition(" (")[2].rstrip(")") for each in report.findings] == when
    assert report.undecided == ()


def test_in_terraform() -> None:
    text = """
variable "on" { type = bool }
resource "aws_networkfirewall_firewall" "f" {
  name                = "f"
  firewall_policy_arn = "x"
  vpc_id              = "x"
}
resource "aws_networkfirewall_logging_configuration" "f" {
  count        = var.on ? 1 : 0
  firewall_arn = aws_networkfirewall_firewall.f.arn
}
"""
    rules = [rule for rule in load_rules() if rule.code == "LOG002"]
    report = check(MemoryTree({"main.tf": text}), (), Options(rules, load_catalog(), profile="strict"))
    assert [each.message.partition(" (")[2] for each in report.findings] == ["when not (var.on))"]
