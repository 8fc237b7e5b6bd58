"""Changes written as two sets of files, and what is said of them."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from iacreview.commands.project import project_of
from iacreview.commands.wishes import Wishes, options_for
from iacreview.model.delta import Access, Deltas
from iacreview.options import Options
from iacreview.review.comparison import compare
from iacreview.review.sides import Side
from tests.trees import MemoryTree

Files = dict[str, str]


@cache
def options() -> Options:
    return options_for(project_of(MemoryTree({}), ".", ()), Wishes())._replace(rules=[])


def deltas(base: Files, head: Files, accounts: frozenset[str] = frozenset()) -> Deltas:
    """The deltas of a change from one set of files to another, where the settings name these accounts."""
    changed = {path for path in {*base, *head} if base.get(path) != head.get(path)}
    sides = Side(MemoryTree(base), "base"), Side(MemoryTree(head), "head")
    own = options()._replace(operations=options().operations._replace(accounts=accounts))
    report = compare(*sides, changed, (), own)
    assert report.change is not None
    return report.change.deltas


def template(**resources: Any) -> Files:
    """A template with these resources."""
    return {"template.json": json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources})}


def role(*statements: Any, **properties: Any) -> Any:
    """A role with one policy of these statements."""
    policies = [{"PolicyName": "p", "PolicyDocument": document(*statements)}] if statements else []
    trust = document({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": trust, "Policies": policies, **properties},
    }


def document(*statements: Any) -> Any:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: Any, resource: Any = "*", **more: Any) -> Any:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> Any:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def added(base: list[Any], head: list[Any]) -> tuple[Access, ...]:
    """What a role is allowed more by statements than by others."""
    return deltas(template(Role=role(*base)), template(Role=role(*head))).access_added
