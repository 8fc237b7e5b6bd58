"""Functions of texts of which a part is not known: what is known stays known.

Each hole is one character of a private plane while the function works on the text around it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from iacreview.evaluate.terraform.convert import to_text
from iacreview.evaluate.terraform.encoding import encoded_text
from iacreview.evaluate.terraform.functions.call import Pure
from iacreview.evaluate.terraform.numbers import scalar_text
from iacreview.evaluate.terraform.templates import assemble
from iacreview.evaluate.terraform.values import MAX_STRING, is_known, plain, references_in, unknown_from, via_of
from iacreview.model.source import Span
from iacreview.model.value import Encoded, Known, ListValue, MapValue, Text, Unknown, Value

_FIRST, _LAST = 0xF0000, 0xFFFFD


def applied(function: Pure, args: Sequence[Value], span: Span) -> Value:
    """The result of a function that keeps what is known; unknown where nothing is, or where it is not text.

    What a function leaves out of a hole, or of what it does with one, is not known: the result is then open at its end.
    """
    holes: list[Value] = []
    data = [_readable(kind, arg, holes) for kind, arg in zip(function.kinds(len(args)), args, strict=True)]
    if not holes or any(each is None for each in data):
        return unknown_from(args, span)
    result = function.compute(*[each[0] for each in data if each is not None])
    if isinstance(result, list) and all(isinstance(item, str) for item in result):
        items = [_text(item, holes, span, args) for item in result]
        return ListValue(items, span, via_of(args), references_in(args), complete=False)
    if not isinstance(result, str) or len(result) > MAX_STRING:
        return unknown_from(args, span)
    left = [ord(char) - _FIRST for char in result if _FIRST <= ord(char) <= _LAST]
    value = _text(result, holes, span, args)
    if sorted(left) == list(range(len(holes))):
        return value
    return assemble([value, unknown_from(args, span)], span)


def written(write: Callable[[object], str], value: Value, span: Span) -> Value:
    """A structure written as text, in which what is not known is a hole."""
    holes: list[Value] = []
    result = write(_data(value, holes))
    if len(result) > MAX_STRING:
        return unknown_from([value], span)
    return _text(result, holes, span, [value])


def _data(value: Value, holes: list[Value]) -> object:
    """Plain data with a character for each hole; of what may have more, the part that is there."""
    if isinstance(value, Known):
        return value.data
    if isinstance(value, MapValue):
        return {key: _data(item, holes) for key, item in value.entries.items()}
    if isinstance(value, ListValue):
        return [_data(item, holes) for item in value.items]
    text = encoded_text(value) if isinstance(value, Encoded) else value
    if isinstance(text, Known):
        return text.data
    return "".join(_characters(text if isinstance(text, Text) else Text([text]), holes))


def _readable(kind: str, arg: Value, holes: list[Value]) -> tuple[object] | None:
    if kind != "s":
        return (plain(arg),) if is_known(arg) else None
    text = to_text(arg)
    if isinstance(text, Text):
        return ("".join(_characters(text, holes)),)
    return (scalar_text(text.data),) if isinstance(text, Known) and text.data is not None else None


def _characters(text: Text, holes: list[Value]) -> Iterator[str]:
    for part in text.parts:
        if isinstance(part, Known):
            yield "".join(char for char in str(part.data) if not _FIRST <= ord(char) <= _LAST)
        else:
            yield chr(min(_FIRST + len(holes), _LAST))
            holes.append(part)


def _text(result: str, holes: Sequence[Value], span: Span, args: Sequence[Value]) -> Value:
    parts: list[Value] = []
    start = 0
    for at, char in enumerate(result):
        if _FIRST <= ord(char) <= _LAST:
            if at > start:
                parts.append(Known(result[start:at], span))
            index = ord(char) - _FIRST
            parts.append(holes[index] if index < len(holes) else Unknown("is not known", span))
            start = at + 1
    if start < len(result) or not parts:
        parts.append(Known(result[start:], span))
    value = assemble(parts, span)
    value.via, value.references = via_of(args), references_in(args)
    return value
