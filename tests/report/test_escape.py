from __future__ import annotations

import json
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iacreview.report.escape import clean, uri
from iacreview.report.jsontext import document


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 鍵 😀", "plain é 鍵 😀"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\x1b[31m\x07\x00\x7f\x9b", "\\x1b[31m\\x07\\x00\\x7f\\x9b"),
        ("\u202e\u2066\u200b\ufeff\u2028", "\\u202e\\u2066\\u200b\\ufeff\\u2028"),
        ("\udcff", "\\udcff"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_clean(text: str, shown: str) -> None:
    assert clean(text) == shown


@settings(deadline=None)
@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_clean_text_can_be_encoded_and_is_one_line(text: str) -> None:
    assert len(clean(text).encode().decode().splitlines()) <= 1


@settings(deadline=None)
@given(st.text(st.characters(codec=None, exclude_categories=())), st.integers(0, 3))
def test_json_means_the_same(text: str, depth: int) -> None:
    # json joins a pair of lone surrogates into one character
    value = {"k" + text: [text, {"a": [text]}], "empty": [], "none": None}
    rendered = document(value, depth)
    assert rendered.encode()
    assert json.loads(rendered) == json.loads(json.dumps(value))


@settings(deadline=None)
@given(st.text())
def test_uri_leads_back_to_the_path(path: str) -> None:
    assert unquote(uri(path)) == path
    assert uri(path).isascii()


def test_uri_of_a_path_that_is_not_unicode() -> None:
    assert uri("a\udcff/b:c") == "a%FF/b%3Ac"
    assert uri("\ud800") == "%ED%A0%80"
