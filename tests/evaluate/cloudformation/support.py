"""Templates in tests, and values in a form that is easy to compare."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iacreview.evaluate.cloudformation.template import evaluate_template
from iacreview.model.graph import Resource, Unit
from iacreview.model.guard import spoken
from iacreview.model.source import Source
from iacreview.model.value import Choice, Encoded, Known, ListValue, MapValue, Text, Unknown, Value
from iacreview.parse.cloudformation.recognition import is_template
from iacreview.parse.data.document import parse_document
from iacreview.parse.data.nodes import MapNode
from tests.trees import MemoryTree


def evaluated(text: str, given: Mapping[str, Value] | None = None) -> Unit:
    source = Source("template.yaml", text)
    root, problems = parse_document(source)
    assert problems == []
    assert isinstance(root, MapNode)
    assert is_template(root)
    return evaluate_template(MemoryTree({}), source, root, given)


def resource(unit: Unit, address: str) -> Resource:
    (found,) = (one for one in unit.resources if one.address == address)
    return found


def shown(value: Value) -> Any:
    """A value as plain data: a hole is <reason or target>, a choice a tuple of pairs, an encoded one ("json", ...)."""
    if isinstance(value, Known):
        return value.data
    if isinstance(value, ListValue):
        return [*map(shown, value.items), *([] if value.complete else ["..."])]
    if isinstance(value, MapValue):
        return {name: shown(child) for name, child in value.entries.items()} | ({} if value.complete else {"...": None})
    if isinstance(value, Text):
        return "".join(str(shown(part)) for part in value.parts)
    if isinstance(value, Encoded):
        return ("json", shown(value.structure))
    if isinstance(value, Choice):
        return tuple((spoken(when), shown(branch)) for when, branch in value.branches)
    assert isinstance(value, Unknown)
    return f"<{value.target or value.reason}>"
