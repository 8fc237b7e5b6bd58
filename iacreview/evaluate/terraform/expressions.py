"""Expressions to values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from iacreview.evaluate.terraform.cells import MAX_DEPTH
from iacreview.evaluate.terraform.comprehension import evaluate_for
from iacreview.evaluate.terraform.convert import require_bool, to_text
from iacreview.evaluate.terraform.functions.application import call_function
from iacreview.evaluate.terraform.guards import condition, selected
from iacreview.evaluate.terraform.memory import SPLAT_ITEM
from iacreview.evaluate.terraform.numbers import scalar_text
from iacreview.evaluate.terraform.operators import binary, unary
from iacreview.evaluate.terraform.scope import EITHER, Scope
from iacreview.evaluate.terraform.templates import evaluate_template
from iacreview.evaluate.terraform.traversal import Select, attribute_of, element_of, splat_over
from iacreview.evaluate.terraform.values import CutOff, choice, failed, union
from iacreview.model.guard import When
from iacreview.model.parts import is_sensitive
from iacreview.model.provenance import Step
from iacreview.model.source import Outline, Span
from iacreview.model.value import Choice, Failed, Known, ListValue, MapValue, Unknown, Value
from iacreview.parse.terraform.nodes import (
    Binary,
    Call,
    Conditional,
    Expression,
    For,
    GetAttr,
    Index,
    Lasting,
    Literal,
    Name,
    Object,
    Parens,
    Splat,
    SplatItem,
    Template,
    TemplateText,
    Traversal,
    Tuple,
    Unary,
)

_COMPARING = ("==", "!=")
_STEPS = (GetAttr, Index)
Steps: TypeAlias = "Sequence[GetAttr | Index]"


def evaluate(node: Expression, scope: Scope) -> Value:
    """The value of an expression. Never raises for bad input: an error is a Failed, what is not known an Unknown."""
    run = scope.run
    depth = run.depth
    if depth > MAX_DEPTH or run.steps <= 0:
        return _cut_off(node, scope)
    run.steps -= 1
    run.depth = depth + 1
    value = _EVALUATE[type(node)](node, scope)
    run.depth = depth
    if type(value) is CutOff:
        run.note(value.reason, value.span)
    return value


def _cut_off(node: Expression, scope: Scope) -> Value:
    run = scope.run
    run.spend(1)
    reason = "is nested too deeply to be evaluated"
    run.note(reason, scope.span(node))
    return Unknown(reason, scope.span(node))


def _lasting(node: Lasting, scope: Scope) -> Value:
    """What is made of constants alone comes to the same wherever it is evaluated: it is made once for its source."""
    kept = node.constant
    if kept is not None and kept[0] is scope.source:
        value: Value = kept[1]
        return value
    return _MAKE[type(node)](node, scope)


def _keep(node: Lasting, scope: Scope, value: Value) -> Value:
    node.constant = (scope.source, value)
    return value


def _is_constant(node: Expression, value: Value) -> bool:
    """Whether a value is the one that is kept with an expression."""
    return isinstance(node, Lasting) and node.constant is not None and node.constant[1] is value


def _literal(node: Literal, scope: Scope) -> Value:
    return _keep(node, scope, Known(node.value, scope.span(node)))


def _template(node: Template, scope: Scope) -> Value:
    parts = node.parts
    if len(parts) == 1 and isinstance(parts[0], TemplateText):
        return _keep(node, scope, Known(parts[0].value, scope.span(node)))
    return evaluate_template(node, scope, evaluate)


def _parens(node: Parens, scope: Scope) -> Value:
    inner = node.inner
    while isinstance(inner, Parens):
        inner = inner.inner
    return evaluate(inner, scope)


def _tuple(node: Tuple, scope: Scope) -> Value:
    items = [evaluate(item, scope) for item in node.items]
    value = ListValue(items, scope.span(node))
    return _keep(node, scope, value) if all(map(_is_constant, node.items, items)) else value


def _object(node: Object, scope: Scope) -> Value:
    entries: dict[str, Value] = {}
    keys: dict[str, Span] = {}
    complete = True
    open_keys: list[Value] = []
    for key_node, value_node in node.items:
        key = _object_key(key_node, scope)
        if isinstance(key, str):
            entries[key] = evaluate(value_node, scope)
            keys[key] = scope.span(key_node)
        else:
            complete = False
            open_keys += [key, evaluate(value_node, scope)]
    references = union(*(value.references for value in open_keys)) if open_keys else ()
    made = MapValue(entries, scope.span(node), (), references, keys, complete)
    lasts = all(isinstance(key, Name) and _is_constant(value, entries[key.name]) for key, value in node.items)
    return _keep(node, scope, made) if lasts else made


def _object_key(node: Expression, scope: Scope) -> str | Value:
    if isinstance(node, Name):
        return node.name
    key = to_text(evaluate(node, scope))
    # Keys are shown, so what is to be shown nowhere is none.
    if isinstance(key, Known) and key.data is not None and not is_sensitive(key):
        return scalar_text(key.data)
    return key


def _conditional(node: Conditional, scope: Scope) -> Value:
    """Else-if chains are walked as long as their conditions are false."""
    tests: list[Value] = []
    current = node
    while True:
        test = evaluate(current.condition, scope)
        tests.append(test)
        outcome = require_bool(test, scope.span(current.condition))
        by_default = scope.module.is_overridable(test)
        if by_default:
            scope.run.decided.add((scope.module, current.condition))
        if isinstance(outcome, Failed):
            return outcome
        if not isinstance(outcome, bool) or (by_default and EITHER in scope.assume):
            return _depending(_open_branches(current, test, scope), tests)
        if outcome:
            return _depending(_branch(current.then, current.otherwise, scope), tests)
        otherwise = current.otherwise
        while isinstance(otherwise, Parens):
            otherwise = otherwise.inner
        if not isinstance(otherwise, Conditional):
            return _depending(_branch(otherwise, current.then, scope), tests)
        current = otherwise


def _depending(value: Value, tests: list[Value]) -> Value:
    """The branch taken: it stands where it was written, and depends on what the conditions mention."""
    references = union(value.references, *[test.references for test in tests])
    return value if references == value.references else value.placed(value.span, value.via, references)


def _branch(taken: Expression, other: Expression, scope: Scope) -> Value:
    value = evaluate(taken, scope)
    if _differ(value, other):
        return failed("the two results of the condition have no common type", scope.span(taken), [value])
    if isinstance(value, Known) and isinstance(other, Template) and not isinstance(value.data, str):
        return to_text(value)
    return value


def _differ(value: Value, other: Expression) -> bool:
    """Whether a value and what the other result is written as are of kinds that Terraform does not bring together."""
    while isinstance(other, Parens):
        other = other.inner
    is_null = isinstance(other, Literal) and other.value is None
    if isinstance(value, Known):
        return value.data is not None and isinstance(other, (Tuple, Object))
    if isinstance(value, ListValue):
        return isinstance(other, (Object, Template)) or (isinstance(other, Literal) and not is_null)
    if isinstance(value, MapValue):
        return isinstance(other, (Tuple, Template)) or (isinstance(other, Literal) and not is_null)
    return False


def _open_branches(node: Conditional, outcome: Value, scope: Scope) -> Value:
    """Both branches, each where its condition holds; those of a choice under the choice's own."""
    if isinstance(outcome, Choice):
        flags = [(when, require_bool(test, scope.span(node.condition))) for when, test in outcome.branches]
        if all(isinstance(flag, bool) for _, flag in flags):
            taken = [(when, node.then if flag else node.otherwise) for when, flag in flags]
            branches = [(when, evaluate(branch, scope.assuming(when))) for when, branch in taken]
            return choice(branches, scope.span(node), [outcome])
    guard = condition(node.condition, scope, evaluate)
    sides = (((guard,), node.then), ((guard.opposite,), node.otherwise))
    found: list[tuple[When, Value]] = [(when, evaluate(branch, scope.assuming(when))) for when, branch in sides]
    possible = scope.run.solver.possible
    kept = [each for each in found if not scope.assume or possible((*scope.assume, *each[0]))]
    return choice(kept or found, scope.span(node), [outcome])


def _call(node: Call, scope: Scope) -> Value:
    return scope.run.memory.value(node, scope.needed(node), _called)


def _called(node: Call, scope: Scope) -> Value:
    return call_function(node, scope, evaluate)


def _unary(node: Unary, scope: Scope) -> Value:
    return unary(node.operator, evaluate(node.operand, scope), scope.span(node))


def _binary(node: Binary, scope: Scope) -> Value:
    """Left-leaning chains (`a + b + c ...`) are as long as a file: they are walked, not recursed into."""
    chain = [node]
    while isinstance(left := chain[-1].left, Binary):
        chain.append(left)
    value = evaluate(chain[-1].left, scope)
    for link in reversed(chain):
        right = evaluate(link.right, scope)
        if link.operator in _COMPARING:
            _hide_compared(value, right, scope)
        value = binary(link.operator, value, right, scope.span(link))
    return value


def _hide_compared(left: Value, right: Value, scope: Scope) -> None:
    """What a secret input is compared with tells what it is."""
    if not left.references and not right.references:
        return
    for one, other in ((left, right), (right, left)):
        if isinstance(other, Known) and isinstance(other.data, str) and other.span is not None and is_sensitive(one):
            scope.run.hidden[other.span] = None


def _traversal(node: Traversal, scope: Scope) -> Value:
    """A chain of `.name` and `[key]`, with the value's provenance where its head is a variable, local ..."""
    base, steps, is_plain = node.route = node.route or _route(node)
    if not isinstance(base, Name):
        return _follow(evaluate(base, scope), steps, scope)
    bound = scope.names.get(base.name)
    if bound is None:
        # It is the same for each item of a loop, and for each instance.
        repeated = is_plain and len(scope.names) > 1
        return scope.run.memory.value(node, scope.needed(node), _declared) if repeated else _declared(node, scope)
    value = _follow(bound, steps, scope) if steps else bound
    if value.span is None:
        return value.moved(scope.span(node))
    if base.name not in ("each", "self") or isinstance(scope.source, Outline):
        return value
    return value.moved(scope.span(node), Step(scope.words(node), value.span))


def _route(node: Expression) -> tuple[Expression, Steps, bool]:
    """Where a traversal begins, its steps, and whether these are all names."""
    steps: list[GetAttr | Index] = []
    while isinstance(node, _STEPS):
        steps.append(node)
        node = node.object
    return node, steps[::-1], all(isinstance(step, GetAttr) for step in steps)


def _declared(node: Traversal, scope: Scope) -> Value:
    """What a traversal comes to that begins with no name which is bound around it."""
    assert node.route is not None
    base, steps, _ = node.route
    assert isinstance(base, Name)
    origin = scope.module.origin(base.name, steps, scope)
    span = scope.span(node)
    if origin is None:
        # Terraform refuses the configuration; what is around it can be reviewed all the same.
        return Unknown("it refers to something that is not declared", span)
    value = origin.value
    if len(steps) > origin.consumed:
        value = _follow(value, steps[origin.consumed :], scope)
    if isinstance(scope.source, Outline):
        # What the caller passes is told where the caller has it.
        value = value.moved(value.span or span, None, origin.reference)
    elif origin.arrived is not None and value is origin.value:
        value = origin.arrived.placed(span, origin.arrived.via, origin.arrived.references)
    else:
        step = Step(origin.message, value.span) if origin.message else None
        value = value.moved(span, step, origin.reference)
    if isinstance(value, Failed) and scope.module.is_overridable(value):
        scope.run.decided.add((scope.module, None))
        if not scope.assume:
            return value
        return Unknown(f"{scope.words(node)} is not what the defaults make of it here", span, (), value.references)
    return value


def _follow(value: Value, steps: Steps, scope: Scope) -> Value:
    for step in steps:
        if isinstance(step, GetAttr):
            found = value.entries.get(step.name) if type(value) is MapValue else None
            value = found or attribute_of(value, step.name, scope.span(step))
        else:
            value = element_of(value, evaluate(step.key, scope), scope.span(step), _selecting(step.key, scope))
    return value


def _selecting(node: Expression, scope: Scope) -> Select:
    return lambda options, otherwise: selected(node, options, scope, evaluate, otherwise)


def _splat(node: Splat, scope: Scope) -> Value:
    def each(item: Value) -> Value:
        return evaluate(node.each, scope.bound({SPLAT_ITEM: item}))

    return splat_over(evaluate(node.object, scope), each, scope.span(node))


def _splat_item(node: SplatItem, scope: Scope) -> Value:
    return scope.names[SPLAT_ITEM]


def _for(node: For, scope: Scope) -> Value:
    return scope.run.memory.value(node, scope.needed(node), _built)


def _built(node: For, scope: Scope) -> Value:
    return evaluate_for(node, scope, evaluate)


_EVALUATE: dict[type[Expression], Callable[..., Value]] = {
    Literal: _lasting,
    Template: _lasting,
    Parens: _parens,
    Tuple: _lasting,
    Object: _lasting,
    Conditional: _conditional,
    Call: _call,
    Unary: _unary,
    Binary: _binary,
    Name: _traversal,
    GetAttr: _traversal,
    Index: _traversal,
    Splat: _splat,
    SplatItem: _splat_item,
    For: _for,
}
_MAKE: dict[type[Lasting], Callable[..., Value]] = {
    Literal: _literal,
    Template: _template,
    Tuple: _tuple,
    Object: _object,
}
