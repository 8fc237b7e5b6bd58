"""What the Config rules of a unit ask for, as the settings would say it: in rules, in those of organizations, in packs.

Source of the parameters: "List of AWS Config Managed Rules" (AWS Config Developer Guide).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from iacreview.catalog.view import View
from iacreview.catalog.world import World
from iacreview.model.operations import AskedPolicy, AskedPort, AskedSoftware, AskedTag, Asker, Operations
from iacreview.model.parts import is_sensitive, walk
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.model.value import Known, ListValue, MapValue, Value, scalar_text
from iacreview.model.words import called, say
from iacreview.semantics.items import items_of

RULES = ("config.rule", "config.organization_rule")
PACK = "config.conformance_pack"
_TYPE = "AWS::Config::ConfigRule"
_TAGS = range(1, 7)
_PORTS = {"blockedPort1": 20, "blockedPort2": 21, "blockedPort3": 3389, "blockedPort4": 3306, "blockedPort5": 4333}
_SSH = 22


class ConfigRule(NamedTuple):
    """One Config rule: which managed rule it is, with its parameters and what it is for, as far as that is known."""

    identifier: str
    parameters: Mapping[str, str]
    types: tuple[str, ...]
    scope: tuple[str, str]
    asker: Asker


def asked_by_rules(world: World) -> Operations:
    """What all Config rules of a unit ask for."""
    found = Operations()
    for setting in _settings(world):
        read = _READERS.get(setting.identifier)
        if read is not None:
            found = found.joined(read(setting))
    return found


def _settings(world: World) -> Iterator[ConfigRule]:
    for view in world.of_kind(*RULES):
        identifier = view.known("identifier")
        if isinstance(identifier, str):
            parameters = _texts(view.first("input_parameters"), {})
            types = tuple(_known(view, "resource_types"))
            scope = (_first(view, "tag_key"), _first(view, "tag_value"))
            yield ConfigRule(identifier, parameters, types, scope, _asker(view.span))
    for view in world.of_kind(PACK):
        yield from _of_pack(view)


def _of_pack(view: View) -> Iterator[ConfigRule]:
    """The rules in the template of a pack, with the parameters that the pack gives it, and the template's defaults."""
    given = dict(_defaults(view))
    for each in view.members("parameters"):
        name, value = each.known("name"), each.known("value")
        if isinstance(name, str) and value is not None:
            given[name] = scalar_text(value)
    for member in view.members("rules"):
        body = member.first("body")
        properties = _entry(body, "Properties")
        if member.known("type") != _TYPE or properties is None:
            continue
        identifier = _text(_entry(properties, "Source", "SourceIdentifier"), given)
        scope = _entry(properties, "Scope")
        types = _entry(scope, "ComplianceResourceTypes")
        texts = [_text(each, given) for each in (types.items if isinstance(types, ListValue) else ())]
        tag = (_text(_entry(scope, "TagKey"), given), _text(_entry(scope, "TagValue"), given))
        parameters = _texts(_entry(properties, "InputParameters"), given)
        span = (body.span if body is not None else None) or view.span
        yield ConfigRule(identifier, parameters, tuple(filter(None, texts)), tag, _asker(span))


def _defaults(view: View) -> Iterator[tuple[str, str]]:
    for each in view.occurrences("template_parameters"):
        for name, declared in each.value.entries.items() if isinstance(each.value, MapValue) else ():
            default = _entry(declared, "Default")
            if isinstance(default, Known):
                yield name, scalar_text(default.data)


def _asker(span: Span) -> Asker:
    return Asker(say("asked for by {}:{}", called(span.path), span.first.line), span)


def _texts(value: Value | None, given: Mapping[str, str]) -> dict[str, str]:
    if not isinstance(value, MapValue):
        return {}
    return {name: text for name, each in value.entries.items() if (text := _text(each, given))}


def _text(value: Value | None, given: Mapping[str, str]) -> str:
    """A text of a template that is read as plain data: a reference to a parameter is what the parameter is.

    What is chosen by a condition is what holds where there is something to choose. What must not be shown asks for
    nothing.
    """
    if value is not None and any(map(is_sensitive, walk(value))):
        return ""
    if isinstance(value, MapValue):
        reference, chosen = value.entries.get("Ref"), value.entries.get("Fn::If")
        return _text(reference if reference is not None else chosen, given)
    if isinstance(value, ListValue):
        return _text(value.items[1], given) if len(value.items) > 1 else ""
    texts = [item.pattern for item in items_of(value) if item.pattern]
    return given.get(texts[0], texts[0]) if texts else ""


def _entry(value: Value | None, *keys: str) -> Value | None:
    for key in keys:
        value = value.entries.get(key) if isinstance(value, MapValue) else None
    return value


def _known(view: View, name: str) -> Iterator[str]:
    for occurrence in view.occurrences(name) if view.applies(name) else ():
        yield from (item.pattern for item in items_of(occurrence.value) if item.pattern is not None)


def _first(view: View, name: str) -> str:
    return next(_known(view, name), "")


def _list(text: str) -> list[str]:
    return [each for part in text.split(",") if (each := part.strip())]


def _tags(setting: ConfigRule) -> Operations:
    found = [
        AskedTag(
            key,
            tuple(_list(setting.parameters.get(f"tag{number}Value", ""))),
            setting.types,
            setting.scope,
            setting.asker,
        )
        for number in _TAGS
        if (key := setting.parameters.get(f"tag{number}Key", ""))
    ]
    return Operations(tags=tuple(found))


def _policies(setting: ConfigRule) -> Operations:
    arns = _list(setting.parameters.get("managedPolicyArns", ""))
    return Operations(policies=tuple(AskedPolicy(arn, setting.asker) for arn in arns))


def _required(setting: ConfigRule) -> Operations:
    # `name:version` asks for a version, too.
    names = [name.partition(":")[0] for name in _list(setting.parameters.get("applicationNames", ""))]
    return Operations(software=tuple(AskedSoftware(name, True, setting.asker) for name in names))


def _refused(setting: ConfigRule) -> Operations:
    names = _list(setting.parameters.get("applicationNames", ""))
    return Operations(software=tuple(AskedSoftware(name, False, setting.asker) for name in names))


def _ports(setting: ConfigRule) -> Operations:
    given = [setting.parameters.get(name, str(default)) for name, default in _PORTS.items()]
    return Operations(ports=tuple(AskedPort(int(text), setting.asker) for text in given if text.isdigit()))


def _ssh(setting: ConfigRule) -> Operations:
    return Operations(ports=(AskedPort(_SSH, setting.asker),))


_READERS: Mapping[str, Callable[[ConfigRule], Operations]] = {
    "REQUIRED_TAGS": _tags,
    "IAM_ROLE_MANAGED_POLICY_CHECK": _policies,
    "EC2_MANAGEDINSTANCE_APPLICATIONS_REQUIRED": _required,
    "EC2_MANAGEDINSTANCE_APPLICATIONS_BLACKLISTED": _refused,
    "RESTRICTED_INCOMING_TRAFFIC": _ports,
    "INCOMING_SSH_DISABLED": _ssh,
}
