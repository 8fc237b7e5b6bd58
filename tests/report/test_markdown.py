"""Markdown as people see it in a pull request: links to the lines, the lines that changed, findings set apart."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from iacreview.commands.finishing import permalink
from iacreview.model.finding import Report, UnreadChange
from iacreview.model.source import Skipped, Source, Span
from iacreview.report import Context, render

SHA = "0123456789abcdef0123456789abcdef01234567"
PAGE = f"https://github.com/acme/shop/blob/{SHA}"
MARKDOWN = MarkdownIt("commonmark").enable("table")


@pytest.mark.parametrize(
    ("environment", "page"),
    [
        ({"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "acme/shop", "GITHUB_SHA": SHA}, PAGE),
        (
            {"CI_PROJECT_URL": "https://gitlab.example:8443/a/b", "CI_COMMIT_SHA": SHA},
            f"https://gitlab.example:8443/a/b/-/blob/{SHA}",
        ),
        ({"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "a](x)/b", "GITHUB_SHA": SHA}, ""),
        ({"CI_PROJECT_URL": "javascript:alert(1)", "CI_COMMIT_SHA": SHA}, ""),
        ({"CI_PROJECT_URL": "https://gitlab.example/a"}, ""),
        ({}, ""),
    ],
)
def test_where_files_are_shown(environment: dict[str, str], page: str) -> None:
    assert permalink(environment) == page


def test_places_are_links_to_their_lines(reviewed: Report, context: Context) -> None:
    text = render("markdown", reviewed, context._replace(permalink=PAGE))
    links = {
        str(token.attrGet("href"))
        for block in MARKDOWN.parse(text)
        for token in block.children or ()
        if token.type == "link_open"
    }
    assert f"{PAGE}/main.tf#L2" in links
    assert all(link.startswith(f"{PAGE}/") for link in links)


def test_changed_lines_are_shown_as_such(reviewed: Report, context: Context) -> None:
    fences = [each for each in MARKDOWN.parse(render("markdown", reviewed, context)) if each.type == "fence"]
    assert [each.content for each in fences if each.info == "diff"] == [
        "+ 1 | -x\n",
        "+ 2 |   storage_encrypted = false\n",
    ]


def test_findings_are_set_apart_and_nothing_counts_to_zero(reviewed: Report, context: Context) -> None:
    text = render("markdown", reviewed, context)
    kinds = [each.type for each in MARKDOWN.parse(text)]
    assert kinds.count("hr") == 2  # three that are introduced
    assert "### Introduced: 1 critical, 1 high, 1 low\n" in text
    assert " 0 " not in text


def test_what_is_skipped_for_one_reason_is_a_line(report: Report, context: Context) -> None:
    many = tuple(Skipped(f"modules/{number}.tf", "the module is not there", 1) for number in range(40))
    text = render("markdown", report._replace(skipped=(*many, Skipped("a.tf", "too large", None))), context)
    told = text[text.index("<summary>Skipped: 41</summary>") :]
    assert told.count("- `") == 2
    assert "`modules/0.tf:1`, `modules/1.tf:1`, `modules/10.tf:1` and 37 more: the module is not there" in told


def test_what_is_newly_skipped_for_one_reason_is_a_line(reviewed: Report, context: Context) -> None:
    assert reviewed.change is not None
    many = tuple(Skipped(f"modules/{number}.tf", "the module is not there", 1) for number in range(40))
    unread = UnreadChange("module.m", Span(Source("modules/3.tf", "module\n"), 0, 6), ())
    change = reviewed.change._replace(newly_skipped=many, unread_modules=(unread,))
    text = render("markdown", reviewed._replace(change=change), context)
    told = "`modules/0.tf:1`, `modules/1.tf:1`, `modules/10.tf:1` and 36 more: the module is not there"
    assert f"### Now skipped\n\n- {told}\n\n" in text
