"""Which combinations of patterns some text matches, each with a shortest such text.

The product of the patterns' automata is walked breadth first, over the characters that still matter and one other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import translate
from typing import TypeAlias

from iacreview.model.record import NamedTuple
from iacreview.semantics.decision.symbols import ANY, ANY_IN_FIELD, ANY_IN_NAME, ONE, ONE_IN_FIELD, Symbols

Signs: TypeAlias = "tuple[bool, ...]"

# Steps of single automata.
MAX_STEPS = 300_000
_OTHERS = "xyzwvutsrqponmlkjihgfedcba0123456789-_"
_FIRST_BEYOND = 0x4E00


class Automaton:
    """A pattern as a bit-parallel automaton over symbols: bit i says that the first i symbols are matched."""

    __slots__ = (
        "_expression",
        "_field_ones",
        "_field_stars",
        "_literals",
        "_name_stars",
        "_ones",
        "_stars",
        "fold",
        "pattern",
        "size",
    )

    def __init__(self, pattern: Symbols, fold: bool = False) -> None:
        self.pattern = pattern
        self.fold = fold
        self.size = len(pattern)
        self._literals: dict[str, int] = {}
        wildcards = dict.fromkeys((ANY, ONE, ANY_IN_FIELD, ONE_IN_FIELD, ANY_IN_NAME), 0)
        for index, symbol in enumerate(pattern):
            if symbol in wildcards:
                wildcards[symbol] |= 1 << index
            else:
                symbol = symbol.lower() if fold else symbol
                self._literals[symbol] = self._literals.get(symbol, 0) | 1 << index
        self._stars, self._ones = wildcards[ANY], wildcards[ONE]
        self._field_stars, self._field_ones = wildcards[ANY_IN_FIELD], wildcards[ONE_IN_FIELD]
        self._name_stars = wildcards[ANY_IN_NAME]
        self._expression: re.Pattern[str] | None = None

    def start(self) -> int:
        """The states before any symbol."""
        return self._closed(1)

    def step(self, states: int, symbol: str) -> int:
        """The states after one more symbol; one of several characters stands for a part that is not known."""
        within = symbol != ":"
        ones = (self._ones | (self._field_ones if within else 0)) if len(symbol) == 1 else 0
        stars = self._stars | (self._field_stars if within else 0) | (self._name_stars if symbol not in ":/" else 0)
        moving = states & (self._literals.get(symbol.lower() if self.fold else symbol, 0) | ones)
        return self._essential(self._closed(moving << 1 | states & stars))

    def accepts(self, states: int) -> bool:
        """Whether the text so far is one of the pattern's."""
        return bool(states >> self.size & 1)

    def live(self, states: int) -> list[str]:
        """The symbols that some of the states wait for."""
        found = [symbol for symbol, places in self._literals.items() if places & states]
        if self.fold:
            found += [symbol.upper() for symbol in found if len(symbol) == 1 and symbol.upper() != symbol]
        if states & (self._field_stars | self._field_ones):
            found.append(":")
        if states & self._name_stars:
            found += [":", "/"]
        return found

    def matches(self, text: Sequence[str]) -> bool:
        """Whether the text, without wildcards, is one of the pattern's."""
        if not self.fold and all(map(_is_plain, self.pattern)) and all(len(symbol) == 1 for symbol in text):
            self._expression = self._expression or _expression(self.pattern)
            return self._expression.match("".join(text)) is not None
        return self._walks(text)

    def _walks(self, text: Sequence[str]) -> bool:
        states = self.start()
        for symbol in text:
            states = self.step(states, symbol)
            if not states:
                return False
        return self.accepts(states)

    def _closed(self, states: int) -> int:
        more = states
        while more:
            more = (more & (self._stars | self._field_stars | self._name_stars)) << 1 & ~states
            states |= more
        return states

    def _essential(self, states: int) -> int:
        """The states without those that a later star makes superfluous."""
        stars = states & self._stars
        return states & -(1 << stars.bit_length() - 1) if stars else states


def _is_plain(symbol: str) -> bool:
    return len(symbol) == 1 or symbol in (ANY, ONE)


def _expression(pattern: Symbols) -> re.Pattern[str]:
    """A pattern as an expression that takes time linear in the text, however many stars there are."""
    written = {ANY: "*", ONE: "?", "*": "[*]", "?": "[?]", "[": "[[]"}
    return re.compile(translate("".join(written.get(symbol, symbol) for symbol in pattern)))


class _Node(NamedTuple):
    states: tuple[int, ...]
    symbol: str
    parent: _Node | None


def satisfiable(
    patterns: Sequence[Automaton], within: Sequence[Automaton] = (), most: int = MAX_STEPS
) -> dict[Signs, Symbols] | None:
    """Every combination of matches and mismatches that a text has, each with a shortest such text.

    With `within`, only texts that one of these patterns has. None where that takes more than `most` steps.
    """
    every = [*patterns, *within]
    todo = [_Node(tuple(each.start() for each in every), "", None)]
    seen = {todo[0].states}
    found: dict[Signs, Symbols] = {}
    for node in todo:
        here = [each.accepts(states) for each, states in zip(every, node.states, strict=True)]
        if not within or any(here[len(patterns) :]):
            found.setdefault(tuple(here[: len(patterns)]), _text(node))
        for following in _following(every, node):
            if following.states not in seen and _goes_on(following.states, len(patterns), within):
                seen.add(following.states)
                todo.append(following)
        if len(todo) * len(every) > most:
            return None
    return found


def _goes_on(states: tuple[int, ...], own: int, within: Sequence[Automaton]) -> bool:
    return not within or any(states[own:])


def _following(every: Sequence[Automaton], node: _Node) -> list[_Node]:
    if not any(node.states):
        return []
    live: dict[str, None] = {}
    for each, states in zip(every, node.states, strict=True):
        if states:
            live.update(dict.fromkeys(each.live(states)))
    return [_step(every, node, symbol) for symbol in (*live, other(live))]


def _step(every: Sequence[Automaton], node: _Node, symbol: str) -> _Node:
    pairs = zip(every, node.states, strict=True)
    return _Node(tuple(each.step(states, symbol) if states else 0 for each, states in pairs), symbol, node)


def other(taken: dict[str, None]) -> str:
    """A character that is none of those taken, in neither case."""
    for character in _OTHERS:
        if character not in taken and character.upper() not in taken:
            return character
    code = _FIRST_BEYOND
    while chr(code) in taken:
        code += 1
    return chr(code)


def _text(node: _Node) -> Symbols:
    found: list[str] = []
    current: _Node | None = node
    while current is not None and current.parent is not None:
        found.append(current.symbol)
        current = current.parent
    return tuple(reversed(found))
