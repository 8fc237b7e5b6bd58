#!/usr/bin/env python3
"""What each profile has, rule by rule and row by row, and why the rest is in the strict one (coverage/profiles.yaml).

profile_page.py           writes docs/profiles.md; nothing where a strict row has no reason
profile_page.py --check   fails where the page is another, or a strict row has no reason
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

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


# Why a rule's rows are strict: one reason, or one for each message (`*` for all), or for each kind of a message.
Reasons: TypeAlias = "str | Mapping[str, str | Mapping[str, str]]"


def why(reasons: Reasons, rule: Rule, row: Row) -> str:
    """The reason for a strict row; empty where none is given."""
    if isinstance(reasons, str):
        return reasons
    found = reasons.get(row.message or rule.title, reasons.get("*", ""))
    return found if isinstance(found, str) else found.get(row.kind, "")


def messages(rule: Rule, rows: Sequence[Row], reasons: Reasons) -> Iterator[str]:
    """A line for each thing that rows say, with the kinds about which they say it, and the reason for it."""
    kinds: dict[tuple[str, str], dict[str, None]] = {}
    for row in rows:
        kinds.setdefault((row.message or rule.title, why(reasons, rule, row)), {})[row.kind] = None
    for (message, reason), found in kinds.items():
        yield f"- {message}: {', '.join(f'`{kind}`' for kind in found)}{reason and f'. *{reason}*'}"


def section(rule: Rule, reasons: Reasons) -> Iterator[str]:
    yield f"### [{rule.code}](rules/{rule.code}.md) {rule.name}\n"
    for profile in ("default", "strict"):
        rows = [row for row in rule.rows if row.profile == profile]
        if rows:
            whole = f" {reasons}" if profile == "strict" and isinstance(reasons, str) else ""
            yield f"**{profile.capitalize()}.**{whole}\n"
            told = "" if profile == "default" or whole else reasons
            yield "\n".join(messages(rule, rows, told)) + "\n"


def overview(rules: Sequence[Rule], reasons: Mapping[str, Reasons]) -> Iterator[str]:
    yield "| rule | default | strict | why |\n| --- | --- | --- | --- |"
    for rule in rules:
        counts = [sum(row.profile == profile for row in rule.rows) for profile in ("default", "strict")]
        shown = " | ".join(str(count or "") for count in counts)
        anchor = f"#{rule.code.lower()}-{rule.name}"
        given = reasons.get(rule.code, "")
        reason = given if isinstance(given, str) else f"[row by row]({anchor})"
        yield f"| [{rule.code}]({anchor}) {rule.name} | {shown} | {reason} |"


def page(rules: Sequence[Rule], reasons: Mapping[str, Reasons]) -> str:
    table = "Rows of each rule in the default profile, and those that strict has besides:\n\n" + "\n".join(
        overview(rules, reasons)
    )
    sections = (line for rule in rules for line in section(rule, reasons.get(rule.code, "")))
    return HEAD + table + "\n\n" + "\n".join(sections)


def lacking(rules: Sequence[Rule], reasons: Mapping[str, Reasons]) -> Iterator[str]:
    """The strict rows that have no reason, and the reasons that have no such row."""
    strict = {rule.code: rule for rule in rules if any(row.profile == "strict" for row in rule.rows)}
    yield from (f"coverage/profiles.yaml: {code} has no strict rows" for code in sorted({*reasons} - {*strict}))
    for code, rule in strict.items():
        given = reasons.get(code, "")
        rows = [row for row in rule.rows if row.profile == "strict"]
        unexplained = {f"{row.message or rule.title}: {row.kind}" for row in rows if not why(given, rule, row)}
        yield from (f"coverage/profiles.yaml does not say why {code} is strict: {each}" for each in sorted(unexplained))
        if isinstance(given, str) and len(rows) < len(rule.rows):
            yield f"coverage/profiles.yaml: {code} has default rows, too, so each strict one needs its reason"
        said = {row.message or rule.title for row in rows} | {"*"}
        unused = set() if isinstance(given, str) else {*given} - said
        yield from (
            f"coverage/profiles.yaml: no strict row of {code} says: {each} (renamed? then change the key)"
            for each in sorted(unused)
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, fail where something differs")
    rules = load_rules()
    reasons: Mapping[str, Reasons] = yaml.safe_load(REASONS.read_text(encoding="utf-8"))
    wrong = list(lacking(rules, reasons))
    text = page(rules, reasons)
    if parser.parse_args().check:
        if not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text:
            wrong.append("docs/profiles.md is not what the rules say: run scripts/profile_page.py")
    elif not wrong:
        TARGET.write_text(text, encoding="utf-8")
    print("\n".join(wrong), file=sys.stderr, end="\n" if wrong else "")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
