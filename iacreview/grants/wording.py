"""What policies say, in words that two revisions have in common."""

from __future__ import annotations

from collections.abc import Iterator

from iacreview.grants.names import Names, written
from iacreview.model.guard import spoken
from iacreview.model.parts import is_sensitive, walk
from iacreview.model.record import NamedTuple
from iacreview.model.words import HIDDEN, called, joined, key_in, say
from iacreview.semantics.decision.clauses import Clause
from iacreview.semantics.decision.symbols import symbols_of
from iacreview.semantics.items import Item, reason_of
from iacreview.semantics.pattern import normalised
from iacreview.semantics.policy import Condition, Statement


class Words(NamedTuple):
    """How a clause is written: each action with its normalised pattern, and the conditions.

    What is `hidden` has parts that are shown nowhere.
    """

    actions: tuple[tuple[str, str], ...]
    not_actions: tuple[str, ...]
    conditions: tuple[str, ...]
    hidden: bool


def words_of(clause: Clause, names: Names) -> Words:
    """The words of a clause, with what it refers to by the names that revisions have in common."""
    statement = clause.statement
    hidden = any(is_sensitive(each) for each in walk(statement.value))
    return Words(
        tuple(
            (normalised(item.pattern), shown_item(item, names))
            for item in statement.actions
            if item.pattern is not None
        ),
        tuple(shown_item(item, names) for item in statement.not_actions),
        tuple(_conditions(statement, clause, names)),
        hidden,
    )


def shown_item(item: Item, names: Names) -> str:
    """An action, a resource or a value of a condition for people."""
    if any(map(is_sensitive, walk(item.value))):
        return HIDDEN
    return written(names.symbols(symbols_of(item))) or '""'


def _conditions(statement: Statement, clause: Clause, names: Names) -> Iterator[str]:
    for each in statement.conditions:
        yield _condition(each, statement, names)
    if clause.when:
        yield spoken(clause.when)


def _condition(each: Condition, statement: Statement, names: Names) -> str:
    if each.operator is None or each.key is None:
        return say("a condition: {}", reason_of(each.value))
    values = joined((called(shown_item(item, names)) for item in each.values), ", ")
    return say("{} {}: {}", key_in(each.operator, statement.value), key_in(each.key, statement.value), values)
