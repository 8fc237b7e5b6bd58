"""The text of a file, by its byte-order mark."""

from __future__ import annotations

import codecs
import re

from iacreview.errors import EncodingError

# UTF-32's begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF8, "utf-8"),
)
_MARKED = frozenset(mark[:1] for mark, _ in _MARKS)


def marked(data: bytes) -> tuple[str, bytes]:
    """The encoding of what begins so, and its mark; UTF-8 where it has none."""
    if data[:1] not in _MARKED:
        return "utf-8", b""
    return next(((name, mark) for mark, name in _MARKS if data.startswith(mark)), ("utf-8", b""))


def decoded(data: bytes, path: str) -> str:
    """A file's text: UTF-8, or what its byte-order mark says. EncodingError where it is not that."""
    encoding, mark = marked(data)
    data = data[len(mark) :]
    try:
        return str(data, encoding)
    except UnicodeDecodeError as error:
        text, offsets = _as_far_as_possible(data, encoding)
        raise EncodingError(path, error.encoding.upper(), text, offsets) from error


def _as_far_as_possible(data: bytes, encoding: str) -> tuple[str, tuple[int, ...]]:
    """The text with U+FFFD for what is wrong, and where that is."""
    if encoding == "utf-8":
        text = str(data, encoding, "surrogateescape")
        offsets = tuple(match.start() for match in re.finditer("[\udc80-\udcff]", text))
        return re.sub("[\udc80-\udcff]", "\ufffd", text), offsets
    text = str(data, encoding, "replace")
    return text, tuple(match.start() for match in re.finditer("\ufffd", text)) or (len(text) - 1,)
