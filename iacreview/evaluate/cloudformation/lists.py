"""Functions that make lists, and functions that take from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from iacreview.evaluate.cloudformation import texts
from iacreview.evaluate.cloudformation.scope import IntrinsicCall, TemplateScope
from iacreview.evaluate.cloudformation.texts import as_written, distributed, provenance
from iacreview.model.value import Known, ListValue, Text, Unknown, Value
from iacreview.parse.data.nodes import ListNode

_Build: TypeAlias = "Callable[[TemplateScope, list[Value], IntrinsicCall], Value]"

# "Fn::Cidr" (AWS CloudFormation Template Reference Guide): the count is between 1 and 256.
MAX_CIDRS = 256


def select(scope: TemplateScope, call: IntrinsicCall) -> Value:
    return _over_arguments(scope, call, 2, "[index, list]", _selected)


def split(scope: TemplateScope, call: IntrinsicCall) -> Value:
    return _over_arguments(scope, call, 2, "[delimiter, string]", _split)


def cidr(scope: TemplateScope, call: IntrinsicCall) -> Value:
    return _over_arguments(scope, call, 3, "[block, count, bits]", _subnets)


def get_azs(scope: TemplateScope, call: IntrinsicCall) -> Value:
    region = scope.value(call.argument, call.assume)
    return Unknown("availability zones are known at deployment", call.span, references=region.references)


def length(scope: TemplateScope, call: IntrinsicCall) -> Value:
    """Fn::Length."""

    def build(values: list[Value]) -> Value:
        counted = values[0]
        if isinstance(counted, ListValue) and counted.complete:
            return Known(len(counted.items), call.span, *provenance(values))
        return _undecided("the length of the list is not known", values, call)

    return distributed([scope.value(call.argument, call.assume)], build, scope.site(call))


def _over_arguments(scope: TemplateScope, call: IntrinsicCall, count: int, needs: str, build: _Build) -> Value:
    """`build` over the evaluated arguments, of which there must be `count` (Fn::Cidr may leave the last out)."""
    items = call.argument.items if isinstance(call.argument, ListNode) else []
    least = 2
    if not least <= len(items) <= count:
        return Unknown(f"{call.name} needs {needs}", call.span)
    values = [scope.value(item, call.assume) for item in items]
    return distributed(values, lambda chosen: build(scope, chosen, call), scope.site(call))


def _selected(scope: TemplateScope, values: list[Value], call: IntrinsicCall) -> Value:
    index, items = values
    position = _integer(index)
    if position is None or not isinstance(items, ListValue):
        return _undecided("the list or the index is not known", values, call)
    if not 0 <= position < len(items.items):
        reason = "the list has no such item" if items.complete else "the rest of the list is not known"
        return _undecided(reason, values, call)
    return items.items[position].moved(call.span)


def _split(scope: TemplateScope, values: list[Value], call: IntrinsicCall) -> Value:
    delimiter, text = values
    if not isinstance(delimiter, Known) or not as_written(delimiter.data) or not isinstance(text, (Known, Text)):
        return _undecided("what is split is not known", values, call)
    if not scope.budget.text(len(text.data) if isinstance(text, Known) and isinstance(text.data, str) else 20):
        return _undecided(scope.budget.TOO_MUCH, values, call)
    return texts.split(text, as_written(delimiter.data), call.span)


def _subnets(scope: TemplateScope, values: list[Value], call: IntrinsicCall) -> Value:
    """The first `count` blocks of a network, each with `bits` host bits."""
    import ipaddress

    block, count, bits = values[0], _integer(values[1]), _integer(values[2]) if len(values) == 3 else 8
    if not isinstance(block, Known) or count is None or bits is None:
        return _undecided("the block that is divided is not known", values, call)
    via, references = provenance(values)
    try:
        network = ipaddress.ip_network(as_written(block.data), strict=False)
        spare = network.max_prefixlen - bits - network.prefixlen
    except ValueError:
        spare = -1
    if not (spare >= 0 and 1 <= count <= min(MAX_CIDRS, 1 << spare) and scope.budget.values(count)):
        return Unknown("Fn::Cidr does not fit its block", call.span, via, references)
    first, prefix = network.network_address, network.prefixlen + spare
    subnets = [Known(f"{first + (index << bits)}/{prefix}", call.span, via, references) for index in range(count)]
    return ListValue(subnets, call.span, via, references)


def _integer(value: Value) -> int | None:
    if not isinstance(value, Known) or isinstance(value.data, bool):
        return None
    text = as_written(value.data)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _undecided(reason: str, values: list[Value], call: IntrinsicCall) -> Value:
    """An Unknown with the reason of the first unknown argument, or else the one given."""
    reasons = [value.reason for value in values if isinstance(value, Unknown)]
    return Unknown(reasons[0] if reasons else reason, call.span, *provenance(values))
