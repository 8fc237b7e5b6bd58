"""The reach delta: exact, empty for what is only written in another way, and never silent where nobody can say."""

from __future__ import annotations

from itertools import product
from random import Random
from typing import Any

import pytest

from iacreview.grants.openings import Passage, _Entry, let_in
from iacreview.semantics.network import parse_cidr
from iacreview.semantics.ports import port_range
from tests.review.changes import Files, deltas, template


def group(*rules: Any, **more: Any) -> Any:
    return {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {"GroupDescription": "g", "SecurityGroupIngress": list(rules), **more},
    }


def rule(ports: Any = 22, source: Any = "10.0.0.0/8", protocol: Any = "tcp", key: str = "CidrIp") -> Any:
    first, last = ports if isinstance(ports, tuple) else (ports, ports)
    return {"IpProtocol": protocol, "FromPort": first, "ToPort": last, key: source}


def separate(of: str, **properties: Any) -> Any:
    return {
        "Type": "AWS::EC2::SecurityGroupIngress",
        "Properties": {"GroupId": {"Fn::GetAtt": [of, "GroupId"]}, **properties},
    }


def opened(base: Files, head: Files) -> list[tuple[str, str, int, int, str]]:
    return [
        (each.resource, each.protocol, each.from_port, each.to_port, each.source)
        for each in deltas(base, head).reach_added
    ]


def test_a_port_more() -> None:
    base, head = template(G=group(rule(22))), template(G=group(rule((22, 23))))
    assert opened(base, head) == [("G", "tcp", 23, 23, "10.0.0.0/8")]
    assert opened(head, base) == []
    [gone] = deltas(head, base).reach_removed
    assert (gone.from_port, gone.to_port) == (23, 23)


def test_a_wider_network_says_what_it_was() -> None:
    [entry] = deltas(template(G=group(rule())), template(G=group(rule(source="0.0.0.0/0")))).reach_added
    assert (entry.source, entry.why, entry.certain) == ("0.0.0.0/0", "was: from 10.0.0.0/8", True)
    [closed] = deltas(template(G=group(rule(source="0.0.0.0/0"))), template(G=group(rule()))).reach_removed
    assert (closed.source, closed.why) == ("0.0.0.0/0", "now: from 10.0.0.0/8")


REWRITTEN: dict[str, tuple[Files, Files]] = {
    "split in halves": (
        template(G=group(rule((20, 30)))),
        template(G=group(rule((20, 25), "10.0.0.0/9"), rule((20, 25), "10.128.0.0/9"), rule((26, 30)))),
    ),
    "a rule of its own": (
        template(G=group(rule())),
        template(G=group(), R=separate("G", **rule())),
    ),
    "a rule that another one has": (template(G=group(rule(), rule(source="10.1.0.0/16"))), template(G=group(rule()))),
    "the number of a protocol": (template(G=group(rule())), template(G=group(rule(protocol="6")))),
    "host bits": (template(G=group(rule())), template(G=group(rule(source="10.1.2.3/8")))),
    "a group by another name": (
        template(G=group(rule(), GroupName="g")),
        template(Other=group(rule(), GroupName="g")),
    ),
}


@pytest.mark.parametrize("name", REWRITTEN)
def test_what_is_written_in_another_way_opens_nothing(name: str) -> None:
    base, head = REWRITTEN[name]
    assert not any(deltas(base, head))
    assert not any(deltas(head, base))


def instance(*groups: Any) -> Any:
    return {
        "Type": "AWS::EC2::Instance",
        "Properties": {
            "SecurityGroupIds": [{"Ref": each} if not str(each).startswith("sg-") else each for each in groups]
        },
    }


def test_who_is_in_a_group_that_may_reach_another() -> None:
    from_web = rule(5432, {"Ref": "Web"}, key="SourceSecurityGroupId")
    base = template(Web=group(), Db=group(from_web), A=instance("Web"))
    head = template(Web=group(), Db=group(from_web), A=instance("Web"), B=instance("Web"))
    [entry] = [each for each in deltas(base, head).reach_added if each.resource == "Db"]
    assert (entry.from_port, entry.source, entry.why) == (5432, "B", "it is in Web now")


def test_a_rule_for_a_group_names_the_group() -> None:
    base = template(Web=group(), Db=group(), A=instance("Web"))
    head = template(Web=group(), Db=group(rule(5432, {"Ref": "Web"}, key="SourceSecurityGroupId")), A=instance("Web"))
    assert opened(base, head) == [("Db", "tcp", 5432, 5432, "Web")]


def test_the_same_members_in_another_group() -> None:
    base = template(Web=group(), Db=group(rule(5432, {"Ref": "Web"}, key="SourceSecurityGroupId")), A=instance("Web"))
    head = template(App=group(), Db=group(rule(5432, {"Ref": "App"}, key="SourceSecurityGroupId")), A=instance("App"))
    assert opened(base, head) == []


def test_another_group_opens_what_it_lets_in() -> None:
    groups = {"Ssh": group(rule(22)), "Web": group(rule(443))}
    found = opened(template(**groups, A=instance("Ssh")), template(**groups, A=instance("Web")))
    assert found == [("A", "tcp", 443, 443, "10.0.0.0/8")]
    [entry] = deltas(template(**groups, A=instance("Ssh")), template(**groups, A=instance("sg-1"))).reach_added
    assert (entry.certain, entry.source) == (False, "whatever sg-1 lets in")


def test_a_public_address_opens_what_groups_let_in_from_the_internet() -> None:
    def database(public: bool) -> Any:
        return {
            "Type": "AWS::RDS::DBInstance",
            "Properties": {"PubliclyAccessible": public, "VPCSecurityGroups": [{"Ref": "G"}]},
        }

    rules = group(rule(5432, "203.0.113.0/24"), rule(22))
    assert opened(template(G=rules, D=database(False)), template(G=rules, D=database(True))) == [
        ("D", "tcp", 5432, 5432, "203.0.113.0/24")
    ]
    assert opened(template(G=rules, D=database(True)), template(G=rules, D=database(False))) == []


def test_a_listener_more() -> None:
    balancer = {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": {"SecurityGroups": [{"Ref": "G"}]}}

    def listener(port: int) -> Any:
        return {
            "Type": "AWS::ElasticLoadBalancingV2::Listener",
            "Properties": {"LoadBalancerArn": {"Ref": "L"}, "Port": port, "Protocol": "HTTP"},
        }

    rules = group(rule((0, 1000), "203.0.113.0/24"))
    base = template(G=rules, L=balancer, A=listener(443))
    head = template(G=rules, L=balancer, A=listener(443), B=listener(80), C=listener(8080))
    assert opened(base, head) == [("L", "tcp", 80, 80, "203.0.113.0/24")]


def acl(*entries: tuple[int, str, int, str]) -> Files:
    written = {
        f"E{index}": {
            "Type": "AWS::EC2::NetworkAclEntry",
            "Properties": {
                "NetworkAclId": "acl-1",
                "RuleNumber": number,
                "RuleAction": action,
                "Protocol": 6,
                "PortRange": {"From": port, "To": port},
                "CidrBlock": source,
            },
        }
        for index, (number, action, port, source) in enumerate(entries)
    }
    return template(**written)


def test_the_order_of_an_acl_counts() -> None:
    closed = acl((100, "deny", 22, "0.0.0.0/0"), (200, "allow", 22, "0.0.0.0/0"))
    open_ = acl((300, "deny", 22, "0.0.0.0/0"), (200, "allow", 22, "0.0.0.0/0"))
    assert opened(closed, open_) == [("acl-1", "tcp", 22, 22, "0.0.0.0/0")]
    assert opened(open_, closed) == []


def test_acls_drawn_at_random_against_packets() -> None:
    sources = ("0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/9", "10.1.0.0/16")
    addresses = ("9.0.0.1", "10.0.0.1", "10.1.0.1", "10.200.0.1")
    for seed in range(150):
        random = Random(f"acl.{seed}")
        entries = [
            (
                number,
                random.choice(("allow", "deny")),
                random.choice(("tcp", "tcp", "-1", "udp")),
                *sorted(random.choices((20, 22, 25), k=2)),
                random.choice(sources),
            )
            for number in random.sample(range(1, 50), random.randint(1, 5))
        ]
        left = list(let_in(_entry(*each) for each in entries))
        for protocol, port, address in product(("tcp", "udp", "47"), (19, 20, 22, 24, 25, 26), addresses):
            assert any(_has(each, protocol, port, address) for each in left) == _decided(
                entries, protocol, port, address
            ), (seed, protocol, port, address)


def _entry(number: int, action: str, protocol: str, first: int, last: int, source: str) -> _Entry:
    ports = port_range(protocol, first, last)
    return _Entry(number, action, Passage(ports, parse_cidr(source), source, "", frozenset(), "acl", None))


def _has(passage: Passage, protocol: str, port: int, address: str) -> bool:
    where = parse_cidr(address)
    assert passage.ports is not None
    assert passage.block is not None
    assert where is not None
    return passage.ports.opens(port, protocol) and protocol not in passage.but and passage.block.covers(where)


def _decided(entries: list[Any], protocol: str, port: int, address: str) -> bool:
    """The first entry that a packet meets decides."""
    for _, action, own, first, last, source in sorted(entries):
        every = own == "-1"
        block, where = parse_cidr(source), parse_cidr(address)
        assert block is not None
        assert where is not None
        if (every or own == protocol) and (every or first <= port <= last) and block.covers(where):
            return bool(action == "allow")
    return False


RULE = """
variable "x" {{}}
resource "aws_security_group" "g" {{
  ingress {{
    protocol    = "tcp"
    from_port   = {port}
    to_port     = {port}
    cidr_blocks = [{source}]
  }}
}}
"""


def test_what_nobody_knows_may_be_open() -> None:
    base = {"main.tf": 'variable "x" {}\n'}
    [entry] = deltas(base, {"main.tf": RULE.format(port=22, source="var.x")}).reach_added
    assert (entry.source, entry.certain) == ("${var.x}", False)
    [ports] = deltas(base, {"main.tf": RULE.format(port="var.x", source='"10.0.0.0/8"')}).reach_added
    assert (ports.from_port, ports.certain) == (-1, False)
    assert "var.x has no default" in ports.source
    known = {"main.tf": RULE.format(port=22, source="aws_vpc.v.cidr_block") + 'resource "aws_vpc" "v" {}\n'}
    assert deltas(base, known).reach_added[0].certain


def test_prefix_lists_are_the_networks_in_them() -> None:
    def listed(*networks: str) -> Files:
        entries = "".join(f'  entry {{ cidr = "{each}" }}\n' for each in networks)
        text = 'resource "aws_ec2_managed_prefix_list" "l" {\n' + entries + "}\n"
        own = RULE.format(port=22, source="").replace(
            "cidr_blocks = []", "prefix_list_ids = [aws_ec2_managed_prefix_list.l.id]"
        )
        return {"main.tf": text + own}

    one, two = listed("10.1.0.0/16"), listed("10.1.0.0/16", "10.2.0.0/16")
    assert [each[4] for each in opened(one, two)] == ["10.2.0.0/16"]
    assert opened(one, {"main.tf": RULE.format(port=22, source='"10.1.0.0/16"')}) == []


def test_a_load_balancer_reaches_its_targets() -> None:
    balancer = {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": {"Scheme": "internal"}}
    action = {"Type": "forward", "TargetGroupArn": {"Ref": "T"}}
    listener = {
        "Type": "AWS::ElasticLoadBalancingV2::Listener",
        "Properties": {"LoadBalancerArn": {"Ref": "L"}, "Port": 443, "Protocol": "HTTPS", "DefaultActions": [action]},
    }

    def targets(*names: str) -> Files:
        written = [{"Id": {"Ref": name}} for name in names]
        group = {"Type": "AWS::ElasticLoadBalancingV2::TargetGroup", "Properties": {"Port": 8080, "Targets": written}}
        instances = {name: {"Type": "AWS::EC2::Instance", "Properties": {}} for name in "AB"}
        return template(L=balancer, Listener=listener, T=group, **instances)

    assert opened(targets("A"), targets("A", "B")) == [("B", "tcp", 8080, 8080, "L")]
    assert [each.resource for each in deltas(targets("A", "B"), targets("A")).reach_removed] == ["B"]
