"""Writes down what every rule says about its fixtures: tests/golden/messages/<CODE>.txt.

    python scripts/golden_messages.py [--check]

A changed message, fix or place shows in the diff of these files, where it can be read aloud.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from iacreview.catalog.catalog import Catalog  # noqa: E402 - the tree beside this file
from iacreview.engine.load import load_catalog, load_rules  # noqa: E402
from iacreview.engine.rule import Rule  # noqa: E402
from iacreview.model.finding import Finding, Undecided  # noqa: E402
from iacreview.options import Options  # noqa: E402
from iacreview.pipeline import check  # noqa: E402
from tests.trees import OWN, MemoryTree  # noqa: E402

FIXTURES = ROOT / "tests" / "fixtures"
MESSAGES = ROOT / "tests" / "golden" / "messages"
WIDEST = 100


def inputs(code: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The fixtures of a rule by name: each file alone, each folder as a whole."""
    folder = FIXTURES / code
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
        base = path if path.is_dir() else folder
        yield path.name, {each.relative_to(base).as_posix(): each.read_text(encoding="utf-8") for each in files}


def messages(rule: Rule, catalog: Catalog) -> str:
    """All that a rule says about its fixtures."""
    sections = [_section(name, files, rule, catalog) for name, files in inputs(rule.code)]
    return f"{rule.code} {rule.name}: {rule.title}\n" + "".join(sections)


def _section(name: str, files: Mapping[str, str], rule: Rule, catalog: Catalog) -> str:
    report = check(MemoryTree(files), (), Options([rule], catalog, profile="strict", operations=OWN))
    findings = [_finding(each) for each in report.findings]
    undecided = [_undecided(each) for each in report.undecided]
    return "".join(f"\n--- {name}\n{''.join([*findings, *undecided])}" for _ in [1] if findings or undecided)


def _finding(finding: Finding) -> str:
    address = finding.resource.address if finding.resource is not None else ""
    lines = [f"{finding.severity.label} {address}", f"    | {_source(finding)}", f"    {finding.message}"]
    lines += [f"    = {each.message}" for each in finding.related]
    fix = finding.remediation.strip().replace("\n", "\n         ")
    return "\n".join([*lines, *([f"    fix: {fix}"] if fix else [])]) + "\n"


def _undecided(each: Undecided) -> str:
    return f"undecided {each.resource.address}\n    | {_source(each)}\n    {each.reason}\n"


def _source(each: Finding | Undecided) -> str:
    """The line that is pointed at; no number, which would change with every line above."""
    line = each.span.source.text.split("\n")[each.span.first.line - 1]
    return line.partition("# expect:")[0].strip()[:WIDEST]


def expected() -> dict[Path, str]:
    """The text of every file."""
    catalog = load_catalog()
    return {MESSAGES / f"{rule.code}.txt": messages(rule, catalog) for rule in load_rules()}


def main() -> int:
    wanted = expected()
    found = {path: path.read_text(encoding="utf-8") for path in sorted(MESSAGES.glob("*.txt"))}
    if "--check" in sys.argv[1:]:
        different = sorted(path.name for path in {*wanted, *found} if wanted.get(path) != found.get(path))
        if different:
            sys.stderr.write(f"not up to date: {', '.join(different)}; run `make generate`\n")
        return int(bool(different))
    MESSAGES.mkdir(parents=True, exist_ok=True)
    for path in found.keys() - wanted.keys():
        path.unlink()
    for path, text in wanted.items():
        path.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
