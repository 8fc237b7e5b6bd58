"""Resources of the `awscc` provider are judged through CloudFormation's paths: the fixtures of one language serve the other."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from iacreview.catalog.awscc import awscc_type, snake
from iacreview.engine.load import load_catalog, load_rules
from iacreview.model.source import Source
from iacreview.options import Options
from iacreview.parse.data.document import parse_document
from iacreview.pipeline import check
from tests.review.transforms import plain
from tests.trees import MemoryTree

FIXTURES = sorted((Path(__file__).parent.parent / "fixtures").glob("*/bad.yaml"))
# What the provider takes as JSON text.
TEXTS = ("document", "policy", "policy_text", "template", "content", "definition_string", "security_configuration")
NO_TEXTS = ("password_policy", "access_logging_policy")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("BucketName", "bucket_name"),
        ("KMSMasterKeyID", "kms_master_key_id"),
        ("DBInstance", "db_instance"),
        ("SSEAlgorithm", "sse_algorithm"),
        ("CidrIpv6", "cidr_ipv_6"),
        ("S3BucketName", "s3_bucket_name"),
        ("IamInstanceProfile", "iam_instance_profile"),
    ],
)
def test_names(name: str, expected: str) -> None:
    assert snake(name) == expected


def test_types() -> None:
    catalog = load_catalog()
    assert awscc_type("AWS::ApiGateway::RestApi") == "awscc_apigateway_rest_api"
    assert catalog.kind_of("awscc_rds_db_instance") == catalog.kind_of("AWS::RDS::DBInstance")
    assert catalog.kind_of("awscc_no_such_thing") is None
    assert awscc_type("Custom::Thing") == ""


@cache
def options() -> Options:
    return Options(load_rules(), load_catalog(), profile="strict")


def findings(path: str, text: str) -> set[tuple[str, str]]:
    report = check(MemoryTree({path: text}), (), options())
    return {(each.rule, each.resource.address.rpartition(".")[2]) for each in report.findings if each.resource}


def is_plain(data: Any) -> bool:
    if isinstance(data, dict):
        return not any(key == "Ref" or key.startswith("Fn::") for key in data) and all(map(is_plain, data.values()))
    return all(map(is_plain, data)) if isinstance(data, list) else not str(data).startswith("{{resolve:")


def is_offered(type: str) -> bool:
    """Whether the provider may have the type: what only a transform knows is no resource."""
    return bool(awscc_type(type)) and not type.startswith("AWS::Serverless::")


def converted(data: Any, key: str = "") -> Any:
    """Properties as the provider has them: names in snake case, JSON documents as text."""
    if isinstance(data, dict):
        if key.endswith(TEXTS) and key not in NO_TEXTS and "PolicyDocument" not in data:
            return json.dumps(data)
        return {snake(name): converted(value, snake(name)) for name, value in data.items()}
    return [converted(item) for item in data] if isinstance(data, list) else data


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.parent.name)
def test_the_same_findings(path: Path) -> None:
    root, _ = parse_document(Source("t.yaml", path.read_text(encoding="utf-8")))
    assert root is not None
    resources = {
        name: each
        for name, each in plain(root)["Resources"].items()
        if is_plain(each.get("Properties", {})) and is_offered(each["Type"]) and "Condition" not in each
    }
    if not resources:
        pytest.skip("every resource of the fixture needs an intrinsic function")
    wanted = findings("t.json", json.dumps({"Resources": resources}))
    terraform: dict[str, dict[str, Any]] = {}
    for name, each in resources.items():
        terraform.setdefault(awscc_type(each["Type"]), {})[name] = converted(each.get("Properties", {}))
    assert findings("main.tf.json", json.dumps({"resource": terraform})) == wanted
