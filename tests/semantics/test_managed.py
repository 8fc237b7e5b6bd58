from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from iacreview.semantics import managed
from iacreview.semantics.pattern import HOLE
from iacreview.semantics.policy import parse_policy

ROOT = Path(__file__).parent.parent.parent


def test_the_file_is_what_the_script_makes() -> None:
    pytest.importorskip("moto", reason="the file is made of moto's data")
    script = ROOT / "scripts" / "compile_managed_policies.py"
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arn", "path"),
    [
        ("arn:aws:iam::aws:policy/AdministratorAccess", "/AdministratorAccess"),
        ("arn:aws-cn:iam::aws:policy/AdministratorAccess", "/AdministratorAccess"),
        (f"arn:{HOLE}:iam::aws:policy/AdministratorAccess", "/AdministratorAccess"),
        (
            "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
            "/service-role/AWSLambdaBasicExecutionRole",
        ),
        ("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess", "/job-function/ViewOnlyAccess"),
        ("arn:aws:iam::111122223333:policy/AdministratorAccess", None),
        ("arn:aws:iam::aws:role/AdministratorAccess", None),
        (f"arn:aws:iam::aws:policy/{HOLE}", None),
        ("AdministratorAccess", None),
        ("", None),
    ],
)
def test_names(arn: str, path: str | None) -> None:
    assert managed.managed_name(arn) == path


def test_by_name() -> None:
    assert managed.named("ViewOnlyAccess") == "/job-function/ViewOnlyAccess"
    assert managed.named("Nothing") is None


def test_documents() -> None:
    document = managed.managed_policy("/AmazonS3ReadOnlyAccess")
    assert document is not None
    (statement,) = parse_policy(document).statements
    assert [item.pattern for item in statement.actions][:2] == ["s3:Get*", "s3:List*"]
    assert [item.pattern for item in statement.resources] == ["*"]
    assert managed.managed_policy("/Nothing") is None


def test_every_document_is_a_policy() -> None:
    names = managed.parts_of("managed_policies.txt").names()
    assert len(names) > 1500
    for name in names[::50]:
        document = managed.managed_policy(name)
        assert document is not None
        policy = parse_policy(document)
        assert policy.statements
        assert not policy.problems
