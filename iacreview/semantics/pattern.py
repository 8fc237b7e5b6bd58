"""The algebra of IAM's wildcard patterns: `*` is any text, `?` any one character, and a hole is text nobody knows yet.

Sources: "IAM JSON policy elements: Action" and "IAM JSON policy elements: Resource" (IAM User Guide).

A hole (`HOLE`) stands for some non-empty text without wildcards. The functions never guess what is in it:
`covers` answers what holds for every filling, `intersects` what is possible with some filling.
Every function is total and takes time that is bounded by the lengths (`covers` also by a count of steps).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from operator import methodcaller

from iacreview.model.logic import NO, UNKNOWN, YES, Truth
from iacreview.model.value import HOLE

# Longer patterns are not compared symbol by symbol; IAM's own limit for a whole policy is 10,240 characters.
_MAX_LENGTH = 4096
_MAX_STEPS = 20_000
# Policies ask the same few thousand questions again and again.
_REMEMBERED = 32_768


class Glob:
    """A pattern compiled to a bit-parallel automaton: bit i says that the first i symbols are matched."""

    __slots__ = ("_any", "_literals", "_stars", "size")

    def __init__(self, pattern: str) -> None:
        literals: dict[str, int] = {}
        any = stars = 0
        for index, symbol in enumerate(pattern):
            if symbol == "*":
                stars |= 1 << index
            elif symbol == "?":
                any |= 1 << index
            else:
                literals[symbol] = literals.get(symbol, 0) | 1 << index
        self._any = any
        self._stars = stars
        self._literals = literals
        self.size = len(pattern)

    def start(self) -> int:
        """The states before any character."""
        return self._closed(1)

    def step(self, states: int, character: str) -> int:
        """The states after one known character; a character no pattern has stands for all others."""
        moving = states & (self._literals.get(character, 0) | self._any)
        return self._closed(moving << 1 | states & self._stars)

    def step_any(self, states: int) -> int:
        """The states that some one character leads to."""
        return self._closed((states & ~self._stars) << 1 & (1 << self.size + 1) - 1 | states & self._stars)

    def reachable(self, states: int) -> int:
        """The states that some text, empty or not, leads to."""
        lowest = states & -states
        return (1 << self.size + 1) - lowest if states else 0

    def accepts(self, states: int) -> bool:
        """Whether the text so far is one of the pattern's."""
        return bool(states >> self.size & 1)

    def matches(self, text: str) -> bool:
        """Whether a text without wildcards or holes is one of the pattern's."""
        states = self.start()
        for character in text:
            states = self.step(states, character)
            if not states:
                return False
        return self.accepts(states)

    def essential(self, states: int) -> int:
        """The states without those that a later star makes superfluous."""
        stars = states & self._stars
        return states & -(1 << stars.bit_length() - 1) if stars else states

    def _closed(self, states: int) -> int:
        # Stars never stand next to each other, so one step suffices.
        return states | (states & self._stars) << 1


@lru_cache(maxsize=_REMEMBERED)
def compiled(pattern: str) -> Glob:
    """The automaton of a pattern, made once."""
    return Glob(pattern)


def normalised(pattern: str, fold: bool = True) -> str:
    """An equal pattern with each run of wildcards in its shortest form (`?`s first, then one `*`)."""
    if fold:
        pattern = pattern.lower()
    if "*" not in pattern or ("**" not in pattern and "*?" not in pattern):
        return pattern
    parts: list[str] = []
    questions, star = 0, False
    for symbol in pattern:
        if symbol == "*":
            star = True
        elif symbol == "?" and star:
            questions += 1
        else:
            if star:
                parts.append("?" * questions + "*")
                questions, star = 0, False
            parts.append(symbol)
    if star:
        parts.append("?" * questions + "*")
    return "".join(parts)


def has_wildcard(pattern: str) -> bool:
    return "*" in pattern or "?" in pattern


@lru_cache(maxsize=_REMEMBERED)
def matches(pattern: str, text: str, fold: bool = True) -> bool:
    """Whether the text, taken literally, is one of the pattern's for certain; `fold` ignores case, as actions do."""
    if fold:
        pattern, text = pattern.lower(), text.lower()
    if not has_wildcard(pattern):
        return pattern == text and HOLE not in pattern
    if HOLE in pattern or HOLE in text or len(pattern) > _MAX_LENGTH:
        return covers(pattern, text, fold=False)
    return matcher(normalised(pattern, fold=False))(text)


@lru_cache(maxsize=_REMEMBERED)
def matcher(pattern: str) -> Callable[[str], bool]:
    """The test whether a text without wildcards or holes is one of a normalised pattern's; for many texts."""
    if "?" in pattern or HOLE in pattern:
        return Glob(pattern).matches
    if "*" not in pattern:
        return pattern.__eq__
    head, *middle, tail = pattern.split("*")
    if not middle and not tail:
        return methodcaller("startswith", head)

    def test(text: str) -> bool:
        if len(text) < len(head) + len(tail) or not (text.startswith(head) and text.endswith(tail)):
            return False
        place, end = len(head), len(text) - len(tail)
        for part in middle:
            found = text.find(part, place, end)
            if found < 0:
                return False
            place = found + len(part)
        return True

    return test


@lru_cache(maxsize=_REMEMBERED)
def covers(pattern: str, other: str, fold: bool = True) -> bool:
    """Whether every text of `other` is also one of `pattern`, whatever the holes of both are.

    False where that would take too many steps to decide.
    """
    pattern, other = normalised(pattern, fold), normalised(other, fold)
    if pattern == "*":
        return True
    if HOLE in pattern or len(pattern) > _MAX_LENGTH or len(other) > _MAX_LENGTH:
        return False
    if not has_wildcard(pattern):
        return pattern == other and not has_wildcard(other)
    if not has_wildcard(other) and HOLE not in other:
        return compiled(pattern).matches(other)
    return _includes(compiled(pattern), normalised(other.replace(HOLE, "?*"), fold=False))


def _includes(glob: Glob, other: str) -> bool:
    """Language inclusion: walks `other`, where a wildcard stands for characters that no pattern has.

    Such characters suffice: what accepts them does so by wildcards, which accept any others too.
    """
    todo = [(0, glob.essential(glob.start()))]
    seen = set(todo)
    while todo:
        index, states = todo.pop()
        if index == len(other):
            if not glob.accepts(states):
                return False
            continue
        symbol = other[index]
        if symbol == "*":
            following = [(index + 1, states), (index, glob.essential(glob.step(states, "")))]
        else:
            following = [(index + 1, glob.essential(glob.step(states, "" if symbol == "?" else symbol)))]
        if not all(states for _, states in following) or len(seen) > _MAX_STEPS:
            return False
        fresh = [each for each in following if each not in seen]
        seen.update(fresh)
        todo += fresh
    return True


@lru_cache(maxsize=_REMEMBERED)
def intersects(pattern: str, other: str, fold: bool = True) -> bool:
    """Whether some text may be one of both patterns, for some filling of the holes."""
    pattern = normalised(normalised(pattern, fold).replace(HOLE, "?*"), fold=False)
    other = normalised(normalised(other, fold).replace(HOLE, "?*"), fold=False)
    if pattern == "*" or other == "*" or pattern == other:
        return True
    if not has_wildcard(pattern) and not has_wildcard(other):
        return False
    if len(pattern) > _MAX_LENGTH or len(other) > _MAX_LENGTH:
        return True
    glob = compiled(pattern)
    states = glob.start()
    for symbol in other:
        if symbol == "*":
            states = glob.reachable(states)
        elif symbol == "?":
            states = glob.step_any(states)
        else:
            states = glob.step(states, symbol)
        if not states:
            return False
    return glob.accepts(states)


def coverage(pattern: str, other: str, fold: bool = True) -> Truth:
    """Yes where `pattern` covers all of `other`, no where they have nothing in common, else unknown."""
    if covers(pattern, other, fold):
        return YES
    return UNKNOWN if intersects(pattern, other, fold) else NO
