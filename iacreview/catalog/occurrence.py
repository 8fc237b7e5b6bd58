"""One place where a property stands or is missing, and how it is put into words."""

from __future__ import annotations

from typing import NamedTuple

from iacreview.model.graph import Resource
from iacreview.model.guard import When
from iacreview.model.source import Span
from iacreview.model.value import Choice, Supplied, Value, is_resolved_later
from iacreview.model.words import NOTHING, Phrase, called, say
from iacreview.model.words import first_reason as reason_within

MAX_BRANCHES = 64
SUPPLIED = say("comes from outside of the reviewed files")
RESOLVED_LATER = say("a dynamic reference is resolved at deployment")


class Occurrence(NamedTuple):
    """One place where a property stands, or is missing.

    `value` is None where it is absent and has no default. `defaulted` tells a default from what was written.
    `native` is the property in the dialect's words. `owner` is the resource it was written in (a satellite, maybe).
    """

    value: Value | None
    span: Span
    native: str
    sure: bool = True
    when: When = ()
    defaulted: bool = False
    owner: Resource | None = None

    @property
    def name(self) -> Phrase:
        """`native`, for a message."""
        return called(self.native)


def branches(occurrence: Occurrence) -> list[Occurrence]:
    """The occurrence under each branch of its choices, with the guards that it is under."""
    done: list[Occurrence] = []
    pending = [occurrence]
    while pending and len(done) < MAX_BRANCHES:
        current = pending.pop()
        if isinstance(current.value, Choice):
            chosen = [
                current._replace(value=value, when=(*current.when, *when)) for when, value in current.value.branches
            ]
            pending.extend(reversed(chosen))
        else:
            done.append(current)
    return done


def doubt_reason(occurrence: Occurrence) -> Phrase:
    """Why an occurrence cannot be judged."""
    reason = first_reason(occurrence.value)
    if reason:
        return say("`{}`: {}", occurrence.name, reason)
    if not occurrence.sure:
        return say("`{}` is set only under a condition that is not known", occurrence.name)
    return say("`{}` cannot be known", occurrence.name)


def first_reason(value: Value | None) -> Phrase:
    """The reason of the first unknown inside a value; empty where there is none."""
    if value is None:
        return NOTHING
    if isinstance(value, Supplied):
        return SUPPLIED
    return RESOLVED_LATER if is_resolved_later(value) else reason_within(value)


def statement(occurrence: Occurrence, secret: bool = False) -> Phrase:
    """What stands at a place: "`storage_encrypted` is false"."""
    if occurrence.value is None:
        return say("`{}` is not set", occurrence.name)
    if occurrence.defaulted:
        return say("`{}` is not set, and the default is {}", occurrence.name, occurrence.value)
    if secret:
        return say("`{}` is a literal", occurrence.name)
    return say("`{}` is {}", occurrence.name, occurrence.value)
