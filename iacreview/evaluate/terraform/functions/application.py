"""Calls of Terraform's built-in functions: arguments, choices, and what is not known."""

from __future__ import annotations

from collections.abc import Sequence

from iacreview.evaluate.terraform.convert import to_bool, to_number, to_text
from iacreview.evaluate.terraform.functions.call import (
    Evaluate,
    FunctionCall,
    FunctionError,
    Pure,
    Structural,
    TooComplex,
)
from iacreview.evaluate.terraform.functions.families import find_function, nearest_function
from iacreview.evaluate.terraform.functions.holes import applied
from iacreview.evaluate.terraform.numbers import is_number, scalar_text
from iacreview.evaluate.terraform.scope import Scope
from iacreview.evaluate.terraform.values import (
    MAX_BRANCHES,
    MAX_STRING,
    CutOff,
    branches_under,
    choice,
    failed,
    from_plain,
    is_known,
    plain,
    references_in,
    unknown_from,
    via_of,
)
from iacreview.model.guard import When
from iacreview.model.parts import concealed, is_sensitive
from iacreview.model.source import Outline, Span
from iacreview.model.value import TOO_MANY, Choice, Failed, Known, ListValue, MapValue, Unknown, Value
from iacreview.parse.terraform.nodes import Call

# These get their arguments even where one is an error or a choice.
_TOLERANT = frozenset({"can", "try"})
# Whether their results may be shown does not follow from their arguments.
_ABOUT_MARKS = frozenset({"issensitive", "nonsensitive"})


def call_function(node: Call, scope: Scope, evaluate: Evaluate) -> Value:
    """The result of a call: Failed where Terraform would refuse it, Unknown where an argument decides it."""
    span = scope.span(node)
    args = [evaluate(arg, scope) for arg in node.args]
    if isinstance(scope.source, Outline):
        # What is made of what a caller passes stands where that does.
        span = next((each.span for each in args if each.span is not None and each.span != span), span)
    name = node.name.removeprefix("core::")
    if node.expand and args:
        last = args.pop()
        if not isinstance(last, ListValue):
            return last if isinstance(last, Failed) else unknown_from([last, *args], span)
        args += last.items
        if not last.complete:
            args.append(unknown_from([last], span))
    function = find_function(name)
    if function is None and "::" in name:
        return Unknown("what the function of a provider returns is not known", span, via_of(args), references_in(args))
    if function is None:
        # The name itself may be anything, a secret as well.
        near = nearest_function(name)
        return failed("there is no such function" + (f"; `{near}` is one" if near else ""), span, args)
    call = FunctionCall(args, span, scope, node, evaluate)
    if name in _TOLERANT:
        assert not isinstance(function, Pure)
        return _tolerated(function, call)
    return _over_branches(function, call)


def _tolerated(function: Structural, call: FunctionCall) -> Value:
    """What a function makes of its arguments as they are; without any, `try()` is an error as well."""
    try:
        return function(call)
    except FunctionError as error:
        return failed(str(error), call.span, call.args)


def _over_branches(function: Pure | Structural, call: FunctionCall) -> Value:
    """Applies a function to every combination of the branches of its arguments, if they are few."""
    args, span = call.args, call.span
    combinations: list[tuple[When, list[Value]]] = [((), args)]
    for index, arg in enumerate(args):
        if isinstance(arg, Choice):
            combinations = [pair for when, row in combinations for pair in _expanded(when, row, index)]
            if len(combinations) > MAX_BRANCHES:
                return Unknown(TOO_MANY, span, via_of(args), references_in(args))
    if combinations[0][1] is args:
        return _apply(function, call)
    branches = [(when, _apply(function, call.of(row))) for when, row in combinations]
    return choice(branches, span, args)


def _expanded(when: When, row: list[Value], index: int) -> list[tuple[When, list[Value]]]:
    pairs = branches_under(when, row[index])
    return [(both, [*row[:index], branch, *row[index + 1 :]]) for both, branch in pairs]


def _apply(function: Pure | Structural, call: FunctionCall) -> Value:
    args, span = call.args, call.span
    for arg in args:
        if isinstance(arg, Failed):
            return arg
    try:
        if isinstance(function, Pure):
            return _apply_pure(function, args, span)
        value = function(call)
        hidden = call.node.name not in _ABOUT_MARKS and any(map(is_sensitive, args))
        return concealed(value) if hidden else value
    except TooComplex as error:
        return CutOff(str(error), span, via_of(args), references_in(args))
    except FunctionError as error:
        return failed(str(error), span, args)
    except (ValueError, ArithmeticError, TypeError, LookupError, AttributeError):
        return failed(f"{call.node.name} does not accept these arguments", span, args)


def _apply_pure(function: Pure, args: Sequence[Value], span: Span) -> Value:
    kinds = function.kinds(len(args))
    converted = [_argument(kind, arg) for kind, arg in zip(kinds, args, strict=True)]
    if any(value is None for value in converted):
        return applied(function, args, span) if function.keeps else unknown_from(args, span)
    result = function.compute(*[value[0] for value in converted if value is not None])
    if isinstance(result, str) and len(result) > MAX_STRING:
        return CutOff("is too long", span, via_of(args), references_in(args))
    value = from_plain(result, span)
    value.via = via_of(args)
    value.references = references_in(args)
    return concealed(value) if is_sensitive(value) else value


def _argument(kind: str, arg: Value) -> tuple[object] | None:
    """A converted argument in a tuple, or None where it is not known. Raises FunctionError where it does not fit."""
    if kind == "a":
        return (plain(arg),) if is_known(arg) else None
    if kind == "l":
        return _texts(arg)
    value = {"s": to_text, "n": to_number, "i": to_number, "b": to_bool}[kind](arg)
    if isinstance(value, Failed):
        raise FunctionError(value.reason)
    if not is_known(value):
        return None
    data = plain(value)
    if data is None:
        raise FunctionError("an argument is null")
    if kind == "i" and not (is_number(data) and isinstance(data, int)):
        raise FunctionError("a whole number is required")
    return (data,)


def _texts(arg: Value) -> tuple[list[str]] | None:
    if isinstance(arg, (Known, MapValue)):
        raise FunctionError("a list of strings is required")
    if not is_known(arg) or not isinstance(arg, ListValue):
        return None
    texts = []
    for item in arg.items:
        data = plain(to_text(item)) if is_known(to_text(item)) else None
        if data is None:
            raise FunctionError("a list item is null or not a string")
        texts.append(scalar_text(data))  # type: ignore[arg-type]
    return (texts,)
