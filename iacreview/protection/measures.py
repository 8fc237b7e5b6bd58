"""How strong a protection is, as something that can be compared with another side's, and what of it is weaker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from iacreview.catalog.occurrence import Occurrence, branches, doubt_reason, statement
from iacreview.catalog.view import View
from iacreview.engine.predicates import holds
from iacreview.model import words
from iacreview.model.content import content
from iacreview.model.logic import NO, UNKNOWN, YES, Truth
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.model.value import Known, Value, scalar_text
from iacreview.model.words import NOTHING, Phrase, called, say
from iacreview.protection.definition import Measure
from iacreview.protection.items import OPEN, TEXT, is_open, items_of, joined, shown, structure_of
from iacreview.protection.patterns import narrower

_MOST_SAID = 4
# So many items are made of the members of a collection.
_MAX_ITEMS = 1000


class Measured(NamedTuple):
    """One measure as it stands. `level` grows with strength, `items` are what a set has, or the value as a whole.

    `whole` tells that it is everything there is. `doubt` says why it is not known, or may have other items.
    """

    measure: Measure
    level: float | None
    items: frozenset[str]
    whole: bool
    doubt: str
    said: str
    span: Span


def measured(view: View, measure: Measure) -> Measured | None:
    """A measure of a resource; None where its dialect has no such property."""
    if not view.applies(measure.property):
        return None
    if measure.how in ("levels", "number"):
        found = [
            _ranked(each, measure) for occurrence in view.occurrences(measure.property) for each in branches(occurrence)
        ]
        return min(found, key=lambda each: float("-inf") if each.level is None else each.level)
    return _gathered(view, measure)


def _ranked(occurrence: Occurrence, measure: Measure) -> Measured:
    level = _level(occurrence, measure.order) if measure.how == "levels" else _number(occurrence.value, measure)
    doubt = doubt_reason(occurrence) if level is None else NOTHING
    whole = frozenset({repr(content(occurrence.value))} if occurrence.value is not None else ())
    return Measured(measure, level, whole, False, doubt, statement(occurrence), occurrence.span)


def _level(occurrence: Occurrence, order: Sequence[object]) -> float | None:
    """The place of a value among predicates from weak to strong; below all where none holds, None where unknown."""
    for index in reversed(range(len(order))):
        answer = holds(order[index], occurrence.value)
        if answer is UNKNOWN or (answer is YES and not occurrence.sure):
            return None
        if answer is YES:
            return index
    return -1


def _number(value: Value | None, measure: Measure) -> float | None:
    said = scalar_text(value.data) if isinstance(value, Known) else ""
    if said in measure.everything or (value is None and "absent" in measure.everything):
        return float("inf")
    if value is None:
        return float("-inf")
    try:
        number = float(value.data) if isinstance(value, Known) and value.data is not None else None
    except ValueError:
        return None
    return number if number is None or measure.order[0] == "more" else -number


def _gathered(view: View, measure: Measure) -> Measured:
    """The items of a property, or of the members of a collection."""
    occurrences = [each for each in view.occurrences(measure.property) if each.value is not None]
    span = occurrences[0].span if occurrences else view.span
    if measure.members:
        members = view.members(measure.property)
        items = [item for each in members for item in _combined(each, measure.members)]
        items += [f"{OPEN}{doubt_reason(each)}" for each in view.unread(measure.property)]
    else:
        items = [item for each in occurrences for item in _items(view, each.value, measure)]
    found = frozenset(items[:_MAX_ITEMS])
    whole = bool(found.intersection(TEXT + each for each in measure.everything)) or (
        "absent" in measure.everything and not found
    )
    doubt = next((shown(each) for each in sorted(found) if is_open(each)), "")
    return Measured(measure, None, found, whole, doubt, _said(view, measure, found), span)


def _said(view: View, measure: Measure, items: frozenset[str]) -> Phrase:
    name = called(view.property(measure.property).native(view.dialect))
    if not items:
        return say("`{}` is not set", name)
    names = [called(shown(each)) for each in sorted(items)]
    more = say(" and {} more", len(names) - _MOST_SAID) if len(names) > _MOST_SAID else NOTHING
    return say("`{}` is {}{}", name, words.joined(names[:_MOST_SAID], ", "), more)


def _items(view: View, value: Value | None, measure: Measure) -> Iterator[str]:
    return structure_of(value) if measure.how == "pattern" else items_of(view.world, value)


def _combined(member: View, names: Sequence[str]) -> Iterator[str]:
    """`key=value` for each value that a member of a collection has."""
    lists = [
        [item for each in member.occurrences(name) for item in items_of(member.world, each.value)] for name in names
    ]
    for parts in product(*(each or [TEXT] for each in lists)):
        between = [part for each in parts for part in (f"{TEXT}=", each)]
        yield joined(between[1:])


def weaker(base: Measured, head: Measured) -> Truth:
    """Whether the head's is weaker than the base's."""
    if base.items == head.items and base.whole == head.whole:
        return NO
    if base.measure.how in ("levels", "number"):
        return _lower(base, head)
    if base.measure.how == "set":
        return _smaller(base, head) if base.measure.order[0] == "more" else _smaller(head, base)
    if base.measure.how == "pattern":
        return narrower(base.measure.order[0], base.items, head.items)
    return UNKNOWN


def _lower(base: Measured, head: Measured) -> Truth:
    ranked = base.measure.how == "levels"
    strongest = len(base.measure.order) - 1 if ranked else float("inf")
    if head.level is not None and head.level >= strongest:
        return NO
    if base.level is None or head.level is None:
        return NO if ranked and base.level is not None and base.level < 0 else UNKNOWN
    return YES if head.level < base.level else NO


def _smaller(larger: Measured, smaller: Measured) -> Truth:
    """Whether something of the first set is not in the second one."""
    if smaller.whole:
        return NO
    if larger.whole:
        return UNKNOWN if smaller.doubt else YES
    missing = larger.items - smaller.items
    if not missing:
        return NO
    return UNKNOWN if smaller.doubt or all(map(is_open, missing)) else YES
