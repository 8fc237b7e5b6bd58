"""What guards others and is lost by a change is named, and nothing else: pairs of a base and a head.

Every case of tests/review/protection/*.yaml is a base with changes: `lost` are texts that are replaced in it, each with
the protection that goes, or may go, with it; `kept` are changes by which nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from iacreview.engine.load import load_catalog, load_rules
from iacreview.model.finding import Change, Protection
from iacreview.options import Options
from iacreview.protection.load import load_protections
from iacreview.review.comparison import compare
from iacreview.review.sides import Side
from tests.review.transforms import Files, Transform, transforms_for
from tests.trees import MemoryTree

FOLDER = Path(__file__).parent / "protection"
PATHS = {"terraform": "main.tf", "cloudformation": "template.yaml"}


class Case(NamedTuple):
    """A change of a base: `edits` are texts and what stands instead."""

    name: str
    path: str
    base: str
    edits: list[tuple[str, str]]
    lost: list[str]
    maybe: list[str]

    @property
    def head(self) -> str:
        text = self.base
        for old, new in self.edits:
            assert old in text, f"{self.name}: the base has no {old!r}"
            text = text.replace(old, new)
        return text


def cases() -> Iterator[Case]:
    for path in sorted(FOLDER.glob("*.yaml")):
        for base in yaml.safe_load(path.read_text(encoding="utf-8")):
            for number, change in enumerate(base["changes"]):
                name = f"{path.stem}-{base['language']}-{base['name']}-{number}"
                yield Case(name, PATHS[base["language"]], base["text"], edits(change), *named(change))


def edits(change: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["from"], each.get("to", "")) for each in change.get("edits", [change])]


def named(change: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The protections that are lost, and those that may be."""
    return [change["lost"]] if "lost" in change else [], [change["maybe"]] if "maybe" in change else []


CASES = list(cases())


@cache
def options() -> Options:
    rules = load_rules()
    return Options([], load_catalog(), protections=load_protections(rules))


def compared(before: Files, after: Files) -> Change:
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    change = compare(Side(MemoryTree(before), "base"), Side(MemoryTree(after), "head"), changed, (), options()).change
    assert change is not None
    return change


def names(found: tuple[Protection, ...], certain: bool) -> list[str]:
    return sorted(each.name for each in found if each.certain is certain)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_what_is_lost(case: Case) -> None:
    removed = compared({case.path: case.base}, {case.path: case.head}).protection_removed
    assert (names(removed, True), names(removed, False)) == (case.lost, case.maybe), removed
    for each in removed:
        text = case.base if each.in_base else case.head
        assert each.span.source.text == text
        assert each.was
        assert each.now


def bases() -> list[tuple[str, Files]]:
    return list({case.base: (case.name.rpartition("-")[0], {case.path: case.base}) for case in CASES}.values())


@pytest.mark.parametrize(
    ("before", "transform"),
    [(files, transform) for _, files in bases() for transform in transforms_for(files)],
    ids=[f"{name}-{transform.__name__}" for name, files in bases() for transform in transforms_for(files)],
)
def test_another_form_loses_nothing(before: Files, transform: Transform) -> None:
    after = transform(before)
    assert after is not None
    change = compared(before, after)
    assert change.protection_removed == ()
    assert change.protection_added == ()


RULES = """Resources:
  Managed:
    Type: AWS::Config::ConfigRule
    Properties: {ConfigRuleName: managed, Source: {Owner: AWS, SourceIdentifier: EC2_INSTANCE_MANAGED_BY_SSM}}
"""
EMPTY = "Resources: {}\n"
PACK = 'resource "aws_config_conformance_pack" "p" {\n  name = "p"\n  template_body = %s\n}\n'
STACK = "Resources:\n  Rules:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: ./rules.yaml}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"main.tf": PACK % f"<<EOT\n{RULES}EOT"}, {"main.tf": PACK % f"<<EOT\n{EMPTY}EOT"}),
        ({"main.tf": PACK % 'file("pack.yaml")', "pack.yaml": RULES}, {"pack.yaml": EMPTY}),
        ({"main.yaml": STACK, "rules.yaml": RULES}, {"rules.yaml": EMPTY}),
    ],
    ids=["string", "file", "nested"],
)
def test_a_pack_is_the_same_wherever_it_stands(before: Files, after: Files) -> None:
    change = compared(before, {**before, **after})
    assert names(change.protection_removed, True) == ["config-rule"]
    assert compared(before, {**before, "README.md": "words"}).protection_removed == ()


def test_a_rule_that_moves_from_a_pack_to_a_stack_of_its_own_is_not_lost() -> None:
    other = "Resources:\n  B: {Type: AWS::S3::Bucket}\n"
    before = {"main.tf": PACK % f"<<EOT\n{RULES}EOT", "own/t.yaml": other}
    after = {"main.tf": PACK % f"<<EOT\n{EMPTY}EOT", "own/t.yaml": other + RULES.partition("\n")[2]}
    change = compared(before, after)
    assert change.protection_removed == ()


def test_a_marked_part_of_a_structure_is_not_shown() -> None:
    rule = (
        'variable "key" {\n  default = "hidden-key"\n  sensitive = true\n}\nresource "aws_config_config_rule" "r" {\n'
        '  name = "r"\n  input_parameters = jsonencode({ a = var.key, b = "%s" })\n'
        '  source {\n    owner = "AWS"\n    source_identifier = "REQUIRED_TAGS"\n  }\n}\n'
    )
    change = compared({"main.tf": rule % "x"}, {"main.tf": rule % "y"})
    assert "hidden-key" not in repr([(each.was, each.now) for each in change.protection_removed])


def test_every_protection_has_a_pair_in_each_language() -> None:
    """Those that only one language has are lost in that one alone."""
    catalog, definitions = options().catalog, options().protections
    assert definitions is not None
    wanted = {
        (kind.name, "cloudformation" if type == "cfn" else "terraform")
        for name, pairs in definitions.wards.items()
        for kind, _ in pairs
        for type in catalog.kind(name).spec["types"]
    }
    languages = {path: language for language, path in PATHS.items()}
    shown = {(name, languages[case.path]) for case in CASES for name in (*case.lost, *case.maybe)}
    assert wanted - shown == set()
