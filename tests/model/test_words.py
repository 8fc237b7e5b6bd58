"""What messages are made of: plain words that stand in our own source, and parts that know whether they may be shown."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from iacreview.model.parts import concealed, is_sensitive, revealed, walk
from iacreview.model.provenance import Reference
from iacreview.model.value import Encoded, Known, ListValue, MapValue, Text, Unknown, Value
from iacreview.model.words import HIDDEN, key_in, listed, pattern, say, value_text, vouched
from tests.sources import nodes

PACKAGE = Path(__file__).parent.parent.parent / "iacreview"
WORDS = PACKAGE / "model" / "words.py"


def calls(name: str) -> list[tuple[str, ast.Call]]:
    return [
        (f"{path.relative_to(PACKAGE)}:{node.lineno}", node)
        for path in sorted(PACKAGE.rglob("*.py"))
        if path != WORDS
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]


def test_plain_words_are_literals() -> None:
    found = calls("say")
    assert len(found) > 40
    assert not [place for place, call in found if not isinstance(call.args[0], ast.Constant)]


def test_phrases_are_made_in_one_module() -> None:
    assert not calls("Phrase")


@pytest.mark.parametrize("made_by", ["vouched", "called", "key_in"])
def test_nothing_that_is_made_of_other_text_is_vouched_for(made_by: str) -> None:
    """What is vouched for is a name or a literal; a text that is put together has parts, and belongs to `say`."""
    put_together = (ast.JoinedStr, ast.BinOp)
    assert calls(made_by)
    assert not [place for place, call in calls(made_by) if isinstance(call.args[0], put_together)]


SECRET = "Zx9-secret"


@pytest.mark.parametrize(
    "value",
    [
        Known(SECRET),
        Text([Known(SECRET), Unknown("later")]),
        ListValue([Known(SECRET)]),
        MapValue({SECRET: Known(1)}),
        Encoded(MapValue({"a": Known(SECRET)})),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_marked_value_is_not_shown(value: Value) -> None:
    assert SECRET in value_text(value) or isinstance(value, Encoded)
    hidden = concealed(value)
    assert all(map(is_sensitive, walk(hidden)))
    assert say("it is {}", hidden) == "it is (sensitive)"
    assert value_text(revealed(hidden)) == value_text(value)


def test_a_marked_part_is_a_hole() -> None:
    text = Text([Known("a-"), concealed(Known(SECRET)), Unknown("later")])
    assert value_text(text) == '"a-${…}${…}"'


def test_a_key_is_hidden_where_its_map_is() -> None:
    document = MapValue({SECRET: concealed(Known(1))})
    assert key_in(SECRET, document) == SECRET
    assert key_in(SECRET, concealed(document)) == HIDDEN


def test_patterns_and_lists() -> None:
    assert pattern("arn:\0/*", Known("x")) == '"arn:${…}/*"'
    assert pattern(SECRET, concealed(Known(SECRET))) == HIDDEN
    assert listed([vouched(each) for each in "abcd"]) == "a, b, c, …"
    assert say("{} of {}", 1, vouched("{}")) == "1 of {}"


def test_what_is_revealed_keeps_the_marks_inside_of_what_was_not_marked() -> None:
    inner = MapValue({"a": concealed(Known(SECRET))}, references=(Reference("var.x"),))
    assert is_sensitive(revealed(inner).entries["a"])  # type: ignore[attr-defined]
