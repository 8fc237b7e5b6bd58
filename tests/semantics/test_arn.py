from __future__ import annotations

import pytest

from iacreview.semantics.arn import Arn, account_of, everything, names_owner, parse_arn
from iacreview.semantics.pattern import HOLE


@pytest.mark.parametrize(
    ("text", "arn"),
    [
        ("arn:aws:s3:::bucket/key", Arn("aws", "s3", "", "", "bucket/key")),
        (
            "arn:aws:logs:eu-west-1:111122223333:log-group:a:*",
            Arn("aws", "logs", "eu-west-1", "111122223333", "log-group:a:*"),
        ),
        ("arn:aws:s3", None),
        ("*", None),
        ("", None),
        ("urn:a:b:c:d:e", None),
    ],
)
def test_parse(text: str, arn: Arn | None) -> None:
    assert parse_arn(text) == arn
    assert arn is None or str(arn) == text


@pytest.mark.parametrize(
    ("text", "account"),
    [
        ("111122223333", "111122223333"),
        ("arn:aws:iam::111122223333:root", "111122223333"),
        ("arn:aws:iam::*:root", None),
        ("arn:aws:s3:::bucket", None),
        ("11112222333", None),
        ("１１１１２２２２３３３３", None),
        ("*", None),
    ],
)
def test_account(text: str, account: str | None) -> None:
    assert account_of(text) == account


@pytest.mark.parametrize(
    "text",
    ["*", "**", "arn:*", "arn:aws:*", "arn:*:*", "arn:aws:*:*:*:*", "arn:*:*:*:*:*", f"arn:{HOLE}:*", "arn:aws-cn:*"],
)
def test_everything(text: str) -> None:
    assert everything(text)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("arn:aws:sns:eu-west-1:111122223333:topic", True),
        ("arn:aws:sns:*:111122223333:*", True),
        (f"arn:aws:sns:*:{HOLE}:*", True),
        ("arn:aws:s3:*:*:bucket", True),
        ("arn:aws:s3:::bucket/*", True),
        ("arn:aws:s3:::bucket*", False),
        ("arn:aws:s3:::*", False),
        ("arn:aws:iam::*:role/name", False),
        ("arn:aws:*", False),
        ("*", False),
    ],
)
def test_names_owner(text: str, answer: bool) -> None:
    assert names_owner(text) is answer
