"""A template to a unit: its resources and parameters with their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iacreview.evaluate.cloudformation import foreach, sam
from iacreview.evaluate.cloudformation.conditions import Assumptions, assuming, label
from iacreview.evaluate.cloudformation.intrinsics import FUNCTIONS
from iacreview.evaluate.cloudformation.scope import Scope
from iacreview.evaluate.cloudformation.texts import scalar_text
from iacreview.model.graph import Problem, Resource, Skipped, Unit
from iacreview.model.source import Source, Span
from iacreview.model.value import Known, ListValue, MapValue, Value
from iacreview.parse.cloudformation.nodes import DataNode, ListNode, MapNode, ScalarNode
from iacreview.tree import Tree

DIALECT = "cloudformation"
PARAMETER_TYPE = "AWS::CloudFormation::Parameter"


def evaluate_template(tree: Tree, source: Source, root: MapNode, parameters: Mapping[str, Value] | None = None) -> Unit:
    """The unit of one template: each resource by its logical id, each parameter as `Parameters.<Name>`.

    `parameters` are values that the caller gives, over the defaults. Never raises for what a template says: what
    cannot be evaluated is an Unknown with its reason, what is malformed a problem, what is left out is in `skipped`.
    `tree` is where the templates of nested stacks are.
    """
    template = _Template(source, root, parameters)
    resources = [*template.resources(), *template.parameters()]
    problems, skipped = template.scope.problems, template.skipped
    metadata = template.metadata()
    return Unit(source.path, DIALECT, resources, problems, skipped, [source.path], sources=[source], metadata=metadata)


class _Template:
    def __init__(self, source: Source, root: MapNode, given: Mapping[str, Value] | None) -> None:
        self.source = source
        self.skipped: list[Skipped] = []
        self.scope = Scope(source, self._without_loops(source, root, given), FUNCTIONS, given)
        self.shared = sam.shared_properties(self.scope) if "Globals" in root.entries else {}
        self._skip_macros(root.get("Transform"))

    def _without_loops(self, source: Source, root: MapNode, given: Mapping[str, Value] | None) -> MapNode:
        if foreach.PREFIX not in source.text:
            return root
        scope = Scope(source, root, FUNCTIONS, given)
        loops = foreach.Loops(lambda node: _strings(scope.value(node)))
        expanded = loops.expanded(root)
        for key in loops.left.values():
            self._skip(f"{key.text}: what it repeats is not known or too much", key)
        return expanded if isinstance(expanded, MapNode) else root

    def resources(self) -> Iterator[Resource]:
        scope = self.scope
        if "Resources" not in scope.root.entries:
            self._problem("the template has no Resources", scope.root, until=scope.root.start + 1)
        for name, (key, node) in scope.resources.entries.items():
            if name == "Fn::Transform":
                self._skip("Fn::Transform adds resources that are known at deployment", key)
            elif not name.startswith(foreach.PREFIX):
                resource = self._resource(name, key, node)
                if resource is not None:
                    yield resource

    def _resource(self, name: str, key: ScalarNode, node: DataNode) -> Resource | None:
        if not isinstance(node, MapNode):
            self._problem(f"resource {name} must be a mapping", key)
            return None
        kind = node.get("Type")
        if not isinstance(kind, ScalarNode) or not kind.text:
            self._problem(f"resource {name} has no Type", key)
            return None
        condition, assume, created = self._existence(node)
        if not created:
            self._skip(f"resource {name} is never created: its condition is false", key)
            return None
        header = self.scope.span(key)
        return Resource(
            name,
            kind.text,
            self._attributes(kind.text, node, header, assume),
            header,
            self._block(key, node),
            DIALECT,
            condition=condition,
            extras=self._extras(node, assume),
        )

    def _existence(self, node: MapNode) -> tuple[str | None, Assumptions, bool]:
        """When a resource exists, what is assumed inside of it, and whether it ever exists."""
        condition = node.get("Condition")
        if not isinstance(condition, ScalarNode):
            return None, (), True
        settled = self.scope.conditions.settled(condition.text)
        if settled is not None:
            return None, (), settled
        return label(condition.text, True), assuming((), condition.text, True), True

    def _attributes(self, kind: str, node: MapNode, header: Span, assume: Assumptions) -> MapValue:
        properties = node.get("Properties")
        own: Value = MapValue({}, header)
        if properties is not None and not (isinstance(properties, ScalarNode) and properties.value is None):
            own = self.scope.value(properties, assume)
        if not isinstance(own, MapValue):
            own = MapValue({}, own.span, own.via, own.references, complete=False)
        shared = self.shared.get(kind)
        return own if shared is None else sam.merged(shared, own, own.span, self.scope.budget)

    def _extras(self, node: MapNode, assume: Assumptions) -> MapValue:
        """The resource attributes beside Type and Properties."""
        rest = {name: entry for name, entry in node.entries.items() if name not in ("Type", "Properties")}
        return self.scope.map_value(MapNode(rest, None, node.start, node.end), assume)

    def _block(self, key: ScalarNode, node: DataNode) -> Span:
        # What an alias stands for is written elsewhere.
        end = node.end if node.start >= key.start else key.end
        return Span(self.source, key.start, end)

    def metadata(self) -> MapValue | None:
        """The template's own Metadata."""
        node = self.scope.root.get("Metadata")
        return self.scope.map_value(node, ()) if isinstance(node, MapNode) else None

    def parameters(self) -> Iterator[Resource]:
        for name, (key, node) in self.scope.parameters.declared.items():
            if not isinstance(node, MapNode):
                self._problem(f"parameter {name} must be a mapping", key)
                continue
            attributes = self.scope.map_value(node, ())
            header, block = self.scope.span(key), self._block(key, node)
            yield Resource(f"Parameters.{name}", PARAMETER_TYPE, attributes, header, block, DIALECT, "parameter")

    def _skip_macros(self, node: DataNode | None) -> None:
        for item in node.items if isinstance(node, ListNode) else [node]:
            name = item.get("Name") if isinstance(item, MapNode) else item
            own = isinstance(name, ScalarNode) and name.text.startswith("AWS::") and isinstance(item, ScalarNode)
            if isinstance(name, ScalarNode) and not own:
                self._skip(f"what the macro {name.text} changes is known at deployment", name)

    def _problem(self, message: str, node: DataNode, until: int | None = None) -> None:
        end = node.end if until is None else until
        self.scope.problems.append(Problem(message, Span(self.source, node.start, end)))

    def _skip(self, reason: str, node: DataNode) -> None:
        line = self.source.position(node.start).line
        self.skipped.append(Skipped(self.source.path, reason, line))


def _strings(value: Value) -> list[str] | None:
    """The strings of a list that is wholly known."""
    if not isinstance(value, ListValue) or not value.complete:
        return None
    texts = [scalar_text(item.data) for item in value.items if isinstance(item, Known)]
    return texts if len(texts) == len(value.items) else None
