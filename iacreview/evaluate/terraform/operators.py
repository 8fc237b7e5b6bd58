"""The operators, with Terraform's conversions of operands."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from iacreview.evaluate.terraform.convert import to_bool, to_number
from iacreview.evaluate.terraform.numbers import Number, is_number, tidy
from iacreview.evaluate.terraform.values import (
    MAX_BRANCHES,
    branches_under,
    choice,
    failed,
    is_known,
    known,
    references_in,
    unknown_from,
    via_of,
)
from iacreview.model.guard import When
from iacreview.model.source import Span
from iacreview.model.value import TOO_MANY, Choice, Encoded, Failed, Known, ListValue, MapValue, Text, Unknown, Value

_MAX_BITS = 4096


def binary(sign: str, left: Value, right: Value, span: Span) -> Value:
    """The result of an operation; over every branch where an operand is a choice."""
    if isinstance(left, Choice) or isinstance(right, Choice):
        return _over_branches(sign, left, right, span)
    if isinstance(left, Failed):
        return left
    if sign in ("==", "!="):
        return _equality(sign, left, right, span)
    if sign in ("&&", "||"):
        return _logical(sign, left, right, span)
    return _numeric(sign, left, right, span)


def unary(sign: str, operand: Value, span: Span) -> Value:
    """!operand or -operand."""
    if isinstance(operand, Choice):
        branches = [(when, unary(sign, value, span)) for when, value in operand.branches]
        return Choice(branches, span, operand.via, operand.references)
    value = to_bool(operand) if sign == "!" else to_number(operand)
    if not isinstance(value, Known):
        return value if isinstance(value, Failed) else unknown_from([operand], span)
    if value.data is None:
        return failed("an operand is null", span, [operand])
    if sign == "!":
        return known(not value.data, span, [operand])
    return known(-value.data if is_number(value.data) else None, span, [operand])  # type: ignore[operator]


def _over_branches(sign: str, left: Value, right: Value, span: Span) -> Value:
    pairs = [
        (both, one, other) for when, one in branches_under((), left) for both, other in branches_under(when, right)
    ]
    if len(pairs) > MAX_BRANCHES:
        return Unknown(TOO_MANY, span, references=references_in([left, right]))
    branches = [(both, binary(sign, one, other, span)) for both, one, other in pairs]
    return _merged(branches, span, [left, right])


def _merged(branches: list[tuple[When, Value]], span: Span, operands: list[Value]) -> Value:
    """A choice, or one value where all branches agree."""
    first = branches[0][1]
    if isinstance(first, Known) and all(same_scalar(first, value) for _, value in branches):
        return known(first.data, span, operands)
    return choice(branches, span, operands)


def same_scalar(one: Value, other: Value) -> bool:
    return isinstance(one, Known) and isinstance(other, Known) and _same_data(one.data, other.data)


def _same_data(one: object, other: object) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return one == other


def _equality(sign: str, left: Value, right: Value, span: Span) -> Value:
    if isinstance(right, Failed):
        return right
    answer = equal(left, right)
    if answer is None:
        return unknown_from([left, right], span)
    return known(answer == (sign == "=="), span, [left, right])


def equal(left: Value, right: Value) -> bool | None:
    """Whether two values are the same; None where that is not known. Values of different types never are."""
    if isinstance(left, Known) and isinstance(right, Known):
        return _same_data(left.data, right.data)
    if isinstance(left, ListValue) and isinstance(right, ListValue):
        return _equal_items(left, right)
    if isinstance(left, MapValue) and isinstance(right, MapValue):
        return _equal_entries(left, right)
    if isinstance(left, Encoded) and isinstance(right, Encoded):
        return equal(left.structure, right.structure)
    return None if _may_agree(left, right) else False


def _may_agree(left: Value, right: Value) -> bool:
    if isinstance(left, (Unknown, Choice)) or isinstance(right, (Unknown, Choice)):
        return True
    if isinstance(left, (Text, Encoded)):
        return _may_be_text(right) and not _contradicts(left, right)
    if isinstance(right, (Text, Encoded)):
        return _may_be_text(left) and not _contradicts(right, left)
    return False


def _may_be_text(value: Value) -> bool:
    return isinstance(value, (Text, Encoded)) or (isinstance(value, Known) and isinstance(value.data, str))


def _contradicts(text: Value, other: Value) -> bool:
    """Whether the known head or tail of a text with holes excludes that it equals a known string."""
    if not isinstance(text, Text) or not isinstance(other, Known) or not isinstance(other.data, str):
        return False
    first, last = text.parts[0], text.parts[-1]
    if isinstance(first, Known) and not other.data.startswith(str(first.data)):
        return True
    return isinstance(last, Known) and not other.data.endswith(str(last.data))


def _equal_items(left: ListValue, right: ListValue) -> bool | None:
    if left.complete and right.complete and len(left.items) != len(right.items):
        return False
    return _all(
        [equal(one, other) for one, other in zip(left.items, right.items, strict=False)],
        left.complete and right.complete,
    )


def _equal_entries(left: MapValue, right: MapValue) -> bool | None:
    complete = left.complete and right.complete
    if complete and left.entries.keys() != right.entries.keys():
        return False
    shared = left.entries.keys() & right.entries.keys()
    return _all([equal(left.entries[key], right.entries[key]) for key in shared], complete)


def _all(answers: list[bool | None], complete: bool) -> bool | None:
    if False in answers:
        return False
    return None if None in answers or not complete else True


def _logical(sign: str, left: Value, right: Value, span: Span) -> Value:
    """&& and ||: one side can decide where the other is not known."""
    decisive = sign == "||"
    one = to_bool(left)
    other = to_bool(right)
    if isinstance(one, Known) and one.data is decisive and not (isinstance(right, Known) and isinstance(other, Failed)):
        return known(decisive, span, [left])
    if isinstance(one, Failed) or isinstance(other, Failed):
        return one if isinstance(one, Failed) else other
    if isinstance(other, Known) and other.data is decisive:
        return known(decisive, span, [left, right])
    if isinstance(one, Known) and isinstance(other, Known):
        if one.data is None or other.data is None:
            return failed("an operand is null", span, [left, right])
        return known(not decisive, span, [left, right])
    return unknown_from([left, right], span)


def _numeric(sign: str, left: Value, right: Value, span: Span) -> Value:
    one, other = to_number(left), to_number(right)
    for side in (one, other):
        if isinstance(side, Failed):
            return side
    if not isinstance(one, Known) or not isinstance(other, Known):
        return unknown_from([left, right], span)
    if one.data is None or other.data is None:
        return failed("an operand is null", span, [left, right])
    assert is_known(one)
    try:
        result = _ARITHMETIC[sign](one.data, other.data)  # type: ignore[arg-type]
    except (ZeroDivisionError, OverflowError, ValueError):
        return failed("the operation has no result", span, [left, right])
    if isinstance(result, int) and result.bit_length() > _MAX_BITS:
        return failed("the number is too large", span, [left, right])
    return Known(result, span, via_of([left, right]), references_in([left, right]))


def _exactly(operation: Callable[[Any, Any], Any], left: Number, right: Number) -> Number:
    """Decimal fractions are exact in Terraform: 0.1 + 0.2 is 0.3."""
    if isinstance(left, int) and isinstance(right, int):
        return int(operation(left, right))
    from decimal import Decimal

    return tidy(float(operation(Decimal(repr(left)), Decimal(repr(right)))))


def _divide(left: Number, right: Number) -> Number:
    if isinstance(left, int) and isinstance(right, int) and right and left % right == 0:
        return left // right
    return tidy(left / right)


def _remainder(left: Number, right: Number) -> Number:
    """With the sign of the left operand."""
    if isinstance(left, int) and isinstance(right, int):
        remainder = abs(left) % abs(right)
        return -remainder if left < 0 else remainder
    return tidy(math.fmod(left, right))


_ARITHMETIC: dict[str, Callable[[Number, Number], Number | bool]] = {
    "+": lambda left, right: _exactly(operator.add, left, right),
    "-": lambda left, right: _exactly(operator.sub, left, right),
    "*": lambda left, right: _exactly(operator.mul, left, right),
    "/": _divide,
    "%": _remainder,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
