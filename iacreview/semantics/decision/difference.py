"""Exactly what one side allows more than another: the actions, the resources and the principals of a clause that do.

Only clauses that can make a difference are looked at, and no more than a bound lets: what it cuts off is not certain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from iacreview.model.record import NamedTuple
from iacreview.semantics.actions import find_action
from iacreview.semantics.decision.actions import ActionClass, action_classes
from iacreview.semantics.decision.automata import Signs
from iacreview.semantics.decision.clauses import Clause
from iacreview.semantics.decision.comparison import Resources, resource_classes
from iacreview.semantics.decision.demands import PRINCIPAL
from iacreview.semantics.decision.generic import SOMETHING, instance
from iacreview.semantics.decision.rights import Found, Request, Rights, exceeds
from iacreview.semantics.decision.symbols import ANY_IN_NAME, EVERYTHING, Symbols, shown, wild_arn
from iacreview.semantics.facts import ResourceType, service_resources
from iacreview.semantics.pattern import has_wildcard

# How often a clause may be looked at for one pair of rights, and what resources cost in that money.
MOST = 300_000
_CUT_SHORT = 60_000
_A_RESOURCE = 10
_MAX_PIECES = 400
_MAX_NAMES = 400
_STAR: Symbols = ("*",)


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

    __slots__ = ("_given", "left")

    def __init__(self, left: int = MOST) -> None:
        self._given = left
        self.left = left

    @property
    def used(self) -> int:
        return self._given - self.left

    @property
    def spent(self) -> bool:
        return self.left < 0


def differences(after: Rights, before: Rights, effort: Effort) -> Differences:
    """What `after` allows that `before` does not."""
    loosened = _Loosened.between(before, after)
    suspects = _suspects(after, before, loosened)
    if not suspects:
        return Differences(())
    rough, sure = _gained(after, before, suspects, effort, loosened)
    gained = dict.fromkeys(each.clause for each in rough)
    if not gained:
        return Differences((), sure)
    whole = {piece: clause for clause in gained for piece in _pieces(clause)}
    if len(whole) == len(gained):
        return Differences(tuple(Difference(each.clause, *each) for each in rough), sure)
    others = [clause for clause in after.identity if clause not in gained]
    fine, certain = _gained(after._replace(identity=(*others, *whole)), before, list(whole), effort, loosened)
    found = tuple(Difference(whole[each.clause], *each) for each in fine)
    return Differences(found, sure and certain)


class _Loosened(NamedTuple):
    """What no longer forbids: the denials that are gone, and whether a boundary is another one."""

    denials: tuple[Clause, ...]
    limits: bool

    @staticmethod
    def between(before: Rights, after: Rights) -> _Loosened:
        still = {clause for clause in after.clauses if not clause.allows}
        gone = tuple(clause for clause in before.clauses if not clause.allows and clause not in still)
        return _Loosened(gone, not set(before.limits) <= set(after.limits))

    def concerns(self, action: str) -> bool:
        """Whether an action may be allowed though no clause allows more than before."""
        return self.limits or any(clause.about_action(action) for clause in self.denials)


def _suspects(after: Rights, before: Rights, loosened: _Loosened) -> list[Clause]:
    """The clauses that can allow what the other side does not: all where something else no longer forbids it."""
    allowing = [clause for clause in after.identity if clause.allows]
    if loosened.limits or loosened.denials:
        return allowing
    known = set(before.identity)
    return [clause for clause in allowing if clause not in known]


def _covers(clause: Clause, other: Clause, action: str) -> bool:
    """Whether it is plain that a clause allows all that another one allows of an action."""
    if not clause.allows or not clause.demands <= other.demands or not clause.about_action(action):
        return False
    if clause.not_resources or other.not_resources:
        return (clause.resources, clause.not_resources) == (other.resources, other.not_resources)
    if EVERYTHING in clause.resources or not clause.resources:
        return True
    return bool(other.resources) and set(other.resources) <= set(clause.resources)


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


def _gained(
    after: Rights, before: Rights, suspects: Sequence[Clause], effort: Effort, loosened: _Loosened
) -> tuple[list[_Gain], bool]:
    found: list[_Gain] = []
    certain = True
    clauses = (*after.clauses, *before.clauses)
    for classes in _by_clauses(action_classes(_patterns(suspects, clauses)), clauses):
        action = classes[0].names[0]
        allowing = [clause for clause in suspects if clause.about_action(action)]
        if not loosened.concerns(action):
            allowing = [each for each in allowing if not any(_covers(old, each, action) for old in before.identity)]
        for gain, sure in _gains_of(classes, allowing, after, before, effort) if allowing else ():
            certain = certain and sure
            if gain is not None:
                found.append(gain)
        if effort.spent:
            return found, False
    return found, certain


def _by_clauses(classes: Iterable[ActionClass], clauses: Sequence[Clause]) -> list[list[ActionClass]]:
    """The classes by the clauses that are about them: only these tell what is allowed."""
    found: dict[tuple[bool, ...], list[ActionClass]] = {}
    for each in classes:
        found.setdefault(tuple(clause.about_action(each.names[0]) for clause in clauses), []).append(each)
    return list(found.values())


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
    classes: Sequence[ActionClass], allowing: Sequence[Clause], after: Rights, before: Rights, effort: Effort
) -> Iterator[tuple[_Gain | None, bool]]:
    """The gains within actions that the same clauses are about."""
    action = classes[0].names[0]
    clauses = [clause for clause in (*after.clauses, *before.clauses) if clause.about_action(action)]
    patterns = tuple(sorted({pattern for clause in clauses for pattern in clause.resource_patterns}))
    questions = [_Question(clause, action, after, before, effort, len(clauses)) for clause in allowing]
    if not after.limits and all(clause.allows for clause in clauses) and not _about_any(before, action):
        yield from _unopposed(classes, questions)
        return
    for within, names in _by_forms(classes).items():
        resources = _resources(patterns, within)
        cost = len(resources.examples) * len(resources.patterns) * _A_RESOURCE
        effort.left -= cost if resources.certain else _CUT_SHORT
        for question in questions if not effort.spent else ():
            request, resource, sure = question.first(names[0], resources)
            gain = _Gain(question.clause, tuple(names), request, resource) if request is not None else None
            yield gain, sure and resources.certain
        if effort.spent:
            yield None, False
            return


def _about_any(rights: Rights, action: str) -> bool:
    return any(clause.about_action(action) for clause in rights.clauses)


def _unopposed(classes: Sequence[ActionClass], questions: Sequence[_Question]) -> Iterator[tuple[_Gain | None, bool]]:
    """The gains where nothing denies, limits or allows already: each of a clause's own patterns is asked for alone."""
    for within, names in _by_forms(classes).items():
        for question in questions:
            certain = True
            for request, resource, sure in _alone(question, names[0], within):
                certain = certain and sure
                if request is not None:
                    yield _Gain(question.clause, tuple(names), request, resource), certain
                    break
            else:
                yield None, certain


def _alone(
    question: _Question, action: str, within: tuple[Symbols, ...] | None
) -> Iterator[tuple[Request | None, Symbols, bool]]:
    """What a clause allows of an action: on what it does not leave out, or by one of its resources after another."""
    clause = question.clause
    if clause.not_resources:
        typical = [instance(form) for form in within or ()] or [SOMETHING if within is None else _STAR]
        examples = {tuple(each is one for one in typical): each for each in typical}
        yield question.first(action, Resources((), examples))
    groups: list[tuple[Symbols, ...]] = [(each,) for each in clause.resources]
    for patterns in groups or [clause.not_resources]:
        resources = _resources(patterns, within)
        request, resource, sure = question.first(action, resources)
        yield request, resource, sure and resources.certain


class _Question:
    """What a clause allows more of actions that the same clauses are about: one answer for each class of resources."""

    def __init__(self, clause: Clause, action: str, after: Rights, before: Rights, effort: Effort, weight: int) -> None:
        self.clause = clause
        self._rights = after, before
        self._action = action
        self._effort = effort
        self._weight = weight
        self._answers: dict[tuple[object, Signs], Found] = {}

    def first(self, action: str, resources: Resources) -> tuple[Request | None, Symbols, bool]:
        """The first request, in the order of the resources' lengths."""
        certain = True
        for signs, example in resources.examples.items():
            if not self.clause.about_resource(example):
                continue
            answer = self._answer((resources.patterns, signs), example)
            if answer.request is not None or self._effort.spent:
                return _about(answer.request, action, example), example, answer.certain and not self._effort.spent
            certain = certain and answer.certain
        return None, (), certain

    def _answer(self, signs: tuple[object, Signs], example: Symbols) -> Found:
        if signs not in self._answers:
            answer = self._answers[signs] = exceeds(*self._rights, self._action, example, self.clause)
            self._effort.left -= (answer.effort + 1) * self._weight
        return self._answers[signs]


def _about(request: Request | None, action: str, resource: Symbols) -> Request | None:
    return None if request is None else request._replace(action=action, resource=shown(resource))


@lru_cache(maxsize=512)
def _resources(patterns: tuple[Symbols, ...], within: tuple[Symbols, ...] | None) -> Resources:
    return resource_classes(patterns, within, _CUT_SHORT)


def _by_forms(classes: Iterable[ActionClass]) -> dict[tuple[Symbols, ...] | None, list[str]]:
    """The actions by the ARNs that they work on, known ones first; what may be any action works on any resource."""
    found: dict[tuple[Symbols, ...] | None, list[str]] = {}
    for each in classes:
        for name in each.names:
            found.setdefault(forms_of(name) if len(each.names) <= _MAX_NAMES else None, []).append(name)
    return found


@lru_cache(maxsize=4096)
def forms_of(name: str) -> tuple[Symbols, ...] | None:
    """The ARNs that an action works on; None for one that is not known, none for one that works on `*` alone."""
    action = find_action(name)
    if action is None:
        return None
    return tuple(form for type in action.resource_types for form in _forms_of_type(action.service, type))


@lru_cache(maxsize=4096)
def _forms_of_type(service: str, name: str) -> tuple[Symbols, ...]:
    type = service_resources(service).get(name)
    return tuple(_forms(type)) if type is not None else ()


def _forms(type: ResourceType) -> Iterator[Symbols]:
    """The ARNs of a type. Source of what a bucket's name is: "General purpose bucket naming rules" (Amazon S3)."""
    for form in type.patterns():
        found = wild_arn(tuple(form))
        yield (*found[:-1], ANY_IN_NAME) if (type.service, type.name) == ("s3", "bucket") else found
