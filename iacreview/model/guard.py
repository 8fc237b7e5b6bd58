"""Conditions as values: what holds where a value or a resource is there.

Guards are compared with each other and given to solvers; words are made of them where a message is, and only here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from itertools import chain
from operator import itemgetter
from typing import TypeAlias

from iacreview.model.record import NamedTuple

SUBJECT = itemgetter(0)
# How many alternatives are said of which none is the case.
_MOST_SAID = 4


class Says(Enum):
    """What a guard says of its subject, where that is not a text it is."""

    TRUE = "a named condition: it is true"
    HOLDS = "an expression: it holds"
    NOTE = "a phrase that is said as it is"
    ONE_OF = "several circumstances: one of them is the case"

    # Each is itself and nothing else; the hash that enums have is a call in Python, and guards are hashed all the time.
    __hash__ = object.__hash__


class Guard(NamedTuple):
    """That `subject` is `value`, or, where `holds` is false, that it is not.

    `scope` tells apart subjects that are called alike in different places (modules, items of loops). What is `hidden`
    has a value that is shown nowhere.
    """

    subject: str | tuple[When, ...]
    value: str | Says
    holds: bool = True
    scope: str = ""
    hidden: bool = False

    @property
    def key(self) -> str:
        """The name of the subject that no other subject of the unit has."""
        return f"{self.scope}{self.subject}"

    @property
    def opposite(self) -> Guard:
        """That it is the other way round."""
        subject, value, holds, scope, hidden = self
        return Guard(subject, value, not holds, scope, hidden)

    def implies(self, other: Guard) -> bool:
        """Whether the other one holds wherever this one does, as far as the two alone tell it."""
        if self == other:
            return True
        alike = isinstance(self.value, str) and isinstance(other.value, str) and self.key == other.key
        return alike and self.holds and not other.holds and self.value != other.value


# All guards hold; none: always.
When: TypeAlias = "tuple[Guard, ...]"
# Whether guards can hold together.
Possible: TypeAlias = "Callable[[Sequence[Guard]], bool]"


class Question(tuple[When, ...]):
    """What a choice depends on: the guards of its branches. Two choices with the same ones are answered alike.

    A map may have a hundred of them, and it is looked up again and again: its hash is made once.
    """

    @property
    def subjects(self) -> frozenset[str | tuple[When, ...]]:
        """What the guards are about."""
        made: frozenset[str | tuple[When, ...]] | None = self.__dict__.get("about")
        if made is None:
            made = self.__dict__["about"] = frozenset(map(SUBJECT, chain.from_iterable(self)))
        return made

    def __hash__(self) -> int:
        made: int | None = self.__dict__.get("made")
        if made is None:
            made = self.__dict__["made"] = super().__hash__()
        return made


def together(*parts: Iterable[Guard]) -> When:
    """All guards of the parts, each once."""
    if not any(parts):
        return ()
    return tuple(dict.fromkeys(chain.from_iterable(parts)))


def consistent(guards: Sequence[Guard]) -> bool:
    """Whether no guard says the contrary of another one."""
    if len(set(map(SUBJECT, guards))) == len(guards):
        return True
    said = set(guards)
    if any((subject, value, False, scope, hidden) in said for subject, value, holds, scope, hidden in said if holds):
        return False
    texts = {(guard.key, guard.value) for guard in said if guard.holds and isinstance(guard.value, str)}
    return len(texts) < 2 or len({key for key, _ in texts}) == len(texts)


def negated(when: When) -> Guard:
    """That not all of some guards hold."""
    return when[0].opposite if len(when) == 1 else Guard((when,), Says.ONE_OF, holds=False)


def either(alternatives: Sequence[When]) -> When:
    """That one of several circumstances is the case."""
    return alternatives[0] if len(alternatives) == 1 else (Guard(tuple(alternatives), Says.ONE_OF),)


def none_of(alternatives: Sequence[When]) -> Guard:
    """That none of several circumstances is the case."""
    return Guard(tuple(alternatives), Says.ONE_OF, holds=False)


def spoken(guards: Iterable[Guard]) -> str:
    """How people say guards: `when IsProd is true and IsDev is false`. Empty where there are none."""
    said = together(guards)
    if not said:
        return ""
    phrases = " and ".join(map(_phrase, said))
    return phrases if said[0].value is Says.NOTE and said[0].holds else f"when {phrases}"


def _phrase(guard: Guard) -> str:
    if isinstance(guard.subject, tuple):
        phrases = [" and ".join(map(_phrase, when)) for when in guard.subject]
        if guard.holds:
            return " or when ".join(phrases)
        return f"not ({' or '.join(phrases[:_MOST_SAID])}{' ...' if phrases[_MOST_SAID:] else ''})"
    if guard.value is Says.TRUE:
        return f"{guard.subject} is {'true' if guard.holds else 'false'}"
    phrase = guard.subject
    if isinstance(guard.value, str):
        phrase = f"{phrase} is {'(sensitive)' if guard.hidden else guard.value}"
    return phrase if guard.holds else f"not ({phrase})"
