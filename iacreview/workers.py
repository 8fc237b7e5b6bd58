"""Two things at a time, where the machine and the amount of work are worth it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from iacreview.errors import IacreviewError

A = TypeVar("A")
B = TypeVar("B")

# Below this many units a second process costs more than it saves.
ENOUGH = 40


def in_parallel(first: Callable[[], A], second: Callable[[], B], units: int) -> tuple[A, B]:
    """Both results; `second` in a process of its own where there are ENOUGH units and two processors.

    What `second` returns must be data: it is copied. Raises WorkerError for a defect there, and what iacreview itself
    raises (IacreviewError) as it is.
    """
    if units < ENOUGH or not hasattr(os, "fork") or (os.cpu_count() or 1) < 2:
        return first(), second()
    read, write = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        os.close(read)
        _work(second, write)
    os.close(write)
    try:
        own = first()
        return own, _received(read)
    finally:
        os.close(read)
        os.waitpid(child, 0)


class Meanwhile(Generic[A]):
    """The result of something that mostly waits for another program, worked out beside what goes on here."""

    __slots__ = ("_error", "_result", "_thread")

    def __init__(self, work: Callable[[], A]) -> None:
        from threading import Thread

        self._error: IacreviewError | None = None
        self._result: list[A] = []
        self._thread = Thread(target=self._run, args=(work,), daemon=True)
        self._thread.start()

    def result(self) -> A:
        """What came of it, or what iacreview itself raised there (IacreviewError)."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._result[0]

    def _run(self, work: Callable[[], A]) -> None:
        try:
            self._result.append(work())
        except IacreviewError as error:
            self._error = error


def _work(work: Callable[[], Any], write: int) -> None:
    """The second process: sends its result, or what went wrong, and ends."""
    import pickle

    from iacreview.errors import defect_text

    status = 0
    try:
        try:
            result: tuple[str, Any] = "done", work()
        except IacreviewError as error:
            result = "refused", error
        except Exception as error:
            result = "failed", defect_text(error)
        with os.fdopen(write, "wb") as stream:
            pickle.dump(result, stream, pickle.HIGHEST_PROTOCOL)
    except BaseException:
        status = 1
    finally:
        os._exit(status)


def _received(read: int) -> Any:
    import pickle

    from iacreview.errors import WorkerError

    with os.fdopen(os.dup(read), "rb") as stream:
        try:
            kind, result = pickle.load(stream)  # noqa: S301 - written by our own fork
        except EOFError:
            raise WorkerError("the second process ended without a result") from None
    if kind == "refused":
        raise result
    if kind == "failed":
        raise WorkerError(result)
    return result
