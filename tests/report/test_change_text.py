"""The text of a change: the verdict first, what is about the change, and the rest in one line."""

from __future__ import annotations

import pytest

from iacreview.model.delta import Deltas
from iacreview.model.finding import (
    Change,
    ChangedArgument,
    Finding,
    NewlySuppressed,
    NewlyUndecided,
    Report,
    ResourceName,
    Severity,
    Suppression,
    Undecided,
    UnreadChange,
)
from iacreview.model.source import Skipped, Source, Span
from iacreview.report import Context, render

SOURCE = Source("policies.tf", '# tfsec:ignore:x\n  "transform:*",\n')
STAR = Span(SOURCE, 19, 32)
OLDER = Suppression("tfsec", ("x",), "", "", Span(SOURCE, 2, 16), "used")
NAME = ResourceName("aws_iam_policy.sandbox", "aws_iam_policy", "iam.policy")
FINDING = Finding(
    "IAM002",
    "service-wildcard-action",
    "iam",
    Severity.MEDIUM,
    'Every action is allowed: "transform:*" is allowed on "*"',
    NAME,
    STAR,
    status="introduced",
    said='"transform:*" is allowed on "*"',
    changed=True,
    suppressed_by=OLDER.span,
)
CHANGE = Change("9f23ea9", "05f4aaf", Deltas())
OLD = FINDING._replace(status="unchanged", suppressed_by=None)
WHY = "suppressed by `tfsec:ignore:x` at policies.tf:1"


def shown(context: Context, change: Change = CHANGE, **parts: object) -> list[str]:
    return render(
        "text", Report((), files=8, units=1, resources=9, change=change)._replace(**parts), context
    ).splitlines()  # type: ignore[arg-type]


def test_a_change_that_introduces_nothing_is_two_lines(context: Context) -> None:
    verdict, tally = shown(
        context, findings=(OLD,), suppressed=((OLD, WHY),), suppressions=(OLDER._replace(state="unused"),)
    )
    assert (verdict.split(), len(verdict)) == (["Nothing", "introduced.", "9f23ea9", "->", "05f4aaf"], 100)
    assert tally == "8 files, 1 unit; 1 finding unchanged, 1 suppressed (--all lists them)"


@pytest.mark.parametrize(
    ("split", "merged", "said"),
    [(2, 0, "2 more than before by splits"), (1, 2, "1 more than before by splits, 2 less by merges")],
)
def test_what_was_split_and_merged_is_counted(context: Context, split: int, merged: int, said: str) -> None:
    *_, tally = shown(context, CHANGE._replace(split=split, merged=merged), findings=(OLD,))
    assert tally == f"8 files, 1 unit; 1 finding unchanged ({said}) (--all lists them)"


def test_what_an_older_suppression_covers_is_shown(context: Context) -> None:
    change = CHANGE._replace(newly_suppressed=(NewlySuppressed(FINDING, OLDER),))
    lines = shown(context, change, suppressed=((FINDING, WHY),))
    assert lines[0].startswith("Nothing introduced. 1 covered by an older suppression. ")
    assert lines[1:] == [
        "  IAM002 service-wildcard-action  policies.tf:2  aws_iam_policy.sandbox",
        '      2 +   "transform:*",',
        '      "transform:*" is allowed on "*"; suppressed by `tfsec:ignore:x` at line 1',
        "8 files, 1 unit",
    ]


def test_many_that_are_covered_are_mentioned(context: Context) -> None:
    change = CHANGE._replace(newly_suppressed=(NewlySuppressed(FINDING, OLDER),) * 5)
    lines = shown(context, change, suppressed=((FINDING, WHY),) * 5)
    assert lines[1] == "  policies.tf:2: medium IAM002 aws_iam_policy.sandbox; suppressed at policies.tf:1"
    assert lines[4:] == ["  ... and 2 more", "8 files, 1 unit"]


def test_what_is_introduced_comes_before_the_rest(context: Context) -> None:
    unclear = Undecided("NET001", NAME, "var.cidr has no default", STAR)
    change = CHANGE._replace(
        newly_undecided=(NewlyUndecided(unclear, "it was decided in the base"),),
        newly_skipped=(Skipped("a.yaml", "not a template"),),
    )
    new = OLDER._replace(new=True)
    text = "\n".join(
        shown(
            context,
            change,
            findings=(FINDING._replace(suppressed_by=None), OLD._replace(status="fixed")),
            undecided=(unclear,),
            skipped=(Skipped("a.yaml", "not a template"),),
            suppressions=(new,),
            suppressed=((FINDING, WHY),),
        )
    )
    parts = [
        "1 introduced (1 medium). 1 now undecided.",
        "  medium  IAM002 service-wildcard-action  policies.tf:2:3  aws_iam_policy.sandbox  [introduced]",
        "Now undecided: policies.tf:2: NET001 aws_iam_policy.sandbox: var.cidr has no default",
        "New suppressions: policies.tf:1: tfsec x, without a reason; it covers IAM002 aws_iam_policy.sandbox",
        "Now skipped: a.yaml: not a template",
        "Fixed: IAM002 aws_iam_policy.sandbox",
    ]
    places = [text.index(each) for each in parts]
    assert places == sorted(places)
    assert text.endswith("\n8 files, 1 unit")


def test_a_call_that_is_not_read_is_told_once(context: Context) -> None:
    call = UnreadChange("module.m", STAR, (ChangedArgument("source", '"a?ref=1"', '"a?ref=2"', True),))
    left_out = Skipped("policies.tf", "module source a?ref=2 is not in the tree", 2)
    lines = shown(context, CHANGE._replace(unread_modules=(call,), newly_skipped=(left_out,)), skipped=(left_out,))
    assert lines[1] == 'Not judged: policies.tf:2: module.m: source: "a?ref=1" -> "a?ref=2"'
    assert len(lines) == 3


@pytest.mark.parametrize("title", ["Unchanged", "Suppressed", "Undecided", "Skipped", "Suppressions to look at"])
def test_all_lists_what_stays_as_it_is(context: Context, title: str) -> None:
    parts: dict[str, object] = {
        "findings": (OLD,),
        "suppressed": ((OLD, WHY),),
        "undecided": (Undecided("NET001", NAME, "var.cidr has no default", STAR),),
        "skipped": (Skipped("a.yaml", "not a template"),),
        "suppressions": (OLDER._replace(state="expired"),),
    }
    assert title not in shown(context, **parts)
    lines = shown(context._replace(everything=True), **parts)
    assert title in lines
    assert "--all" not in "\n".join(lines)
