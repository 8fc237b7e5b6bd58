"""YAML to nodes with spans, from the events of PyYAML's parser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from iacreview.model.graph import Problem
from iacreview.model.patterns import later
from iacreview.model.record import NamedTuple
from iacreview.model.source import Source, Span
from iacreview.parse.data.json_document import MAX_DEPTH, MAX_PROBLEMS, Repeated, tell_of_repeated
from iacreview.parse.data.nodes import DataNode, ListNode, MapNode, ScalarNode
from iacreview.parse.data.scalars import plain_value, tagged_value

if TYPE_CHECKING:
    import yaml

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
    import yaml

    text = source.text
    # libyaml does not count a byte-order mark.
    base = 1 if text.startswith("\ufeff") else 0
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text[base:])
        return _Builder(source, base, problems).document(iter(loader.get_event, None))
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


class _Frame:
    """A collection that is still open."""

    __slots__ = ("anchor", "flow", "height", "key", "merged", "node", "repeated", "weight")

    def __init__(self, node: ListNode | MapNode, anchor: str | None, flow: bool) -> None:
        self.node = node
        self.anchor = anchor
        self.flow = flow
        self.key: DataNode | None = None
        self.merged: list[tuple[DataNode, DataNode]] = []
        self.repeated: list[Repeated] = []
        self.weight = 1
        self.height = 1


_AFTER = "what comes after the end of the document is not read: put it into a file of its own"


class _Builder:
    def __init__(self, source: Source, base: int, problems: list[Problem]) -> None:
        self.source = source
        self.text = source.text
        self.base = base
        self.problems = problems
        self.frames: list[_Frame] = []
        self.anchors: dict[str, _Anchored | None] = {}
        self.aliased = 0
        self.root: DataNode | None = None

    def document(self, events: Iterator[Any]) -> DataNode | None:
        import yaml

        handlers = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._open_mapping,
            yaml.SequenceStartEvent: self._open_list,
            yaml.MappingEndEvent: self._close,
            yaml.SequenceEndEvent: self._close,
            yaml.AliasEvent: self._alias,
        }
        for event in events:
            handler = handlers.get(type(event))
            if handler is not None:
                handler(event)
            elif type(event) is yaml.DocumentEndEvent:
                self._tell_of_another(events)
                break
        return self.root

    def _tell_of_another(self, events: Iterator[Any]) -> None:
        """One document is read: what comes after it is not read, and that is said."""
        import yaml

        try:
            following = next(events, None)
        except yaml.MarkedYAMLError as error:
            start = min(error.problem_mark.index + self.base, len(self.text)) if error.problem_mark else len(self.text)
            self.problems.append(Problem(_AFTER, Span(self.source, start, start)))
            return
        if type(following) is yaml.DocumentStartEvent and following.start_mark is not None:
            start = following.start_mark.index + self.base
            span = Span(self.source, start, min(start + 3, len(self.text)))
            self.problems.append(Problem("a second document in one file is not read: put it into its own file", span))

    def _scalar(self, event: Any) -> None:
        text, tag, style = event.value, event.tag, event.style
        start, end = event.start_mark.index + self.base, event.end_mark.index + self.base
        value = text
        if tag is None and not style:
            value = plain_value(text)
        elif tag is not None:
            tag, value = _resolved(tag, text, not style)
        if style in ("|", ">"):
            # The parser lets a block scalar end where the next line begins.
            end = start + len(self.text[start:end].rstrip())
        node = ScalarNode(value, text, not style, tag, start, end)
        if event.anchor:
            self.anchors[event.anchor] = _Anchored(node, 1, 0)
        self._add(node, 1, 0)

    def _open_mapping(self, event: Any) -> None:
        self._open(event, MapNode({}, _own_tag(event.tag), event.start_mark.index + self.base, 0))

    def _open_list(self, event: Any) -> None:
        self._open(event, ListNode([], _own_tag(event.tag), event.start_mark.index + self.base, 0))

    def _open(self, event: Any, node: MapNode | ListNode) -> None:
        if len(self.frames) >= MAX_DEPTH:
            raise YamlError(node.start, f"nested more than {MAX_DEPTH} levels deep")
        node.end = event.end_mark.index + self.base
        if event.anchor:
            self.anchors[event.anchor] = None
        self.frames.append(_Frame(node, event.anchor, event.flow_style))

    def _close(self, event: Any) -> None:
        frame = self.frames.pop()
        node = frame.node
        if frame.flow:
            node.end = event.end_mark.index + self.base
        if frame.repeated:
            tell_of_repeated(self.source, frame.repeated, self.problems)
        if frame.merged and isinstance(node, MapNode):
            self._merge(node, frame.merged)
        if frame.anchor:
            self.anchors[frame.anchor] = _Anchored(node, frame.weight, frame.height)
        self._add(node, frame.weight, frame.height)

    def _alias(self, event: Any) -> None:
        start = event.start_mark.index + self.base
        if event.anchor not in self.anchors:
            raise YamlError(start, "the alias has no anchor")
        anchored = self.anchors[event.anchor]
        if anchored is None:
            raise YamlError(start, "the alias stands inside of what it repeats")
        self.aliased += anchored.weight
        if self.aliased > MAX_ALIASED_NODES:
            raise YamlError(start, f"aliases stand for more than {MAX_ALIASED_NODES} values")
        if len(self.frames) + anchored.height > MAX_DEPTH:
            raise YamlError(start, f"nested more than {MAX_DEPTH} levels deep")
        self._add(anchored.node, anchored.weight, anchored.height, event.end_mark.index + self.base)

    def _add(self, node: DataNode, weight: int, height: int, end: int | None = None) -> None:
        """Put a finished node where it belongs; `end` is where it ends here, if it is an alias."""
        if not self.frames:
            self.root = node
            return
        frame = self.frames[-1]
        frame.weight += weight
        if height >= frame.height:
            frame.height = height + 1
        parent = frame.node
        if not frame.flow:
            parent.end = node.end if end is None else end
        if isinstance(parent, ListNode):
            parent.items.append(node)
        elif frame.key is None:
            frame.key = node
        else:
            self._entry(parent, frame, frame.key, node)
            frame.key = None

    def _entry(self, mapping: MapNode, frame: _Frame, key: DataNode, node: DataNode) -> None:
        if not isinstance(key, ScalarNode):
            self._problem("a key must be a string", key)
            return
        if key.text == "<<" and key.plain:
            frame.merged.append((key, node))
            return
        if key.text in mapping.entries:
            frame.repeated.append((key, mapping.entries[key.text][0]))
        mapping.entries[key.text] = (key, node)

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


def _own_tag(tag: str | None) -> str | None:
    """A tag that is not YAML's own, or one of those that say something else than what is written."""
    if tag is None or tag == "!":
        return None
    return tag if not tag.startswith(_YAML_TAG) or tag.removeprefix(_YAML_TAG) in _UNSUPPORTED else None


def _resolved(tag: str, text: str, unquoted: bool) -> tuple[str | None, Any]:
    """The short tag a node keeps, and its value under the tag."""
    if _own_tag(tag) is None:
        return None, tagged_value(tag, text) if unquoted else text
    return tag, text
