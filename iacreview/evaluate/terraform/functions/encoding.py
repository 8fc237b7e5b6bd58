"""Encodings: JSON, YAML, CSV, Base64, URLs."""

from __future__ import annotations

from iacreview.evaluate.terraform.convert import to_text
from iacreview.evaluate.terraform.encoding import encoded_text
from iacreview.evaluate.terraform.functions.call import FunctionCall, FunctionError, Pure, Structural, TooComplex
from iacreview.evaluate.terraform.jsontext import json_text
from iacreview.evaluate.terraform.numbers import scalar_text, tidy
from iacreview.evaluate.terraform.values import (
    MAX_STRING,
    failed,
    from_plain,
    is_known,
    plain,
    reason_in,
    references_in,
    unknown_from,
    via_of,
)
from iacreview.model.value import Coded, Encoded, Known, ListValue, MapValue, Text, Unknown, Value


def _jsonencode(call: FunctionCall) -> Value:
    """The structure itself, which is what policies and the like are read from."""
    call.need(1, 1)
    value = call.args[0]
    if isinstance(value, Unknown):
        return Unknown(value.reason, call.span, value.via, value.references)
    return Encoded(value, call.span, via_of(call.args), references_in(call.args))


def _jsondecode(call: FunctionCall) -> Value:
    call.need(1, 1)
    value = call.args[0]
    if isinstance(value, Encoded):
        return value.structure.moved(call.span)
    if isinstance(value, (Known, Text)):
        from iacreview.evaluate.embedded import decode_json

        decoded = decode_json(value) or _scalar(value, call)
        if decoded is not None:
            return decoded
        return (
            failed("the text is not JSON", call.span, call.args)
            if is_known(value)
            else unknown_from(call.args, call.span)
        )
    if isinstance(value, (ListValue, MapValue)):
        raise FunctionError("a string is required")
    return unknown_from(call.args, call.span)


def _yamldecode(text: str) -> object:
    import yaml

    if len(text) > MAX_STRING or text.count("*") > 1000:
        raise TooComplex("the text is too long")
    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except (yaml.YAMLError, RecursionError) as error:
        raise FunctionError("the text is not YAML") from error


def _scalar(value: Value, call: FunctionCall) -> Value | None:
    """A JSON text that is one scalar."""
    import json

    if not isinstance(value, Known) or not isinstance(value.data, str):
        return None
    try:
        data = json.loads(value.data)
    except (ValueError, RecursionError):
        return None
    if isinstance(data, (dict, list)):
        return None
    return Known(
        tidy(data) if isinstance(data, float) else data, call.span, via_of(call.args), references_in(call.args)
    )


def _yamlencode(data: object) -> str:
    text = _yaml_block(data, 0)
    # A plain scalar alone ends its document.
    return text if isinstance(data, (str, dict, list)) else f"{text}...\n"


def _yamlencode_call(call: FunctionCall) -> Value:
    """What is not known becomes a hole, wherever in the structure it stands."""
    from iacreview.evaluate.terraform.functions.holes import written

    call.need(1, 1)
    value = call.args[0]
    return unknown_from(call.args, call.span) if isinstance(value, Unknown) else written(_yamlencode, value, call.span)


def _yaml_block(data: object, depth: int) -> str:
    """Terraform's style: every string quoted, keys sorted, block collections."""
    margin = "  " * depth
    if isinstance(data, dict) and data:
        return "".join([f"{margin}{json_text(key)}:{_yaml_nested(data[key], depth)}" for key in sorted(data)])
    if isinstance(data, list) and data:
        return "".join([f"{margin}- {_yaml_item(item, depth)}" for item in data])
    return _yaml_scalar(data) + "\n"


def _yaml_nested(data: object, depth: int) -> str:
    if isinstance(data, dict) and data:
        return "\n" + _yaml_block(data, depth + 1)
    if isinstance(data, list) and data:
        return "\n" + _yaml_block(data, depth)
    text = _yaml_scalar(data)
    if isinstance(data, str) and "\n" in data:
        body = "".join([f"{'  ' * (depth + 1)}{line}".rstrip() + "\n" for line in data.rstrip("\n").split("\n")])
        return f" |{'' if data.endswith(chr(10)) else '-'}\n{body}"
    return f" {text}\n"


def _yaml_item(data: object, depth: int) -> str:
    if isinstance(data, (dict, list)) and data:
        return _yaml_block(data, depth + 1).lstrip(" ")
    return _yaml_scalar(data) + "\n"


def _yaml_scalar(data: object) -> str:
    return json_text(data)


def _csvdecode(text: str) -> list[dict[str, str]]:
    import csv
    import io

    rows = list(csv.reader(io.StringIO(text), strict=True))
    if not rows or len(set(rows[0])) != len(rows[0]) or any(len(row) not in (0, len(rows[0])) for row in rows):
        raise FunctionError("the text is not a CSV table")
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:] if row]


def _urlencode(text: str) -> str:
    from urllib.parse import quote_plus

    return quote_plus(text, safe="")


def _base64encode(call: FunctionCall) -> Value:
    return _encoded(call, lambda text: text.encode())


def _base64gzip(call: FunctionCall) -> Value:
    """A valid gzip stream of the text; Terraform's has other bytes for the same content."""
    import gzip

    return _encoded(call, lambda text: gzip.compress(text.encode(), mtime=0))


def _encoded(call: FunctionCall, to_bytes: object) -> Value:
    from base64 import b64encode

    call.need(1, 1)
    text = to_text(call.args[0])
    if isinstance(text, Encoded):
        text = encoded_text(text)
    if isinstance(text, Text):
        reason = reason_in(text) or "is not known"
        return Coded(text, reason, call.span, via_of(call.args), references_in(call.args))
    if not isinstance(text, Known) or text.data is None:
        return unknown_from(call.args, call.span)
    assert callable(to_bytes)
    data = b64encode(to_bytes(scalar_text(text.data))).decode()
    return Known(data, call.span, via_of(call.args), references_in(call.args))


def _base64decode(call: FunctionCall) -> Value:
    from iacreview.evaluate.embedded import decode_base64

    call.need(1, 1)
    text = to_text(call.args[0])
    if not isinstance(text, (Known, Coded)):
        return unknown_from(call.args, call.span)
    decoded = decode_base64(text)
    if decoded is None:
        raise FunctionError("the text is not Base64")
    return decoded.moved(call.span)


_CODECS = {
    "utf-8": "utf-8",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "iso-8859-1": "latin-1",
    "us-ascii": "ascii",
}


def _codec(name: str) -> str:
    import codecs

    try:
        return codecs.lookup(_CODECS.get(name.lower(), name)).name
    except (LookupError, ValueError) as error:
        raise FunctionError("the encoding is not known") from error


def _textencodebase64(text: str, encoding: str) -> str:
    from base64 import b64encode

    return b64encode(text.encode(_codec(encoding))).decode()


def _textdecodebase64(text: str, encoding: str) -> str:
    from base64 import b64decode

    return b64decode(text, validate=True).decode(_codec(encoding))


def _yamldecode_call(call: FunctionCall) -> Value:
    call.need(1, 1)
    text = call.args[0]
    if isinstance(text, Encoded):
        return text.structure.moved(call.span)
    if not is_known(text):
        return unknown_from(call.args, call.span)
    value = from_plain(_yamldecode(str(plain(text))), call.span)
    value.via, value.references = via_of(call.args), references_in(call.args)
    return value


TABLE: dict[str, Pure | Structural] = {
    "base64decode": _base64decode,
    "base64encode": _base64encode,
    "base64gzip": _base64gzip,
    "csvdecode": Pure("s", _csvdecode),
    "jsondecode": _jsondecode,
    "jsonencode": _jsonencode,
    "textdecodebase64": Pure("ss", _textdecodebase64),
    "textencodebase64": Pure("ss", _textencodebase64),
    "urlencode": Pure("s", _urlencode),
    "yamldecode": _yamldecode_call,
    "yamlencode": _yamlencode_call,
}
