"""Parameters of a template: their values, and how each stands in the graph."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy

from iacreview.evaluate.cloudformation.budget import Budget
from iacreview.evaluate.cloudformation.texts import as_written
from iacreview.model.guard import Guard, When
from iacreview.model.parts import concealed
from iacreview.model.provenance import OTHER_VALUE, Reference, Step
from iacreview.model.record import NamedTuple
from iacreview.model.source import Source, Span
from iacreview.model.value import TOO_MANY_KEYS, Choice, Compound, Known, ListValue, Text, Unknown, Value
from iacreview.parse.data.nodes import DataNode, ListNode, MapNode, ScalarNode

MAX_ALLOWED = 256


class Chosen(Unknown):
    """What a deployment chooses: all of the value of the parameter with this address."""

    __slots__ = ("address",)

    def __init__(self, reason: str, address: str, span: Span | None, references: tuple[Reference, ...] = ()) -> None:
        super().__init__(reason, span, references=references)
        self.address = address

    def placed(self, span: Span | None, via: tuple[Step, ...], references: tuple[Reference, ...]) -> Value:
        """See Value.placed."""
        copy = Chosen(self.reason, self.address, span, references)
        copy.via, copy.target = via, self.target
        return copy


class _Declaration(NamedTuple):
    """What is declared of one parameter. What is `stored` is a key in the Parameter Store, not the value."""

    kind: str
    default: DataNode | None
    allowed: list[ScalarNode]
    hidden: bool
    stored: bool


class Parameters:
    """The declared parameters, and what the caller gave for some of them.

    Where they are `opened`, whatever a deployment may choose is open: what is given there for a nested stack's
    parameter, a choice of the AllowedValues, or unknown.
    """

    def __init__(
        self,
        source: Source,
        declared: MapNode,
        given: Mapping[str, Value],
        budget: Budget,
        prefix: str = "",
    ) -> None:
        self.opened: Mapping[str, Value] | None = None
        self.prefix = prefix
        self.source = source
        self.declared = declared.entries
        self._declarations = {name: _declaration(node) for name, (_, node) in declared.entries.items()}
        self.given = given
        self.budget = budget
        self._bases: dict[str, tuple[Value, str, Guard | None]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self.declared

    def left_open(self, opened: Mapping[str, Value]) -> Parameters:
        """The same parameters, opened."""
        other = copy(self)
        other.opened = opened
        other._bases = {}
        return other

    def is_open(self, name: str) -> bool:
        """Whether a deployment may choose the value: unless the caller has given it, and as a literal.

        The name is the parameter's own or, in a nested stack, that of a reference.
        """
        name = name.removeprefix(self.prefix)
        return name in self.declared and (name not in self.given or bool(self.given[name].references))

    def is_hidden(self, name: str) -> bool:
        """Whether its value is to be shown nowhere (NoEcho)."""
        return self._declarations[name].hidden

    def allowed(self, name: str) -> list[ScalarNode]:
        """The scalars under AllowedValues; empty where any value is, or where they are keys of the Parameter Store."""
        return self._declarations[name].allowed

    def value(self, name: str, span: Span) -> Value:
        """The value of a declared parameter as it stands in a Ref or a Sub at `span`."""
        if name not in self._bases:
            self._bases[name] = self._base(name)
        base, message, guard = self._bases[name]
        if not self.budget.values(_copies(base)):
            return Unknown(self.budget.TOO_MUCH, span, references=(Reference(self.prefix + name, "Ref"),))
        value = relocated(base, span, message, Reference(self.prefix + name, "Ref"), guard)
        return concealed(value) if self.is_hidden(name) else value

    def _base(self, name: str) -> tuple[Value, str, Guard | None]:
        """The value where it is written, how the way from there is called, and under what it is the way."""
        kind, default, allowed, hidden, stored = self._declarations[name]
        if stored:
            # What is given is the key in the Parameter Store.
            return Unknown(f"parameter {name} is read from SSM at deployment"), "", None
        if self.opened is not None and name in self.opened:
            value = self.opened[name]
            return (_items(value) if _is_list(kind) else value), "", None
        if self.opened is not None and self.is_open(name):
            return self._allowed_choice(name, kind), "", None
        if name in self.given:
            value = self.given[name]
            return (_items(value) if _is_list(kind) else value), f"value given to parameter {name}", None
        if isinstance(default, ScalarNode) and default.tag is None:
            # A deployment may choose between values that the template names: the default is only one of them.
            if 1 < len(allowed) <= MAX_ALLOWED and not _is_list(kind):
                return self._choice_beside(default, name, kind), "", None
            message = f"default of NoEcho parameter {name}" if hidden else f"default of parameter {name}"
            return self._typed(default, kind), message, self._guard(name, default)
        if default is not None:
            return Unknown(f"the default of parameter {name} is not a string or a number"), "", None
        if hidden:
            return Unknown(f"parameter {name} is NoEcho"), "", None
        return self._allowed_choice(name, kind), f"allowed value of parameter {name}", None

    def _allowed_choice(self, name: str, kind: str) -> Value:
        allowed = self.allowed(name)
        if len(allowed) > MAX_ALLOWED and not _is_list(kind):
            return Chosen(TOO_MANY_KEYS, self.prefix + name, None)
        if not allowed or _is_list(kind):
            return Chosen(f"parameter {name} has no default", self.prefix + name, None)
        branches = [((self._guard(name, node),), self._typed(node, kind)) for node in allowed]
        return branches[0][1] if len(branches) == 1 else Choice(branches)

    def _choice_beside(self, default: ScalarNode, name: str, kind: str) -> Value:
        """The allowed values, each with whether it is the default or one that a deployment has to ask for."""
        branches: list[tuple[When, Value]] = []
        for node in self.allowed(name):
            value, guard = self._typed(node, kind), self._guard(name, node)
            message = f"default of parameter {name}" if written(node) == written(default) else f"{OTHER_VALUE}{name}"
            branches.append(((guard,), value.moved(value.span, Step(message, value.span, guard))))
        return Choice(branches)

    def _guard(self, name: str, node: ScalarNode) -> Guard:
        """That the parameter is what a scalar says."""
        return Guard(self.prefix + name, written(node), hidden=self.is_hidden(name))

    def _typed(self, node: ScalarNode, kind: str) -> Value:
        """A default or allowed value by the parameter's type: a string, or a list of them.

        Numbers are strings wherever they are used ("CloudFormation template Parameters syntax").
        """
        span = self.source.span(node.start, node.end)
        return _items(Known(written(node), span)) if _is_list(kind) else Known(written(node), span)


def _declaration(node: DataNode) -> _Declaration:
    entries = node.entries if isinstance(node, MapNode) else {}
    type, default, allowed, hidden = (
        entries[key][1] if key in entries else None for key in ("Type", "Default", "AllowedValues", "NoEcho")
    )
    kind = (type.text if isinstance(type, ScalarNode) else "") or "String"
    stored = kind.startswith("AWS::SSM::Parameter::Value<")
    items = allowed.items if isinstance(allowed, ListNode) and not stored else []
    scalars = [item for item in items if isinstance(item, ScalarNode) and item.tag is None]
    return _Declaration(kind, default, scalars, is_true(hidden), stored)


def relocated(value: Value, span: Span, message: str, reference: Reference, guard: Guard | None = None) -> Value:
    """A value, and all that is inside of it, as it stands at `span` after the step that `message` names."""
    step = Step(message, value.span, guard) if value.span is not None and message else None
    moved = value.moved(span, step, reference)
    if isinstance(moved, Compound):
        moved.inside = None
    if isinstance(moved, ListValue):
        moved.items = [relocated(item, span, message, reference, guard) for item in moved.items]
    elif isinstance(moved, Text):
        moved.parts = [relocated(part, span, message, reference, guard) for part in moved.parts]
    elif isinstance(moved, Choice):
        moved.branches = [(when, relocated(branch, span, message, reference, guard)) for when, branch in moved.branches]
    return moved


def _copies(value: Value) -> int:
    """How many values inside of it a value is relocated with."""
    if isinstance(value, ListValue):
        return len(value.items)
    return len(value.branches) if isinstance(value, Choice) else 0


def written(node: ScalarNode) -> str:
    """The string that a scalar is to a parameter or a condition: as it is written, but for YAML's booleans."""
    return as_written(node.value) if isinstance(node.value, bool) else node.text


def is_true(node: DataNode | None) -> bool:
    return isinstance(node, ScalarNode) and written(node).lower() == "true"


def _is_list(kind: str) -> bool:
    return kind == "CommaDelimitedList" or kind.startswith("List<")


def _items(value: Value) -> Value:
    """The list that a comma-delimited string is."""
    if not isinstance(value, Known) or not isinstance(value.data, str):
        return value
    texts = [text.strip() for text in value.data.split(",")] if value.data else []
    return ListValue([Known(text, value.span) for text in texts], value.span, value.via, value.references)
