"""Resources that hold data: what is lost with them, which properties force a new one, and what keeps the data.

Sources: see scripts/compile_stores.py.
"""

from __future__ import annotations

from functools import cache

from iacreview.model.record import NamedTuple
from iacreview.semantics.parts import lines_of


class Storage(NamedTuple):
    """What is known of a native type. Of the properties in `perhaps`, a change forces a new resource in some cases.

    `keepers` are pairs of a way (`snapshot`, `keep`, `empty`, `guard`, `retain`) and a property, or `policy` and what
    the policy of its deletion is where none is written.
    """

    what: str
    forcing: tuple[str, ...]
    perhaps: frozenset[str]
    keepers: tuple[tuple[str, str], ...]

    def by(self, way: str) -> list[str]:
        """The properties, or the policy, that keep the data in a way."""
        return [name for each, name in self.keepers if each == way]


@cache
def storages() -> dict[str, Storage]:
    """Every type that holds data, by its native name."""
    found = {}
    for line in lines_of("stores.txt"):
        type, what, forcing, keepers = (part.strip() for part in line.split("|"))
        names = [name for name in forcing.split() if name != "-"]
        pairs = tuple((way, name) for way, _, name in (each.partition("=") for each in keepers.split()))
        perhaps = frozenset(name[1:] for name in names if name[0] == "?")
        found[type] = Storage(what, tuple(name.lstrip("?") for name in names), perhaps, pairs)
    return found
