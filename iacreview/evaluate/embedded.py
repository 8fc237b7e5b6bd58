"""Structures inside of strings: JSON, YAML and Base64. What is read from a string keeps its place in the source."""

from __future__ import annotations

import re
from bisect import bisect_right

from iacreview.evaluate.terraform.values import Composed
from iacreview.model.parts import concealed, is_sensitive
from iacreview.model.patterns import later
from iacreview.model.provenance import TRAILING_COMMA, Step
from iacreview.model.record import NamedTuple
from iacreview.model.source import Source, Span
from iacreview.model.value import Coded, Encoded, Known, ListValue, MapValue, Text, Unknown, Value
from iacreview.parse.data.json_document import JsonError, parse_json
from iacreview.parse.data.nodes import DataNode
from iacreview.parse.data.nodes import ListNode as JsonList
from iacreview.parse.data.nodes import MapNode as JsonMap
from iacreview.parse.recent import Recent

_MAX_TEXT = 1_000_000
# Stands for a hole while the text around it is read; a private-use character that JSON allows in strings.
_HOLE = "\ue000"


class _Piece(NamedTuple):
    """A part of the text: where it starts there, and where it stands in a source.

    `start` is the source offset of its first character, None where the text and the source differ. `width` is
    how much of the source each of its characters takes.
    """

    at: int
    span: Span | None
    start: int | None
    hole: Value | None = None
    width: int = 1


def decode_json(value: Value) -> Value | None:
    """The structure of a JSON string, with spans inside of the string's source; None where it is not JSON.

    Holes become the values they stand for, or Text where they are a part of a string. Commas before closing brackets
    are read over, and the structure has come there by the step TRAILING_COMMA.
    """
    if isinstance(value, Encoded):
        return value.structure
    if not isinstance(value, (Known, Text)) or (isinstance(value, Known) and not isinstance(value.data, str)):
        return None
    if isinstance(value, Known) and len(str(value.data)) > _MAX_TEXT:
        return None
    reader = _Reader(value)
    stripped = reader.text.lstrip()
    if not stripped or stripped[0] not in "{[" or len(reader.text) > _MAX_TEXT:
        return None
    file = reader.file()
    if file is not None and file.decoded is not None:
        decoded: Value = file.decoded
        return decoded.placed(decoded.span, value.via, value.references)
    text = reader.quoted_holes()
    strict = _node(text)
    node = strict if strict is not None else _node(_without_trailing_commas(text))
    if node is None:
        return None
    decoded = reader.value(node)
    if file is not None and strict is not None:
        file.decoded = decoded
    via = decoded.via or value.via
    if strict is None:
        via = (Step(TRAILING_COMMA, value.span), *via)
    return decoded.placed(decoded.span, via, decoded.references or value.references)


def _node(text: str) -> DataNode | None:
    try:
        return _parsed(Source("", text))[0]
    except (JsonError, RecursionError):
        return None


_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"?'
_STRING_OR_HOLE = later(f"{_STRING}|{_HOLE}", re.DOTALL)
# A string, or a comma that only white space separates from a closing bracket.
_STRING_OR_COMMA = later(rf"{_STRING}|,(?=[ \t\r\n]*[}}\]])", re.DOTALL)


def _without_trailing_commas(text: str) -> str:
    """The text with a space for each comma that stands before a closing bracket; it is as long as before."""
    return _STRING_OR_COMMA.sub(lambda found: " " if found.group() == "," else found.group(), text)


def decode_document(value: Value) -> Value | None:
    """The structure of a string that is a JSON or a YAML document, as decode_json has it."""
    found = decode_json(value)
    if found is not None or not isinstance(value, (Known, Text)):
        return found
    from iacreview.parse.data.yaml_document import YamlError, parse_yaml

    reader = _Reader(value)
    if len(reader.text) > _MAX_TEXT:
        return None
    try:
        node = parse_yaml(Source("", reader.text), [])
    except (YamlError, RecursionError):
        return None
    decoded = reader.value(node) if isinstance(node, (JsonMap, JsonList)) else None
    if decoded is not None:
        decoded.via = decoded.via or value.via
    return decoded


# The nodes of JSON texts: the same files are decoded for many resources, and in many units.
_parsed: Recent[DataNode] = Recent(lambda source: (parse_json(source), []), _MAX_TEXT)


def decode_base64(value: Value) -> Value | None:
    """The text in a Base64 string, at the string's place; None where it is not known or no text."""
    if isinstance(value, Coded):
        return concealed(value.content) if is_sensitive(value) else value.content
    if not isinstance(value, Known) or not isinstance(value.data, str) or len(value.data) > 4 * _MAX_TEXT:
        return None
    import binascii
    from base64 import b64decode

    try:
        data = b64decode(value.data, validate=True)
        if data.startswith(b"\x1f\x8b"):
            data = _unzipped(data)
        text = data.decode()
    except (ValueError, binascii.Error, EOFError, OSError):
        return None
    return Known(text, value.span, value.via, value.references)


def _unzipped(data: bytes) -> bytes:
    """The content of a gzip stream, as far as it is small."""
    import zlib

    try:
        return zlib.decompressobj(wbits=31).decompress(data, _MAX_TEXT)
    except zlib.error as error:
        raise ValueError("not a gzip stream") from error


class _Reader:
    """Maps offsets of an assembled text to the sources it came from."""

    __slots__ = ("_shift", "_starts", "pieces", "text", "whole")

    def __init__(self, value: Value) -> None:
        self.pieces: list[_Piece] = []
        self.whole = value
        self.text = "".join(self._collect(value))
        self._starts = [piece.at for piece in self.pieces]
        self._shift: list[int] = []

    def _collect(self, value: Value) -> list[str]:
        """The text's parts, each noted as a piece. A string in a string brings its own parts."""
        texts: list[str] = []
        at = 0
        stack = [value]
        while stack:
            part = stack.pop()
            if isinstance(part, (Composed, Text)):
                stack += reversed(part.parts)
            elif isinstance(part, Known):
                texts.append(str(part.data))
                self._add_text(part, texts[-1], at)
                at += len(texts[-1])
            else:
                self.pieces.append(_Piece(at, part.span, None, part))
                texts.append(_HOLE)
                at += 1
        return texts

    def _add_text(self, value: Known, text: str, at: int) -> None:
        span = _origin(value, text)
        if span is not None and "\\" in span.text and (starts := _escaped_starts(span, text)):
            ends = [*starts[1:], span.end - (span.text[0] == '"')]
            for index, (start, end) in enumerate(zip(starts, ends, strict=True)):
                self.pieces.append(_Piece(at + index, span, start, width=end - start))
        elif span is not None and (found := span.source.text.find(text, span.start, span.end)) >= 0:
            self.pieces.append(_Piece(at, span, found))
        else:
            self.pieces.append(_Piece(at, value.span, None))

    def file(self) -> Source | None:
        """The source of which the text is all, as it stands there: many units, and many places in one, decode it."""
        piece = self.pieces[0]
        source = piece.span.source if piece.span is not None else None
        is_whole = len(self.pieces) == 1 and piece.start == 0 and piece.width == 1
        return source if is_whole and source is not None and len(source.text) == len(self.text) else None

    def quoted_holes(self) -> str:
        """The text with holes outside of strings made strings; offsets of it are brought back by `_original`."""
        if _HOLE not in self.text:
            return self.text
        return _STRING_OR_HOLE.sub(self._quoted, self.text)

    def _quoted(self, found: re.Match[str]) -> str:
        if found.group() != _HOLE:
            return found.group()
        self._shift.append(found.start())
        return f'"{_HOLE}"'

    def _original(self, offset: int) -> int:
        """The offset in `text` of an offset in the text with quoted holes."""
        shift = 0
        for index in self._shift:
            if index + shift < offset:
                shift += min(2, offset - index - shift)
            else:
                break
        return offset - shift

    def value(self, node: DataNode) -> Value:
        span = self.span(node.start, node.end)
        if isinstance(node, JsonMap):
            entries: dict[str, Value] = {}
            keys: dict[str, Span] = {}
            for key, (name, item) in node.entries.items():
                entries[key] = self.value(item)
                place = self.span(name.start, name.end)
                if place is not None:
                    keys[key] = place
            complete = not any(_HOLE in key for key in entries)
            return MapValue(entries, span, keys=keys, complete=complete)
        if isinstance(node, JsonList):
            return ListValue([self.value(item) for item in node.items], span)
        if isinstance(node.value, str) and _HOLE in node.value:
            return self._with_holes(node.value, node.start, node.end, span)
        return Known(node.value, span)

    def _with_holes(self, text: str, start: int, end: int, span: Span | None) -> Value:
        first, last = self._original(start), self._original(end)
        holes = [piece.hole for piece in self.pieces if piece.hole is not None and first <= piece.at < last]
        if text == _HOLE and holes:
            return holes[0]
        parts: list[Value] = []
        remaining = iter(holes)
        for index, literal in enumerate(text.split(_HOLE)):
            if index:
                parts.append(next(remaining, None) or Unknown("is not known", span))
            if literal:
                parts.append(Known(literal, span))
        return Text(parts, span, references=tuple(r for part in parts for r in part.references))

    def span(self, start: int, end: int) -> Span | None:
        """The span of a range of the text, where both of its ends are in one source."""
        if len(self.pieces) == 1 and not self._shift:
            # As in most texts, all of it is one part of the source.
            only = self.pieces[0]
            if only.span is not None and only.start is not None and only.width == 1:
                return only.span.source.span(only.start + start, only.start + max(start + 1, end))
        start, end = self._original(start), self._original(end)
        first, last = self._place(start), self._place(max(start, end - 1))
        if first is None or last is None or first[0] is not last[0] or last[2] < first[1]:
            return self.whole.span
        return Span(first[0], first[1], last[2])

    def _place(self, offset: int) -> tuple[Source, int, int] | None:
        """The source and the range in it that a character of the text comes from."""
        piece = self.pieces[bisect_right(self._starts, offset) - 1]
        if piece.span is None or (piece.start is None and piece.hole is None):
            return None
        if piece.start is None:
            return piece.span
        start = piece.start + offset - piece.at
        return piece.span.source, start, start + piece.width


def _origin(value: Known, text: str) -> Span | None:
    """The span that has the text itself: the value's own, or that of the step where it was written."""
    spans = [value.span, *(step.span for step in value.via)]
    for span in spans:
        if span is not None and text and span.source.text.find(text, span.start, span.end) >= 0:
            return span
    return next((span for span in reversed(spans) if span is not None and "\\" in span.text), None)


def _escaped_starts(span: Span, text: str) -> list[int] | None:
    """The source offset of each character of a quoted string with escapes; None where they cannot be matched."""
    source, at = span.source.text, span.start
    if source[at : at + 1] == '"':
        at += 1
    starts = []
    for character in text:
        starts.append(at)
        if source[at] == "\\" and at + 1 < span.end:
            at += {"u": 6, "U": 10}.get(source[at + 1], 2)
        elif source[at : at + 3] in ("$${", "%%{"):
            at += 2
        elif source[at] == character:
            at += 1
        else:
            return None
        if at > span.end:
            return None
    return starts
