from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iacreview.model.source import Source, Span
from iacreview.model.value import Choice, Encoded, Known, ListValue, MapValue, Text, Unknown, Value
from iacreview.semantics.items import items_of
from iacreview.semantics.pattern import HOLE
from iacreview.semantics.policy import ALLOW, DENY, Policy, parse_policy
from tests.semantics.values import UNKNOWN_VALUE, choice, names, note, partial, policy, statement, text, value


def shown(items: Any) -> list[Any]:
    return [(item.pattern, names(item.when)) if item.when else item.pattern for item in items]


def test_a_whole_statement() -> None:
    found = statement(
        Sid="Read",
        Action=["s3:GetObject", "s3:List*"],
        Resource="arn:aws:s3:::data/*",
        Principal={"AWS": ["111122223333", "arn:aws:iam::111122223333:root"], "Service": "ec2.amazonaws.com"},
        Condition={"StringEquals": {"aws:SourceVpce": ["vpce-1", "vpce-2"]}, "Bool": {"aws:SecureTransport": True}},
    )
    assert (found.sid, found.effect, found.complete, found.when) == ("Read", ALLOW, True, ())
    assert shown(found.actions) == ["s3:GetObject", "s3:List*"]
    assert shown(found.resources) == ["arn:aws:s3:::data/*"]
    assert [(each.kind, each.pattern) for each in found.principals] == [
        ("AWS", "111122223333"),
        ("AWS", "arn:aws:iam::111122223333:root"),
        ("Service", "ec2.amazonaws.com"),
    ]
    assert [(each.operator, each.key, shown(each.values)) for each in found.conditions] == [
        ("StringEquals", "aws:SourceVpce", ["vpce-1", "vpce-2"]),
        ("Bool", "aws:SecureTransport", ["true"]),
    ]
    assert (found.not_actions, found.not_resources, found.not_principals) == ((), (), ())


def test_the_inverse_elements() -> None:
    found = statement(Effect="Deny", NotAction="iam:*", NotResource=["a"], NotPrincipal={"AWS": "111122223333"})
    assert found.denies
    assert not found.allows
    assert (shown(found.not_actions), shown(found.not_resources)) == (["iam:*"], ["a"])
    assert shown(found.not_principals) == ["111122223333"]


def test_one_statement_needs_no_list_and_names_any_case() -> None:
    [found] = parse_policy(value({"statement": {"effect": "allow", "ACTION": "s3:*", "Resource": "*"}})).statements
    assert found.effect == ALLOW
    assert shown(found.actions) == ["s3:*"]


@pytest.mark.parametrize(
    ("data", "items"),
    [
        (None, []),
        ("s3:*", ["s3:*"]),
        ([], []),
        (["a", ["b", ["c"]]], ["a", "b", "c"]),
        (5, ["5"]),
        (UNKNOWN_VALUE, [None]),
        (["a", UNKNOWN_VALUE], ["a", None]),
        (partial("a"), ["a", None]),
        (choice(x="a", y=["b", "c"]), [("a", ("x",)), ("b", ("y",)), ("c", ("y",))]),
        (choice(x="a", y=choice(z="b", w=None)), [("a", ("x",)), ("b", ("y", "z"))]),
        (text("arn:aws:s3:::", UNKNOWN_VALUE, "/*"), [f"arn:aws:s3:::{HOLE}/*"]),
        (text(UNKNOWN_VALUE), [None]),
        (text("a", text("b", UNKNOWN_VALUE), 5), [f"ab{HOLE}5"]),
        (text("a", choice(x="b", y=UNKNOWN_VALUE)), [("ab", ("x",)), (f"a{HOLE}", ("y",))]),
        ("arn:aws:s3:::data/${aws:username}/*", [f"arn:aws:s3:::data/{HOLE}/*"]),
        ("${aws:username}", [None]),
        ({"a": "b"}, [None]),
    ],
)
def test_items(data: Any, items: list[Any]) -> None:
    assert shown(items_of(value(data))) == items


def test_an_unknown_item_says_why() -> None:
    [item] = items_of(UNKNOWN_VALUE)
    assert item.reason == "is known after deployment"
    [item] = items_of(text("a", UNKNOWN_VALUE))
    assert item.reason == "is known after deployment"


def test_items_keep_their_places() -> None:
    source = Source("a.json", '"s3:*"')
    [item] = items_of(Known("s3:*", Span(source, 0, 6)))
    assert item.value.span is not None
    assert item.value.span.text == '"s3:*"'


def test_key_span() -> None:
    source = Source("a.json", "Action Resource")
    inner = MapValue({"Action": Known("*")}, Span(source, 0, 15), keys={"Action": Span(source, 0, 6)})
    [found] = parse_policy(value({"Statement": inner})).statements
    spans = [found.key_span("action"), found.key_span("Resource"), found.span]
    assert [span.text for span in spans if span] == ["Action", "Action Resource", "Action Resource"]


@pytest.mark.parametrize(
    ("principal", "kinds"),
    [
        ("*", [("*", "*")]),
        ({"AWS": "*"}, [("AWS", "*")]),
        ({"aws": 111122223333}, [("AWS", "111122223333")]),
        ({"Federated": "accounts.google.com"}, [("Federated", "accounts.google.com")]),
        ({"Other": "x"}, [("Other", "x")]),
        (UNKNOWN_VALUE, [(None, None)]),
        ({"AWS": UNKNOWN_VALUE}, [("AWS", None)]),
        (MapValue({"AWS": Known("*")}, complete=False), [("AWS", "*"), (None, None)]),
        (choice(x="*", y={"Service": "a"}), [("*", "*"), ("Service", "a")]),
    ],
)
def test_principals(principal: Any, kinds: list[Any]) -> None:
    found = statement(Principal=principal)
    assert [(each.kind, each.pattern) for each in found.principals] == kinds


def test_choices_make_several_statements() -> None:
    effect = choice(prod="Deny", test="Allow")
    condition = choice(open=None, closed={"Bool": {"aws:SecureTransport": "true"}})
    found = policy({"Effect": effect, "Action": "*", "Condition": condition}).statements
    assert [(each.effect, names(each.when), len(each.conditions)) for each in found] == [
        (DENY, ("prod", "open"), 0),
        (DENY, ("prod", "closed"), 1),
        (ALLOW, ("test", "open"), 0),
        (ALLOW, ("test", "closed"), 1),
    ]


def test_a_choice_of_statements_and_of_documents() -> None:
    one, two = {"Effect": "Allow", "Action": "a"}, {"Effect": "Allow", "Action": "b"}
    document = choice(x={"Statement": choice(y=one, z=None)}, w={"Statement": [two]}, v=None)
    found = parse_policy(document)
    assert [(shown(each.actions), names(each.when)) for each in found.statements] == [
        (["a"], ("x", "y")),
        (["b"], ("w",)),
    ]
    assert found.complete


@pytest.mark.parametrize(
    "condition", [UNKNOWN_VALUE, {"Bool": UNKNOWN_VALUE}, MapValue({}, complete=False), choice(x=UNKNOWN_VALUE)]
)
def test_unknown_conditions_are_conditions(condition: Any) -> None:
    [found] = statement(Condition=condition).conditions
    assert found.key is None


@pytest.mark.parametrize(
    ("document", "unknowns", "problems"),
    [
        (UNKNOWN_VALUE, 1, 0),
        ({"Statement": UNKNOWN_VALUE}, 1, 0),
        ({"Statement": [UNKNOWN_VALUE]}, 1, 0),
        ({"Statement": partial()}, 1, 0),
        (MapValue({}, complete=False), 1, 0),
        (text("{", UNKNOWN_VALUE), 1, 0),
        (None, 0, 0),
        ({}, 0, 1),
        ("text", 0, 1),
        ({"Statement": "text"}, 0, 1),
        ({"Statement": {"Action": "*"}}, 0, 1),
        ({"Statement": {"Effect": "Perhaps"}}, 0, 1),
        ({"Statement": {"Effect": UNKNOWN_VALUE}}, 1, 0),
        ({"Statement": {"Effect": "Allow", "Principal": "me"}}, 0, 1),
    ],
)
def test_what_is_unknown_and_what_is_no_policy(document: Any, unknowns: int, problems: int) -> None:
    found = parse_policy(value(document))
    assert (len(found.unknowns), len(found.problems)) == (unknowns, problems)
    assert found.complete == (unknowns == 0)


def test_encoded_documents_are_read() -> None:
    inner = value({"Statement": [{"Effect": "Allow", "Action": "*"}]})
    assert len(parse_policy(Encoded(inner)).statements) == 1


def test_an_incomplete_statement_says_so() -> None:
    [found] = parse_policy(value({"Statement": MapValue({"Action": Known("*")}, complete=False)})).statements
    assert not found.complete
    assert found.effect is None


def nested(depth: int) -> Value:
    result: Value = Known("*")
    for index in range(depth):
        result = Choice([((note(f"a{index}"),), result), ((note(f"b{index}"),), result)])
    return result


def test_hostile_documents_end() -> None:
    deep: Value = Known("*")
    for _ in range(50_000):
        deep = ListValue([deep])
    many = nested(60)
    template: Value = Text([many, many])
    for _ in range(100):
        template = Text([template, template]) if len(template.parts) < 2 else Text([template])  # type: ignore[attr-defined]
    parts: list[Value] = [deep, many, template, MapValue({"Bool": many}), MapValue({"Bool": MapValue({"a": many})})]
    for part in parts:
        for name in ("Effect", "Action", "Principal", "Condition", "Sid"):
            found = policy({"Effect": "Allow", name: part})
            assert isinstance(found, Policy)
        assert isinstance(parse_policy(part), Policy)
        assert isinstance(parse_policy(value({"Statement": part})), Policy)


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.sampled_from(["*", "Allow", "s3:*"])
)
LEAVES = st.one_of(SCALARS.map(Known), st.just(Unknown("x")))
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(ListValue),
        st.lists(inner, max_size=3).map(Text),
        st.dictionaries(
            st.sampled_from(["Statement", "Effect", "Action", "Principal", "AWS", "Condition", "Bool"]),
            inner,
            max_size=4,
        ).map(MapValue),
        st.lists(st.tuples(st.just((note("x"),)), inner), max_size=3).map(Choice),
        inner.map(Encoded),
    ),
    max_leaves=20,
)


@given(VALUES)
def test_total(document: Value) -> None:
    found = parse_policy(document)
    for each in found.statements:
        assert each.effect in (ALLOW, DENY, None)
        patterns = [item.pattern for item in each.actions] + [principal.pattern for principal in each.principals]
        assert all(pattern is None or isinstance(pattern, str) for pattern in patterns)


@pytest.mark.parametrize(
    "more", [{}, {"Condition": {"Bool": {"aws:SecureTransport": choice(prod="true", test="false")}}}]
)
def test_elements_that_hang_on_one_question_are_answered_together(more: dict[str, Any]) -> None:
    elements = {"Action": choice(prod="s3:GetObject", test="s3:*"), "Resource": choice(prod="*", test="arn:aws:s3:::b")}
    found = policy({"Effect": "Allow", **elements, **more}).statements
    assert [(shown(each.actions), shown(each.resources), names(each.when)) for each in found] == [
        (["s3:GetObject"], ["*"], ("prod",)),
        (["s3:*"], ["arn:aws:s3:::b"], ("test",)),
    ]
