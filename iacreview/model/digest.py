"""Digests, from the interpreter's own modules where it has them: `hashlib` loads OpenSSL for them, which takes longer
than a small file's review.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

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


def digests(data: bytes) -> Iterator[str]:
    """The digests of bytes that people use, MD5, SHA-1, SHA-256 and SHA-512, in hexadecimal digits."""
    try:
        from _md5 import md5  # type: ignore[import-not-found]
        from _sha1 import sha1  # type: ignore[import-not-found]

        if sys.version_info >= (3, 12):
            from _sha2 import sha512
        else:
            from _sha512 import sha512  # type: ignore[import-not-found]
    except ImportError:
        from hashlib import md5, sha1, sha512
    for algorithm in (md5, sha1, sha256, sha512):
        yield str(algorithm(data, usedforsecurity=False).hexdigest())
