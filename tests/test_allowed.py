"""What a project accepts of new access and reach, and the commands that show both."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from iacreview.allowed import Allowed, new_access, new_reach
from iacreview.config import FILE, load_config
from iacreview.errors import ConfigError
from iacreview.model.delta import Access, Opening
from tests.repositories import Runner, new_project
from tests.trees import MemoryTree

SETTINGS = """\
allow:
  access:
    - principal: aws_iam_role.*
      actions: ["s3:Get*"]
      resources: ["arn:aws:s3:::reports/*"]
      reason: reports are public
  reach:
    - resource: aws_security_group.web
      protocol: tcp
      ports: 443-444
      source: 10.0.0.0/8
"""


def allowed(text: str = SETTINGS) -> Allowed:
    return load_config(MemoryTree({FILE: text})).allow


ENTRY = Access("aws_iam_role.a", actions=("s3:*",), resources=("arn:aws:s3:::reports/*",), gained=("s3:GetObject",))
OTHER_ACCESS = [
    ENTRY._replace(principal="aws_iam_user.a"),
    ENTRY._replace(gained=("s3:GetObject", "s3:PutObject")),
    ENTRY._replace(resources=("arn:aws:s3:::reports/*", "*")),
    ENTRY._replace(resources=("${var.x}",)),
    ENTRY._replace(to_come=True),
    Access("aws_iam_role.a", certain=False, why="cannot say: var.x has no default"),
]
OPENING = Opening("aws_security_group.web", "tcp", 443, 443, "10.1.0.0/16")
OTHER_REACH = [
    OPENING._replace(outbound=True),
    OPENING._replace(resource="aws_security_group.db"),
    OPENING._replace(to_port=445),
    OPENING._replace(source="11.0.0.0/8"),
    OPENING._replace(protocol="all"),
    OPENING._replace(from_port=-1, to_port=-1),
    OPENING._replace(source="${var.x}"),
]


def test_what_is_covered_is_accepted_and_nothing_else() -> None:
    assert not new_access([ENTRY], allowed())
    assert new_access(OTHER_ACCESS, allowed()) == OTHER_ACCESS
    assert not new_reach([OPENING], allowed())
    assert new_reach(OTHER_REACH, allowed()) == OTHER_REACH


def test_what_may_be_sent_is_accepted_by_its_destination() -> None:
    own = allowed(SETTINGS.replace(" source:", " destination:"))
    assert new_reach([OPENING._replace(outbound=True)], own) == []
    assert new_reach([OPENING], own) == [OPENING]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("allow: [a]", "`allow` must be a mapping"),
        ("allow: {acces: []}", "unknown key `acces`"),
        ("allow: {access: a}", "`allow.access` must be a list"),
        ("allow: {access: [{action: [a]}]}", "unknown key `action`"),
        ('allow: {reach: [{ports: "ssh"}]}', "neither a port nor a range"),
    ],
)
def test_wrong_settings_are_named(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        allowed(text)


GROUP = 'resource "aws_security_group" "web" {{\n  ingress {{\n    protocol = "tcp"\n    from_port = 443\n    to_port = 443\n    cidr_blocks = ["{}"]\n  }}\n}}\n'
ROLE = """
resource "aws_iam_role_policy" "own" {{
  role   = "app"
  policy = jsonencode({{Statement = [{{Effect = "Allow", Action = "{}", Resource = "arn:aws:s3:::reports/*"}}]}})
}}
"""


def test_expectations_fail_a_review(tmp_path: Path, iacreview: Runner) -> None:
    project = new_project(tmp_path)
    project.commit({"main.tf": GROUP.format("10.1.0.0/16") + ROLE.format("s3:GetObject"), FILE: SETTINGS})
    project.write({"main.tf": GROUP.format("10.0.0.0/15") + ROLE.format("s3:Put*")})
    quiet = ["diff", "--select", "SEC001"]
    assert iacreview(tmp_path, *quiet).status == 0
    assert iacreview(tmp_path, *quiet, "--expect-no-new-access").status == 1
    assert iacreview(tmp_path, *quiet, "--expect-no-new-reach").status == 0
    project.write({"main.tf": GROUP.format("0.0.0.0/0") + ROLE.format("s3:GetObject")})
    assert iacreview(tmp_path, *quiet, "--expect-no-new-access").status == 0
    assert iacreview(tmp_path, *quiet, "--expect-no-new-reach").status == 1


def test_what_one_revision_grants_and_opens(tmp_path: Path, iacreview: Runner) -> None:
    (tmp_path / "main.tf").write_text(GROUP.format("10.1.0.0/16") + ROLE.format("s3:Get*"))
    shown = iacreview(tmp_path, "access", "--what", "s3:GetObject:arn:aws:s3:::reports/x", "-f", "json").out
    [entry] = json.loads(shown)["access"]
    assert (entry["principal"], entry["actions"]) == ("role app", ["s3:Get*"])
    assert "Nobody" in iacreview(tmp_path, "access", "--what", "s3:PutObject").out
    assert "Nobody" in iacreview(tmp_path, "access", "--who", "other").out
    assert "role app" in iacreview(tmp_path, "access", "--who", "role app").out
    assert "tcp 443  from 10.1.0.0/16" in iacreview(tmp_path, "reach", "--from", "10.1.2.3/32").out
    assert "Nothing" in iacreview(tmp_path, "reach", "--from", "11.0.0.0/8").out
    assert "Nothing" in iacreview(tmp_path, "reach", "--to", "aws_security_group.db").out


def test_a_principal_is_asked_for_by_its_name(tmp_path: Path, iacreview: Runner) -> None:
    named = (
        ROLE.format("s3:Get*")
        + """
resource "aws_iam_role" "r" {
  name               = "reader"
  assume_role_policy = "{}"
}
resource "aws_iam_role_policy" "reading" {
  role   = aws_iam_role.r.name
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sqs:SendMessage", Resource = "*" }] })
}
"""
    )
    (tmp_path / "main.tf").write_text(named)
    for who in ("reader", "read*", "aws_iam_role.r"):
        assert "sqs:SendMessage" in iacreview(tmp_path, "access", "--who", who).out
    assert "sqs:SendMessage" not in iacreview(tmp_path, "access", "--who", "writer").out


def test_what_leaves_is_asked_for_by_where_it_goes(tmp_path: Path, iacreview: Runner) -> None:
    rule = """
resource "aws_vpc_security_group_egress_rule" "e" {
  security_group_id = aws_security_group.web.id
  ip_protocol       = "tcp"
  from_port         = 5432
  to_port           = 5432
  cidr_ipv4         = "10.9.0.0/16"
}
"""
    (tmp_path / "main.tf").write_text(GROUP.format("10.1.0.0/16") + rule)
    assert "tcp 5432  to 10.9.0.0/16" in iacreview(tmp_path, "reach", "--to", "10.9.1.0/24").out
    assert "5432" not in iacreview(tmp_path, "reach", "--to", "aws_security_group.web").out
    assert "5432" not in iacreview(tmp_path, "reach", "--from", "10.9.0.0/16").out
