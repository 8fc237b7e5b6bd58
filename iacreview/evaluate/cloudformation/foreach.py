"""Fn::ForEach, expanded before anything is evaluated.

"Fn::ForEach" (AWS CloudFormation Template Reference Guide, AWS::LanguageExtensions): the identifier is replaced in
keys and strings as `${Identifier}`, or as `&{Identifier}` without what is not alphanumeric, and where Ref names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from iacreview.parse.data.nodes import DataNode, ListNode, MapNode, ScalarNode

PREFIX = "Fn::ForEach::"

# How many nodes all loops of a template may be expanded to, and how deep they may make it.
MAX_NODES = 200_000
MAX_CHARACTERS = 20_000_000
MAX_DEPTH = 100


_Entries: TypeAlias = "dict[str, tuple[ScalarNode, DataNode]]"


class LoopError(Exception):
    """A loop that no deployment can write out."""


class Loops:
    """Writes out the loops of a template whose collections are known.

    `collection` gives the elements of one: None where a deployment decides, LoopError where no deployment can. `open`
    are the keys of the former by their place, `refused` those of the latter and of malformed loops, with the reason.
    """

    def __init__(self, collection: Callable[[DataNode], list[str] | None]) -> None:
        self.collection = collection
        self.open: dict[int, ScalarNode] = {}
        self.refused: dict[int, tuple[ScalarNode, str]] = {}
        self.nodes = 0
        # The identifiers of the loops that are being expanded, one in another.
        self.active: set[str] = set()
        self.characters = 0

    def expanded(self, node: DataNode) -> DataNode:
        """The same tree without loops, as far as they can be expanded."""
        return self._expanded(node, 0)

    def _expanded(self, node: DataNode, depth: int) -> DataNode:
        if isinstance(node, ScalarNode) or depth > MAX_DEPTH:
            return node
        if isinstance(node, ListNode):
            return ListNode([self._expanded(item, depth + 1) for item in node.items], node.tag, node.start, node.end)
        entries: _Entries = {}
        for name, (key, child) in node.entries.items():
            if not name.startswith(PREFIX):
                self._add(entries, key, {name: (key, self._expanded(child, depth + 1))}, "is also what a loop makes")
                continue
            try:
                rounds = self._rounds(child)
            except LoopError as error:
                self.refused[key.start] = (key, str(error))
                continue
            if rounds is None:
                self.open[key.start] = key
                entries[name] = (key, child)
                continue
            for body in rounds:
                self._add(entries, key, self._body(body, depth), "makes {} more than once")
        return MapNode(entries, node.tag, node.start, node.end)

    def _add(self, entries: _Entries, key: ScalarNode, made: _Entries, reason: str) -> None:
        """Adds what one round, or a key of its own, makes; of what is made twice, the first one stays."""
        for name, entry in made.items():
            if name in entries:
                self.refused.setdefault(key.start, (key, reason.format(name)))
            entries.setdefault(name, entry)

    def _body(self, body: MapNode, depth: int) -> _Entries:
        expanded = self._expanded(body, depth + 1)
        return expanded.entries if isinstance(expanded, MapNode) else {}

    def _rounds(self, loop: DataNode) -> Iterator[MapNode] | None:
        """The body once for each element; None where a deployment decides. Raises LoopError."""
        parts = loop.items if isinstance(loop, ListNode) else []
        if len(parts) != 3 or not isinstance(parts[0], ScalarNode) or not isinstance(parts[2], MapNode):
            raise LoopError("needs [identifier, collection, mapping]")
        if parts[0].text in self.active:
            raise LoopError(f"its identifier {parts[0].text} is that of a loop around it")
        elements = self.collection(parts[1])
        if elements is None:
            return None
        self.nodes += len(elements) * _size(parts[2])
        if self.nodes > MAX_NODES:
            raise LoopError("repeats too much")
        return self._bodies(parts[0].text, elements, parts[2])

    def _bodies(self, identifier: str, elements: list[str], body: MapNode) -> Iterator[MapNode]:
        self.active.add(identifier)
        for element in elements:
            yield _Binding(identifier, element, self).mapping(body)
        self.active.discard(identifier)

    def grows(self, length: int) -> bool:
        """Whether there is room for a text of this length."""
        self.characters += length
        return self.characters <= MAX_CHARACTERS


class _Binding:
    """One element for the identifier of a loop."""

    def __init__(self, identifier: str, element: str, loops: Loops) -> None:
        self.loops = loops
        self.identifier = identifier
        self.element = element
        self.whole = f"${{{identifier}}}"
        self.alphanumeric = f"&{{{identifier}}}"

    def text(self, text: str) -> str:
        holes = text.count(self.whole) + text.count(self.alphanumeric)
        if not holes or not self.loops.grows(len(text) + holes * len(self.element)):
            return text
        plain = "".join(filter(str.isalnum, self.element))
        return text.replace(self.whole, self.element).replace(self.alphanumeric, plain)

    def node(self, node: DataNode) -> DataNode:
        if isinstance(node, ScalarNode):
            return self.scalar(node)
        if isinstance(node, ListNode):
            return ListNode([self.node(item) for item in node.items], node.tag, node.start, node.end)
        named = node.get("Ref") if len(node.entries) == 1 else None
        if isinstance(named, ScalarNode) and named.text == self.identifier:
            return ScalarNode(self.element, self.element, False, None, node.start, node.end)
        return self.mapping(node)

    def mapping(self, node: MapNode) -> MapNode:
        entries = {self.text(name): (self.scalar(key), self.node(child)) for name, (key, child) in node.entries.items()}
        return MapNode(entries, node.tag, node.start, node.end)

    def scalar(self, node: ScalarNode) -> ScalarNode:
        if node.tag == "!Ref" and node.text == self.identifier:
            return ScalarNode(self.element, self.element, False, None, node.start, node.end)
        text = self.text(node.text)
        if text == node.text:
            return node
        return ScalarNode(text, text, node.plain, node.tag, node.start, node.end)


def _size(node: DataNode) -> int:
    """How many nodes there are, the node itself included."""
    count, stack = 0, [node]
    while stack:
        current = stack.pop()
        count += 1
        if isinstance(current, ListNode):
            stack.extend(current.items)
        elif isinstance(current, MapNode):
            stack.extend(child for _, child in current.entries.values())
    return count
