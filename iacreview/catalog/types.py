"""The resource types of both languages, those that no kind of the catalog has too."""

from __future__ import annotations

import os

from iacreview.model.record import NamedTuple

_FILE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "compiled", "types.json")


class Types(NamedTuple):
    """The types that have tags, and the others."""

    tagged: frozenset[str]
    others: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        return self.tagged | self.others


def load_types() -> Types:
    """The types that ship with the package (scripts/compile_types.py)."""
    import json

    with open(_FILE, encoding="utf-8") as stream:
        found = json.load(stream)
    return Types(frozenset(found["tagged"]), frozenset(found["others"]))
