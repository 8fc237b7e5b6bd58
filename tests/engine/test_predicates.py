"""Every operator over what is known, absent, partly known and unknown."""

from __future__ import annotations

from typing import Any

import pytest

from iacreview.engine.predicates import OPERATORS, holds
from iacreview.evaluate.terraform.values import from_plain
from iacreview.model.guard import Guard, Says
from iacreview.model.logic import NO, UNKNOWN, YES, Truth
from iacreview.model.provenance import Reference
from iacreview.model.value import Choice, Encoded, Known, ListValue, MapValue, Text, Unknown, Value

A = Guard("a", Says.HOLDS)

INPUT = Unknown("var.x has no default", references=(Reference("var.x"),))
ATTRIBUTE = Unknown("known after apply", target=Reference("aws_kms_key.k", "arn"))
HOLE = Text([Known("arn:aws:s3:::"), ATTRIBUTE])
NULL = Known(None)


def listed(*items: object, complete: bool = True) -> ListValue:
    return ListValue([item if isinstance(item, Value) else Known(item) for item in items], complete=complete)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("predicate", "value", "expected"),
    [
        (True, Known(True), YES),
        (True, Known("true"), YES),  # CloudFormation's strings
        (True, Known("True"), YES),
        (True, Known(False), NO),
        (True, None, NO),
        (True, NULL, NO),
        (True, INPUT, UNKNOWN),
        (22, Known("22"), YES),
        (22, Known(22.0), YES),
        ("TLSv1", Known("TLSV1"), NO),
        ("x", HOLE, NO),
        ("arn:aws:s3:::x", HOLE, UNKNOWN),
        ("arn:aws:s3:::", HOLE, UNKNOWN),
        ("*", Text([INPUT, Known(".amazonaws.com")]), NO),
        ("a.amazonaws.com", Text([INPUT, Known(".amazonaws.com")]), UNKNOWN),
        ("abcba", Text([Known("ab"), INPUT, Known("ba")]), UNKNOWN),
        ("aba", Text([Known("ab"), INPUT, Known("ba")]), NO),
        ("a-b-c", Text([Known("a"), INPUT, Known("b"), INPUT, Known("c")]), UNKNOWN),
        ("a-c-b", Text([Known("a"), INPUT, Known("b"), INPUT, Known("c")]), NO),
        ("x", Text([INPUT, INPUT]), UNKNOWN),
        ("x", listed("x"), NO),
        (["a", "b"], Known("b"), YES),
        (["a", "b"], Known("c"), NO),
        (["a", "b"], INPUT, UNKNOWN),
        ("present", Known("x"), YES),
        ("present", Known(""), NO),
        ("present", None, NO),
        ("present", ATTRIBUTE, YES),  # it will be there after deployment
        ("present", INPUT, UNKNOWN),  # it may turn out empty
        ("present", HOLE, YES),
        ("present", listed(), NO),
        ("present", listed(complete=False), UNKNOWN),
        ("present", MapValue({}), YES),
        ("absent", None, YES),
        ("absent", INPUT, UNKNOWN),
        ({"not": True}, Known(False), YES),
        ({"not": True}, INPUT, UNKNOWN),
        ({"not": "present"}, None, YES),
        ({"equals": "a"}, Known("a"), YES),
        ({"in": ["a", "b"]}, Known("a"), YES),
        ({"not_in": ["a", "b"]}, Known("a"), NO),
        ({"not_in": ["a"]}, None, YES),
        ({"not_in": ["a"]}, INPUT, UNKNOWN),
        ({"any_of": ["absent", {"at_least": 7}]}, None, YES),
        ({"all_of": ["present", {"at_least": 7}]}, Known(3), NO),
        ({"at_least": 7}, Known("7"), YES),
        ({"at_least": 7}, Known("many"), UNKNOWN),
        ({"at_least": 7}, None, NO),
        ({"at_most": 7}, Known(8), NO),
        ({"matches": "^aws:"}, Known("aws:kms"), YES),
        ({"matches": "^aws:"}, None, NO),
        ({"matches": "^aws:"}, HOLE, NO),
        ({"matches": "aws:"}, HOLE, UNKNOWN),
        ({"matches": "^(?i:http)://"}, Text([Known("arn:"), Unknown("?")]), NO),
        ({"matches": "^(?i:http)://"}, Text([Known("htt"), Unknown("?")]), UNKNOWN),
        ({"matches": "^https?:"}, Text([Known("http:"), Unknown("?")]), UNKNOWN),
        ({"matches": "^http:|^arn:"}, Text([Known("arn:"), Unknown("?")]), UNKNOWN),
        ({"starts_with": "arn:aws:s3"}, HOLE, YES),
        ({"starts_with": "arn:aws:sqs"}, HOLE, NO),
        ({"starts_with": "arn:aws:s3:::bucket"}, HOLE, UNKNOWN),
        ({"contains": "a"}, listed("b", "a"), YES),
        ({"contains": "a"}, listed("b"), NO),
        ({"contains": "a"}, listed("b", INPUT), UNKNOWN),
        ({"contains": "a"}, listed("b", complete=False), UNKNOWN),
        ({"contains": "a"}, Known("a"), YES),  # CloudFormation takes one for a list of one
        ({"contains": "a"}, None, NO),
        ({"contains_all": ["a", "b"]}, listed("a"), NO),
        ({"contains_any": ["a", "b"]}, listed("b"), YES),
        ({"every": {"at_least": 2}}, listed(2, 3), YES),
        ({"every": {"at_least": 2}}, listed(1, INPUT), NO),
        ({"every": {"at_least": 2}}, listed(2, complete=False), UNKNOWN),
        ({"literal_secret": False}, Known("hunter2"), NO),
        ({"literal_secret": False}, Known("{{resolve:secretsmanager:db:SecretString:password}}"), YES),
        ({"literal_secret": False}, ATTRIBUTE, YES),
        ({"literal_secret": False}, INPUT, UNKNOWN),
        ({"literal_secret": False}, None, YES),
        ({"dynamic_reference": ["ssm"]}, Known("{{resolve:ssm:/db/password:1}}"), YES),
        ({"dynamic_reference": ["ssm"]}, Known("{{resolve:ssm-secure:/db/password:1}}"), NO),
        ({"dynamic_reference": ["ssm"]}, None, NO),
        ({"customer_managed_key": True}, Known("alias/shop"), YES),
        ({"customer_managed_key": True}, ATTRIBUTE, YES),
        ({"customer_managed_key": True}, Text([Known("arn:aws:kms:eu-west-1:"), INPUT, Known(":alias/shop")]), YES),
        ({"customer_managed_key": True}, Known("alias/aws/s3"), NO),  # the key that AWS keeps for S3
        ({"customer_managed_key": True}, Known("aws/secretsmanager"), NO),
        ({"customer_managed_key": True}, Text([Known("arn:aws:kms:"), INPUT, Known(":alias/aws/s3")]), NO),
        ({"customer_managed_key": True}, Known(""), NO),
        ({"customer_managed_key": True}, None, NO),
        ({"customer_managed_key": True}, INPUT, UNKNOWN),
    ],
)
def test_holds(predicate: Any, value: Value | None, expected: Truth) -> None:
    assert holds(predicate, value) is expected


def test_a_choice_is_known_where_its_branches_agree() -> None:
    agreeing = Choice([((A,), Known(True)), ((A.opposite,), Known("true"))])
    differing = Choice([((A,), Known(True)), ((A.opposite,), Known(False))])
    assert holds(True, agreeing) is YES
    assert holds(True, differing) is UNKNOWN


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_no_operator_claims_to_know_an_unknown(name: str) -> None:
    arguments = {"at_least": 1, "at_most": 1, "matches": "x", "starts_with": "x", "literal_secret": False}
    argument = arguments.get(name, ["x"])
    assert OPERATORS[name](argument, INPUT) is UNKNOWN


@pytest.mark.parametrize(
    ("structure", "answer"),
    [
        ({"username": "app", "password": "Quasar-9481-tin"}, YES),
        ({"db": {"master_password": "Quasar-9481-tin"}}, YES),
        ([{"token": "Quasar-9481-tin"}], YES),
        ({"username": "app", "host": "db.example.org"}, NO),
        ({"username": "app", "password": ""}, NO),
        ({"password": None}, NO),
    ],
)
def test_a_secret_in_an_encoded_structure(structure: object, answer: Truth) -> None:
    encoded = Encoded(from_plain(structure, None))
    assert holds({"literal_secret": True}, encoded) is answer
    assert holds({"literal_secret": False}, encoded) is ~answer


def test_what_is_not_known_of_an_encoded_structure() -> None:
    reference = Reference("random_password.p", "result")
    expected: list[tuple[Value, Truth]] = [
        (Unknown("why"), UNKNOWN),
        (Unknown("after apply", target=reference), NO),
        (Choice([((A,), Known("Quasar-9481-tin")), ((A.opposite,), Unknown("why"))]), UNKNOWN),
        (Text([Known("Quasar-9481-tin"), Unknown("why")]), UNKNOWN),
        (Text([Known("x-"), Unknown("why")]), NO),
    ]
    for value, answer in expected:
        assert holds({"literal_secret": True}, Encoded(MapValue({"password": value}))) is answer


def test_what_the_stack_knows_is_there() -> None:
    account = Unknown("AWS::AccountId is known at deployment", references=(Reference("AWS::AccountId"),))
    assert holds("present", account) is YES
    assert holds("absent", account) is NO
    assert holds("present", Unknown("is a parameter", references=(Reference("Account"),))) is UNKNOWN
