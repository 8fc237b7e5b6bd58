"""Every format renders the shared report as its golden file says. IACREVIEW_UPDATE_GOLDEN=1 writes them anew."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from iacreview.model.finding import Report
from iacreview.report import FORMATS, Context, render

GOLDEN = Path(__file__).parent.parent / "golden"
SUFFIXES = {
    "text": "txt",
    "json": "json",
    "sarif": "json",
    "github": "txt",
    "gitlab": "json",
    "junit": "xml",
    "markdown": "md",
    "csv": "csv",
    "rdjson": "json",
}
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "text-colour.txt": ("text", {"colour": True, "show_undecided": True, "width": 70}),
    **{f"{format}.{suffix}": (format, {}) for format, suffix in SUFFIXES.items()},
}

RENEWED = "IACREVIEW_UPDATE_GOLDEN=1 writes it; read the difference"
ESCAPED = "pass what comes from the reviewed files through iacreview/report/escape.py"


def unsafe_in(text: str) -> set[str]:
    """What a terminal would obey, and what cannot be encoded."""
    return {each for each in text if each in "\x1b\x07\x00\r\u202e" or "\ud800" <= each <= "\udfff"}


@pytest.mark.parametrize(("text", "unsafe"), [("a\n\u9375", set()), ("\x1b[2J", {"\x1b"}), ("\udcff", {"\udcff"})])
def test_what_is_unsafe(text: str, unsafe: set[str]) -> None:
    assert unsafe_in(text) == unsafe


def test_every_format_has_a_golden_file() -> None:
    assert set(SUFFIXES) == set(FORMATS), "name its suffix above, then IACREVIEW_UPDATE_GOLDEN=1 writes its files"


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("kind", ["report", "reviewed"])
def test_golden(name: str, kind: str, request: pytest.FixtureRequest, context: Context) -> None:
    format, changes = CASES[name]
    rendered = render(format, request.getfixturevalue(kind), context._replace(**changes))
    path = GOLDEN / (name if kind == "report" else f"change-{name}")
    assert changes or not unsafe_in(rendered), ESCAPED
    if os.environ.get("IACREVIEW_UPDATE_GOLDEN"):
        path.write_bytes(rendered.encode())
    assert path.exists(), f"{path.name} is missing. {RENEWED}"
    assert rendered == path.read_bytes().decode(), RENEWED


@pytest.mark.parametrize("format", FORMATS)
def test_order_of_the_report_does_not_matter(format: str, reviewed: Report, context: Context) -> None:
    report = reviewed
    turned = report._replace(
        **{field: getattr(report, field)[::-1] for field in ("findings", "skipped", "errors", "suppressions", "stale")}
    )
    ordered = "take findings and all else in the order of iacreview/report/summary.py"
    assert render(format, turned, context) == render(format, report, context), ordered


@pytest.mark.parametrize("format", FORMATS)
def test_no_format_shows_a_secret(format: str, reviewed: Report, context: Context) -> None:
    rendered = render(format, reviewed, context._replace(show_undecided=True))
    assert not [secret for secret in ("correct-horse-battery", "AKIAEXAMPLEEXAMPLE00") if secret in rendered]


@pytest.mark.parametrize("format", FORMATS)
def test_no_format_lets_unsafe_characters_through(format: str, reviewed: Report, context: Context) -> None:
    rendered = render(format, reviewed, context._replace(show_undecided=True))
    assert not unsafe_in(rendered), ESCAPED
    assert rendered.endswith("\n"), "end it with a newline"
