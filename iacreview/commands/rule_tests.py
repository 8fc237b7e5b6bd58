"""`iacreview test-rules`: rules of one's own against examples that say what is to be found."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from iacreview.catalog.catalog import Catalog
from iacreview.commands.project import Project, open_project
from iacreview.engine.load import RULE_FILES, load_own_rules
from iacreview.engine.rule import Rule
from iacreview.errors import UsageError
from iacreview.model.finding import Finding, Report
from iacreview.options import Options
from iacreview.pipeline import check
from iacreview.report.changes import count
from iacreview.review.patched import PatchedTree
from iacreview.tree import Tree, WorkingTree

EXPECTED = re.compile(r"#\s*expect:\s*((?:[A-Z]{3,5}\d{3}\s*)+)(?:\"([^\"]*)\")?")
# What the names of examples begin with: all that is found is expected, nothing is found, something is undecided.
BAD, GOOD, UNKNOWN = "bad", "good", "unknown"

Texts = Mapping[str, str]


def test_rules(directory: str) -> int:
    """Runs the project's rules over DIRECTORY/<CODE>/{bad,good,unknown}.*; returns 1 where something differs.

    Where the settings name no rules, those are the rule files in the directory itself.
    """
    if not os.path.isdir(directory):
        raise UsageError(f"there is no directory `{directory}`")
    project = open_project((directory,))
    tree = WorkingTree(os.path.realpath(directory))
    rules = _rules(project, tree)
    failed = examples = 0
    for rule in rules:
        names = [path for path in tree.files() if path.startswith(f"{rule.code}/")]
        groups = list(_examples(names))
        examples += len(groups)
        wrong = [each for name, paths in groups for each in _wrong(rule, project.catalog, tree, name, paths)]
        wrong += [] if any(_word(name) == BAD for name, _ in groups) else [f"there is no {rule.code}/{BAD}.* to find"]
        failed += bool(wrong)
        sys.stdout.write("".join(f"{line}\n" for line in wrong) or f"{rule.code}: {len(groups)} as expected\n")
    asked = f"{count(len(rules), 'rule')}, {count(examples, 'example')}"
    sys.stdout.write(f"{asked}, {count(failed, 'rule')} failed\n")
    return int(bool(failed))


def _rules(project: Project, tree: Tree) -> Sequence[Rule]:
    own = [rule for rule in project.rules if rule.own]
    if own:
        return own
    files = [name for name in tree.listing("") if name.endswith(RULE_FILES)]
    if not files:
        raise UsageError("there are no rules of your own", "Name their files under `rules:` in the settings.")
    return load_own_rules(tree, files, project.catalog, project.rules)


def _examples(paths: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Each file by itself, and each folder as a whole."""
    found: dict[str, list[str]] = {}
    for path in paths:
        code, name, *_ = path.split("/")
        found.setdefault(f"{code}/{name}", []).append(path)
    yield from sorted(found.items())


def _word(name: str) -> str:
    found = re.match(r"[a-z]+", name.partition("/")[2])
    return found[0] if found else ""


def _wrong(rule: Rule, catalog: Catalog, tree: Tree, name: str, paths: Sequence[str]) -> Iterator[str]:
    """What an example shows that it should not, or does not show."""
    texts = {path: tree.read(path) for path in paths}
    alone = PatchedTree(tree, {path: texts.get(path) for path in tree.files()})
    report = check(alone, (), Options([rule], catalog, profile="strict"))
    unread = [each for each in report.findings if each.resource is None]
    yield from (f"{_at(each)}: {each.message}" for each in unread)
    yield from _differences(rule, texts, [each for each in report.findings if each.resource is not None])
    if _word(name) == UNKNOWN and not report.undecided:
        yield f"{name}: {rule.code} leaves nothing undecided"
    if _word(name) == BAD and not _expected(rule, texts):
        yield f"{name}: no line says `# expect: {rule.code}`"
    if not _is_reviewed(report):
        yield f"{name}: nothing in it is reviewed"


def _is_reviewed(report: Report) -> bool:
    return bool(report.units or report.findings)


def _differences(rule: Rule, texts: Texts, findings: Sequence[Finding]) -> Iterator[str]:
    wanted = _expected(rule, texts)
    found = Counter(map(_at, findings))
    for place in sorted(wanted - found):
        yield f"{place}: {rule.code} is expected, and not found"
    for each in findings:
        if not wanted[_at(each)] or found[_at(each)] > wanted[_at(each)]:
            yield f"{_at(each)}: {rule.code} is found, and not expected: {each.message}"
        elif (part := _parts(texts).get(_at(each), "")) not in each.message:
            yield f'{_at(each)}: the message has no "{part}": {each.message}'


def _at(finding: Finding) -> str:
    return f"{finding.span.path}:{finding.span.first.line}"


def _lines(texts: Texts) -> Iterator[tuple[str, re.Match[str]]]:
    for path, text in texts.items():
        for number, line in enumerate(text.splitlines(), 1):
            if found := EXPECTED.search(line):
                yield f"{path}:{number}", found


def _expected(rule: Rule, texts: Texts) -> Counter[str]:
    return +Counter({place: found[1].split().count(rule.code) for place, found in _lines(texts)})


def _parts(texts: Texts) -> dict[str, str]:
    return {place: found[2] for place, found in _lines(texts) if found[2]}
