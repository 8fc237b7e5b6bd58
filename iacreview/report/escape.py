"""Text of a reviewed project made safe to print: it may be written to deceive."""

from __future__ import annotations

import re

# What a terminal obeys, what reorders or hides text, and what cannot be encoded: control characters, soft hyphen,
# marks of direction, zero-width characters, line separators, variation and tag characters, lone surrogates.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\u3164"
    "\ud800-\udfff\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def clean(text: str) -> str:
    """One line that a terminal shows as it is: unsafe characters are spelled out (`\\x1b`, `\\u202e`)."""
    return _UNSAFE.sub(_spelled, text)


def json_escaped(json: str) -> str:
    """JSON with the unsafe characters inside its strings as `\\uXXXX`; it means the same."""
    return _UNSAFE.sub(_json_spelled, json)


def uri(path: str) -> str:
    """A relative path as a URI reference (RFC 3986): all but unreserved characters and slashes percent-encoded."""
    try:
        data = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        data = path.encode("utf-8", "surrogatepass")
    return "".join(chr(byte) if byte in _URI_SAFE else f"%{byte:02X}" for byte in data)


_URI_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")


def _spelled(match: re.Match[str]) -> str:
    char = match[0]
    code = ord(char)
    if char in _SHORT:
        return _SHORT[char]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json_spelled(match: re.Match[str]) -> str:
    char = match[0]
    if char == "\n":  # between values: inside a string it is escaped already
        return char
    code = ord(char)
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
