"""The words of CONTRIBUTING's list: those that it replaces stand in no rule."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# What is written instead stands in CONTRIBUTING.md ("Words").
BANNED = {
    "hard-coded": r"written out",
    "undecided": r"not answered|unanswered|cannot be answered|left open",
    "is not a": r"\b(?<!there )(?:is|are) no (?!longer\b|more\b|other\b)",
    "is not one": r"\b(?:is|are) none\b",
    "outbound traffic": r"traffic outbound|outgoing traffic",
    "terminate TLS": r"\bends? TLS\b",
    "accept": r"\btakes? (?:plain HTTP|FTP|traffic)\b",
    "the Internet": r"\b(?:over|to|from) the internet\b|whole world",
    "anyone, everyone, someone": r"\b(?:every|any|some)body\b",
    "forever": r"\bfor ever\b",
}
ANY = re.compile("|".join(BANNED.values()))


def offences(text: str) -> list[str]:
    """What is in a text that ought to be said otherwise."""
    return [match[0] for match in ANY.finditer(" ".join(text.split()))]


def rule_texts() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "rules").rglob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        yield path.name, re.sub(r"(?m)^(?:name:.*|\s*#.*)$", "", text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the text is no\n  number", ["is no "]),
        ("there is no such file", []),
        ("The listener does not end TLS", ["end TLS"]),
        ("Which version is left open", ["left open"]),
        ("The port is open to the Internet", []),
        ("it is no longer there", []),
    ],
)
def test_what_is_looked_for(text: str, found: list[str]) -> None:
    assert offences(text) == found


def test_rules() -> None:
    assert {name: found for name, text in rule_texts() if (found := offences(text))} == {}
