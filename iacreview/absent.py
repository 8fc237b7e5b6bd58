"""Services of an account that are missing where the settings say that an account is set up (`operations.baseline`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iacreview.catalog.world import World
from iacreview.engine.judge import fingerprint
from iacreview.engine.rule import Rule
from iacreview.languages import language_named
from iacreview.model.finding import Finding, ResourceName, Undecided
from iacreview.model.source import Span
from iacreview.model.words import Phrase, say

CODE = "OPS010"
# What stands for each service, as `elsewhere` calls it, and what is missing without.
_SERVICES: tuple[tuple[str, tuple[str, ...], Phrase], ...] = (
    ("access-analyzer", ("accessanalyzer.analyzer",), say("no analyzer looks for access from outside")),
    ("alarms", ("cloudwatch.alarm", "events.rule"), say("no alarm or event rule watches the account")),
    ("config", ("config.recorder",), say("Config records nothing")),
    (
        "default-host-management",
        ("ssm.default_host_management", "ssm.service_setting"),
        say("hosts without a role are not managed (Default Host Management)"),
    ),
    ("guardduty", ("guardduty.detector", "guardduty.organization"), say("GuardDuty looks for no threats")),
    ("inspector", ("inspector.enabler", "inspector.organization"), say("Inspector looks for no vulnerabilities")),
    (
        "patching",
        ("ssm.association", "ssm.maintenance_task", "ssm.quick_setup"),
        say("nothing patches hosts"),
    ),
    ("security-hub", ("securityhub.hub", "securityhub.organization"), say("Security Hub checks no standard")),
)


def kinds_of(world: World) -> set[str]:
    """The kinds of what a unit makes."""
    return {each.kind for each in world.graph.resources.values() if each.kind is not None and each.mode == "managed"}


def absences(world: World, rule: Rule) -> Iterator[Finding | Undecided]:
    """What is missing in a unit that sets up an account, and in the others that do."""
    unit, asked = world.graph.unit, world.operations
    present = {*asked.present, *kinds_of(world)}
    span = _place(world)
    for service, kinds, words in _SERVICES if span is not None else ():
        if service in asked.elsewhere or present.intersection(kinds) or not _can_be(world, kinds):
            continue
        assert span is not None
        resource = ResourceName(unit.path or ".", "file", "")
        if unit.unread or unit.open:
            reason = say("{}, and not all that is deployed with it is read", words)
            yield Undecided(CODE, resource, reason, span)
            continue
        yield Finding(
            rule=CODE,
            name=rule.name,
            family=rule.family,
            severity=rule.severity,
            message=say("The account lacks a guard: {}", words),
            resource=None,
            span=span,
            fingerprint=fingerprint(CODE, unit.path, service),
            remediation="set it up here, or name it under `operations.elsewhere` in the settings",
            property=service,
        )


def _can_be(world: World, kinds: Iterable[str]) -> bool:
    """Whether the unit's language has a type for one of the kinds."""
    language = language_named(world.graph.unit.dialect)
    named = (types for kind in kinds for types in world.catalog.kind(kind).spec["types"].values())
    return any(language.has_type(each) for types in named for each in ([types] if isinstance(types, str) else types))


def _place(world: World) -> Span | None:
    """Where to say so: at the first resource of the unit."""
    managed = (each for each in world.graph.resources.values() if each.mode == "managed")
    return next((each.header for each in managed), None)
