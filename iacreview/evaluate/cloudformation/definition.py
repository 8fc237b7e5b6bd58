"""One entry under Resources: when it exists, and what it says."""

from __future__ import annotations

from iacreview.evaluate.cloudformation import sam
from iacreview.evaluate.cloudformation.scope import Removed, TemplateScope
from iacreview.model.guard import When
from iacreview.model.provenance import Reference
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.model.value import Choice, Known, ListValue, MapValue, Value
from iacreview.parse.data.nodes import DataNode, MapNode, ScalarNode

MODULE = "::MODULE"
# What deploys templates that stand elsewhere.
_DEPLOYING = {
    "AWS::CloudFormation::StackSet": "stack set",
    "AWS::ServiceCatalog::CloudFormationProvisionedProduct": "provisioned product",
}


class Existence(NamedTuple):
    """The guards under which a resource exists, those that are assumed inside of it, and whether it ever exists."""

    when: When
    assume: When
    ever: bool


class ResourceDefinition:
    """A resource as it is written, in the scope of the file that it is written in."""

    def __init__(self, scope: TemplateScope, key: ScalarNode, node: MapNode, kind: str) -> None:
        self.scope = scope
        self.key = key
        self.node = node
        self.kind = kind
        self.header = scope.span(key)

    def existence(self, deployed: bool) -> Existence:
        """See Existence. As it is written, not `deployed`, what is conditional can exist, whatever settles it."""
        condition = self.node.get("Condition")
        if not isinstance(condition, ScalarNode):
            return Existence((), (), True)
        settled = self.scope.conditions.settled(condition.text)
        if settled is not None and deployed:
            return Existence((), (), settled)
        holds = (self.scope.conditions.guard(condition.text, True),)
        return Existence(holds, () if settled is False else holds, True)

    def attributes(self, common: MapValue | None, assume: When) -> MapValue:
        """The Properties, over those that all resources of the type have in common."""
        properties = self.node.get("Properties")
        own: Value = MapValue({}, self.header)
        if properties is not None and not (isinstance(properties, ScalarNode) and properties.value is None):
            own = _by_entry(self.scope.value(properties, assume))
        if not isinstance(own, MapValue):
            own = MapValue({}, own.span, own.via, own.references, complete=False)
        return own if common is None else sam.merged(common, own, own.span, self.scope.budget)

    def extras(self, assume: When) -> MapValue:
        """The resource attributes beside Type and Properties; what DependsOn names is a reference."""
        node = self.node
        rest = {name: entry for name, entry in node.entries.items() if name not in ("Type", "Properties")}
        extras = self.scope.map_value(MapNode(rest, None, node.start, node.end), assume)
        depends = extras.entries.get("DependsOn")
        for item in depends.items if isinstance(depends, ListValue) else [depends]:
            if isinstance(item, Known) and isinstance(item.data, str):
                item.references = (*item.references, Reference(self.scope.prefix + item.data))
        return extras

    @property
    def block(self) -> Span:
        """The whole of the definition."""
        return block(self.scope, self.key, self.node)

    @property
    def deploys(self) -> str:
        """What it is called where it deploys resources that nobody can know from here; empty where it does not."""
        if self.kind.endswith(MODULE):
            return "module"
        return _DEPLOYING.get(self.kind, "")


def _by_entry(value: Value) -> Value:
    """A choice between mappings as one mapping, each of whose entries is the choice; other values as they are."""
    if not isinstance(value, Choice) or not all(isinstance(each, MapValue) for _, each in value.branches):
        return value
    maps = [(when, each) for when, each in value.branches if isinstance(each, MapValue)]
    missing = Removed(None, value.span)
    names = dict.fromkeys(name for _, each in maps for name in each.entries)
    entries = {
        name: Choice([(when, each.entries.get(name, missing)) for when, each in maps], value.span) for name in names
    }
    keys = {name: span for _, each in maps for name, span in each.keys.items()}
    return MapValue(entries, value.span, keys=keys, complete=all(each.complete for _, each in maps))


def block(scope: TemplateScope, key: ScalarNode, node: DataNode) -> Span:
    """From the key to the end of what it names."""
    # What an alias stands for is written elsewhere.
    end = node.end if node.start >= key.start else key.end
    return scope.source.span(key.start, end)
