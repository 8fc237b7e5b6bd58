"""The JSON syntax of Terraform (.tf.json, .tfvars.json) to the nodes of the native one.

Source: Terraform's documentation, page "JSON Configuration Syntax".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iacreview.model.graph import Problem
from iacreview.model.source import Source, Span
from iacreview.parse.data.json_document import JsonError, parse_json
from iacreview.parse.data.nodes import DataNode, ListNode, MapNode, ScalarNode
from iacreview.parse.terraform.nodes import (
    Attribute,
    Block,
    Body,
    Expression,
    Label,
    Literal,
    Node,
    Object,
    Template,
    TemplateText,
    Tuple,
)
from iacreview.parse.terraform.parser import parse_expression, parse_template

# How many labels the blocks of a type have; in JSON each label is a level of nesting.
_LABELS = {
    "resource": 2,
    "data": 2,
    "ephemeral": 2,
    "module": 1,
    "variable": 1,
    "output": 1,
    "provider": 1,
    "locals": 0,
    "terraform": 0,
    "moved": 0,
    "import": 0,
    "removed": 0,
    "check": 1,
    "action": 2,
}
# What is a block wherever it stands in a resource; anything else may be an attribute or a block.
_RESOURCES = ("resource", "data", "ephemeral")
_NESTED = {"lifecycle": 0, "connection": 0, "provisioner": 1, "dynamic": 1}
# The blocks in those that are no resources.
_INSIDE = {"terraform": {"backend": 1, "cloud": 0, "encryption": 0}, "check": {"data": 2}}
_NO_NESTED = ("locals", "variable", "output")
# Strings that are expressions of the native syntax, by the block they stand in.
_EXPRESSIONS = {
    **dict.fromkeys(_RESOURCES, frozenset({"depends_on", "provider"})),
    "variable": frozenset({"type"}),
    "module": frozenset({"depends_on", "providers"}),
    "output": frozenset({"depends_on"}),
    "lifecycle": frozenset({"ignore_changes", "replace_triggered_by"}),
    "dynamic": frozenset({"iterator"}),
    "moved": frozenset({"from", "to"}),
    "import": frozenset({"to", "provider"}),
    "removed": frozenset({"from"}),
}
_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)")


def parse_json_body(source: Source) -> tuple[Body, list[Problem]]:
    """A file's body, and what could not be read. Never raises."""
    reader = _Reader(source)
    length = len(source.text)
    try:
        node = parse_json(source, problems=reader.problems)
    except JsonError as error:
        at = min(error.offset, length)
        return Body({}, [], 0, length), [Problem(error.message, Span(source, at, min(at + 1, length)))]
    if not isinstance(node, MapNode):
        return Body({}, [], 0, length), [Problem("expected an object", Span(source, node.start, node.end))]
    if source.path.endswith(".tfvars.json"):
        return reader.values(node), reader.problems
    return reader.configuration(node), reader.problems


class _Reader:
    """Turns one document into nodes."""

    __slots__ = ("problems", "source")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []

    def values(self, node: MapNode) -> Body:
        """Attributes whose strings are not templates."""
        attributes = {
            name: Attribute(name, key.end, self.expression(value, literal=True), key.start, value.end)
            for name, (key, value) in node.entries.items()
        }
        return Body(attributes, [], node.start, node.end)

    def configuration(self, node: MapNode) -> Body:
        """Top-level blocks."""
        body = Body({}, [], node.start, node.end)
        for type, (key, value) in node.entries.items():
            if type in _LABELS:
                body.blocks += self.blocks(type, key, value, _LABELS[type])
        return body

    def blocks(self, type: str, key: ScalarNode, node: DataNode, labels: int) -> Iterator[Block]:
        """The blocks under a key: one for each path of labels, and for each item where there is a list."""
        for path, inner in self._labelled(node, labels, []):
            start = path[-1].start if path else key.start
            end = path[-1].end if path else key.end
            yield Block(type, path, self.body(type, inner), end, start, inner.end)

    def _labelled(self, node: DataNode, labels: int, path: list[Label]) -> Iterator[tuple[list[Label], MapNode]]:
        if isinstance(node, ListNode):
            for item in node.items:
                yield from self._labelled(item, labels, path)
        elif not isinstance(node, MapNode):
            if node.value is not None:
                self.problems.append(Problem("expected an object", Span(self.source, node.start, node.end)))
        elif not labels:
            yield path, node
        else:
            for name, (key, value) in node.entries.items():
                yield from self._labelled(value, labels - 1, [*path, Label(name, key.start, key.end)])

    def body(self, type: str, node: MapNode) -> Body:
        """The content of a block of that type."""
        body = Body({}, [], node.start, node.end)
        for name, (key, value) in node.entries.items():
            if name == "//":
                continue
            labels = _nested_labels(name, type)
            if labels is not None:
                body.blocks += self.blocks(name, key, value, labels)
                continue
            literal = type == "variable"
            expression = self._meta(value) if name in _EXPRESSIONS.get(type, ()) else None
            expression = expression or self.expression(value, literal)
            body.attributes[name] = Attribute(name, key.end, expression, key.start, value.end)
        return body

    def _meta(self, node: DataNode) -> Expression | None:
        """A string that is an expression of the native syntax, such as a variable's type."""
        if not isinstance(node, ScalarNode) or not isinstance(node.value, str) or "\\" in self._raw(node):
            return None
        expression, _ = parse_expression(self.source, node.start + 1, node.end - 1)
        return expression

    def expression(self, node: DataNode, literal: bool = False) -> Expression:
        """Any value; its strings are templates unless they are `literal`."""
        if isinstance(node, MapNode):
            items = [
                (self._string(key, literal), self.expression(value, literal)) for key, value in node.entries.values()
            ]
            return Object(items, node.start, node.end)
        if isinstance(node, ListNode):
            return Tuple([self.expression(item, literal) for item in node.items], node.start, node.end)
        if isinstance(node.value, str):
            return self._string(node, literal)
        return Literal(node.value, node.start, node.end)

    def _raw(self, node: ScalarNode) -> str:
        return self.source.text[node.start + 1 : node.end - 1]

    def _string(self, node: ScalarNode, literal: bool) -> Expression:
        text = node.text
        if literal or ("${" not in text and "%{" not in text):
            part = TemplateText(text, node.start + 1, node.end - 1)
            return Template([part] if text else [], False, node.start, node.end)
        if "\\" in self._raw(node):
            return self._escaped(node)
        template, problems = parse_template(self.source, node.start + 1, node.end - 1)
        self.problems += problems
        template.start, template.end = node.start, node.end
        return template

    def _escaped(self, node: ScalarNode) -> Expression:
        """A template in a string with escapes: read from its unescaped text, then put where it was written."""
        template, problems = parse_template(Source(self.source.path, node.text), 0, len(node.text))
        starts = _unescaped_starts(self._raw(node), node.start + 1)
        if len(starts) != len(node.text) + 1:
            starts = [node.start + 1] * len(node.text) + [node.end - 1]
        for problem in problems:
            at, end = starts[problem.span.start], starts[problem.span.end]
            self.problems.append(Problem(problem.message, Span(self.source, at, end)))
        _relocate(template, starts)
        template.start, template.end = node.start, node.end
        return template


def _nested_labels(name: str, type: str) -> int | None:
    """How many labels a nested block has; None for what may be an attribute."""
    if type == "dynamic":
        return 0 if name == "content" else None
    if type in _INSIDE:
        return _INSIDE[type].get(name)
    return _NESTED.get(name) if type not in _NO_NESTED else None


def _unescaped_starts(raw: str, at: int) -> list[int]:
    """The source offset of each character of the unescaped text, and of its end."""
    starts = []
    index = 0
    while index < len(raw):
        starts.append(at + index)
        match = _ESCAPE.match(raw, index)
        index = match.end() if match else index + 1
    return [*starts, at + len(raw)]


def _relocate(root: Node, starts: list[int]) -> None:
    """Moves the offsets of a tree of nodes."""
    stack: list[object] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, (list, tuple)):
            stack += node
        elif isinstance(node, Node):
            stack += [getattr(node, slot) for slot in type(node).__slots__]
            node.start, node.end = starts[node.start], starts[node.end]
