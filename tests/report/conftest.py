"""One report, made by hand, that every format renders: hostile names, Unicode, secrets, missing resources."""

from __future__ import annotations

import pytest

from iacreview.model.delta import Deltas
from iacreview.model.finding import (
    Accepted,
    Change,
    Finding,
    InputError,
    Protection,
    Related,
    Report,
    ResourceName,
    Severity,
    Suppression,
    Undecided,
)
from iacreview.model.source import Skipped, Source, Span
from iacreview.report import Context, RuleText

SECRET = "correct-horse-battery"
PATTERNED = "AKIAEXAMPLEEXAMPLE00"

MAIN = Source(
    "main.tf",
    'resource "aws_db_instance" "main" {\n'
    "  storage_encrypted = false\n"
    f'\tpassword = "{SECRET}" # {PATTERNED} 鍵\n'
    "}\n"
    'resource "aws_iam_policy" "p" {\n'
    "  policy = jsonencode({\n"
    '    Action = "*"\n'
    "  })\n"
    "}\n",
)
HOSTILE = Source(
    "mod\x1b[31mules/a b%#?:é/\u202egpj.tf",
    'name = "x\x1b]0;owned\x07" // \u202ereversed\n' + "x" * 300 + "TARGET" + "y" * 300 + "\n",
)
BROKEN = Source("bad\udcff.yaml", "Resources: [\n")


def span(source: Source, text: str) -> Span:
    start = source.text.index(text)
    return Span(source, start, start + len(text))


DATABASE = ResourceName("aws_db_instance.main", "aws_db_instance", "rds.instance")
POLICY = ResourceName('module.a["x\u202e"].aws_iam_policy.p', "aws_iam_policy", "iam.policy")

UNENCRYPTED = Finding(
    "ENC001",
    "unencrypted-at-rest",
    "encryption",
    Severity.HIGH,
    "Storage of the database is not encrypted: storage_encrypted is false.",
    DATABASE,
    span(MAIN, "false"),
    (
        Related("default of var.encrypted", span(MAIN, "storage_encrypted")),
        Related("through module.db [click](https://evil.example)", span(HOSTILE, "name")),
    ),
    "f1",
    ("CKV_AWS_16", "AWS-0080"),
    "Set it to true:\n\n  storage_encrypted = true\n\nThe database is replaced when this changes, so plan for a snapshot and a restore.",
)
PASSWORD = Finding(
    "SEC001",
    "password-literal",
    "secrets",
    Severity.CRITICAL,
    "A password is written in the file.",
    DATABASE,
    span(MAIN, f'"{SECRET}"'),
    fingerprint="f2",
)
STAR = Finding(
    "IAM001",
    "wildcard-action",
    "iam",
    Severity.MEDIUM,
    "The policy allows [all](https://evil.example) actions.",
    POLICY,
    span(MAIN, 'jsonencode({\n    Action = "*"\n  })'),
    fingerprint="f3",
    status="introduced",
)
FAR = Finding(
    "NET001",
    "open-ingress",
    "network",
    Severity.LOW,
    "Anyone may connect\x1b[2J.",
    ResourceName("aws_security_group.web", "aws_security_group", "ec2.security_group"),
    span(HOSTILE, "TARGET"),
    fingerprint="f4",
)
SYNTAX = Finding(
    "SYN001", "syntax-error", "operations", Severity.HIGH, "The list is not closed.", None, Span(BROKEN, 13, 13)
)
ACCEPTED = Finding(
    "LOG001",
    "no-access-log",
    "logging",
    Severity.INFO,
    "No access log.",
    DATABASE,
    Span(MAIN, 0, 34),
    fingerprint="f6",
)


@pytest.fixture
def report() -> Report:
    return Report(
        findings=(STAR, FAR, SYNTAX, PASSWORD, UNENCRYPTED),
        undecided=(Undecided("NET002", DATABASE, "var.cidr has no default", span(MAIN, "storage_encrypted")),),
        suppressed=((ACCEPTED, "accepted in JIRA-1 until 2027"),),
        skipped=tuple(
            Skipped(f"vendor/{number:02}.yaml", "not a template", 3 if number else None) for number in range(12)
        ),
        errors=(InputError("big.json", "is larger than 20 MiB", "Split it."), InputError("a\x1b.tf", "is a pipe")),
        files=3,
        units=2,
        resources=1,
        secrets=(span(MAIN, SECRET),),
    )


EVIL = "@team #1 GH-12 <img src=x onerror=alert(1)> [x](https://evil.example) www.evil.example `a` |b| \n::error::no"
HOSTILE_NAME = ResourceName(f"aws_ebs_volume.{EVIL}", "aws_ebs_volume", "ebs.volume")
LIST = Source("=cmd|calc.tf", "-x\n")


@pytest.fixture
def reviewed(report: Report) -> Report:
    """The report of a change, with all that can be in one."""
    softened = Finding(
        "CFG001",
        "review-softened",
        "operations",
        Severity.INFO,
        f"The change softens the review: it leaves out {EVIL}",
        None,
        Span(MAIN, 0, 8),
        fingerprint="c1",
        status="introduced",
    )
    caused = UNENCRYPTED._replace(
        status="introduced",
        related=(Related("changed here: default of var.encrypted", span(MAIN, "storage_encrypted")),),
    )
    hostile = FAR._replace(status="introduced", resource=HOSTILE_NAME, message=f"{EVIL} is open", fingerprint="h1")
    odd = FAR._replace(
        status="introduced", span=Span(LIST, 0, 2), message="=HYPERLINK(1)", severity=Severity.CRITICAL, changed=True
    )
    return report._replace(
        findings=(
            softened,
            caused,
            hostile,
            odd,
            PASSWORD._replace(
                status="worsened", message="A password is written in the file. [another secret than before]"
            ),
            STAR._replace(status="unchanged"),
            SYNTAX._replace(status="fixed"),
            FAR._replace(status="fixed"),
        ),
        suppressions=(
            Suppression("iacreview", ("ENC001",), "scratch", "2027-01-31", span(MAIN, "false"), "used", True),
            Suppression("checkov", ("CKV_AWS_16",), EVIL, "", span(HOSTILE, "name"), "unused", True),
            Suppression("tfsec", ("aws-s3-enable-bucket-logging",), "", "2020-01-01", span(MAIN, "Action"), "expired"),
            Suppression("iacreview", ("ENC001",), "", "", span(MAIN, "policy ="), "unreasoned"),
            Suppression("iacreview", (), "it names no rule", "", span(MAIN, "password"), "unreadable"),
        ),
        stale=(Accepted("ENC001", "f9", "gone.tf", "aws_ebs_volume.gone"),),
        change=Change(
            "main (1a2b3c4)",
            "the working tree",
            Deltas(),
            (
                Protection(
                    ResourceName("aws_cloudtrail.t", "aws_cloudtrail", "cloudtrail.trail"),
                    "the record",
                    Span(MAIN, 0, 8),
                ),
            ),
        ),
    )


@pytest.fixture
def context() -> Context:
    rules = (
        RuleText(
            "ENC001",
            "unencrypted-at-rest",
            "encryption",
            "Data at rest is not encrypted",
            "Whoever gets hold of the disk or a snapshot can read it.",
            "high",
            ("AWS Foundational Security Best Practices", "https://docs.aws.amazon.com/securityhub/"),
            "# Data at rest is not encrypted\n",
        ),
        RuleText("LOG001", "no-access-log", "logging", "Access is not logged", "", "info"),
    )
    return Context("1.2.3", {rule.code: rule for rule in rules}, lambda text: text.replace(PATTERNED, "****"))
