"""Terraform's numbers and scalars as plain data."""

from __future__ import annotations

from iacreview.model.patterns import later

Number = int | float

_NUMBER = later(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?\Z")
_MAX_DIGITS = 600


def number_text(number: Number) -> str:
    """A number as Terraform writes it: no exponent, no trailing zeros."""
    if isinstance(number, int):
        return str(number) if abs(number) < 10**_MAX_DIGITS else format(float("inf"))
    if number.is_integer():
        return str(int(number))
    text = repr(number)
    if "e" in text:
        from decimal import Decimal

        text = format(Decimal(text), "f")
    return text


def tidy(number: Number) -> Number:
    """A float without a fraction becomes an int, since Terraform has one number type."""
    if isinstance(number, float) and number.is_integer() and abs(number) < 1e300:
        return int(number)
    return number


def parse_number(text: str) -> Number | None:
    """The number a string means, or None."""
    if len(text) > _MAX_DIGITS or not _NUMBER.match(text):
        return None
    if text.lstrip("+-").isdigit():
        return int(text)
    return tidy(float(text))


def scalar_text(data: str | int | float | bool) -> str:
    """A scalar as Terraform converts it to a string."""
    if isinstance(data, str):
        return data
    if isinstance(data, bool):
        return "true" if data else "false"
    return number_text(data)


def is_number(data: object) -> bool:
    return isinstance(data, (int, float)) and not isinstance(data, bool)
