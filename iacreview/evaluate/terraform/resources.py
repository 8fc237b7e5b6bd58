"""Resources and data sources: their attributes, and what other expressions see of them."""

from __future__ import annotations

from collections.abc import Mapping

from iacreview.evaluate.terraform.blocks import evaluate_body
from iacreview.evaluate.terraform.configuration import Definition
from iacreview.evaluate.terraform.scope import Scope
from iacreview.evaluate.terraform.values import ResourceValue
from iacreview.model.source import Span
from iacreview.model.value import Known, ListValue, MapValue, Value

# What Terraform itself reads: no argument of the provider's.
_META = frozenset({"count", "for_each", "depends_on", "lifecycle", "provider"})


def instance_attributes(definition: Definition, scope: Scope) -> MapValue:
    """The configured attributes of one instance; a policy document also gets its `json`."""
    attributes = [found for name, found in definition.attributes.items() if name not in _META]
    blocks = [found for found in definition.blocks if found[0].type not in _META]
    value = evaluate_body(attributes, blocks, scope, definition.span)
    if definition.block.type == "data" and definition.label(0) == "aws_iam_policy_document":
        from iacreview.evaluate.terraform.policy_document import with_json

        return with_json(value)
    return value


def ignored_changes(definition: Definition) -> MapValue | None:
    """What Terraform leaves alone once it is made (`lifecycle { ignore_changes }`): names of arguments, or `all`."""
    import re

    for block, source in definition.blocks:
        if block.type != "lifecycle":
            continue
        attribute = block.body.attributes.get("ignore_changes")
        if attribute is not None:
            text = source.text[attribute.expression.start : attribute.expression.end]
            names = [Known(name) for name in re.findall(r"(?:^|[\[,])\s*([A-Za-z_][\w-]*)", text)]
            return MapValue({"ignore_changes": ListValue(names)}, Span(source, block.start, block.end))
    return None


def resource_value(definition: Definition, address: str, entries: Mapping[str, Value]) -> ResourceValue:
    """An instance as a value: what is not configured is known after apply, or at plan for data sources."""
    reason = "known at plan" if definition.block.type == "data" else "known after apply"
    return ResourceValue(address, reason, entries, definition.header)
