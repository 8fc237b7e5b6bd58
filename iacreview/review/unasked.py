"""Properties that only rows of the strict profile are about: in the default profile nothing is asked of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

from iacreview.engine.rule import Row
from iacreview.options import Options

# What a change does to who may do what, and to what reaches what, is told in full whatever the rules say.
_TOLD = ("iam", "network")
_GROUPS = ("any", "all", "none")
_STRICT = "strict"


def unasked(options: Options, kinds: Set[str]) -> frozenset[tuple[str, str]]:
    """Properties of kinds that no row in force is about; those of a collection's members as `collection.property`."""
    if options.profile == _STRICT:
        return frozenset()
    strict: set[tuple[str, str]] = set()
    asked: set[tuple[str, str]] = set()
    for rule in options.rules:
        for row in rule.about(kinds):
            own = strict if row.profile == _STRICT and rule.family not in _TOLD else asked
            own.update((row.kind, name) for name in _names(row))
    return frozenset(strict - asked)


def _names(row: Row) -> Iterator[str]:
    for name in (*_within(row.require), *_within(row.when)):
        yield f"{row.each}.{name}" if row.each else name


def _within(wanted: Mapping[str, Any]) -> Iterator[str]:
    for name, inner in wanted.items():
        if name in _GROUPS:
            for each in inner:
                yield from _within(each)
        else:
            yield name
