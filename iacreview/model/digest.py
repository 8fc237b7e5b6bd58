"""A text's SHA-256, from the interpreter's own module where it has one: `hashlib` loads OpenSSL for it, which takes
longer than a small file's review.
"""

from __future__ import annotations

import sys

try:
    if sys.version_info >= (3, 12):
        from _sha2 import sha256
    else:
        from _sha256 import sha256  # type: ignore[import-not-found]
except ImportError:
    from hashlib import sha256


def digest(text: str) -> str:
    """The SHA-256 of a text in hexadecimal digits."""
    return str(sha256(text.encode("utf-8", "surrogatepass")).hexdigest())
