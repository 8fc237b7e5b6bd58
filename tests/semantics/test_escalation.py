from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from iacreview.semantics.actions import WRITE, find_action
from iacreview.semantics.escalation import exposes_credentials, loses_data, reads_data


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


def test_what_loses_data_writes_to_resources_that_can_be_named() -> None:
    known = [find_action(name) for name in loses_data("*")]
    assert [each for each in known if each is None or each.level != WRITE or not each.resource_types] == []
    assert loses_data("dynamodb:Put*") == ("dynamodb:PutItem",)
    assert loses_data("S3:PutObject") == ("s3:PutObject",)
    assert loses_data("sqs:SendMessage") == ()
