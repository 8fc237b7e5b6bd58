"""A side of a change may be read in a process of its own: what comes back from there is a copy, and tells the same."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from iacreview.discovery import discover
from iacreview.review.deltas import SideUnits, compared
from iacreview.review.protection import losses
from iacreview.review.sides import _Part, _part
from iacreview.tree import WorkingTree
from tests.review.changes import allow, deny, document, options, role, template
from tests.trees import MemoryTree

FIXTURES = Path(__file__).parent.parent / "fixtures"
UNENCRYPTED = {"Bool": {"aws:SecureTransport": "false"}}


def policy(*statements: object) -> object:
    bucket = {"Bucket": {"Ref": "Data"}, "PolicyDocument": document(*statements)}
    return {"Type": "AWS::S3::BucketPolicy", "Properties": bucket}


def part(tree: MemoryTree | WorkingTree) -> _Part:
    return _part(tree, discover(tree, ()).targets, options())


def copied(found: _Part) -> _Part:
    copy: _Part = pickle.loads(pickle.dumps(found, pickle.HIGHEST_PROTOCOL))
    return copy


def told(base: _Part, head: _Part) -> list[Any]:
    """All that is told, wherever it stands."""
    deltas = compared(SideUnits(base.units, base.states), SideUnits(head.units, head.states))
    lost = losses(base.standings, head.standings, base.units, head.units)
    return [[each._replace(span=None) for each in found] for found in (*deltas, *lost)]


BUCKET = {"Type": "AWS::S3::Bucket"}
WRITES = allow("s3:PutObject*", "arn:aws:s3:::data/*", Principal="*")
NOT_THERE = deny(
    "s3:PutObject*", "arn:aws:s3:::data/*", Principal="*", Condition={"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}
)
CHANGES = {
    "a deny beside one that stays": (
        template(Data=BUCKET, P=policy(WRITES, deny("s3:*", Principal="*", Condition=UNENCRYPTED), NOT_THERE)),
        template(Data=BUCKET, P=policy(WRITES, deny("s3:*", Principal="*", Condition=UNENCRYPTED))),
    ),
    "a statement more": (template(R=role(allow("s3:Get*"))), template(R=role(allow("s3:Get*"), allow("sqs:*")))),
    "nothing": (template(R=role(allow("s3:Get*"), deny("s3:*")),), template(R=role(deny("s3:*"), allow("s3:Get*")))),
}  # fmt: skip


@pytest.mark.parametrize(("base", "head"), CHANGES.values(), ids=list(CHANGES))
def test_a_change_is_told_alike_wherever_its_sides_were_read(base: dict[str, str], head: dict[str, str]) -> None:
    one, other = part(MemoryTree(base)), part(MemoryTree(head))
    wanted = told(one, other)
    assert told(copied(one), other) == told(one, copied(other)) == told(copied(one), copied(other)) == wanted


@pytest.mark.parametrize("rule", ["IAM001", "IAM003", "IAM005", "NET001", "ENC001", "LOG001"])
def test_a_side_is_as_its_copy(rule: str) -> None:
    whole = part(WorkingTree(str(FIXTURES / rule)))
    assert not any(told(whole, copied(whole)))
