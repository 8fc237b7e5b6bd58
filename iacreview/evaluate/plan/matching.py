"""Which of the blocks that are written each block of a plan is: sets have no order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from iacreview.evaluate.plan.document import child
from iacreview.model.value import Known, ListValue, MapValue, Scalar, Unknown, Value
from iacreview.parse.data.nodes import DataNode, ListNode, MapNode, ScalarNode

MAX_COMPARISONS = 1_000_000
_LEAF = frozenset({"constant_value", "references"})
_T = TypeVar("_T")


class Matching:
    """Finds what is written for the items of lists by content; by place once a plan has used up its comparisons."""

    __slots__ = ("_left",)

    def __init__(self, comparisons: int = MAX_COMPARISONS) -> None:
        self._left = comparisons

    def blocks(self, nodes: Sequence[DataNode | None], blocks: Sequence[DataNode]) -> list[DataNode | None]:
        """The block of the configuration section for each item."""
        return self._matched(nodes, blocks, self._expressed)

    def values(self, nodes: Sequence[DataNode | None], written: Sequence[Value]) -> list[Value | None]:
        """What the files have for each item."""
        return self._matched(nodes, written, self._agreement)

    def _agreement(self, node: DataNode | None, value: Value | None) -> int | None:
        """How many scalars a planned value and a written one share; None where they contradict each other."""
        self._left -= 1
        if node is None or value is None or isinstance(value, Unknown):
            return 0
        if isinstance(node, ScalarNode) and isinstance(value, Known):
            return 1 if _alike(node.value, value.data) else None
        if isinstance(node, MapNode) and isinstance(value, MapValue):
            return _total(self._agreement(node.get(key), entry) for key, entry in value.entries.items())
        if isinstance(node, ListNode) and isinstance(value, ListValue) and len(node.items) == len(value.items):
            return _total(self._agreement(*pair) for pair in zip(node.items, value.items, strict=True)) or 0
        return 0

    def _expressed(self, node: DataNode | None, expression: DataNode | None) -> int | None:
        """Like `_agreement`, with a block of the configuration section."""
        self._left -= 1
        if is_leaf(expression):
            constant = child(expression, "constant_value")
            if not isinstance(constant, ScalarNode) or not isinstance(node, ScalarNode):
                return 0
            return 1 if _alike(node.value, constant.value) else None
        if isinstance(expression, MapNode) and isinstance(node, MapNode):
            return _total(self._expressed(node.get(key), each) for key, (_, each) in expression.entries.items())
        return 0

    def _matched(
        self,
        nodes: Sequence[DataNode | None],
        candidates: Sequence[_T],
        score: Callable[[DataNode | None, _T], int | None],
    ) -> list[_T | None]:
        if len(candidates) == 1 and (len(nodes) == 1 or self._left < 0):
            return [candidates[0] for _ in nodes]
        found: list[_T | None] = []
        for index, node in enumerate(nodes):
            if self._left < 0:
                found.append(candidates[index] if len(nodes) == len(candidates) else None)
            else:
                found.append(_best([score(node, each) for each in candidates], candidates, index))
        return found


def is_leaf(expression: DataNode | None) -> bool:
    """Whether a node is one expression, rather than the body of a block."""
    if not isinstance(expression, MapNode) or not expression.entries.keys() <= _LEAF:
        return False
    references = expression.get("references")
    return references is None or (
        isinstance(references, ListNode) and all(isinstance(item, ScalarNode) for item in references.items)
    )


def _total(scores: Iterable[int | None]) -> int | None:
    total = 0
    for score in scores:
        if score is None:
            return None
        total += score
    return total


def _alike(one: Scalar, other: Scalar) -> bool:
    """Terraform converts between strings, numbers and booleans as the schema wants."""
    if type(one) is type(other) or one is None or other is None:
        return one == other
    return _plain(one) == _plain(other)


def _plain(data: Scalar) -> str:
    if isinstance(data, bool):
        return "true" if data else "false"
    return str(int(data)) if isinstance(data, float) and data.is_integer() else str(data)


def _best(scores: Sequence[int | None], candidates: Sequence[_T], index: int) -> _T | None:
    """The candidate that agrees most; of equal ones the one at the same place, else the first."""
    possible = [score for score in scores if score is not None]
    if not possible:
        return None
    most = max(possible)
    if index < len(scores) and scores[index] == most:
        return candidates[index]
    return candidates[scores.index(most)]
