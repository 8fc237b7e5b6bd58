"""Files with values that nothing loads by itself: judged as variants where the settings name them, else named."""

from __future__ import annotations

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.model.finding import Report
from iacreview.options import Options
from iacreview.pipeline import check
from iacreview.review.comparison import compare
from iacreview.review.sides import Side
from tests.trees import MemoryTree

RULES = [rule for rule in load_rules() if rule.code == "ENC001"]
FILES = {
    "infra/main.tf": 'variable "on" { default = true }\nvariable "more" { default = true }\n'
    'resource "aws_ebs_volume" "v" {\n  encrypted = var.on\n}\nresource "aws_ebs_volume" "w" {\n  encrypted = var.more\n}\n',
    "infra/env/prod.tfvars": "on = false\n",
    "infra/env/dev.tfvars.json": '{"on": false, "more": false}',
    "infra/env/test.tfvars": "on = true\n",
    "infra/terraform.tfvars": "",
}


def options(*variants: str) -> Options:
    return Options(RULES, load_catalog(), variants=variants)


def found(report: Report) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.resource.address, each.units) for each in report.findings if each.resource is not None]


def test_each_variant_is_judged_and_named() -> None:
    report = check(MemoryTree(FILES), (), options("infra/env/*"))
    both = ("infra/env/dev.tfvars.json", "infra/env/prod.tfvars")
    assert found(report) == [("aws_ebs_volume.v", both), ("aws_ebs_volume.w", both[:1])]
    assert report.findings[0].message.endswith("(with infra/env/dev.tfvars.json, infra/env/prod.tfvars)")
    assert report.skipped == ()


def test_what_the_root_has_too_is_said_of_it() -> None:
    files = {**FILES, "infra/terraform.tfvars": "on = false\n"}
    report = check(MemoryTree(files), (), options("infra/env/prod.tfvars"))
    assert found(report) == [("aws_ebs_volume.v", ("infra", "infra/env/prod.tfvars"))]
    assert "(with" not in report.findings[0].message


def test_without_the_setting_they_are_named() -> None:
    report = check(MemoryTree(FILES), (), options())
    assert report.findings == ()
    assert [each.path for each in report.skipped] == sorted(path for path in FILES if "/env/" in path)


@pytest.mark.parametrize(
    ("path", "text", "status"),
    [
        ("infra/env/test.tfvars", "on = false\n", "introduced"),
        ("infra/env/prod.tfvars", "on = true\n", "fixed"),
        ("infra/main.tf", FILES["infra/main.tf"].replace("var.on", "true"), "fixed"),
    ],
)
def test_a_change_of_a_variant(path: str, text: str, status: str) -> None:
    base = Side(MemoryTree({**FILES, "infra/env/dev.tfvars.json": "{}"}), "base")
    head = Side(MemoryTree({**FILES, "infra/env/dev.tfvars.json": "{}", path: text}), "head")
    report = compare(base, head, {path}, (), options("infra/env/*"))
    assert {each.status for each in report.findings} - {"unchanged"} == {status}


def test_a_change_of_what_is_not_a_variant_is_named() -> None:
    path = "infra/env/prod.tfvars"
    base, head = Side(MemoryTree({**FILES, path: ""}), "base"), Side(MemoryTree(FILES), "head")
    report = compare(base, head, {path}, (), options())
    assert [each.path for each in report.skipped] == [path]
