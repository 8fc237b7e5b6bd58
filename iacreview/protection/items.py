"""What values name, as texts that can be compared with those of another side.

An item is one piece or several; each has a mark before it that says what it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator

from iacreview.catalog.world import World
from iacreview.model.content import content
from iacreview.model.parts import is_sensitive, walk
from iacreview.model.value import Encoded, Known, ListValue, MapValue, Text, Unknown, Value, scalar_text
from iacreview.model.words import HIDDEN, value_text
from iacreview.protection.patterns import plain

# A text, a resource by its address, what nobody knows.
TEXT, RESOURCE, OPEN = "=", "@", "?"
_BETWEEN = "\x1f"


def items_of(world: World, value: Value | None) -> Iterator[str]:
    """What a value names, an item each."""
    if value is None or (isinstance(value, Known) and value.data is None):
        return
    if isinstance(value, ListValue):
        for each in value.items:
            yield from items_of(world, each)
        if not value.complete:
            yield f"{OPEN}others"
    elif isinstance(value, Text) and not is_sensitive(value):
        yield joined(_piece(world, part) for part in value.parts)
    else:
        yield _piece(world, value)


def _piece(world: World, value: Value) -> str:
    if _is_hidden(value):
        return f"{OPEN}{HIDDEN}"
    if isinstance(value, Known):
        return TEXT + scalar_text(value.data)
    targets = world.targets(value) if isinstance(value, Unknown) and value.target is not None else []
    if len(targets) == 1 and targets[0].mode in ("managed", "data"):
        return RESOURCE + targets[0].address
    if isinstance(value, MapValue | ListValue | Encoded):
        return TEXT + _written(value)
    return OPEN + value_text(value)


def _is_hidden(value: Value) -> bool:
    """Whether a value, or a part of it, is shown nowhere."""
    return any(map(is_sensitive, walk(value)))


def _written(value: Value) -> str:
    """A structure as JSON where all of it is known, else as something that is equal for equal ones."""
    try:
        return json.dumps(plain(value), sort_keys=True)
    except ValueError:
        return repr(content(value))


def structure_of(value: Value | None) -> Iterator[str]:
    """A structure as one item, its JSON."""
    if value is not None and _is_hidden(value):
        yield f"{OPEN}{HIDDEN}"
    elif value is not None:
        try:
            found = plain(value)
        except ValueError:
            yield OPEN + value_text(value)
        else:
            yield TEXT + (found if isinstance(found, str) else json.dumps(found, sort_keys=True))


def joined(items: Iterable[str]) -> str:
    """Some items as one after the other."""
    found: list[str] = []
    for piece in (piece for item in items for piece in item.split(_BETWEEN)):
        if found and found[-1].startswith(TEXT) and piece.startswith(TEXT):
            found[-1] += piece[1:]
        elif piece != TEXT or not found:
            found.append(piece)
    return _BETWEEN.join(found) or TEXT


def resources_in(item: str) -> list[str]:
    """The addresses of the resources that an item names."""
    return [piece[1:] for piece in item.split(_BETWEEN) if piece.startswith(RESOURCE)]


def is_open(item: str) -> bool:
    """Whether not all of an item is known."""
    return any(piece.startswith(OPEN) for piece in item.split(_BETWEEN))


def moved(item: str, where: Callable[[str], str]) -> str:
    """The item with the addresses that its resources have elsewhere."""
    pieces = item.split(_BETWEEN)
    return _BETWEEN.join(RESOURCE + where(each[1:]) if each.startswith(RESOURCE) else each for each in pieces)


def shown(item: str) -> str:
    """The item for people."""
    return "".join(piece[1:] for piece in item.split(_BETWEEN))
