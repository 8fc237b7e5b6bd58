"""Configurations are evaluated as Terraform plans them (scripts/golden_terraform.py writes down what it plans)."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from iacreview.model.value import Choice, Encoded, Known, ListValue, MapValue, Value
from tests.evaluate.terraform.plan_cases import CASES
from tests.evaluate.terraform.support import resources_of

HERE = Path(__file__).parent
GOLDEN: dict[str, dict[str, Any]] = json.loads((HERE / "plan_cases.json").read_text(encoding="utf-8"))
UNKNOWN = "<unknown>"


def shown(value: Value | None) -> Any:
    """A value as the golden file has it: a text with a hole is known after apply."""
    if value is None:
        return None
    if isinstance(value, Known):
        return value.data
    if isinstance(value, ListValue):
        return [shown(item) for item in value.items] if value.complete else UNKNOWN
    if isinstance(value, MapValue):
        return {key: shown(item) for key, item in value.entries.items()} if value.complete else UNKNOWN
    if isinstance(value, Encoded):
        return {"json": shown(value.structure)}
    assert not isinstance(value, Choice), value
    return UNKNOWN


@pytest.mark.parametrize("name", CASES)
def test_as_terraform_plans_it(name: str) -> None:
    found = {
        address: shown(each.attributes.entries.get("input")) for address, each in resources_of(CASES[name]).items()
    }
    assert found == GOLDEN[name]


def test_every_case_has_its_plan() -> None:
    assert set(GOLDEN) == set(CASES)


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed")
def test_the_golden_file_is_what_terraform_says() -> None:
    script = HERE.parent.parent.parent / "scripts" / "golden_terraform.py"
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
