"""The tree of a YAML or JSON document. Offsets are into the source's text, end exclusive."""

from __future__ import annotations

from typing import TypeAlias


class ScalarNode:
    """`value` is what it means: str, int, float, bool or None.

    `text` is the scalar as a string (unescaped, folded), `tag` the short tag (`!Ref`) or None.
    `plain` tells an unquoted scalar from a quoted one.
    """

    __slots__ = ("end", "plain", "start", "tag", "text", "value")

    def __init__(
        self, value: str | int | float | bool | None, text: str, plain: bool, tag: str | None, start: int, end: int
    ) -> None:
        self.value = value
        self.text = text
        self.plain = plain
        self.tag = tag
        self.start = start
        self.end = end


class ListNode:
    __slots__ = ("end", "items", "start", "tag")

    def __init__(self, items: list[DataNode], tag: str | None, start: int, end: int) -> None:
        self.items = items
        self.tag = tag
        self.start = start
        self.end = end


class MapNode:
    """Entries in the order written; a merged (`<<`) or duplicate key is already resolved."""

    __slots__ = ("end", "entries", "start", "tag")

    def __init__(self, entries: dict[str, tuple[ScalarNode, DataNode]], tag: str | None, start: int, end: int) -> None:
        self.entries = entries
        self.tag = tag
        self.start = start
        self.end = end

    def get(self, key: str) -> DataNode | None:
        found = self.entries.get(key)
        return found[1] if found else None


DataNode: TypeAlias = "ScalarNode | ListNode | MapNode"
