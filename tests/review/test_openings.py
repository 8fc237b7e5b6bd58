"""The reach delta: exact, empty for what is only written in another way, and never silent where nobody can say."""

from __future__ import annotations

from itertools import product
from random import Random
from typing import Any

import pytest

from iacreview.grants.passages import AclEntry, Passage, let_in
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


def balancer(*groups: Any) -> Any:
    return {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": {"SecurityGroups": list(groups)}}


LISTENER = {
    "Type": "AWS::ElasticLoadBalancingV2::Listener",
    "Properties": {"LoadBalancerArn": {"Ref": "L"}, "Port": 443, "Protocol": "TCP", "DefaultActions": []},
}


@pytest.mark.parametrize("more", [{}, {"A": LISTENER}], ids=["alone", "with a listener"])
def test_another_group_of_a_load_balancer(more: dict[str, Any]) -> None:
    groups = {"G": group(rule(443)), "H": group(rule(443, "0.0.0.0/0"))}
    sides = [template(**groups, **more, L=balancer({"Fn::GetAtt": [each, "GroupId"]})) for each in "GH"]
    [entry] = deltas(*sides).reach_added
    assert (entry.resource, entry.from_port, entry.source, entry.certain) == ("L", 443, "0.0.0.0/0", bool(more))


@pytest.mark.parametrize("more", [{}, {"A": LISTENER}], ids=["alone", "with a listener"])
def test_a_group_of_a_load_balancer_that_is_not_here(more: dict[str, Any]) -> None:
    sides = [template(**more, L=balancer(each)) for each in ("sg-0123456789abcdef0", "sg-0123456789abcdef1")]
    assert opened(*sides) == [("L", "all", -1, -1, "whatever sg-0123456789abcdef1 lets in")]
    assert opened(sides[0], sides[0]) == []


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


def _entry(number: int, action: str, protocol: str, first: int, last: int, source: str) -> AclEntry:
    ports = port_range(protocol, first, last)
    return AclEntry(number, action, Passage(ports, parse_cidr(source), source, "", frozenset(), "acl", None))


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


def balanced(*names: str, does: str = "forward") -> Files:
    """A load balancer with targets of these names, and what its listener does."""
    action = {"Type": does, "TargetGroupArn": {"Ref": "T"}}
    more = {"LoadBalancerArn": {"Ref": "L"}, "Port": 443, "Protocol": "HTTPS", "DefaultActions": [action]}
    written = [{"Id": {"Ref": name}} for name in names]
    return template(
        L={"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": {"Scheme": "internal"}},
        Listener={"Type": "AWS::ElasticLoadBalancingV2::Listener", "Properties": more},
        T={"Type": "AWS::ElasticLoadBalancingV2::TargetGroup", "Properties": {"Port": 8080, "Targets": written}},
        **{name: {"Type": "AWS::EC2::Instance", "Properties": {}} for name in "AB"},
    )


def test_a_load_balancer_reaches_its_targets() -> None:
    assert opened(balanced("A"), balanced("A", "B")) == [("B", "tcp", 8080, 8080, "L")]
    assert [each.resource for each in deltas(balanced("A", "B"), balanced("A")).reach_removed] == ["B"]


def test_an_answer_of_the_load_balancer_reaches_no_target() -> None:
    assert opened(balanced("A", does="fixed-response"), balanced("A", "B", does="fixed-response")) == []
    assert opened(balanced("A", does="fixed-response"), balanced("A")) == [("A", "tcp", 8080, 8080, "L")]


def test_a_launch_template_in_the_place_of_a_configuration_opens_nothing() -> None:
    def launching(type: str, by: Any, properties: Any) -> Files:
        web = {"Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": {"MinSize": 1, "MaxSize": 1, **by}}
        return template(
            G=group(rule(443)), **{type: {"Type": properties.pop("Type"), "Properties": properties}}, Web=web
        )

    base = launching(
        "Configuration",
        {"LaunchConfigurationName": {"Ref": "Configuration"}},
        {
            "Type": "AWS::AutoScaling::LaunchConfiguration",
            "AssociatePublicIpAddress": True,
            "SecurityGroups": [{"Ref": "G"}],
        },
    )
    interface = {"AssociatePublicIpAddress": True, "DeviceIndex": 0, "Groups": [{"Ref": "G"}]}
    head = launching(
        "Template",
        {"LaunchTemplate": {"LaunchTemplateId": {"Ref": "Template"}, "Version": 1}},
        {"Type": "AWS::EC2::LaunchTemplate", "LaunchTemplateData": {"NetworkInterfaces": [interface]}},
    )
    found = deltas(base, head)
    assert (found.reach_added, found.reach_removed) == ((), ())


def test_a_group_that_is_not_here_is_not_said_to_be_in_itself() -> None:
    def importing(*ports: int) -> Files:
        name = {"Fn::ImportValue": "clients"}
        return template(G=group(*(rule(port, name, key="SourceSecurityGroupId") for port in ports)))

    [entry] = deltas(importing(80, 443), importing(80, 443, 8443)).reach_added
    assert (entry.from_port, entry.why) == (8443, "")
    [wider] = deltas(
        importing(80), template(G=group(rule((80, 81), {"Fn::ImportValue": "clients"}, key="SourceSecurityGroupId")))
    ).reach_added
    assert (wider.from_port, wider.why) == (81, "")


def outbound(base: Files, head: Files) -> list[tuple[str, str, int, int, str]]:
    found = [each for each in deltas(base, head).reach_added if each.outbound]
    return [(each.resource, each.protocol, each.from_port, each.to_port, each.source) for each in found]


def leaving(*rules: Any) -> Any:
    return group(SecurityGroupEgress=list(rules))


def test_what_a_group_lets_out() -> None:
    narrow, wide = leaving(rule(443)), leaving(rule(443), rule(5432, "10.9.0.0/16"))
    assert outbound(template(G=narrow), template(G=wide)) == [("G", "tcp", 5432, 5432, "10.9.0.0/16")]
    assert outbound(template(G=wide), template(G=narrow)) == []
    [gone] = deltas(template(G=wide), template(G=narrow)).reach_removed
    assert (gone.outbound, gone.source) == (True, "10.9.0.0/16")
    [wider] = deltas(template(G=narrow), template(G=leaving(rule(443, "0.0.0.0/0")))).reach_added
    assert (wider.source, wider.why) == ("0.0.0.0/0", "was: to 10.0.0.0/8")


def test_without_a_rule_a_group_of_a_template_lets_everything_out() -> None:
    limited, everything = template(G=leaving(rule(443))), template(G=group())
    found = outbound(limited, everything)
    assert {each[4] for each in found if each[1].startswith("all")} == {"0.0.0.0/0", "::/0"}
    of_its_own = {"Type": "AWS::EC2::SecurityGroupEgress", "Properties": {"GroupId": {"Ref": "G"}, **rule(443)}}
    assert outbound(limited, template(G=group(), E=of_its_own)) == []
    assert not any(deltas(limited, template(G=group(), E=of_its_own)))


def test_what_a_new_group_lets_its_new_members_send_is_theirs_from_the_start() -> None:
    instance = {"Type": "AWS::EC2::Instance", "Properties": {"SecurityGroupIds": [{"Ref": "G"}]}}
    old = {"Type": "AWS::EC2::Instance", "Properties": {"SecurityGroupIds": [{"Ref": "Old"}]}}
    assert outbound(template(), template(G=group(), I=instance)) == []
    before = template(Old=leaving(rule(443)), I=old)
    found = outbound(before, template(Old=leaving(rule(443)), I=instance, G=group()))
    assert {(each[0], each[4]) for each in found} == {("I", "0.0.0.0/0"), ("I", "::/0")}


def test_what_an_acl_lets_out() -> None:
    def entry(action: str) -> Any:
        properties = {"NetworkAclId": "acl-1", "RuleNumber": 1, "Protocol": 6, "RuleAction": action, "Egress": True}
        ports = {"From": 443, "To": 443}
        return {
            "Type": "AWS::EC2::NetworkAclEntry",
            "Properties": {**properties, "CidrBlock": "0.0.0.0/0", "PortRange": ports},
        }

    base = template(
        E=entry("deny"), F={**entry("deny"), "Properties": {**entry("deny")["Properties"], "RuleNumber": 2}}
    )
    head = template(
        E=entry("allow"), F={**entry("deny"), "Properties": {**entry("deny")["Properties"], "RuleNumber": 2}}
    )
    assert outbound(base, head) == [("acl-1", "tcp", 443, 443, "0.0.0.0/0")]


NETWORK = """
resource "aws_vpc" "v" { cidr_block = "10.0.0.0/16" }
resource "aws_internet_gateway" "g" { vpc_id = aws_vpc.v.id }
resource "aws_nat_gateway" "n" { subnet_id = aws_subnet.a.id }
resource "aws_subnet" "a" { vpc_id = aws_vpc.v.id }
resource "aws_route_table" "t" {
  vpc_id = aws_vpc.v.id
  INLINE
}
OTHERS
"""
ASSOCIATED = """
resource "aws_route_table_association" "a" {
  subnet_id      = aws_subnet.a.id
  route_table_id = aws_route_table.t.id
}
"""


def network(inline: str = "", others: str = "") -> Files:
    return {"main.tf": NETWORK.replace("INLINE", inline).replace("OTHERS", others)}


def route(to: str, destination: str = "0.0.0.0/0") -> str:
    return f'route {{\n    cidr_block = "{destination}"\n    {to}\n  }}'


INTERNET = "gateway_id = aws_internet_gateway.g.id"
NAT = "nat_gateway_id = aws_nat_gateway.n.id"
OWN_ROUTE = f"""
resource "aws_route" "r" {{
  route_table_id         = aws_route_table.t.id
  destination_cidr_block = "0.0.0.0/0"
  {INTERNET}
}}
"""


def test_a_route_to_the_internet_opens_the_subnets() -> None:
    before, after = network(others=ASSOCIATED), network(route(INTERNET), ASSOCIATED)
    [entry] = deltas(before, after).reach_added
    assert (entry.resource, entry.source, entry.certain) == ("aws_subnet.a", "0.0.0.0/0", True)
    assert entry.why == "by a route to aws_internet_gateway.g"
    assert [each.resource for each in deltas(after, before).reach_removed] == ["aws_subnet.a"]
    [table] = deltas(network(), network(route(INTERNET))).reach_added
    assert table.resource == "aws_route_table.t"


def test_a_subnet_that_gets_another_table_is_open() -> None:
    before = network(route(INTERNET))
    added = deltas(before, network(route(INTERNET), ASSOCIATED)).reach_added
    assert [each.resource for each in added] == ["aws_subnet.a"]


def test_what_only_lets_out_opens_nothing() -> None:
    assert deltas(network(others=ASSOCIATED), network(route(NAT), ASSOCIATED)).reach_added == ()


def test_a_route_that_is_written_in_another_way_opens_nothing() -> None:
    assert not any(deltas(network(route(INTERNET), ASSOCIATED), network(others=ASSOCIATED + OWN_ROUTE)))


def test_a_route_to_a_gateway_that_nobody_knows_may_open() -> None:
    unknown = 'variable "g" {}\n' + ASSOCIATED
    [entry] = deltas(network(others=unknown), network(route("gateway_id = var.g"), unknown)).reach_added
    assert (entry.certain, entry.why) == (False, "by a route to ${var.g}")


def test_a_peering_lets_the_other_network_in() -> None:
    peering = route("vpc_peering_connection_id = aws_vpc_peering_connection.p.id", "10.7.0.0/16")
    more = 'resource "aws_vpc_peering_connection" "p" {}\n' + ASSOCIATED
    [entry] = deltas(network(others=more), network(peering, more)).reach_added
    assert (entry.resource, entry.source) == ("aws_subnet.a", "10.7.0.0/16")


def test_groups_drawn_at_random_against_packets() -> None:
    """Of random groups, members and rules, what is added is what some packet can do in the head and not in the base."""
    for seed in range(60):
        random = Random(f"groups.{seed}")
        base, head = _groups(random), _groups(random)
        found = deltas(_template(base), _template(head))
        for packet in product("GH", ("tcp", "udp"), (21, 22, 23), ("9.0.0.1", "10.0.0.1", "10.1.0.1", "A", "B")):
            before, after = _passes(base, *packet), _passes(head, *packet)
            said = any(_says(each, head, *packet) for each in found.reach_added)
            assert said == (after and not before), (seed, packet, base, head, found.reach_added)
            gone = any(_says(each, base, *packet) for each in found.reach_removed)
            assert gone == (before and not after), (seed, packet, base, head, found.reach_removed)


_Groups = dict[str, Any]


def _groups(random: Random) -> _Groups:
    """The rules of two groups (protocol, first and last port, source), and which of them is on which instance."""
    sources = ("0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "G", "H")
    return {
        "rules": {
            name: [
                (
                    random.choice(("tcp", "udp", "-1")),
                    *sorted(random.choices((21, 22, 23), k=2)),
                    random.choice(sources),
                )
                for _ in range(random.randint(0, 3))
            ]
            for name in "GH"
        },
        "members": {name: random.choice(("G", "H", "")) for name in "AB"},
    }


def _template(found: _Groups) -> Files:
    resources = {}
    for name, rules in found["rules"].items():
        written = [
            rule((first, last), {"Ref": source}, protocol, "SourceSecurityGroupId")
            if source in "GH"
            else rule((first, last), source, protocol)
            for protocol, first, last, source in rules
        ]
        resources[name] = group()
        for at, each in enumerate(written):
            resources[f"{name}R{at}"] = separate(name, **each)
    for name, own in found["members"].items():
        groups = {"SecurityGroupIds": [{"Ref": own}]} if own else {}
        resources[name] = {"Type": "AWS::EC2::Instance", "Properties": groups}
    return template(**resources)


def _passes(found: _Groups, to: str, protocol: str, port: int, source: str) -> bool:
    """Whether a packet from an address, or an instance, passes a group's rules."""
    for own, first, last, allowed in found["rules"][to]:
        if own not in ("-1", protocol) or not (own == "-1" or first <= port <= last):
            continue
        if allowed in "GH":
            if source in "AB" and found["members"][source] == allowed:
                return True
        elif source not in "AB" and _inside(allowed, source):
            return True
    return False


def _inside(network: str, address: str) -> bool:
    block, where = parse_cidr(network), parse_cidr(address)
    assert block is not None
    assert where is not None
    return block.covers(where)


def _says(each: Any, side: _Groups, to: str, protocol: str, port: int, source: str) -> bool:
    """Whether an entry tells of a packet: to the group itself."""
    if each.resource != to or each.outbound or protocol in each.protocol.partition(" but ")[2].split(", "):
        return False
    if not each.protocol.startswith("all") and each.protocol != protocol:
        return False
    if each.protocol.startswith(("tcp", "udp")) and not each.from_port <= port <= each.to_port:
        return False
    if source in "AB":
        return each.source == source or (each.source in "GH" and side["members"][source] == each.source)
    return any(_inside(name, source) for name in each.source.split(", ") if "/" in name) and not _had(each, source)


def _had(each: Any, source: str) -> bool:
    """A network is said as it is written, with the part that was there before."""
    if not each.why.startswith(("was: from ", "now: from ")):
        return False
    return any(_inside(name, source) for name in each.why.partition("from ")[2].split(", "))
