"""Plain data for the translator of AWS SAM, of which every string, map and list carries the node that it was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iacreview.parse.data.nodes import DataNode, ListNode, MapNode, ScalarNode


class NodeText(str):
    """A string with the scalar that it was."""

    __slots__ = ("node",)
    node: ScalarNode

    def __deepcopy__(self, memo: Any) -> NodeText:
        return self


class NodeMap(dict[Any, Any]):
    """A map with its node."""

    __slots__ = ("node",)
    node: MapNode | None

    def __deepcopy__(self, memo: Any) -> NodeMap:
        return node_map({key: copied(value) for key, value in self.items()}, self.node)

    def copy(self) -> NodeMap:
        return node_map(dict(self), self.node)


class NodeItems(list[Any]):
    """A list with its node."""

    __slots__ = ("node",)
    node: ListNode

    def __deepcopy__(self, memo: Any) -> NodeItems:
        return node_items([copied(item) for item in self], self.node)


def copied(data: Any) -> Any:
    """A copy, all the way down, whose parts carry the same nodes."""
    if isinstance(data, NodeMap):
        return node_map({key: copied(value) for key, value in data.items()}, data.node)
    if isinstance(data, NodeItems):
        return node_items([copied(item) for item in data], data.node)
    if isinstance(data, dict):
        return {key: copied(value) for key, value in data.items()}
    return [copied(item) for item in data] if isinstance(data, list) else data


def node_map(entries: dict[Any, Any], node: MapNode | None) -> NodeMap:
    """A map that carries a node."""
    made = NodeMap(entries)
    made.node = node
    return made


def node_items(items: list[Any], node: ListNode) -> NodeItems:
    """A list that carries a node."""
    made = NodeItems(items)
    made.node = node
    return made


def node_text(text: str, node: ScalarNode) -> NodeText:
    """A string that carries a node."""
    made = NodeText(text)
    made.node = node
    return made


def plain(node: DataNode) -> Any:
    """A node as plain data, functions in their long form."""
    if node.tag is not None:
        return _function(node, node.tag[1:])
    if isinstance(node, ScalarNode):
        return node_text(node.value, node) if isinstance(node.value, str) else node.value
    if isinstance(node, ListNode):
        return node_items([plain(item) for item in node.items], node)
    return node_map({node_text(name, key): plain(child) for name, (key, child) in node.entries.items()}, node)


def _function(node: DataNode, name: str) -> Any:
    name = name if name in ("Ref", "Condition") else f"Fn::{name}"
    if isinstance(node, ListNode):
        argument: Any = node_items([plain(item) for item in node.items], node)
    elif isinstance(node, MapNode):
        argument = node_map({node_text(key.text, key): plain(child) for key, child in node.entries.values()}, node)
    else:
        argument = node_text(node.text, node)
        if name == "Fn::GetAtt":
            target, _, attribute = node.text.partition(".")
            argument = [node_text(target, node), node_text(attribute, node)]
    # The whole of the call is the argument's place: the tag has none of its own.
    return node_map({name: argument}, MapNode({}, None, node.start, node.end))


def origins(data: Any) -> Iterator[DataNode]:
    """The nodes that parts of a value come from."""
    pending = [data]
    while pending:
        current = pending.pop()
        if isinstance(current, NodeText):
            yield current.node
        elif isinstance(current, dict):
            pending.extend(current.values())
            pending.extend(current.keys())
        elif isinstance(current, list):
            pending.extend(current)
