"""Statements made ready for the decision: what each is about, and under which demands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache

from iacreview.model.guard import Guard, When
from iacreview.model.record import NamedTuple
from iacreview.model.value import ListValue, MapValue
from iacreview.semantics.decision.actions import PatternIndex
from iacreview.semantics.decision.automata import Automaton
from iacreview.semantics.decision.demands import Demand, demand_of, guards
from iacreview.semantics.decision.principals import principal_demand
from iacreview.semantics.decision.symbols import EVERYTHING, Symbols, symbols_of, wild
from iacreview.semantics.items import Item
from iacreview.semantics.pattern import has_wildcard, normalised
from iacreview.semantics.policy import Policy, Statement

# Policies with the same words stand in many places, and all are asked the same.
_REMEMBERED = 65_536


class Clause(NamedTuple):
    """A statement, or what is left of it under one of its own conditions.

    Without `resources` and `not_resources` it is about whatever its policy hangs on. `certain` is false where parts of
    the statement are not known.
    """

    allows: bool
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[Symbols, ...]
    not_resources: tuple[Symbols, ...]
    demands: frozenset[Demand]
    statement: Statement
    certain: bool
    when: When

    def about_action(self, action: str) -> bool:
        """Whether it is about an action, given in lower case."""
        return is_about(self.actions, self.not_actions, action)

    def about_service(self, service: str) -> bool | None:
        """Whether it is about all actions of a service (in lower case), or about none; None where it is about some."""
        found = _selection(self.not_actions or self.actions).of_service(service)
        return found if not self.not_actions or found is None else not found

    def about_resource(self, resource: Symbols) -> bool:
        """Whether it is about a resource."""
        if self.not_resources:
            return not any(automaton(each).matches(resource) for each in self.not_resources)
        return (
            not self.resources
            or EVERYTHING in self.resources
            or any(automaton(each).matches(resource) for each in self.resources)
        )

    @property
    def action_patterns(self) -> tuple[str, ...]:
        return self.actions or self.not_actions

    @property
    def resource_patterns(self) -> tuple[Symbols, ...]:
        return self.resources or self.not_resources


def clauses_of(policy: Policy, settled: Callable[[Guard], bool] = lambda _: False) -> tuple[Clause, ...]:
    """The clauses of a policy; statements whose effect is not known are left out.

    `settled` tells whether a guard holds wherever the policy is: it is not a demand then.
    """
    return tuple(clause for statement in policy.statements for clause in _clauses(statement, settled))


def _clauses(statement: Statement, settled: Callable[[Guard], bool]) -> Iterator[Clause]:
    if statement.effect is None or _is_for_nobody(statement):
        return
    demands = [demand_of(condition) for condition in statement.conditions]
    for condition in statement.conditions:
        demands += guards(condition.when, settled)
    who = principal_demand(statement)
    if who is not None:
        demands.append(who)
    certain = statement.complete and all(item.pattern is not None for item in statement.actions)
    for actions, action_when in _by_condition(statement.actions):
        for resources, resource_when in _by_condition(statement.resources):
            when = dict.fromkeys((*statement.when, *action_when, *resource_when))
            yield Clause(
                statement.allows,
                tuple(action for item in actions if (action := _action(item)) is not None),
                tuple(action for item in statement.not_actions if (action := _action(item)) is not None),
                tuple(wild(symbols_of(item)) for item in resources),
                tuple(wild(symbols_of(item)) for item in statement.not_resources),
                frozenset((*demands, *guards(tuple(when), settled))),
                statement,
                certain,
                tuple(when),
            )


def _is_for_nobody(statement: Statement) -> bool:
    """Whether it has a Principal, and that names no one."""
    if statement.principals or statement.not_principals:
        return False
    written = (entry for name, entry in statement.value.entries.items() if name.lower() == "principal")
    return any(isinstance(entry, MapValue | ListValue) and entry.complete for entry in written)


def _action(item: Item) -> str | None:
    return None if item.pattern is None else normalised(item.pattern)


def _by_condition(items: Iterable[Item]) -> list[tuple[list[Item], When]]:
    """The items, apart by the conditions under which they are there; one empty group where there are none."""
    groups: dict[When, list[Item]] = {}
    for item in items:
        groups.setdefault(item.when, []).append(item)
    return [(found, when) for when, found in groups.items()] or [([], ())]


@cache
def automaton(pattern: Symbols) -> Automaton:
    """The automaton of a pattern, made once."""
    return Automaton(pattern)


class _Selection:
    """The actions that patterns stand for, by the services that they name."""

    __slots__ = ("_by_service", "_everything", "_found", "_wild")

    def __init__(self, patterns: tuple[str, ...]) -> None:
        self._everything = not {"*", "*:*"}.isdisjoint(patterns)
        self._by_service: dict[str, list[str]] = {}
        # What tells a service's actions apart; no more than whether they are all meant where nothing does.
        self._found: dict[str, PatternIndex | bool] = {}
        for pattern in patterns:
            service, separator, name = pattern.partition(":")
            if separator:
                self._by_service.setdefault(service, []).append(name)
        self._wild = PatternIndex(filter(has_wildcard, self._by_service))

    def of_service(self, service: str) -> bool | None:
        """Whether all actions of a service are meant, or none; None where some are."""
        found = self._in(service)
        return found if isinstance(found, bool) else None

    def has(self, action: str) -> bool:
        service, _, name = action.partition(":")
        found = self._in(service)
        return found if isinstance(found, bool) else found.has(name)

    def _in(self, service: str) -> PatternIndex | bool:
        if self._everything:
            return True
        found = self._found.get(service)
        if found is None:
            heads = dict.fromkeys((service, *self._wild.matching(service)))
            names = [each for head in heads for each in self._by_service.get(head, ())]
            found = self._found[service] = "*" in names or (bool(names) and PatternIndex(names))
        return found


@cache
def _selection(patterns: tuple[str, ...]) -> _Selection:
    return _Selection(patterns)


def is_about(actions: tuple[str, ...], not_actions: tuple[str, ...], action: str) -> bool:
    """Whether some patterns, or all but what others stand for, are about an action in lower case."""
    return not _is_one_of(not_actions, action) if not_actions else _is_one_of(actions, action)


@lru_cache(maxsize=_REMEMBERED)
def _is_one_of(patterns: tuple[str, ...], action: str) -> bool:
    return _selection(patterns).has(action)


def action_matches(pattern: str, action: str) -> bool:
    """Whether an action in lower case is one of a normalised pattern's."""
    return _selection((pattern,)).has(action)
