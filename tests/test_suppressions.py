"""Suppressions: ours and those of other tools, where they hold, and what is said of those that do nothing."""

from __future__ import annotations

from collections.abc import Sequence, Set

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.model.finding import Finding, Report
from iacreview.options import Options
from iacreview.pipeline import check
from iacreview.suppress import application
from iacreview.suppress.policy import SuppressionPolicy
from tests.trees import MemoryTree

RULES = load_rules()
CATALOG = load_catalog()
TODAY = "2026-06-15"


def run(
    files: dict[str, str],
    codes: Sequence[str] = ("ENC001",),
    inline: bool = True,
    foreign: bool = True,
    reasons: bool = False,
) -> Report:
    rules = [rule for rule in RULES if rule.code in codes]
    policy = SuppressionPolicy(rules, RULES, "strict", TODAY, inline, foreign, reasons)
    return check(MemoryTree(files), (), Options(rules, CATALOG, profile="strict", suppression=policy))


def left(report: Report) -> list[str]:
    return [each.resource.address if each.resource else each.rule for each in report.findings]


def states(report: Report) -> list[str]:
    return [each.state for each in report.suppressions]


VOLUME = """\
resource "aws_ebs_volume" "v" {{{header}
  # first in the block{first}
  availability_zone = "a"
  size              = 1{size}{above}
  encrypted         = false{line}
}}
"""
PLACES = {"header": "", "first": "", "size": "", "above": "", "line": ""}


def volume(before: str = "", **places: str) -> str:
    return before + VOLUME.format(**{**PLACES, **places})


COMMENTS = [
    # What is written, whether it suppresses ENC001 (CKV_AWS_3, AWS-0026, F1) of the volume.
    (volume(line=" # iacreview:ignore ENC001"), True),
    (volume(line=" // iacreview:ignore unencrypted-at-rest reason=cache"), True),
    (volume(line=" /* iacreview:ignore LOG001,ENC001 */"), True),
    (volume(line=" # iacreview:ignore CKV_AWS_3"), True),
    (volume(above="\n  # iacreview:ignore ENC001"), True),
    (volume(above="\n  # iacreview:ignore ENC001\n  # why that is"), True),
    (volume(above="\n  # iacreview:ignore ENC001\n"), False),
    (volume(size=" # iacreview:ignore ENC001"), False),
    (volume(header=" # iacreview:ignore ENC001"), True),
    (volume("# iacreview:ignore ENC001\n"), True),
    (volume("# iacreview:ignore ENC001\n\n"), False),
    (volume(line=" # iacreview:ignore ENC002"), False),
    (volume(line=" # iacreview:ignore encryption"), False),
    (volume(line=" # iacreview:ignore"), False),
    (volume(line=' # iacreview:ignore ENC001 value="false"'), True),
    (volume(line=" # iacreview:ignore ENC001 value=true"), False),
    (volume(line=" # iacreview:ignore ENC001 address=aws_ebs_volume.*"), True),
    (volume(line=" # iacreview:ignore ENC001 address=aws_ebs_volume.w"), False),
    (volume(line=" # iacreview:ignore ENC001 until=2026-06-15"), True),
    (volume(line=" # iacreview:ignore ENC001 until=2026-06-14"), False),
    (volume(line=" # iacreview:ignore ENC001 until=soon"), False),
    (volume(line=' # iacreview:ignore ENC001 reason="a # in it, and until=2020-01-01"'), True),
    (volume(first="\n  #checkov:skip=CKV_AWS_3:not worth it"), True),
    (volume(first="\n  # checkov:skip=CKV_AWS_189,CKV_AWS_3"), True),
    (volume(first="\n  # bridgecrew:skip=CKV_AWS_3:why"), True),
    (volume(first="\n  # checkov:skip=CKV_AWS_30:another"), False),
    (volume("# checkov:skip=CKV_AWS_3:not inside\n"), False),
    (volume(line=" #tfsec:ignore:aws-ebs-enable-volume-encryption"), True),
    (volume("#tfsec:ignore:AWS017 tfsec:ignore:aws-ebs-enable-volume-encryption\n"), True),
    (volume(header=" #tfsec:ignore:*"), True),
    (volume(header=" #trivy:ignore:AVD-AWS-0026"), True),
    (volume(header=" #trivy:ignore:AWS-0026:exp:2026-06-16"), True),
    (volume(header=" #trivy:ignore:AWS-0026:exp:2026-06-15"), False),
    (volume(header=" #trivy:ignore:AWS-0026:ws:default"), True),
    (volume(header=" #trivy:ignore:AWS-0026:ws:production"), False),
    (volume(header=" #trivy:ignore:AWS-0026[size=1]"), True),
    (volume(header=" #trivy:ignore:AWS-0026[size=2]"), False),
    (volume(header=" #trivy:ignore:AWS-0027"), False),
    (volume(header=" #tfsec:ignore:aws-ebs-*"), True),
    (volume(header=" #tfsec:ignore:aws-s3-*"), False),
    (volume(header=" #trivy:ignore:AVD-AWS-002*"), True),
    (volume(header=" #iacreview:ignore: ENC001"), True),
    (volume("# kics-scan ignore\n"), True),
    (volume("# kics-scan ignore-block\n"), True),
    (volume(above="\n  # kics-scan ignore-line"), True),
    (volume("# kics-scan disable=00000000-0000-0000-0000-000000000000\n"), False),
    (volume("# kics-scan disable=cc997676-481b-4e93-aa81-d19f8c5e9b12\n"), True),
    (volume("# kics-scan disable=f861041c-8c9f-4156-acfc-5e6e524f5884\n"), False),
    # Of ENC001, what KICS asks of snapshots alone.
    (volume("# kics-scan disable=e6b4b943-6883-47a9-9739-7ada9568f8ca\n"), False),
    # What is no comment suppresses nothing.
    ('locals {\n  x = "# iacreview:ignore ENC001"\n}\n' + volume(), False),
    ("locals {\n  x = <<EOT\n# kics-scan ignore\nEOT\n}\n" + volume(), False),
    (volume(line=' # "iacreview:ignore ENC001"'), False),
]


@pytest.mark.parametrize(("text", "suppressed"), COMMENTS)
def test_comments_in_terraform(text: str, suppressed: bool) -> None:
    report = run({"main.tf": text})
    assert left(report) == ([] if suppressed else ["aws_ebs_volume.v"])
    assert len(report.suppressed) == suppressed
    assert ("used" in states(report)) == suppressed


GROUP = """\
resource "aws_security_group" "s" {
  # iacreview:ignore NET001 reason="the bastion"
  ingress {
    protocol    = "tcp"
    from_port   = 22
    to_port     = 22
    cidr_blocks = ["0.0.0.0/0"]
  }
  ingress {
    protocol    = "tcp"
    from_port   = 3389
    to_port     = 3389
    cidr_blocks = ["0.0.0.0/0"]
  }
}
"""


def test_a_nested_block() -> None:
    report = run({"main.tf": GROUP}, ("NET001",))
    assert [each.span.first.line for each in report.findings] == [13]
    assert [reason for _, reason in report.suppressed] == [
        "suppressed by `iacreview:ignore NET001` at main.tf:2: the bastion"
    ]


def test_one_value_of_several() -> None:
    text = GROUP.replace('["0.0.0.0/0"]', '["0.0.0.0/0", "::/0"] # iacreview:ignore NET001 value=0.0.0.0/0')
    report = run({"main.tf": text.replace('  # iacreview:ignore NET001 reason="the bastion"\n', "")}, ("NET001",))
    assert [each.span.text for each in report.findings] == ['"::/0"', '"::/0"']


MODULE = 'variable "on" {\n  default = false\n}\n' + volume().replace("= false", "= var.on")


@pytest.mark.parametrize(
    ("comment", "addresses"),
    [
        ("# iacreview:ignore ENC001\n", []),
        (
            "# checkov:skip=CKV_AWS_3:outside of the call\n",
            ['module.m["a"].aws_ebs_volume.v', 'module.m["b"].aws_ebs_volume.v'],
        ),
        ("#tfsec:ignore:aws-ebs-enable-volume-encryption\n", []),
        ('# iacreview:ignore ENC001 address=module.m["a"].*\n', ['module.m["b"].aws_ebs_volume.v']),
    ],
)
def test_module_calls(comment: str, addresses: list[str]) -> None:
    call = comment + 'module "m" {\n  source   = "./m"\n  for_each = toset(["a", "b"])\n}\n'
    assert left(run({"main.tf": call, "m/main.tf": MODULE})) == addresses


def test_a_skip_inside_a_module_call() -> None:
    call = 'module "m" {\n  # checkov:skip=CKV_AWS_3:inside\n  source = "./m"\n}\n'
    assert left(run({"main.tf": call, "m/main.tf": MODULE})) == []


def test_where_the_value_comes_from() -> None:
    default = MODULE.replace("default = false", "default = false # iacreview:ignore ENC001")
    assert left(run({"main.tf": default})) == []


TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Volume:{header}
    Type: AWS::EC2::Volume{metadata}
    Properties:{properties}
      AvailabilityZone: a
      Size: 1
      Encrypted: false{line}
  Other:
    Type: AWS::EC2::Volume
    Properties:
      AvailabilityZone: a
      Size: 1
      Encrypted: false
"""


def template(**places: str) -> str:
    return TEMPLATE.format(**{"header": "", "metadata": "", "properties": "", "line": "", **places})


def metadata(text: str) -> str:
    return template(metadata="\n    Metadata:\n" + "".join(f"      {line}\n" for line in text.split("\n")).rstrip())


TEMPLATES = [
    (template(line=" # iacreview:ignore ENC001"), True),
    (template(header=" # iacreview:ignore ENC001"), True),
    (template(properties=" # iacreview:ignore ENC001"), True),
    (template(properties="\n      # checkov:skip=CKV_AWS_3:why"), True),
    (template(properties="\n      # checkov:skip=CKV_AWS_4:why"), False),
    (template(properties="\n      AutoEnableIO: !Sub '# kics-scan ignore'"), False),
    (metadata("iacreview:\n  ignore: [ENC001]"), True),
    (metadata("iacreview:\n  ignore:\n    - {rule: unencrypted-at-rest, reason: scratch, until: '2027-01-31'}"), True),
    (metadata("iacreview:\n  ignore:\n    - {rule: ENC001, until: '2026-01-31'}"), False),
    (metadata("iacreview:\n  ignore:\n    - {rule: ENC001, value: 'false'}"), True),
    (metadata("checkov:\n  skip:\n    - {id: CKV_AWS_3, comment: why}"), True),
    (metadata("cfn_nag:\n  rules_to_suppress:\n    - {id: F1, reason: why}"), True),
    (metadata("cfn_nag:\n  rules_to_suppress:\n    - {id: F2, reason: why}"), False),
    (metadata("guard:\n  SuppressedRules: [ENCRYPTED_VOLUMES]"), True),
    (metadata("guard:\n  SuppressedRules:\n    ENCRYPTED_VOLUMES: scratch"), True),
    (metadata("guard:\n  SuppressedRules: [S3_BUCKET_LOGGING_ENABLED]"), False),
    (metadata("cdk_nag:\n  rules_to_suppress:\n    - {id: AwsSolutions-EC26, reason: why}"), True),
    (metadata("cdk_nag:\n  rules_to_suppress:\n    - {id: HIPAA.Security-EC2EBSVolumeEncrypted, reason: why}"), True),
    (metadata("cdk_nag:\n  rules_to_suppress:\n    - {id: AwsSolutions-EC27, reason: why}"), False),
    (metadata("cdk_nag:\n  rules_to_suppress:\n    - {id: AwsSolutions-EC26, applies_to: ['Type::gp2']}"), False),
]


@pytest.mark.parametrize(("text", "suppressed"), TEMPLATES)
def test_templates(text: str, suppressed: bool) -> None:
    assert left(run({"t.yaml": text})) == (["Other"] if suppressed else ["Volume", "Other"])


def test_metadata_of_the_template() -> None:
    text = template().replace("Resources:", "Metadata:\n  iacreview:\n    ignore: [ENC001]\nResources:", 1)
    assert left(run({"t.yaml": text})) == []


def test_json() -> None:
    text = (
        '{"Resources": {"V": {"Type": "AWS::EC2::Volume", "Metadata": {"cfn_nag": {"rules_to_suppress": '
        '[{"id": "F1", "reason": "x"}]}}, "Properties": {"Encrypted": false}}}}'
    )
    report = run({"t.json": text})
    assert left(report) == []
    assert [(each.tool, each.reason, each.state) for each in report.suppressions] == [("cfn_nag", "x", "used")]


@pytest.mark.parametrize(
    ("comment", "state", "said"),
    [
        ("# iacreview:ignore ENC001 until=2026-01-01", "expired", ""),
        ("# iacreview:ignore SEC001 reason=x", None, ""),  # a rule that did not run
        ("# iacreview:ignore ENC777", "unreadable", "there is no rule `enc777`"),
        ("# iacreview:ignore", "unreadable", "it names no rule"),
        ("# iacreview:ignore ENC001 because=x", "unreadable", "`because` is none of"),
        ("# iacreview:ignore ENC001 until=2026-02-30", "unreadable", "not a date"),
        ("# iacreview:ignore ENC001 address=x", "unused", ""),
        ("# checkov:skip=CKV_AWS_9999:unknown to us", None, ""),
        ("# checkov:skip=CKV_AWS_3:not in the block", None, ""),  # a matter of that tool
        ("# iacreview: ignore ENC001", "unreadable", "write `iacreview:ignore RULE`"),
        ("# iacreview:skip=ENC001", "unreadable", "write `iacreview:ignore RULE`"),
        ("# iac-review:ignore ENC001", "unreadable", "write `iacreview:ignore RULE`"),
        ("# iacreview ignore ENC001", "unreadable", "write `iacreview:ignore RULE`"),
        ("# iacreview:ingore ENC001", "unreadable", "write `iacreview:ignore RULE`"),
        ("# how iacreview ignores such things: see the page of iacreview", None, ""),
        ("#tfsec:ignore:aws-ebs-enable-volume-encryption:exp:2020-01-01", "expired", ""),
    ],
)
def test_what_has_no_effect_is_reported(comment: str, state: str | None, said: str) -> None:
    report = run({"main.tf": comment + "\n" + volume()})
    assert left(report) == ["aws_ebs_volume.v"]
    assert states(report) == ([] if state is None else [state])
    assert all(said in each.reason for each in report.suppressions)


def test_reasons_can_be_required() -> None:
    with_reason = run({"main.tf": volume(line=" # iacreview:ignore ENC001 reason=x")}, reasons=True)
    without = run({"main.tf": volume(line=" # checkov:skip=CKV_AWS_3")}, reasons=True)
    assert (left(with_reason), states(with_reason)) == ([], ["used"])
    assert (left(without), states(without)) == (["aws_ebs_volume.v"], ["unreasoned"])


def test_they_can_be_forbidden() -> None:
    files = {
        "a/main.tf": volume(line=" # iacreview:ignore ENC001"),
        "b/main.tf": volume(line=" # checkov:skip=CKV_AWS_3").replace('"v"', '"w"'),
    }
    assert left(run(files)) == []
    assert left(run(files, foreign=False)) == ["aws_ebs_volume.w"]
    assert left(run(files, inline=False)) == ["aws_ebs_volume.v", "aws_ebs_volume.w"]


def test_what_cannot_be_read_is_never_suppressed() -> None:
    report = run({"main.tf": "# kics-scan ignore\n# iacreview:ignore SYN001\nresource {\n"})
    assert left(report) == ["SYN001"]


def test_a_secret_is_never_named_by_its_value() -> None:
    text = 'resource "aws_db_instance" "d" {\n  password = "correct-horse" # iacreview:ignore SEC001 value=correct-horse\n}\n'
    assert left(run({"main.tf": text}, ("SEC001",))) == ["aws_db_instance.d"]


def test_one_comment_many_findings_costs_little() -> None:
    text = "".join(volume("# checkov:skip=CKV_AWS_4:no\n").replace('"v"', f'"v{number}"') for number in range(300))
    assert len(left(run({"main.tf": text}))) == 300


def test_many_suppressions_are_not_asked_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """300 resources with a comment each: every finding asks the few that may be about it, nested ones included."""
    asked = 0
    covers = application._Active.covers

    def counting(self: application._Active, finding: Finding, aliases: Set[str]) -> bool:
        nonlocal asked
        asked += 1
        return covers(self, finding, aliases)

    monkeypatch.setattr(application._Active, "covers", counting)
    volume = 'resource "aws_ebs_volume" "v{}" {{ # iacreview:ignore ENC001\n  size = 1\n}}\n'
    rule = '  ingress { # iacreview:ignore NET001, NET002\n    from_port = 22\n    to_port = 22\n    protocol = "tcp"\n'
    rule += '    cidr_blocks = ["0.0.0.0/0"]\n  }\n'
    group = f'resource "aws_security_group" "g" {{\n{rule}}}\n'
    text = "# none\n" * 3000 + "".join(map(volume.format, range(300))) + group
    report = run({"main.tf": text}, ("ENC001", "NET001", "NET002"))
    assert report.findings == ()
    assert len(report.suppressed) > 300
    assert asked < 2000


DOCUMENT = """\
data "aws_iam_policy_document" "d" {{
  {comment}
  statement {{
    actions   = ["iam:PassRole"]
    resources = ["*"]
  }}
  {comment}
  statement {{
    actions   = ["s3:GetObject"]
    resources = ["*"]
  }}
}}

resource "aws_iam_policy" "p" {{
  policy = data.aws_iam_policy_document.d.json
}}

resource "aws_iam_role" "r" {{
  assume_role_policy = "{{}}"
  inline_policy {{
    name   = "p"
    policy = data.aws_iam_policy_document.d.json
  }}
}}
"""


@pytest.mark.parametrize(
    ("comment", "left_over"),
    [
        ("# checkov:skip=CKV_AWS_108:reads all", {"IAM004"}),
        ("# checkov:skip=CKV_AWS_110:passes all", {"IAM009"}),
        ("# tfsec:ignore:aws-iam-no-policy-wildcards", set()),
        ("# checkov:skip=CKV_AWS_107", {"IAM004", "IAM009"}),
        ("# iacreview:ignore IAM004,IAM009", set()),
        ("# iacreview:ignore IAM004,IAM009 action=s3:*", {"IAM004"}),
        ("# iacreview:ignore IAM004,IAM009 action=iam:* resource=*", {"IAM009"}),
        ("# iacreview:ignore IAM009 resource=arn:*", {"IAM004", "IAM009"}),
    ],
)
def test_what_stands_in_a_document_holds_for_who_uses_it(comment: str, left_over: set[str]) -> None:
    report = run({"main.tf": DOCUMENT.format(comment=comment)}, ("IAM004", "IAM009"))
    assert {each.rule for each in report.findings} == left_over


def test_a_comment_holds_for_what_passes_through_its_line() -> None:
    text = "locals { # iacreview:ignore ENC001\n  on = false\n}\n" + volume().replace("= false", "= local.on")
    assert left(run({"main.tf": text})) == []


def test_who_approved_it_is_kept() -> None:
    line = ' # iacreview:ignore ENC001 reason="scratch" approved-by=security@example.com ticket=SEC-7 until=2027-01-31'
    report = run({"main.tf": volume(line=line)})
    (found,) = report.suppressions
    assert (found.approved_by, found.ticket, found.until) == ("security@example.com", "SEC-7", "2027-01-31")


def test_a_date_is_shown_as_it_is_written() -> None:
    report = run({"main.tf": volume(header=" #trivy:ignore:AWS-0026:exp:2026-06-16")})
    assert [(each.state, each.until) for each in report.suppressions] == [("used", "2026-06-16")]
