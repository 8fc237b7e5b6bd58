"""Type conversion, and the functions that look at errors."""

from __future__ import annotations

from iacreview.evaluate.terraform.convert import to_bool, to_number, to_text
from iacreview.evaluate.terraform.functions.call import FunctionCall, FunctionError, Pure, Structural
from iacreview.evaluate.terraform.functions.set import to_set, unified
from iacreview.evaluate.terraform.numbers import is_number
from iacreview.evaluate.terraform.values import (
    SetValue,
    choice,
    failed,
    is_known,
    is_null,
    references_in,
    unknown_from,
    via_of,
)
from iacreview.model.guard import Guard, Says
from iacreview.model.parts import concealed, is_sensitive, revealed
from iacreview.model.provenance import SENSITIVE
from iacreview.model.source import Outline
from iacreview.model.value import Choice, Encoded, Failed, Known, ListValue, MapValue, Text, Unknown, Value
from iacreview.parse.terraform.nodes import Expression, GetAttr, Index, Name


def _try(call: FunctionCall) -> Value:
    """The first argument that is not an error; a choice is looked into branch by branch."""
    call.need(1)
    return _first_valid(call, call.args)


def _first_valid(call: FunctionCall, args: list[Value]) -> Value:
    for at, arg in enumerate(args):
        if isinstance(arg, Choice) and any(isinstance(value, Failed) for _, value in arg.branches):
            rest = args[at + 1 :]
            branches = [(when, _first_valid(call, [value, *rest])) for when, value in arg.branches]
            return choice(branches, call.span, [arg])
        if not _is_error(arg):
            return _or_rest(call, arg, args[at + 1 :])
    return failed("no argument can be evaluated", call.span, args)


def _is_error(value: Value) -> bool:
    """Whether Terraform refuses a value: a list or an object with an error in it is one itself."""
    if isinstance(value, ListValue):
        return any(map(_is_error, value.items))
    if isinstance(value, MapValue):
        return any(map(_is_error, value.entries.values()))
    return isinstance(value, Failed)


def _or_rest(call: FunctionCall, arg: Value, rest: list[Value]) -> Value:
    """An argument that is not an error, or, where it may turn out to be one, what comes after it."""
    if not rest or len(call.node.args) != len(call.args):
        return arg
    node = call.node.args[-len(rest) - 1]
    if not _may_fail(node, arg):
        return arg
    if isinstance(call.scope.source, Outline) and isinstance(arg, Unknown):
        return arg  # what a caller passes is taken for what the module wants
    following = _first_valid(call, rest)
    if isinstance(following, Failed):
        return arg
    guard = Guard(f"can({call.scope.words(node)})", Says.HOLDS, scope=call.scope.module.prefix)
    return choice([((guard,), arg), ((guard.opposite,), following)], call.span, call.args)


def _may_fail(node: Expression, value: Value) -> bool:
    """Whether an expression may be an error though it was none: a step into what is not known, by a key that is not."""
    if isinstance(value, Unknown) and value.target is None:
        return not (isinstance(node, GetAttr) and isinstance(node.object, Name))
    return isinstance(value, Choice) and isinstance(node, (Index, GetAttr))


def _can(call: FunctionCall) -> Value:
    call.need(1, 1)
    arg = call.args[0]
    if _is_error(arg):
        return Known(False, call.span, via_of(call.args), references_in(call.args))
    if is_known(arg):
        return Known(True, call.span, via_of(call.args), references_in(call.args))
    return unknown_from(call.args, call.span)


def _same(call: FunctionCall) -> Value:
    call.need(1, 1)
    return call.args[0]


def _tostring(call: FunctionCall) -> Value:
    call.need(1, 1)
    return _converted(to_text(call.args[0]))


def _tonumber(call: FunctionCall) -> Value:
    call.need(1, 1)
    return _converted(to_number(call.args[0]))


def _tobool(call: FunctionCall) -> Value:
    call.need(1, 1)
    return _converted(to_bool(call.args[0]))


def _converted(value: Value) -> Value:
    if isinstance(value, Failed):
        raise FunctionError(value.reason)
    return value


def _tolist(call: FunctionCall) -> Value:
    call.need(1, 1)
    value = call.args[0]
    if isinstance(value, ListValue):
        return ListValue(unified(list(value.items)), call.span, value.via, value.references, value.complete)
    if isinstance(value, MapValue) or (isinstance(value, Known) and value.data is not None):
        raise FunctionError("a list is required")
    return value


def _toset(call: FunctionCall) -> Value:
    call.need(1, 1)
    value = call.args[0]
    if isinstance(value, ListValue):
        return to_set(value, list(value.items), call)
    if isinstance(value, MapValue) or (isinstance(value, Known) and value.data is not None):
        raise FunctionError("a set is required")
    return value


def _tomap(call: FunctionCall) -> Value:
    call.need(1, 1)
    value = call.args[0]
    if isinstance(value, MapValue):
        items = unified(list(value.entries.values()))
        entries = dict(zip(value.entries, items, strict=True))
        return MapValue(entries, call.span, value.via, value.references, value.keys, value.complete)
    if isinstance(value, (Known, ListValue)) and not is_null(value):
        raise FunctionError("a map is required")
    return value


def _sensitive(call: FunctionCall) -> Value:
    call.need(1, 1)
    return concealed(call.args[0])


def _nonsensitive(call: FunctionCall) -> Value:
    call.need(1, 1)
    return revealed(call.args[0])


def _issensitive(call: FunctionCall) -> Value:
    call.need(1, 1)
    value = call.args[0]
    if isinstance(value, (Unknown, Choice)) and SENSITIVE not in value.references:
        return unknown_from(call.args, call.span)
    return Known(SENSITIVE in value.references, call.span)


def _ephemeralasnull(call: FunctionCall) -> Value:
    """`ephemeralasnull` (Terraform functions): what is not ephemeral stays. Which of the hidden is, is not known."""
    call.need(1, 1)
    value = call.args[0]
    return Unknown("is null where it is ephemeral", call.span, value.via) if is_sensitive(value) else value


def _type(call: FunctionCall) -> Value:
    call.need(1, 1)
    value = call.args[0]
    if not is_known(value):
        return unknown_from(call.args, call.span)
    return Known(_type_name(value), call.span, via_of(call.args), references_in(call.args))


def _type_name(value: Value) -> str:
    if isinstance(value, Known):
        return "number" if is_number(value.data) else "bool" if isinstance(value.data, bool) else "string"
    if isinstance(value, (Text, Encoded)):
        return "string"
    if isinstance(value, SetValue):
        return "set"
    return "tuple" if isinstance(value, ListValue) else "object" if isinstance(value, MapValue) else "dynamic"


TABLE: dict[str, Pure | Structural] = {
    "can": _can,
    "ephemeralasnull": _ephemeralasnull,
    "issensitive": _issensitive,
    "nonsensitive": _nonsensitive,
    "sensitive": _sensitive,
    "tobool": _tobool,
    "tolist": _tolist,
    "tomap": _tomap,
    "tonumber": _tonumber,
    "toset": _toset,
    "tostring": _tostring,
    "try": _try,
    "type": _type,
}
