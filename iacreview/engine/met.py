"""Where a resource meets a row of a rule: what a finding is the opposite of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iacreview.catalog.occurrence import statement
from iacreview.catalog.view import View
from iacreview.engine.judge import outcomes
from iacreview.engine.predicates import holds
from iacreview.engine.require import condition
from iacreview.engine.rule import Row
from iacreview.model.logic import YES
from iacreview.model.outcome import Doubt, Violation
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.model.words import NOTHING, Phrase


class Met(NamedTuple):
    """How many places of a resource meet a row, fail it, and leave it open; and what says so, where that stands.

    `said` is of what fails, else of what is open, else of what meets it; empty where there is no single value.
    """

    met: int
    failed: int
    open: int
    said: Phrase
    span: Span


def met_by(view: View, row: Row) -> Met | None:
    """How a resource stands to a row; None where the row is not about it."""
    found = outcomes(row, view)
    scopes = [scope for scope in view.members(row.each) if condition(scope, row.when) is YES] if row.each else [view]
    if not row.each and condition(view, row.when) is not YES:
        scopes = []
    # A row that leaves resources to another one says nothing of those that it leaves.
    if not found and (not scopes or "unless" in row.with_):
        return None
    bad = [each for _, each in found if isinstance(each, Violation)]
    doubts = [each for _, each in found if isinstance(each, Doubt)]
    failing = {scope.span for scope, _ in found}
    said, span = _told(scopes, view, row)
    if bad:
        said, span = bad[0].statement, bad[0].span
    elif doubts:
        said, span = doubts[0].reason, doubts[0].span
    return Met(max(0, len(scopes) - len(failing)), len(bad), len(doubts), said, span)


def _told(scopes: Sequence[View], view: View, row: Row) -> tuple[Phrase, Span]:
    """The first value that meets a requirement, and where it stands."""
    for scope in scopes:
        for name, predicate in asked(scope, row.require):
            for each in scope.occurrences(name) if scope.has(name) and scope.applies(name) else ():
                # A default is what meets a requirement where that is for one property, and not for one of several.
                counts = not each.defaulted or name in row.require
                if counts and each.value is not None and holds(predicate, each.value) is YES:
                    return statement(each), each.span
    return NOTHING, view.span


def asked(scope: View, requirements: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The properties that are asked for, each with its predicate; those of alternatives where these hold."""
    for name, predicate in requirements.items():
        if name in ("any", "all"):
            for each in predicate:
                if condition(scope, each) is YES:
                    yield from asked(scope, each)
        elif name not in ("none", "some"):
            yield name, predicate
