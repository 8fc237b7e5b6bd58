"""The suppressions in a comment, in every grammar."""

from __future__ import annotations

import pytest

from iacreview.model.source import Source, Span
from iacreview.suppress.comments import Comment
from iacreview.suppress.directive import Directive, directives, is_date


def read(text: str) -> list[Directive]:
    source = Source("main.tf", text)
    return directives(Comment(text, Span(source, 0, len(text)), False))


@pytest.mark.parametrize(
    ("text", "tool", "rules", "reason"),
    [
        ("iacreview:ignore ENC001", "iacreview", ("ENC001",), ""),
        ("iacreview:ignore ENC001,LOG001 reason=scratch", "iacreview", ("ENC001", "LOG001"), "scratch"),
        ('iacreview:ignore ENC001 reason="for tests"', "iacreview", ("ENC001",), "for tests"),
        ("checkov:skip=CKV_AWS_18: no logs here", "checkov", ("CKV_AWS_18",), "no logs here"),
        ("tfsec:ignore:aws-s3-enable-logging", "tfsec", ("aws-s3-enable-logging",), ""),
        ("trivy:ignore:AVD-AWS-0089", "trivy", ("AVD-AWS-0089",), ""),
    ],
)
def test_what_is_read(text: str, tool: str, rules: tuple[str, ...], reason: str) -> None:
    (found,) = read(text)
    assert (found.tool, found.rules, found.reason, found.wrong) == (tool, rules, reason, "")
    assert found.span.text == text


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("iacreview: ignore ENC001", "is not read"),
        ("iac-review:ignore ENC001", "is not read"),
        ("iacreview:ignore ENC001 because=x", "is none of"),
        ("iacreview:ignore ENC001 until=tomorrow", "is not a date"),
        ("iacreview:ignore", "names no rule"),
    ],
)
def test_what_is_not_read_says_so(text: str, wrong: str) -> None:
    assert [each for each in read(text) if wrong in each.wrong]


@pytest.mark.parametrize("text", ["the iacreview reviews it", "see checkov", "tfsec is green"])
def test_what_is_no_suppression(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    ("text", "date"), [("2027-01-31", True), ("2027-02-30", False), ("27-1-3", False), ("2027-01-31T00:00", False)]
)
def test_dates(text: str, date: bool) -> None:
    assert is_date(text) is date
