"""Exactly what one side allows more than another: the actions, the resources and the principals of a clause that do.

Only clauses that can make a difference are looked at, and no more than a bound lets: what it cuts off is not certain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from iacreview.semantics.actions import find_action
from iacreview.semantics.decision.actions import ActionClass, action_classes
from iacreview.semantics.decision.clauses import Clause
from iacreview.semantics.decision.comparison import Resources, resource_classes
from iacreview.semantics.decision.demands import PRINCIPAL
from iacreview.semantics.decision.rights import Request, Rights, exceeds
from iacreview.semantics.decision.symbols import Symbols
from iacreview.semantics.facts import service_resources
from iacreview.semantics.pattern import has_wildcard

# Combinations of classes that may be looked at for one pair of rights, and what resources cost in that money.
MOST = 150_000
_CUT_SHORT = 20_000
_MAX_PIECES = 400
_MAX_NAMES = 400


class Difference(NamedTuple):
    """Some actions (in lower case) that a clause allows and the other side does not.

    `piece` is the clause with the resource and the principal that make the difference alone; `request` is an example,
    and `resource` its resource.
    """

    clause: Clause
    piece: Clause
    actions: tuple[str, ...]
    request: Request
    resource: Symbols


class Differences(NamedTuple):
    """All differences; `certain` is false where a bound has cut the search short."""

    found: tuple[Difference, ...]
    certain: bool = True


class Effort:
    """How much may still be looked at."""

    __slots__ = ("left",)

    def __init__(self, left: int = MOST) -> None:
        self.left = left

    @property
    def spent(self) -> bool:
        return self.left < 0


def differences(after: Rights, before: Rights, effort: Effort) -> Differences:
    """What `after` allows that `before` does not."""
    suspects = _suspects(after, before)
    if not suspects:
        return Differences(())
    rough, sure = _gained(after, before, suspects, effort)
    gained = dict.fromkeys(each.clause for each in rough)
    if not gained:
        return Differences((), sure)
    whole = {piece: clause for clause in gained for piece in _pieces(clause)}
    others = [clause for clause in after.identity if clause not in gained]
    fine, certain = _gained(after._replace(identity=(*others, *whole)), before, list(whole), effort)
    found = tuple(Difference(whole[each.clause], *each) for each in fine)
    return Differences(found, sure and certain)


def _suspects(after: Rights, before: Rights) -> list[Clause]:
    """The clauses that can allow what the other side does not: all where something else no longer forbids it."""
    allowing = [clause for clause in after.identity if clause.allows]
    if _forbidding(before) <= _forbidding(after) and set(before.limits) <= set(after.limits):
        known = set(before.identity)
        return [clause for clause in allowing if clause not in known]
    return allowing


def _forbidding(rights: Rights) -> frozenset[Clause]:
    return frozenset(clause for clause in rights.clauses if not clause.allows)


def _pieces(clause: Clause) -> Iterator[Clause]:
    """The clause for each of its resources and principals alone; itself where these are too many."""
    who = next((demand for demand in clause.demands if demand.domain == PRINCIPAL and not demand.negated), None)
    resources: Sequence[tuple[Symbols, ...]] = [(each,) for each in clause.resources] or [()]
    named = who.values if who is not None else ()
    if len(resources) * max(len(named), 1) > _MAX_PIECES:
        yield clause
        return
    for resource in resources:
        narrowed = clause._replace(resources=resource)
        if who is None:
            yield narrowed
            continue
        for name in named:
            yield narrowed._replace(demands=clause.demands - {who} | {who._replace(values=(name,))})


class _Gain(NamedTuple):
    clause: Clause
    actions: tuple[str, ...]
    request: Request
    resource: Symbols


def _gained(after: Rights, before: Rights, suspects: Sequence[Clause], effort: Effort) -> tuple[list[_Gain], bool]:
    found: list[_Gain] = []
    certain = True
    for actions in action_classes(_patterns(suspects, (*after.clauses, *before.clauses))):
        allowing = [clause for clause in suspects if clause.about_action(actions.names[0])]
        for gain, sure in _gains_of(actions, allowing, after, before, effort) if allowing else ():
            certain = certain and sure
            if gain is not None:
                found.append(gain)
        if effort.spent:
            return found, False
    return found, certain


def _patterns(suspects: Iterable[Clause], every: Iterable[Clause]) -> Iterator[str]:
    """The patterns that may tell actions of the suspects apart: of other services none does."""
    suspects = list(suspects)
    heads = {pattern.partition(":")[0] for clause in suspects for pattern in clause.action_patterns}
    whole = any(clause.not_actions for clause in suspects) or any(map(has_wildcard, heads))
    for clause in (*suspects, *every):
        for pattern in clause.action_patterns:
            head = pattern.partition(":")[0]
            if whole or head in heads or has_wildcard(head):
                yield pattern


def _gains_of(
    actions: ActionClass, allowing: Sequence[Clause], after: Rights, before: Rights, effort: Effort
) -> Iterator[tuple[_Gain | None, bool]]:
    action = actions.names[0]
    clauses = [clause for clause in (*after.clauses, *before.clauses) if clause.about_action(action)]
    patterns = tuple(sorted({pattern for clause in clauses for pattern in clause.resource_patterns}))
    for within, names in _by_forms(actions.names).items():
        resources = _resources(patterns, within)
        effort.left -= len(resources.examples) + (0 if resources.certain else _CUT_SHORT)
        for clause in allowing:
            request, resource, sure = _first(clause, names[0], resources, after, before, effort)
            gain = _Gain(clause, tuple(names), request, resource) if request is not None else None
            yield gain, sure and resources.certain
            if effort.spent:
                return


def _first(
    clause: Clause, action: str, resources: Resources, after: Rights, before: Rights, effort: Effort
) -> tuple[Request | None, Symbols, bool]:
    certain = True
    for example in resources.examples.values():
        if not clause.about_resource(example):
            continue
        answer = exceeds(after, before, action, example, clause)
        effort.left -= answer.effort + 1
        if answer.request is not None or effort.spent:
            return answer.request, example, answer.certain and not effort.spent
        certain = certain and answer.certain
    return None, (), certain


@lru_cache(maxsize=512)
def _resources(patterns: tuple[Symbols, ...], within: tuple[str, ...] | None) -> Resources:
    return resource_classes(patterns, within)


def _by_forms(names: Sequence[str]) -> dict[tuple[str, ...] | None, list[str]]:
    """The actions by the ARNs that they work on, known ones first; what may be any action works on any resource."""
    if len(names) > _MAX_NAMES:
        return {None: list(names)}
    found: dict[tuple[str, ...] | None, list[str]] = {}
    for name in names:
        found.setdefault(forms_of(name), []).append(name)
    return found


@lru_cache(maxsize=4096)
def forms_of(name: str) -> tuple[str, ...] | None:
    """The ARNs that an action works on; None for one that is not known, none for one that works on `*` alone."""
    action = find_action(name)
    if action is None:
        return None
    types = service_resources(action.service)
    return tuple(form for type in action.resource_types if type in types for form in types[type].patterns())
