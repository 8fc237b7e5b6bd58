from __future__ import annotations

import pytest

from iacreview.model.source import Position, Source, Span


@pytest.mark.parametrize(
    ("text", "offset", "position"),
    [
        ("", 0, (1, 1)),
        ("ab\ncd", 0, (1, 1)),
        ("ab\ncd", 2, (1, 3)),  # the line ending belongs to its line
        ("ab\ncd", 3, (2, 1)),
        ("ab\ncd", 5, (2, 3)),  # the end of the text
        ("ab\r\ncd", 4, (2, 1)),
        ("\U0001f600x\ny", 1, (1, 2)),  # one column a code point
        ("\n\n\n", 3, (4, 1)),
    ],
)
def test_position(text: str, offset: int, position: tuple[int, int]) -> None:
    assert Source("a.tf", text).position(offset) == Position(*position)


def test_line() -> None:
    source = Source("a.tf", "one\r\ntwo\n\nfour")
    assert [source.line(number) for number in range(6)] == ["", "one", "two", "", "four", ""]


def test_span() -> None:
    source = Source("a.tf", "name = 1\n")
    span = Span(source, 7, 8)
    assert (span.path, span.text, span.first, span.last) == ("a.tf", "1", (1, 8), (1, 9))
    assert Span(source, 0, 8).covers(span)
    assert not span.covers(Span(source, 0, 8))
    assert not Span(Source("a.tf", "name = 1\n"), 0, 8).covers(span)
