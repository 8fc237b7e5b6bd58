"""JSON as Terraform writes it."""

from __future__ import annotations

from iacreview.evaluate.terraform.jsontext import json_text, quoted
from iacreview.evaluate.terraform.values import is_known, ordered, plain
from iacreview.model.value import Encoded, Known, ListValue, MapValue, Text, Value


def encoded_text(value: Encoded) -> Value:
    """The JSON string itself: Known where the structure is, text with holes otherwise."""
    if is_known(value.structure):
        return Known(json_text(plain(value.structure)), value.span, value.via, value.references)
    parts: list[Value] = []
    _write(value.structure, parts)
    return Text(_compact(parts), value.span, value.via, value.references)


def _write(value: Value, parts: list[Value]) -> None:
    if is_known(value):
        parts.append(Known(json_text(plain(value)), value.span))
    elif isinstance(value, MapValue) and value.complete:
        for index, (key, item) in enumerate(ordered(value.entries)):
            parts.append(Known(("," if index else "{") + quoted(key) + ":"))
            _write(item, parts)
        parts.append(Known("}"))
    elif isinstance(value, ListValue) and value.complete:
        for index, item in enumerate(value.items):
            parts.append(Known("," if index else "["))
            _write(item, parts)
        parts.append(Known("]"))
    elif isinstance(value, Text):
        parts.append(Known('"'))
        parts += [Known(quoted(str(p.data))[1:-1], p.span) if isinstance(p, Known) else p for p in value.parts]
        parts.append(Known('"'))
    else:
        parts.append(value)


def _compact(parts: list[Value]) -> list[Value]:
    """Neighbouring texts of no place of their own made one."""
    joined: list[Value] = []
    for part in parts:
        last = joined[-1] if joined else None
        if isinstance(part, Known) and isinstance(last, Known) and part.span is None and last.span is None:
            joined[-1] = Known(f"{last.data}{part.data}")
        else:
            joined.append(part)
    return joined
