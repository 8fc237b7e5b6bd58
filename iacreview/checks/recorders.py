"""Guards of an account that are there and do nothing: recorders that do not record, rules that hide what is found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iacreview.catalog.occurrence import doubt_reason
from iacreview.catalog.view import View
from iacreview.model.finding import Related
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.value import Known, Unknown, scalar_text
from iacreview.model.words import called, listed, say, vouched
from iacreview.semantics.items import Item, items_of

# What managed rules of Config look at, where they name no types themselves ("List of AWS Config Managed Rules").
_LOOKED_AT = {
    "EC2_INSTANCE_MANAGED_BY_SSM": "AWS::SSM::ManagedInstanceInventory",
    "EC2_MANAGEDINSTANCE_APPLICATIONS_BLACKLISTED": "AWS::SSM::ManagedInstanceInventory",
    "EC2_MANAGEDINSTANCE_APPLICATIONS_REQUIRED": "AWS::SSM::ManagedInstanceInventory",
    "EC2_MANAGEDINSTANCE_ASSOCIATION_COMPLIANCE_STATUS_CHECK": "AWS::SSM::AssociationCompliance",
    "EC2_MANAGEDINSTANCE_PATCH_COMPLIANCE_STATUS_CHECK": "AWS::SSM::PatchCompliance",
    "EC2_IMDSV2_CHECK": "AWS::EC2::Instance",
    "IAM_ROLE_MANAGED_POLICY_CHECK": "AWS::IAM::Role",
    "INCOMING_SSH_DISABLED": "AWS::EC2::SecurityGroup",
    "RESTRICTED_INCOMING_TRAFFIC": "AWS::EC2::SecurityGroup",
}
# What every finding about access from outside has, so that it narrows nothing.
_OF_EVERY_FINDING = {"ispublic": {"true"}, "status": {"active"}, "error": set()}


def incomplete_recorder(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A recorder without what makes it record: in Terraform its status, in both languages a delivery channel.

    "Managing the Configuration Recorder": it starts where there is a delivery channel; Terraform makes one that is
    stopped. In a unit that is not read as a whole, this is not known.
    """
    if "config" in view.world.operations.elsewhere:
        return
    unread = view.world.graph.unit.unread or view.world.graph.unit.open
    lacking = []
    if view.applies("status") and view.first("status") is None:
        lacking.append(("status", say("there is no status that starts it")))
    if not view.world.of_kind("config.delivery_channel"):
        lacking.append(("delivery_channel", say("there is no delivery channel, without which it does not start")))
    for name, words in lacking:
        if unread:
            yield Doubt(name, view.span, say("{}, and not all that is deployed with it is read", words))
        else:
            yield Violation(name, view.span, words, when=view.when)


def stopped_recorder(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """The status of a recorder that is not in the unit, which stops it. Of one that is, its own finding speaks."""
    for occurrence in view.occurrences("recorder"):
        target = view.world.target(occurrence.value)
        if target is not None and target.kind == "config.recorder":
            return
    named = [item.pattern for each in view.occurrences("recorder") for item in items_of(each.value)]
    if any(recorder.known("name") in named for recorder in view.world.of_kind("config.recorder")):
        return
    for occurrence in view.occurrences("enabled"):
        if isinstance(occurrence.value, Unknown):
            yield Doubt("enabled", occurrence.span, doubt_reason(occurrence))
        elif isinstance(occurrence.value, Known) and scalar_text(occurrence.value.data).lower() == "false":
            yield Violation("enabled", occurrence.span, say("`{}` is false", occurrence.name), when=occurrence.when)


def unrecorded_types(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A recorder that leaves out the types which rules of the same unit look at."""
    for name, leaves_out in (("recorded", False), ("excluded", True)):
        for occurrence in view.occurrences(name):
            items = items_of(occurrence.value)
            if occurrence.value is None or not items or any(item.pattern is None for item in items):
                continue
            texts = {item.pattern for item in items}
            for rule, types in _looked_at(view):
                missing = [type for type in types if (type in texts) is leaves_out]
                if missing:
                    text = say("it leaves out {}", listed([vouched(type) for type in missing]))
                    about = Related(say("{} looks at it", called(rule.resource.address)), rule.span)
                    yield Violation(name, occurrence.span, text, when=occurrence.when, related=(about,))
                    break


def _looked_at(view: View) -> Iterator[tuple[View, list[str]]]:
    for rule in view.world.of_kind("config.rule"):
        items = [item for each in rule.occurrences("resource_types") for item in items_of(each.value)]
        types = [item.pattern for item in items if item.pattern is not None]
        identifier = rule.known("identifier")
        if not types and isinstance(identifier, str) and identifier in _LOOKED_AT:
            types = [_LOOKED_AT[identifier]]
        yield rule, types


def hides_everything(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """An archive rule whose filters let through every finding about what is public: all of these are archived."""
    filters = view.members("filters")
    if view.unread("filters") or any(_narrows(each) is None for each in filters):
        yield Doubt("filters", view.span, say("not all of its filters can be read"))
    elif filters and not any(_narrows(each) for each in filters):
        names = listed([item.shown for each in filters for item in items_of(each.first("key"))])
        text = say("it filters by {} alone, so every finding about public access is archived", names)
        yield Violation("filters", filters[0].span, text, when=view.when)


def _narrows(each: View) -> bool | None:
    """Whether a filter leaves out some finding about public access; None where that cannot be read."""
    key = each.known("key")
    equal, differing, parts = (_texts(each, name) for name in ("equals", "differs", "contains"))
    if not isinstance(key, str) or None in (*equal, *differing, *parts):
        return None
    if differing or parts:
        return True
    if equal:
        # One that does not let through what is public hides nothing of it.
        return not {str(text).lower() for text in equal} >= _OF_EVERY_FINDING.get(key.lower(), {""})
    exists = each.first("exists")
    return not (isinstance(exists, Known) and scalar_text(exists.data).lower() == "true" and key == "resource")


def _texts(each: View, name: str) -> list[str | None]:
    items: list[Item] = [item for occurrence in each.occurrences(name) for item in items_of(occurrence.value)]
    return [item.pattern for item in items]
