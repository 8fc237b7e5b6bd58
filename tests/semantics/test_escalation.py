from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from iacreview.semantics.escalation import escalations, exposes_credentials, methods, reads_data
from tests.semantics.values import UNKNOWN_VALUE, policy


def allow(actions: Any, resource: Any = "*", **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **elements}


def found(*statements: Any, unrestricted: bool = True) -> list[str]:
    return [" ".join(each.method.actions) for each in escalations(policy(*statements), unrestricted)]


@pytest.mark.parametrize("method", methods(), ids=lambda method: "+".join(method.actions))
def test_every_method_is_found_and_needs_all_of_its_actions(method: Any) -> None:
    parts = [{*each.method.actions} for each in escalations(policy(allow(list(method.actions))))]
    assert any(part <= {*method.actions} for part in parts)
    for action in method.actions:
        rest = [other for other in method.actions if other != action]
        assert " ".join(method.actions) not in found(allow(rest))


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([allow("iam:CreateAccessKey")], ["iam:CreateAccessKey"]),
        ([allow("IAM:createaccess*")], ["iam:CreateAccessKey"]),
        ([allow("iam:CreateAccessKey", "arn:aws:iam::*:user/*")], ["iam:CreateAccessKey"]),
        ([allow("iam:CreateAccessKey", "arn:aws:iam::*:user/${aws:username}")], []),
        ([allow("iam:CreateAccessKey", "arn:aws:s3:::*")], []),
        ([allow("iam:CreateAccessKey", UNKNOWN_VALUE)], []),
        ([allow("iam:CreateAccessKey", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})], []),
        ([allow("iam:PassRole")], []),
        ([allow("iam:PassRole"), allow("glue:CreateDevEndpoint")], ["iam:PassRole glue:CreateDevEndpoint"]),
        ([allow(["iam:PassRole", "glue:CreateDevEndpoint"], "arn:aws:iam::111122223333:role/x")], []),
        ([allow("*"), {"Effect": "Deny", "Action": "*", "Resource": "*"}], []),
        ([allow(UNKNOWN_VALUE)], []),
        ([UNKNOWN_VALUE], []),
        ([{"Effect": "Deny", "Action": "*", "Resource": "*"}], []),
    ],
)
def test_escalations(statements: list[Any], expected: list[str]) -> None:
    assert found(*statements) == expected


def test_restricted_ones_are_found_where_asked() -> None:
    statement = allow("iam:CreateAccessKey", "arn:aws:iam::*:user/admin")
    assert found(statement, unrestricted=False) == ["iam:CreateAccessKey"]


def test_a_denied_action_leaves_the_others() -> None:
    names = found(allow("iam:*"), {"Effect": "Deny", "Action": "iam:Create*", "Resource": "*"})
    assert "iam:CreateAccessKey" not in names
    assert "iam:PutUserPolicy" in names


def test_exclusion_grants_what_it_does_not_name() -> None:
    names = found({"Effect": "Allow", "NotAction": "iam:Create*", "Resource": "*"})
    assert "iam:PutUserPolicy" in names
    assert "iam:CreateAccessKey" not in names
    assert found({"Effect": "Allow", "NotAction": ["*"], "Resource": "*"}) == []


def test_an_escalation_names_its_grants() -> None:
    [each] = escalations(policy(allow(["s3:*", "iam:Put*Policy"])))[:1]
    [grant] = each.grants
    assert grant.item is not None
    assert grant.item.pattern == "iam:Put*Policy"
    assert grant.action == each.method.actions[0]


def test_a_method_with_fewer_actions_stands_for_those_with_more() -> None:
    names = found(allow("*"))
    assert "cloudformation:UpdateStack" in names
    assert "iam:PassRole cloudformation:UpdateStack" not in names


@pytest.mark.parametrize(
    ("pattern", "credentials", "data"),
    [
        ("sts:AssumeRole", ("sts:AssumeRole",), ()),
        ("S3:GET*", ("s3:GetDataAccess",), ("s3:GetObject", "s3:GetObjectVersion")),
        ("ec2:DescribeInstances", (), ()),
        ("", (), ()),
    ],
)
def test_lists(pattern: str, credentials: tuple[str, ...], data: tuple[str, ...]) -> None:
    assert exposes_credentials(pattern) == credentials
    assert reads_data(pattern) == data


def test_every_path_of_the_public_list_is_known() -> None:
    script = Path(__file__).parent.parent.parent / "scripts" / "compare_escalation.py"
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_counts_a_page_is_no_data() -> None:
    assert reads_data("cloudwatch:GetMetricData") == ()
    assert reads_data("backup:Start*") == ()
    assert reads_data("s3:GetObject") == ("s3:GetObject",)
