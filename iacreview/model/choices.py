"""Choices between values, and what becomes of values when the questions behind them are answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from iacreview.model.guard import Possible, Question, When, together
from iacreview.model.parts import inside_of, with_children
from iacreview.model.value import Choice, Value

# The guards of the branch that is taken, by question.
Answers: TypeAlias = "Mapping[Question, When]"

_MAX_WALK = 10_000

# Past this number of ways in which choices can fall, they are not told apart.
MAX_CASES = 64


def question(choice: Choice) -> Question:
    """What a choice depends on: the guards of its branches, by which equal questions are told."""
    if choice.asked is None:
        choice.asked = Question(when for when, _ in choice.branches)
    return choice.asked


def questions(values: Sequence[Value]) -> list[Question]:
    """The questions of the choices in the values, each once, in their order; of large values, of their beginnings."""
    found: dict[Question, None] = {}
    pending = list(reversed(values))
    for _ in range(_MAX_WALK):
        if not pending:
            break
        value = pending.pop()
        if isinstance(value, Choice):
            found[question(value)] = None
        if (value.inside or inside_of(value)).choices:
            pending.extend(reversed(list(value.inner())))
    return list(found)


def combinations(asked: Sequence[Question], most: int, possible: Possible) -> list[Answers]:
    """Every way to answer the questions that can be; none where there are more than `most`."""
    found: list[dict[Question, When]] = [{}]
    for each in asked:
        found = [
            {**answers, each: when} for answers in found for when in each if possible(together(*answers.values(), when))
        ]
        if len(found) > most:
            return []
    return list(found)


def ways_of(asked: Sequence[Question], possible: Possible) -> list[Answers]:
    """Every way to answer the questions that can be; where there are too many, the answers to each one by itself.

    So whoever asks sees choices that are left: what these leave open has not been reviewed (TOO_MANY).
    """
    found = combinations(asked, MAX_CASES, possible)
    return found or [{each: when} for each in asked for when in each if possible(when)]


def answered(value: Value, answers: Answers) -> Value:
    """The value itself, or the branch of it where it is a choice whose question is answered."""
    while isinstance(value, Choice) and (taken := answers.get(question(value))) is not None:
        value = next(branch for when, branch in value.branches if when == taken)
    return value


def resolved(value: Value, answers: Answers) -> Value:
    """The value with the branch in place of each choice whose question is answered."""
    return _resolved(value, answers, {}) if answers else value


def _resolved(value: Value, answers: Answers, done: dict[int, tuple[Value, Value]]) -> Value:
    """`done` has each value and what became of it, by its identity: values may stand in several places."""
    if not ((value.inside or inside_of(value)).choices or isinstance(value, Choice)):
        return value
    if id(value) not in done:
        done[id(value)] = value, _rebuilt(answered(value, answers), answers, done)
    return done[id(value)][1]


def _rebuilt(value: Value, answers: Answers, done: dict[int, tuple[Value, Value]]) -> Value:
    before = value.inner()
    inner = [_resolved(child, answers, done) for child in before]
    if all(new is old for new, old in zip(inner, before, strict=True)):
        return value
    return with_children(value, inner)
