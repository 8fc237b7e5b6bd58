"""`iacreview check plan.json`, as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.evaluate.plan.support import text_of
from tests.evaluate.plan.test_findings import FILES, SECRET, database, shop
from tests.repositories import Runner


def written(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_a_plan_alone(tmp_path: Path, iacreview: Runner) -> None:
    written(tmp_path, {"plan.json": text_of(shop())})
    done = iacreview(tmp_path, "check", "plan.json", "--format", "json")
    assert done.status == 1
    assert done.err == ""
    found = json.loads(done.out)
    assert {each["location"]["path"] for each in found["findings"]} == {"plan.json"}
    assert {"ENC001", "NET001"} <= {each["rule"] for each in found["findings"]}


def test_a_plan_beside_its_files(tmp_path: Path, iacreview: Runner) -> None:
    """The comment in the files suppresses what the plan says of that block."""
    comment = "# iacreview:ignore NET001 reason=bastion\n"
    main = FILES["main.tf"].replace('resource "aws_security_group"', comment + 'resource "aws_security_group"')
    assert main != FILES["main.tf"]
    written(tmp_path, {**FILES, "main.tf": main, "plan.json": text_of(shop())})
    found = json.loads(iacreview(tmp_path, "check", "plan.json", "--format", "json").out)
    assert {each["location"]["path"] for each in found["findings"]} == {"main.tf", "db/main.tf"}
    assert "NET001" not in {each["rule"] for each in found["findings"]}
    assert "NET001" in {each["rule"] for each in found["suppressed"]}


@pytest.mark.parametrize(
    "expression", [{"references": ["var.password"]}, {"constant_value": SECRET}], ids=["var", "literal"]
)
@pytest.mark.parametrize("marked", [True, False], ids=["marked", "unmarked"])
@pytest.mark.parametrize("format", ["text", "json", "sarif", "markdown", "github", "gitlab", "junit", "csv"])
def test_no_format_shows_a_secret(
    tmp_path: Path, iacreview: Runner, expression: dict[str, str], format: str, marked: bool
) -> None:
    plan = database(expression, marked, variables={"password": {"sensitive": True}})
    written(tmp_path, {"plan.json": text_of(plan)})
    done = iacreview(tmp_path, "check", "plan.json", "--format", format)
    assert done.status == 1
    assert "aws_db_instance.d" in done.out
    assert SECRET not in done.out + done.err


def test_a_plan_that_breaks_off(tmp_path: Path, iacreview: Runner) -> None:
    written(tmp_path, {"plan.json": text_of(database({"constant_value": SECRET}))[:-20]})
    done = iacreview(tmp_path, "check", "plan.json")
    assert done.status == 1
    assert "SYN001" in done.out
    assert SECRET not in done.out
