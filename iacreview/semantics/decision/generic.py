"""Requests about whatever there is: a resource of a type of which nothing is known, in one account and region.

What such a request is allowed is allowed on every resource of the type but those that a statement names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from iacreview.model.patterns import later
from iacreview.model.record import NamedTuple
from iacreview.semantics.decision.clauses import Clause, automaton
from iacreview.semantics.decision.symbols import ANY, ANY_IN_FIELD, EVERYTHING, ONE, ONE_IN_FIELD, WILDCARDS, Symbols
from iacreview.semantics.facts import Action, service_resources

_PLACEHOLDER = later(r"(\$\{[^{}]*\})")
_FIELDS = 6
_PARTITION: Symbols = ("${<Partition>}",)
SOMETHING: Symbols = ("${<something>}",)


class WideClause(NamedTuple):
    """A clause that reaches all resources of a type: a resource that stands for them, and the pattern that does it."""

    type: str
    resource: Symbols
    pattern: Symbols


def instance(pattern: Symbols) -> Symbols:
    """A resource that the pattern has, and that other patterns have only where theirs is as wide."""
    fill = {ANY: "${<any>}", ANY_IN_FIELD: "${<any>}", ONE: "x", ONE_IN_FIELD: "x"}
    return tuple(fill.get(symbol, symbol) for symbol in pattern)


def resources_of(clause: Clause) -> Iterator[Symbols]:
    """A resource for each pattern of a clause; some resource where it has none, or names those that it is not about."""
    if not clause.resources:
        yield SOMETHING
    for pattern in clause.resources:
        yield instance(pattern)


def wide(clause: Clause, action: Action, of: Sequence[str] = ()) -> WideClause | None:
    """Whether a clause reaches all resources of a type that the action works on, in some account and region.

    Where the action needs resources of several types, all of all of these; with `of`, those of one of these types are
    asked for alone. None for an action that works on `*` alone.
    """
    required = [use.type for use in action.uses if use.required and not of]
    types = required or [use.type for use in action.uses if not of or use.type in of]
    found = [_wide_type(clause.resources, clause.not_resources, action.service, type) for type in types]
    if required and not all(found):
        return None
    return next((each for each in found if each is not None), None)


@cache
def _wide_type(
    resources: tuple[Symbols, ...], not_resources: tuple[Symbols, ...], service: str, type: str
) -> WideClause | None:
    known = service_resources(service).get(type)
    if known is None:
        return None
    found = [_reaching(resources or (EVERYTHING,), not_resources, _symbolic(arn)) for arn in known.arns]
    if not found or any(each is None for each in found):
        return None
    first = found[0]
    return first and WideClause(type, *first)


def reached_one(clause: Clause, arn: Symbols) -> Symbols | None:
    """One resource as a clause reaches it, in the account that it names; None where it does not.

    What differs from account to account in the ARN is as form() has it.
    """
    found = _reaching(clause.resources or (EVERYTHING,), clause.not_resources, _fields(arn))
    return found[0] if found is not None else None


def form(text: str) -> Symbols:
    """An ARN whose parts in `${...}` (`${Partition}`, `${Account}`) are whatever they are."""
    return _symbols(text)


def _reaching(
    patterns: Iterable[Symbols], excluded: Iterable[Symbols], arn: tuple[Symbols, ...]
) -> tuple[Symbols, Symbols] | None:
    for pattern in patterns:
        resource = _typical(arn, pattern)
        if automaton(pattern).matches(resource) and not any(automaton(each).matches(resource) for each in excluded):
            return resource, pattern
    return None


def _typical(arn: tuple[Symbols, ...], pattern: Symbols) -> Symbols:
    """An ARN by its fields, where the pattern decides in which partition, region and account."""
    fields = list(arn)
    if len(fields) < _FIELDS:
        return fields[0]
    for index, own in enumerate(_fields(pattern)[1:5], 1):
        if len(fields[index]) == 1 and own and not WILDCARDS.intersection(own):
            fields[index] = own
    if fields[1] == _PARTITION:
        fields[1] = tuple("aws")
    return tuple(symbol for index, field in enumerate(fields) for symbol in ((":",) if index else ()) + field)


@cache
def _symbolic(arn: str) -> tuple[Symbols, ...]:
    return tuple(_symbols(field) for field in arn.split(":", _FIELDS - 1))


def _symbols(text: str) -> Symbols:
    found: list[str] = []
    for part in _PLACEHOLDER.split(text):
        found += [f"${{<{part[2:-1]}>}}"] if part.startswith("${") else part
    return tuple(found)


@cache
def _fields(pattern: Symbols) -> tuple[Symbols, ...]:
    """The fields of a pattern, as far as it has them."""
    fields: list[list[str]] = [[]]
    for symbol in pattern:
        if symbol == ":" and len(fields) < _FIELDS:
            fields.append([])
        else:
            fields[-1].append(symbol)
    return tuple(tuple(field) for field in fields)
