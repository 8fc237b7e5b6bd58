"""One invocation of the program: its streams, its exit status, and what is said where it fails.

Exit 0: nothing at or above `--fail-on`; 1: findings; 2: wrong use or configuration; 70: a defect of iacreview.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import TextIO

import click

from iacreview import __version__
from iacreview.cli import cli
from iacreview.errors import IacreviewError, defect_text

EXIT_WRONG = 2
EXIT_DEFECT = 70
_OUTPUT_ERRORS = tuple(
    getattr(errno, name, None) for name in ("ENOSPC", "EDQUOT", "EFBIG", "EIO", "EBADF", "EPIPE", "EINVAL")
)


def run(arguments: list[str] | None = None) -> int:
    """Runs a command line (default: the process's) and returns the exit status."""
    closed = sys.stdout is None
    sys.stdout, sys.stderr = sys.stdout or _nowhere(), sys.stderr or _nowhere()
    if closed:
        return _unwritable("it is closed")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    return _status(arguments)


def _nowhere() -> TextIO:
    """In place of a standard stream that the process was started without."""
    return open(os.devnull, "w", encoding="utf-8")


def _status(arguments: list[str] | None) -> int:
    try:
        result = cli.main(arguments, prog_name="iacreview", standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.exceptions.Abort:
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except IacreviewError as error:
        _complain(error.message, error.hint)
        return error.exit_code
    except OSError as error:
        return _surroundings(error)
    except Exception as error:
        return _defect(error)


def _surroundings(error: OSError) -> int:
    """What is wrong with the surroundings is neither a defect nor a finding."""
    if error.filename is None and error.errno in _OUTPUT_ERRORS:
        # What is left in the buffer would fail again at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _unwritable(error.strerror or str(error))
    try:
        os.getcwd()
    except OSError:
        _complain("the working directory no longer exists", "Change into a directory that exists.")
        return EXIT_WRONG
    return _defect(error)


def _unwritable(why: str) -> int:
    _complain(f"the output cannot be written: {why}", "")
    return EXIT_WRONG


def _complain(message: str, hint: str) -> None:
    from iacreview.report.escape import clean

    click.echo(f"iacreview: {clean(message)}", err=True)
    if hint:
        click.echo(f"  {clean(hint)}", err=True)


def _defect(error: BaseException) -> int:
    click.echo(defect_text(error), err=True)
    click.echo(
        f"iacreview {__version__}: this is a defect of iacreview, not of your files. "
        "Please report it with the lines above and, if you can, the input that shows it.",
        err=True,
    )
    return EXIT_DEFECT
