"""What can go wrong, and what the user can do about it.

IacreviewError           exit 2
├── UsageError           a wrong option or argument
├── ConfigError          .iacreview.yaml or [tool.iacreview]: file, line and key
├── RuleError            a rule or catalog file: file, line and key
└── TreeError            a file that cannot be read; the run goes on and reports it
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class IacreviewError(Exception):
    """Base: a message for people, and a hint that names the next step."""

    exit_code = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[Callable[..., Exception], tuple[Any, ...], dict[str, Any]]:
        """As it is, whatever its class takes: it comes out of the second process of a run."""
        return _made_again, (type(self), self.args), self.__dict__


class UsageError(IacreviewError):
    """A wrong option or argument."""


class LocatedError(IacreviewError):
    """An error at a place in a file of ours or the user's."""

    def __init__(self, path: str, line: int | None, message: str, hint: str = "") -> None:
        where = f"{path}:{line}" if line else path
        super().__init__(f"{where}: {message}", hint)
        self.path = path
        self.line = line


class ConfigError(LocatedError):
    """A configuration that cannot be used."""


class RuleError(LocatedError):
    """A rule or catalog file that cannot be used."""


class TreeError(IacreviewError):
    """A file of the reviewed tree that cannot be read."""

    def __init__(self, path: str, why: str, hint: str = "") -> None:
        super().__init__(f"{path} {why}", hint)
        self.path = path
        self.why = why


class TooLargeError(TreeError):
    """A file that is too large to be read; `beginning` is the start of its text."""

    def __init__(self, path: str, why: str, hint: str, beginning: str) -> None:
        super().__init__(path, why, hint)
        self.beginning = beginning


class TooManyError(TreeError):
    """A directory with more files than are walked through for what is asked."""


class MissingError(TreeError):
    """A file that is not there."""


class EncodingError(TreeError):
    """A file that is not text in an encoding that is read.

    `text` is what it says with U+FFFD for each byte (or code unit) that is wrong; `offsets` are the places of these.
    """

    def __init__(self, path: str, encoding: str, text: str, offsets: tuple[int, ...]) -> None:
        line = text.count("\n", 0, offsets[0]) + 1
        super().__init__(path, f"is not {encoding} (line {line})", "Save it as UTF-8.")
        self.encoding = encoding
        self.text = text
        self.offsets = offsets


def _made_again(kind: type[Exception], args: tuple[Any, ...]) -> Exception:
    error = kind.__new__(kind)
    error.args = args
    return error


class WorkerError(Exception):
    """A defect in a second process, as defect_text has it."""


def defect_text(error: BaseException) -> str:
    """Where an error that nobody expected came up, and of which kind it is.

    Without its message, which may quote what is reviewed.
    """
    from traceback import format_tb

    told = "".join(format_tb(error.__traceback__)) + type(error).__qualname__
    said = f"\n{error}" if isinstance(error, WorkerError) else ""
    before = error.__cause__ or error.__context__
    return f"{defect_text(before)}\n\nthen\n{told}{said}" if before is not None else f"{told}{said}"
