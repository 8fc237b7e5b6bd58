"""The variables and providers of a plan's configuration section."""

from __future__ import annotations

from collections.abc import Iterator

from iacreview.evaluate.plan.configuration import ModuleInstance
from iacreview.evaluate.plan.document import child, entries, is_null, is_true, same, text
from iacreview.evaluate.plan.references import Resolver, Standpoint
from iacreview.evaluate.terraform.root import DIALECT
from iacreview.model.graph import Resource
from iacreview.model.source import Source, Span
from iacreview.model.value import Known, ListValue, MapValue, Unknown, Value
from iacreview.parse.data.nodes import DataNode, ListNode, MapNode, ScalarNode


def given_variables(root: MapNode, instance: ModuleInstance) -> dict[str, Value]:
    """The values of the root module's variables that are not their defaults. A sensitive one stays unknown."""
    found: dict[str, Value] = {}
    declared = instance.configuration.variables()
    for name, node in entries(root.get("variables")).items():
        value, definition = child(node, "value"), declared.get(name)
        default = child(definition, "default")
        if value is None or (default is not None and same(value, default)):
            continue
        if is_true(child(definition, "sensitive")):
            found[name] = Unknown("is sensitive")
        else:
            found[name] = plain_value(value, None)
    return found


def plain_value(node: DataNode, source: Source | None) -> Value:
    """JSON data as a value, at its place in the plan, or at none."""
    span = _span(node, source) if source is not None else None
    if isinstance(node, ScalarNode):
        return Known(node.value, span)
    if isinstance(node, ListNode):
        return ListValue([plain_value(item, source) for item in node.items], span)
    keys = {key: _span(name, source) for key, (name, _) in node.entries.items()} if source is not None else {}
    return MapValue({key: plain_value(item, source) for key, (_, item) in node.entries.items()}, span, keys=keys)


def _span(node: DataNode, source: Source) -> Span:
    return Span(source, node.start, node.end)


def declarations(
    source: Source, root: MapNode, instances: list[ModuleInstance], resolver: Resolver
) -> Iterator[Resource]:
    """The variables of every module's instance, and the root module's providers."""
    for instance in instances:
        for name, node in instance.configuration.variables().items():
            if isinstance(node, MapNode):
                kept = {key: found for key, found in node.entries.items() if key in ("default", "sensitive")}
                values = {key: plain_value(found, source) for key, (_, found) in kept.items() if not is_null(found)}
                yield _declared(f"{instance.prefix}var.{name}", "terraform.variable", "parameter", node, values, source)
    for node in entries(child(root, "configuration", "provider_config")).values():
        name, alias = text(child(node, "name")), text(child(node, "alias"))
        expressions = child(node, "expressions")
        if isinstance(node, MapNode) and name and expressions is not None and not text(node.get("module_address")):
            type = f"provider.{name}"
            values = _configured(expressions, source, Standpoint(instances[0]), resolver)
            yield _declared(f"{type}.{alias}" if alias else type, type, "provider", node, values, source)


def _configured(node: DataNode | None, source: Source, standpoint: Standpoint, resolver: Resolver) -> dict[str, Value]:
    """The arguments of a block, as far as the configuration section has them."""
    found: dict[str, Value] = {}
    for key, expression in entries(node).items():
        span = _span(expression, source)
        constant = child(expression, "constant_value")
        if isinstance(expression, ListNode):
            blocks = [MapValue(_configured(each, source, standpoint, resolver), span) for each in expression.items]
            found[key] = ListValue(blocks, span)
        elif constant is not None:
            found[key] = plain_value(constant, source)
        else:
            mentioned = resolver.find(expression, standpoint)
            found[key] = Unknown("is not in the plan", span, (), mentioned.references, mentioned.target)
    return found


def _declared(address: str, type: str, mode: str, node: MapNode, values: dict[str, Value], source: Source) -> Resource:
    span = _span(node, source)
    return Resource(address, type, MapValue(values, span), span, span, DIALECT, mode)
