"""The changed line that made a finding whose own line did not change, and how resources are told after a change."""

from __future__ import annotations

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.git_tree import Entry
from iacreview.model.finding import Change, Finding, Report
from iacreview.options import Options
from iacreview.review.comparison import compare
from iacreview.review.files import Worktree
from iacreview.review.sides import Side
from tests.trees import MemoryTree

RULES = [each for each in load_rules() if each.code in ("NET001", "ENC001", "SEC001")]
GROUP = 'resource "aws_security_group" "g" {\n  ingress {\n    from_port   = 22\n    to_port     = 22\n'
GROUP += '    protocol    = "tcp"\n    cidr_blocks = local.open ? ["0.0.0.0/0"] : ["10.0.0.0/8"]\n  }\n}\n'


def reviewed(base: dict[str, str], head: dict[str, str]) -> Report:
    changed = {path for path in {*base, *head} if base.get(path) != head.get(path)}
    sides = Side(MemoryTree(base), "base"), Side(MemoryTree(head), "head")
    return compare(*sides, changed, (), Options(RULES, load_catalog()))


def introduced(base: str, head: str) -> Finding:
    [finding] = [
        each for each in reviewed({"main.tf": base}, {"main.tf": head}).findings if each.status == "introduced"
    ]
    return finding


def switched(before: str, after: str) -> tuple[str, str]:
    return f"locals {{\n{before}}}\n" + GROUP, f"locals {{\n{after}}}\n" + GROUP


@pytest.mark.parametrize(
    ("before", "after", "message", "text"),
    [
        ("  a = 1\n  b = false\n", "  a = 3\n  b = true\n", "changed here", "a = 3\n  b = true"),
        ("  a = 1\n  x = 1\n  b = false\n", "  a = 3\n  x = 1\n  b = true\n", "changed here", "b = true"),
    ],
)
def test_the_lines_that_made_a_finding_are_named(before: str, after: str, message: str, text: str) -> None:
    # What `tobool` of a text is, has no way on which a value came.
    base, head = (each.replace("local.open", 'tobool("${local.b}")') for each in switched(before, after))
    finding = introduced(base, head)
    assert not finding.changed
    assert (finding.related[0].message, finding.related[0].span.text) == (message, text)


def test_a_finding_whose_own_line_changed_is_where_it_stands() -> None:
    base = 'resource "aws_ebs_volume" "v" {\n  encrypted = true\n}\n'
    finding = introduced(base, base.replace("true", "false"))
    assert finding.changed
    assert not [each for each in finding.related if "changed here" in each.message]


def test_secrets_that_go_are_to_be_changed_and_nothing_else() -> None:
    base = 'resource "aws_db_instance" "d" {\n  password          = "Sommer-2019!"\n  storage_encrypted = false\n}\n'
    change = reviewed(
        {"main.tf": base}, {"main.tf": 'resource "aws_db_instance" "d" {\n  storage_encrypted = true\n}\n'}
    ).change
    assert isinstance(change, Change)
    assert [each.rule for each in change.revealed] == ["SEC001"]


@pytest.mark.parametrize("moves", [False, True])
def test_what_was_decided_is_told_under_its_new_address(moves: bool) -> None:
    volume = 'resource "aws_ebs_volume" "{name}" {{\n  encrypted = {value}\n}}\n'
    base = volume.format(name="v", value="true")
    moved = "moved {\n  from = aws_ebs_volume.v\n  to = aws_ebs_volume.w\n}\n" if moves else ""
    head = 'variable "x" {}\n' + volume.format(name="w" if moves else "v", value="var.x") + moved
    change = reviewed({"main.tf": base}, {"main.tf": head}).change
    assert isinstance(change, Change)
    assert [each.was for each in change.newly_undecided] == ["`encrypted` was true"]


def test_a_submodule_stands_in_the_place_of_its_entry() -> None:
    entries = {name: Entry(mode, name) for name, mode in (("a.tf", "100644"), ("m", "160000"), ("z.tf", "100644"))}
    inner = Worktree({"x.tf": Entry("100644", "x")}, frozenset({"x.tf"}), ("deep",))
    joined = Worktree(entries, frozenset({"a.tf"}), ()).with_submodule("m", inner)
    assert set(joined.entries) == {"a.tf", "m/x.tf", "z.tf"}
    assert joined.touched == {"a.tf", "m/x.tf"}
    assert joined.nested == ("m/deep",)
