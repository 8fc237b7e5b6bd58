"""Views, links and occurrences: what of a resource is read, where it stands, and under what."""

from __future__ import annotations

import pytest

from iacreview.catalog.catalog import Catalog
from iacreview.catalog.links import Links
from iacreview.catalog.occurrence import Occurrence, branches, doubt_reason, statement
from iacreview.catalog.view import View
from iacreview.catalog.world import World, bare_address
from iacreview.engine.load import load_catalog
from iacreview.model.graph import Resource
from iacreview.model.guard import Guard, Says, spoken
from iacreview.model.provenance import SENSITIVE, Reference
from iacreview.model.source import Source, Span
from iacreview.model.value import Choice, Encoded, Known, ListValue, MapValue, Supplied, Text, Unknown, Value
from iacreview.model.words import value_text
from iacreview.pipeline import graphs
from tests.trees import MemoryTree

CATALOG: Catalog = load_catalog()
SPAN = Span(Source("main.tf", "text"), 0, 4)
A = Guard("var.a", Says.HOLDS)
B = Guard("var.b", Says.HOLDS)


def view_of(text: str, address: str = "aws_s3_bucket.b") -> View:
    (graph,) = graphs(MemoryTree({"main.tf": text}), (), CATALOG)
    view = World(graph, CATALOG).view(graph.resources[address])
    assert view is not None
    return view


def read(occurrence: Occurrence) -> tuple[object, ...]:
    """The value, its guards, and what is not as usual of it."""
    words = value_text(occurrence.value) if occurrence.value is not None else None
    marks = [name for name, set in (("default", occurrence.defaulted), ("unsure", not occurrence.sure)) if set]
    return (words, spoken(occurrence.when), *marks)


VARIABLES = 'variable "a" {}\nvariable "b" {}\nvariable "l" {}\n'
BUCKET = 'resource "aws_s3_bucket" "b" {{\n{}\n}}\n'
LOGGING = 'resource "aws_s3_bucket_logging" "{}" {{\n  bucket = aws_s3_bucket.b.id\n  target_bucket = {}\n{}\n}}\n'


@pytest.mark.parametrize(
    ("bucket", "others", "expected"),
    [
        ("", "", [(None, "")]),
        ('logging { target_bucket = "x" }', "", [('"x"', "")]),
        ('logging { target_bucket = var.a ? "x" : "y" }', "", [("${var.a}", "")]),
        # A satellite counts before what stands in the resource itself.
        ('logging { target_bucket = "x" }', LOGGING.format("l", '"y"', ""), [('"y"', "")]),
        # What it sets is missing where its condition fails.
        (
            "",
            LOGGING.format("l", '"y"', "count = var.a ? 1 : 0"),
            [('"y"', "when var.a"), (None, "when not (var.a)")],
        ),
        # A condition that both have is none of its own.
        ("count = var.a ? 1 : 0", LOGGING.format("l", '"y"', "count = var.a ? 1 : 0"), [('"y"', "")]),
        # Where it cannot be together with the resource, it is not there.
        ("count = var.a ? 1 : 0", LOGGING.format("l", '"y"', "count = var.a ? 0 : 1"), [(None, "")]),
        ('dynamic "logging" {\nfor_each = var.l\ncontent { target_bucket = "x" }\n}', "", [('"x"', "", "unsure")]),
    ],
)
def test_occurrences(bucket: str, others: str, expected: list[tuple[object, ...]]) -> None:
    address = "aws_s3_bucket.b[0]" if "count" in bucket else "aws_s3_bucket.b"
    view = view_of(VARIABLES + BUCKET.format(bucket) + others, address)
    assert [read(each) for each in view.occurrences("log_target")] == expected


GROUP = 'resource "aws_security_group" "g" {{\n{}\n}}\n'
INGRESS = 'ingress {{\n protocol = "tcp"\n from_port = 22\n to_port = {}\n cidr_blocks = {}\n}}\n'


@pytest.mark.parametrize(
    ("body", "members", "unread"),
    [
        ("", [], []),
        (INGRESS.format("22", '["10.0.0.0/8"]'), [("22", "", True)], []),
        (INGRESS.format("22", "[]") + INGRESS.format("23", "[]"), [("22", "", True), ("23", "", True)], []),
        (
            "ingress = var.a ? [{ to_port = 22 }] : [{ to_port = 80 }, { to_port = 81 }]",
            [("22", "when var.a", True), ("80", "when not (var.a)", True), ("81", "when not (var.a)", True)],
            [],
        ),
        (
            "ingress = [var.a ? { to_port = 1 } : { to_port = 2 }]",
            [("1", "when var.a", True), ("2", "when not (var.a)", True)],
            [],
        ),
        ("ingress = concat([{ to_port = 22 }], var.l)", [("22", "", False)], []),
        ("ingress = var.l", [], ["var.l has no default"]),
    ],
)
def test_members(body: str, members: list[tuple[object, ...]], unread: list[str]) -> None:
    view = view_of(VARIABLES + GROUP.format(body), "aws_security_group.g")
    found = [
        (value_text(each.first("to_port")), spoken(each.when), each.under.sure) for each in view.members("ingress")
    ]
    assert found == members
    assert [each.value.reason for each in view.unread("ingress") if isinstance(each.value, Unknown)] == unread


@pytest.mark.parametrize(
    ("port", "networks", "expected"),
    [
        ("22", '["10.0.0.0/8"]', [("22", "")]),
        ("var.a ? 22 : 80", "[]", [("22", "when var.a"), ("80", "when not (var.a)")]),
        # The same question is answered once.
        ("var.a ? 22 : 80", "var.a ? [] : null", [("22", "when var.a"), ("80", "when not (var.a)")]),
        (
            "var.a ? 22 : var.b ? 80 : 81",
            "[]",
            [("22", "when var.a"), ("80", "when not (var.a) and var.b"), ("81", "when not (var.a) and not (var.b)")],
        ),
    ],
)
def test_cases(port: str, networks: str, expected: list[tuple[str, str]]) -> None:
    view = view_of(VARIABLES + GROUP.format(INGRESS.format(port, networks)), "aws_security_group.g")
    (member,) = view.members("ingress")
    found = member.cases(["to_port", "cidrs_v4"])
    assert [(value_text(each.first("to_port")), spoken(each.when)) for each in found] == expected


def test_a_member_sees_the_properties_of_its_parent_under_its_own_answers() -> None:
    text = VARIABLES + (
        'resource "aws_elasticache_replication_group" "r" {\n  engine = var.a ? "valkey" : "redis"\n}\n'
        'resource "aws_ecs_task_definition" "t" {\n  family = var.a ? "x" : "y"\n'
        '  container_definitions = jsonencode([{ name = "c", environment = [{ name = "K", value = "V" }] }])\n}\n'
    )
    view = view_of(text, "aws_ecs_task_definition.t")
    name = next(name for name in view.kind.spec["properties"] if view.kind.property(name).items)
    (member, *_) = view.members(name)
    assert member.parent is view
    inner = next(iter(view.kind.property(name).items))
    assert member.property(inner) is view.kind.property(name).items[inner]


def value(*references: str) -> Unknown:
    return Unknown("r", SPAN, references=tuple(map(Reference, references)))


def resource(address: str) -> Resource:
    return Resource(address, "t", MapValue({}), SPAN, SPAN, "terraform")


@pytest.mark.parametrize(
    ("linking", "targets", "names", "found"),
    [
        (Known("logs"), [], [Known("logs")], True),
        (Known("logs"), [], [Known("other"), Known("logs")], True),
        (Known("logs"), [], [Known("log")], False),
        (Known("logs"), [], [None], False),
        (Known(None), [], [Known(None)], False),
        # By reference, whatever it is called.
        (value("t.parent"), ["t.parent"], [], True),
        (value("t.another"), ["t.another"], [Known("logs")], False),
        # Two values that nobody knows are the same where they are made of the same.
        (value("var.name"), [], [value("var.name")], True),
        (value("var.name"), [], [value("var.name", "var.more")], False),
        (value(), [], [value()], False),
        (None, [], [Known("logs")], False),
    ],
)
def test_links(linking: Value | None, targets: list[str], names: list[Value | None], found: bool) -> None:
    links, parent, owner = Links(), resource("t.parent"), resource("t.owner")
    links.add(owner, linking, [parent if name == "t.parent" else resource(name) for name in targets])
    assert links.to(parent, [(name, "") for name in names]) == ([owner] if found else [])


def test_links_come_in_the_order_of_their_owners_each_once() -> None:
    links, parent = Links(), resource("t.parent")
    owners = [resource(f"t.{name}") for name in "zay"]
    for owner in owners:
        links.add(owner, Known("logs"), [parent])
    assert links.to(parent, [(Known("logs"), "")]) == owners


@pytest.mark.parametrize(
    ("value", "words", "reason"),
    [
        (None, "`p` is not set", "`p` cannot be known"),
        (Known("a"), '`p` is "a"', "`p` cannot be known"),
        (Known(True), "`p` is true", "`p` cannot be known"),
        (Known(None), "`p` is null", "`p` cannot be known"),
        (Known("s", references=(SENSITIVE,)), "`p` is (sensitive)", "`p` cannot be known"),
        (Supplied("s"), '`p` is "s"', "`p`: comes from outside of the reviewed files"),
        (
            Known("{{resolve:ssm:x}}"),
            '`p` is "{{resolve:ssm:x}}"',
            "`p`: a dynamic reference is resolved at deployment",
        ),
        (Unknown("why"), "`p` is ${…}", "`p`: why"),
        (value("var.x"), "`p` is ${var.x}", "`p`: r"),
        (Text([Known("a-"), Unknown("why")]), '`p` is "a-${…}"', "`p`: why"),
        (Text([Known("s", references=(SENSITIVE,)), Known("-b")]), '`p` is "${…}-b"', "`p` cannot be known"),
        (ListValue([Known("a"), Known(1)]), '`p` is ["a", 1]', "`p` cannot be known"),
        (ListValue([Known(each) for each in range(8)]), "`p` is [0, 1, 2, 3, 4, 5…]", "`p` cannot be known"),
        (MapValue({"k": Known("v")}), "`p` is {k}", "`p` cannot be known"),
        (Encoded(ListValue([Known(1)])), "`p` is [1]", "`p` cannot be known"),
        (Known("x" * 80), f'`p` is "{"x" * 58}…', "`p` cannot be known"),
    ],
)
def test_occurrences_in_words(value: Value | None, words: str, reason: str) -> None:
    found = Occurrence(value, SPAN, "p")
    assert (statement(found), doubt_reason(found)) == (words, reason)


def test_what_is_not_written_and_what_is_not_sure_in_words() -> None:
    assert statement(Occurrence(Known(False), SPAN, "p", defaulted=True)) == "`p` is not set, and the default is false"
    assert statement(Occurrence(Known("s"), SPAN, "p"), secret=True) == "`p` is a literal"
    doubt = doubt_reason(Occurrence(Known("a"), SPAN, "p", sure=False))
    assert doubt == "`p` is set only under a condition that is not known"


def test_branches_are_those_of_all_choices_with_their_guards() -> None:
    inner = Choice([((B,), Known(2)), ((B.opposite,), Known(3))])
    found = branches(Occurrence(Choice([((A,), Known(1)), ((A.opposite,), inner)]), SPAN, "p", when=(B,)))
    # What contradicts the guards around it is not there.
    assert [(value_text(each.value), each.when) for each in found] == [("1", (B, A)), ("2", (B, A.opposite))]


def test_branches_are_those_of_choices_in_texts() -> None:
    text = Text([Known("a"), Choice([((A,), Known("b")), ((A.opposite,), Unknown("why"))])])
    found = branches(Occurrence(text, SPAN, "p"))
    assert [(value_text(each.value), each.when) for each in found] == [('"ab"', (A,)), ('"a${…}"', (A.opposite,))]


def test_too_many_branches_are_not_known() -> None:
    many = Choice([((Guard("x", str(index)),), Known(index)) for index in range(200)])
    found = branches(Occurrence(many, SPAN, "p"))
    assert isinstance(found[-1].value, Unknown)


OUTPUT = 'output "name" {\n  value = aws_s3_bucket.b.id\n}\n'
POLICY = 'resource "aws_s3_bucket_policy" "p" {\n  bucket = aws_s3_bucket.b.id\n}\n'


@pytest.mark.parametrize(("others", "kinds"), [("", set()), (OUTPUT, set()), (OUTPUT + POLICY, {"s3.bucket_policy"})])
def test_who_mentions_a_resource(others: str, kinds: set[str]) -> None:
    """An output shows it, and does not use it."""
    view = view_of(BUCKET.format("") + others)
    assert view.world.users(view.resource) == kinds
    assert view.world.is_used(view.resource) is bool(kinds)


@pytest.mark.parametrize(
    ("address", "bare"),
    [
        ("aws_s3_bucket.b", "aws_s3_bucket.b"),
        ("module.m[0].aws_s3_bucket.b", "module.m.aws_s3_bucket.b"),
        ('module.m["a.b"].aws_s3_bucket.b["c"]', "module.m.aws_s3_bucket.b"),
        ('aws_s3_bucket.b["x[1]"]', "aws_s3_bucket.b"),
        ('aws_s3_bucket.b["x[1][2]"].y', "aws_s3_bucket.b.y"),
    ],
)
def test_an_address_without_its_keys(address: str, bare: str) -> None:
    assert bare_address(address) == bare
