"""What a finding is about: the same risk in another carrier is unchanged, the same carrier of another risk is not."""

from __future__ import annotations

from functools import cache

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.pipeline import Options
from iacreview.review.comparison import compare
from iacreview.review.sides import Side
from tests.trees import MemoryTree


@cache
def options() -> Options:
    return Options(load_rules(), load_catalog(), profile="strict")


def statuses(base: str, head: str, rule: str, path: str = "main.tf") -> list[str]:
    """The statuses of a rule's findings, each with the address it stands at; unchanged ones without."""
    sides = Side(MemoryTree({path: base}), "base"), Side(MemoryTree({path: head}), "head")
    found = [each for each in compare(*sides, {path}, (), options()).findings if each.rule == rule]
    return sorted(f"{each.status} {each.resource.address if each.resource else ''}" for each in found)


GROUPS = """\
resource "aws_security_group" "lab" {
  name   = "lab"
  vpc_id = "vpc-1"
}
resource "aws_security_group" "shop" {
  name   = "shop"
  vpc_id = "vpc-1"
}
"""
ROLES = """\
resource "aws_iam_role" "lab" {
  name               = "lab"
  assume_role_policy = "{}"
}
resource "aws_iam_role" "shop" {
  name               = "shop"
  assume_role_policy = "{}"
}
"""


def opened(name: str, group: str, cidr: str = "0.0.0.0/0") -> str:
    return f"""\
resource "aws_vpc_security_group_ingress_rule" "{name}" {{
  security_group_id = {group}
  cidr_ipv4         = "{cidr}"
  ip_protocol       = "tcp"
  from_port         = 22
  to_port           = 22
}}
"""


def old_rule(name: str, group: str) -> str:
    return f"""\
resource "aws_security_group_rule" "{name}" {{
  security_group_id = {group}
  type              = "ingress"
  cidr_blocks       = ["0.0.0.0/0"]
  protocol          = "tcp"
  from_port         = 22
  to_port           = 22
}}
"""


def inline(name: str) -> str:
    rule = 'ingress {\n    protocol    = "tcp"\n    from_port   = 22\n    to_port     = 22\n    cidr_blocks = ["0.0.0.0/0"]\n  }'
    before = f'resource "aws_security_group" "{name}" {{\n'
    return GROUPS.replace(before, f"{before}  {rule}\n")


def attached(name: str, role: str) -> str:
    return f"""\
resource "aws_iam_role_policy_attachment" "{name}" {{
  role       = {role}
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}}
"""


def database(name: str, more: str = "") -> str:
    return f"""\
resource "aws_db_instance" "{name}" {{
  engine            = "postgres"
  instance_class    = "db.t4g.micro"
  allocated_storage = 20
  {more}
}}
"""


def launched(by: str, resource: str) -> str:
    return f"""\
{resource}
resource "aws_autoscaling_group" "web" {{
  max_size = 1
  min_size = 1
  {by}
}}
"""


def volumes(type: str, name: str, block: str) -> str:
    return f"""\
resource "{type}" "{name}" {{
  image_id      = "ami-1"
  instance_type = "t4g.micro"
  {block}
}}
"""


CONFIGURATION = volumes("aws_launch_configuration", "web", "root_block_device {\n    encrypted = false\n  }")
LAUNCH_TEMPLATE = volumes(
    "aws_launch_template", "web", "block_device_mappings {\n    ebs {\n      encrypted = false\n    }\n  }"
)
BY_CONFIGURATION = "launch_configuration = aws_launch_configuration.web.name"
BY_TEMPLATE = "launch_template {\n    id = aws_launch_template.web.id\n  }"


STATEMENT = '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'


def inline_policy(role: str) -> str:
    return f'resource "aws_iam_role_policy" "all" {{\n  role   = {role}\n  policy = <<-P\n  {STATEMENT}\n  P\n}}\n'


def managed_policy(role: str) -> str:
    return f"""\
resource "aws_iam_policy" "all" {{
  name   = "all"
  policy = <<-P
  {STATEMENT}
  P
}}
resource "aws_iam_role_policy_attachment" "all" {{
  role       = {role}
  policy_arn = aws_iam_policy.all.arn
}}
"""


LAB, SHOP = "aws_security_group.lab.id", "aws_security_group.shop.id"
RULE = "aws_vpc_security_group_ingress_rule"
ANOTHER_RISK = {
    "a rule goes from one group, an equal one comes on another": (
        GROUPS + opened("lab", LAB),
        GROUPS + opened("shop", SHOP),
        "NET001",
        [f"fixed {RULE}.lab", f"introduced {RULE}.shop"],
    ),
    "a rule changes its group": (
        GROUPS + opened("ssh", LAB),
        GROUPS + opened("ssh", SHOP),
        "NET001",
        [f"fixed {RULE}.ssh", f"introduced {RULE}.ssh"],
    ),
    "an inline rule goes from one group to another": (
        inline("lab"),
        inline("shop"),
        "NET001",
        ["fixed aws_security_group.lab", "introduced aws_security_group.shop"],
    ),
    "an attachment changes its role": (
        ROLES + attached("all", "aws_iam_role.lab.name"),
        ROLES + attached("all", "aws_iam_role.shop.name"),
        "IAM010",
        ["fixed aws_iam_role_policy_attachment.all", "introduced aws_iam_role_policy_attachment.all"],
    ),
    "a role by its name": (
        attached("all", '"lab"'),
        attached("all", '"shop"'),
        "IAM010",
        ["fixed aws_iam_role_policy_attachment.all", "introduced aws_iam_role_policy_attachment.all"],
    ),
    "a database goes, an equal one comes": (
        database("lab"),
        database("ledger"),
        "ENC001",
        ["fixed aws_db_instance.lab", "introduced aws_db_instance.ledger"],
    ),
    "a launch configuration goes, a launch template comes that its group does not use": (
        launched(BY_CONFIGURATION, CONFIGURATION),
        launched('launch_configuration = "other"', LAUNCH_TEMPLATE),
        "ENC001",
        ["fixed aws_launch_configuration.web", "introduced aws_launch_template.web"],
    ),
    "an equal one with another physical name": (
        database("lab", 'identifier = "lab"'),
        database("ledger", 'identifier = "ledger"'),
        "ENC001",
        ["fixed aws_db_instance.lab", "introduced aws_db_instance.ledger"],
    ),
}
SAME_RISK = {
    "an inline rule becomes a rule of its own": (inline("lab"), GROUPS + opened("ssh", LAB), "NET001"),
    "a rule of its own becomes an inline one": (GROUPS + opened("ssh", LAB), inline("lab"), "NET001"),
    "one resource type for another": (GROUPS + old_rule("ssh", LAB), GROUPS + opened("ssh", LAB), "NET001"),
    "another name for a rule of the same group": (GROUPS + opened("a", LAB), GROUPS + opened("b", LAB), "NET001"),
    "a role by its name, then by a reference": (
        ROLES + attached("all", '"lab"'),
        ROLES + attached("all", "aws_iam_role.lab.name"),
        "IAM010",
    ),
    "a policy of the role becomes a managed one": (
        ROLES + inline_policy("aws_iam_role.lab.name"),
        ROLES + managed_policy("aws_iam_role.lab.name"),
        "IAM001",
    ),
    "moved": (
        database("a"),
        database("b") + "moved {\n  from = aws_db_instance.a\n  to = aws_db_instance.b\n}\n",
        "ENC001",
    ),
    "the same physical name": (database("a", 'identifier = "db"'), database("b", 'identifier = "db"'), "ENC001"),
    "removed and imported": (
        database("a", 'identifier = "db"'),
        database("b")
        + 'import {\n  to = aws_db_instance.b\n  id = "db"\n}\nremoved {\n  from = aws_db_instance.a\n}\n',
        "ENC001",
    ),
    "other instance keys": (database("a", "count = 1"), database("a", 'for_each = toset(["x"])'), "ENC001"),
    "a launch configuration becomes a launch template of the same group": (
        launched(BY_CONFIGURATION, CONFIGURATION),
        launched(BY_TEMPLATE, LAUNCH_TEMPLATE),
        "ENC001",
    ),
    "narrower": (GROUPS + opened("a", LAB), GROUPS + opened("b", LAB, "0.0.0.0/1"), "NET001"),
}


@pytest.mark.parametrize("case", ANOTHER_RISK)
def test_another_risk_is_introduced(case: str) -> None:
    base, head, rule, expected = ANOTHER_RISK[case]
    assert statuses(base, head, rule) == expected


@pytest.mark.parametrize("case", SAME_RISK)
def test_the_same_risk_is_unchanged(case: str) -> None:
    base, head, rule = SAME_RISK[case]
    found = statuses(base, head, rule)
    assert found
    assert {each.split()[0] for each in found} <= {"unchanged"}, found


TEMPLATE = """\
Resources:
  {name}:
    Type: AWS::RDS::DBInstance
    Properties: {{Engine: postgres, DBInstanceClass: db.t4g.micro, AllocatedStorage: "20"{more}}}
"""


def test_a_logical_id_that_changes_is_another_resource() -> None:
    base, head = (TEMPLATE.format(name=name, more="") for name in ("Lab", "Ledger"))
    assert statuses(base, head, "ENC001", "main.yaml") == ["fixed Lab", "introduced Ledger"]


def test_with_the_same_physical_name_it_is_the_same() -> None:
    base, head = (TEMPLATE.format(name=name, more=", DBInstanceIdentifier: db") for name in ("Lab", "Ledger"))
    assert statuses(base, head, "ENC001", "main.yaml") == ["unchanged Ledger"]


def test_the_message_says_what_terraform_does() -> None:
    sides = [Side(MemoryTree({"main.tf": database(name)}), name) for name in ("lab", "ledger")]
    found = compare(*sides, {"main.tf"}, (), options()).findings
    message = next(each.message for each in found if each.rule == "ENC001" and each.status == "introduced")
    assert message.endswith(
        "; Terraform destroys aws_db_instance.lab and creates aws_db_instance.ledger; add a `moved` block if it is the same"
    )


BROKEN = 'resource "aws_ebs_volume" "v" {\n  encrypted = true\n}\nresource "aws_s3_bucket" {{\n'


@pytest.mark.parametrize(("added", "status"), [("", "unchanged"), ("# more\n", "worsened")])
def test_what_is_added_to_an_unreadable_file_is_not_seen(added: str, status: str) -> None:
    base = Side(MemoryTree({"main.tf": BROKEN, "other.tf": ""}), "base")
    head = Side(MemoryTree({"main.tf": BROKEN + added, "other.tf": "# x\n"}), "head")
    changed = {"other.tf", *(["main.tf"] if added else [])}
    found = compare(base, head, changed, (), options()).findings
    assert {each.status for each in found if each.rule == "SYN001"} == {status}
