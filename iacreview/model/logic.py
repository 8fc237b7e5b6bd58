"""Three-valued logic: what a predicate answers."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class Truth(Enum):
    """Yes, no, or not to be known (Kleene's strong logic)."""

    NO = "no"
    UNKNOWN = "unknown"
    YES = "yes"

    def __invert__(self) -> Truth:
        return {Truth.NO: Truth.YES, Truth.YES: Truth.NO, Truth.UNKNOWN: Truth.UNKNOWN}[self]


YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN


def truth(flag: bool) -> Truth:
    """A flag that is known as an answer."""
    return YES if flag else NO


def all_of(answers: Iterable[Truth]) -> Truth:
    """No if any is no, else unknown if any is unknown, else yes; yes for none."""
    result = YES
    for answer in answers:
        if answer is NO:
            return NO
        if answer is UNKNOWN:
            result = UNKNOWN
    return result


def any_of(answers: Iterable[Truth]) -> Truth:
    """Yes if any is yes, else unknown if any is unknown, else no; no for none."""
    result = NO
    for answer in answers:
        if answer is YES:
            return YES
        if answer is UNKNOWN:
            result = UNKNOWN
    return result
