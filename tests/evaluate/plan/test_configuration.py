"""References in a plan's configuration: taken apart, put together, and without what each begins with."""

from __future__ import annotations

import json

import pytest

from iacreview.evaluate.plan.configuration import Mentions, joined, steps_of
from iacreview.model.source import Source
from iacreview.parse.data.document import parse_document


@pytest.mark.parametrize(
    ("address", "steps"),
    [
        ("aws_s3_bucket.b.id", ["aws_s3_bucket", "b", "id"]),
        ('module.db["a.b"].id', ["module", "db", '["a.b"]', "id"]),
        ("aws_instance.web[0].id", ["aws_instance", "web", "[0]", "id"]),
        ("x" * 301, []),
    ],
)
def test_an_address_is_taken_apart_and_put_together(address: str, steps: list[str]) -> None:
    assert steps_of(address) == steps
    assert joined(steps) == ("" if not steps else address)


@pytest.mark.parametrize(
    ("references", "names", "keyed"),
    [
        (["aws_s3_bucket.b.id", "aws_s3_bucket.b"], ["aws_s3_bucket.b.id"], False),
        (["var.a", "var.b"], ["var.a", "var.b"], False),
        (["each.key", "aws_s3_bucket.b"], ["aws_s3_bucket.b"], True),
        (["count.index"], [], True),
    ],
)
def test_mentions(references: list[str], names: list[str], keyed: bool) -> None:
    found = Mentions(parse_document(Source("plan.json", json.dumps({"references": references})))[0])
    assert found.names == names
    assert found.keyed is keyed
    assert found.only == (steps_of(names[0]) if len(names) == 1 else [])


def test_nothing_is_mentioned_where_nothing_is_written() -> None:
    assert Mentions(None).names == []
