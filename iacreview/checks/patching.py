"""Patching by Systems Manager: what only scans, what never runs, what approves too late."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iacreview.catalog.occurrence import Occurrence, branches
from iacreview.catalog.view import View
from iacreview.catalog.world import World
from iacreview.model.logic import NO, UNKNOWN, YES, Truth
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.model.value import Known
from iacreview.model.words import say
from iacreview.semantics.items import items_of

# Documents that patch, with the operation that each does where none is named; empty where one has to be named.
# "SSM Command document for patching managed nodes" (AWS Systems Manager User Guide).
_DOCUMENTS = {
    "AWS-RunPatchBaseline": "",
    "AWS-RunPatchBaselineAssociation": "",
    "AWS-RunPatchBaselineWithHooks": "",
    "AWS-InstallWindowsUpdates": "Install",
    "AWS-PatchInstanceWithRollback": "Install",
    "AWS-PatchAsgInstance": "Install",
}
_CARRIERS = ("ssm.association", "ssm.maintenance_task")
_POLICY = "AWSQuickSetupType-PatchPolicy"
_BINDING = ("ssm.patch_baseline", "ssm.patch_group")
_EVERY_HOST = ("instanceids", "*")

Target = tuple[str, str]


class Patching(NamedTuple):
    """Something that patches: whether it installs, and which hosts it reaches, None where that is not known."""

    view: View
    installs: Truth
    targets: frozenset[Target] | None
    span: Span


def never_installs(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """What only scans hosts, in a unit that makes patch baselines or groups and installs for none of these hosts."""
    own = next((each for each in _patching(view.world) if each.view.resource is view.resource), None)
    if "patching" in view.world.operations.elsewhere:
        return
    if own is None or own.installs is YES or not view.world.of_kind(*_BINDING):
        return
    if own.installs is UNKNOWN:
        yield Doubt("operation", own.span, say("whether it installs is not known"))
        return
    others = [each for each in _patching(view.world) if each.installs is not NO]
    if any(each.installs is YES and _covers(each.targets, own.targets) for each in others):
        return
    unit = view.world.graph.unit
    if others:
        yield Doubt("operation", own.span, say("whether others install for the same hosts is not known"))
    elif unit.unread or unit.open:
        yield Doubt("operation", own.span, say("it only scans, and not all that is deployed with it is read"))
    else:
        yield Violation("operation", own.span, say("it only scans, and nothing installs"), when=view.when)


def _covers(one: frozenset[Target] | None, other: frozenset[Target] | None) -> bool:
    return one is not None and (_EVERY_HOST in one or (other is not None and other <= one))


def _patching(world: World) -> list[Patching]:
    known: list[Patching] | None = world.notes.get("patching")
    if known is None:
        found = [each for view in world.of_kind(*_CARRIERS) if (each := _of_document(view)) is not None]
        found += [each for view in world.of_kind("ssm.quick_setup") for each in _of_quick_setup(view)]
        known = world.notes["patching"] = found
    return known


def _of_document(view: View) -> Patching | None:
    document = view.known("document")
    if not isinstance(document, str) or document.rpartition("/")[2] not in _DOCUMENTS:
        return None
    occurrence = view.occurrences("operation")[0]
    texts = [item.pattern for item in items_of(occurrence.value)]
    default = _DOCUMENTS[document.rpartition("/")[2]]
    said = texts or ([default] if default else [])
    installs = UNKNOWN if None in said or not said else YES if "Install" in said else NO
    return Patching(view, installs, _targets(view), occurrence.span)


def _of_quick_setup(view: View) -> Iterator[Patching]:
    for each in view.members("configurations"):
        if each.known("type") == _POLICY:
            occurrence = each.occurrences("operation")[0]
            text = occurrence.value.data if isinstance(occurrence.value, Known) else None
            installs = UNKNOWN if text is None else YES if text == "ScanAndInstall" else NO
            targets = frozenset({_EVERY_HOST}) if each.known("target_type") == "*" else None
            yield Patching(view, installs, targets, occurrence.span)


def _targets(view: View) -> frozenset[Target] | None:
    """The hosts that an association or a task reaches, by keys and values; None where these are not known."""
    found: set[Target] = set()
    if view.has("instance") and view.applies("instance"):
        found |= {("instanceids", item.pattern or "") for item in items_of(view.first("instance"))}
    if view.unread("targets"):
        return None
    for member in view.members("targets"):
        key = member.known("key")
        if not isinstance(key, str):
            return None
        if key == "WindowTargetIds":
            found |= _of_window_targets(member)
            continue
        found |= {
            (key.lower(), item.pattern or "") for each in member.occurrences("values") for item in items_of(each.value)
        }
    return None if any(not value for _, value in found) else frozenset(found)


def _of_window_targets(member: View) -> set[Target]:
    found: set[Target] = set()
    for each in member.occurrences("values"):
        targets = [member.world.view(target) for target in member.world.targets(each.value)]
        reached = [_targets(target) for target in targets if target is not None and target.kind.has("targets")]
        found |= {pair for pairs in reached for pair in pairs or {("", "")}} if reached else {("", "")}
    return found


def runs_once(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A patch association without a schedule: it runs when it is made, and when its targets change, and never again."""
    own = _of_document(view)
    occurrence = view.occurrences("schedule")[0]
    if own is None or occurrence.value is not None:
        return
    yield Violation("schedule", occurrence.span, say("`{}` is not set", occurrence.name), when=occurrence.when)


def idle_window(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A maintenance window that does nothing: without a task, or with tasks that have no targets."""
    unit = view.world.graph.unit
    tasks = view.world.referrers(view, "ssm.maintenance_task", "window")
    lacking = say("it has no task") if not tasks else None
    if tasks and not view.world.referrers(view, "ssm.maintenance_target", "window"):
        views = [each for each in map(view.world.view, tasks) if each is not None]
        if all(_targets(each) == frozenset() and each.known("type") == "RUN_COMMAND" for each in views):
            lacking = say("its tasks have no targets")
    if lacking is not None and (unit.unread or unit.open):
        yield Doubt("tasks", view.span, say("{}, and not all that is deployed with it is read", lacking))
    elif lacking is not None:
        yield Violation("tasks", view.span, lacking, when=view.when)


def unbound_baseline(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A patch baseline that no hosts use, in a unit that binds others to groups of hosts or makes one the default."""
    if _is_bound(view) or not any(_is_bound(each) for each in view.world.of_kind("ssm.patch_baseline")):
        return
    if view.world.graph.unit.unread:
        yield Doubt("groups", view.span, say("not all that is deployed with it is read"))
    else:
        yield Violation("groups", view.span, say("it has no patch group and is not the default"), when=view.when)


def _is_bound(view: View) -> bool:
    default = view.first("default_baseline")
    off = isinstance(default, Known) and str(default.data).lower() == "false"
    return view.first("groups") is not None or (default is not None and not off)


# What a classification, severity or priority that matters is called, by operating system ("PatchFilter").
_SECURITY = ("security", "securityupdates", "criticalupdates", "*")
_SEVERITIES = ("SEVERITY", "MSRC_SEVERITY", "PRIORITY")


def approved_late(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A rule of a patch baseline that approves later than the project allows, or only what was there at some date."""
    days = view.world.operations.days
    limit = days["critical"] if _is_about(view, _SEVERITIES, ("critical", "*")) else days["other"]
    for occurrence in _branches(view, "days"):
        number = occurrence.value.data if isinstance(occurrence.value, Known) else None
        try:
            late = number is not None and float(number) > limit
        except ValueError:
            late = False
        if occurrence.value is not None and not isinstance(occurrence.value, Known):
            yield Doubt("days", occurrence.span, say("when patches are approved is not known"))
        elif late:
            text = say("`{}` is {}, and {} days are allowed", occurrence.name, occurrence.value, limit)
            yield Violation("days", occurrence.span, text, when=occurrence.when)
    for occurrence in _branches(view, "until"):
        if isinstance(occurrence.value, Known) and occurrence.value.data:
            text = say("`{}` is {}: nothing that is released later is approved", occurrence.name, occurrence.value)
            yield Violation("until", occurrence.span, text, when=occurrence.when)
        elif occurrence.value is not None and not isinstance(occurrence.value, Known):
            yield Doubt("until", occurrence.span, say("until when patches are approved is not known"))


def _branches(view: View, name: str) -> Iterator[Occurrence]:
    return (each for occurrence in view.occurrences(name) for each in branches(occurrence))


def _is_about(rule: View, keys: Sequence[str], values: Sequence[str]) -> bool:
    """Whether a rule may let through what has one of some values; where it does not filter by a key, it does."""
    for member in rule.members("filters"):
        if str(member.known("key")).upper() in keys:
            texts = [item.pattern for each in member.occurrences("values") for item in items_of(each.value)]
            return any(text is None or text.lower() in values for text in texts)
    return True


def approves_no_security(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A patch baseline whose rules approve no security updates."""
    if view.unread("rules"):
        yield Doubt("rules", view.span, say("its rules cannot be read"))
        return
    rules = view.members("rules")
    if not rules and view.first("approved") is None:
        yield Violation("rules", view.span, say("it approves no patch"), when=view.when)
    elif rules and not any(_is_about(rule, ("CLASSIFICATION",), _SECURITY) for rule in rules):
        yield Violation("rules", rules[0].span, say("none of its rules is about security updates"), when=view.when)
