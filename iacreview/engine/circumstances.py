"""Under which guards violations are there: only those that can be, each told once and in the fewest words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import prod

from iacreview.catalog.view import View
from iacreview.model.finding import Related
from iacreview.model.guard import Guard, When, together
from iacreview.model.outcome import Outcome, Violation
from iacreview.model.record import NamedTuple

# Past this number of conditions violations are told one by one.
MAX_CONDITIONS = 6
MAX_WAYS = 1000


def circumstances(scope: View, violation: Violation) -> When:
    """The guards under which a violation is there: of its values, then of the resource."""
    return together(violation.when, scope.resource.conditions)


def deployable(outcomes: Iterable[tuple[View, Outcome]]) -> Iterator[tuple[View, Outcome]]:
    """The outcomes that some deployment has; violations that say the same under other conditions become one."""
    kept = [(scope, outcome) for scope, outcome in outcomes if _can_be(scope, outcome)]
    alike: dict[tuple[object, ...], list[Violation]] = {}
    for _, outcome in kept:
        if isinstance(outcome, Violation) and outcome.when:
            alike.setdefault(_saying(outcome), []).append(outcome)
    for scope, outcome in kept:
        if not isinstance(outcome, Violation) or not outcome.when:
            yield scope, outcome
        elif (group := alike.pop(_saying(outcome), None)) is not None:
            for violation in _simplified(scope, group):
                yield scope, violation


def _can_be(scope: View, outcome: Outcome) -> bool:
    if not isinstance(outcome, Violation) or not circumstances(scope, outcome):
        return True
    # A value that is a parameter's default is there only where the parameter has its default.
    steps = (step.guard for step in outcome.via if step.guard is not None)
    return scope.world.graph.unit.possible((*circumstances(scope, outcome), *steps))


def _saying(violation: Violation) -> tuple[object, ...]:
    """What is the same thing at one place; in one decision, the places of the branches are one."""
    return violation.path, violation.decision or violation.span, violation.statement


def _simplified(scope: View, group: Sequence[Violation]) -> Iterator[Violation]:
    """The violations of a group without conditions that do not matter, those that are then the same as one."""
    possible = scope.world.graph.unit.possible
    covered = _Cover(group, lambda when: possible(circumstances(scope, group[0]._replace(when=tuple(when))))).covered
    told: dict[frozenset[Guard], Violation] = {}
    for violation in group:
        when = tuple(dict.fromkeys(violation.when))
        key = next((each for each in told if each.issubset(when)), None)
        if key is None:
            when = _shortened(when, covered)
            key = frozenset(when)
        known = told.get(key, violation._replace(when=when))
        told[key] = _both(known, violation)
    for guards, violation in told.items():
        if not any(other != guards and _stands_for(other, guards) for other in told):
            yield violation


def _shortened(when: When, covered: Callable[[When], bool]) -> When:
    """The guards without those that do not matter, one after the other."""
    for guard in when:
        shorter = tuple(each for each in when if each != guard)
        if covered(shorter):
            when = shorter
    return when


def _both(one: Violation, other: Violation) -> Violation:
    """Two violations that say the same, at the place of the first; that of the other is told beside it."""
    values = tuple(dict.fromkeys((*one.values, *other.values)))
    place = (Related(other.statement, other.span),) if other.span != one.span else ()
    related = tuple(dict.fromkeys((*one.related, *place, *other.related)))
    return one._replace(values=values, related=related)


def _stands_for(other: frozenset[Guard], guards: frozenset[Guard]) -> bool:
    """Whether some guards hold wherever others do, and do not say the same in more words."""

    def follow(these: frozenset[Guard], those: frozenset[Guard]) -> bool:
        return all(any(each.implies(one) for each in those) for one in these)

    return follow(other, guards) and (len(other) < len(guards) or not follow(guards, other))


class _Answer(NamedTuple):
    """One of the things that a subject can be: its guards, and as bits these and what it rules out."""

    when: When
    bits: int
    excluded: int


class _Cover:
    """Whether violations of a group are there in all deployments where some guards hold. Each guard is a bit."""

    def __init__(self, group: Sequence[Violation], possible: Callable[[Iterable[Guard]], bool]) -> None:
        self._bits: dict[Guard, int] = {}
        self._circumstances = list(dict.fromkeys(self._mask(each.when) for each in group))
        self._possible = possible
        named: dict[object, dict[When, None]] = {}
        for guard in (each for violation in group for each in violation.when):
            is_text = isinstance(guard.value, str)
            one = guard if guard.holds or is_text else guard.opposite
            named.setdefault(guard.key if is_text else one, {})[(one._replace(holds=True),)] = None
        self._subjects = [self._answers(found) for found in named.values()]

    def _mask(self, guards: Iterable[Guard]) -> int:
        mask = 0
        for guard in guards:
            mask |= self._bits.setdefault(guard, 1 << len(self._bits))
        return mask

    def _answers(self, found: Iterable[When]) -> list[_Answer]:
        """What a subject can be: each of the texts that are named, or none of them."""
        whens = [*found, tuple(guard.opposite for when in found for guard in when)]
        own = self._mask(guard for when in whens for guard in when)
        return [_Answer(when, mask := self._mask(when), own & ~mask) for when in whens]

    def covered(self, when: Sequence[Guard]) -> bool:
        """Whether they are, as far as that can be told with a bounded effort."""
        cube = self._mask(when)
        left = [each for each in self._subjects if not any(answer.bits & ~cube == 0 for answer in each)]
        if len(left) > MAX_CONDITIONS or prod(map(len, left)) > MAX_WAYS:
            return False
        return self._covered(tuple(when), left, [each & ~cube for each in self._circumstances])

    def _covered(self, when: When, left: Sequence[Sequence[_Answer]], lacking: Sequence[int]) -> bool:
        """`lacking` is what the circumstances need beside the guards that hold, where these leave them open."""
        if 0 in lacking or not self._possible(when):
            return True
        if not left:
            return False
        first, *rest = left
        return all(
            self._covered(
                (*when, *answer.when), rest, [each & ~answer.bits for each in lacking if not each & answer.excluded]
            )
            for answer in first
        )
