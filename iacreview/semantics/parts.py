"""Reads one part of a text file of many, without reading the others; scripts/factfile.py writes such files."""

from __future__ import annotations

import os
from functools import cache

_FOLDER = os.path.join(os.path.dirname(__file__), "data")


class Parts:
    """A file's parts by their names. The table of contents is read when the first is asked for."""

    __slots__ = ("_head", "_name", "_start")

    def __init__(self, name: str) -> None:
        self._name = name
        self._head = ""
        self._start = 0

    def names(self) -> tuple[str, ...]:
        """The names of all parts, in the order of the file."""
        lines = self._contents().splitlines()
        return tuple(line.partition(" ")[0] for line in lines if line[:2] not in ("# ", "= "))

    def value(self, key: str) -> str:
        """What the file says about itself, such as its date; empty where it does not say it."""
        return self._after(f"\n= {key} ")

    def read(self, name: str) -> str | None:
        """A part; None where there is none of this name."""
        place = "" if " " in name or "\n" in name or name in ("", "#", "=") else self._after(f"\n{name} ")
        if not place:
            return None
        offset, length = place.split(" ")
        with open(os.path.join(_FOLDER, self._name), "rb") as file:
            file.seek(self._start + int(offset))
            return file.read(int(length)).decode("ascii")

    def all(self) -> dict[str, str]:
        """All parts."""
        places = [line.split(" ") for line in self._contents().splitlines() if line[:2] not in ("# ", "= ")]
        with open(os.path.join(_FOLDER, self._name), "rb") as file:
            file.seek(self._start)
            text = file.read().decode("ascii")
        return {name: text[int(offset) : int(offset) + int(length)] for name, offset, length in places}

    def _after(self, text: str) -> str:
        head = self._contents()
        found = head.find(text)
        return "" if found < 0 else head[found + len(text) : head.index("\n", found + 1)]

    def _contents(self) -> str:
        if not self._head:
            with open(os.path.join(_FOLDER, self._name), "rb") as file:
                first = file.readline()
                self._start = int(first[2:])
                self._head = "# \n" + file.read(self._start - len(first)).decode("ascii")
        return self._head


@cache
def parts_of(name: str) -> Parts:
    """The file of this name among the facts."""
    return Parts(name)


@cache
def lines_of(name: str) -> list[str]:
    """The lines of a small file among the facts, without comments and empty ones."""
    with open(os.path.join(_FOLDER, name), encoding="utf-8") as file:
        return [line.rstrip("\n") for line in file if line.strip() and not line.startswith("#")]
