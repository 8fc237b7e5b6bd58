"""The attributes of one planned resource as values."""

from __future__ import annotations

from iacreview.evaluate.plan.aspects import Aspects
from iacreview.evaluate.plan.document import any_true, child, is_null
from iacreview.evaluate.plan.matching import Matching, is_leaf
from iacreview.evaluate.plan.references import FoundReferences, Resolver, Standpoint
from iacreview.evaluate.terraform.values import union
from iacreview.model.parts import walk
from iacreview.model.provenance import Reference, Step
from iacreview.model.source import Source, Span
from iacreview.model.value import Encoded, Known, ListValue, MapValue, Supplied, Text, Unknown, Value
from iacreview.parse.data.json_document import JsonError, parse_json
from iacreview.parse.data.nodes import DataNode, ListNode, MapNode, ScalarNode

_MAX_TEXT = 1_000_000
_UNKNOWN = "known after apply"
_SENSITIVE = "is sensitive"


class Attributes:
    """Makes the values of one resource.

    Where its block was found in the files (`written`), values point there; else into the plan, `source`. What is
    marked sensitive becomes an Unknown unless it is a literal, and its places are added to `secrets`.
    `given` are the variables whose values came with the plan: what was made from them is not written anywhere.
    """

    __slots__ = (
        "_constants",
        "_given",
        "_matching",
        "_mentioned",
        "_resolver",
        "_secrets",
        "_source",
        "_standpoint",
        "_written",
    )

    def __init__(
        self,
        source: Source,
        resolver: Resolver,
        standpoint: Standpoint,
        secrets: list[Span],
        written: bool,
        given: frozenset[str],
        matching: Matching,
    ) -> None:
        self._source = source
        self._resolver = resolver
        self._standpoint = standpoint
        self._secrets = secrets
        self._written = written
        self._given = given
        self._matching = matching
        # By the identity of the expression's node: a map or a list has one for all that is in it.
        self._mentioned: dict[int, FoundReferences] = {}
        self._constants: dict[int, bool] = {}

    def value(self, aspects: Aspects) -> Value | None:
        """What stands at a place; None where nothing does (null)."""
        if aspects.is_unknown:
            return self._unknown(aspects)
        if aspects.value is not None and aspects.is_sensitive and not is_null(aspects.value):
            return self._sensitive(aspects)
        if isinstance(aspects.value, ListNode) or (aspects.value is None and isinstance(aspects.unknown, ListNode)):
            return self._list(aspects)
        if isinstance(aspects.value, MapNode) or (aspects.value is None and isinstance(aspects.unknown, MapNode)):
            return self.map(aspects)
        return self._scalar(aspects) if isinstance(aspects.value, ScalarNode) else None

    def map(self, aspects: Aspects, own: Span | None = None) -> MapValue:
        """An object or the body of a block. `own` is the span of it all where that is not where to point."""
        found = self._found(aspects)
        span = self._span(aspects)
        inner = aspects.span if own is not None else span
        entries: dict[str, Value] = {}
        keys: dict[str, Span] = {}
        for key in _keys(aspects):
            entry = aspects.entry(key, inner)
            if _is_left_to_provider(aspects, key, entry):
                continue
            value = self.value(entry)
            if value is None or (isinstance(value, Known) and value.data is None):
                continue
            entries[key] = value
            place = self._key(aspects, key)
            if place is not None:
                keys[key] = place
        return MapValue(entries, own or span, self._via(aspects), self._references(aspects, found), keys)

    def _list(self, aspects: Aspects) -> Value:
        span = self._span(aspects)
        found = self._found(aspects)
        values = [self.value(each) or Known(None, span) for each in aspects.items(span, self._matching)]
        return ListValue(values, span, self._via(aspects), self._references(aspects, found))

    def _scalar(self, aspects: Aspects) -> Value:
        assert isinstance(aspects.value, ScalarNode)
        data, written = aspects.value.value, aspects.written
        if isinstance(written, ListValue) and len(written.items) == 1:
            written = written.items[0]
            aspects = aspects._replace(written=written)
        if isinstance(written, Known) and type(written.data) is type(data) and written.data == data:
            return (
                written if self._is_in_files(written) else Supplied(data, written.span, written.via, written.references)
            )
        if isinstance(written, Encoded) and isinstance(data, str):
            return self._encoded(data, written, aspects)
        supplied = (
            isinstance(data, str)
            and child(aspects.expression, "references") is not None
            and not self._is_written_out(aspects)
        )
        kind = Supplied if supplied else Known
        return kind(data, self._span(aspects), (), self._references(aspects, self._found(aspects)))

    def _encoded(self, text: str, written: Encoded, aspects: Aspects) -> Value:
        """A JSON string that the files build from a structure: its parts point to the parts written there."""
        span = self._span(aspects)
        references = self._references(aspects, self._found(aspects))
        try:
            node = parse_json(Source("", text)) if len(text) <= _MAX_TEXT else None
        except JsonError:
            node = None
        if node is None or isinstance(node, ScalarNode):
            return Known(text, span, written.via, references)
        structure = self.value(Aspects(node, None, (), aspects.expression, written.structure, span))
        assert structure is not None
        return Encoded(structure, span, written.via, references)

    def _unknown(self, aspects: Aspects) -> Value:
        written = aspects.written
        if isinstance(written, (Text, Encoded)) or (isinstance(written, (ListValue, MapValue)) and _is_open(written)):
            return written
        found = self._found(aspects)
        target = found.target
        if isinstance(written, Unknown):
            target = written.target or target
        via = written.via if isinstance(written, Unknown) else ()
        return Unknown(_UNKNOWN, self._span(aspects), via, self._references(aspects, found), target)

    def _sensitive(self, aspects: Aspects) -> Value:
        node = aspects.value
        assert node is not None
        self._secrets.append(self.node_span(node))
        if self._is_written_out(aspects):
            value = self.value(aspects._replace(sensitive=()))
            if value is not None:
                if value.span is not None and not value.via:
                    self._secrets.append(value.span)
                return value
        found = self._found(aspects)
        return Unknown(_SENSITIVE, self._span(aspects), (), self._references(aspects, found), found.target)

    def _is_written_out(self, aspects: Aspects) -> bool:
        """Whether a value stands in the configuration, so that it is not a secret any more."""
        if is_leaf(aspects.expression) and self._constant(aspects.expression):
            return True
        node, written = aspects.value, aspects.written
        if not isinstance(node, ScalarNode) or not isinstance(written, Known) or written.data != node.value:
            return False
        return self._is_in_files(written)

    def _is_in_files(self, written: Value) -> bool:
        return self._given.isdisjoint(reference.address for reference in written.references)

    def node_span(self, node: DataNode) -> Span:
        """Where a node stands in the plan."""
        return Span(self._source, node.start, node.end)

    def _span(self, aspects: Aspects) -> Span:
        if aspects.written is not None and aspects.written.span is not None:
            return aspects.written.span
        return aspects.span if self._written or aspects.value is None else self.node_span(aspects.value)

    def _key(self, aspects: Aspects, key: str) -> Span | None:
        if self._written:
            return aspects.written.keys.get(key) if isinstance(aspects.written, MapValue) else None
        found = aspects.value.entries.get(key) if isinstance(aspects.value, MapNode) else None
        return self.node_span(found[0]) if found is not None else None

    def _found(self, aspects: Aspects) -> FoundReferences:
        expression = aspects.expression
        if not is_leaf(expression):
            return FoundReferences()
        found = self._mentioned.get(id(expression))
        if found is None:
            found = self._mentioned[id(expression)] = self._resolver.find(expression, self._standpoint)
        return found

    def _constant(self, expression: DataNode | None) -> bool:
        found = self._constants.get(id(expression))
        if found is None:
            found = self._constants[id(expression)] = self._resolver.is_constant(expression, self._standpoint)
        return found

    def _references(self, aspects: Aspects, found: FoundReferences) -> tuple[Reference, ...]:
        written = aspects.written.references if aspects.written is not None else ()
        return union(found.references, written)

    def _via(self, aspects: Aspects) -> tuple[Step, ...]:
        return aspects.written.via if aspects.written is not None else ()


def _keys(aspects: Aspects) -> list[str]:
    """The keys that may have a value: those the plan shows, and those it leaves out because they are not known."""
    known = dict.fromkeys(aspects.value.entries) if isinstance(aspects.value, MapNode) else {}
    if isinstance(aspects.unknown, MapNode):
        known |= dict.fromkeys(key for key, (_, mark) in aspects.unknown.entries.items() if any_true(mark))
    return list(known)


def _is_left_to_provider(body: Aspects, key: str, entry: Aspects) -> bool:
    """Whether nobody wrote an attribute or block and the plan has nothing for it: then it is absent, as in the files.

    Many arguments of the AWS provider are "Optional" and "Computed": unwritten they are known after apply.
    """
    if not body.is_body or body.mentions(key):
        return False
    return entry.is_unknown or (entry.is_empty and not any_true(entry.unknown))


def _is_open(value: Value) -> bool:
    return any(isinstance(each, (Unknown, Text)) for each in walk(value))
