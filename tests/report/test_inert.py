"""What a hostile project can do to those who read a report: hide findings, link, or command the CI runner."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from iacreview.model.finding import (
    Finding,
    InputError,
    Protection,
    Related,
    Report,
    ResourceName,
    Severity,
    Suppression,
)
from iacreview.model.source import Source, Span
from iacreview.report import FORMATS, Context, render
from iacreview.report.escape import clean, csv_field, markdown_text, without_commands
from iacreview.report.markdown import MOST

MARKDOWN = MarkdownIt("commonmark").enable("table")
# GitHub links these in text; `www.` and the schemes at a word's start or after one of `*_~(` (GFM, "Autolinks").
AUTOLINK = re.compile(
    r"(?:^|[\s*_~(])(?:www\.|https?://|ftp://)|@\w|#\d|\bGH-\d|\b[0-9a-f]{7,40}\b|:[a-z0-9_+-]+:",
    re.IGNORECASE,
)
WORST = "@ " * 20_000
SOURCE = Source("main.tf", "a = 1\n")
HERE = Span(SOURCE, 0, 1)
COMMANDS = f"{'a ' * 44}::stop-commands::t {'b ' * 40}::Add-Mask::f ##[add-mask]x"


def outside_code(text: str) -> str:
    """The text nodes of a Markdown text, those of code left out."""
    found = [child for token in MARKDOWN.parse(text) for child in token.children or ()]
    return "\n".join(child.content for child in found if child.type == "text")


@pytest.mark.parametrize(
    "text",
    [
        "(www.evil.example",
        "a(www.evil.example",
        "WWW.evil.example",
        "http://evil.example",
        "(GH-12)",
        "a;gh-12",
        "(deadbeef12)",
        "x=deadbeefcafe",
        "a:octocat:",
        "a@evil.example",
        "(@team)",
        "owner/name#1",
    ],
)
def test_github_makes_no_link_of_a_word(text: str) -> None:
    assert AUTOLINK.search(text)
    assert not AUTOLINK.search(outside_code(markdown_text(f"x {text} y")))


@given(st.text(st.sampled_from("wW.(:;ghGH-12@#/=ade0'*_~ "), max_size=40))
def test_no_text_has_a_link(text: str) -> None:
    assert not AUTOLINK.search(outside_code(markdown_text(text)))


@pytest.mark.parametrize("message", ["=", "-", "- x", "1. x", "1) x", "---", "# x", "> x", "+ x", "- - -"])
def test_a_message_is_a_paragraph(message: str, context: Context) -> None:
    def kinds(text: str) -> list[str]:
        report = Report((_finding(message=text),))
        return [token.type for token in MARKDOWN.parse(render("markdown", report, context))]

    assert kinds(message) == kinds("plain")


def _finding(**changes: object) -> Finding:
    made = Finding("ENC001", "unencrypted", "encryption", Severity.HIGH, "Not encrypted.", None, HERE)
    return made._replace(**changes)  # type: ignore[arg-type]


def flooded(report: Report) -> Report:
    """A report in which everything that comes before a finding is as long and as often as it may be."""
    assert report.change is not None
    many = range(500)
    name = ResourceName(WORST, "t", "k")
    place = Span(Source(f"{WORST}.tf", "a\n"), 0, 1)
    change = report.change._replace(
        base=WORST, head=WORST, protection_removed=tuple(Protection(name, WORST, place) for _ in many)
    )
    settings = tuple(_finding(rule="CFG001", message=WORST, span=place, status="introduced") for _ in many)
    large = _finding(message=WORST, span=place, resource=name, status="introduced", remediation=WORST)
    return report._replace(
        findings=(*report.findings, *settings, large._replace(related=(Related(WORST, place),) * 500)),
        suppressions=tuple(Suppression("checkov", (WORST,), WORST, "", place, "used", True) for _ in many),
        errors=tuple(InputError(WORST, WORST, WORST) for _ in many),
        change=change,
    )


def test_nothing_pushes_a_finding_out_of_the_markdown(reviewed: Report, context: Context) -> None:
    text = render("markdown", flooded(reviewed), context)
    assert len(text) <= MOST
    shown = re.findall(r"^\*\*(\w+)\*\* (\w+)", text, re.MULTILINE)
    assert {("critical", "NET001"), ("high", "ENC001"), ("low", "NET001"), ("critical", "SEC001")} <= set(shown)
    assert "- and 490 more" in text


def test_what_does_not_fit_is_counted_and_the_rest_stands(reviewed: Report, context: Context) -> None:
    large = [_finding(message=f"{number} {WORST}", status="introduced", remediation=WORST) for number in range(100)]
    text = render("markdown", reviewed._replace(findings=(*reviewed.findings, *large)), context)
    shown = len(re.findall(r"^\*\*\w+\*\* ", text, re.MULTILINE))
    (left,) = re.findall(r"too long for a comment: (\d+) findings", text)
    assert shown + int(left) == 104  # all that count but the changed settings, which stand above
    assert "### Worsened" in text
    assert "SEC001" in text


@pytest.mark.parametrize("format", FORMATS)
def test_the_ci_runner_finds_no_command_in_the_text_of_a_project(
    format: str, reviewed: Report, context: Context
) -> None:
    source = Source("main.tf", f"::stop-commands::t ##[add-mask]x 鍵 {COMMANDS}\n")
    finding = _finding(
        message=COMMANDS,
        span=Span(source, 0, 2),
        resource=ResourceName(COMMANDS, "t", "k"),
        related=(Related(COMMANDS, Span(source, 0, 1)),),
        remediation=f"{COMMANDS}\n  {COMMANDS}\n\n::error::x\n  ::error::x",
        status="introduced",
    )
    report = reviewed._replace(
        findings=(finding, finding._replace(status="fixed"), finding._replace(status="unchanged")),
        suppressed=((finding, COMMANDS),),
        suppressions=(Suppression("iacreview", (COMMANDS,), COMMANDS, "", HERE, "expired", True),),
        errors=(InputError(COMMANDS, COMMANDS, COMMANDS),),
    )
    for width in range(40, 140, 7):
        rendered = render(format, report, context._replace(width=width, show_undecided=True))
        own = r"::(?:error|warning|notice) file=" if format == "github" else r"$^"
        for line in rendered.split("\n"):
            assert "##[" not in line
            assert re.match(own, line) or not re.match(r"\s*::[A-Za-z]", line)


def test_addresses_of_ipv6_and_types_stay_as_they_are() -> None:
    assert without_commands("  ::/0\nAWS::S3::Bucket ::error::\n") == "  ::/0\nAWS::S3::Bucket ::error::\n"
    assert without_commands("a\n\u00a0::error::x") == "a\n\u00a0\\x3a:error::x"
    assert clean("###[x] ##x #[") == "#\\x23#[x] ##x #["


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_no_field_is_a_formula(sign: str) -> None:
    assert csv_field(f"{sign}1+1") == f"'{sign}1+1"


def test_a_run_in_which_all_is_suppressed_passes(report: Report, context: Context) -> None:
    root = ElementTree.fromstring(render("junit", report._replace(findings=(), errors=()), context))
    assert [case.get("name") for case in root.iter("testcase") if len(case) == 0] == ["1 resource reviewed"]
    assert root.get("skipped") == "1"


def test_the_verdict_on_a_change_says_that_not_everything_was_read(reviewed: Report, context: Context) -> None:
    verdict = render("text", reviewed._replace(findings=()), context).splitlines()[0]
    assert verdict.startswith("Nothing introduced, but not everything could be read. ")
