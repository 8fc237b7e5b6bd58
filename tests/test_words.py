"""What CONTRIBUTING's list of words replaces stands in no rule, no text or docstring of the program, and no page."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.sources import nodes, syntax

ROOT = Path(__file__).parent.parent

# What is written instead stands in CONTRIBUTING.md ("Words").
BANNED = {
    "hard-coded": r"written out",
    "undecided": r"not answered|unanswered|cannot be answered|left open",
    "is not a": r"\b(?<![Tt]here )(?:is|are) no (?!longer\b|more\b|other\b)",
    "outbound traffic": r"traffic outbound|outgoing traffic",
    "terminate TLS": r"\bends? TLS\b",
    "accept": r"\btakes (?:plain HTTP|FTP|traffic)\b",
    "the Internet": r"\b(?:over|to|from) the internet\b|whole world",
    "anyone, everyone, someone": r"(?<![-_\w])(?:every|any|some)body\b",
    "forever": r"\bfor ever\b",
    "escalate": r"\brais(?:e|es|ing) (?:\w+ )?own rights\b",
    "customer managed key": r"\bkeys? of (?:your|one's) own\b",
    "AWS managed policy": r"\bmanaged polic(?:y|ies) of AWS\b",
    "reject": r"\bAWS refuses\b",
    "as well": r", too\b(?! (?:many|much|few|large|long|short|deep|small|late|early|often)\b)(?=[.;:)]|$)",
}
# At the beginning of a sentence as well; of the Internet the letter is what counts.
WANTED = {word: re.compile(text, 0 if word == "the Internet" else re.IGNORECASE) for word, text in BANNED.items()}


def offences(text: str) -> list[str]:
    """What is in a text that ought to be said otherwise, and how that is said."""
    flat = " ".join(text.split())
    return [f"{match[0]}: say {word!r}" for word, pattern in WANTED.items() for match in pattern.finditer(flat)]


def rule_texts() -> Iterator[tuple[str, str]]:
    """What rules say, and the coverage, of which pages are made."""
    for path in sorted((*(ROOT / "rules").rglob("*.yaml"), *(ROOT / "coverage").rglob("*.yaml"))):
        text = path.read_text(encoding="utf-8")
        yield str(path.relative_to(ROOT)), re.sub(r"(?m)^(?:name:.*|\s*#.*)$", "", text)


def program_texts() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "iacreview").rglob("*.py")):
        for node in nodes(path):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node.value


def pages() -> Iterator[tuple[str, str]]:
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the text is no\n  number", ["is no : say 'is not a'"]),
        ("there is no such file", []),
        ("The listener does not end TLS", ["end TLS: say 'terminate TLS'"]),
        ("Somebody may read it", ["Somebody: say 'anyone, everyone, someone'"]),
        ("a route to the internet", ["to the internet: say 'the Internet'"]),
        ("Which version is left open", ["left open: say 'undecided'"]),
        ("The port is open to the Internet", []),
        ("it is no longer there", []),
    ],
)
def test_what_is_looked_for(text: str, found: list[str]) -> None:
    assert offences(text) == found


@pytest.mark.parametrize("texts", [rule_texts, program_texts, pages])
def test_texts(texts: Callable[[], Iterator[tuple[str, str]]]) -> None:
    found = {where: found for where, text in texts() if (found := offences(text))}
    assert found == {}, 'see "Words" in CONTRIBUTING.md'


def test_the_list_has_what_is_looked_for() -> None:
    words = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("**Words**")[2]
    assert [each for each in BANNED if each not in words] == []


def undocumented(path: Path) -> Iterator[tuple[str, ast.FunctionDef]]:
    """The public functions and methods of more than two lines that say nothing."""
    for node in syntax(path).body:
        inner = node.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_") else [node]
        for each in inner:
            public = isinstance(each, ast.FunctionDef) and not each.name.startswith("_")
            if public and not ast.get_docstring(each) and (each.end_lineno or 0) - each.lineno > 2:
                yield f"{path.relative_to(ROOT)}:{each.lineno}", each


def test_public_functions_say_what_they_guarantee() -> None:
    """A method of a protocol says it there, once."""
    paths = sorted((ROOT / "iacreview").rglob("*.py"))
    protocols = (
        node
        for path in paths
        for node in syntax(path).body
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases)
    )
    said = {each.name for node in protocols for each in node.body if isinstance(each, ast.FunctionDef)}
    found = [(where, each.name) for path in paths for where, each in undocumented(path)]
    assert [(where, name) for where, name in found if name not in said] == []
