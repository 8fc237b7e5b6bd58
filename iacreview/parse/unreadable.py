"""What is said of a file that cannot be read, at the place that is wrong."""

from __future__ import annotations

from iacreview.errors import EncodingError, TreeError
from iacreview.model.graph import Problem
from iacreview.model.source import Source, Span

# What begins every file that git-crypt has encrypted.
_GIT_CRYPT = "\0GITCRYPT\0"


def unreadable(path: str, error: TreeError, at: int | None = None) -> Problem:
    """Why a file cannot be read; of one that is not text, at the first wrong byte or another one `at` an offset."""
    if isinstance(error, EncodingError) and error.text.startswith(_GIT_CRYPT):
        message = "the file is encrypted by git-crypt: run `git-crypt unlock` before the review"
        return Problem(message, Span(Source(path, error.text), 0, 1), "git-crypt")
    if isinstance(error, EncodingError):
        at = error.offsets[0] if at is None else at
        message = f"the file is not {error.encoding}"
        return Problem(message, Span(Source(path, error.text), at, at + 1))
    return Problem(f"the file {error.why}", Span(Source(path, ""), 0, 0))
