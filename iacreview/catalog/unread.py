"""The arguments of a resource that no path of the catalog leads to: whatever is written there, nothing judges it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from iacreview.catalog.catalog import Kind, Property
from iacreview.catalog.path import Path
from iacreview.model.parts import is_sensitive
from iacreview.model.value import Encoded, Known, ListValue, MapValue, Value

# What the members of a list are called by, where they are.
_NAMES = ("Sid", "Name", "name", "Key", "key")


class Places:
    """What is read of an argument: `all` of it, or what has these names inside of it."""

    __slots__ = ("all", "inside")

    def __init__(self) -> None:
        self.all = False
        self.inside: dict[str, Places] = {}

    def at(self, path: Path) -> Places | None:
        """The place that a path leads to; None for one that reads some members of a list alone."""
        found = self
        for segment in path.segments:
            if segment.select_key:
                return None
            if segment.action == "follow":
                break
            if segment.action == "each":
                found.all = True
            elif segment.action == "name":
                found = found.inside.setdefault(letters(segment.name), Places())
        return found

    def get(self, name: str) -> Places | None:
        """What is read of an argument of that name, in any spelling; None where nothing is."""
        return self.inside.get(letters(name))


def letters(name: str) -> str:
    """What `awscc` and CloudFormation have in common of a name."""
    return name.replace("_", "").lower()


def places_of(kinds: Iterable[Kind], dialect: str, unasked: Collection[str] = ()) -> Places:
    """What is read of a resource that is of some kinds, as code too; not the properties that are `unasked`."""
    found = Places()
    for kind in kinds:
        for name in kind.spec["properties"]:
            _add(found, kind.property(name), dialect, name, unasked)
        for path in kind.code.paths[dialect] if kind.code is not None else ():
            _end(found, path)
        for name in kind.names:
            found.inside.setdefault(letters(name), Places()).all = True
    return found


def _end(places: Places, path: Path) -> None:
    found = places.at(path)
    if found is not None:
        found.all = True


def _add(places: Places, prop: Property, dialect: str, name: str, unasked: Collection[str]) -> None:
    for path in prop.paths[dialect] if name not in unasked else ():
        inner = places.at(path) if not path.satellite else None
        if inner is None:
            continue
        # Of a collection that is a map, or of values, every member is read.
        inside = [sub for sub in prop.items.values() if not any(_is_whole(each) for each in sub.paths[dialect])]
        inner.all = inner.all or len(inside) < len(prop.items) or not prop.items
        for sub in inside:
            _add(inner, sub, dialect, f"{name}.{sub.name}", unasked)


def _is_whole(path: Path) -> bool:
    return path.text.startswith(("@", "."))


def unread(value: Value, places: Places | None, name: str = "") -> Iterator[tuple[str, Value]]:
    """What is not read of a value, by the names that lead there.

    Where something inside is read, so is what nobody knows. A block without arguments says something by being there.
    """
    value = _structure(value, places)
    if isinstance(value, MapValue) and value.entries:
        for key, entry in value.entries.items():
            inner = places.get(key) if places is not None else None
            if inner is None or not inner.all:
                yield from unread(entry, inner, f"{name}.{key}" if name else key)
    elif isinstance(value, ListValue) and value.items and all(isinstance(each, MapValue) for each in value.items):
        for label, item in zip(_labels(value.items), value.items, strict=True):
            yield from unread(item, places, f"{name}[{label}]" if label else name)
    elif places is None or not places.inside:
        yield name, value


def _labels(items: Sequence[Value]) -> list[str]:
    """What tells the items of a list apart: what they are called, else their numbers; nothing of a single one."""
    found = [_label(each) for each in items]
    if all(found) and len({*found}) == len(found):
        return found
    return [str(number) for number in range(len(items))] if len(items) > 1 else [""]


def _label(item: Value) -> str:
    entries = item.entries if isinstance(item, MapValue) else {}
    named = next((entries[each] for each in _NAMES if each in entries), None)
    return str(named.data) if isinstance(named, Known) and named.data and not is_sensitive(named) else ""


def _structure(value: Value, places: Places | None) -> Value:
    """What is inside of a text that is read as a structure."""
    if isinstance(value, Encoded):
        return value.structure
    if places is None or not places.inside or not isinstance(value, Known):
        return value
    from iacreview.evaluate.embedded import decode_json

    return decode_json(value) or value
