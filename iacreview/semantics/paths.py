"""Ways for a principal to escalate its privileges, as far as all of its policies together let it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property

from iacreview.model.logic import NO
from iacreview.model.record import NamedTuple
from iacreview.semantics.actions import find_action
from iacreview.semantics.decision.clauses import Clause, is_about
from iacreview.semantics.decision.generic import reached_one, resources_of, wide
from iacreview.semantics.decision.symbols import Symbols
from iacreview.semantics.escalation import OWN, Method, methods
from iacreview.semantics.narrowing import PASSED_TO_SERVICE, narrowing
from iacreview.semantics.pattern import has_wildcard, matches
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

# They change what their holder may do where they reach itself: its own role, user, group, or a policy of its own.
_RAISING_ONESELF = frozenset(
    {
        "iam:AttachGroupPolicy",
        "iam:AttachRolePolicy",
        "iam:AttachUserPolicy",
        "iam:CreatePolicyVersion",
        "iam:PutGroupPolicy",
        "iam:PutRolePolicy",
        "iam:PutUserPolicy",
        "iam:SetDefaultPolicyVersion",
    }
)


class Greater(NamedTuple):
    """A role that may do everything: its ARNs, and the services that assume it."""

    arns: tuple[Symbols, ...]
    services: tuple[str, ...]


class Around(NamedTuple):
    """What is known around a policy: ARNs of its holder and of the holder's policies by their types, greater roles."""

    own: Mapping[str, Sequence[Symbols]] = {}
    greater: Sequence[Greater] = ()


# Whether a clause allows an action on a resource in the end.
Allows = Callable[[Clause, str, Symbols], bool]


class Use(NamedTuple):
    """A clause that allows one of the actions of a method.

    Where `named`, not on all that there is: on the holder itself, a policy of it, or a greater role.
    """

    action: str
    clause: Clause
    named: bool = False


class OpenMethod(NamedTuple):
    """A method that is open, with what allows each of its actions."""

    method: Method
    uses: tuple[Use, ...]


def open_paths(clauses: Iterable[Clause], allows: Allows, known: Callable[[], Around] = Around) -> list[OpenMethod]:
    """The methods whose actions are all allowed, each without a condition that narrows it.

    Roles that are passed have to be any, or greater ones that are `known`; so has what is taken over, but for the
    holder itself. What runs under a role that is passed may be one thing with a name of its own. A method is left out
    where one with fewer of its actions is there already.
    """
    granting = _Granting((clause for clause in clauses if clause.allows and clause.certain), known)
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
            itself = any(use.named and use.action in _RAISING_ONESELF for use in uses)
            found.append(OpenMethod(method._replace(why=OWN) if itself else method, uses))
    return found


class _Granting:
    """The clauses without a condition that narrows them, and those whose conditions do not but for the service.

    `named` are the actions of methods that some clause is about.
    """

    def __init__(self, clauses: Iterable[Clause], known: Callable[[], Around]) -> None:
        every = list(clauses)
        self._known = known
        self.named = frozenset[str]().union(*(_named(each.actions, each.not_actions) for each in every))
        self.free = [each for each in every if narrowing(each.statement).any is NO]
        self._passing = [
            (each, passed_to(each.statement))
            for each in every
            if narrowing(each.statement, (PASSED_TO_SERVICE,)).any is NO
        ]

    @cached_property
    def known(self) -> Around:
        """What is known around the policy, found out where a method asks for it."""
        return self._known()

    def passing(self, method: Method) -> Iterator[Clause]:
        """The clauses that let roles be passed to what the method makes."""
        services = _made_by(method)
        return (clause for clause, limited in self._passing if _reaches(services, limited))

    def greater(self, method: Method) -> list[Symbols]:
        """The ARNs of greater roles that what the method makes can have."""
        services = _made_by(method)
        return [arn for each in self.known.greater if _reaches(services, each.services) for arn in each.arns]


def _made_by(method: Method) -> set[str]:
    """The services whose actions a method has."""
    return {action.partition(":")[0] for action in method.actions if action != PASS_ROLE}


@cache
def _named(patterns: tuple[str, ...], excluded: tuple[str, ...]) -> frozenset[str]:
    """The actions of methods that clauses with these patterns are about."""
    chosen = excluded or patterns
    heads = {each.partition(":")[0] for each in chosen}
    every = _by_service()
    services = every if any(map(has_wildcard, heads)) else every.keys() & heads
    found = frozenset(each for name in services for each in every[name] if is_about(chosen, (), each.lower()))
    return frozenset().union(*every.values()) - found if excluded else found


@cache
def _by_service() -> dict[str, frozenset[str]]:
    """The actions of methods, by the services that they are of."""
    found: dict[str, set[str]] = {}
    for action in (each for method in methods() for each in method.actions):
        found.setdefault(action.partition(":")[0].lower(), set()).add(action)
    return {name: frozenset(actions) for name, actions in found.items()}


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
        passing = list(granting.passing(method))
        return _first(passing, action, True, allows) or _on(passing, action, granting.greater(method), allows)
    key = (action, passes)
    if key not in used:
        used[key] = _first(granting.free, action, not passes, allows) or _on_itself(granting, action, allows)
    return used[key]


def _on_itself(granting: _Granting, action: str, allows: Allows) -> Use | None:
    """What allows an action on its holder, or on a policy of it."""
    found = find_action(action) if action in _RAISING_ONESELF else None
    types = found.resource_types if found is not None else ()
    return _on(granting.free, action, [arn for type in types for arn in granting.known.own.get(type, ())], allows)


def _on(clauses: Iterable[Clause], action: str, arns: Sequence[Symbols], allows: Allows) -> Use | None:
    """What allows an action on one of some resources that are known."""
    lower = action.lower()
    for clause in clauses if arns else ():
        reached = (reached_one(clause, arn) for arn in arns if clause.about_action(lower))
        if any(each is not None and allows(clause, lower, each) for each in reached):
            return Use(action, clause, named=True)
    return None


def passed_to(statement: Statement) -> list[str] | None:
    """The services that a statement lets roles be passed to, as patterns; None where it does not limit them."""
    found = [
        item.pattern
        for condition in statement.conditions
        if (condition.key or "").lower() == PASSED_TO_SERVICE
        for item in condition.values
    ]
    return [each for each in found if each is not None] if found else None


def _reaches(services: Iterable[str], limited: Sequence[str] | None) -> bool:
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
