"""Alarms that nobody hears: without an action, without a metric, on a log that nothing writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iacreview.catalog.occurrence import Occurrence, doubt_reason
from iacreview.catalog.view import View
from iacreview.catalog.world import World
from iacreview.model.finding import Related
from iacreview.model.graph import Resource
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.parts import walk
from iacreview.model.value import Known, ListValue, MapValue, Unknown, Value, is_one_thing, scalar_text
from iacreview.model.words import called, say, vouched
from iacreview.semantics.items import items_of
from iacreview.semantics.trail_patterns import watched

_ACTIONS = ("alarm_actions", "ok_actions", "insufficient_data_actions")


def unheard_alarm(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """An alarm without an action, or with its actions off.

    With `security`, only those on a metric of the unit that counts what security watches for, and of these the actions
    at the alarm itself; without it, all others.
    """
    found = _filter_of(view)
    what = _watched(found) if found is not None else ""
    if bool(what) is not bool(params.get("security")):
        return
    asked = ("alarm_actions",) if what else _ACTIONS
    related = _about(found, what)
    for case in view.cases(["actions_enabled", *asked]):
        for outcome in _unheard(case, asked):
            yield outcome._replace(related=related) if isinstance(outcome, Violation) else outcome


def _about(found: View | None, what: str) -> tuple[Related, ...]:
    if found is None or not what:
        return ()
    words = say("{} counts {}", called(found.resource.address), vouched(what))
    return (Related(words, found.span),)


def _unheard(view: View, asked: Sequence[str]) -> Iterator[Outcome]:
    for occurrence in view.occurrences("actions_enabled"):
        if isinstance(occurrence.value, Known) and scalar_text(occurrence.value.data).lower() == "false":
            text = say("`{}` is false", occurrence.name)
            yield Violation("actions_enabled", occurrence.span, text, when=occurrence.when)
            return
    actions = [each for name in asked for each in view.occurrences(name)]
    if any(_is_action(each) for each in actions):
        return
    open_ones = [each for each in actions if isinstance(each.value, (Unknown, ListValue)) and not _is_empty(each.value)]
    if open_ones:
        yield Doubt(asked[0], open_ones[0].span, doubt_reason(open_ones[0]))
        return
    written = [each for each in actions if each.value is not None]
    span = written[0].span if written else view.span
    yield Violation(asked[0], span, say("`{}` is not set", actions[0].name), when=view.when)


def _is_action(occurrence: Occurrence) -> bool:
    return any(item.pattern or _is_there(item.value) for item in items_of(occurrence.value))


def _is_there(value: Value) -> bool:
    """Whether what is not known is something all the same: an attribute of a resource, an export of a stack."""
    return isinstance(value, Unknown) and (value.target is not None or is_one_thing(value))


def _is_empty(value: Value) -> bool:
    return isinstance(value, ListValue) and not value.items and value.complete


def _filter_of(alarm: View) -> View | None:
    """The metric filter of the unit that makes an alarm's metric: by its name and namespace, or by reference."""
    filters = alarm.world.of_kind("logs.metric_filter")
    if not filters:
        return None
    names = {item.pattern for each in alarm.occurrences("metric") for item in items_of(each.value)}
    spaces = {item.pattern for each in alarm.occurrences("namespace") for item in items_of(each.value)}
    mentioned = {each.address for o in alarm.occurrences("metric") for each in alarm.world.targets(o.value)}
    for found in filters:
        if found.resource.address in mentioned:
            return found
        if found.known("metric") in names - {None} and found.known("namespace") in spaces:
            return found
    return None


def _watched(view: View) -> str:
    pattern = view.known("pattern")
    return watched(pattern) if isinstance(pattern, str) else ""


def unwatched_filter(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A filter that counts what security watches for, whose metric no alarm of the unit looks at."""
    what = _watched(view)
    if not what or any(_is_of(alarm, view) for alarm in view.world.of_kind("cloudwatch.alarm")):
        return
    text = say("it counts {}, and no alarm looks at its metric", vouched(what))
    yield from _absent(view, "alarm", text)


def _is_of(alarm: View, view: View) -> bool:
    found = _filter_of(alarm)
    return found is not None and found.resource is view.resource


def unfed_filter(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A filter that counts what security watches for, on a log group to which no trail of the unit writes."""
    what = _watched(view)
    trails = view.world.of_kind("cloudtrail.trail")
    if not what or not trails:
        return
    groups = [_group(each, "log_group") for each in trails]
    own = _group(view, "log_group")
    if own & set().union(*groups):
        return
    occurrence = view.occurrences("log_group")[0]
    if not own or any(
        not group and each.first("log_group") is not None for group, each in zip(groups, trails, strict=True)
    ):
        yield Doubt("log_group", occurrence.span, say("whether a trail writes to the log group is not known"))
    else:
        text = say("it counts {}, and no trail writes to its log group", vouched(what))
        yield Violation("log_group", occurrence.span, text, when=occurrence.when)


def _group(view: View, name: str) -> set[str]:
    """What is known of a log group: the resource that it is, its name."""
    found: set[str] = set()
    for occurrence in view.occurrences(name):
        groups = [each for each in view.world.targets(occurrence.value) if each.kind == "logs.log_group"]
        found |= {f"@{each.address}" for each in groups}
        found |= {text for each in groups for text in _name(each)}
        if not groups and isinstance(occurrence.value, Known):
            text = scalar_text(occurrence.value.data)
            found.add(text.partition(":log-group:")[2].removesuffix(":*") or text)
    return found


def _name(group: Resource) -> Iterator[str]:
    for key in ("name", "LogGroupName"):
        value = group.attributes.entries.get(key)
        if isinstance(value, Known):
            yield scalar_text(value.data)


def idle_root_rule(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """An event rule for use of the root user that is off, or has no target."""
    if not any(_is_about_root(each.value) for each in view.occurrences("pattern") if each.value is not None):
        return
    for name in ("state", "enabled"):
        for occurrence in view.occurrences(name) if view.applies(name) else ():
            value = occurrence.value
            if isinstance(value, Known) and scalar_text(value.data).lower() in ("disabled", "false"):
                text = say("`{}` is {}", occurrence.name, value)
                yield Violation(name, occurrence.span, text, when=occurrence.when)
                return
    if view.first("targets") is None:
        yield from _absent(view, "targets", say("it has no target"))


def _is_about_root(value: Value) -> bool:
    """Whether a pattern of events asks for the type of identity Root."""
    for inner in walk(value):
        identity = inner.entries.get("userIdentity") if isinstance(inner, MapValue) else None
        kinds = identity.entries.get("type") if isinstance(identity, MapValue) else None
        if any(item.pattern == "Root" for item in items_of(kinds)):
            return True
    return False


def _absent(view: View, name: str, text: Any) -> Iterator[Outcome]:
    """Something that is not in the unit: not known where the unit is not read as a whole."""
    if is_read_in_part(view.world):
        yield Doubt(name, view.span, say("{}, and not all that is deployed with it is read", text))
    else:
        yield Violation(name, view.span, text, when=view.when)


def is_read_in_part(world: World) -> bool:
    """Whether the unit calls modules or macros that are not read, which may make more resources."""
    unit = world.graph.unit
    return bool(unit.unread or unit.open)
