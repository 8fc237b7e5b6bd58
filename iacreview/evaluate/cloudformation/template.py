"""A template to a unit: its resources and parameters with their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iacreview.evaluate.cloudformation import foreach, sam
from iacreview.evaluate.cloudformation.cdk import Assembly
from iacreview.evaluate.cloudformation.circles import circular_conditions, circular_resources
from iacreview.evaluate.cloudformation.collected import Collected
from iacreview.evaluate.cloudformation.definition import ResourceDefinition, block
from iacreview.evaluate.cloudformation.intrinsics import FUNCTIONS
from iacreview.evaluate.cloudformation.macros import add_included, calls_of, leave_open, macros_of
from iacreview.evaluate.cloudformation.nesting import LOCATIONS, MAX_STACKS, StackPlace, included_file, nested_template
from iacreview.evaluate.cloudformation.scope import Surroundings, TemplateScope
from iacreview.evaluate.cloudformation.serverless import Serverless, transform_of
from iacreview.evaluate.cloudformation.texts import as_written
from iacreview.evaluate.solver import Solver
from iacreview.model.finding import MADE_BY_SAM
from iacreview.model.graph import Open, Problem, Resource, Unit
from iacreview.model.guard import together
from iacreview.model.parts import is_sensitive, references_within
from iacreview.model.patterns import later
from iacreview.model.provenance import Step
from iacreview.model.source import Skipped, Source, Span
from iacreview.model.value import Known, ListValue, MapValue, Value
from iacreview.parse.cloudformation.recognition import is_packaged
from iacreview.parse.data.nodes import DataNode, MapNode, ScalarNode
from iacreview.tree import Tree

DIALECT = "cloudformation"
PARAMETER_TYPE = "AWS::CloudFormation::Parameter"
OUTPUT_TYPE = "AWS::CloudFormation::Output"
MAPPINGS_TYPE = "Template::Mappings"
MACRO_TYPE = "Template::Macro"
# A cheap test that may only say "certainly nothing": what names of secrets, and tokens, have in them.
_SECRET_WORDS = ("pass", "pw", "pswd", "secret", "cred", "token", "key", "pat", "psk", "salt", "://", "akia", "\\")
_LONG = later(r"(?<![\w.-])[\w.-]{24,}|-----BEGIN")


def evaluate_template(
    tree: Tree,
    source: Source,
    root: MapNode,
    parameters: Mapping[str, Value] | None = None,
    deployed: bool = True,
    place: StackPlace | None = None,
) -> Unit:
    """The unit of one template: resources by their logical ids, parameters and outputs as `Parameters.<Name>`,
    `Outputs.<Name>`.

    The resources of nested stacks whose templates are in the tree are part of it, as `Stack.LogicalId`. `parameters`
    are values that the caller gives, over the defaults. With `deployed`, serverless resources are what SAM makes of
    them, and what no deployment creates is left out. Never raises for what a template says: what cannot be evaluated is
    an Unknown with its reason, what is malformed a problem, what is left out is in `skipped`.
    """
    template = _Template(source, root, parameters, place or StackPlace(tree), Collected(deployed))
    resources = list(template.everything())
    shared = template.shared
    if not template.is_rewritten():
        shared.problems += circular_resources(resources)
    return Unit(
        source.path,
        DIALECT,
        resources,
        shared.problems,
        shared.skipped,
        list(shared.sources),
        sources=list(shared.sources.values()),
        metadata=template.metadata(),
        open=shared.open,
        unread_stacks=shared.unread,
        possible=shared.solver.possible,
        is_cut=lambda: shared.solver.cut,
        written=shared.written,
    )


class _Template:
    def __init__(
        self, source: Source, root: MapNode, given: Mapping[str, Value] | None, place: StackPlace, shared: Collected
    ) -> None:
        self.source = source
        self.place = place
        self.shared = shared
        self.skipped = shared.skipped
        self._children: dict[str, _Template | None] = {}
        self._assembly = Assembly(place.tree, source.path, place.chain[0] if place.chain else None)
        shared.sources.setdefault(source.path, source)
        shared.stacks += 1
        expanded = self._without_loops(source, root, given)
        self.macros = list(macros_of(expanded))
        self.serverless = Serverless(source, expanded, transform_of(self.macros), shared)
        around = Surroundings(shared.solver, place.prefix, place.opened, place.always)
        self.scope = TemplateScope(source, self.serverless.root, FUNCTIONS, given, around, self._output, self._included)
        self.globals = sam.shared_properties(self.scope) if "Globals" in root.entries else {}
        # The scopes of resources that other files add.
        self.elsewhere = add_included(self.scope, self.macros, shared)

    def everything(self) -> Iterator[Resource]:
        """All resources, parameters and outputs, those of nested stacks after their own."""
        for resource in self.resources():
            yield resource
            if resource.type in LOCATIONS:
                child = self.child(resource.address.removeprefix(self.place.prefix))
                if child is not None:
                    yield from child.everything()
        yield from self.parameters()
        yield from self.outputs()
        self.shared.written += (*self._mappings(), *self._calls())
        self.shared.problems += circular_conditions(self.source, self.scope.conditions.declared)
        self.shared.problems += self.scope.problems
        self.scope.problems.clear()
        if self.scope.budget.exceeded:
            start = self.scope.root.start
            message = f"not reviewed: {self.scope.budget.TOO_MUCH}"
            self.shared.problems.append(Problem(message, Span(self.source, start, start + 1)))

    def child(self, name: str) -> _Template | None:
        """The template of a nested stack, by the stack's logical id; None where it is not in the tree."""
        if name not in self._children:
            self._children[name] = None  # a stack whose parameters depend on its own outputs
            self._children[name] = self._nested(name)
        return self._children[name]

    def _nested(self, name: str) -> _Template | None:
        found = self.scope.resources.entries.get(name)
        resource = self._resource(name, *found) if found is not None else None
        if resource is None or resource.type not in LOCATIONS:
            return None
        if self.shared.stacks > MAX_STACKS:
            self.shared.tell_of_too_many(resource)
            return None
        nested = nested_template(self.place, self.source.path, resource, self._assembly)
        self.shared.problems += nested.problems
        if nested.source is None or nested.root is None:
            self.shared.unread.append(resource)
            reason = f"nested stack {name}: {nested.reason}"
            if nested.problem:
                self.shared.problems.append(Problem(reason, resource.header))
            else:
                line = resource.header.first.line
                self.skipped.append(Skipped(self.source.path, reason, line))
            return None
        given = resource.attributes.entries.get("Parameters")
        place = StackPlace(
            self.place.tree,
            f"{self.place.prefix}{name}.",
            (*self.place.chain, self.source.path),
            (Step(f"nested stack {self.place.prefix}{name}", resource.header), *self.place.via),
            (resource.block, *self.place.calls),
            self._opened(name),
            resource.conditions,
            self.place.templates,
        )
        values = dict(given.entries) if isinstance(given, MapValue) else {}
        return _Template(nested.source, nested.root, values, place, self.shared)

    def _opened(self, stack: str) -> dict[str, Value]:
        """The parameters of a nested stack as conditions see them, where they are written as a mapping."""
        node: DataNode | None = self.scope.resources.entries[stack][1]
        for key in ("Properties", "Parameters"):
            node = node.get(key) if isinstance(node, MapNode) else None
        entries = node.entries if isinstance(node, MapNode) and node.tag is None else {}
        conditions = self.scope.conditions
        return {
            name: conditions.open_value(child) for name, (_, child) in entries.items() if not name.startswith("Fn::")
        }

    def _output(self, stack: str, name: str) -> Value | None:
        """An output of a nested stack, as a resource of this template sees it."""
        child = self.child(stack) if self._nests(stack) else None
        return child.output(name) if child is not None else None

    def _included(self, location: str) -> tuple[Source, DataNode] | None:
        """A file that AWS::Include names by its path, as `aws cloudformation package` takes it."""
        found = included_file(self.place.tree, self.source.path, location)
        if found is None:
            return None
        source, root, problems = found
        if source.path not in self.shared.sources:
            self.shared.problems += problems
        self.shared.sources.setdefault(source.path, source)
        return (source, root) if root is not None else None

    def _nests(self, name: str) -> bool:
        found = self.scope.resources.entries.get(name)
        kind = found[1].get("Type") if found is not None and isinstance(found[1], MapNode) else None
        return isinstance(kind, ScalarNode) and kind.text in LOCATIONS

    def output(self, name: str) -> Value | None:
        """The value of one of the template's Outputs."""
        node = self.scope.section("Outputs").get(name)
        value = node.get("Value") if isinstance(node, MapNode) else None
        return self.scope.value(value) if value is not None else None

    def _without_loops(self, source: Source, root: MapNode, given: Mapping[str, Value] | None) -> MapNode:
        if foreach.PREFIX not in source.text:
            return root
        around = Surroundings(Solver(), self.place.prefix, self.place.opened)
        scope = TemplateScope(source, root, FUNCTIONS, given, around)
        loops = foreach.Loops(lambda node: _elements(scope, node))
        expanded = loops.expanded(root)
        for key in loops.open.values():
            self.shared.skip(f"{key.text}: what it repeats is known at deployment", source, key)
        for key, reason in loops.refused.values():
            self.shared.problems.append(Problem(f"{key.text}: {reason}", Span(source, key.start, key.end)))
        return expanded if isinstance(expanded, MapNode) else root

    def resources(self) -> Iterator[Resource]:
        scope = self.scope
        if "Resources" not in scope.root.entries:
            start = scope.root.start
            scope.problems.append(Problem("the template has no Resources", Span(self.source, start, start + 1)))
        for name, (key, node) in scope.resources.entries.items():
            if not name.startswith(foreach.PREFIX):
                resource = self._resource(name, key, node)
                if resource is not None:
                    yield resource

    def _resource(self, name: str, key: ScalarNode, node: DataNode) -> Resource | None:
        scope = self.elsewhere.get(name, self.scope)
        if not isinstance(node, MapNode):
            self._problem(f"resource {name} must be a mapping", scope, key)
            return None
        kind = node.get("Type")
        if is_packaged(kind):
            reason = "what a Rain module makes is known when it is packaged: review what `rain pkg` writes"
            self.shared.leave_open(Open(self.place.prefix + name, "Rain::Module", reason, scope.span(key)))
            return None
        if not isinstance(kind, ScalarNode) or not kind.text:
            self._problem(f"resource {name} has no Type", scope, key)
            return None
        definition = ResourceDefinition(scope, key, node, kind.text)
        when, assume, ever = definition.existence(self.shared.deployed)
        if not ever:
            self.shared.skip(f"resource {name} is never created: its condition is false", scope.source, key)
            return None
        address = self.place.prefix + name
        if definition.deploys:
            reason = f"what the {definition.deploys} deploys is known at deployment"
            self.shared.leave_open(Open(address, kind.text, reason, definition.header, given=True))
        extras = definition.extras(assume)
        attributes = definition.attributes(self.globals.get(kind.text), assume)
        leave_open(scope, address, kind.text, self.shared)
        metadata = extras.entries.get("Metadata")
        made = self._assembly.steps(name, metadata if isinstance(metadata, MapValue) else None, definition.header)
        return Resource(
            address,
            kind.text,
            attributes,
            definition.header,
            definition.block,
            DIALECT,
            conditions=together(self.place.always, when),
            via=(*self._made_for(name), *made, *self.place.via),
            extras=extras,
            calls=self.place.calls,
            written_as=self.serverless.written_as(name),
            written_for=self._written_for(name),
        )

    def _written_for(self, name: str) -> tuple[str, str] | None:
        """The address and type of the serverless resource that a resource is made for."""
        found = self.serverless.written_for(name)
        return (self.place.prefix + found[0], found[1]) if found is not None else None

    def _made_for(self, name: str) -> tuple[Step, ...]:
        """What SAM made a resource for, where that is not the resource of the same name."""
        key = self.serverless.maker(name)
        return (Step(f"{MADE_BY_SAM}{key.text}", self.scope.span(key)),) if key is not None else ()

    def metadata(self) -> MapValue | None:
        """The template's own Metadata."""
        node = self.scope.root.get("Metadata")
        return self.scope.map_value(node, ()) if isinstance(node, MapNode) else None

    def parameters(self) -> Iterator[Resource]:
        for name, (key, node) in self.scope.parameters.declared.items():
            if not isinstance(node, MapNode):
                self._problem(f"parameter {name} must be a mapping", self.scope, key)
                continue
            attributes = self.scope.map_value(node, ())
            header, whole = self.scope.span(key), block(self.scope, key, node)
            address = f"{self.place.prefix}Parameters.{name}"
            yield Resource(address, PARAMETER_TYPE, attributes, header, whole, DIALECT, "parameter", via=self.place.via)

    def _mappings(self) -> Iterator[Resource]:
        """The mappings that may hold a secret, whichever entry is taken."""
        for name, (key, node) in self.scope.mappings.entries.items():
            span = self.scope.span(node)
            if isinstance(node, MapNode) and _may_hold_secret(span.text):
                whole = block(self.scope, key, node)
                values = MapValue({name: self.scope.map_value(node, ())}, whole)
                address, header = f"{self.place.prefix}Mappings.{name}", self.scope.span(key)
                yield Resource(address, MAPPINGS_TYPE, values, header, whole, DIALECT, "written", via=self.place.via)

    def _calls(self) -> Iterator[Resource]:
        """The calls of macros, with what they are given."""
        for name, key, node in calls_of(self.scope):
            given, header, whole = self.scope.map_value(node, ()), self.scope.span(key), self.scope.span(node)
            address = f"{self.place.prefix}{name}"
            yield Resource(address, MACRO_TYPE, given, header, whole, DIALECT, "written", via=self.place.via)

    def outputs(self) -> Iterator[Resource]:
        for name, (key, node) in self.scope.section("Outputs").entries.items():
            if not isinstance(node, MapNode) or name.startswith("Fn::"):
                continue
            definition = ResourceDefinition(self.scope, key, node, OUTPUT_TYPE)
            when, assume, ever = definition.existence(self.shared.deployed)
            if ever:
                yield Resource(
                    f"{self.place.prefix}Outputs.{name}",
                    OUTPUT_TYPE,
                    self.scope.map_value(node, assume),
                    definition.header,
                    definition.block,
                    DIALECT,
                    "output",
                    together(self.place.always, when),
                    self.place.via,
                )

    def is_rewritten(self) -> bool:
        """Whether macros make other resources of those that are written."""
        return any(name.text != "AWS::LanguageExtensions" for name, _ in self.macros)

    def _problem(self, message: str, scope: TemplateScope, node: DataNode) -> None:
        self.scope.problems.append(Problem(message, scope.span(node)))


def _may_hold_secret(text: str) -> bool:
    lower = text.lower()
    return any(word in lower for word in _SECRET_WORDS) or _LONG.search(text) is not None


def _elements(scope: TemplateScope, node: DataNode) -> list[str] | None:
    """What a loop goes over; None where it depends on parameters that only a deployment knows."""
    value = scope.value(node)
    if isinstance(value, ListValue) and value.complete:
        # What is to be shown nowhere gives no resource its name.
        texts = [as_written(item.data) for item in value.items if isinstance(item, Known) and not is_sensitive(item)]
        if len(texts) == len(value.items):
            return texts
    names = [reference.address for reference in references_within(value)]
    if not names or any(name.removeprefix(scope.prefix) in scope.resources.entries for name in names):
        raise foreach.LoopError("its collection must be a list that is known before anything is deployed")
    return None
