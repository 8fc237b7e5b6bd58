"""Text of a reviewed project is inert in every format: no command, no markup, no formula."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from iacreview.commands.schema import schema as run_schema
from iacreview.model.finding import Finding, Report, Severity
from iacreview.model.source import Source, Span
from iacreview.report import FORMATS, Context, render
from iacreview.report.changes import fix_line
from iacreview.report.csv_table import COLUMNS
from iacreview.report.escape import command_data, command_property, csv_field, markdown_code, markdown_text, xml_text
from iacreview.report.markdown import MOST
from iacreview.report.statistics import statistics

SCHEMA = Path(__file__).parent.parent / "data" / "sarif-schema-2.1.0.json"
LIST = Source("list.tf", "-x\n")
MARKDOWN = MarkdownIt("commonmark").enable("table")
COMMAND = re.compile(r"::(error|warning|notice) ((?:file|line|endLine|col|endColumn|title)=[^:]*,?)*::.*")


class TestGitHub:
    def test_every_line_is_a_command_or_the_totals(self, reviewed: Report, context: Context) -> None:
        *commands, totals = render("github", reviewed, context).rstrip("\n").split("\n")
        assert all(COMMAND.fullmatch(line) for line in commands)
        assert totals.startswith("iacreview: 4 introduced and 1 worsened")

    def test_the_worst_comes_first_and_the_fixed_not_at_all(self, reviewed: Report, context: Context) -> None:
        text = render("github", reviewed, context)
        assert text.index("(critical)") < text.index("(high)") < text.index("(low)") < text.index("(info)")
        assert "SYN001" not in text

    def test_columns_are_for_one_line_only(self, report: Report, context: Context) -> None:
        (line,) = [each for each in render("github", report, context).split("\n") if "IAM001" in each]
        assert "line=6,endLine=8,title=" in line

    @given(st.text())
    def test_escapes(self, text: str) -> None:
        assert not set(command_data(text)) & set("\r\n")
        assert not set(command_property(text)) & set("\r\n:,")


OUTSIDE = {
    "text": "= the resource itself: main.tf:5",
    "json": '"location": {"path": "main.tf", "start": {"line": 5,',
    "sarif": '"the resource itself"',
    "github": "%0Athe resource itself: main.tf:5",
    "gitlab": ".aws_iam_policy.p (main.tf:5): ",
    "junit": "\nthe resource itself: main.tf:5",
    "markdown": "- the resource itself: `main.tf:5`",
    "csv": ",main.tf,5\n",
    "rdjson": '"the resource itself"',
}


# What a format says where there is nothing to say.
NOTHING = {
    "text": "No findings in 2 resources",
    "json": '"findings": []',
    "sarif": '"results": []',
    "github": "iacreview: 0 findings in 2 resources; ",
    "gitlab": "[]\n",
    "junit": 'name="2 resources reviewed"',
    "markdown": "## iacreview: 0 findings\n",
    "csv": ",".join(COLUMNS) + "\n",
    "rdjson": '"diagnostics": []',
}


@pytest.mark.parametrize(("name", "said"), [("OUTSIDE", OUTSIDE), ("NOTHING", NOTHING)])
def test_every_format_is_asked(name: str, said: dict[str, str]) -> None:
    assert set(said) == set(FORMATS), f"write into {name} of tests/report/test_formats.py what the format says"


@pytest.mark.parametrize("name", ["README.md", "docs/review.md"])
def test_the_documentation_names_every_format(name: str) -> None:
    text = (Path(__file__).parents[2] / name).read_text(encoding="utf-8")
    paragraph = next(each for each in text.split("\n\n") if "rdjson" in each)
    assert set(FORMATS) - set(re.findall(r"\w+", paragraph)) == set(), f"name it in {name}"


@pytest.mark.parametrize(("format", "said"), NOTHING.items())
def test_nothing_to_say(format: str, said: str, context: Context) -> None:
    assert said in render(format, Report((), files=3, units=1, resources=2), context)


@pytest.mark.parametrize(("format", "said"), OUTSIDE.items())
def test_the_resource_has_its_own_place(report: Report, context: Context, format: str, said: str) -> None:
    policy = next(each for each in report.findings if each.rule == "IAM001")
    block = policy.span._replace(start=policy.span.source.text.index('resource "aws_iam_policy"'))
    within, outside = policy._replace(blocks=(block,)), policy._replace(blocks=(block,), span=Span(LIST, 0, 2))
    found = [render(format, report._replace(findings=(each,), errors=()), context) for each in (within, outside)]
    assert said in found[1]
    assert said not in found[0] or format in ("json", "csv")


@pytest.mark.parametrize(
    ("remediation", "line"),
    [
        ("set `a = b`", "set `a = b`"),
        ("set it:\n\n  a = b\n \nThen wait\nfor it.\n", "set it: a = b. Then wait for it."),
        ("one.\n\ntwo", "one. two"),
    ],
)
def test_a_fix_of_several_paragraphs_is_a_line_of_sentences(remediation: str, line: str) -> None:
    assert fix_line(remediation) == line


@pytest.mark.parametrize("format", sorted({*FORMATS} - {"json"}))
def test_what_to_do_about_a_file_is_told_apart(format: str, report: Report, context: Context) -> None:
    assert "is larger than 20 MiB (" in render(format, report, context).replace("`", "")


class TestGitLab:
    def test_fingerprints_are_unique(self, reviewed: Report, context: Context) -> None:
        doubled = reviewed._replace(findings=(*reviewed.findings, *reviewed.findings))
        entries = json.loads(render("gitlab", doubled, context))
        assert len({each["fingerprint"] for each in entries}) == len(entries)

    def test_what_the_format_asks_for(self, reviewed: Report, context: Context) -> None:
        for each in json.loads(render("gitlab", reviewed, context)):
            assert {"description", "check_name", "fingerprint", "severity", "location"} == set(each)
            assert each["severity"] in ("info", "minor", "major", "critical", "blocker")
            assert each["location"]["lines"]["begin"] >= 1


class TestJUnit:
    def test_it_is_xml(self, reviewed: Report, context: Context) -> None:
        root = ElementTree.fromstring(render("junit", reviewed, context))
        assert (root.get("failures"), root.get("errors"), root.get("skipped")) == ("5", "2", "1")
        assert len(root.findall(".//failure")) == 5

    def test_nothing_wrong(self, context: Context) -> None:
        root = ElementTree.fromstring(render("junit", Report((), resources=3), context))
        assert (root.get("tests"), root.get("failures")) == ("1", "0")

    @given(st.text(st.characters()))
    def test_any_text(self, text: str) -> None:
        element = ElementTree.Element("a", b=xml_text(text))
        element.text = xml_text(text)
        assert ElementTree.fromstring(ElementTree.tostring(element, encoding="unicode")) is not None


class TestCsv:
    def test_rows(self, reviewed: Report, context: Context) -> None:
        rows = list(csv.reader(StringIO(render("csv", reviewed, context))))
        assert tuple(rows[0]) == COLUMNS
        assert {len(row) for row in rows} == {len(COLUMNS)}
        assert len(rows) == 1 + len(reviewed.findings) + len(reviewed.suppressed) + len(reviewed.errors)

    @given(st.text())
    def test_no_formula(self, text: str) -> None:
        assert not csv_field(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def kinds(text: str) -> set[str]:
    """The kinds of all tokens of a Markdown text."""
    found = set()
    for token in MARKDOWN.parse(text):
        found.add(token.type)
        found |= {child.type for child in token.children or ()}
    return found


ACTIVE = {"html_inline", "html_block", "link_open", "image", "em_open", "heading_open"}


class TestMarkdown:
    def test_nothing_of_the_project_is_markup(self, reviewed: Report, context: Context) -> None:
        text = render("markdown", reviewed, context)
        own = re.sub(r"</?details>|<summary>.*?</summary>|^#+ .*$", "", text, flags=re.M)
        assert kinds(own) & ACTIVE == set()
        outside = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)|^ {4}.*$", "", own, flags=re.M)
        assert not re.search(r"@\w|#\d|GH-\d|www\.|https?:", outside)

    @given(st.text(st.one_of(st.sampled_from("`*_[]()<>!|#@&\\~-+=:./ ah1\n"), st.characters()), max_size=30))
    def test_any_text_is_inert(self, text: str) -> None:
        assert kinds(f"x {markdown_text(text)} y") <= {
            "paragraph_open",
            "inline",
            "text",
            "code_inline",
            "paragraph_close",
        }
        cell = markdown_code(text).replace("|", "\\|")
        table = f"| a | b |\n| --- | --- |\n| {cell} | {cell} |\n"
        assert sum(token.type == "td_open" for token in MARKDOWN.parse(table)) == 2

    @given(st.text(st.sampled_from("`ab \\"), min_size=1, max_size=12))
    def test_a_code_span_shows_its_text(self, text: str) -> None:
        (paragraph,) = [token for token in MARKDOWN.parse(f"x{markdown_code(text)}x") if token.type == "inline"]
        code = [child.content for child in paragraph.children or () if child.type == "code_inline"]
        assert [each.strip() for each in code] == [text.strip()]

    def test_it_fits_into_a_comment(self, reviewed: Report, context: Context) -> None:
        many = reviewed._replace(findings=tuple(reviewed.findings * 300))
        text = render("markdown", many, context)
        assert len(text) <= MOST
        assert re.search(r"too long for a comment: \d+ findings( and \d+ lists?)?\._\n$", text)

    def test_nothing_introduced(self, reviewed: Report, context: Context) -> None:
        quiet = reviewed._replace(findings=(), suppressions=(), errors=())
        assert render("markdown", quiet, context).startswith("## iacreview: nothing introduced\n")


def test_sarif_of_a_change(reviewed: Report, context: Context) -> None:
    log = json.loads(render("sarif", reviewed, context))
    jsonschema.validate(log, json.loads(SCHEMA.read_text(encoding="utf-8")))
    states = [each.get("baselineState") for each in log["runs"][0]["results"]]
    assert sorted(map(str, states)) == ["None", "new", "new", "new", "new", "unchanged", "updated"]


@pytest.mark.parametrize(
    ("reason", "kind"), [("suppressed by a comment: x", "inSource"), ("it is in the baseline", "external")]
)
def test_where_sarif_says_that_a_suppression_is(report: Report, context: Context, reason: str, kind: str) -> None:
    changed = report._replace(suppressed=((report.suppressed[0][0], reason),))
    results = json.loads(render("sarif", changed, context))["runs"][0]["results"]
    assert [each["suppressions"][0]["kind"] for each in results if "suppressions" in each] == [kind]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("set `storage_encrypted = true`", "set `storage_encrypted = true`"),
        ('set `parameter[x].value = "ON"`.', 'set `parameter[x].value = "ON"`.'),
        ("(`a b`), c", "(`a b`), c"),
        ("`a", "`` `a ``"),
    ],
)
def test_what_is_between_backticks_is_one_span(text: str, shown: str) -> None:
    assert markdown_text(text) == shown


@pytest.mark.parametrize("name", ["report", "reviewed"])
def test_json_is_what_its_schema_says(name: str, request: pytest.FixtureRequest, context: Context) -> None:
    schema = json.loads(run_schema("report"))
    validator = jsonschema.Draft202012Validator(schema)
    data = json.loads(render("json", request.getfixturevalue(name), context))
    validator.validate(data)
    assert set(data) <= set(schema["properties"])
    assert set(data["findings"][0]) <= set(schema["$defs"]["finding"]["properties"])
    del data["findings"][0]["resource"]
    assert not validator.is_valid(data)


class TestReviewdog:
    def test_columns_are_bytes(self, context: Context) -> None:
        source = Source("main.tf", 'x = "\u9375" # y\n')
        finding = Finding("ENC001", "n", "encryption", Severity.HIGH, "m", None, Span(source, 10, 11))
        (found,) = json.loads(render("rdjson", Report((finding,)), context))["diagnostics"]
        assert found["location"]["range"]["start"] == {"line": 1, "column": 13}

    def test_what_counts_is_told(self, reviewed: Report, context: Context) -> None:
        pages = context._replace(rule_pages="https://example.com/{code}.md")
        data = json.loads(render("rdjson", reviewed, pages))
        codes = [each["code"]["value"] for each in data["diagnostics"] if "code" in each]
        assert Counter(codes) == Counter({"NET001": 2, "ENC001": 1, "SEC001": 1, "CFG001": 1})
        assert data["diagnostics"][0]["code"]["url"].startswith("https://example.com/")
        assert {each["severity"] for each in data["diagnostics"]} <= {"ERROR", "WARNING", "INFO"}


def test_statistics(report: Report) -> None:
    head, *rows, _, totals = statistics(report).splitlines()
    assert head.split() == ["found", "suppressed", "undecided", "rule"]
    assert [row.split()[:4] for row in rows][-2:] == [["0", "1", "0", "LOG001"], ["0", "0", "1", "NET002"]]
    assert totals == "5 findings, 1 suppressed, 1 undecided"
