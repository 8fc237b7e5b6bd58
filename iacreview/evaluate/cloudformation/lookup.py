"""Ref, Fn::GetAtt and Fn::FindInMap: values that stand elsewhere in the template."""

from __future__ import annotations

from iacreview.evaluate.cloudformation.conditions import SHARED, function_of
from iacreview.evaluate.cloudformation.parameters import Chosen
from iacreview.evaluate.cloudformation.scope import IntrinsicCall, Removed, TemplateScope
from iacreview.evaluate.cloudformation.texts import as_written, distributed, provenance
from iacreview.model.guard import Guard, When
from iacreview.model.provenance import Reference, Step
from iacreview.model.source import Span
from iacreview.model.value import TOO_MANY_KEYS, Choice, Known, ListValue, Passed, Unknown, Value
from iacreview.parse.data.nodes import DataNode, ListNode, MapNode, ScalarNode

MAX_KEYS = 256
# "Fn::GetAtt" of these returns what a function or another template returns.
_PASSING = ("AWS::CloudFormation::CustomResource", "AWS::CloudFormation::Stack", "AWS::Serverless::Application")


def ref(scope: TemplateScope, call: IntrinsicCall) -> Value:
    """Ref; with AWS::LanguageExtensions, the name may be made by functions."""
    if isinstance(call.argument, ScalarNode) and call.argument.tag is None:
        return named(scope, call.argument.text, call.span, call.assume)

    def build(chosen: list[Value]) -> Value:
        (name,) = chosen
        if isinstance(name, Known) and isinstance(name.data, str):
            return named(scope, name.data, call.span, call.assume)
        return Unknown("Ref needs the name of a parameter or a resource", call.span, (), provenance(chosen)[1])

    return distributed([scope.value(call.argument, call.assume)], build, scope.site(call))


def named(scope: TemplateScope, name: str, span: Span, assume: When = ()) -> Value:
    """What Ref returns for a name, as it stands at `span`, where the conditions in `assume` are settled."""
    if name == "AWS::NoValue":
        return Removed(None, span, references=(Reference(name),))
    if name.startswith("AWS::"):
        reason = f"{name} is known at deployment"
        references = (Reference(name),)
        if name in SHARED:
            return Chosen(reason, name, span, references)
        return Unknown(reason, span, references=references)
    if name in scope.parameters:
        value = scope.parameters.value(name, span)
        narrowed = scope.conditions.narrowed(name, value, assume)
        reason = f"parameter {name} is not its default here"
        return narrowed if narrowed is not None else Unknown(reason, span, (), value.references)
    if name in scope.resources.entries:
        return attribute(scope, name, "Ref", span)
    return Unknown("it refers to neither a parameter nor a resource of the template", span)


def get_att(scope: TemplateScope, call: IntrinsicCall) -> Value:
    """Fn::GetAtt: an attribute of a resource, or an output of a nested stack."""
    argument = call.argument
    if isinstance(argument, ScalarNode):
        name, _, rest = argument.text.partition(".")
        return attribute(scope, name, rest, call.span)
    items = argument.items if isinstance(argument, ListNode) else []
    if len(items) < 2:
        return Unknown("Fn::GetAtt needs [logical id, attribute]", call.span)
    values = [scope.value(item, call.assume) for item in items]

    def build(chosen: list[Value]) -> Value:
        name, *rest = [as_written(value.data) if isinstance(value, Known) else "" for value in chosen]
        if not name:
            return Unknown("which resource is meant is known at deployment", call.span, (), provenance(chosen)[1])
        if "" in rest:
            return Unknown("known after deployment", call.span, references=(Reference(scope.prefix + name),))
        return attribute(scope, name, ".".join(rest), call.span)

    return distributed(values, build, scope.site(call))


def attribute(scope: TemplateScope, name: str, rest: str, span: Span) -> Value:
    """One attribute of one resource, which only a deployment knows."""
    if name not in scope.resources.entries:
        return Unknown("it refers to a resource that the template does not have", span)
    output = scope.output(name, rest.removeprefix("Outputs.")) if rest.startswith("Outputs.") else None
    if output is not None:
        return output.moved(span, Step(f"output {rest.removeprefix('Outputs.')} of {name}", output.span))
    reference = Reference(scope.prefix + name, rest)
    kind = Passed if rest != "Ref" and _passes_on(scope.resources.entries[name][1]) else Unknown
    return kind("known after deployment", span, references=(reference,), target=reference)


def _passes_on(resource: DataNode) -> bool:
    """Whether a resource's attributes are what someone else makes of them: a custom resource's, a stack's outputs."""
    type = resource.get("Type") if isinstance(resource, MapNode) else None
    return isinstance(type, ScalarNode) and (type.text in _PASSING or type.text.startswith("Custom::"))


def find_in_map(scope: TemplateScope, call: IntrinsicCall) -> Value:
    """Fn::FindInMap: a Choice over the mapping's keys where a key is only known at deployment."""
    items = call.argument.items if isinstance(call.argument, ListNode) else []
    if len(items) not in (3, 4):
        return Unknown("Fn::FindInMap needs [mapping, first key, second key]", call.span)
    keys = [scope.value(item, call.assume) for item in items[:3]]
    lookup = _Lookup(_default(scope, items[3], call) if len(items) == 4 else None, items[1:3], call)

    def found(chosen: list[Value]) -> Value:
        return _descended(scope, scope.mappings, chosen, (), lookup.by(chosen))

    return distributed(keys, found, scope.site(call))


def _default(scope: TemplateScope, node: DataNode, call: IntrinsicCall) -> Value | None:
    value = node.get("DefaultValue") if isinstance(node, MapNode) else None
    return scope.value(value, call.assume).moved(call.span) if value is not None else None


class _Lookup:
    """What stays the same on the way down into a mapping."""

    __slots__ = ("call", "default", "nodes", "references")

    def __init__(
        self, default: Value | None, nodes: list[DataNode], call: IntrinsicCall, references: tuple[Reference, ...] = ()
    ) -> None:
        self.default = default
        self.nodes = nodes
        self.call = call
        self.references = references

    def by(self, keys: list[Value]) -> _Lookup:
        """The same lookup, by these keys."""
        return _Lookup(self.default, self.nodes, self.call, provenance(keys)[1])

    def subject(self, scope: TemplateScope, level: int) -> str:
        """The parameter that a key is; empty where it is made of something else."""
        name, argument = function_of(self.nodes[level])
        if name != "Ref" or not isinstance(argument, ScalarNode):
            return ""
        return argument.text if argument.text in SHARED else scope.prefix + argument.text

    def missing(self, reason: str) -> Value:
        span = self.call.span
        return self.default or Unknown(reason, span, references=self.references)


def _descended(
    scope: TemplateScope, node: DataNode, keys: list[Value], path: tuple[str, ...], lookup: _Lookup
) -> Value:
    if not keys:
        return _leaf(scope, node, ".".join(path), lookup)
    if not isinstance(node, MapNode):
        return lookup.missing(f"the mapping has nothing below {'.'.join(path)}")
    key = keys[0]
    if not isinstance(key, Known):
        return _any_key(scope, node, keys, path, lookup)
    name = as_written(key.data)
    if name not in node.entries:
        return lookup.missing("the mappings do not have this key")
    return _descended(scope, node.entries[name][1], keys[1:], (*path, name), lookup)


def _any_key(scope: TemplateScope, node: MapNode, keys: list[Value], path: tuple[str, ...], lookup: _Lookup) -> Value:
    """A choice over all keys of the mapping that lead to a value, since the key is not known."""
    if not path or len(node.entries) > MAX_KEYS or not scope.budget.values(len(node.entries)):
        many = path and len(node.entries) > MAX_KEYS
        reason = TOO_MANY_KEYS if many else "the key of the mapping is known at deployment"
        return Unknown(reason, lookup.call.span, references=lookup.references)
    subject = lookup.subject(scope, len(path) - 1)
    expression = scope.conditions.expression(lookup.nodes[len(path) - 1])
    branches: list[tuple[When, Value]] = []
    for name, (_, child) in node.entries.items():
        guard = Guard(subject, name) if subject else Guard("the key", name, scope=expression)
        if not subject or scope.conditions.possible((*lookup.call.assume, guard)):
            branches.append(((guard,), _descended(scope, child, keys[1:], (*path, name), lookup)))
    other = tuple(Guard(subject or "the key", name, False, "" if subject else expression) for name in node.entries)
    if (
        lookup.default is not None
        and other
        and (not subject or scope.conditions.possible((*lookup.call.assume, *other)))
    ):
        branches.append((other, lookup.default))
    if not branches:
        return lookup.missing(f"no key of the mapping {'.'.join(path)} can be meant")
    return branches[0][1] if len(branches) == 1 else Choice(branches, lookup.call.span, references=lookup.references)


def _leaf(scope: TemplateScope, node: DataNode, path: str, lookup: _Lookup) -> Value:
    """A mapping's value: a literal, or a list of literals."""
    items = node.items if isinstance(node, ListNode) else [node]
    if any(not isinstance(item, ScalarNode) or item.tag is not None for item in items):
        return lookup.missing(f"{path} of the mappings is not a literal")
    if not scope.budget.values(len(items)):
        return lookup.missing(scope.budget.TOO_MUCH)
    span = lookup.call.span
    step = Step(f"mapping {path}", scope.span(node))
    values = [Known(item.value, span, (step,), lookup.references) for item in items if isinstance(item, ScalarNode)]
    if isinstance(node, ListNode):
        return ListValue(values, span, (step,), lookup.references)
    return values[0]
