"""Fn::Sub."""

from __future__ import annotations

from iacreview.evaluate.cloudformation.lookup import attribute, named
from iacreview.evaluate.cloudformation.scope import IntrinsicCall, TemplateScope
from iacreview.evaluate.cloudformation.texts import concatenated
from iacreview.model.patterns import later
from iacreview.model.value import Known, Unknown, Value
from iacreview.parse.data.nodes import DataNode, ListNode, MapNode, ScalarNode

_HOLE = later(r"\$\{(!?)([^{}]*)\}")


def sub(scope: TemplateScope, call: IntrinsicCall) -> Value:
    """Fn::Sub, with or without its own variables; `${!Literal}` is the text `${Literal}`."""
    template, variables = _arguments(call.argument)
    if template is None:
        return Unknown("Fn::Sub needs a string, or [string, variables]", call.span)
    values: dict[str, Value] = {}
    parts: list[Value] = []
    at = 0
    for hole in _HOLE.finditer(template):
        if at < hole.start():
            parts.append(Known(template[at : hole.start()], call.span))
        at = hole.end()
        name = hole.group(2).strip()
        if hole.group(1):
            parts.append(Known(f"${{{hole.group(2)}}}", call.span))
            continue
        if name not in values:
            own = variables.get(name)
            values[name] = _variable(scope, name, call) if own is None else scope.value(own, call.assume)
        parts.append(values[name])
    parts.append(Known(template[at:], call.span))
    return concatenated(parts, scope.site(call))


def _arguments(argument: DataNode) -> tuple[str | None, MapNode]:
    none = MapNode({}, None, 0, 0)
    if isinstance(argument, ScalarNode):
        return argument.text, none
    items = argument.items if isinstance(argument, ListNode) else []
    if not 1 <= len(items) <= 2 or not isinstance(items[0], ScalarNode):
        return None, none
    variables = items[1] if len(items) == 2 else none
    return items[0].text, variables if isinstance(variables, MapNode) else none


def _variable(scope: TemplateScope, name: str, call: IntrinsicCall) -> Value:
    """`${Name}` as Ref, `${Resource.Attribute}` as Fn::GetAtt."""
    resource, dot, rest = name.partition(".")
    return attribute(scope, resource, rest, call.span) if dot else named(scope, name, call.span, call.assume)
