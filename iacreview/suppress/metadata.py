"""Suppressions in the Metadata of templates."""

from __future__ import annotations

from collections.abc import Iterator

from iacreview.model.graph import Unit
from iacreview.model.source import Span
from iacreview.model.value import Known, ListValue, MapValue, Value, scalar_text
from iacreview.suppress.directive import FILE, OWN, RESOURCE, Directive, narrowed


def metadata_directives(unit: Unit) -> Iterator[Directive]:
    """What the Metadata of resources, and of the template as a whole, suppresses."""
    if unit.metadata is not None:
        yield from _entries(unit.metadata, FILE, "")
    for resource in unit.resources:
        found = resource.extras.entries.get("Metadata") if resource.extras is not None else None
        if isinstance(found, MapValue):
            yield from _entries(found, RESOURCE, resource.address)


def _entries(metadata: MapValue, place: str, address: str) -> Iterator[Directive]:
    for item in _items(_at(metadata, OWN, "ignore")):
        yield from _own(item, place, address)
    yield from _misspelt(_at(metadata, OWN), place, address)
    for item in _items(_at(metadata, "checkov", "skip")):
        yield from _named("checkov", item, "comment", place, address)
    for item in _items(_at(metadata, "cfn_nag", "rules_to_suppress")):
        yield from _named("cfn_nag", item, "reason", place, address)
    for item in _items(_at(metadata, "cdk_nag", "rules_to_suppress")):
        for each in _named("cdk_nag", item, "reason", place, address):
            yield each._replace(extents=tuple(_applies_to(item)))
    yield from _guard(_at(metadata, "guard", "SuppressedRules"), place, address)
    for item in _items(_at(metadata, "cfn-lint", "config", "ignore_checks")):
        if isinstance(item, Known) and item.span is not None:
            yield Directive("cfn-lint", (scalar_text(item.data),), item.span, place, address=address)


def _own(item: Value, place: str, address: str) -> Iterator[Directive]:
    """`- ENC001`, or `- {rule: ENC001, reason: ..., until: ..., value: ...}`."""
    if isinstance(item, Known) and item.span is not None:
        yield Directive(OWN, (scalar_text(item.data),), item.span, place, address=address)
    elif isinstance(item, MapValue):
        texts = {key: scalar_text(value.data) for key, value in item.entries.items() if isinstance(value, Known)}
        rules = tuple(texts.pop("rule", "").replace(",", " ").split())
        span = _span(item, "rule")
        if span is not None:
            yield narrowed(Directive(OWN, rules, span, place), texts)._replace(address=address)


def _misspelt(own: Value | None, place: str, address: str) -> Iterator[Directive]:
    for key, value in own.entries.items() if isinstance(own, MapValue) else ():
        if key != "ignore" and value.span is not None:
            wrong = f"`{key}` is not read: write `ignore`"
            yield Directive(OWN, (), value.span, place, address=address, wrong=wrong)


def _guard(rules: Value | None, place: str, address: str) -> Iterator[Directive]:
    """A list of rules, or a mapping of rules to reasons. Source: the Guard rules registry's documentation."""
    for item in _items(rules):
        if isinstance(item, Known) and item.span is not None:
            yield Directive("guard", (scalar_text(item.data),), item.span, place, address=address)
    for rule, why in rules.entries.items() if isinstance(rules, MapValue) else ():
        if isinstance(why, Known) and why.span is not None:
            yield Directive("guard", (rule,), why.span, place, scalar_text(why.data), address=address)


def _applies_to(item: Value) -> Iterator[tuple[str, str]]:
    """What a suppression of cdk-nag is limited to: `Action::s3:*`, `Resource::*`; anything else is not found in ours.

    Source: cdk-nag's README, "Suppressing a Rule".
    """
    for each in _items(_at(item, "applies_to")):
        kind, _, pattern = scalar_text(each.data).partition("::") if isinstance(each, Known) else ("", "", "")
        yield kind.lower(), pattern


def _named(tool: str, item: Value, reason: str, place: str, address: str) -> Iterator[Directive]:
    if not isinstance(item, MapValue):
        return
    name, why = item.entries.get("id"), item.entries.get(reason)
    span = _span(item, "id")
    if isinstance(name, Known) and span is not None:
        text = scalar_text(why.data) if isinstance(why, Known) and why.data is not None else ""
        yield Directive(tool, (scalar_text(name.data),), span, place, text, address=address)


def _span(item: MapValue, key: str) -> Span | None:
    entry = item.entries.get(key)
    return (entry.span if entry is not None else None) or item.span


def _at(value: Value, *keys: str) -> Value | None:
    for key in keys:
        found = value.entries.get(key) if isinstance(value, MapValue) else None
        if found is None:
            return None
        value = found
    return value


def _items(value: Value | None) -> list[Value]:
    return list(value.items) if isinstance(value, ListValue) else []
