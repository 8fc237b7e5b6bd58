"""The text of a YAML or JSON document to its tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iacreview.model.graph import Problem
from iacreview.model.source import Source, Span
from iacreview.parse.data.json_document import JsonError, parse_json
from iacreview.parse.data.nodes import DataNode

if TYPE_CHECKING:
    from iacreview.parse.data.yaml_document import YamlError

MAX_TEXT = 4 * 1024 * 1024


def parse_document(source: Source) -> tuple[DataNode | None, list[Problem]]:
    """The tree of a YAML or JSON document, and what is wrong with it.

    None with a problem where the text cannot be read (what was expected, at the place), None without one where
    it is empty. Text that starts as JSON but is not (comments, trailing commas) is read
    as YAML.
    """
    if len(source.text) > MAX_TEXT:
        return None, [Problem(f"larger than {MAX_TEXT // 1024 // 1024} MiB", Span(source, 0, 0))]
    problems: list[Problem] = []
    failed: JsonError | None = None
    start = content_start(source.text)
    if source.text.startswith(("{", "["), start):
        try:
            return parse_json(source, start, problems=problems), problems
        except JsonError as error:
            failed = error
            problems.clear()
    from iacreview.parse.data.yaml_document import YamlError, parse_yaml

    try:
        return parse_yaml(source, problems), problems
    except YamlError as error:
        return None, [*problems, _unreadable(source, error, failed)]


def _unreadable(source: Source, yaml: YamlError, json: JsonError | None) -> Problem:
    """The one of both errors that came further into the text."""
    error: YamlError | JsonError = json if json and json.offset >= yaml.offset else yaml
    language = "JSON" if error is json else "YAML"
    start = min(error.offset, len(source.text))
    return Problem(
        f"not readable as {language}: {error.message}", Span(source, start, min(start + 1, len(source.text)))
    )


def content_start(text: str) -> int:
    """Where the text begins after a byte order mark and white space."""
    at = 1 if text.startswith("\ufeff") else 0
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at
