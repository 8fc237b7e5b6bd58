"""Resources and data sources: their attributes, and what other expressions see of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iacreview.evaluate.terraform.blocks import evaluate_body
from iacreview.evaluate.terraform.configuration import Content, Definition, nested_type
from iacreview.evaluate.terraform.scope import ModuleNames, Scope
from iacreview.evaluate.terraform.values import ResourceValue
from iacreview.model.value import MapValue, Value
from iacreview.parse.terraform.nodes import Expression, GetAttr, Index, Name, Tuple

# What gives out what it is given, by another name ("The terraform_data managed resource type"; the null provider).
_MIRRORS = {"terraform_data": ("input", "output"), "null_data_source": ("inputs", "outputs")}


def instance_attributes(definition: Definition, scope: Scope) -> MapValue:
    """The configured attributes of one instance; a policy document also gets its `json`."""
    return _with_json(definition, evaluate_body(definition.content, scope, definition.span))


def fallible(definition: Definition, module: ModuleNames) -> frozenset[str]:
    """The arguments and blocks, evaluated before, that may be others where conditions do not fall as by default."""
    content, has_fallen = definition.content, module.conditions.has_fallen
    names = [each.name for each, _ in content.attributes if has_fallen(each)]
    return frozenset((*names, *(nested_type(each) for each, _ in content.blocks if has_fallen(each))))


def instance_otherwise(definition: Definition, scope: Scope, usual: MapValue, names: frozenset[str]) -> MapValue:
    """The attributes of an instance in another scope, in which only some names may be others than `usual`."""
    content = definition.content
    attributes = [each for each in content.attributes if each[0].name in names]
    blocks = [each for each in content.blocks if nested_type(each[0]) in names]
    other = evaluate_body(Content(attributes, blocks), scope, definition.span)
    kept = {name: value for name, value in usual.entries.items() if name not in names}
    return _with_json(definition, MapValue({**kept, **other.entries}, definition.span, keys=usual.keys))


def _with_json(definition: Definition, value: MapValue) -> MapValue:
    if definition.block.type == "data" and definition.label(0) == "aws_iam_policy_document":
        from iacreview.evaluate.terraform.policy_document import with_json

        return with_json(value)
    return value


def left_alone(definition: Definition) -> frozenset[str]:
    """The arguments that `ignore_changes` names: what is written there counts at creation alone; `*` are all.

    Source: "The lifecycle Meta-Argument" (Terraform documentation).
    """
    found: set[str] = set()
    for block, _ in definition.blocks:
        attribute = block.body.attributes.get("ignore_changes") if block.type == "lifecycle" else None
        if attribute is not None:
            found.update(_named(attribute.expression))
    return frozenset(found)


def _named(node: Expression) -> Iterator[str]:
    if isinstance(node, Name):
        yield "*" if node.name == "all" else node.name
    elif isinstance(node, Tuple):
        for item in node.items:
            while isinstance(item, (GetAttr, Index)):
                item = item.object
            if isinstance(item, Name):
                yield item.name


def resource_value(definition: Definition, address: str, entries: Mapping[str, Value]) -> ResourceValue:
    """An instance as a value: what is not configured is known after apply, or at plan for data sources."""
    reason = "known at plan" if definition.block.type == "data" else "known after apply"
    given, name = _MIRRORS.get(definition.label(0), ("", ""))
    if given in entries:
        entries = {**entries, name: entries[given]}
    return ResourceValue(address, reason, entries, definition.header)
