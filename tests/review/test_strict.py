"""In the default profile, a change does not make true without a word what only the strict profile finds.

`python -m tests.review.test_strict` tries a bad resource of every such row in the place of a good one.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from iacreview.commands.project import project_of
from iacreview.commands.wishes import Wishes, options_for
from iacreview.model.finding import Change, Report
from iacreview.options import Options
from iacreview.pipeline import check
from iacreview.report.changes import strict_texts
from iacreview.review.comparison import compare
from iacreview.review.sides import Side
from tests.review.transforms import top_blocks
from tests.trees import MemoryTree

FIXTURES = Path(__file__).parent.parent / "fixtures"
SOME = ("LOG006", "OPS005")


@cache
def options(profile: str = "default") -> Options:
    return options_for(project_of(MemoryTree({}), ".", ()), Wishes(profile=profile))


def changed(base: str, head: str, profile: str = "default") -> Report:
    sides = Side(MemoryTree({"main.tf": base}), "base"), Side(MemoryTree({"main.tf": head}), "head")
    return compare(*sides, {"main.tf"}, (), options(profile))


def strict(base: str, head: str, profile: str = "default") -> list[tuple[str, str, bool]]:
    change = changed(base, head, profile).change
    assert change is not None
    return [(each.finding.rule, each.finding.resource.address, each.new) for each in change.strict if each.finding.resource]  # fmt: skip


BALANCER = """
resource "aws_lb" "web" {{
  name     = "web"
  internal = {internal}
  subnets  = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
{more}
}}
"""
INSIDE, OUTSIDE = BALANCER.format(internal="true", more=""), BALANCER.format(internal="false", more="")
OPEN = ("NET004", "aws_lb.web", False)


def test_what_was_there_is_told() -> None:
    assert OPEN in strict(INSIDE, OUTSIDE)


def test_so_is_what_rules_say_of_whatever_kind() -> None:
    function = (
        'variable "password" {}\nresource "aws_lambda_function" "f" {\n  environment {\n    variables = {%s}\n  }\n}\n'
    )
    found = strict(function % "", function % "DB_PASSWORD = var.password")
    assert ("SEC006", "aws_lambda_function.f", False) in found


def test_what_was_so_is_not() -> None:
    assert strict(OUTSIDE, OUTSIDE.replace('name     = "web"', 'name = "shop"')) == []
    assert OPEN not in strict(OUTSIDE, INSIDE)


def test_another_name_makes_nothing_true() -> None:
    moved = "moved {\n  from = aws_lb.web\n  to = aws_lb.shop\n}\n" + OUTSIDE.replace(
        '"aws_lb" "web"', '"aws_lb" "shop"'
    )
    assert strict(OUTSIDE, moved) == []


def test_what_is_new_is_told_as_that() -> None:
    assert (*OPEN[:2], True) in strict("", OUTSIDE)


def test_the_strict_profile_has_it_among_its_findings() -> None:
    assert strict(INSIDE, OUTSIDE, "strict") == []
    found = changed(INSIDE, OUTSIDE, "strict").findings
    assert [each.status for each in found if each.rule == "NET004"] == ["introduced"]


def test_a_suppression_holds_for_it_as_well() -> None:
    comment = '  # iacreview:ignore NET004 reason="the shop is for everyone"\n  internal = false'
    assert OPEN not in strict(INSIDE, OUTSIDE.replace("  internal = false", comment))


def test_it_fails_nothing_and_is_written_in_a_line_each() -> None:
    report = changed(INSIDE, OUTSIDE)
    assert not [each for each in report.findings if each.status == "introduced"]
    assert report.change is not None
    [line] = [text for text in strict_texts(report.change) if "NET004" in text]
    assert line.startswith("main.tf:4: NET004 aws_lb.web: ")


def test_of_what_is_new_only_the_number_is_written() -> None:
    change = changed("", OUTSIDE).change
    assert change is not None
    assert strict_texts(change) == ["1 finding about what is new"]


def worse(rule: str) -> Iterator[tuple[str, str, str]]:
    """Each bad resource of which only the strict profile tells, with good ones of its type in its place: the address,
    the good file and the bad one.
    """
    bad, good = ((FIXTURES / rule / f"{name}.tf").read_text(encoding="utf-8") for name in ("bad", "good"))
    found = [
        {(each.rule, each.resource, each.span.start) for each in check(MemoryTree({"main.tf": bad}), (), one).findings}
        for one in (options("strict"), options())
    ]
    only = {resource.address for code, resource, _ in found[0] - found[1] if code == rule and resource is not None}
    models = top_blocks("main.tf", good)
    for block, text in top_blocks("main.tf", bad):
        address = ".".join(label.text for label in block.labels)
        if address in only:
            for model, other in models:
                if [label.text for label in model.labels][:1] == [block.labels[0].text]:
                    name = f'"{model.labels[1].text}"'
                    yield address, bad.replace(text, other.replace(name, f'"{block.labels[1].text}"', 1)), bad


def silent(rule: str) -> list[str]:
    """What passes without a word, though it is worse."""
    return [
        address for address, base, head in worse(rule) if not told(changed(base, head)) and is_worse(rule, base, head)
    ]


def told(report: Report) -> bool:
    assert report.change is not None
    beside = Change("", "", report.change.deltas._replace())
    return (
        any(each.status != "unchanged" for each in report.findings)
        or report.change._replace(base="", head="") != beside
    )


def is_worse(rule: str, base: str, head: str) -> bool:
    found = changed(base, head, "strict").findings
    return any(each.rule == rule and each.status in ("introduced", "worsened") for each in found)


@pytest.mark.parametrize("rule", SOME)
def test_nothing_worse_passes_without_a_word(rule: str) -> None:
    assert silent(rule) == []


if __name__ == "__main__":
    for path in sorted(FIXTURES.glob("*/good.tf")):
        print(path.parent.name, silent(path.parent.name), flush=True)
