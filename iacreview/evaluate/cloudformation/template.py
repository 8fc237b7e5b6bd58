"""A template to a unit: its resources and parameters with their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iacreview.evaluate.cloudformation import foreach, sam
from iacreview.evaluate.cloudformation.cdk import Assembly
from iacreview.evaluate.cloudformation.circles import circular_conditions, circular_resources
from iacreview.evaluate.cloudformation.definition import ResourceDefinition, block
from iacreview.evaluate.cloudformation.intrinsics import FUNCTIONS
from iacreview.evaluate.cloudformation.nesting import LOCATIONS, MAX_STACKS, StackPlace, included_file, nested_template
from iacreview.evaluate.cloudformation.scope import Surroundings, TemplateScope
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
from iacreview.parse.data.nodes import DataNode, ListNode, MapNode, ScalarNode
from iacreview.tree import Tree

DIALECT = "cloudformation"
PARAMETER_TYPE = "AWS::CloudFormation::Parameter"
OUTPUT_TYPE = "AWS::CloudFormation::Output"
MAPPINGS_TYPE = "Template::Mappings"
# A cheap test that may only say "certainly nothing": what names of secrets, and tokens, have in them.
_SECRET_WORDS = ("pass", "pw", "pswd", "secret", "cred", "token", "key", "pat", "psk", "salt", "://", "akia", "\\")
_LONG = later(r"[\w.-]{24,}|-----BEGIN")
MACRO = "AWS::CloudFormation::Macro"


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
    template = _Template(source, root, parameters, place or StackPlace(tree), _Shared(deployed))
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


class _Shared:
    """What a template and the stacks that it nests gather together."""

    def __init__(self, deployed: bool) -> None:
        self.deployed = deployed
        self.problems: list[Problem] = []
        self.skipped: list[Skipped] = []
        self.sources: dict[str, Source] = {}
        self.open: list[Open] = []
        self.written: list[Resource] = []
        self.unread: list[Resource] = []
        self.stacks = 0
        self.solver = Solver()


class _Template:
    def __init__(
        self, source: Source, root: MapNode, given: Mapping[str, Value] | None, place: StackPlace, shared: _Shared
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
        self.macros = list(_macros(expanded))
        self.made_for: Mapping[str, ScalarNode] = {}
        self._serverless: Mapping[str, tuple[ScalarNode, DataNode]] = {}
        deployed = self._without_serverless(expanded)
        around = Surroundings(shared.solver, place.prefix, place.opened, place.always)
        self.scope = TemplateScope(source, deployed, FUNCTIONS, given, around, self._output, self._included)
        self.globals = sam.shared_properties(self.scope) if "Globals" in root.entries else {}
        # The scopes of resources that other files add.
        self.elsewhere: dict[str, TemplateScope] = {}
        self._include()

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
        self.shared.written += self._mappings()
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
            self._too_many(resource)
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

    def _too_many(self, stack: Resource) -> None:
        """Says once that no more nested stacks are reviewed."""
        reason = f"more than {MAX_STACKS} nested stacks: from here on they are not reviewed"
        if all(each.message != reason for each in self.shared.problems):
            self.shared.problems.append(Problem(reason, stack.header))

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
            self._skip(f"{key.text}: what it repeats is known at deployment", source, key)
        for key, reason in loops.refused.values():
            self.shared.problems.append(Problem(f"{key.text}: {reason}", Span(source, key.start, key.end)))
        return expanded if isinstance(expanded, MapNode) else root

    def _without_serverless(self, root: MapNode) -> MapNode:
        """The template as AWS SAM deploys it, where that can be told."""
        transform = next((name for name, _ in self.macros if name.text.startswith(sam.TRANSFORM)), None)
        if transform is None or not self.shared.deployed:
            return root
        from iacreview.evaluate.cloudformation.sam_translation import TranslationError, translated

        try:
            translation = translated(root)
        except ImportError:
            self._skip("what SAM makes of it is not judged: install iacreview[sam] for that", self.source, transform)
            return root
        except TranslationError as error:
            self._skip(f"SAM: {error}; it is judged as it is written", self.source, transform)
            return root
        for key in translation.refused:
            self._skip(
                f"SAM refuses {key.text} (`sam validate` tells why): it is judged as it is written", self.source, key
            )
        self.made_for = translation.made_for
        written = root.get("Resources")
        self._serverless = written.entries if isinstance(written, MapNode) else {}
        return translation.root

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
            self._leave_open(Open(self.place.prefix + name, "Rain::Module", reason, scope.span(key)))
            return None
        if not isinstance(kind, ScalarNode) or not kind.text:
            self._problem(f"resource {name} has no Type", scope, key)
            return None
        definition = ResourceDefinition(scope, key, node, kind.text)
        when, assume, ever = definition.existence(self.shared.deployed)
        if not ever:
            self._skip(f"resource {name} is never created: its condition is false", scope.source, key)
            return None
        address = self.place.prefix + name
        if definition.deploys:
            reason = f"what the {definition.deploys} deploys is known at deployment"
            self._leave_open(Open(address, kind.text, reason, definition.header, given=True))
        extras = definition.extras(assume)
        attributes = definition.attributes(self.globals.get(kind.text), assume)
        self._leave_macros_open(scope, address, kind.text)
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
            written_as=self._written_as(name),
            written_for=self._written_for(name),
        )

    def _written_as(self, name: str) -> str:
        """The type of the serverless resource that this one is under another type."""
        return self._serverless_type(name) if name in self.made_for else ""

    def _written_for(self, name: str) -> tuple[str, str] | None:
        """The address and type of the serverless resource that this one is made for; an implicit API is nobody's."""
        key = self.made_for.get(name)
        type = self._serverless_type(key.text) if key is not None and name.startswith(key.text) else ""
        return (self.place.prefix + key.text, type) if key is not None and type else None

    def _serverless_type(self, name: str) -> str:
        node = self._serverless[name][1] if name in self._serverless else None
        kind = node.get("Type") if isinstance(node, MapNode) else None
        return kind.text if isinstance(kind, ScalarNode) else ""

    def _made_for(self, name: str) -> tuple[Step, ...]:
        """What SAM made a resource for, where that is not the resource of the same name."""
        key = self.made_for.get(name)
        if key is None or key.text == name:
            return ()
        return (Step(f"{MADE_BY_SAM}{key.text}", self.scope.span(key)),)

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

    def _include(self) -> None:
        """Adds the resources of files that AWS::Include names, at the top or under Resources; names other macros."""
        own = self.scope.resources
        self.scope.resources = MapNode(dict(own.entries), None, own.start, own.end)
        key, transform = self.scope.resources.entries.pop("Fn::Transform", (None, None))
        if key is not None and transform is not None and not self._add_resources(self.scope.opened(transform)):
            reason = "what a macro adds to the resources is known at deployment"
            self._leave_open(Open(key.text, MACRO, reason, self.scope.span(key)))
        for macro, node in self.macros:
            if isinstance(node, MapNode) and self._add_template(self.scope.opened(node)):
                continue
            if isinstance(node, MapNode) or not macro.text.startswith("AWS::"):
                reason = f"what the macro {macro.text} changes is known at deployment"
                self._leave_open(Open(macro.text, MACRO, reason, self.scope.span(macro)))

    def _add_template(self, opened: tuple[TemplateScope, DataNode] | None) -> bool:
        """Adds what a file says beside the template; False where that is more than resources."""
        if opened is None or not isinstance(opened[1], MapNode) or set(opened[1].entries) != {"Resources"}:
            return False
        return self._add_resources((opened[0], opened[1].entries["Resources"][1]))

    def _add_resources(self, opened: tuple[TemplateScope, DataNode] | None) -> bool:
        if opened is None or not isinstance(opened[1], MapNode):
            return False
        for name, entry in opened[1].entries.items():
            if name not in self.scope.resources.entries:
                self.elsewhere[name] = opened[0]
                self.scope.resources.entries[name] = entry
        return True

    def _leave_macros_open(self, scope: TemplateScope, address: str, type: str) -> None:
        """Says of a resource that macros which only a deployment knows add to it, or put other values in."""
        for span in scope.macros:
            self._leave_open(Open(address, type, f"what a macro makes of {address} is known at deployment", span))
        scope.macros.clear()

    def _leave_open(self, open: Open) -> None:
        if open not in self.shared.open:
            self.shared.open.append(open)

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

    def _skip(self, reason: str, source: Source, node: DataNode) -> None:
        skipped = Skipped(source.path, reason, source.position(node.start).line)
        if skipped not in self.skipped:
            self.skipped.append(skipped)


def _may_hold_secret(text: str) -> bool:
    lower = text.lower()
    return any(word in lower for word in _SECRET_WORDS) or _LONG.search(text) is not None


def _macros(root: MapNode) -> Iterator[tuple[ScalarNode, DataNode]]:
    """The names of the template's transforms, and how each is written."""
    node = root.get("Transform")
    for item in node.items if isinstance(node, ListNode) else [node]:
        name = item.get("Name") if isinstance(item, MapNode) else item
        if isinstance(name, ScalarNode) and item is not None:
            yield name, item


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
