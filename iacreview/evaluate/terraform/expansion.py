"""count and for_each: which instances a resource or a module has."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from iacreview.evaluate.terraform.configuration import Definition
from iacreview.evaluate.terraform.convert import to_bool, to_number, to_text
from iacreview.evaluate.terraform.expressions import evaluate
from iacreview.evaluate.terraform.guards import condition, nonzero, note
from iacreview.evaluate.terraform.jsontext import encoded
from iacreview.evaluate.terraform.numbers import is_number, parse_number, scalar_text
from iacreview.evaluate.terraform.scope import Scope
from iacreview.evaluate.terraform.values import is_known, is_null, plain, references_in, unknown_from
from iacreview.model.guard import Guard, When, either, together
from iacreview.model.parts import is_sensitive
from iacreview.model.record import NamedTuple
from iacreview.model.source import Source, Span
from iacreview.model.value import Choice, Known, ListValue, MapValue, Value
from iacreview.parse.terraform.nodes import Attribute, Conditional, Expression, Parens, Template

MAX_INSTANCES = 1000
_TOO_MANY = f"more than {MAX_INSTANCES} instances are judged as one"

Key = int | str | None
# Whether a value follows from the default of a variable that a user of the configuration may set otherwise.
Overridable = Callable[[Value], bool]


class Instance(NamedTuple):
    """One instance: what `each` and `count` are in it, and when it exists if not always.

    It is `dormant` where nothing is made by default.
    """

    key: Key
    names: dict[str, Value]
    when: When = ()
    dormant: bool = False

    @property
    def suffix(self) -> str:
        """The instance key as addresses have it."""
        if self.key is None:
            return ""
        return f"[{self.key}]" if isinstance(self.key, int) else f"[{encoded(self.key)}]"


class Expansion(NamedTuple):
    """All instances by key. The one under None is the only one, or stands for those that are not known."""

    kind: str
    instances: dict[Key, Instance]
    complete: bool = True

    def at(self, key: Value) -> Instance | None:
        """The instance under a key; None where there is none, or the key is not known."""
        if not isinstance(key, Known):
            return None
        if self.kind == "count":
            number = parse_number(key.data) if isinstance(key.data, str) else key.data
            return self.instances.get(number) if isinstance(number, int) else None
        return self.instances.get(key.data) if isinstance(key.data, str) else None

    def collected(self, values: Mapping[Key, Value], span: Span) -> Value:
        """A value of all instances: a list for count, a map for for_each."""
        only = values.get(None)
        if self.kind == "count" or (only is not None and len(values) == 1):
            return ListValue(list(values.values()), span, complete=self.complete)
        entries = {str(key): value for key, value in values.items() if key is not None}
        return MapValue(entries, span, complete=self.complete)


SINGLE = Expansion("single", {None: Instance(None, {})})


def expand(definition: Definition, scope: Scope, overridable: Overridable) -> Expansion:
    """The instances a definition's count, for_each or (OpenTofu) `enabled` makes."""
    found = definition.attributes.get("count")
    if found is not None:
        return _expand_count(found[0].expression, scope.within(found[1]), overridable)
    found = definition.attributes.get("for_each")
    if found is not None:
        return _expand_each(found[0].expression, scope.within(found[1]), overridable)
    found = enabled(definition)
    if found is not None:
        return _expand_enabled(found[0].expression, scope.within(found[1]), overridable)
    return SINGLE


def enabled(definition: Definition) -> tuple[Attribute, Source] | None:
    """The argument of `lifecycle` that says whether there is an instance.

    Source: "The enabled Meta-Argument" (OpenTofu documentation, 1.11).
    """
    for block, source in definition.blocks:
        attribute = block.body.attributes.get("enabled") if block.type == "lifecycle" else None
        if attribute is not None:
            return attribute, source
    return None


def is_kept(definition: Definition) -> bool:
    """Whether Terraform refuses to destroy it.

    Source: "The lifecycle Meta-Argument" (Terraform documentation): `prevent_destroy` takes literals alone.
    """
    for block, source in definition.blocks:
        attribute = block.body.attributes.get("prevent_destroy") if block.type == "lifecycle" else None
        if attribute is not None:
            return source.text[attribute.expression.start : attribute.expression.end] == "true"
    return False


def _expand_enabled(node: Expression, scope: Scope, overridable: Overridable) -> Expansion:
    value = to_bool(evaluate(node, scope))
    if isinstance(value, Known) and value.data is True:
        return SINGLE
    if isinstance(value, Known) and not overridable(value):
        return Expansion("single", {})
    dormant = isinstance(value, Known)
    return Expansion("single", {None: Instance(None, {}, (condition(node, scope, evaluate),), dormant)})


def _expand_count(node: Expression, scope: Scope, overridable: Overridable) -> Expansion:
    value = evaluate(node, scope)
    if isinstance(value, Choice):
        return _count_of_choice(node, value, scope)
    count = to_number(value)
    if not isinstance(count, Known) or not is_number(count.data):
        return _stand_in("count", node, value, scope)
    number = int(count.data or 0)
    if number > MAX_INSTANCES:
        scope.run.note(_TOO_MANY, scope.span(node))
        return _stand_in("count", node, value, scope)
    if number <= 0:
        if not overridable(value):
            return Expansion("count", {})
        made = _counted(0, scope, node, (_existence(node, scope),))._replace(dormant=True)
        return Expansion("count", {0: made})
    return Expansion("count", {index: _counted(index, scope, node, ()) for index in range(number)})


def _count_of_choice(node: Expression, value: Choice, scope: Scope) -> Expansion:
    found: list[list[When]] = []
    for when, branch in value.branches:
        count = to_number(branch)
        if not isinstance(count, Known) or not is_number(count.data) or int(count.data or 0) > MAX_INSTANCES:
            return _stand_in("count", node, value, scope)
        number = int(count.data or 0)
        found += [[] for _ in range(number - len(found))]
        for index in range(number):
            found[index].append(when)
    always = len(value.branches)
    conditions: list[When] = [() if len(each) == always else either(each) for each in found]
    return Expansion("count", {index: _counted(index, scope, node, when) for index, when in enumerate(conditions)})


def _counted(index: int, scope: Scope, node: Expression, when: When) -> Instance:
    return Instance(index, {"count": MapValue({"index": Known(index, scope.span(node))})}, when)


def _existence(node: Expression, scope: Scope) -> Guard:
    """When something with a count of none would exist."""
    node = _inner(node)
    if isinstance(node, Conditional):
        guard = condition(node.condition, scope, evaluate)
        then = to_number(evaluate(node.then, scope))
        none = isinstance(then, Known) and then.data == 0
        return guard.opposite if none else guard
    return nonzero(node, scope, evaluate)


def _inner(node: Expression) -> Expression:
    """An expression without parentheses around it, and out of `"${...}"`, as the JSON syntax has it."""
    while isinstance(node, (Parens, Template)):
        only = node.inner if isinstance(node, Parens) else node.parts[0] if len(node.parts) == 1 else None
        if not isinstance(only, Expression):
            break
        node = only
    return node


def _expand_each(node: Expression, scope: Scope, overridable: Overridable) -> Expansion:
    value = evaluate(node, scope)
    if not isinstance(value, Choice):
        return _each_elsewhere(node, value, scope, overridable) or _each_of(node, value, scope, overridable)
    instances: dict[Key, Instance] = {}
    complete = True
    for when, branch in value.branches:
        expansion = _each_of(node, branch, scope, lambda _: False)
        complete = complete and expansion.complete
        for key, instance in expansion.instances.items():
            instances.setdefault(key, instance._replace(when=together(when, instance.when)))
    return Expansion("each", instances, complete)


def _each_elsewhere(node: Expression, value: Value, scope: Scope, overridable: Overridable) -> Expansion | None:
    """Where nothing is made by default: the instances of the result that is not taken, under the condition for it."""
    node = _inner(node)
    if not isinstance(node, Conditional) or not _is_empty(value) or not overridable(value):
        return None
    guard = condition(node.condition, scope, evaluate)
    for when, result in (((guard,), node.then), ((guard.opposite,), node.otherwise)):
        found = evaluate(result, scope.where(when))
        if isinstance(found, (ListValue, MapValue)) and not _is_empty(found):
            expansion = _each_of(node, found, scope, lambda _: False)
            instances = {
                key: each._replace(when=together(when, each.when), dormant=True)
                for key, each in expansion.instances.items()
            }
            return Expansion("each", instances, expansion.complete)
    return None


def _is_empty(value: Value) -> bool:
    if isinstance(value, ListValue):
        return value.complete and not value.items
    return isinstance(value, MapValue) and value.complete and not value.entries


def _each_of(node: Expression, value: Value, scope: Scope, overridable: Overridable) -> Expansion:
    if isinstance(value, ListValue):
        pairs = [(to_text(item), item) for item in value.items]
    elif isinstance(value, MapValue):
        pairs = [(Known(key, value.keys.get(key)), item) for key, item in sorted(value.entries.items())]
    else:
        return _stand_in("each", node, value, scope)
    if any(is_sensitive(key) for key in (value, *(key for key, _ in pairs))):
        # Terraform refuses these, since addresses would show them.
        return _stand_in("each", node, value, scope)
    named = [(key, item) for key, item in pairs if isinstance(key, Known) and not is_null(key)]
    complete = value.complete and len(named) == len(pairs)
    if len(named) > MAX_INSTANCES:
        scope.run.note(_TOO_MANY, scope.span(node))
    if len(named) > MAX_INSTANCES or (not named and (not complete or overridable(value))):
        return _stand_in("each", node, value, scope, dormant=complete and not named)
    instances = {key.data: _each_instance(key, item) for key, item in named}
    if not complete:
        instances[None] = _stand_in("each", node, value, scope).instances[None]
    return Expansion("each", instances, complete)  # type: ignore[arg-type]


def _each_instance(key: Known, item: Value) -> Instance:
    name = scalar_text(plain(key))  # type: ignore[arg-type]
    return Instance(name, {"each": MapValue({"key": key, "value": item}, item.span)})


def _stand_in(kind: str, node: Expression, value: Value, scope: Scope, dormant: bool = False) -> Expansion:
    """One instance for all of those that are not known."""
    span = scope.span(node)
    item = unknown_from([value], span)
    if is_known(value):
        item.reason = "is not known"
    item.references = references_in([value])
    names: dict[str, Value]
    if kind == "count":
        names = {"count": MapValue({"index": item}, span)}
    else:
        names = {"each": MapValue({"key": item, "value": item}, span)}
    when = (note("for each of", node, scope),)
    return Expansion(kind, {None: Instance(None, names, when, dormant)}, complete=False)
