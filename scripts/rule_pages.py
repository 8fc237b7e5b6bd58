#!/usr/bin/env python3
"""A page for each rule, made of the rule and its fixtures.

rule_pages.py           writes docs/rules/*.md
rule_pages.py --check   fails where a page is another, is missing or is left over
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from iacreview.engine.explanation import page  # noqa: E402
from iacreview.engine.load import load_catalog, load_rules  # noqa: E402
from iacreview.suppress.names import names_of  # noqa: E402

TARGET = ROOT / "docs" / "rules"
INDEX = "README.md"
NOTE = "<!-- made by scripts/rule_pages.py -->\n\n"


def pages() -> dict[str, str]:
    """The pages and their index, by file name."""
    rules, catalog = load_rules(), load_catalog()
    found = {f"{rule.code}.md": NOTE + page(rule, names_of(rule.code, rule.aliases), catalog) for rule in rules}
    lines = ["# Rules", "", "| rule | severity | what it says |", "| --- | --- | --- |"]
    lines += [f"| [{rule.code}]({rule.code}.md) {rule.name} | {rule.severity.label} | {rule.title} |" for rule in rules]
    return {**found, INDEX: NOTE + "\n".join(lines) + "\n"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, fail where something differs")
    wanted = pages()
    there = {path.name: path.read_text(encoding="utf-8") for path in TARGET.glob("*.md")}
    if parser.parse_args().check:
        wrong = sorted(name for name in {*wanted, *there} if wanted.get(name) != there.get(name))
        print("\n".join(f"docs/rules/{name} is not what the rules say: run scripts/rule_pages.py" for name in wrong))
        return int(bool(wrong))
    TARGET.mkdir(parents=True, exist_ok=True)
    for name in there.keys() - wanted.keys():
        (TARGET / name).unlink()
    for name, text in wanted.items():
        (TARGET / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
