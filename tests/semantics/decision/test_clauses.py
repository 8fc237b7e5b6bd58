"""Whether a clause tells the actions of a service apart."""

from __future__ import annotations

import pytest

from iacreview.model.value import Known, ListValue, MapValue
from iacreview.semantics.actions import service_actions
from iacreview.semantics.decision.actions import TO_COME
from iacreview.semantics.decision.clauses import Clause, clauses_of
from iacreview.semantics.policy import parse_policy


def clause(element: str, patterns: list[str]) -> Clause:
    """The clause of an Allow with an Action or a NotAction."""
    items = ListValue([Known(each) for each in patterns])
    statement = MapValue({"Effect": Known("Allow"), element: items, "Resource": Known("*")})
    return clauses_of(parse_policy(MapValue({"Statement": statement})))[0]


@pytest.mark.parametrize(
    ("element", "patterns", "service", "answer"),
    [
        ("Action", ["*"], "s3", True),
        ("Action", ["*:*"], "s3", True),
        ("Action", ["s3:*", "s3:GetObject"], "s3", True),
        ("Action", ["S3:**"], "s3", True),
        ("Action", ["s*:*"], "s3", True),
        ("Action", ["s?:Get*"], "s3", None),
        ("Action", ["s3:Get*"], "s3", None),
        ("Action", ["s3:GetObject", "ec2:*"], "s3", None),
        ("Action", ["ec2:*", "sqs:SendMessage"], "s3", False),
        ("Action", ["*"], TO_COME, True),
        ("Action", ["s3:*"], TO_COME, False),
        ("NotAction", ["iam:*"], "s3", True),
        ("NotAction", ["iam:*"], "iam", False),
        ("NotAction", ["iam:Get*"], "iam", None),
        ("NotAction", ["*"], "s3", False),
    ],
)
def test_about_a_service(element: str, patterns: list[str], service: str, answer: bool | None) -> None:
    found = clause(element, patterns)
    assert found.about_service(service) is answer
    told = {found.about_action(f"{service}:{name}") for name in (*(service_actions(service) or ()), TO_COME)}
    assert told == ({True, False} if answer is None else {answer})
