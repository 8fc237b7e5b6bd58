"""Worse is what a finding itself measures; what is written otherwise is neither new nor fixed."""

from __future__ import annotations

import json
import random
from collections import Counter
from functools import cache
from typing import Any

import pytest

from iacreview.decisions import decided
from iacreview.engine.load import load_catalog, load_rules
from iacreview.model.finding import Extent, Finding, Report, Severity
from iacreview.model.source import Source, Span
from iacreview.options import Options
from iacreview.pipeline import check
from iacreview.review.comparison import compare
from iacreview.review.coverage import alike_by, is_covered
from iacreview.review.sides import Side
from tests.trees import MemoryTree


@cache
def options(profile: str = "default") -> Options:
    return Options(load_rules(), load_catalog(), profile=profile)


def compared(base: str, head: str, profile: str = "default") -> Report:
    sides = Side(MemoryTree({"main.tf": base}), "base"), Side(MemoryTree({"main.tf": head}), "head")
    return compare(*sides, {"main.tf"}, (), options(profile))


def told(base: str, head: str, profile: str = "default") -> list[str]:
    """The findings of a change by decision: `unchanged IAM002`; those that are not new or fixed, too."""
    found = decided(compared(base, head, profile), {rule.code: rule.within for rule in options().rules}).findings
    return sorted(f"{each.status} {each.rule}" for each in found)


def policy(actions: Any, resources: Any = "*", **more: Any) -> str:
    statements = [{"Effect": "Allow", "Action": actions, "Resource": resources, **more}]
    return document(statements)


def statement(actions: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": "*"}


def document(statements: list[dict[str, Any]]) -> str:
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return f'resource "aws_iam_policy" "p" {{\n  name   = "p"\n  policy = jsonencode({text})\n}}\n'


def all_but(*actions: str) -> str:
    return document([{"Effect": "Allow", "NotAction": list(actions), "Resource": "*"}])


def group(*rules: tuple[list[str], str]) -> str:
    blocks = "".join(
        '  ingress {\n    protocol = "tcp"\n'
        f"    from_port = {ports.split('-')[0]}\n    to_port = {ports.split('-')[1]}\n    cidr_blocks = {json.dumps(cidrs)}\n  }}\n"
        for cidrs, ports in rules
    )
    return f'resource "aws_security_group" "g" {{\n  name = "g"\n{blocks}}}\n'


ALL, HALVES = ["0.0.0.0/0"], ["0.0.0.0/1", "128.0.0.0/1"]
TAGGED = {"StringEquals": {"aws:ResourceTag/team": ["a", "b"]}}


@pytest.mark.parametrize(
    ("base", "head", "wanted"),
    [
        pytest.param(policy("lambda:*"), policy("lambda:Get*"), ["unchanged IAM009"], id="a service to its reading"),
        pytest.param(policy("*"), policy("s3:*"), ["unchanged IAM002"], id="everything to a service"),
        pytest.param(policy("iam:*"), policy("iam:PassRole"), ["unchanged IAM004"], id="a service to a grave action"),
        pytest.param(policy("sns:*"), policy("sns:*", "arn:aws:sns:*:*:a"), ["unchanged IAM002"], id="resources"),
        pytest.param(policy("sns:*", "arn:aws:sns:*:*:a"), policy("sns:*"), ["worsened IAM002"], id="more resources"),
        pytest.param(
            policy(["sns:*", "sqs:*"]),
            document([{"Effect": "Allow", "Action": each, "Resource": "*"} for each in ("sns:*", "sqs:*")]),
            ["unchanged IAM002", "unchanged IAM002"],
            id="a statement in two",
        ),
        pytest.param(policy(["sns:*", "sqs:*"]), policy(["sqs:*"]), ["unchanged IAM002"], id="one of two"),
        pytest.param(policy(["sns:*"]), policy(["sqs:*"]), ["introduced IAM002", "fixed IAM002"], id="another service"),
        pytest.param(policy(["sns:*"]), policy(["sns:*", "sqs:*"]), ["worsened IAM002"], id="one more service"),
        pytest.param(
            policy(["sns:*"]),
            policy(["sns:*", "dynamodb:GetItem"]),
            ["introduced IAM009", "unchanged IAM002"],
            id="another action is another principle",
        ),
        pytest.param(all_but("iam:*"), all_but("iam:*", "kms:*"), ["unchanged IAM006"], id="more left out"),
        pytest.param(all_but("iam:*", "kms:*"), all_but("iam:*"), ["worsened IAM006"], id="less left out"),
        pytest.param(
            policy("sns:*", Condition=TAGGED), policy("sns:*"), ["introduced IAM002"], id="a condition taken away"
        ),
        pytest.param(group((ALL, "22-22")), group((HALVES, "22-22")), ["unchanged NET001"], id="halves"),
        pytest.param(group((HALVES, "22-22")), group((ALL, "22-22")), ["unchanged NET001"], id="halves together"),
        pytest.param(
            group((ALL, "22-22")),
            group((HALVES[:1], "22-22"), (HALVES[1:], "22-22")),
            ["unchanged NET001", "unchanged NET001"],
            id="halves in two rules",
        ),
        pytest.param(group((ALL, "0-65535")), group((ALL, "22-22")), ["unchanged NET001"], id="all ports to one"),
        pytest.param(group((ALL, "22-22")), group((ALL, "20-25")), ["worsened NET001"], id="more ports"),
        pytest.param(
            group((HALVES[:1], "22-22")), group((ALL, "22-22")), ["worsened NET001"], id="the other half as well"
        ),
        pytest.param(
            group((ALL, "5432-5432")),
            group((ALL, "9200-9200")),
            ["introduced NET002", "fixed NET002"],
            id="another port",
        ),
    ],
)
def test_what_a_change_is_told_as(base: str, head: str, wanted: list[str]) -> None:
    assert told(base, head) == sorted(wanted)


@pytest.mark.parametrize("profile", ["default", "strict"])
def test_fewer_actions_introduce_nothing(profile: str) -> None:
    for before, after in (
        ("iam:*", "iam:Put*"),
        ("s3:*", "s3:Get*"),
        ("*", "ec2:*"),
        ("ssm:*", ["ssm:Get*", "ssm:Put*"]),
    ):
        assert {each.split()[0] for each in told(policy(before), policy(after), profile)} == {"unchanged"}


def test_rules_are_alike_through_others() -> None:
    alike = alike_by({"A": ["B"], "C": ["B"], "D": ["E"], "F": []})
    assert [alike("A", other) for other in "ABCDEF"] == [True, True, True, False, False, False]
    assert [alike("F", other) for other in "AF"] == [False, True]


RULES = [
    (ALL, "22-22"),
    (HALVES[:1], "22-22"),
    (HALVES[1:], "22-22"),
    (ALL, "20-25"),
    (["10.0.0.0/8"], "0-65535"),
    (ALL, "5432-5432"),
]
STATEMENTS: list[tuple[Any, Any]] = [
    ("*", "*"),
    ("s3:*", "*"),
    ("s3:Get*", "*"),
    (["sns:*", "sqs:*"], "*"),
    ("sns:*", "*"),
    ("sqs:*", "arn:aws:sqs:*:*:a"),
    (["iam:PassRole", "lambda:*"], "*"),
]


def some(chance: random.Random) -> str:
    """A group and a policy with some of the rules and statements, each again with some of the others."""
    actions = [chance.choice(STATEMENTS) for _ in range(chance.randrange(1, 4))]
    statements = [{"Effect": "Allow", "Action": each, "Resource": on} for each, on in actions]
    return group(*chance.choices(RULES, k=chance.randrange(1, 4))) + document(statements)


def counts(report: Report) -> Counter[str | None]:
    return Counter(
        each.status for each in decided(report, {rule.code: rule.within for rule in options().rules}).findings
    )


@pytest.mark.parametrize("seed", range(20))
def test_counts_of_both_sides_add_up(seed: int) -> None:
    chance = random.Random(seed)
    base, head = some(chance), some(chance)
    report = compared(base, head)
    found, change = counts(report), report.change
    assert change is not None
    lasting = found["worsened"] + found["unchanged"]
    assert found["introduced"] + lasting == counts(checked(head))[None]
    assert found["fixed"] + lasting - change.split + change.merged == counts(checked(base))[None]


def checked(text: str) -> Report:
    return check(MemoryTree({"main.tf": text}), (), options())


@pytest.mark.parametrize(
    ("base", "head", "split", "merged"),
    [
        (policy(["sns:*", "sqs:*"]), document(list(map(statement, ("sns:*", "sqs:*")))), 1, 0),
        (document(list(map(statement, ("sns:*", "sqs:*")))), policy(["sns:*", "sqs:*"]), 0, 1),
        (group((ALL, "22-22")), group((HALVES[:1], "22-22"), (HALVES[1:], "22-22")), 1, 0),
        (group((HALVES[:1], "22-22"), (HALVES[1:], "22-22")), group((ALL, "22-22")), 0, 1),
        (policy("sns:*"), document(list(map(statement, ("sns:*", "sqs:*")))), 0, 0),
    ],
)
def test_what_is_split_and_merged(base: str, head: str, split: int, merged: int) -> None:
    change = compared(base, head).change
    assert change is not None
    assert (change.split, change.merged) == (split, merged)


@pytest.mark.parametrize(("count", "covered"), [(40, True), (50, False)])
def test_too_many_questions_are_not_asked(count: int, covered: bool) -> None:
    """A statement of many actions and resources is not covered where asking for each would take too long."""
    values = [Extent("action", f"s3:Get{number}") for number in range(count)]
    values += [Extent("resource", f"arn:aws:s3:::b{number}") for number in range(count)]
    place = Span(Source("main.tf", ""), 0, 0)
    found = Finding("IAM003", "n", "iam", Severity.HIGH, "", None, place, values=tuple(values))
    assert is_covered(found, [found]) is covered
