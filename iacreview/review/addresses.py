"""Where the resources of a base are in the head: moved, in a unit that was renamed, or known by the same name."""

from __future__ import annotations

from collections.abc import Mapping

from iacreview.review.units import UnitFacts, moved_address, renamed_units, successors


class Addresses:
    """Puts the base's units and addresses into the head's words."""

    def __init__(self, base: Mapping[str, UnitFacts], head: Mapping[str, UnitFacts]) -> None:
        self._base = base
        self._head = head
        self._units = renamed_units(base, head)
        self._named: dict[str, dict[str, str]] = {}
        self._kept: dict[str, set[str]] = {}

    def unit(self, path: str) -> str:
        """The head's path of a unit of the base."""
        return self._units.get(path, path)

    def address(self, unit: str, address: str) -> str:
        """The head's address of a resource of the base, or of what is written after it (`.arn`)."""
        head = self._head.get(self.unit(unit))
        if head is None:
            return address
        if unit not in self._named:
            self._named[unit] = _renamed(self._base[unit], head)
        moved = moved_address(address, head.moved) if head.moved else address
        return self._named[unit].get(moved, moved)

    def has_both(self, unit: str, address: str) -> bool:
        """Whether an address of the head is one that both sides have."""
        if unit not in self._kept:
            head = self._head.get(unit)
            old = [path for path, new in self._units.items() if new == unit]
            before = {self.address(path, each) for path in old for each in self._base[path].types}
            self._kept[unit] = before & head.types.keys() if head is not None else set()
        return address in self._kept[unit]

    def is_as_before(self, unit: str) -> bool:
        """Whether every address of a unit is what it was."""
        head = self._head.get(self.unit(unit))
        if head is None:
            return True
        if unit not in self._named:
            self._named[unit] = _renamed(self._base[unit], head)
        return not head.moved and not self._named[unit]


def _renamed(base: UnitFacts, head: UnitFacts) -> dict[str, str]:
    """The addresses that went, by those that came in their place, or with the same type and physical name, where there
    is one of each.
    """
    gone = _by_name({address: name for address, name in base.names.items() if address not in head.types}, base)
    new = _by_name({address: name for address, name in head.names.items() if address not in base.types}, head)
    named = {gone[key][0]: new[key][0] for key in gone.keys() & new.keys() if len(gone[key]) == len(new[key]) == 1}
    return {**successors(base, head), **named}


def _by_name(names: Mapping[str, str], unit: UnitFacts) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for address, name in names.items():
        found.setdefault((unit.types.get(address, ""), name), []).append(address)
    return found
