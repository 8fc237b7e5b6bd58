"""Properties that only rows of the strict profile are about: in the default profile nothing is asked of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

from iacreview.engine.rule import Row, Rules
from iacreview.grants.openings import tells_of
from iacreview.options import Options

# What a change does to who may do what is told in full whatever the rules say; to what reaches what, by some kinds.
_TOLD, _REACH = "iam", "network"
_SECRETS = "secrets"
_GROUPS = ("any", "all", "none")
_STRICT = "strict"


def unasked(options: Options, kinds: Set[str]) -> frozenset[tuple[str, str]]:
    """Properties of kinds that no row in force is about; those of a collection's members as `collection.property`.

    Whether a secret stands there is no question about what does.
    """
    left: set[tuple[str, str]] = set()
    asked: set[tuple[str, str]] = set()
    rules = Rules.of(options.rules)
    for rule, row in (each for kind in kinds for each in rules.about(kind)):
        if rule.family == _SECRETS and row.each:
            left.add((row.kind, row.each))
        elif row.profile == _STRICT != options.profile and rule.family != _TOLD:
            names = (each for each in _names(row) if rule.family != _REACH or not tells_of(row.kind, each))
            left.update((row.kind, name) for name in names)
        elif rule.family != _SECRETS:
            asked.update((row.kind, name) for name in (row.each, *_names(row)))
    return frozenset(left - asked)


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
