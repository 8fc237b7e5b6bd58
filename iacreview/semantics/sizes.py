"""How long a policy is, and how long it may be (data/policy_sizes.txt, with the sources)."""

from __future__ import annotations

import json
from functools import cache
from json.encoder import encode_basestring

from iacreview.model.record import NamedTuple
from iacreview.model.value import Choice, Encoded, Known, ListValue, MapValue, Text, Value
from iacreview.semantics.parts import lines_of


class Limit(NamedTuple):
    """How many characters a policy may have; `compact` where white space does not count for AWS either.

    `together` tells that it is of all inline policies of a principal.
    """

    most: int
    compact: bool
    together: bool


class Size(NamedTuple):
    """How many characters a document has without white space; at least so many where it is not `exact`."""

    characters: int
    exact: bool


def limit_named(name: str) -> Limit:
    """A limit by its name; KeyError where there is none."""
    return _limits()[0][name]


def limit_of(type: str) -> Limit | None:
    """The limit for the documents of a type of resource; None where it is not known."""
    return _limits()[1].get(_letters(type))


def _letters(type: str) -> str:
    """A type of AWS's own schemas, which have two spellings, by its letters alone."""
    schematic = "::" in type or type.startswith("awscc_")
    return type.replace("::", "").replace("_", "").lower().replace("awscc", "aws", 1) if schematic else type


@cache
def _limits() -> tuple[dict[str, Limit], dict[str, Limit]]:
    names: dict[str, Limit] = {}
    types: dict[str, Limit] = {}
    for line in lines_of("policy_sizes.txt"):
        name, most, counted, listed, _ = (part.strip() for part in line.split("|", 4))
        limit = Limit(int(most), "compact" in counted, "together" in counted)
        names[name] = limit
        types |= dict.fromkeys(map(_letters, listed.split()), limit)
    return names, types


def size(document: Value) -> Size:
    """The size of a document as it is deployed; what is not known of it counts as nothing."""
    return _size(document.structure if isinstance(document, Encoded) else document)


def _size(value: Value) -> Size:
    if isinstance(value, Known):
        return Size(_written(value.data), True)
    if isinstance(value, Text):
        parts = [_size(part) for part in value.parts]
        inner = sum(each.characters - 2 for each in parts if each.characters > 1)
        return Size(inner + 2, all(each.exact for each in parts))
    if isinstance(value, Choice):
        sizes = [_size(branch) for _, branch in value.branches]
        return Size(min((each.characters for each in sizes), default=0), len(sizes) == 1 and sizes[0].exact)
    if isinstance(value, ListValue):
        items = [_size(item) for item in value.items]
        return _around(items, len(items), value.complete)
    if isinstance(value, MapValue):
        entries = [_size(entry) for entry in value.entries.values()]
        keys = sum(_written(key) + 1 for key in value.entries)
        return _around(entries, len(entries) + keys, value.complete)
    return Size(0, False)


def _around(sizes: list[Size], separators: int, complete: bool) -> Size:
    """Brackets, commas and what stands between them."""
    inner = sum(each.characters for each in sizes)
    return Size(inner + max(separators, 1) + 1, complete and all(each.exact for each in sizes))


def _written(data: object) -> int:
    """The length of a scalar in JSON, without white space."""
    text = encode_basestring(data) if isinstance(data, str) else json.dumps(data)
    return len("".join(text.split()))
