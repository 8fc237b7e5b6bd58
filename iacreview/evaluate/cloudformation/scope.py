"""What a template's expressions are evaluated in, and how a node becomes a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from typing import TypeAlias

from iacreview.evaluate.cloudformation.budget import Budget
from iacreview.evaluate.cloudformation.conditions import Conditions, function_of
from iacreview.evaluate.cloudformation.parameters import Parameters
from iacreview.evaluate.cloudformation.texts import Site
from iacreview.evaluate.solver import Solver
from iacreview.model.graph import Problem
from iacreview.model.guard import When
from iacreview.model.record import NamedTuple
from iacreview.model.source import Source, Span
from iacreview.model.value import Known, ListValue, MapValue, Unknown, Value
from iacreview.parse.data.nodes import DataNode, ListNode, MapNode, ScalarNode

MAX_INCLUDES = 8

_EMPTY = MapNode({}, None, 0, 0)


class Removed(Known):
    """AWS::NoValue: whatever has it as its value is as if it were not written."""

    __slots__ = ()


class IntrinsicCall(NamedTuple):
    """One use of an intrinsic function: `span` is the whole of it, `assume` what is settled around it."""

    name: str
    argument: DataNode
    span: Span
    assume: When


class Surroundings(NamedTuple):
    """What stands around a template: nothing, or the template that nests it.

    `prefix` is put before the names of a nested stack, `opened` are its parameters as conditions see them, `always`
    is what holds wherever it exists. `solver` is the unit's.
    """

    solver: Solver
    prefix: str = ""
    opened: Mapping[str, Value] = {}
    always: When = ()


class TemplateScope:
    """The names of one template and the functions its expressions may use.

    `outputs` gives those of the stacks that this one nests, `included` the content of a file that AWS::Include names.
    """

    def __init__(
        self,
        source: Source,
        root: MapNode,
        functions: Mapping[str, Function],
        given: Mapping[str, Value] | None,
        around: Surroundings,
        outputs: Callable[[str, str], Value | None] | None = None,
        included: Callable[[str], tuple[Source, DataNode] | None] | None = None,
    ) -> None:
        self._included = included
        self._including: tuple[str, ...] = ()
        self._undecided: TemplateScope | None = None
        self.prefix = prefix = around.prefix
        self._outputs = outputs
        self.source = source
        self.root = root
        self.functions = functions
        self.problems: list[Problem] = []
        self.macros: list[Span] = []
        self.budget = Budget()
        declared = self.section("Parameters")
        self.parameters = Parameters(source, declared, given or {}, self.budget, prefix)
        self.mappings = self.section("Mappings")
        self.resources = self.section("Resources")
        self.conditions = Conditions(
            self.section("Conditions"),
            self.section("Rules"),
            self.parameters,
            self._left_open,
            around.solver,
            around.opened,
            around.always,
        )

    def _left_open(self, node: DataNode) -> Value:
        """What a node evaluates to in any deployment, whatever the defaults of parameters are."""
        if self._undecided is None:
            self._undecided = copy(self)
            self._undecided.parameters = self.parameters.left_open(self.conditions.opened)
        return self._undecided.value(node)

    def output(self, stack: str, name: str) -> Value | None:
        """The output of a nested stack whose template is in the tree; None where it is not."""
        return self._outputs(stack, name) if self._outputs is not None else None

    def included(self, transform: DataNode, assume: When) -> Value | None:
        """What AWS::Include puts in its place, from a file of the tree; None for what only a deployment knows.

        Source: "AWS::Include transform" (AWS CloudFormation Template Reference Guide).
        """
        opened = self.opened(transform, assume)
        return opened[0].value(opened[1], assume) if opened is not None else None

    def opened(self, transform: DataNode, assume: When = ()) -> tuple[TemplateScope, DataNode] | None:
        """The content of the file that AWS::Include names, and the scope to evaluate it in; None as for `included`."""
        name = transform.get("Name") if isinstance(transform, MapNode) else None
        parameters = transform.get("Parameters") if isinstance(transform, MapNode) else None
        location = parameters.get("Location") if isinstance(parameters, MapNode) else None
        if not isinstance(name, ScalarNode) or name.text != "AWS::Include" or location is None:
            return None
        path = self.value(location, assume)
        if self._included is None or not isinstance(path, Known) or not isinstance(path.data, str):
            return None
        found = self._included(path.data)
        if found is None or len(self._including) > MAX_INCLUDES:
            return None
        if found[0].path in self._including:
            self.problems.append(Problem(f"{found[0].path} includes itself", self.span(location)))
            return None
        inner = copy(self)
        inner.source = found[0]
        inner._including = (*self._including, found[0].path)
        return inner, found[1]

    def site(self, call: IntrinsicCall) -> Site:
        """Where the value of a call is made."""
        conditions = self.conditions
        return Site(call.span, self.budget, lambda said: conditions.possible((*call.assume, *said)))

    def section(self, name: str) -> MapNode:
        """A section of the template; empty where it is missing, with a problem where it is not a mapping."""
        node = self.root.get(name)
        if isinstance(node, MapNode):
            return node
        if node is not None and not (isinstance(node, ScalarNode) and node.value is None):
            self.problems.append(Problem(f"{name} must be a mapping", self.span(node)))
        return _EMPTY

    def span(self, node: DataNode) -> Span:
        return self.source.span(node.start, node.end)

    def value(self, node: DataNode, assume: When = ()) -> Value:
        """What a node evaluates to, where the conditions in `assume` are settled."""
        if node.tag is not None:
            return self._tagged(node, node.tag, assume)
        if isinstance(node, ScalarNode):
            return Known(node.value, self.source.span(node.start, node.end))
        if isinstance(node, ListNode):
            return self.list_value(node, assume)
        if len(node.entries) == 1:
            (name,) = node.entries
            if name in self.functions or name.startswith("Fn::"):
                return self._call(name, node, node.entries[name][1], assume)
        return self.map_value(node, assume)

    def list_value(self, node: ListNode, assume: When) -> ListValue:
        values = [self.value(item, assume) for item in node.items]
        return ListValue([value for value in values if type(value) is not Removed], self.span(node))

    def map_value(self, node: MapNode, assume: When) -> MapValue:
        """The entries of a mapping; it is incomplete where a macro adds to it."""
        entries: dict[str, Value] = {}
        keys: dict[str, Span] = {}
        complete = True
        span = self.source.span
        for name, (key, child) in node.entries.items():
            if name == "Fn::Transform":
                complete = self._add_included(key, child, assume, entries, keys) and complete
            elif name.startswith("Fn::ForEach::"):
                complete = False
            else:
                value = self.value(child, assume)
                if type(value) is not Removed:
                    entries[name] = value
                    keys[name] = span(key.start, key.end)
        return MapValue(entries, span(node.start, node.end), keys=keys, complete=complete)

    def _add_included(
        self, key: ScalarNode, transform: DataNode, assume: When, entries: dict[str, Value], keys: dict[str, Span]
    ) -> bool:
        """Adds what a macro puts into a mapping; False where there may be more."""
        more = self.included(transform, assume)
        if not isinstance(more, MapValue):
            self.macros.append(self.span(key))
            return False
        entries.update(more.entries)
        keys.update(more.keys)
        return more.complete

    def _tagged(self, node: DataNode, tag: str, assume: When) -> Value:
        name = tag[1:] if tag in ("!Ref", "!Condition") else f"Fn::{tag[1:]}"
        return self._call(name, node, _untagged(node), assume)

    def _call(self, name: str, node: DataNode, argument: DataNode, assume: When) -> Value:
        span = self.span(node)
        function = self.functions.get(name)
        if function is None:
            return Unknown("what this function returns is known at deployment", span)
        if name == "Ref" and isinstance(node, MapNode) and not _is_expression(argument):
            return self.map_value(node, assume)
        return function(self, IntrinsicCall(name, argument, span, assume))


Function: TypeAlias = Callable[[TemplateScope, IntrinsicCall], Value]


def _is_expression(node: DataNode) -> bool:
    """Whether a node is a scalar or a call of a function, and so may be a name."""
    name = function_of(node)[0]
    return isinstance(node, ScalarNode) or name == "Ref" or name.startswith("Fn::")


def _untagged(node: DataNode) -> DataNode:
    if isinstance(node, ScalarNode):
        return ScalarNode(node.value, node.text, node.plain, None, node.start, node.end)
    if isinstance(node, ListNode):
        return ListNode(node.items, None, node.start, node.end)
    return MapNode(node.entries, None, node.start, node.end)
