"""The state of a control, by what speaks for it, against it, and what nobody knows; and how reports say so."""

from __future__ import annotations

import pytest

from iacreview.controls.assessment import Gathered, assessed
from iacreview.controls.framework import Control, Framework
from iacreview.model.control import (
    CONTRADICTED,
    ELSEWHERE,
    NOT_IN_CODE,
    NOTHING_HERE,
    PARTLY,
    SHOWN,
    UNDECIDED,
    Assessment,
    Evidence,
)
from iacreview.model.finding import Finding, Report, ResourceName, Severity, Undecided
from iacreview.model.source import Source, Span
from iacreview.report.controls.words import place, standing_for, together

SPAN = Span(Source("main.tf", "\nencrypted = true\n"), 1, 10)
VOLUME = ResourceName("aws_ebs_volume.a", "aws_ebs_volume", "ec2.volume")
OTHER = ResourceName("aws_ebs_volume.b", "aws_ebs_volume", "ec2.volume")
CONTROL = Control("E1", "Encrypt", rules=("ENC001",), protections=("trail",), kinds=("ec2.*",))


def speaks(resource: ResourceName = VOLUME, by: str = "ENC001", said: str = "it is encrypted") -> Evidence:
    return Evidence(by, resource, said, SPAN)


def finding(resource: ResourceName) -> Finding:
    return Finding("ENC001", "unencrypted-at-rest", "encryption", Severity.HIGH, "it is not", resource, SPAN)


def assess(
    control: Control = CONTROL,
    shown: tuple[Evidence, ...] = (),
    findings: tuple[Finding, ...] = (),
    undecided: tuple[Undecided, ...] = (),
    elsewhere: tuple[str, ...] = (),
) -> Assessment:
    known = Gathered(shown, Report(findings, undecided), (), elsewhere)
    (found,) = assessed(Framework("house", "House", "", "", (control,)), known)
    return found


DOUBT = Undecided("ENC001", VOLUME, "var.on has no default", SPAN)


@pytest.mark.parametrize(
    ("known", "state"),
    [
        ({}, NOTHING_HERE),
        ({"shown": (speaks(),)}, SHOWN),
        ({"findings": (finding(VOLUME),)}, CONTRADICTED),
        ({"undecided": (DOUBT,)}, UNDECIDED),
        ({"shown": (speaks(OTHER),), "findings": (finding(VOLUME),)}, PARTLY),
        ({"shown": (speaks(OTHER),), "undecided": (DOUBT,)}, PARTLY),
        # What a rule says of one resource and against it is not shown.
        ({"shown": (speaks(),), "findings": (finding(VOLUME),)}, CONTRADICTED),
        # Evidence of other rules, and of resources that it is not about, is none.
        ({"shown": (speaks(by="ENC002"),)}, NOTHING_HERE),
        ({"shown": (speaks(ResourceName("aws_s3_bucket.b", "aws_s3_bucket", "s3.bucket")),)}, NOTHING_HERE),
        ({"control": CONTROL._replace(outside="people do it")}, NOT_IN_CODE),
        ({"control": CONTROL._replace(topics=("patching",)), "elsewhere": ("patching",)}, ELSEWHERE),
        ({"control": CONTROL._replace(topics=("patching",)), "elsewhere": ("logging",)}, NOTHING_HERE),
    ],
)
def test_state(known: dict[str, object], state: str) -> None:
    assert assess(**known).state == state  # type: ignore[arg-type]


def test_of_one_rule_and_resource_what_names_a_value_is_shown() -> None:
    named = speaks(said="`encrypted` is true")
    assert assess(shown=(speaks(), named)).shown == (named,)


def test_why_nothing_is_here() -> None:
    assert assess().why == ""
    assert assess(Control("E2", "Lock doors")).why == "no rule or protection stands for it"


def test_words() -> None:
    assert place(speaks()) == "main.tf:2"
    assert standing_for(assess()) == "rules: ENC001; protections: trail"
    (one,) = together([speaks(), speaks(by="ENC004")])
    assert one.by == "ENC001, ENC004"
