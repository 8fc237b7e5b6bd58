"""JSON as Terraform writes it."""

from __future__ import annotations

from iacreview.evaluate.terraform.convert import number_text
from iacreview.evaluate.terraform.values import is_known, ordered, plain
from iacreview.model.value import Encoded, Known, ListValue, MapValue, Text, Value

_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_CONTROL = {"\\b": "\\u0008", "\\f": "\\u000c"}


def json_text(data: object) -> str:
    """Plain data as compact JSON: keys sorted, no HTML characters, numbers without exponents."""
    if isinstance(data, dict):
        return "{" + ",".join([f"{_quoted(key)}:{json_text(data[key])}" for key in sorted(data)]) + "}"
    if isinstance(data, list):
        return "[" + ",".join(map(json_text, data)) + "]"
    if isinstance(data, str):
        return _quoted(data)
    if data is None:
        return "null"
    if isinstance(data, bool):
        return "true" if data else "false"
    assert isinstance(data, int | float)
    return number_text(data)


def _quoted(text: str) -> str:
    from json import dumps

    quoted = dumps(text, ensure_ascii=False)
    for character, escape in _ESCAPES.items():
        if character in quoted:
            quoted = quoted.replace(character, escape)
    return quoted


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
            parts.append(Known(("," if index else "{") + _quoted(key) + ":"))
            _write(item, parts)
        parts.append(Known("}"))
    elif isinstance(value, ListValue) and value.complete:
        for index, item in enumerate(value.items):
            parts.append(Known("," if index else "["))
            _write(item, parts)
        parts.append(Known("]"))
    elif isinstance(value, Text):
        parts.append(Known('"'))
        parts += [Known(_quoted(str(p.data))[1:-1], p.span) if isinstance(p, Known) else p for p in value.parts]
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
