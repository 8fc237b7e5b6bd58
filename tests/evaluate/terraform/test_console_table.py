"""A large table of expressions with what `terraform console` (1.11) says of each: every operator and function over
values of every type, among them many that it refuses.

Left out, since we differ on purpose: fractions without an end (`1/3`) are 64-bit numbers here, and 512-bit ones there;
negative net numbers; `1 % 0`, `-0`; results of a condition or of `coalesce` with no common type where none of it is
written out; the style of `yamlencode` for texts of several lines; `%v` of numbers from 10 million on.

What OpenTofu alone has stands in a table of its own, with the examples of its documentation; `tofu console` is asked
where it is installed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from iacreview.evaluate.terraform.functions.families import FAMILIES
from iacreview.evaluate.terraform.jsontext import json_text
from iacreview.evaluate.terraform.values import is_known, plain
from iacreview.model.parts import walk
from iacreview.model.value import Encoded, Failed, Value
from tests.evaluate.terraform.support import resources_of


def table(name: str) -> dict[str, str]:
    answers: dict[str, str] = json.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))
    return answers


TABLE = table("console.json")
# The program that is asked, its table, and where in it a batch starts.
BATCH = 400
BATCHES = [
    *[("terraform", "console.json", start) for start in range(0, len(TABLE), BATCH)],
    ("tofu", "opentofu.json", 0),
]
CALLED = re.compile(r"([a-z][a-z0-9_:]*)\(")


def answer(value: Value) -> str:
    """A value as `try(jsonencode(...), "ERR")` gives it."""
    if any(isinstance(each, Failed) for each in walk(value)):
        return "ERR"
    if isinstance(value, Encoded) or is_known(value):
        return json_text(plain(value))
    return f"not known: {value!r}"


def test_the_table_is_large() -> None:
    assert len(TABLE) >= 1500
    assert sum(each == "ERR" for each in TABLE.values()) >= 300


def batch(name: str, start: int) -> dict[str, str]:
    return dict(list(table(name).items())[start : start + BATCH])


def told(name: str, given: dict[str, str], wanted: dict[str, str]) -> str:
    """The expressions that are answered in another way than their table has it."""
    other = [each for each in wanted if given[each] != wanted[each]]
    return "\n".join(f"{each}\n    ours: {given[each]}\n    {name}: {wanted[each]}" for each in other)


@pytest.mark.parametrize(("name", "start"), [each[1:] for each in BATCHES])
def test_our_answers(name: str, start: int) -> None:
    wanted = batch(name, start)
    text = "".join(f'resource "t" "t{at}" {{\n  v = {each}\n}}\n' for at, each in enumerate(wanted))
    resources = resources_of(text)
    ours = {each: answer(resources[f"t.t{at}"].attributes.entries["v"]) for at, each in enumerate(wanted)}
    if wrong := told(name, ours, wanted):
        pytest.fail(wrong, pytrace=False)


def test_another_answer_is_told_with_ours() -> None:
    ours, wanted = {"1 + 1": "3", "2": "2"}, {"1 + 1": "2", "2": "2"}
    assert told("console.json", ours, wanted) == "1 + 1\n    ours: 3\n    console.json: 2"


@pytest.mark.parametrize(("program", "name", "start"), BATCHES)
def test_the_programs_answers(program: str, name: str, start: int, tmp_path: Path) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    wanted = batch(name, start)
    asked = ",".join(f'try(jsonencode({each}),"ERR")' for each in wanted)
    done = subprocess.run(
        [str(shutil.which(program)), "console"],
        input=f"jsonencode([{asked}])\n",
        capture_output=True,
        text=True,
        env={
            "PATH": os.environ["PATH"],
            "TF_CLI_CONFIG_FILE": os.devnull,
            "CHECKPOINT_DISABLE": "1",
            "HOME": str(tmp_path),
        },
        cwd=tmp_path,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    theirs = dict(zip(wanted, json.loads(json.loads(done.stdout)), strict=True))
    assert theirs == wanted


# What they answer depends on files, on the run, or is no text that could be compared: test_root.py asks them.
NOT_IN_A_TABLE = """
    abspath file filebase64 filebase64sha256 filebase64sha512 fileexists filemd5 fileset filesha1 filesha256 filesha512
    templatefile templatestring bcrypt plantimestamp rsadecrypt timestamp uuid
    ephemeralasnull issensitive sensitive type list
    provider::aws::arn_build provider::aws::arn_parse provider::aws::trim_iam_role_path
"""


def test_every_function_is_asked() -> None:
    lines = (Path(__file__).parent / "expressions.txt").read_text(encoding="utf-8").splitlines()
    texts = (*TABLE, *table("opentofu.json"), *lines)
    asked = {name for text in texts for name in CALLED.findall(text)} | set(NOT_IN_A_TABLE.split())
    ours = {name for family in FAMILIES.values() for name in family.split()}
    assert ours - asked == set(), (
        "write expressions with them, and what `terraform console` prints, into console.json; "
        "of those that OpenTofu alone has, into opentofu.json"
    )


def test_what_stands_in_no_table_is_asked_elsewhere() -> None:
    text = (Path(__file__).parent / "test_root.py").read_text(encoding="utf-8")
    assert set(NOT_IN_A_TABLE.split()) - set(CALLED.findall(text)) == set()


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed")
def test_every_function_of_terraform_is_known(tmp_path: Path) -> None:
    command = [str(shutil.which("terraform")), "metadata", "functions", "-json"]
    environment = {"PATH": os.environ["PATH"], "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path, env=environment)
    names = {name.removeprefix("core::") for name in json.loads(done.stdout)["function_signatures"]}
    ours = {name for family in FAMILIES.values() for name in family.split()}
    assert len(names) > 100
    # `provider::terraform::...` come from a provider, and `type` is the console's own.
    assert {name for name in names if "::" not in name} - ours - {"type"} == set()
