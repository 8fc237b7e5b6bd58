"""Three-valued logic: what a predicate answers."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class Truth(Enum):
    """Yes, no, or not to be known (Kleene's strong logic)."""

    NO = "no"
    UNKNOWN = "unknown"
    YES = "yes"

    # Each is itself and nothing else; the hash that enums have is a call in Python.
    __hash__ = object.__hash__

    def __invert__(self) -> Truth:
        return NO if self is YES else YES if self is NO else UNKNOWN


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
