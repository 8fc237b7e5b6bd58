"""YAML to nodes with spans, from the events of PyYAML's parser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml
from yaml.events import MappingEndEvent, ScalarEvent, SequenceEndEvent

from iacreview.model.graph import Problem
from iacreview.model.patterns import later
from iacreview.model.record import NamedTuple
from iacreview.model.source import Source, Span
from iacreview.parse.data.json_document import MAX_DEPTH, MAX_PROBLEMS, Repeated, tell_of_repeated
from iacreview.parse.data.nodes import DataNode, ListNode, MapNode, ScalarNode
from iacreview.parse.data.scalars import plain_value, tagged_value

# How many nodes aliases may stand for, all together: an alias bomb passes it at once, no real file comes near.
MAX_ALIASED_NODES = 200_000

# What libyaml 0.2.6 says of more than 1,000 levels, which its scanner may meet before the first event.
_TOO_DEEP = "exceeded maximum nesting depth"

_YAML_TAG = "tag:yaml.org,2002:"
# Source: "CloudFormation template format", YAML (AWS CloudFormation User Guide).
_UNSUPPORTED = ("binary", "omap", "pairs", "set", "timestamp")
_UNPRINTABLE = later("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class YamlError(Exception):
    """Text that is not YAML, or more than is read: `message` says what is wrong at `offset`."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message


def parse_yaml(source: Source, problems: list[Problem]) -> DataNode | None:
    """The first document of a YAML source; None where there is none.

    Every node has its span; short tags that are not YAML's own stay in `tag`. Aliases are the node of their anchor,
    merge keys are applied, and of keys written twice the last one counts: each mapping that has some is told of in
    `problems`.
    Raises YamlError where the text is not YAML, is nested too deeply, or where aliases multiply without bound.
    """
    text = source.text
    # libyaml does not count a byte-order mark.
    base = 1 if text.startswith("\ufeff") else 0
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text[base:])
        return _Builder(source, base, loader.get_event, problems).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        offset = mark.index + base if mark else 0
        raise YamlError(offset, _explained(error, text[offset : offset + 1])) from None
    except (yaml.YAMLError, UnicodeEncodeError):
        found = _UNPRINTABLE.search(text, base)
        raise YamlError(found.start() if found else 0, "control characters are not allowed in YAML") from None


def _explained(error: yaml.MarkedYAMLError, character: str) -> str:
    if character == "\t":
        return "a tab cannot indent YAML"
    if error.problem == _TOO_DEEP:
        return f"nested more than {MAX_DEPTH} levels deep"
    return ", ".join(part for part in (error.problem, error.context) if part) or "not YAML"


class _Anchored(NamedTuple):
    """A finished node: what it weighs with all aliases expanded, and how deep it is."""

    node: DataNode
    weight: int
    height: int


_AFTER = "what comes after the end of the document is not read: put it into a file of its own"

_new = object.__new__


class _Builder:
    """Makes nodes of what `event` gives, one after the other."""

    __slots__ = ("aliased", "anchors", "base", "deepest", "event", "nodes", "problems", "source")

    def __init__(self, source: Source, base: int, event: Callable[[], Any], problems: list[Problem]) -> None:
        self.source = source
        self.base = base
        self.event = event
        self.problems = problems
        self.anchors: dict[str, _Anchored | None] = {}
        self.aliased = 0
        # The nodes so far, with all aliases expanded, and how deep they are, within what has an anchor.
        self.nodes = 0
        self.deepest = 0

    def document(self) -> DataNode | None:
        """The first document; None where there is none."""
        while type(event := self.event()) is not yaml.DocumentStartEvent:
            if event is None:
                return None
        root = self._node(self.event(), 0)
        self.event()
        self._tell_of_another()
        return root

    def _tell_of_another(self) -> None:
        """One document is read: what comes after it is not read, and that is said."""
        text = self.source.text
        try:
            following = self.event()
        except yaml.MarkedYAMLError as error:
            start = min(error.problem_mark.index + self.base, len(text)) if error.problem_mark else len(text)
            self.problems.append(Problem(_AFTER, Span(self.source, start, start)))
            return
        if type(following) is yaml.DocumentStartEvent and following.start_mark is not None:
            start = following.start_mark.index + self.base
            span = Span(self.source, start, min(start + 3, len(text)))
            self.problems.append(Problem("a second document in one file is not read: put it into its own file", span))

    def _node(self, event: Any, depth: int) -> DataNode:
        """The node that an event begins, inside of `depth` others."""
        if type(event) is ScalarEvent:
            return self._scalar(event)
        if type(event) is yaml.AliasEvent:
            return self._alias(event, depth)
        if depth >= MAX_DEPTH:
            raise YamlError(event.start_mark.index + self.base, f"nested more than {MAX_DEPTH} levels deep")
        if event.anchor:
            return self._anchored(event, depth)
        return self._collection(event, depth)

    def _scalar(self, event: Any) -> ScalarNode:
        text, tag, style = event.value, event.tag, event.style
        # This is what calling the class comes to: most of a document are scalars.
        node = _new(ScalarNode)
        node.start = event.start_mark.index + self.base
        node.end = event.end_mark.index + self.base
        node.text = text
        node.plain = not style
        if tag is None:
            node.tag = None
            node.value = text if style else plain_value(text)
        else:
            node.tag, node.value = _resolved(tag, text, not style)
        if style == "|" or style == ">":
            # The parser lets a block scalar end where the next line begins.
            node.end = node.start + len(self.source.text[node.start : node.end].rstrip())
        self.nodes += 1
        if event.anchor:
            self.anchors[event.anchor] = _Anchored(node, 1, 0)
        return node

    def _anchored(self, event: Any, depth: int) -> DataNode:
        """A collection that aliases may stand for, once it is closed."""
        self.anchors[event.anchor] = None
        nodes, deepest = self.nodes, self.deepest
        self.deepest = depth
        node = self._collection(event, depth)
        self.anchors[event.anchor] = _Anchored(node, self.nodes - nodes, self.deepest - depth)
        self.deepest = max(deepest, self.deepest)
        return node

    def _alias(self, event: Any, depth: int) -> DataNode:
        start = event.start_mark.index + self.base
        if event.anchor not in self.anchors:
            raise YamlError(start, "the alias has no anchor")
        anchored = self.anchors[event.anchor]
        if anchored is None:
            raise YamlError(start, "the alias stands inside of what it repeats")
        self.aliased += anchored.weight
        if self.aliased > MAX_ALIASED_NODES:
            raise YamlError(start, f"aliases stand for more than {MAX_ALIASED_NODES} values")
        if depth + anchored.height > MAX_DEPTH:
            raise YamlError(start, f"nested more than {MAX_DEPTH} levels deep")
        self.nodes += anchored.weight
        self.deepest = max(self.deepest, depth + anchored.height)
        return anchored.node

    def _collection(self, event: Any, depth: int) -> MapNode | ListNode:
        self.nodes += 1
        if depth >= self.deepest:
            self.deepest = depth + 1
        start, end = event.start_mark.index + self.base, event.end_mark.index + self.base
        tag = _own_tag(event.tag) if event.tag is not None else None
        node: MapNode | ListNode
        if type(event) is yaml.MappingStartEvent:
            node = mapping = MapNode({}, tag, start, end)
            closing = self._entries(mapping, depth + 1)
        else:
            node = items = ListNode([], tag, start, end)
            closing = self._items(items, depth + 1)
        if event.flow_style:
            node.end = closing.end_mark.index + self.base
        return node

    def _items(self, node: ListNode, depth: int) -> Any:
        """Reads the items of a list; the event that closes it."""
        following, items = self.event, node.items
        event = None
        while type(next := following()) is not SequenceEndEvent:
            event = next
            items.append(self._scalar(event) if type(event) is ScalarEvent else self._node(event, depth))
        if event is not None:
            node.end = self._end(event, items[-1])
        return next

    def _entries(self, mapping: MapNode, depth: int) -> Any:
        """Reads the entries of a mapping; the event that closes it."""
        following, entries = self.event, mapping.entries
        merged: list[tuple[DataNode, DataNode]] = []
        repeated: list[Repeated] = []
        event = None
        while type(first := following()) is not MappingEndEvent:
            key = self._scalar(first) if type(first) is ScalarEvent else self._node(first, depth)
            event = following()
            node = self._scalar(event) if type(event) is ScalarEvent else self._node(event, depth)
            if type(key) is not ScalarNode:
                self._problem("a key must be a string", key)
            elif key.text == "<<" and key.plain:
                merged.append((key, node))
            else:
                if key.text in entries:
                    repeated.append((key, entries[key.text][0]))
                entries[key.text] = (key, node)
        if event is not None:
            mapping.end = self._end(event, node)
        tell_of_repeated(self.source, repeated, self.problems)
        self._merge(mapping, merged)
        return first

    def _end(self, event: Any, node: DataNode) -> int:
        """Where a node ends that an event began; what an alias stands for ends elsewhere."""
        if type(event) is not yaml.AliasEvent:
            return node.end
        mark: Any = event.end_mark
        return int(mark.index) + self.base

    def _merge(self, mapping: MapNode, merged: list[tuple[DataNode, DataNode]]) -> None:
        """Add the entries of `<<`: what the mapping has itself, or an earlier one gave, stays."""
        for key, node in merged:
            for origin in node.items if isinstance(node, ListNode) else [node]:
                if isinstance(origin, MapNode) and origin.tag is None:
                    for name, entry in origin.entries.items():
                        mapping.entries.setdefault(name, entry)
                else:
                    self._problem("only mappings can be merged by <<", key)

    def _problem(self, message: str, node: DataNode) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(message, Span(self.source, node.start, node.end)))


def _own_tag(tag: str) -> str | None:
    """A tag that is not YAML's own, or one of those that say something else than what is written."""
    if tag == "!":
        return None
    return tag if not tag.startswith(_YAML_TAG) or tag.removeprefix(_YAML_TAG) in _UNSUPPORTED else None


def _resolved(tag: str, text: str, unquoted: bool) -> tuple[str | None, Any]:
    """The short tag a node keeps, and its value under the tag."""
    if _own_tag(tag) is None:
        return None, tagged_value(tag, text) if unquoted else text
    return tag, text
