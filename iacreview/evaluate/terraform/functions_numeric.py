"""Numeric functions."""

from __future__ import annotations

import math

from iacreview.evaluate.terraform.call import FunctionError, Pure, Structural, TooComplex
from iacreview.evaluate.terraform.convert import Number, tidy


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
    if base > 36 or "_" in text or text != text.strip():
        raise FunctionError("the text is no number in that base")
    return int(text, base)


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
    "signum": Pure("n", lambda number: (number > 0) - (number < 0)),
}
