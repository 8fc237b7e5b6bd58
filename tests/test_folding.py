"""What a plan and its configuration both say counts once, in the configuration's words."""

from __future__ import annotations

from iacreview.folding import folded
from iacreview.model.finding import Finding, Report, ResourceName, Severity, Undecided
from iacreview.model.source import Source, Span

SPAN = Span(Source("infra/main.tf", "x" * 20), 3, 9)
NAME = ResourceName("aws_s3_bucket.b", "aws_s3_bucket", "s3.bucket")


def finding(unit: str, message: str, property: str = "encryption") -> Finding:
    made = Finding("ENC001", "unencrypted", "encryption", Severity.LOW, message, NAME, SPAN)
    return made._replace(property=property, units=(unit,))


def test_nothing_changes_without_a_plan() -> None:
    report = Report((finding("infra", "a"), finding("plan.json", "b")))
    assert folded(report, {}) is report


def test_the_same_place_and_property_is_one_finding() -> None:
    report = Report((finding("plan.json", "with values"), finding("infra", "as written")))
    (found,) = folded(report, {"plan.json": "infra"}).findings
    assert (found.message, found.units) == ("as written", ("infra", "plan.json"))


def test_what_only_the_plan_says_stays() -> None:
    other = finding("plan.json", "more", "versioning")
    elsewhere = finding("other.json", "of another configuration")
    report = Report((finding("infra", "as written"), other, elsewhere))
    plans = {"plan.json": "infra", "other.json": "infra2"}
    assert folded(report, plans).findings == (finding("infra", "as written"), other, elsewhere)


def test_a_question_is_the_configurations() -> None:
    def asked(unit: str, reason: str) -> Undecided:
        return Undecided("ENC001", NAME, reason, SPAN, (unit,))

    own, planned = asked("infra", "var.x has no default"), asked("plan.json", "known after apply")
    assert folded(Report((), (planned, own)), {"plan.json": "infra"}).undecided == (own,)
    assert folded(Report((), (planned,)), {"plan.json": "infra"}).undecided == (planned,)
