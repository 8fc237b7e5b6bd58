"""Templates that no deployment takes: each ends with a finding of its own, and what is well beside it is judged."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.model.finding import Report
from iacreview.options import Options
from iacreview.pipeline import check
from iacreview.tree import MAX_FILE_BYTES, WorkingTree
from tests.trees import MemoryTree

HEAD = "AWSTemplateFormatVersion: '2010-09-09'\n"
BUCKET = (
    "  Open:\n    Type: AWS::S3::Bucket\n    Properties: {PublicAccessBlockConfiguration: {BlockPublicAcls: false}}\n"
)


def run(files: dict[str, str]) -> Report:
    return check(MemoryTree(files), (), Options(load_rules(), load_catalog()))


def syntax(report: Report) -> list[tuple[str, int, str]]:
    return [(each.span.path, each.span.first.line, each.message) for each in report.findings if each.rule == "SYN001"]


def bomb() -> str:
    lines = ["  a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    lines += [f"  a{i}: &a{i} [" + ",".join([f"*a{i - 1}"] * 10) + "]" for i in range(1, 30)]
    return HEAD + "Metadata:\n" + "\n".join(lines) + "\nResources: {}\n"


def merges() -> str:
    lines = ["  a0: &a0 {k0: v}"]
    lines += [f"  a{i}: &a{i}\n    <<: [*a{i - 1}, *a{i - 1}]\n    k{i}: v" for i in range(1, 200)]
    return HEAD + "Metadata:\n" + "\n".join(lines) + "\nResources: {}\n"


def deep(opening: str, closing: str, levels: int = 10_000) -> str:
    return HEAD + "Resources:\n  B:\n    Type: A::B::C\n    P: " + opening * levels + "x" + closing * levels + "\n"


def loops(levels: int) -> str:
    body: object = {"B": {"Type": "AWS::S3::Bucket"}}
    for level in range(levels):
        body = {f"Fn::ForEach::L{level}": [f"X{level}", [str(one) for one in range(1000)], body]}
    return json.dumps({"Transform": "AWS::LanguageExtensions", "AWSTemplateFormatVersion": "", "Resources": body})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (bomb(), "aliases stand for more than"),
        (merges(), "aliases stand for more than"),
        (HEAD + "Metadata: &m\n  a: *m\nResources: {}\n", "the alias stands inside of what it repeats"),
        (deep("[", "]"), "nested more than 100 levels deep"),
        (deep("{a: ", "}"), "nested more than 100 levels deep"),
        (deep("{'Fn::If': [C, a, ", "]}"), "nested more than 100 levels deep"),
        (deep("!Sub [", "]", 0) + " " * 5_000_000, "larger than 4 MiB"),
        ('{"AWSTemplateFormatVersion": "", "Resources": ' + '{"a": ' * 10_000, "nested more than 100 levels deep"),
        (loops(3), "Fn::ForEach::L2: repeats too much"),
    ],
    ids=["aliases", "merges", "alias-in-itself", "lists", "maps", "ifs", "megabytes", "json", "loops"],
)
def test_what_multiplies_or_goes_too_deep(text: str, message: str) -> None:
    (found,) = syntax(run({"t.yaml": text}))
    assert message in found[2]


RESOURCES = HEAD + BUCKET.join(["Resources:\n", ""])


@pytest.mark.parametrize(
    ("more", "line", "message"),
    [
        ("  A: {Type: X::Y::Z, DependsOn: A}\n", 6, "circular dependency between resources: A"),
        (
            "  A: {Type: X::Y::Z, DependsOn: [C]}\n  B: {Type: X::Y::Z, Properties: {P: !Ref A}}\n"
            "  C: {Type: X::Y::Z, Properties: {P: [!Sub 'x${B.Arn}']}}\n",
            6,
            "circular dependency between resources: A, B, C",
        ),
        (
            "Conditions: {A: !Not [!Condition B], B: {Condition: A}}\n",
            6,
            "circular dependency between conditions: A, B",
        ),
        (
            "  Fn::ForEach::L: [I, !Ref I, {'B${I}': {Type: X::Y::Z}}]\n",
            6,
            "Fn::ForEach::L: its collection must be a list that is known before anything is deployed",
        ),
        (
            "  Fn::ForEach::L: [I, !GetAtt Open.Arn, {'B${I}': {Type: X::Y::Z}}]\n",
            6,
            "Fn::ForEach::L: its collection must be a list that is known before anything is deployed",
        ),
        ("  Fn::ForEach::L: [I, [a, b], {B: {Type: X::Y::Z}}]\n", 6, "Fn::ForEach::L: makes B more than once"),
        ("  Fn::ForEach::L: [I, [a, a], {'B${I}': {Type: X::Y::Z}}]\n", 6, "Fn::ForEach::L: makes Ba more than once"),
        (
            "  Fn::ForEach::L: [I, [a], {B: {Type: X::Y::Z}}]\n  B: {Type: X::Y::Z}\n",
            7,
            "B: is also what a loop makes",
        ),
        (
            "  Fn::ForEach::L: [I, [a], {'Fn::ForEach::M': [I, [b], {'B${I}': {Type: X::Y::Z}}]}]\n",
            6,
            "Fn::ForEach::M: its identifier I is that of a loop around it",
        ),
        ("  Fn::ForEach::L: [I, [a, b]]\n", 6, "Fn::ForEach::L: needs [identifier, collection, mapping]"),
        (
            "  N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: t.yaml}}\n",
            6,
            "nested stack N: t.yaml nests itself",
        ),
    ],
)
def test_circles_and_what_cannot_be(more: str, line: int, message: str) -> None:
    report = run({"t.yaml": RESOURCES + more})
    assert syntax(report) == [("t.yaml", line, message)]
    assert {each.resource.address for each in report.findings if each.resource} == {"Open"}


@pytest.mark.parametrize(
    "more",
    [
        "  A: {Type: X::Y::Z, Properties: {P: !Ref B}}\n  B: {Type: X::Y::Z, DependsOn: Open}\n",
        # Only one of both branches is ever deployed.
        "  A: {Type: X::Y::Z, Properties: {P: !If [C, !Ref B, x]}}\n  B: {Type: X::Y::Z, Properties: {P: !If [C, x, !Ref A]}}\n"
        "Conditions: {C: !Equals [!Ref AWS::Region, a]}\n",
        "  A: {Type: X::Y::Z, Condition: C, Properties: {P: !Ref B}}\n  B: {Type: X::Y::Z, DependsOn: A}\n"
        "Conditions: {C: !Equals [!Ref AWS::Region, a]}\n",
        # The transform makes a permission of the event, which depends on both.
        "  A: {Type: AWS::Serverless::Function, Properties: {Events: {E: {Type: Api, Properties: {RestApiId: !Ref B}}}}}\n"
        "  B: {Type: AWS::Serverless::Api, Properties: {DefinitionBody: !GetAtt A.Arn}}\n"
        "Transform: AWS::Serverless-2016-10-31\n",
    ],
    ids=["chain", "branches", "condition", "sam"],
)
def test_what_only_looks_like_a_circle(more: str) -> None:
    assert syntax(run({"t.yaml": RESOURCES + more})) == []


def test_a_circle_of_nested_stacks_through_parameters_and_outputs() -> None:
    parent = HEAD + (
        "Resources:\n  A: {Type: X::Y::Z, Properties: {P: !GetAtt N.Outputs.O}}\n"
        "  N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: n.yaml, Parameters: {P: !Ref A}}}\n"
    )
    child = HEAD + (
        "Parameters: {P: {Type: String}}\nResources:\n  B: {Type: X::Y::Z, Properties: {P: !Ref P}}\n"
        "Outputs: {O: {Value: !Ref B}}\n"
    )
    (found,) = syntax(run({"t.yaml": parent, "n.yaml": child}))
    assert found == ("t.yaml", 3, "circular dependency between resources: A, N.B")


def test_a_circle_of_many_nested_stacks_that_multiplies() -> None:
    nested = {
        f"n{at}.json": json.dumps(
            {
                "AWSTemplateFormatVersion": "",
                "Resources": {
                    f"N{number}": {
                        "Type": "AWS::CloudFormation::Stack",
                        "Properties": {"TemplateURL": f"n{(at + 1) % 14}.json"},
                    }
                    for number in range(2)
                },
            }
        )
        for at in range(14)
    }
    messages = {message for _, _, message in syntax(run(nested))}
    assert "nested stack N0: it is nested more than 12 levels deep" in messages
    assert "more than 500 nested stacks: from here on they are not reviewed" in messages


def conditions(declared: dict[str, object], parameters: int = 1) -> str:
    resources = {
        f"V{name}": {
            "Type": "AWS::EC2::Volume",
            "Condition": name,
            "Properties": {"AvailabilityZone": "a", "Encrypted": {"Fn::If": [name, False, True]}},
        }
        for name in list(declared)[-20:]
    }
    types = {f"P{number}": {"Type": "String"} for number in range(parameters)}
    return json.dumps(
        {"AWSTemplateFormatVersion": "", "Parameters": types, "Conditions": declared, "Resources": resources}
    )


def chain(length: int, link: Callable[[str, int], object]) -> dict[str, object]:
    first: dict[str, object] = {"C0": {"Fn::Equals": [{"Ref": "P0"}, "x"]}}
    return first | {f"C{at}": link(f"C{at - 1}", at) for at in range(1, length)}


@pytest.mark.parametrize(
    "text",
    [
        conditions(chain(100, lambda before, _: {"Fn::And": [{"Condition": before}, {"Condition": before}]})),
        conditions(
            chain(
                400,
                lambda before, at: {
                    "Fn::Or": [{"Fn::Not": [{"Condition": before}]}, {"Fn::Equals": [{"Ref": f"P{at}"}, "x"]}]
                },
            ),
            400,
        ),
    ],
    ids=["doubling", "branching"],
)
def test_conditions_that_never_end_are_judged_as_possible_and_told(text: str) -> None:
    report = run({"t.json": text})
    ((path, line, message),) = syntax(report)
    assert (path, line) == ("t.json", 1)
    assert message.endswith("takes too long to tell")
    assert len([each for each in report.findings if each.rule == "ENC001"]) == 20


def test_a_long_chain_of_conditions_is_decided() -> None:
    report = run({"t.json": conditions(chain(5000, lambda before, _: {"Fn::Not": [{"Condition": before}]}))})
    assert [each.rule for each in report.findings] == ["ENC001"] * 20


@pytest.mark.parametrize(
    ("name", "text"), [("t.yaml", HEAD), ("t.json", '{"AWSTemplateFormatVersion": "2010-09-09", ')]
)
def test_a_template_too_large_to_be_read(tmp_path: Path, name: str, text: str) -> None:
    with (tmp_path / name).open("w") as file:
        file.write(text)
        file.truncate(MAX_FILE_BYTES + 1)
    report = check(WorkingTree(str(tmp_path)), (), Options(load_rules(), load_catalog()))
    assert [found[0] for found in syntax(report)] == [name]
    assert report.errors == ()


def test_other_large_files_do_not_fail_a_run(tmp_path: Path) -> None:
    with (tmp_path / "data.json").open("w") as file:
        file.write('{"a": 1')
        file.truncate(MAX_FILE_BYTES + 1)
    report = check(WorkingTree(str(tmp_path)), (), Options(load_rules(), load_catalog()))
    assert (report.findings, report.errors) == ((), ())
    assert [(each.path, each.reason) for each in report.skipped] == [
        ("data.json", "is larger than 20 MiB and does not begin like a template")
    ]
    named = check(WorkingTree(str(tmp_path)), ["data.json"], Options(load_rules(), load_catalog()))
    assert [each.path for each in named.errors] == ["data.json"]
