"""What holds for every text: no exception, an end, spans that nest, slices that read the same."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iacreview.model.source import Source
from iacreview.parse.terraform.nodes import Expression, SplatItem
from iacreview.parse.terraform.parser import parse_body, parse_expression, parse_template
from tests.parse.terraform.samples import SAMPLES, TEMPLATES
from tests.parse.terraform.show import nodes_of, show
from tests.parse.terraform.tables import INVALID, ODD, VALID
from tests.parse.terraform.test_differential import FRAGMENTS

NAMES = st.sampled_from(["a", "b-c", "var", "größe", "for_each", "_"])
STRINGS = st.sampled_from(['"x"', '""', '"a ${b} c"', '"$${x}\\n"', '"%{if a}b%{else}c%{endif}"', '"${~ a ~}"'])
LEAVES = st.one_of(NAMES, STRINGS, st.sampled_from(["0", "12", "1.5", "2e3", "true", "null"]))


def composed(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(["+", "-", "*", "/", "%", "==", "!=", "<", ">=", "&&", "||"])
    return st.one_of(
        st.builds("{} {} {}".format, inner, operators, inner),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds('{{{} = {}\n"k" : {}}}'.format, NAMES, inner, inner),
        st.builds("({})[{}].x.0".format, inner, inner),
        st.builds("{}[*].y[{}]".format, NAMES, inner),
        st.builds("{}.*.z".format, NAMES),
        st.builds("f({}, {}...)".format, inner, inner),
        st.builds("[for v in {} : {} if {}]".format, inner, inner, inner),
        st.builds("{{for k, v in {} : {} => {}...}}".format, inner, inner, inner),
        st.builds("!{}".format, inner),
        st.builds('"a${{{}}}b"'.format, inner),
    )


EXPRESSIONS = st.recursive(LEAVES, composed, max_leaves=12)


@given(EXPRESSIONS)
def test_spans_nest_and_slices_read_the_same(text: str) -> None:
    source = Source("main.tf", text)
    root, problems = parse_expression(source)
    assert problems == []
    assert root is not None
    assert (root.start, root.end) == (0, len(text))
    for parent, node in nodes_of(root):
        assert parent.start <= node.start <= node.end <= parent.end
        # What hangs on the element of a splat is no expression by itself.
        if isinstance(node, Expression) and "@" not in show(node).split("(")[0] and not isinstance(node, SplatItem):
            again, problems = parse_expression(source, node.start, node.end)
            assert problems == []
            assert again is not None
            assert show(again) == show(node)


@settings(max_examples=300)
@given(st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=3)), max_size=40).map("".join))
def test_no_text_raises(text: str) -> None:
    source = Source("main.tf", text)
    body, problems = parse_body(source)
    for problem in problems:
        assert 0 <= problem.span.start <= problem.span.end <= len(text)
    for parent, node in nodes_of(body):
        assert parent.start <= node.start <= node.end <= parent.end
    parse_expression(source)
    parse_template(source, 0, len(text))


def test_every_beginning_of_a_valid_text_ends() -> None:
    for text in [*VALID.values(), *ODD.values(), *SAMPLES.values()]:
        for end in range(min(len(text), 300)):
            parse_body(Source("main.tf", text[:end]))


def test_the_recursion_limit_stays() -> None:
    before = sys.getrecursionlimit()
    parse_body(Source("main.tf", "a = " + "[" * 10_000))
    assert sys.getrecursionlimit() == before


def test_tables_name_different_texts() -> None:
    texts = [*VALID.values(), *ODD.values(), *TEMPLATES.values(), *(text for text, _, _ in INVALID.values())]
    assert len(set(texts)) == len(texts)


DEEP = {
    "brackets": "a = " + "[" * 10_000 + "]" * 10_000 + "\n",
    "parentheses": "a = " + "(" * 10_000,
    "objects": "a = " + "{a=" * 10_000,
    "strings": "a = " + '"${' * 10_000,
    "heredocs": "a = " + "<<E\n${" * 10_000,
    "blocks": "b {\n" * 10_000,
    "negations": "a = " + "!" * 10_000 + "b\n",
    "conditionals": "a = " + "b ? c : " * 10_000 + "d\n",
    "worst order of operators": "a = " + "b || b && b == b < b + b * (" * 10_000,
    "indexes": "a = b" + "[c" * 10_000,
    "splats": "a = b" + "[*]" * 10_000 + "\n",
    "calls": "a = " + "f(" * 10_000,
    "directives": 'a = "' + "%{if b}" * 10_000 + "%{endif}" * 10_000 + '"\n',
}

LARGE = {
    "blanks": " " * 10_000_000,
    "one name": "a" * 10_000_000,
    "quotes": '"' * 10_000_000,
    "comment openers": "/*" * 5_000_000,
    "open comments": "a = /*\n" * 1_400_000,
    "open heredocs": "a = <<E\n" * 1_000_000,
    "open heredocs of many names": "".join(f"a = <<E{number}\n" for number in range(300_000)),
    "open blocks": "b {\n x = 1\n" * 900_000,
    "words": "b = \n" + "a " * 1_000_000,
    "dots": "a = 1" + "." * 10_000_000,
}


@pytest.mark.parametrize("text", [*DEEP.values(), *LARGE.values()], ids=[*DEEP, *LARGE])
def test_hostile_input_ends_with_few_problems(text: str) -> None:
    problems = parse_body(Source("main.tf", text))[1]
    assert len(problems) <= 100
    assert problems or not text.strip()


@pytest.mark.parametrize("opening", ["[", "(", "f(", "{a=", '"${'])
def test_250_levels_are_read(opening: str) -> None:
    closing = {"[": "]", "(": ")", "f(": ")", "{a=": "}", '"${': '}"'}[opening]
    text = f"a = {opening * 250}1{closing * 250}\n"
    assert parse_body(Source("main.tf", text))[1] == []
