"""The same template in YAML and in JSON: the same findings, each at the same node of its own text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.model.finding import Finding
from iacreview.model.source import Source, Span
from iacreview.parse.data.document import parse_document
from iacreview.parse.data.nodes import DataNode, ListNode, MapNode
from iacreview.pipeline import Options, review
from tests.review.transforms import as_json
from tests.trees import MemoryTree

FIXTURES = Path(__file__).parents[2] / "fixtures"
OPTIONS = Options(load_rules(), load_catalog(), profile="strict")

NodePath: TypeAlias = "tuple[str, ...]"


def nodes(node: DataNode, path: NodePath = ()) -> Iterator[tuple[int, int, NodePath]]:
    """The range of every node and key with its path; a function in its short form has one node."""
    yield node.start, node.end, path
    if isinstance(node, ListNode):
        for number, item in enumerate(node.items):
            yield from nodes(item, (*path, str(number)))
    elif isinstance(node, MapNode):
        for name, (key, child) in node.entries.items():
            yield key.start, key.end, (*path, name, "<key>")
            yield from nodes(child, path if name in ("Ref", "Condition") or name.startswith("Fn::") else (*path, name))


def found_in(path: str, text: str) -> dict[tuple[str, str, str], set[NodePath]]:
    """For each finding, the paths of the smallest nodes that hold its place."""
    root, _ = parse_document(Source(path, text))
    assert root is not None
    ranges = list(nodes(root))
    report = review(MemoryTree({path: text}), (), OPTIONS)
    return {_name(each): _places(each.span, ranges) for each in report.findings}


def _name(finding: Finding) -> tuple[str, str, str]:
    return finding.rule, finding.resource.address if finding.resource else "", finding.message


def _places(span: Span, ranges: list[tuple[int, int, NodePath]]) -> set[NodePath]:
    around = [each for each in ranges if each[0] <= span.start and span.end <= each[1]]
    size = min(end - start for start, end, _ in around)
    return {path for start, end, path in around if end - start == size}


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*/bad.yaml")), ids=lambda path: path.parent.name)
def test_the_same_findings_at_the_same_nodes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    converted = as_json({"t.yaml": text})
    assert converted is not None
    ((name, other),) = converted.items()
    yaml, json = found_in("t.yaml", text), found_in(name, other)
    assert yaml
    assert yaml.keys() == json.keys()
    assert [each for each, places in yaml.items() if not places & json[each]] == []
