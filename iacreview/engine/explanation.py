"""A rule explained for people: what, why, bad, good, how to fix it, and which checks of other tools it covers."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill, indent

from iacreview.engine.load import load_examples
from iacreview.engine.rule import Rule

_LANGUAGES = {"terraform": "Terraform", "cloudformation": "CloudFormation"}
WIDTH = 100


def explanation(rule: Rule) -> str:
    """The rule's page as plain text, without a final newline."""
    examples = load_examples().get(rule.code, {})
    parts = [
        f"{rule.code} {rule.name}: {rule.title}\n{rule.family}, severity {rule.severity.label}",
        "Why\n" + _wrapped(rule.why),
        _examples("Bad", examples.get("bad", {})),
        _examples("Good", examples.get("good", {})),
        "How to fix it\n" + _fixes(rule),
        "Applies to\n" + _wrapped(", ".join(sorted({row.kind for row in rule.rows}))),
        _listed("Controls", [f"{key}: {', '.join(each)}" for key, each in rule.controls.items()]),
        _listed("References", rule.references),
        _listed("Covers of other tools", [", ".join(rule.aliases)] if rule.aliases else []),
    ]
    return "\n\n".join(part for part in parts if part)


def _wrapped(text: str) -> str:
    return fill(" ".join(text.split()), WIDTH, initial_indent="  ", subsequent_indent="  ")


def _examples(title: str, examples: Mapping[str, str]) -> str:
    shown = [f"{title} ({_LANGUAGES[dialect]})\n{indent(text, '    ')}" for dialect, text in examples.items()]
    return "\n\n".join(shown)


def _listed(title: str, lines: tuple[str, ...] | list[str]) -> str:
    return "\n".join([title, *(_wrapped(line) for line in lines)]) if lines else ""


def _fixes(rule: Rule) -> str:
    fixes: dict[str, None] = {}
    for row in rule.rows:
        if isinstance(row.fix, str):
            text = row.fix
        else:
            text = "; ".join(f"{name}: {value}" for name, value in row.fix.items())
        fixes[text or rule.title] = None
    return "\n".join(_wrapped(f"- {text}") for text in fixes)
