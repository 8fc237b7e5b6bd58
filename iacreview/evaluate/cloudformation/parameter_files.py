"""Files with values for a template's parameters.

Sources: "create-stack" (AWS CLI Command Reference) for the list of keys and values, "Template configuration file"
(CloudFormation: "CodePipeline artifacts") for the `Parameters` in a map; a plain map of names is what other tools
write.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iacreview.errors import TreeError, UsageError
from iacreview.model.source import Source, Span
from iacreview.model.value import Known, ListValue, Value
from iacreview.parse.data.document import parse_document
from iacreview.parse.data.nodes import DataNode, ListNode, MapNode, ScalarNode
from iacreview.tree import Tree

_FORMS = "Give a list of {ParameterKey, ParameterValue}, a map with `Parameters`, or a map of names to values."


def given_parameters(tree: Tree, paths: Sequence[str]) -> dict[str, Value]:
    """The values in parameter files, those of later files over those of earlier ones, each where it is written.

    A file that is not in the tree gives none: a base may not have it yet. Raises UsageError for one that cannot be
    read.
    """
    found: dict[str, Value] = {}
    for path in paths:
        if tree.exists(path):
            found.update(_values(tree, path))
    return found


def _values(tree: Tree, path: str) -> Mapping[str, Value]:
    try:
        source = Source(path, tree.read(path))
    except TreeError as error:
        raise UsageError(error.message, error.hint) from error
    root, problems = parse_document(source)
    pairs = _pairs(root)
    if problems or pairs is None:
        raise UsageError(f"{path} is not a parameter file", problems[0].message if problems else _FORMS)
    values = {name: _value(node, source) for name, node in pairs.items()}
    return {name: value for name, value in values.items() if value is not None}


def _pairs(root: DataNode | None) -> dict[str, DataNode] | None:
    if isinstance(root, MapNode):
        inner = root.get("Parameters")
        table = inner if isinstance(inner, MapNode) else root
        return {name: node for name, (_, node) in table.entries.items()}
    if not isinstance(root, ListNode):
        return None
    pairs: dict[str, DataNode] = {}
    for item in root.items:
        name = item.get("ParameterKey") if isinstance(item, MapNode) else None
        value = item.get("ParameterValue") if isinstance(item, MapNode) else None
        if isinstance(name, ScalarNode) and value is not None:
            pairs[name.text] = value
        elif not isinstance(name, ScalarNode):
            return None
    return pairs


def _value(node: DataNode, source: Source) -> Value | None:
    span = Span(source, node.start, node.end)
    if isinstance(node, ScalarNode):
        return Known(node.text, span)
    if isinstance(node, ListNode) and all(isinstance(item, ScalarNode) for item in node.items):
        items = [
            Known(item.text, Span(source, item.start, item.end)) for item in node.items if isinstance(item, ScalarNode)
        ]
        return ListValue(items, span)
    return None
