"""Data at risk: what a change destroys or replaces, what keeps the data, and what nobody knows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.review.changes import Files, deltas, template

PROPERTIES = {"Engine": "postgres", "StorageEncrypted": False}


def database(policies: dict[str, Any] | None = None, **properties: Any) -> Files:
    return template(
        Db={"Type": "AWS::RDS::DBInstance", **(policies or {}), "Properties": {**PROPERTIES, **properties}},
        T={"Type": "AWS::SNS::Topic"},
    )


GONE = template(T={"Type": "AWS::SNS::Topic"})


def test_what_is_gone_is_destroyed() -> None:
    [entry] = deltas(database(), GONE).data_at_risk
    assert (entry.resource, entry.what, entry.certain) == ("Db", "destroyed", True)
    assert entry.kept == "a snapshot is taken: the default of `DeletionPolicy`"
    [entry] = deltas(database({"DeletionPolicy": "Delete"}), GONE).data_at_risk
    assert entry.kept == ""
    assert not deltas(database({"DeletionPolicy": "Retain"}), GONE).data_at_risk
    assert not deltas(database(DeletionProtection=True), GONE).data_at_risk


def test_what_forces_a_new_resource_replaces_it() -> None:
    encrypted = database(StorageEncrypted=True)
    [entry] = deltas(database(), encrypted).data_at_risk
    assert entry.what == "replaced"
    assert "`StorageEncrypted` forces a new one (false -> true)" in entry.why
    assert not deltas(database(), database({"UpdateReplacePolicy": "Retain"}, StorageEncrypted=True)).data_at_risk
    assert not deltas(database(), database(AllocatedStorage="20")).data_at_risk


def test_a_key_of_several_parts_is_one() -> None:
    def keyed(name: str, kind: str = "HASH") -> Files:
        schema = [{"AttributeName": name, "KeyType": kind}]
        attributes = [{"AttributeName": name, "AttributeType": "S"}]
        properties = {"KeySchema": schema, "AttributeDefinitions": attributes, "BillingMode": "PAY_PER_REQUEST"}
        return template(Orders={"Type": "AWS::DynamoDB::Table", "Properties": properties})

    [entry] = deltas(keyed("id"), keyed("number")).data_at_risk
    assert entry.what == "replaced"
    assert not deltas(keyed("id"), keyed("id")).data_at_risk


def test_what_is_not_written_is_the_same_as_false() -> None:
    without = template(
        Db={"Type": "AWS::RDS::DBInstance", "Properties": {"Engine": "postgres"}}, T={"Type": "AWS::SNS::Topic"}
    )
    assert not deltas(without, database()).data_at_risk


def test_where_a_choice_is_written_is_no_difference() -> None:
    """`KeySchema: !If [Sorted, [a, b], [a]]` and `KeySchema: [a, !If [Sorted, b, NoValue]]` are one."""
    first, second = ({"AttributeName": name, "KeyType": "HASH"} for name in "ab")

    def sorted_by(schema: Any, **more: Any) -> Files:
        table = {"Type": "AWS::DynamoDB::Table", "Properties": {"KeySchema": schema, **more}}
        head = {"Parameters": {"P": {"Type": "String"}}, "Conditions": {"Sorted": {"Fn::Equals": [{"Ref": "P"}, "x"]}}}
        return {"template.json": json.dumps({**head, "Resources": {"T": table}})}

    outside = sorted_by({"Fn::If": ["Sorted", [first, second], [first]]})
    inside = sorted_by([first, {"Fn::If": ["Sorted", second, {"Ref": "AWS::NoValue"}]}])
    other = sorted_by([first, {"Fn::If": ["Sorted", first, {"Ref": "AWS::NoValue"}]}])
    assert not deltas(outside, inside).data_at_risk
    [entry] = deltas(outside, other).data_at_risk
    assert (entry.what, entry.certain) == ("replaced", False)


TABLE = 'variable "x" {{}}\nresource "aws_dynamodb_table" "{name}" {{\n  name = "t"\n  hash_key = {key}\n{more}\n}}\n'


def table(name: str = "t", key: str = '"id"', more: str = "", rest: str = "") -> Files:
    return {"main.tf": TABLE.format(name=name, key=key, more=more) + rest}


EMPTY = {"main.tf": 'variable "x" {}\n'}
FORGET = "removed {\n  from = aws_dynamodb_table.t\n  lifecycle {\n    destroy = false\n  }\n}\n"


@pytest.mark.parametrize(
    ("base", "head", "what"),
    [
        (table(), EMPTY, ["destroyed"]),
        (table(), {"main.tf": EMPTY["main.tf"] + FORGET}, []),
        (table(), {"main.tf": EMPTY["main.tf"] + FORGET.replace("false", "true")}, ["destroyed"]),
        (table(), table(key='"other"'), ["replaced"]),
        (table(), table(key='"other"', more="  lifecycle {\n    prevent_destroy = true\n  }"), []),
        (table(more="  lifecycle {\n    prevent_destroy = true\n  }"), EMPTY, ["destroyed"]),
        (table(more="  deletion_protection_enabled = true"), EMPTY, []),
        (table(), table("u", rest="moved {\n  from = aws_dynamodb_table.t\n  to = aws_dynamodb_table.u\n}\n"), []),
        (table(), table(more='  tags = { a = "b" }'), []),
    ],
)
def test_terraform(base: Files, head: Files, what: list[str]) -> None:
    assert [each.what for each in deltas(base, head).data_at_risk] == what


def test_what_nobody_knows_may_be_replaced() -> None:
    [entry] = deltas(table(), table(key="var.x")).data_at_risk
    assert (entry.what, entry.certain) == ("replaced", False)
    assert "may force a new one" in entry.why
    [entry] = deltas(table(), table(more="  count = var.x ? 1 : 0")).data_at_risk
    assert (entry.what, entry.certain) == ("destroyed", False)


def test_final_snapshots_and_buckets() -> None:
    def file(type: str, more: str) -> Files:
        return {"main.tf": EMPTY["main.tf"] + f'resource "{type}" "r" {{\n  {more}\n}}\n'}

    kept = {
        ("aws_db_instance", ""): "a final snapshot is taken, since `skip_final_snapshot` is not true",
        ("aws_db_instance", "skip_final_snapshot = true"): "",
        ("aws_s3_bucket", ""): "it is only deleted if it is empty",
        ("aws_s3_bucket", "force_destroy = true"): "",
        ("aws_ebs_volume", ""): "",
        ("aws_ebs_volume", "final_snapshot = true"): "a final snapshot is taken",
    }
    for (type, more), said in kept.items():
        [entry] = deltas(file(type, more), EMPTY).data_at_risk
        assert entry.kept == said, (type, more)


@pytest.mark.parametrize(
    ("type", "before", "after", "certain"),
    [
        ("aws_elasticache_replication_group", 'snapshot_name = "a"', 'snapshot_name = "b"', True),
        (
            "aws_elasticache_replication_group",
            "transit_encryption_enabled = false",
            "transit_encryption_enabled = true",
            False,
        ),
        ("aws_rds_cluster", 'storage_type = "aurora"', 'storage_type = "aurora-iopt1"', False),
        ("aws_db_instance", 'name = "a"', 'name = "b"', True),
    ],
)
def test_what_the_pages_of_the_provider_say(type: str, before: str, after: str, certain: bool) -> None:
    def resource(argument: str) -> Files:
        return {"main.tf": f'resource "{type}" "r" {{\n  skip_final_snapshot = true\n  {argument}\n}}\n'}

    [entry] = deltas(resource(before), resource(after)).data_at_risk
    assert (entry.what, entry.certain) == ("replaced", certain)


@pytest.mark.parametrize(
    ("base", "head", "why"),
    [
        (
            database({"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}),
            database({"DeletionPolicy": "Snapshot", "UpdateReplacePolicy": "Retain"}),
            '`DeletionPolicy` "Retain" -> "Snapshot"',
        ),
        (database({"DeletionPolicy": "Retain"}), database(), '`DeletionPolicy` "Retain" -> Snapshot'),
        (database(DeletionProtection=True), database(), "`DeletionProtection` true -> not set"),
        (
            table(more="  lifecycle {\n    prevent_destroy = true\n  }"),
            table(),
            "`prevent_destroy` is gone",
        ),
        (
            {"main.tf": 'resource "aws_s3_bucket" "b" {}\n'},
            {"main.tf": 'resource "aws_s3_bucket" "b" {\n  force_destroy = true\n}\n'},
            "`force_destroy` not set -> true",
        ),
    ],
    ids=["policy", "no policy", "protection", "prevent_destroy", "force_destroy"],
)
def test_a_guard_that_goes_makes_it_easier_to_destroy(base: Files, head: Files, why: str) -> None:
    [entry] = deltas(base, head).data_at_risk
    assert (entry.what, entry.why, entry.certain) == ("easier to destroy", why, True)
    assert not deltas(head, base).data_at_risk
