"""Policies written as Python data, in which any part may be a Value already."""

from __future__ import annotations

from typing import Any

from iacreview.model.guard import Guard, Says, When
from iacreview.model.value import Choice, Known, ListValue, MapValue, Text, Unknown, Value
from iacreview.semantics.policy import Policy, Statement, parse_policy

UNKNOWN_VALUE = Unknown("is known after deployment")


def value(data: Any) -> Value:
    if isinstance(data, Value):
        return data
    if isinstance(data, dict):
        return MapValue({key: value(entry) for key, entry in data.items()})
    if isinstance(data, (list, tuple)):
        return ListValue([value(item) for item in data])
    return Known(data)


def text(*parts: Any) -> Text:
    return Text([value(part) for part in parts])


def choice(**branches: Any) -> Choice:
    return Choice([((note(label),), value(branch)) for label, branch in branches.items()])


def note(label: str) -> Guard:
    return Guard(label, Says.NOTE)


def names(when: When) -> tuple[object, ...]:
    return tuple(guard.subject for guard in when)


def partial(*items: Any) -> ListValue:
    return ListValue([value(item) for item in items], complete=False)


def policy(*statements: Any) -> Policy:
    return parse_policy(value({"Version": "2012-10-17", "Statement": list(statements)}))


def statement(**elements: Any) -> Statement:
    """One statement; an Allow of everything on everything where nothing else is said."""
    [found] = policy({"Effect": "Allow", **elements}).statements
    return found
