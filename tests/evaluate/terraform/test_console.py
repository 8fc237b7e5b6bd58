"""Expressions against `terraform console`, in one batch."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from iacreview.evaluate.terraform.functions.families import FAMILIES, family_table
from iacreview.evaluate.terraform.jsontext import json_text
from iacreview.evaluate.terraform.values import is_known, plain
from iacreview.model.value import Encoded, Failed
from tests.evaluate.terraform.support import resources_of

EXPRESSIONS = [line for line in (Path(__file__).parent / "expressions.txt").read_text().splitlines() if line.strip()]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    terraform = shutil.which("terraform")
    if terraform is None:
        pytest.skip("terraform is not installed")
    batch = ",".join(f'try(jsonencode({text}),"ERR")' for text in EXPRESSIONS)
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "TF_CLI_CONFIG_FILE": os.devnull,
        "CHECKPOINT_DISABLE": "1",
        "HOME": os.environ.get("HOME", "/"),
    }
    process = subprocess.run(
        [terraform, "console"],
        input=f"jsonencode([{batch}])\n",
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path_factory.mktemp("console"),
        check=False,
        timeout=120,
    )
    assert process.returncode == 0, process.stderr
    return dict(zip(EXPRESSIONS, json.loads(json.loads(process.stdout)), strict=True))


@pytest.fixture(scope="module")
def ours() -> dict[str, str]:
    text = "".join(f'resource "t" "t{index}" {{\n  v = {text}\n}}\n' for index, text in enumerate(EXPRESSIONS))
    resources = resources_of(text)
    values = [resources[f"t.t{index}"].attributes.entries["v"] for index in range(len(EXPRESSIONS))]
    found = {}
    for expression, value in zip(EXPRESSIONS, values, strict=True):
        if isinstance(value, Failed):
            found[expression] = "ERR"
        elif isinstance(value, Encoded) or is_known(value):
            found[expression] = json_text(plain(value))
        else:
            found[expression] = f"not known: {value!r}"
    return found


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_the_value_is_terraforms(expression: str, answers: dict[str, str], ours: dict[str, str]) -> None:
    assert ours[expression] == answers[expression]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_familys_table_has_its_functions(family: str) -> None:
    missing = "a name in families.py needs its row in the TABLE of the family's module, and a row its name there"
    assert set(family_table(family)) == set(FAMILIES[family].split()), missing
