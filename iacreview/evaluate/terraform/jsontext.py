"""Plain data as JSON in Terraform's form."""

from __future__ import annotations

from json.encoder import encode_basestring

from iacreview.evaluate.terraform.numbers import number_text

_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def json_text(data: object) -> str:
    """Plain data as compact JSON: keys sorted, no HTML characters, numbers without exponents."""
    if isinstance(data, dict):
        return "{" + ",".join([f"{quoted(key)}:{json_text(data[key])}" for key in sorted(data)]) + "}"
    if isinstance(data, list):
        return "[" + ",".join(map(json_text, data)) + "]"
    if isinstance(data, str):
        return quoted(data)
    if data is None:
        return "null"
    if isinstance(data, bool):
        return "true" if data else "false"
    assert isinstance(data, (int, float))
    return number_text(data)


def quoted(text: str) -> str:
    """A string as JSON, with the escapes that Terraform uses."""
    quoted = encoded(text)
    for character, escape in _ESCAPES.items():
        if character in quoted:
            quoted = quoted.replace(character, escape)
    return quoted


def encoded(text: str) -> str:
    """A string as JSON, with no more escapes than it needs: what `json.dumps` makes an encoder for each time."""
    return encode_basestring(text)
