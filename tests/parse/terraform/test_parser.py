"""What the parser accepts, rejects, and makes of it."""

from __future__ import annotations

import pytest

from iacreview.model.source import Source
from iacreview.parse.terraform.nodes import Body, Node, Template
from iacreview.parse.terraform.parser import parse_body, parse_expression, parse_template
from tests.parse.terraform.show import nodes_of, show
from tests.parse.terraform.tables import INVALID, ODD, VALID


def body_of(text: str) -> Body:
    body, problems = parse_body(Source("main.tf", text))
    assert problems == []
    return body


def shown(text: str) -> str:
    expression, problems = parse_expression(Source("main.tf", text))
    assert problems == []
    assert expression is not None
    return show(expression)


@pytest.mark.parametrize("text", [*VALID.values(), *ODD.values()], ids=[*VALID, *ODD])
def test_accepts(text: str) -> None:
    assert parse_body(Source("main.tf", text))[1] == []


@pytest.mark.parametrize(("text", "place", "message"), INVALID.values(), ids=INVALID)
def test_rejects_once_and_at_the_place(text: str, place: str, message: str) -> None:
    problems = parse_body(Source("main.tf", text))[1]
    assert len(problems) == 1
    assert message in problems[0].message
    start, end = problems[0].span.start, problems[0].span.end
    assert text[start:].startswith(place)
    assert place or start == len(text)
    assert start <= end <= len(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", "(1 + (2 * 3))"),
        ("1 * 2 + 3", "((1 * 2) + 3)"),
        ("1 - 2 - 3", "((1 - 2) - 3)"),
        ("a || b && c == d < e + f * g", "(a || (b && (c == (d < (e + (f * g))))))"),
        ("a * b + c < d == e && f || g", "((((((a * b) + c) < d) == e) && f) || g)"),
        ("-a.b + !c[0]", "((- a.b) + (! c[0]))"),
        ("a ? b : c ? d : e", "(a ? b : (c ? d : e))"),
        ("a == b ? c : d", "((a == b) ? c : d)"),
        ("(a + b) * c", "(<(a + b)> * c)"),
        ("[1, 2.5, 1e3, true, null]", "[1, 2.5, 1000.0, True, None]"),
        ("99999999999999999999999", "99999999999999999999999"),
        ('{a = 1, "b": 2, (c) = 3}', "{a: 1, 'b': 2, <c>: 3}"),
        ("a.b.0.c", "a.b.0.c"),
        ("a . b", "a.b"),
        ("a[*].b[0].c", "a[*](@.b[0].c)"),
        ("a.*.b.0[1]", "a.*(@.b.0)[1]"),
        ("a[*].b[*].c", "a[*](@.b[*](@.c))"),
        ("a.*", "a.*(@)"),
        ("f(a, b...)", "f(a, b...)"),
        ("provider::x::y(1)", "provider::x::y(1)"),
        ("[for x in y : z if w]", "[for x in y : z if w]"),
        ("{for k, v in m : k => v...}", "{for k, v in m : k => v...}"),
        ('"a${b}c"', "'a' b 'c'"),
        ('"${b}"', "'' b".replace("'' ", "~")),
        ('""', "''"),
        ('"%{if a}b%{else}c%{endif}d"', "if(a; 'b'; 'c') 'd'"),
        ('"%{for k, v in m}${k}%{endfor}"', "~for(k, v in m; ~k)"),
        ('"a ${~ b ~} c"', "'a' b 'c'"),
        ("a\n+\nb # c", "(a + b)"),
    ],
)
def test_expression_structure(text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        # A plain string is one part; an escape is a part of its own.
        ('"a $ b 5% c"', [("a $ b 5% c", "a $ b 5% c")]),
        ('"a\\nb"', [("a", "a"), ("\n", "\\n"), ("b", "b")]),
        ('"\\u00e9$${x}"', [("é", "\\u00e9"), ("${", "$${"), ("x}", "x}")]),
        ("<<E\na\n  b\nE\n", [("a\n  b\n", "a\n  b\n")]),
        ("<<E\na\r\nE\r\n", [("a\r\n", "a\r\n")]),
        ("<<E\n%%{a\nE\n", [("%{", "%%{"), ("a\n", "a\n")]),
        # Where indentation goes away, a part is a line; where none does, it is the whole.
        ("<<-E\n  a\n   b\n  E\n", [("a\n", "a\n"), (" b\n", " b\n")]),
        ("<<-E\na\n  b\nE\n", [("a\n  b\n", "a\n  b\n")]),
        ("<<-E\n  a\n\n  b\nE\n", [("a\n\n", "a\n\n"), ("b\n", "b\n")]),
    ],
)
def test_text_parts(text: str, parts: list[tuple[str, str]]) -> None:
    template = parse_expression(Source("main.tf", text))[0]
    assert isinstance(template, Template)
    assert [(part.value, text[part.start : part.end]) for part in template.parts] == parts  # type: ignore[union-attr]


def test_spans_of_a_block() -> None:
    text = 'resource "a" "b" {\n  c = "d"\n\n  e {}\n}\n'
    block = body_of(text).blocks[0]
    assert text[block.start : block.header_end] == 'resource "a" "b"'
    assert text[block.start : block.end] == text.rstrip("\n")
    assert [text[label.start : label.end] for label in block.labels] == ['"a"', '"b"']
    assert [label.text for label in block.labels] == ["a", "b"]
    attribute = block.body.attributes["c"]
    assert text[attribute.start : attribute.name_end] == "c"
    assert text[attribute.start : attribute.end] == 'c = "d"'
    assert text[attribute.expression.start : attribute.expression.end] == '"d"'
    assert [inner.type for inner in block.body.blocks] == ["e"]


def test_template_without_quotes() -> None:
    text = 'x "${a}" \\n %{ if b ~}\n  c\n%{ endif }'
    template, problems = parse_template(Source("a.tf.json", text), 2, len(text))
    assert problems == []
    assert show(template) == "'\"' a '\" \\\\n ' if(b; '  c\\n'; )"


def test_part_of_a_source() -> None:
    source = Source("a.tf.json", 'xx a + b "yy')
    expression, problems = parse_expression(source, 3, 8)
    assert problems == []
    assert expression is not None
    assert (expression.start, expression.end) == (3, 8)


@pytest.mark.parametrize("text", ["", "a b", "a = 1", "[", '"${a', "1 +"])
def test_no_expression(text: str) -> None:
    expression, problems = parse_expression(Source("main.tf", text))
    assert expression is None
    assert len(problems) == 1


@pytest.mark.parametrize("text", ["${", "%{ if a }", "${a", "%{ endfor }", "${}"])
def test_no_template(text: str) -> None:
    template, problems = parse_template(Source("main.tf", text), 0, len(text))
    assert template.parts == []
    assert len(problems) == 1


@pytest.mark.parametrize(
    "broken",
    [
        'resource "a" "b" {\n  c = \n  d {\n    e = 1\n  }\n}\n',
        'resource "a" "b" {\n  c = [1, 2\n}\n',
        'resource "a" "b" {\n  c = "x\n}\n',
        'resource "a" "b" {\n  c = "${x"\n}\n',
        'resource "a" "b" {\n  c = <<EOT\n${x y}\nserver {\n}\nEOT\n}\n',
        'resource "a" "b" {\n  c = \n  d = <<EOT\nserver {\n  listen 80;\n}\nEOT\n}\n',
        'resource "a" "b" {\n  c {\n    d = 1\n}\n',
        'resource "a" "b" {\n  c = <<EOT\n  x\n}\n',
        "a b c\n",
        "}\n",
        "???\n",
    ],
)
def test_the_rest_of_the_file_counts(broken: str) -> None:
    text = f'variable "first" {{}}\n{broken}\nvariable "last" {{\n  default = 1\n}}\n'
    body, problems = parse_body(Source("main.tf", text))
    assert len(problems) == 1
    assert [block.labels[0].text for block in body.blocks] == ["first", "last"]


def test_the_rest_of_a_tfvars_file_counts() -> None:
    body, problems = parse_body(Source("terraform.tfvars", "a = 1\nb = [\nc = 2\nd = 3\n"))
    assert list(body.attributes) == ["a", "d"]
    assert len(problems) == 1


def test_the_first_of_two_definitions_stays() -> None:
    text = "a = 1\na = 2\nb = 3\n"
    body, problems = parse_body(Source("terraform.tfvars", text))
    assert show(body.attributes["a"].expression) == "1"
    assert "b" in body.attributes
    assert [problem.span.start for problem in problems] == [6]


def test_messages_show_no_text_of_the_source() -> None:
    for text in (
        'password = "hunter2" "hunter2"\n',
        "password = hunter2 hunter2\n",
        'p = "hunter2\n',
        "p = [ 1 hunter2\n",
    ):
        assert "hunter2" not in parse_body(Source("main.tf", text))[1][0].message


@pytest.mark.parametrize("text", [*VALID.values(), *ODD.values()], ids=[*VALID, *ODD])
def test_spans_nest_and_stand_in_the_text(text: str) -> None:
    body = parse_body(Source("main.tf", text))[0]
    check_spans(body, len(text))


def check_spans(root: Node, limit: int) -> None:
    assert 0 <= root.start <= root.end <= limit
    for parent, node in nodes_of(root):
        assert parent.start <= node.start <= node.end <= parent.end
