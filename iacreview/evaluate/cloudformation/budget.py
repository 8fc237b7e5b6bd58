"""A bound on what a template may be multiplied to by what it says twice."""

from __future__ import annotations

MAX_VALUES = 200_000
# One string; CloudFormation's own limit for a whole template is 1 MB ("AWS CloudFormation quotas").
MAX_TEXT = 1_000_000

_CHARACTERS_PER_VALUE = 20


class Budget:
    """Values that may still be made by repetition (strings put together, lists and maps copied); `exceeded` past it."""

    __slots__ = ("exceeded", "left")

    TOO_MUCH = "the template repeats its values too often"

    def __init__(self, values: int = MAX_VALUES) -> None:
        self.left = values
        self.exceeded = False

    def values(self, count: int) -> bool:
        """Whether `count` more values may be made; they count from now on."""
        self.left -= count
        self.exceeded = self.exceeded or self.left < 0
        return self.left >= 0

    def text(self, length: int) -> bool:
        """Whether a string of this length may be made; it counts from now on."""
        self.exceeded = self.exceeded or length > MAX_TEXT
        return length <= MAX_TEXT and self.values(length // _CHARACTERS_PER_VALUE)
