"""Numeric functions."""

from __future__ import annotations

import math

from iacreview.evaluate.terraform.functions.call import FunctionError, Pure, Structural, TooComplex
from iacreview.evaluate.terraform.numbers import Number, tidy

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _log(number: Number, base: Number) -> Number:
    return tidy(math.log(number) / math.log(base))


def _pow(base: Number, exponent: Number) -> Number:
    if abs(exponent) > 1024 or abs(base) > 1e18:
        raise TooComplex("the number is too large")
    if isinstance(base, int) and isinstance(exponent, int) and exponent >= 0:
        return int(base**exponent)
    return tidy(math.pow(base, exponent))


def _parseint(text: str, base: int) -> int:
    if not 2 <= base <= 62 or len(text) > 600:
        raise FunctionError("the base is out of range")
    if "_" in text or text != text.strip():
        raise FunctionError("the text is not a number in that base")
    return int(text, base) if base <= 36 else _large_base(text, base)


def _large_base(text: str, base: int) -> int:
    """Above 36, capitals are digits of their own, after the small letters."""
    digits = text.lstrip("+-")
    if not digits or len(text) - len(digits) > 1:
        raise FunctionError("the text is not a number in that base")
    number = 0
    for char in digits:
        at = _DIGITS.find(char)
        if not 0 <= at < base:
            raise FunctionError("the text is not a number in that base")
        number = number * base + at
    return -number if text.startswith("-") else number


def _signum(number: int) -> int:
    if abs(number) >= 2**31:
        raise FunctionError("the number is too large")
    return (number > 0) - (number < 0)


def _extreme(pick: str) -> Pure:
    function = max if pick == "max" else min
    return Pure("n", lambda *numbers: function(numbers), rest="n")


TABLE: dict[str, Pure | Structural] = {
    "abs": Pure("n", abs),
    "ceil": Pure("n", math.ceil),
    "floor": Pure("n", math.floor),
    "log": Pure("nn", _log),
    "max": _extreme("max"),
    "min": _extreme("min"),
    "parseint": Pure("si", _parseint),
    "pow": Pure("nn", _pow),
    "signum": Pure("i", _signum),
}
