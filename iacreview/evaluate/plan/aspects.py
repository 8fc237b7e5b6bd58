"""One place in a resource, as the sections of a plan and the configuration's files speak of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from iacreview.evaluate.plan.document import child, is_null, is_true
from iacreview.evaluate.plan.matching import Matching, is_leaf
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.model.value import ListValue, MapValue, Value
from iacreview.parse.data.nodes import DataNode, ListNode, MapNode

_T = TypeVar("_T")


class Aspects(NamedTuple):
    """`value` is the planned value, `unknown` and `sensitive` the marks beside it, `expression` what the configuration
    section has for it, `written` what the files come to, and `span` where to point if nothing has a place of its own.
    `is_block` tells the body of a resource or a repeated block, of which that section says all that is written in it.
    """

    value: DataNode | None
    unknown: DataNode | None
    sensitive: tuple[DataNode, ...]
    expression: DataNode | None
    written: Value | None
    span: Span
    is_block: bool = False

    @property
    def is_unknown(self) -> bool:
        return is_true(self.unknown)

    @property
    def is_sensitive(self) -> bool:
        return any(map(is_true, self.sensitive))

    @property
    def is_empty(self) -> bool:
        """Whether it is null or a collection without anything in it."""
        node = self.value
        if isinstance(node, ListNode):
            return not node.items
        return not node.entries if isinstance(node, MapNode) else node is None or is_null(node)

    @property
    def is_body(self) -> bool:
        """Whether its entries have expressions of their own."""
        return self.is_block or (isinstance(self.expression, MapNode) and not is_leaf(self.expression))

    def mentions(self, key: str) -> bool:
        """Whether anyone wrote something under a key of a body."""
        written = isinstance(self.written, MapValue) and key in self.written.entries
        return written or child(self.expression, key) is not None

    def entry(self, key: str, span: Span) -> Aspects:
        """What stands under a key."""
        written = self.written.entries.get(key) if isinstance(self.written, MapValue) else None
        expression = child(self.expression, key) if self.is_body else self.expression
        sensitive = tuple(found for each in self.sensitive if (found := child(each, key)) is not None)
        return Aspects(child(self.value, key), child(self.unknown, key), sensitive, expression, written, span)

    def items(self, span: Span, matching: Matching) -> list[Aspects]:
        """What stands in a list. Sets are not in the order in which they are written: items are found by content."""
        values, unknowns = _members(self.value), _members(self.unknown)
        marks = [_members(each) for each in self.sensitive]
        count = max(len(values), len(unknowns))
        pairs = [_at(values, index) for index in range(count)]
        expressions: Sequence[DataNode | None] = [self.expression] * count
        if isinstance(self.expression, ListNode):
            expressions = matching.blocks(pairs, self.expression.items)
        written = matching.values(pairs, self.written.items) if isinstance(self.written, ListValue) else [None] * count
        return [
            Aspects(
                pairs[index],
                _at(unknowns, index),
                tuple(found for each in marks if (found := _at(each, index)) is not None),
                expressions[index],
                written[index],
                span,
                isinstance(self.expression, ListNode) and expressions[index] is not None,
            )
            for index in range(count)
        ]


def _members(node: DataNode | None) -> list[DataNode]:
    return node.items if isinstance(node, ListNode) else []


def _at(found: Sequence[_T], index: int) -> _T | None:
    return found[index] if index < len(found) else None
