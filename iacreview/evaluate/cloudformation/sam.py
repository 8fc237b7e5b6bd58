"""SAM's Globals: what all resources of one serverless type share."""

from __future__ import annotations

from iacreview.evaluate.cloudformation.budget import Budget
from iacreview.evaluate.cloudformation.scope import TemplateScope
from iacreview.model.provenance import Step
from iacreview.model.source import Span
from iacreview.model.value import ListValue, MapValue, Value
from iacreview.parse.data.nodes import MapNode

PREFIX = "AWS::Serverless::"
TRANSFORM = "AWS::Serverless-"


def shared_properties(scope: TemplateScope) -> dict[str, MapValue]:
    """The properties of each section of Globals, by resource type, each with the step that tells of it."""
    sections = scope.section("Globals").entries
    shared: dict[str, MapValue] = {}
    for name, (key, node) in sections.items():
        value = scope.value(node) if isinstance(node, MapNode) else None
        if isinstance(value, MapValue):
            step = Step(f"Globals.{name}", scope.span(key))
            shared[PREFIX + name] = _marked(value, step)
    return shared


def _marked(value: MapValue, step: Step) -> MapValue:
    entries = {name: child.moved(None, step) for name, child in value.entries.items()}
    return MapValue(entries, value.span, keys=value.keys, complete=value.complete)


def merged(shared: MapValue, own: MapValue, span: Span | None, budget: Budget) -> MapValue:
    """A resource's own properties over the shared ones.

    "Globals section of the AWS SAM template" (AWS SAM Developer Guide): maps merge, lists are added after the shared
    ones, anything else is replaced.
    """
    if not budget.values(len(shared.entries)):
        return MapValue(own.entries, span, own.via, own.references, own.keys, complete=False)
    entries = dict(shared.entries)
    keys = {**shared.keys, **own.keys}
    for name, value in own.entries.items():
        entries[name] = _merged_value(entries[name], value, budget) if name in entries else value
    complete = shared.complete and own.complete
    return MapValue(entries, span, own.via, own.references, keys, complete)


def _merged_value(shared: Value, own: Value, budget: Budget) -> Value:
    if isinstance(shared, MapValue) and isinstance(own, MapValue):
        return merged(shared, own, own.span, budget)
    if isinstance(shared, ListValue) and isinstance(own, ListValue) and budget.values(len(shared.items)):
        items = [*shared.items, *own.items]
        return ListValue(items, own.span, own.via, own.references, shared.complete and own.complete)
    return own
