from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iacreview.model.source import Source, Span
from iacreview.report.excerpt import Excerpt, Excerpts


def marked(text: str, width: int = 80, secrets: tuple[str, ...] = (), mask: tuple[str, str] = ("\0", "")) -> list[str]:
    """The excerpt of the part between « and », over its marker."""
    start = text.index("«")
    text = text.replace("«", "")
    end = text.index("»")
    source = Source("main.tf", text.replace("»", ""))
    spans = [Span(source, *found.span()) for secret in secrets for found in re.finditer(re.escape(secret), source.text)]
    made = Excerpts(spans, lambda line: line.replace(*mask), width).excerpt(Span(source, start, end))
    return [made.text, " " * made.indent + "^" * made.marked]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a = «b»\n", ["a = b", "    ^"]),
        ("a = «b»", ["a = b", "    ^"]),
        ("first\na = «b»\r\nlast", ["a = b", "    ^"]),
        ("«»", ["", "^"]),
        ("a«»\n", ["a", " ^"]),
        ("a = «{\n b\n}»", ["a = {...", "    ^"]),
        ("«a\n»b", ["a", "^"]),
        ("\ta = «\tb»", ["    a =     b", "        ^^^^^"]),
        ("鍵 = «鍵»", ["鍵 = 鍵", "     ^^"]),
        ("e\u0301 = «b»", ["e\u0301 = b", "    ^"]),
        ("\x1b = «\u202e»", ["\\x1b = \\u202e", "       ^^^^^^"]),
        ("a\rb = «c»", ["a\\rb = c", "       ^"]),
    ],
)
def test_the_marker_is_below_the_span(text: str, lines: list[str]) -> None:
    assert marked(text) == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('p = «"hunter2"» # b', ['p = "****" # b', "    ^^^^^^"]),
        ("p = «hunter2» # b", ["p = **** # b", "    ^^^^"]),
        ("p = hun«ter»2 # b", ["p = **** # b", "    ^^^^"]),
        ("p = hunter2 # «b»", ["p = **** # b", "           ^"]),
        ("«p» = hunter2", ["p = ****", "^"]),
        ("«p = hun»ter2", ["p = ****", "^^^^^^^^"]),
    ],
)
@pytest.mark.parametrize("by", ["span", "mask"])
def test_secrets_are_hidden_and_the_marker_stays(text: str, lines: list[str], by: str) -> None:
    hidden = {"secrets": ("hunter2",)} if by == "span" else {"mask": ("hunter2", "****")}
    assert marked(text, **hidden) == lines


def test_a_span_between_two_secrets() -> None:
    assert marked("hunter2«x»hunter2", secrets=("hunter2",)) == ["****x****", "    ^"]


def test_a_secret_in_another_revision_of_the_file_is_not_hidden_here() -> None:
    source, other = Source("main.tf", "port = 22"), Source("main.tf", "x = hunter2")
    assert Excerpts([Span(other, 4, 11)], str, 80).excerpt(Span(source, 0, 4)).text == "port = 22"


def test_a_secret_over_several_lines_is_hidden_on_each() -> None:
    assert marked("k = <<E\nBEGIN\n«abc»\nE", secrets=("BEGIN\nabc\n",)) == ["****", "^^^^"]


@pytest.mark.parametrize("before", [0, 30, 3000])
@pytest.mark.parametrize("after", [0, 30, 3000])
def test_long_lines_are_cut_around_the_span(before: int, after: int) -> None:
    text, marker = marked("x" * before + "«TARGET»" + "y" * after, width=60)
    at = marker.index("^")
    assert text[at : at + 6] == "TARGET"
    assert len(text) <= 60
    assert (len(text) == before + 6 + after) or "..." in text


def test_a_span_wider_than_the_line_is_cut() -> None:
    assert marked("«" + "x" * 500 + "»", width=40) == ["x" * 32 + "...", "^" * 32]


@settings(deadline=None)
@given(
    st.text("ab\t\n鍵\x1b'", max_size=60),
    st.integers(0, 60),
    st.integers(0, 60),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=3),
)
def test_any_span_has_an_excerpt(text: str, start: int, end: int, secrets: list[tuple[int, int]]) -> None:
    source = Source("main.tf", text)
    start, end = sorted((min(start, len(text)), min(end, len(text))))
    spans = [Span(source, *sorted((min(a, len(text)), min(b, len(text))))) for a, b in secrets]
    made: Excerpt = Excerpts(spans, lambda line: line.replace("ab", "****"), 40).excerpt(Span(source, start, end))
    assert made.line == source.position(start).line
    assert made.marked >= 1
    assert made.indent <= 41
    assert "\n" not in made.text
