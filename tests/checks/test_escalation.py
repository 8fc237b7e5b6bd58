"""Every known way to raise one's own rights, as the rules for it find it."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.options import Options
from iacreview.pipeline import check
from iacreview.semantics.escalation import Method, methods
from tests.trees import MemoryTree


@cache
def options() -> Options:
    return Options(
        [rule for rule in load_rules() if rule.code in ("IAM004", "IAM007")], load_catalog(), profile="strict"
    )


def messages(*statements: Any) -> list[str]:
    """What the rules say of one policy."""
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    resource = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": policy}}
    template = json.dumps({"Resources": {"Policy": resource}})
    return [each.message for each in check(MemoryTree({"t.json": template}), (), options()).findings]


def allow(actions: Any, resource: Any = "*", **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **elements}


@pytest.mark.parametrize("method", methods(), ids=lambda method: "+".join(method.actions))
def test_every_method_is_found_and_needs_all_of_its_actions(method: Method) -> None:
    assert messages(allow(list(method.actions)))
    if len(method.actions) == 2:
        for action in method.actions:
            assert not any(" with " in each for each in messages(allow(action)))


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        ([allow("IAM:createaccess*")], True),
        ([allow("iam:CreateAccessKey", "arn:aws:iam::*:user/*")], True),
        ([allow("iam:CreateAccessKey", "arn:aws:iam::*:user/${aws:username}")], False),
        ([allow("iam:CreateAccessKey", "arn:aws:s3:::*")], False),
        ([allow("iam:PassRole")], True),
        ([allow("iam:PassRole"), allow("glue:CreateDevEndpoint")], True),
        ([allow(["iam:PassRole", "glue:CreateDevEndpoint"], "arn:aws:iam::111122223333:role/x")], False),
        ([allow("iam:CreateAccessKey"), {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}], False),
        ([{"Effect": "Deny", "Action": "iam:*", "Resource": "*"}], False),
    ],
)
def test_policies(statements: list[Any], found: bool) -> None:
    assert bool(messages(*statements)) is found
