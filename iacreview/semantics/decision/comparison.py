"""What one side allows that another does not, over all classes of requests, in the words of the statements.

Cells that cannot exist are dropped: where none of the actions works on resources with such an ARN.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from iacreview.model.logic import NO, UNKNOWN, YES, Truth
from iacreview.model.record import NamedTuple
from iacreview.semantics.decision.actions import TO_COME, ActionClass, action_classes
from iacreview.semantics.decision.automata import MAX_STEPS, Automaton, Signs, satisfiable
from iacreview.semantics.decision.clauses import Clause, automaton
from iacreview.semantics.decision.generic import instance
from iacreview.semantics.decision.rights import NOTHING, Found, Request, Rights, exceeds, permits
from iacreview.semantics.decision.symbols import ANY, EVERYTHING, WILDCARDS, Symbols, wild

# The ARN patterns of the resources that an action works on; None where nobody knows.
Forms: TypeAlias = "Callable[[str], Sequence[str] | None]"

# More actions than these are taken as they are, wherever they may work.
_MAX_NAMES = 400
_MAX_PATTERNS = 200
_MAX_EXAMPLES = 60
_MAX_BOUNDS = 4
_FIELDS = 6
# `arn:aws:` has eight characters, and a service's name is none of them.
_SERVICE_ENDS = 9


class Gain(NamedTuple):
    """What a clause allows that the other side does not: the actions (in lower case) and an example."""

    clause: Clause
    actions: tuple[str, ...]
    request: Request


class Comparison(NamedTuple):
    """All gains; `certain` is false where something was not known, or a bound was met."""

    gains: tuple[Gain, ...]
    certain: bool = True


def granted(rights: Rights, forms: Forms | None = None) -> Comparison:
    """What remains of each Allow, after what denies it and what limits it."""
    return gains(rights, NOTHING, forms)


def gains(after: Rights, before: Rights, forms: Forms | None = None) -> Comparison:
    """What `after` allows that `before` does not, by the clauses of `after` that allow it."""
    clauses = (*after.clauses, *before.clauses)
    certain = after.complete and before.complete and all(clause.certain for clause in clauses)
    found: dict[Clause, Gain] = {}
    for actions in action_classes(pattern for clause in clauses for pattern in clause.action_patterns):
        for gain, sure in _gains_of(actions, after, before, forms):
            certain = certain and sure
            if gain is not None:
                known = found.get(gain.clause)
                found[gain.clause] = gain if known is None else _together(known, gain)
    return Comparison(tuple(found.values()), certain)


def _together(one: Gain, other: Gain) -> Gain:
    """Two gains of a clause as one, with the example of an action that is known where there is one."""
    shows = other if one.request.action.endswith(TO_COME) else one
    return Gain(one.clause, one.actions + other.actions, shows.request)


def _gains_of(
    actions: ActionClass, after: Rights, before: Rights, forms: Forms | None
) -> Iterator[tuple[Gain | None, bool]]:
    """The gains within a class of actions, for each clause that allows them."""
    action = actions.names[0]
    allowing = [clause for clause in after.identity if clause.allows and clause.about_action(action)]
    clauses = [clause for clause in (*after.clauses, *before.clauses) if clause.about_action(action)]
    patterns = tuple(pattern for clause in clauses for pattern in clause.resource_patterns)
    for within, names in _by_forms(actions.names, forms).items() if allowing else ():
        resources = resource_classes(patterns, within)
        for clause in allowing:
            answer = _first(clause, names[0], resources, after, before)
            gain = Gain(clause, tuple(names), answer.request) if answer.request is not None else None
            yield gain, answer.certain and resources.certain


def _by_forms(names: Sequence[str], forms: Forms | None) -> dict[tuple[str, ...] | None, list[str]]:
    """The actions by the ARNs that they work on; what may be any action works on any resource."""
    if forms is None or len(names) > _MAX_NAMES:
        return {None: list(names)}
    found: dict[tuple[str, ...] | None, list[str]] = {}
    for name in names:
        known = forms(name)
        found.setdefault(None if known is None else tuple(known), []).append(name)
    return found


class Reach(NamedTuple):
    """Whether what is asked for is allowed: `some` of it by the request given, `rest` is what is not."""

    some: Request | None
    rest: Request | None
    certain: bool = True


def reach(rights: Rights, asked: Clause, forms: Forms | None = None) -> Reach:
    """How much of the actions and resources of a clause is allowed, in whatever circumstances the clause asks for."""
    inside = gains(Rights(rights.identity, (*rights.limits, (asked,))), NOTHING, forms)
    outside = gains(Rights((asked,)), rights, forms)
    some = inside.gains[0].request if inside.gains else None
    rest = outside.gains[0].request if outside.gains else None
    return Reach(some, rest, inside.certain and outside.certain)


class Resources(NamedTuple):
    """The classes of resources that patterns tell apart, each with a shortest example."""

    patterns: tuple[Symbols, ...]
    examples: dict[Signs, Symbols]
    certain: bool = True


def resource_classes(
    patterns: Iterable[Symbols], within: Sequence[Sequence[str]] | None = None, most: int = MAX_STEPS
) -> Resources:
    """The classes of resources, exactly; past a bound field by field of the ARN, which is not certain.

    With `within`, only those with an ARN of these forms; where there are none, the one resource is `*`. What may be any
    ARN may have any form.
    """
    every = tuple(dict.fromkeys(pattern for pattern in patterns if pattern != EVERYTHING))
    if not every and within:
        return Resources((), {(): instance(wild(tuple(within[0])))})
    automata = [automaton(pattern) for pattern in every]
    open = [pattern for pattern in every if _may_be_any(pattern)] if within is not None else []
    if within is not None and not within:
        return Resources(every, {_signs(automata, text): text for text in (("*",), *map(instance, open))})
    bounds = [automaton(pattern) for pattern in (*(wild(tuple(form)) for form in within or ()), *open)]
    found = _within(automata, bounds, most) if len(every) <= _MAX_PATTERNS else None
    if found is not None:
        return Resources(every, found)
    return Resources(every, {_signs(automata, text): text for text in _by_fields(every)}, certain=False)


def _within(automata: Sequence[Automaton], bounds: Sequence[Automaton], most: int) -> dict[Signs, Symbols] | None:
    """As `satisfiable`, with many bounds one after another: together they have the states of all."""
    if len(bounds) <= _MAX_BOUNDS:
        return satisfiable(automata, bounds, most)
    found: dict[Signs, Symbols] = {}
    for bound in bounds:
        part = satisfiable(automata, [bound], most // 4)
        if part is None:
            return None
        for signs, example in part.items():
            if signs not in found or len(example) < len(found[signs]):
                found[signs] = example
    return found


def may_somewhere(rights: Rights, action: str) -> Truth:
    """Whether an action (in lower case) is allowed on some resource, in some circumstances."""
    concerned = [clause for clause in rights.clauses if clause.about_action(action)]
    patterns = (pattern for clause in concerned for pattern in clause.resource_patterns)
    found = [permits(rights, action, example) for example in resource_classes(patterns).examples.values()]
    if any(each.exists for each in found):
        return YES
    return NO if all(each.certain for each in found) else UNKNOWN


def _may_be_any(pattern: Symbols) -> bool:
    """Whether nobody knows the service in an ARN, or any part that tells one service's resources from another's."""
    return any(len(symbol) > 1 and symbol not in WILDCARDS for symbol in pattern[:_SERVICE_ENDS])


def _signs(automata: Sequence[Automaton], text: Symbols) -> Signs:
    return tuple(each.matches(text) for each in automata)


def _by_fields(patterns: Sequence[Symbols]) -> Iterator[Symbols]:
    """Examples made field by field: of each pattern, with the fields that it leaves open as another one has them."""
    fields = [_fields(pattern) for pattern in patterns[:_MAX_EXAMPLES]]
    yield tuple("x")
    for own in fields:
        yield _filled(own, own)
    for own, others in zip(fields, fields[1:] + fields[:1], strict=True):
        yield _filled(own, others)


def _fields(pattern: Symbols) -> list[Symbols]:
    found: list[list[str]] = [[]]
    for symbol in pattern:
        if symbol == ":" and len(found) < _FIELDS:
            found.append([])
        else:
            found[-1].append(symbol)
    last = (ANY,) if found[-1][-1:] == [ANY] else ()
    return [tuple(each) for each in found] + [last] * (_FIELDS - len(found))


def _filled(own: Sequence[Symbols], others: Sequence[Symbols]) -> Symbols:
    found: list[str] = []
    for index, (field, instead) in enumerate(zip(own, others, strict=True)):
        chosen = instead if field == (ANY,) else field
        found += [":"] if index else []
        found += ["x" if symbol.startswith("<") else symbol for symbol in chosen]
    return tuple(found)


def _first(clause: Clause, action: str, resources: Resources, after: Rights, before: Rights) -> Found:
    """The first request through the clause, in the order of the resources' lengths."""
    certain = True
    for example in resources.examples.values():
        answer = exceeds(after, before, action, example, clause)
        if answer.request is not None:
            return answer
        certain = certain and answer.certain
    return Found(None, certain)
