"""Templates' text to trees: JSON, YAML, their spans, and what is wrong with them."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from iacreview.model.source import Position, Source, Span
from iacreview.parse.data.document import parse_document
from iacreview.parse.data.json_document import JsonError, parse_json
from iacreview.parse.data.nodes import DataNode, ListNode, MapNode, ScalarNode

TEXTS = st.text(st.characters(codec="utf-8"))
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


def plain(node: DataNode | None) -> Any:
    """A tree as Python's own values."""
    if isinstance(node, MapNode):
        return {name: plain(child) for name, (_, child) in node.entries.items()}
    if isinstance(node, ListNode):
        return [plain(item) for item in node.items]
    return None if node is None else node.value


def parsed(text: str) -> DataNode:
    node, problems = parse_document(Source("t.yaml", text))
    assert problems == []
    assert node is not None
    return node


def problems_of(text: str) -> list[tuple[str, Position]]:
    return [(problem.message, problem.span.first) for problem in parse_document(Source("t.yaml", text))[1]]


def at(text: str, *path: str | int) -> str:
    """The source text of the node under a path."""
    source = Source("t.yaml", text)
    node, _ = parse_document(source)
    for step in path:
        if isinstance(node, MapNode):
            node = node.entries[str(step)][1]
        elif isinstance(node, ListNode):
            node = node.items[int(step)]
    assert node is not None
    return Span(source, node.start, node.end).text


@given(DOCUMENTS, st.booleans(), st.sampled_from([None, 2]))
def test_json_is_read_as_the_standard_library_reads_it(document: Any, ascii_only: bool, indent: int | None) -> None:
    text = json.dumps(document, ensure_ascii=ascii_only, indent=indent)
    assert plain(parse_json(Source("t.json", text))) == json.loads(text)


@given(DOCUMENTS)
def test_every_json_scalar_has_the_span_of_what_is_written(document: Any) -> None:
    source = Source("t.json", json.dumps(document))
    stack = [parse_json(source)]
    while stack:
        node = stack.pop()
        assert plain(node) == json.loads(Span(source, node.start, node.end).text)
        if isinstance(node, MapNode):
            assert all(
                json.loads(Span(source, key.start, key.end).text) == key.text for key, _ in node.entries.values()
            )
            stack.extend(child for _, child in node.entries.values())
        elif isinstance(node, ListNode):
            stack.extend(node.items)


@given(st.text('{}[]",:0123456789.eE+-truefalsn \\u\n\t', max_size=30))
def test_json_that_the_standard_library_refuses_is_refused(text: str) -> None:
    try:
        expected = json.loads(text, parse_constant=lambda name: pytest.fail(name))
    except ValueError:
        with pytest.raises(JsonError):
            parse_json(Source("t.json", text))
    else:
        assert plain(parse_json(Source("t.json", text))) == expected or not _finite(expected)


def _finite(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_finite, value.values()))
    if isinstance(value, list):
        return all(map(_finite, value))
    return not isinstance(value, float) or math.isfinite(value)


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("", 0, "expected a value"),
        ('{"a" 1}', 1, "expected a key in double quotes and a colon"),
        ('{"a": 1 "b": 2}', 8, "expected ',' or '}'"),
        ("[1 2]", 3, "expected ',' or ']'"),
        ("[1,]", 3, "expected a value"),
        ('["a', 1, "expected a string without control characters and its closing quote"),
        ("[] []", 3, "expected the end of the text"),
        ("[" * 101, 100, "nested more than 100 levels deep"),
    ],
)
def test_a_json_error_says_what_was_expected_and_where(text: str, offset: int, message: str) -> None:
    with pytest.raises(JsonError) as caught:
        parse_json(Source("t.json", text))
    assert (caught.value.offset, caught.value.message) == (offset, message)


def test_json_inside_of_a_text() -> None:
    source = Source("t.yaml", 'policy: {"a": [1]} # end')
    node = parse_json(source, 8, 18)
    assert plain(node) == {"a": [1]}
    assert (node.start, node.end) == (8, 18)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True),
        ("Off", False),
        ("true", True),
        ("~", None),
        ("", None),
        ("y", "y"),
        ("2012-10-17", "2012-10-17"),
        ("2010-09-09T00:00:00Z", "2010-09-09T00:00:00Z"),
        ("22", 22),
        ("-1", -1),
        ("0644", 0o644),
        ("012345678901", "012345678901"),
        ("0x1F", 31),
        ("0b11", 3),
        ("1_000", 1000),
        ("1.5", 1.5),
        ("1.5.2", "1.5.2"),
        (".", "."),
        ("22:22", 1342),
        ("-1:30.5", -90.5),
        ("52:54:05:00:23:48", 41136121428),
        ("00:30", "00:30"),
        ("22:60", "22:60"),
        ("10.0.0.0/16", "10.0.0.0/16"),
        (".inf", ".inf"),
        ("'22'", "22"),
        ('"yes"', "yes"),
        ("!!str 22", "22"),
        ("!!int 22", 22),
        ("! 22", "22"),
        ("9" * 400, "9" * 400),
    ],
)
def test_yaml_scalars(text: str, value: Any) -> None:
    node = parsed(f"a: {text}\n")
    found = plain(node)["a"]
    assert (type(found), found) == (type(value), value)


def test_the_text_of_a_scalar_stays_as_written() -> None:
    node = parsed("a: 0644")
    assert isinstance(node, MapNode)
    scalar = node.entries["a"][1]
    assert isinstance(scalar, ScalarNode)
    assert (scalar.text, scalar.value, scalar.plain) == ("0644", 420, True)


def test_short_tags_are_kept() -> None:
    node = parsed("a: !Ref X\nb: !Join ['', []]\nc: !Transform {Name: x}\nd: !!str x\n")
    assert isinstance(node, MapNode)
    assert [child.tag for _, child in node.entries.values()] == ["!Ref", "!Join", "!Transform", None]


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("path", "written"),
    [
        (("é😀",), "'😀 x'"),
        (("ref",), "!Ref 😀"),
        (("block",), "|NL  one 😀NL  two"),
        (("folded",), ">-NL  x"),
        (("map",), "a: 1NL  b: [x, {y: z}]"),
        (("map", "b"), "[x, {y: z}]"),
        (("map", "b", 1), "{y: z}"),
        (("list", 1), "plainNL    more"),
        (("last",), '"q"'),
    ],
)
def test_spans(path: tuple[str | int, ...], written: str, newline: str, start: str) -> None:
    text = (
        "# 😀NLé😀: '😀 x'NLref: !Ref 😀NLblock: |NL  one 😀NL  twoNLNL# noteNLfolded: >-NL  xNL"
        'map:NL  a: 1NL  b: [x, {y: z}]NL# noteNLlist:NL  - 1NL  - plainNL    moreNLlast: "q"NL'
    )
    assert at(start + text.replace("NL", newline), *path) == written.replace("NL", newline)


def test_json_may_start_with_a_byte_order_mark() -> None:
    assert at('\ufeff{"a": "😀", "b": "x"}', "b") == '"x"'


def test_duplicate_keys_are_problems_and_the_last_one_counts() -> None:
    for text in ("a: 1\nb: 2\na: 3\n", '{"a": 1,\n"b": 2,\n"a": 3}'):
        node, problems = parse_document(Source("t", text))
        assert plain(node) == {"a": 3, "b": 2}
        assert [(p.message, p.span.first.line) for p in problems] == [
            ("this key is already written on line 1; only the last one counts", 3)
        ]


def test_the_duplicate_keys_of_a_mapping_are_one_problem() -> None:
    for text in ("a: 1\nb: 2\na: 3\nb: 4\na: 5\nc:\n  d: 1\n  d: 2\n", '{"a": 1, "b": 2,\n"a": 3, "b": 4, "a": 5}'):
        _, problems = parse_document(Source("t", text))
        assert problems[-1].message == (
            "this key is already written on line 1, as are 2 more of the same mapping; only the last one counts"
        )
        assert len(problems) == (2 if "c:" in text else 1)


@pytest.mark.parametrize(
    "text",
    [
        "a: &x [1, {b: c}]\nd: *x\n",
        "a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\n",
        "a: &x {b: 1}\nc: &y {b: 2, e: 5}\nd:\n  <<: [*x, *y]\n  f: 1\n",
        "&k a: 1\nb: [*k]\n",
        "? a\n: b\n",
    ],
)
def test_anchors_and_merges_are_as_the_yaml_library_has_them(text: str) -> None:
    assert plain(parsed(text)) == yaml.safe_load(text)


def test_a_quoted_merge_key_is_a_key() -> None:
    assert plain(parsed("'<<': {a: 1}")) == {"<<": {"a": 1}}


def test_an_alias_does_not_stretch_what_it_stands_in() -> None:
    assert at("a: &x {b: 1}\nc:\n  d: *x\ne: 1\n", "c") == "d: *x"


def test_the_first_document_is_the_template() -> None:
    root, problems = parse_document(Source("t.yaml", "a: 1\n---\nb: 2\n"))
    assert root is not None
    assert plain(root) == {"a": 1}
    assert [(each.message, each.span.first.line) for each in problems] == [
        ("a second document in one file is not read: put it into its own file", 2)
    ]
    assert parse_document(Source("t.yaml", "---\na: 1\n...\n"))[1] == []


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n..."])
def test_nothing_is_no_problem(text: str) -> None:
    assert problems_of(text) == []


@pytest.mark.parametrize("text", ['{"a": 1,}', "{a: 1}", '{"a": 1 # note\n}'])
def test_what_only_starts_as_json_is_yaml(text: str) -> None:
    assert plain(parsed(text)) == {"a": 1}


@pytest.mark.parametrize(
    ("text", "message", "position"),
    [
        ("a: [1, 2\nb: 3", "YAML: did not find expected ',' or ']'", (2, 2)),
        ("😀: 1\na: b: c", "YAML: mapping values are not allowed", (2, 5)),
        ("a:\n\tb: 1", "YAML: a tab cannot indent YAML", (2, 1)),
        ("a: 😀\x01", "YAML: control characters are not allowed", (1, 5)),
        ("a: *x", "YAML: the alias has no anchor", (1, 4)),
        ("a: &x [*x]", "YAML: the alias stands inside of what it repeats", (1, 8)),
        ('{"a": 1\n"b": 2}', "", (2, 1)),
        ('{"a": 1,\n "b" "c"}', "", (2, 2)),
        ("\ufeffa: *x", "YAML: the alias has no anchor", (1, 5)),
    ],
)
def test_a_broken_document_is_one_problem_at_its_place(text: str, message: str, position: tuple[int, int]) -> None:
    node, problems = parse_document(Source("t", text))
    assert node is None
    assert len(problems) == 1
    assert message in problems[0].message
    line, column = problems[0].span.first
    assert line == position[0]
    assert message == "" or column == position[1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 10_000, "nested more than 100 levels"),
        ("- " * 10_000, "nested more than 100 levels"),
        ('{"a":' * 10_000, "nested more than 100 levels"),
        ("\n".join(f"{' ' * i}a:" for i in range(500)), "nested more than 100 levels"),
        ("\n".join(f"a{i}: &a{i} [{f'*a{i - 1}' if i else 'x'}]" for i in range(300)), "nested more than 100 levels"),
        ("\n".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9) if i else 'x'}]" for i in range(30)), "aliases stand"),
        ("a: *b\n" + "x" * 1_000_000, "has no anchor"),
    ],
)
def test_what_would_never_end_is_a_problem(text: str, message: str) -> None:
    ((found, _),) = problems_of(text)
    assert message in found


@pytest.mark.parametrize(
    "text",
    ["? [a]\n: b\nc: d", "{<<: 1, c: d}", "<<: !Ref X\nc: d"],
)
def test_one_bad_entry_leaves_the_rest(text: str) -> None:
    node, problems = parse_document(Source("t", text))
    assert plain(node) == {"c": "d"}
    assert len(problems) == 1


def test_the_pure_python_parser_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: !Ref 😀\nb: |\n  x\nc:\n  - {d: 1}\n"
    native = [at(text, key) for key in "abc"], plain(parsed(text))
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert ([at(text, key) for key in "abc"], plain(parsed(text))) == native
    assert problems_of("a: b: c")[0][1] == (1, 5)
