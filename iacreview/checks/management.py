"""Hosts and Systems Manager: whether a host's role lets it be managed, whatever the policies are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iacreview.catalog.occurrence import Occurrence, branches, doubt_reason, statement
from iacreview.catalog.view import View
from iacreview.catalog.world import World
from iacreview.checks.hosts import STARTED_FROM, named, started_from, written
from iacreview.grants.principals import Identity, principals
from iacreview.model.finding import Related
from iacreview.model.logic import NO, UNKNOWN, Truth
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.source import Span
from iacreview.model.value import Known, Unknown
from iacreview.model.words import Phrase, called, listed, say, vouched
from iacreview.semantics.decision.comparison import may_somewhere

# "Alternative configuration for EC2 instance permissions" (AWS Systems Manager User Guide).
MANAGED_BY = (
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)
# "Managing EC2 instances automatically with Default Host Management Configuration".
_BY_DEFAULT = "/ssm/managed-instance/default-ec2-instance-management-role"
_GROUP = "autoscaling.group"


def outside_systems_manager(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A host that Systems Manager cannot manage: it has no role, or its role lacks a right that the agent needs.

    `lacking` says which of these two is asked. A launch template is asked for the Auto Scaling groups that start hosts
    from it: what else does gives hosts a role of its own. Silent where Default Host Management is in the unit, or said
    to be elsewhere.
    """
    if view.kind.name == "ec2.launch_template" and not view.world.referrers(view, _GROUP, "launch_template"):
        return
    if managed_by_default(view.world):
        return
    for case in view.cases([name for name in ("profile", "template") if view.has(name)]):
        for found in roles_of(case):
            if not isinstance(found, (Violation, Doubt)):
                yield from _lacking(case, *found) if params["lacking"] == "rights" else ()
            elif isinstance(found, Violation) is (params["lacking"] == "profile"):
                yield found


def without_credentials(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A host whose metadata endpoint is off, so that it gets no credentials, from a role or by default.

    Silent where the unit has an activation: with that, hosts are managed as if they were on premises.
    """
    if view.world.of_kind("ssm.activation"):
        return
    for occurrence in (each for found in view.occurrences("metadata_endpoint") for each in branches(found)):
        if isinstance(occurrence.value, Unknown):
            yield Doubt("metadata_endpoint", occurrence.span, doubt_reason(occurrence))
        elif isinstance(occurrence.value, Known) and occurrence.value.data == "disabled":
            yield Violation("metadata_endpoint", occurrence.span, statement(occurrence), when=occurrence.when)


def managed_by_default(world: World) -> bool:
    """Whether Systems Manager manages hosts without a profile, as far as the unit or the settings say."""
    if "default-host-management" in world.operations.elsewhere or world.of_kind("ssm.default_host_management"):
        return True
    settings = world.of_kind("ssm.service_setting")
    return any(str(each.known("setting")).endswith(_BY_DEFAULT) and each.known("value") != "" for each in settings)


Role = tuple[Identity, Occurrence]


def roles_of(view: View) -> Iterator[Role | Violation | Doubt]:
    """The roles of a host, through its profile or its template's, with where they are named; or why there is none."""
    own = written(view, "profile")
    if not own and view.kind.name in STARTED_FROM:
        for name, _ in STARTED_FROM[view.kind.name]:
            for occurrence in written(view, name):
                for template in started_from(view, name, occurrence):
                    if template is None:
                        reason = say("`{}` is defined elsewhere", occurrence.name)
                        yield Doubt("profile", occurrence.span, reason)
                    else:
                        yield from _of_profiles(template, written(template, "profile"), occurrence.span)
                return
    yield from _of_profiles(view, own, view.span)


def _of_profiles(view: View, found: Sequence[Occurrence], span: Span) -> Iterator[Role | Violation | Doubt]:
    if not found:
        yield Violation("profile", span, say("it has no instance profile"), when=view.when)
    for occurrence in found:
        profiles = named(view, "profile", occurrence, "iam.instance_profile")
        for profile in profiles:
            if profile is None:
                yield Doubt("profile", occurrence.span, _elsewhere(occurrence, say("the instance profile")))
            else:
                yield from _of_profile(profile, occurrence)


def _of_profile(profile: View, occurrence: Occurrence) -> Iterator[Role | Violation | Doubt]:
    every = principals(profile.world)
    for each in written(profile, "role"):
        for role in named(profile, "role", each, "iam.role"):
            principal = every.get(role.resource.address) if role is not None else None
            if principal is None:
                yield Doubt("profile", each.span, _elsewhere(each, say("the role")))
            else:
                yield principal, occurrence


def _elsewhere(occurrence: Occurrence, what: Phrase) -> Phrase:
    if isinstance(occurrence.value, Unknown) and occurrence.value.target is None:
        return doubt_reason(occurrence)
    return say("{} ({}) is defined elsewhere", what, occurrence.value)


def _lacking(view: View, principal: Identity, occurrence: Occurrence) -> Iterator[Outcome]:
    answers = {action: right(principal, action) for action in MANAGED_BY}
    lacking = [vouched(action) for action, answer in answers.items() if answer is NO]
    address = called(principal.resource.address)
    if lacking:
        text = say("{} does not allow {}", address, listed(lacking))
        about = Related(say("the role"), principal.resource.header)
        yield Violation("profile", occurrence.span, text, when=occurrence.when, related=(about,))
    elif UNKNOWN in answers.values():
        yield Doubt("profile", occurrence.span, say("not all policies of {} can be read", address))


def right(principal: Identity, action: str) -> Truth:
    """Whether a principal may do something, on some resource."""
    answer = may_somewhere(principal.rights, action.lower())
    return UNKNOWN if answer is NO and not principal.complete else answer
