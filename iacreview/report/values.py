"""Values as JSON with their provenance: so that an answer can be checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from iacreview.model.guard import When, spoken
from iacreview.model.parts import is_sensitive
from iacreview.model.source import Span
from iacreview.model.value import Choice, Encoded, Known, ListValue, MapValue, Text, Unknown, Value, scalar_text
from iacreview.report.json_v1 import location_data

MASK = "****"
MAX_DEPTH = 40

# A text as it may be shown; what is called by a name may be a secret by that name.
Conceal = Callable[[str, str], str]


def value_data(value: Value, name: str, conceal: Conceal, depth: int = 0) -> dict[str, Any]:
    """One of `value`, `items`, `entries`, `parts`, `json`, `choice` and `unknown`, where it stands and how it came."""
    return {**_content(value, name, conceal, depth), **_provenance(value, conceal)}


def _content(value: Value, name: str, conceal: Conceal, depth: int) -> dict[str, Any]:
    if is_sensitive(value):
        return {"value": MASK}
    if isinstance(value, Known):
        return {"value": _scalar(value, name, conceal)}
    if isinstance(value, Unknown) or depth > MAX_DEPTH:
        return {"unknown": conceal("", value.reason) if isinstance(value, Unknown) else "nested too deeply"}
    if isinstance(value, MapValue):
        entries = {conceal("", key): value_data(each, key, conceal, depth + 1) for key, each in value.entries.items()}
        return {"entries": entries, **_completeness(value.complete)}
    if isinstance(value, ListValue):
        return {"items": _each(value.items, name, conceal, depth), **_completeness(value.complete)}
    if isinstance(value, Text):
        return {"parts": _each(value.parts, name, conceal, depth)}
    if isinstance(value, Encoded):
        return {"json": value_data(value.structure, name, conceal, depth + 1)}
    if isinstance(value, Choice):
        branches = [
            {"when": _when(when, conceal), **value_data(each, name, conceal, depth + 1)}
            for when, each in value.branches
        ]
        return {"choice": branches}
    return {"unknown": "of no kind that is known here"}


def _each(values: Sequence[Value], name: str, conceal: Conceal, depth: int) -> list[dict[str, Any]]:
    return [value_data(each, name, conceal, depth + 1) for each in values]


def _scalar(value: Known, name: str, conceal: Conceal) -> str | int | float | bool | None:
    if value.data is None or isinstance(value.data, bool):
        return value.data
    text = scalar_text(value.data)
    shown = conceal(name, text)
    return value.data if shown == text else shown


def _completeness(complete: bool) -> dict[str, Any]:
    return {} if complete else {"complete": False}


def _when(when: When, conceal: Conceal) -> str:
    return conceal("", spoken(when))


def _provenance(value: Value, conceal: Conceal) -> dict[str, Any]:
    steps = [{"message": conceal("", each.message), **_location(each.span)} for each in value.via]
    return {**_location(value.span), **({"via": steps} if steps else {})}


def _location(span: Span | None) -> dict[str, Any]:
    return {"location": location_data(span)} if span is not None else {}
