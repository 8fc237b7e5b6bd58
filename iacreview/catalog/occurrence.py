"""One place where a property stands or is missing, and how it is put into words."""

from __future__ import annotations

from typing import NamedTuple

from iacreview.model.graph import Resource
from iacreview.model.guard import When
from iacreview.model.source import Span
from iacreview.model.value import (
    SENSITIVE,
    Choice,
    Encoded,
    Known,
    ListValue,
    MapValue,
    Supplied,
    Text,
    Unknown,
    Value,
    is_resolved_later,
    scalar_text,
    walk,
)

MAX_BRANCHES = 64
_LIMIT = 60
SUPPLIED = "comes from outside of the reviewed files"
RESOLVED_LATER = "a dynamic reference is resolved at deployment"


class Occurrence(NamedTuple):
    """One place where a property stands, or is missing.

    `value` is None where it is absent and has no default. `defaulted` tells a default from what was written.
    `native` is the property in the dialect's words. `owner` is the resource it was written in (a satellite, maybe).
    """

    value: Value | None
    span: Span
    native: str
    sure: bool = True
    when: When = ()
    defaulted: bool = False
    owner: Resource | None = None


def branches(occurrence: Occurrence) -> list[Occurrence]:
    """The occurrence under each branch of its choices, with the guards that it is under."""
    done: list[Occurrence] = []
    pending = [occurrence]
    while pending and len(done) < MAX_BRANCHES:
        current = pending.pop()
        if isinstance(current.value, Choice):
            chosen = [
                current._replace(value=value, when=(*current.when, *when)) for when, value in current.value.branches
            ]
            pending.extend(reversed(chosen))
        else:
            done.append(current)
    return done


def doubt_reason(occurrence: Occurrence) -> str:
    """Why an occurrence cannot be judged."""
    reason = first_reason(occurrence.value)
    if reason:
        return f"`{occurrence.native}`: {reason}"
    if not occurrence.sure:
        return f"`{occurrence.native}` is set only under a condition that is not known"
    return f"`{occurrence.native}` cannot be known"


def first_reason(value: Value | None) -> str:
    """The reason of the first unknown inside a value; empty where there is none."""
    if value is None:
        return ""
    if isinstance(value, Supplied):
        return SUPPLIED
    if is_resolved_later(value):
        return RESOLVED_LATER
    return next((inner.reason for inner in walk(value) if isinstance(inner, Unknown)), "")


def value_text(value: Value | None) -> str:
    """A value as a phrase of a message, shortened; holes and unknowns as `${...}`."""
    text = _render(value)
    return text if len(text) <= _LIMIT else text[: _LIMIT - 1] + "…"


def _render(value: Value | None) -> str:
    if value is None:
        return "not set"
    if SENSITIVE in value.references:
        return "(sensitive)"
    if isinstance(value, Known):
        return quoted(value.data)
    if isinstance(value, Text):
        return '"' + "".join(_part(part) for part in value.parts) + '"'
    if isinstance(value, ListValue):
        return "[" + ", ".join(_render(item) for item in value.items[:6]) + ("…" if len(value.items) > 6 else "") + "]"
    if isinstance(value, MapValue):
        return "{" + ", ".join(list(value.entries)[:6]) + "}"
    if isinstance(value, Encoded):
        return _render(value.structure)
    if isinstance(value, (Unknown, Choice)) and value.references:
        return f"${{{value.references[0]}}}"
    return "${…}"


def _part(part: Value) -> str:
    shown = isinstance(part, Known) and SENSITIVE not in part.references
    return scalar_text(part.data) if isinstance(part, Known) and shown else "${…}"


def quoted(data: object) -> str:
    """A scalar as it is written in either language: strings in quotes."""
    return f'"{data}"' if isinstance(data, str) else "null" if data is None else scalar_text(data)


def statement(occurrence: Occurrence, secret: bool = False) -> str:
    """What stands at a place: "`storage_encrypted` is false"."""
    name = f"`{occurrence.native}`"
    if occurrence.value is None:
        return f"{name} is not set"
    if occurrence.defaulted:
        return f"{name} is not set, and the default is {value_text(occurrence.value)}"
    if secret:
        return f"{name} is a literal"
    return f"{name} is {value_text(occurrence.value)}"
