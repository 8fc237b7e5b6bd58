"""A Terraform plan in JSON to a unit.

Source: Terraform's documentation, "JSON Output Format". A plan shows what will be deployed, the provider's defaults
included; its configuration section and the files beside it tell what each value was made from and where.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from iacreview.evaluate.plan.aspects import Aspects
from iacreview.evaluate.plan.attributes import Attributes
from iacreview.evaluate.plan.configuration import ModuleConfiguration, ModuleInstance
from iacreview.evaluate.plan.declarations import declarations, given_variables
from iacreview.evaluate.plan.document import Planned, changes, child, hidden, is_true, modules, planned, text
from iacreview.evaluate.plan.files import Files, files_beside
from iacreview.evaluate.plan.matching import Matching
from iacreview.evaluate.plan.references import Resolver, Standpoint
from iacreview.evaluate.terraform.root import DIALECT, MAX_RESOURCES
from iacreview.model.graph import Problem, Resource, Unit
from iacreview.model.source import Skipped, Source, Span
from iacreview.parse.data.json_document import JsonError, parse_json
from iacreview.parse.data.nodes import DataNode, ListNode, MapNode, ScalarNode
from iacreview.tree import Tree


def evaluate_plan(tree: Tree, source: Source, problem: Problem | None = None) -> Unit:
    """The resources of a plan, at the places of the configuration's files where those are in the tree.

    Of one with a `problem`, which cannot be read as a whole, that is all.
    Never raises for what the plan holds: that becomes a problem, a skipped part or an unknown value.
    """
    if problem is not None:
        return _without_resources(source, problem)
    try:
        root = parse_json(source)
    except JsonError as error:
        start = min(error.offset, len(source.text))
        place = Span(source, start, min(start + 1, len(source.text)))
        return _without_resources(source, problem=Problem(f"not readable as JSON: {error.message}", place))
    version = text(child(root, "format_version"))
    if not isinstance(root, MapNode) or not version:
        return _without_resources(source, skipped="not a Terraform plan: it has no format_version")
    if version.partition(".")[0] != "1":
        return _without_resources(source, skipped="a Terraform plan of another format_version than 1")
    if not isinstance(child(root, "planned_values", "root_module"), MapNode):
        span = Span(source, root.start, root.start + 1)
        return _without_resources(source, problem=Problem("the plan has no planned_values with a root_module", span))
    return _Plan(tree, source, root).unit()


def _without_resources(source: Source, problem: Problem | None = None, skipped: str = "") -> Unit:
    left_out = [Skipped(source.path, skipped)] if skipped else []
    # Its text may hold secrets that nobody has told apart: all of it is one.
    secrets = [Span(source, 0, len(source.text))]
    return Unit(
        source.path,
        DIALECT,
        [],
        [problem] if problem else [],
        left_out,
        [source.path],
        secrets=secrets,
    )


class _Plan:
    """One plan while its resources are made."""

    def __init__(self, tree: Tree, source: Source, root: MapNode) -> None:
        self.source = source
        self.root = root
        self.planned = list(planned(root))
        self.changes = changes(root)
        self.secrets = [Span(source, node.start, node.end) for node in hidden(root)]
        self.configuration = ModuleInstance(ModuleConfiguration(child(root, "configuration", "root_module")))
        given = given_variables(root, self.configuration)
        self.given = frozenset(f"var.{name}" for name in given)
        self.resolver = Resolver({each.address for each in self.planned}, _variables(root))
        self.files: Files = files_beside(tree, source.path, given)
        self.matching = Matching()
        self._instances: dict[str, ModuleInstance] = {}

    def unit(self) -> Unit:
        resources = [self._resource(each) for each in self.planned[:MAX_RESOURCES]]
        problems: list[Problem] = []
        if len(self.planned) > MAX_RESOURCES:
            problems.append(Problem("the plan is too large to be evaluated as a whole", resources[0].header))
        problems += self._unplanned()
        instances = [self.configuration, *map(self._instance, modules(self.root)[:MAX_RESOURCES])]
        everything = declarations(self.source, self.root, instances, self.resolver)
        declared = {each.address: each for each in islice(everything, MAX_RESOURCES)}
        declared |= {each.address: each for each in self.files.declared()}
        beside = self.files.unit
        return Unit(
            self.source.path,
            DIALECT,
            [*declared.values(), *resources],
            problems,
            [Skipped(self.source.path, reason) for reason in _left_out(self.root)],
            [self.source.path],
            moved=beside.moved if beside else (),
            sources=beside.sources if beside else (),
            secrets=self.secrets,
            configuration=beside.path if beside else None,
        )

    def _unplanned(self) -> Iterator[Problem]:
        """What the plan creates or changes, and what is not among its planned values: Terraform writes both."""
        known = {each.address for each in self.planned}
        for address, change in self.changes.items():
            actions = child(change, "actions")
            words = {text(each) for each in actions.items} if isinstance(actions, ListNode) else set()
            if address not in known and words & {"create", "update"}:
                message = f"the plan changes {address}, which is not among its planned values"
                yield Problem(message, Span(self.source, change.start, change.start + 1))

    def _instance(self, address: str) -> ModuleInstance:
        if address not in self._instances:
            self._instances[address] = self.configuration.below(address) if address else self.configuration
        return self._instances[address]

    def _resource(self, each: Planned) -> Resource:
        written = self.files.resource(each.address)
        own = Span(self.source, each.node.start, each.node.end)
        address = each.node.entries["address"][1]
        header = written.header if written else Span(self.source, address.start, address.end)
        block = written.block if written else own
        instance = self._instance(each.module)
        configured = instance.configuration.resources.get(each.definition)
        standpoint = Standpoint(instance, each.key, child(configured, "for_each_expression"))
        attributes = Attributes(
            self.source, self.resolver, standpoint, self.secrets, written is not None, self.given, self.matching
        )
        change = self.changes.get(each.address)
        aspects = Aspects(
            each.node.get("values"),
            child(change, "after_unknown"),
            _nodes(each.node.get("sensitive_values"), child(change, "after_sensitive")),
            child(configured, "expressions"),
            written.attributes if written else None,
            header,
            configured is not None,
        )
        return Resource(
            each.address,
            each.type,
            attributes.map(aspects, block),
            header,
            block,
            DIALECT,
            "data" if each.mode == "data" else "managed",
            via=written.via if written else (),
            calls=written.calls if written else (),
            provider=_provider(text(child(configured, "provider_config_key"))),
        )


def _left_out(root: MapNode) -> Iterator[str]:
    """What Terraform itself says is missing in a plan."""
    if is_true(root.get("errored")):
        yield "the plan ended with an error: what it does not reach is not reviewed"
    complete = root.get("complete")
    if isinstance(complete, ScalarNode) and complete.value is False:
        yield "the plan is not complete (-target, or deferred changes): what it leaves out is not reviewed"


def _provider(key: str) -> str:
    """The address of the provider configuration with a key such as `aws.west` or `module.app:aws`."""
    module, _, name = key.rpartition(":")
    return f"{module}.provider.{name}" if module else f"provider.{name}" if name else ""


def _nodes(*found: DataNode | None) -> tuple[DataNode, ...]:
    return tuple(node for node in found if node is not None)


def _variables(root: MapNode) -> Mapping[str, DataNode]:
    found = root.get("variables")
    return {key: node for key, (_, node) in found.entries.items()} if isinstance(found, MapNode) else {}
