"""What can be said of the parameters of a unit: comparisons with texts, names of conditions, and what is made of these.

A variable is a parameter, or an expression that nobody can evaluate before the deployment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from iacreview.model.record import NamedTuple


class Is(NamedTuple):
    """A variable is a text."""

    variable: str
    text: str


class Same(NamedTuple):
    """Two variables, in the order of their names, are the same text."""

    one: str
    other: str

    @property
    def otherwise(self) -> Is:
        """What decides where both are texts that nothing names."""
        return Is(f"{self.one} = {self.other}", "true")


class Holds(NamedTuple):
    """A named condition holds."""

    condition: str


class Not(NamedTuple):
    """A part does not hold."""

    part: Formula


class All(NamedTuple):
    """All parts hold; true where there are none."""

    parts: tuple[Formula, ...]


class Any(NamedTuple):
    """One part holds at least; false where there are none."""

    parts: tuple[Formula, ...]


Formula: TypeAlias = "Is | Same | Holds | Not | All | Any"


TRUE = All(())


FALSE = Any(())


class Term(NamedTuple):
    """A text, or a variable between two texts, that an operand is where a formula holds."""

    where: Formula
    text: str | None
    variable: str = ""
    before: str = ""
    after: str = ""

    def be(self, text: str) -> Formula:
        """That the term, of which the variable is not known, is a text."""
        length = len(text) - len(self.before) - len(self.after)
        if length < 0 or not (text.startswith(self.before) and text.endswith(self.after)):
            return FALSE
        return Is(self.variable, text[len(self.before) : len(self.before) + length])


def equal(one: Sequence[Term], other: Sequence[Term]) -> Formula:
    """That two operands are the same text. Of each, one term is what it is."""
    cases = [_together((a.where, b.where, _same(a, b))) for a in one for b in other]
    return cases[0] if len(cases) == 1 else Any(tuple(cases))


def _together(parts: Iterable[Formula]) -> Formula:
    """That all parts hold, without those that always do: most operands are one term, whatever holds."""
    left = tuple(part for part in parts if part is not TRUE)
    return left[0] if len(left) == 1 else All(left) if left else TRUE


def _same(one: Term, other: Term) -> Formula:
    if one.text is not None and other.text is not None:
        return TRUE if one.text == other.text else FALSE
    if one.text is not None:
        return other.be(one.text)
    if other.text is not None:
        return one.be(other.text)
    if one[2:] == other[2:]:
        return TRUE
    if (one.before, one.after) == (other.before, other.after):
        return Same(*sorted((one.variable, other.variable)))
    return Is(" = ".join(sorted(f"{each.before}{{{each.variable}}}{each.after}" for each in (one, other))), "true")


class Leaves(NamedTuple):
    """What a formula is made of, in the end."""

    comparisons: Sequence[Is]
    pairs: Sequence[Same]
    conditions: Sequence[str]


def leaves_of(formula: Formula) -> Leaves:
    """The comparisons and conditions in a formula, each once, in the order in which they are found."""
    comparisons: dict[Is, None] = {}
    pairs: dict[Same, None] = {}
    conditions: dict[str, None] = {}
    pending = [formula]
    while pending:
        current = pending.pop()
        if isinstance(current, Is):
            comparisons[current] = None
        elif isinstance(current, Same):
            pairs[current] = None
        elif isinstance(current, Holds):
            conditions[current.condition] = None
        elif isinstance(current, Not):
            pending.append(current.part)
        else:
            pending.extend(current.parts)
    return Leaves(tuple(comparisons), tuple(pairs), tuple(conditions))
