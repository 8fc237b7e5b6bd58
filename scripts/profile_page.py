#!/usr/bin/env python3
"""What each profile has, rule by rule and row by row, and why the rest is in the strict one (coverage/profiles.yaml).

profile_page.py           writes docs/profiles.md
profile_page.py --check   fails where the page is another, or a rule with strict rows has no reason
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from iacreview.engine.load import load_rules  # noqa: E402
from iacreview.engine.rule import Row, Rule  # noqa: E402

TARGET = ROOT / "docs" / "profiles.md"
REASONS = ROOT / "coverage" / "profiles.yaml"
HEAD = """# What each profile has

Made by `scripts/profile_page.py` (`make generate`) from the rules and `coverage/profiles.yaml`. The default profile
has what most reviewers want to hear; `--profile strict` has everything.

"""


def messages(rule: Rule, rows: Sequence[Row]) -> Iterator[str]:
    """A line for each thing that rows say, with the kinds about which they say it."""
    kinds: dict[str, dict[str, None]] = {}
    for row in rows:
        kinds.setdefault(row.message or rule.title, {})[row.kind] = None
    for message, found in kinds.items():
        yield f"- {message}: {', '.join(f'`{kind}`' for kind in found)}"


def section(rule: Rule, reason: str) -> Iterator[str]:
    yield f"### [{rule.code}](rules/{rule.code}.md) {rule.name}\n"
    for profile in ("default", "strict"):
        rows = [row for row in rule.rows if row.profile == profile]
        if rows:
            why = f" {reason}" if profile == "strict" else ""
            yield f"**{profile.capitalize()}.**{why}\n"
            yield "\n".join(messages(rule, rows)) + "\n"


def overview(rules: Sequence[Rule], reasons: Mapping[str, str]) -> Iterator[str]:
    yield "| rule | default | strict | why |\n| --- | --- | --- | --- |"
    for rule in rules:
        counts = [sum(row.profile == profile for row in rule.rows) for profile in ("default", "strict")]
        shown = " | ".join(str(count or "") for count in counts)
        link = f"[{rule.code}](#{rule.code.lower()}-{rule.name})"
        yield f"| {link} {rule.name} | {shown} | {reasons.get(rule.code, '')} |"


def page(rules: Sequence[Rule], reasons: Mapping[str, str]) -> str:
    table = "Rows of each rule in the default profile, and those that strict has besides:\n\n" + "\n".join(
        overview(rules, reasons)
    )
    return (
        HEAD + table + "\n\n" + "\n".join(line for rule in rules for line in section(rule, reasons.get(rule.code, "")))
    )


def lacking(rules: Sequence[Rule], reasons: Mapping[str, str]) -> Iterator[str]:
    """The rules that have strict rows and no reason, and the reasons that have no such rule."""
    strict = {rule.code for rule in rules if any(row.profile == "strict" for row in rule.rows)}
    yield from (
        f"coverage/profiles.yaml does not say why {code} has strict rows" for code in sorted(strict - {*reasons})
    )
    yield from (f"coverage/profiles.yaml: {code} has no strict rows" for code in sorted({*reasons} - strict))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, fail where something differs")
    rules = load_rules()
    reasons: Mapping[str, str] = yaml.safe_load(REASONS.read_text(encoding="utf-8"))
    wrong = list(lacking(rules, reasons))
    text = page(rules, reasons)
    if parser.parse_args().check:
        if not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text:
            wrong.append("docs/profiles.md is not what the rules say: run scripts/profile_page.py")
    else:
        TARGET.write_text(text, encoding="utf-8")
    print("\n".join(wrong), file=sys.stderr, end="\n" if wrong else "")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
