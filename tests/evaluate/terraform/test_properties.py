"""Whatever expressions are made of, evaluation ends, and what it calls known stays so when more is known."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from iacreview.evaluate.terraform.values import is_known, plain
from iacreview.model.parts import walk
from iacreview.model.value import Encoded, Failed, Value
from tests.evaluate.terraform.support import resources_of

# What may not be known: a variable without a default, an attribute of a resource. `value` is what it turns out to be.
HOLES = {"var.h": '"a"', "var.n": "2", "var.l": '["a", "b"]', "aws_x.y.id": '"a"'}
LEAVES = ['"a"', '"b"', "1", "2", "true", "false", "null", "[]", '["a"]', "{ a = 1 }", '"x-${var.h}"', *HOLES]


def extended(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "==", "!=", "&&", "||", "<"]), inner),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("{{ k = {}, l = {} }}".format, inner, inner),
        st.builds(
            "{}({})".format,
            st.sampled_from(["upper", "length", "jsonencode", "tostring", "toset", "keys", "flatten"]),
            inner,
        ),
        st.builds(
            "{}({}, {})".format,
            st.sampled_from(["coalesce", "concat", "merge", "contains", "try", "lookup", "join"]),
            inner,
            inner,
        ),
        st.builds("[for x in {} : x if x != {}]".format, inner, inner),
        st.builds('"${{{}}}-y"'.format, inner),
    )


EXPRESSIONS = st.recursive(st.sampled_from(LEAVES), extended, max_leaves=8)


def evaluated(expression: str) -> Value:
    text = (
        'variable "h" {}\nvariable "n" {}\nvariable "l" {}\nresource "aws_x" "y" {}\n'
        f'resource "t" "t" {{\n  v = {expression}\n}}\n'
    )
    return resources_of(text)["t.t"].attributes.entries["v"]


def answer(value: Value) -> tuple[str, Any]:
    if any(isinstance(each, Failed) for each in walk(value)):
        return "error", None
    if is_known(value.structure if isinstance(value, Encoded) else value):
        return "known", plain(value)
    return "unknown", None


def loose(data: Any) -> Any:
    """Scalars as text: the type of what is not known may turn a number into a string."""
    if isinstance(data, list):
        return [loose(item) for item in data]
    if isinstance(data, dict):
        return {key: loose(item) for key, item in data.items()}
    return str(data).lower()


@settings(max_examples=250, deadline=None)
@given(EXPRESSIONS)
def test_what_is_known_does_not_change(expression: str) -> None:
    some = answer(evaluated(expression))
    filled = expression
    for hole, value in HOLES.items():
        filled = filled.replace(hole, value)
    whole = answer(evaluated(filled))
    if some[0] == "known" and whole[0] == "known":
        assert loose(some[1]) == loose(whole[1])
