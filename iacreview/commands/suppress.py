"""`iacreview suppress`: writes a suppression of a finding where it belongs, in the syntax of the file."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from iacreview import pipeline
from iacreview.commands.editable import not_to_edit
from iacreview.commands.fix import print_patch, write_texts
from iacreview.commands.project import Project, open_project
from iacreview.commands.wishes import Wishes, options_for
from iacreview.errors import UsageError
from iacreview.judging import SYNTAX_RULE
from iacreview.languages import WRITTEN
from iacreview.languages.language import Language
from iacreview.model.edit import Edit, edited
from iacreview.model.finding import Finding, Report
from iacreview.model.source import Span
from iacreview.review.patched import PatchedTree
from iacreview.tree import Tree

_FEWEST = 6


def suppress(wanted: str, paths: Sequence[str], said: Mapping[str, str], as_patch: bool) -> int:
    """Suppresses the findings that `wanted` names (a fingerprint, `RULE@ADDRESS` or `PATH:LINE`); returns 0.

    `said` are the reason and what else is kept, by key. With `as_patch` the change is printed instead. Raises
    UsageError where there is no such finding, where something cannot be written in a suppression, and where none can
    be written.
    """
    _check(said)
    project = open_project(paths)
    options = options_for(project, Wishes(profile="strict"))

    def review(tree: Tree) -> Report:
        return pipeline.check(tree, project.paths, options)

    report = review(project.tree)
    found = [each for each in report.findings if _is(each, wanted)]
    if not found:
        raise UsageError(f"no finding is called `{wanted}`", "`--format json` has fingerprints, addresses and lines.")
    texts: dict[str, str] = {}
    for finding in found:
        texts = _suppressed(project, texts, finding, said, review)
    for path, why in not_to_edit(texts, project.tree, project.root).items():
        raise UsageError(f"{path} is not to be changed: {why}", "Use `per-path-ignores`.")
    if as_patch:
        print_patch(report, project.tree, texts)
    elif write_texts(texts, project.root):
        raise UsageError("the file is not UTF-8", "Write the suppression by hand.")
    else:
        sys.stderr.write(f"{len(found)} suppressed.\n")
    return 0


def _check(said: Mapping[str, str]) -> None:
    for key, text in said.items():
        if any(each in text for each in '"\n\r') or not text.isprintable():
            raise UsageError(f"--{key} has a quote or a line break")
    try:
        date.fromisoformat(said.get("until", "2027-01-31"))
    except ValueError as error:
        raise UsageError(f"`--until {said['until']}` is not of the form 2027-01-31") from error


def _is(finding: Finding, wanted: str) -> bool:
    """Whether a finding is meant: by the start of its fingerprint, by rule and address, or by path and line."""
    rule, at, address = wanted.partition("@")
    if at and finding.resource is not None:
        return rule in (finding.rule, finding.name) and address in (finding.resource.address, *finding.instances)
    path, colon, line = wanted.rpartition(":")
    if colon and line.isdigit():
        return (path, int(line)) == (finding.span.path, finding.span.first.line)
    return len(wanted) >= _FEWEST and finding.fingerprint.startswith(wanted)


def _suppressed(
    project: Project, texts: Mapping[str, str], finding: Finding, said: Mapping[str, str], review: Any
) -> dict[str, str]:
    """The texts with one more suppression: the first place for it that holds."""
    for edit in _edits(finding, said):
        text = texts.get(edit.path)
        if text is not None and text != project.tree.read(edit.path):
            edit = _moved(edit, project.tree.read(edit.path), text)
        attempt = {**texts, edit.path: edited(text or project.tree.read(edit.path), [edit])}
        after = review(PatchedTree(project.tree, attempt))
        broken = any(each.rule == SYNTAX_RULE and each.span.path == edit.path for each in after.findings)
        if not broken and any(_same(each, finding) for each, _ in after.suppressed):
            return attempt
    raise UsageError(f"{finding.rule} cannot be suppressed in {finding.span.path}", "Use `per-path-ignores`.")


def _same(one: Finding, other: Finding) -> bool:
    return (one.rule, one.fingerprint, one.span.path) == (other.rule, other.fingerprint, other.span.path)


def _moved(edit: Edit, old: str, new: str) -> Edit:
    """An edit of a text to which lines were added before."""
    if new.endswith(old[edit.start :]):
        shift = len(new) - len(old)
        return edit._replace(start=edit.start + shift, end=edit.end + shift)
    return edit


def _edits(finding: Finding, said: Mapping[str, str]) -> Iterator[Edit]:
    """Where a suppression may stand: at the finding, else at its resource, and then for that rule alone."""
    for span in (finding.span, *finding.blocks[:1]):
        syntax = _language(finding).syntax(span.source)
        if syntax in ("hcl", "yaml"):
            parts = [finding.rule, *(_part(key, text) for key, text in said.items() if text)]
            yield _line_above(span, f"# iacreview:ignore {' '.join(parts)}")
    for span in finding.blocks[:1]:
        if _language(finding).syntax(span.source) == "json" and "{" in span.text and '"Metadata"' not in span.text:
            entry = {"rule": finding.rule, **{key: text for key, text in said.items() if text}}
            text = f'"Metadata": {json.dumps({"iacreview": {"ignore": [entry]}}, ensure_ascii=False)}, '
            at = span.start + span.text.index("{") + 1
            at += len(span.source.text[at:]) - len(span.source.text[at:].lstrip())
            yield Edit(span.path, at, at, text)


def _language(finding: Finding) -> Language:
    type = finding.resource.type if finding.resource is not None else ""
    return next(each for each in WRITTEN if each.has_type(type))


def _part(key: str, text: str) -> str:
    return f'{key}="{text}"' if key == "reason" or any(map(str.isspace, text)) else f"{key}={text}"


def _line_above(span: Span, comment: str) -> Edit:
    """A comment on a line of its own, indented like the line on which the span starts."""
    start = span.source.text.rfind("\n", 0, span.start) + 1
    line = span.source.text[start:]
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    return Edit(span.path, start, start, f"{indent}{comment}\n")
