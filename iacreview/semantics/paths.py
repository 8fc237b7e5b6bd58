"""Ways for a principal to escalate its privileges, as far as all of its policies together let it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache

from iacreview.model.logic import NO
from iacreview.model.record import NamedTuple
from iacreview.semantics.actions import find_action
from iacreview.semantics.decision.clauses import Clause, is_about
from iacreview.semantics.decision.generic import resources_of, wide
from iacreview.semantics.decision.symbols import Symbols
from iacreview.semantics.escalation import Method, methods
from iacreview.semantics.narrowing import PASSED_TO_SERVICE, narrowing
from iacreview.semantics.pattern import matches
from iacreview.semantics.policy import Statement

# What an action that works on no resource of its own is asked for on.
_STAR: Symbols = ("*",)

PASS_ROLE = "iam:PassRole"  # noqa: S105
# As whom a service runs what an action of it makes, where that is not the service itself.
_RUN_AS = {
    "autoscaling": ("ec2",),
    "batch": ("ecs-tasks", "batch"),
    "codedeploy": ("codedeploy", "ec2"),
    "ecs": ("ecs-tasks", "ecs"),
    "elasticmapreduce": ("elasticmapreduce", "ec2"),
    "apprunner": ("tasks.apprunner", "build.apprunner"),
}

# The types of what an action takes over, and resources of which it needs one beside that, which may stand in another
# statement: documents that run any command ("Restricting access to Run Command", AWS Systems Manager User Guide).
_WITH = {
    "ssm:SendCommand": (
        ("instance", "managed-instance"),
        (
            "arn:aws:ssm:eu-west-1::document/AWS-RunShellScript",
            "arn:aws:ssm:eu-west-1::document/AWS-RunPowerShellScript",
        ),
    )
}

# Whether a clause allows an action on a resource in the end.
Allows = Callable[[Clause, str, Symbols], bool]


class Use(NamedTuple):
    """A clause that allows one of the actions of a method."""

    action: str
    clause: Clause


class OpenMethod(NamedTuple):
    """A method that is open, with what allows each of its actions."""

    method: Method
    uses: tuple[Use, ...]


def open_paths(clauses: Iterable[Clause], allows: Allows) -> list[OpenMethod]:
    """The methods whose actions are all allowed, each without a condition that narrows it.

    Roles that are passed have to be any, and so has what is taken over; what runs under a role that is passed may be
    one thing with a name of its own. A method is left out where one with fewer of its actions is there already.
    """
    granting = _Granting(clause for clause in clauses if clause.allows and clause.certain)
    used: dict[tuple[str, bool], Use | None] = {}
    found: list[OpenMethod] = []
    named = granting.named
    for method in methods() if named else ():
        if not named.issuperset(method.actions):
            continue
        if any(set(each.method.actions) < set(method.actions) for each in found):
            continue
        uses = _uses(method, granting, allows, used)
        if uses is not None:
            found.append(OpenMethod(method, uses))
    return found


class _Granting:
    """The clauses without a condition that narrows them, and those whose conditions do not but for the service.

    `named` are the actions of methods that some clause is about.
    """

    def __init__(self, clauses: Iterable[Clause]) -> None:
        every = list(clauses)
        self.named = frozenset[str]().union(*(_named(each.actions, each.not_actions) for each in every))
        self.free = [each for each in every if narrowing(each.statement).any is NO]
        self._passing = [
            (each, passed_to(each.statement))
            for each in every
            if narrowing(each.statement, (PASSED_TO_SERVICE,)).any is NO
        ]

    def passing(self, method: Method) -> Iterator[Clause]:
        """The clauses that let roles be passed to what the method makes."""
        services = {action.partition(":")[0] for action in method.actions if action != PASS_ROLE}
        return (clause for clause, limited in self._passing if _reaches(services, limited))


@cache
def _named(patterns: tuple[str, ...], excluded: tuple[str, ...]) -> frozenset[str]:
    """The actions of methods that clauses with these patterns are about."""
    every = (action for method in methods() for action in method.actions)
    return frozenset(each for each in every if is_about(patterns, excluded, each.lower()))


def _uses(
    method: Method, granting: _Granting, allows: Allows, used: dict[tuple[str, bool], Use | None]
) -> tuple[Use, ...] | None:
    """What allows each action of a method; None as soon as nothing allows one."""
    uses: list[Use] = []
    for action in method.actions:
        use = _use(action, method, granting, allows, used)
        if use is None:
            return None
        uses.append(use)
    return tuple(uses)


def _use(
    action: str,
    method: Method,
    granting: _Granting,
    allows: Allows,
    used: dict[tuple[str, bool], Use | None],
) -> Use | None:
    passes = PASS_ROLE in method.actions
    if action == PASS_ROLE:
        return _first(granting.passing(method), action, True, allows)
    key = (action, passes)
    if key not in used:
        used[key] = _first(granting.free, action, not passes, allows)
    return used[key]


def passed_to(statement: Statement) -> list[str] | None:
    """The services that a statement lets roles be passed to, as patterns; None where it does not limit them."""
    found = [
        item.pattern
        for condition in statement.conditions
        if (condition.key or "").lower() == PASSED_TO_SERVICE
        for item in condition.values
    ]
    return [each for each in found if each is not None] if found else None


def _reaches(services: Iterable[str], limited: list[str] | None) -> bool:
    if limited is None:
        return True
    names = [f"{name}.amazonaws.com" for service in services for name in _RUN_AS.get(service, (service,))]
    return any(matches(pattern, name) for pattern in limited for name in names)


def _first(clauses: Iterable[Clause], action: str, broad: bool, allows: Allows) -> Use | None:
    lower = action.lower()
    concerned = [clause for clause in clauses if clause.about_action(lower)]
    if broad and action in _WITH and not _allowed_with(concerned, action, allows):
        return None
    for clause in concerned:
        if any(allows(clause, lower, resource) for resource in _resources(clause, action, broad)):
            return Use(action, clause)
    return None


def _allowed_with(clauses: Iterable[Clause], action: str, allows: Allows) -> bool:
    """Whether one of the resources is allowed that the action needs beside what is taken over."""
    _, needed = _WITH[action]
    return any(
        clause.about_resource(resource) and allows(clause, action.lower(), resource)
        for resource in map(tuple, needed)
        for clause in clauses
    )


def _resources(clause: Clause, action: str, broad: bool) -> Iterator[Symbols]:
    known = find_action(action)
    if known is not None and not known.resource_types:
        if clause.about_resource(_STAR):
            yield _STAR
        return
    if not broad or known is None:
        yield from resources_of(clause)
        return
    found = wide(clause, known, _WITH[action][0] if action in _WITH else ())
    if found is not None:
        yield found.resource
