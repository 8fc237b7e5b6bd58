"""Whether data has the shape that a JSON Schema says, fast: a report may have 20 MB.

It knows the keywords that the schema of reports has (a KeyError for any other one). jsonschema says the same, much
slower.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
_Place = tuple[str | int, ...]
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "array": list,
    "boolean": bool,
    "integer": int,
    "null": type(None),
    "number": (int, float),
    "object": dict,
    "string": str,
}
# What says nothing about data.
_SILENT = ("$schema", "$defs", "title", "description")


class Shape:
    """A schema that data is compared with."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self.keywords: Mapping[str, Callable[[Any, Any, Schema, _Place], Iterator[_Place]]] = {
            "$ref": lambda value, wanted, _, place: self._misfits(value, self._named(wanted), place),
            "allOf": lambda value, wanted, _, place: (
                found for each in wanted for found in self._misfits(value, each, place)
            ),
            "anyOf": self._any,
            "type": lambda value, wanted, _, place: _unless(_is_of(value, wanted), place),
            "const": lambda value, wanted, _, place: _unless(_same(value, wanted), place),
            "enum": lambda value, wanted, _, place: _unless(any(_same(value, each) for each in wanted), place),
            "minimum": lambda value, wanted, _, place: _unless(not _is_of(value, "number") or value >= wanted, place),
            "required": lambda value, wanted, _, place: _unless(
                not isinstance(value, dict) or all(each in value for each in wanted), place
            ),
            "properties": self._properties,
            "additionalProperties": self._others,
            "items": self._items,
        }

    def misfit(self, data: Any) -> _Place | None:
        """Where data first is not as the schema says; None where it is."""
        return next(self._misfits(data, self._schema, ()), None)

    def _misfits(self, value: Any, schema: Schema, place: _Place) -> Iterator[_Place]:
        for keyword, wanted in schema.items():
            if keyword not in _SILENT:
                yield from self.keywords[keyword](value, wanted, schema, place)

    def _named(self, reference: str) -> Schema:
        found: Any = self._schema
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        named: Schema = found
        return named

    def _any(self, value: Any, wanted: Any, _: Schema, place: _Place) -> Iterator[_Place]:
        yield from _unless(any(next(self._misfits(value, each, place), None) is None for each in wanted), place)

    def _properties(self, value: Any, wanted: Any, _: Schema, place: _Place) -> Iterator[_Place]:
        for name, entry in value.items() if isinstance(value, dict) else ():
            if name in wanted:
                yield from self._misfits(entry, wanted[name], (*place, name))

    def _others(self, value: Any, wanted: Any, schema: Schema, place: _Place) -> Iterator[_Place]:
        known = schema.get("properties", {})
        for name, entry in value.items() if isinstance(value, dict) else ():
            if name not in known:
                yield from self._misfits(entry, wanted, (*place, name))

    def _items(self, value: Any, wanted: Any, _: Schema, place: _Place) -> Iterator[_Place]:
        for number, item in enumerate(value) if isinstance(value, list) else ():
            yield from self._misfits(item, wanted, (*place, number))


def _unless(fits: bool, place: _Place) -> Iterator[_Place]:
    if not fits:
        yield place


def _is_of(value: Any, types: str | list[str]) -> bool:
    names = [types] if isinstance(types, str) else types
    if isinstance(value, bool):
        return "boolean" in names
    return any(isinstance(value, _TYPES[name]) for name in names if name != "boolean") or (
        "integer" in names and isinstance(value, float) and value.is_integer()
    )


def _same(one: Any, other: Any) -> bool:
    return one == other and isinstance(one, bool) is isinstance(other, bool)
