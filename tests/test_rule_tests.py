"""`iacreview test-rules` and `iacreview kinds`, as a user meets them."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Runner
from tests.engine.test_own_rules import HEAD, TYPES

BAD = 'resource "aws_instance" "a" {\n  instance_type = "m5.large" # expect: ACME001 "m5.large"\n}\n'
CASES = {
    "ACME001.yaml": HEAD + TYPES,
    "ACME001/bad.tf": BAD,
    "ACME001/good.tf": 'resource "aws_instance" "a" {\n  instance_type = "t3.micro"\n}\n',
    "ACME001/unknown.tf": 'variable "t" {}\nresource "aws_instance" "a" {\n  instance_type = var.t\n}\n',
    "ACME001/module/main.tf": 'module "m" {\n  source = "./m"\n}\n',
    "ACME001/module/m/main.tf": BAD,
}


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_examples_that_are_as_expected(tmp_path: Path, iacreview: Runner) -> None:
    write(tmp_path, CASES)
    done = iacreview(tmp_path, "test-rules", ".")
    assert (done.status, done.out) == (0, "ACME001: 4 as expected\n1 rule, 4 examples, 0 rules failed\n")


def test_what_differs_is_told_with_its_place(tmp_path: Path, iacreview: Runner) -> None:
    good, unknown = CASES["ACME001/good.tf"], CASES["ACME001/unknown.tf"]
    changed = {
        "ACME001/bad.tf": BAD.replace('"m5.large" #', '"t3.micro" #'),
        "ACME001/good.tf": good.replace("t3.micro", "m5.large"),
        "ACME001/unknown.tf": unknown.replace("var.t", '"t3.micro"'),
        "ACME001/module/m/main.tf": BAD.replace('"m5.large"\n', '"another"\n'),
    }
    write(
        tmp_path,
        {**CASES, **changed, "ACME002.yaml": (HEAD + TYPES).replace("ACME001", "ACME002").replace("house-rule", "b")},
    )
    done = iacreview(tmp_path, "test-rules", ".")
    assert done.status == 1
    for line in (
        "ACME001/bad.tf:2: ACME001 is expected, and not found",
        "ACME001/good.tf:2: ACME001 is found, and not expected: Not as we do it: ",
        "ACME001/unknown.tf: ACME001 leaves nothing undecided",
        'ACME001/module/m/main.tf:2: the message has no "another": ',
        "there is no ACME002/bad.* to find",
        "2 rules, 4 examples, 2 rules failed",
    ):
        assert line in done.out


def test_there_must_be_rules(tmp_path: Path, iacreview: Runner) -> None:
    assert "there is no directory" in iacreview(tmp_path, "test-rules", "nowhere").err
    assert "there are no rules of your own" in iacreview(tmp_path, "test-rules", ".").err


def test_kinds(tmp_path: Path, iacreview: Runner) -> None:
    listed = iacreview(tmp_path, "kinds").out
    assert "rds.instance" in listed
    assert listed.splitlines()[-1].endswith(" kinds")
    for name in ("rds.instance", "aws_db_instance", "AWS::RDS::DBInstance"):
        page = iacreview(tmp_path, "kinds", name).out
        assert page.startswith("rds.instance: ")
        assert "  CloudFormation: StorageEncrypted, default false\n" in page
    done = iacreview(tmp_path, "kinds", "aws_db_instanc")
    assert (done.status, "Did you mean `aws_db_instance`?" in done.err) == (2, True)
