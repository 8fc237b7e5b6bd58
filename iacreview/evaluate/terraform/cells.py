"""Lazy evaluation with memory: what is asked for is computed once, in any order, without deep recursion."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, islice
from typing import Generic, TypeVar

from iacreview.evaluate.solver import Solver
from iacreview.evaluate.terraform.memory import Memory
from iacreview.evaluate.terraform.values import MAX_ITEMS
from iacreview.model.parts import children, inside_of
from iacreview.model.source import Span
from iacreview.model.value import Compound, MapValue, Unknown, Value
from iacreview.parse.terraform.nodes import Node

T = TypeVar("T")

# One evaluation step takes up to eight Python frames: these stay well below the interpreter's thousand.
MAX_DEPTH = 100
_HOP_DEPTH = 45
_MAX_VALUE_DEPTH = 48
MAX_STEPS = 2_000_000
MAX_ASSUMED = 5_000
MAX_LOOKED_AT = 200_000

# What stays even when the steps are used up.
_SMALL = 1000

_MAX_NOTES = 20
_TOO_LARGE = "is too large to be evaluated"

_NEW, _BUSY, _DONE = 0, 1, 2


class Cell(Generic[T]):
    """A result that is computed when it is first asked for. `fallback` is the answer to a cycle."""

    __slots__ = ("_compute", "fallback", "state", "value")

    def __init__(self, compute: Callable[[], T], fallback: T) -> None:
        self._compute = compute
        self.fallback = fallback
        self.value = fallback
        self.state = _NEW

    @property
    def is_done(self) -> bool:
        """Whether its value stays as it is."""
        return self.state == _DONE

    def compute(self) -> T:
        return self._compute()


class Deferred(Exception):  # noqa: N818 - a signal, no error
    """The recursion is deep enough: this cell is to be computed first, from the top."""

    def __init__(self, cell: Cell[object]) -> None:
        self.cell = cell


class Run:
    """The state of one evaluation: how deep it is, how much it has done, and what its conditions mean."""

    __slots__ = (
        "_assumed",
        "circles",
        "cut",
        "decided",
        "depth",
        "exhausted",
        "hidden",
        "looked_at",
        "memory",
        "solver",
        "steps",
    )

    def __init__(self) -> None:
        self._assumed = MAX_ASSUMED
        self.memory = Memory()
        # How often something was asked for while it was being computed.
        self.circles = 0
        self.depth = 0
        self.steps = MAX_STEPS
        self.exhausted = False
        self.cut: dict[Span, str] = {}
        self.hidden: dict[Span, None] = {}
        # The conditions, with their modules, that defaults of the root module decided, and the calls that read
        # templates with conditions; None stands for those that were not come to, as something before them cannot be
        # evaluated with these.
        self.decided: set[tuple[object, Node | None]] = set()
        # How many expressions have been looked at for such conditions.
        self.looked_at = 0
        self.solver = Solver()

    def note(self, reason: str, span: Span | None) -> None:
        """Notes that one of our bounds leaves out what stands at a place."""
        if span is not None and len(self.cut) < _MAX_NOTES:
            self.cut.setdefault(span, reason)

    def may_assume(self) -> bool:
        """Whether one more name may be evaluated under an assumption of its own: else it is what it is without."""
        self._assumed -= 1
        return self._assumed >= 0

    def spend(self, steps: int) -> bool:
        """Whether the evaluation may go on; a hostile input runs out of steps, a real one never does."""
        self.steps -= steps
        if self.steps < 0:
            self.exhausted = True
        return self.steps >= 0

    def get(self, cell: Cell[T]) -> T:
        """A cell's result from inside of an evaluation. Raises Deferred where `force` has to come first."""
        if cell.state == _DONE:
            return cell.value
        if cell.state == _BUSY:
            self.circles += 1
            return cell.fallback
        if self.depth > _HOP_DEPTH:
            raise Deferred(cell)  # type: ignore[arg-type]
        cell.state = _BUSY
        try:
            cell.value = self._settled(cell.compute())
        except Deferred:
            cell.state = _NEW
            raise
        cell.state = _DONE
        return cell.value

    def force(self, cell: Cell[T]) -> T:
        """A cell's result from outside: computes what it needs first, in as many passes as that takes."""
        stack: list[Cell[object]] = [cell]  # type: ignore[list-item]
        while stack:
            self.depth = 0
            try:
                self.get(stack[-1])
            except Deferred as deferred:
                if deferred.cell in stack:
                    deferred.cell.value = deferred.cell.fallback
                    deferred.cell.state = _DONE
                    stack = stack[: stack.index(deferred.cell) + 1]
                else:
                    stack.append(deferred.cell)
                continue
            stack.pop()
        self.depth = 0
        return cell.value

    def _settled(self, value: T) -> T:
        """The result, or an Unknown in its place where it is too large or too deep to be walked."""
        if not isinstance(value, Compound):
            return value
        inside = inside_of(value)
        if inside.depth < _MAX_VALUE_DEPTH and inside.size < MAX_ITEMS:
            size = 1 + inside.size
            if self.spend(size // 4) or size <= _SMALL:
                return value
            self.note(_TOO_LARGE, value.span)
            return _too_large(value)  # type: ignore[return-value]
        level: list[Value] = [value]
        depth = size = 0
        while level and depth <= _MAX_VALUE_DEPTH and size <= MAX_ITEMS:
            size += len(level)
            depth += 1
            level = list(islice(chain.from_iterable(map(children, level)), MAX_ITEMS + 1))
        if level or (not self.spend(size // 4) and size > _SMALL):
            self.note(_TOO_LARGE, value.span)
            return _too_large(value)  # type: ignore[return-value]
        return value


def _too_large(value: Value) -> Value:
    if isinstance(value, MapValue):
        return MapValue({}, value.span, complete=False)
    return Unknown(_TOO_LARGE, value.span)
