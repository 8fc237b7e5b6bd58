"""Checks of who is let in by the policies of resources and of roles' trust.

Each takes `with: {property: ...}`, the property that holds the document (default `policy`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iacreview.catalog.view import View
from iacreview.checks.documents import Place, each_statement, shown
from iacreview.model.logic import NO, YES
from iacreview.model.outcome import Outcome
from iacreview.semantics.conditions import restricting_conditions
from iacreview.semantics.policy import Statement
from iacreview.semantics.statements import is_everyone


def public_principal(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A principal that is everyone, unless conditions tie the statement to somebody."""

    def judge(place: Place, statement: Statement) -> Iterator[Outcome]:
        if not statement.allows:
            return
        for principal in statement.principals:
            if principal.pattern is None:
                yield from place.doubt_of_all(statement, principal.value, "the principal")
            elif is_everyone(principal):
                narrowed = restricting_conditions(statement)
                if narrowed is NO:
                    text = f"the principal is {shown(principal.pattern)}, and no condition narrows it"
                    yield place.violation(statement, principal.value, text, principal.when)
                elif narrowed is not YES:
                    yield place.doubt(statement, principal.value, "whether the conditions narrow the principal")

    return each_statement(view, params, judge)
