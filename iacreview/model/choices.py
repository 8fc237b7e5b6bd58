"""Choices between values, and what becomes of values when the questions behind them are answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from iacreview.model.value import Choice, Encoded, Known, ListValue, MapValue, Text, Unknown, Value, children

# What a choice depends on: the labels of its branches. Two choices with the same labels are answered alike.
Question: TypeAlias = "tuple[str, ...]"
# The label of the branch that is taken, by question.
Answers: TypeAlias = "Mapping[Question, str]"

# Whether labels can hold together.
Possible: TypeAlias = "Callable[[Sequence[str]], bool]"

_WHEN = "when "
_AND = " and "
_WHEN_NOT = "when not ("
_MAX_WALK = 10_000

# Past this number of ways in which choices can fall, they are not told apart.
MAX_CASES = 64


def question(choice: Choice) -> Question:
    return tuple(label for label, _ in choice.branches)


def questions(values: Sequence[Value]) -> list[Question]:
    """The questions of the choices in the values, each once, in their order; of large values, of their beginnings."""
    found: dict[Question, None] = {}
    pending = list(reversed(values))
    for _ in range(_MAX_WALK):
        if not pending:
            break
        value = pending.pop()
        if isinstance(value, Known | Unknown):
            continue
        if isinstance(value, Choice):
            found[question(value)] = None
        pending.extend(reversed(list(children(value))))
    return list(found)


def combinations(asked: Sequence[Question], most: int, possible: Possible) -> list[Answers]:
    """Every way to answer the questions that can be; none where there are more than `most`."""
    found: list[dict[Question, str]] = [{}]
    for each in asked:
        found = [
            {**answers, each: label} for answers in found for label in each if possible((*answers.values(), label))
        ]
        if len(found) > most:
            return []
    return list(found)


def answered(value: Value, answers: Answers) -> Value:
    """The value itself, or the branch of it where it is a choice whose question is answered."""
    while isinstance(value, Choice) and (label := answers.get(question(value))) is not None:
        value = next(branch for name, branch in value.branches if name == label)
    return value


def resolved(value: Value, answers: Answers) -> Value:
    """The value with the branch in place of each choice whose question is answered."""
    return _resolved(value, answers, {}) if answers else value


def _resolved(value: Value, answers: Answers, done: dict[int, tuple[Value, Value]]) -> Value:
    """`done` has each value and what became of it, by its identity: values may stand in several places."""
    if id(value) not in done:
        done[id(value)] = value, _rebuilt(answered(value, answers), answers, done)
    return done[id(value)][1]


def _rebuilt(value: Value, answers: Answers, done: dict[int, tuple[Value, Value]]) -> Value:
    inner = [_resolved(child, answers, done) for child in children(value)]
    if all(new is old for new, old in zip(inner, children(value), strict=True)):
        return value
    copy = value.moved(None)
    if isinstance(copy, ListValue):
        copy.items = inner
    elif isinstance(copy, MapValue):
        copy.entries = dict(zip(copy.entries, inner, strict=True))
    elif isinstance(copy, Text):
        copy.parts = inner
    elif isinstance(copy, Encoded):
        (copy.structure,) = inner
    elif isinstance(copy, Choice):
        copy.branches = list(zip(question(copy), inner, strict=True))
    return copy


def opposite(label: str) -> str:
    """The label that says of the same condition the contrary, in its language's words."""
    for end, other in ((" is true", " is false"), (" is false", " is true")):
        if label.endswith(end) and _AND not in label:
            return label.removesuffix(end) + other
    if label.startswith(_WHEN_NOT) and label.endswith(")"):
        return _WHEN + label[len(_WHEN_NOT) : -1]
    return f"{_WHEN_NOT}{label.removeprefix(_WHEN)})"


def consistent(labels: Sequence[str]) -> bool:
    """Whether no label says the contrary of another one."""
    said = set(labels)
    return not any(opposite(label) in said for label in labels)


def separate(label: str) -> list[str]:
    """The labels that `together` has made one of."""
    first, *rest = label.split(_AND)
    return [first, *(_WHEN + part for part in rest)]


def together(labels: Iterable[str]) -> str:
    """How people say several labels at once: `when IsProd is true and IsDev is false`."""
    first, *rest = dict.fromkeys(labels)
    return _AND.join([first, *(label.removeprefix(_WHEN) for label in rest)])
