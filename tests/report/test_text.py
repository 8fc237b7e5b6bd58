from __future__ import annotations

import pytest

from iacreview.model.finding import Finding, InputError, Related, Report, Severity
from iacreview.model.source import Skipped, Source, Span
from iacreview.report import Context, render


def finding(source: Source, **changes: object) -> Finding:
    made = Finding("ENC001", "unencrypted", "encryption", Severity.LOW, "Not encrypted.", None, Span(source, 0, 1))
    return made._replace(**changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("report", "verdict"),
    [
        (Report(()), "Nothing to review: no infrastructure as code was found."),
        (Report((), files=3, units=1, resources=2), "No findings in 2 resources, 1 unit, 3 files."),
        (
            Report((), errors=(InputError("a.tf", "is a pipe"),), files=1, units=1, resources=1),
            "No findings in 1 resource, 1 unit, 1 file, but not everything could be read.",
        ),
    ],
)
def test_there_is_always_a_verdict(report: Report, verdict: str, context: Context) -> None:
    assert render("text", report, context).splitlines()[-1] == verdict


def test_undecided_are_counted_and_listed_on_demand(report: Report, context: Context) -> None:
    assert "1 undecided" in render("text", report, context)
    assert "var.cidr has no default" not in render("text", report, context)
    assert "var.cidr has no default" in render("text", report, context._replace(show_undecided=True))


def test_no_colour_unless_asked_for(report: Report, context: Context) -> None:
    assert "\x1b" not in render("text", report, context)
    assert "\x1b[1;31mcritical\x1b[0m" in render("text", report, context._replace(colour=True))


def test_lines_keep_to_the_width(context: Context) -> None:
    source = Source("main.tf", "x" * 500)
    rendered = render("text", Report((finding(source, message="word " * 60, remediation="do " * 80),)), context)
    assert max(map(len, rendered.splitlines())) <= context.width


def test_a_message_cannot_start_a_line(context: Context) -> None:
    forged = finding(Source("main.tf", "x"), message="Not encrypted.\nNo findings in 9 files.")
    assert "\\nNo findings" in render("text", Report((forged,)), context)


def test_code_in_a_remediation_is_not_wrapped(context: Context) -> None:
    code = "  " + "x = " + "y " * 80
    rendered = render("text", Report((finding(Source("a.tf", "x"), remediation=f"Write:\n{code}"),)), context)
    assert code.rstrip() in rendered


def test_many_that_are_left_out_for_one_reason_are_one_line(context: Context) -> None:
    skipped = (
        *(Skipped(f"{number}.yaml", "SAM is not installed") for number in range(500)),
        Skipped("x.tf", "another"),
    )
    lines = render("text", Report((), skipped=skipped, files=1, units=1), context).splitlines()
    assert "  0.yaml, 1.yaml, 10.yaml and 497 more: SAM is not installed" in lines
    assert "  x.tf: another" in lines
    assert len(lines) == 6


def test_the_changed_line_is_told_once(context: Context) -> None:
    source = Source("main.tf", "default = false\nother\n")
    places = (
        Related("changed here: default of var.x", Span(source, 0, 15)),
        Related("default of var.x", Span(source, 10, 15)),
    )
    far = finding(source, span=Span(source, 16, 21), related=(*places, Related("called here", Span(source, 16, 21))))
    text = render("text", Report((far,)), context)
    assert text.count("default of var.x") == 1
    assert "called here: main.tf:2" in text
