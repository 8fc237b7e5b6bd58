"""A rule explained for people: what, why, bad, good, how to fix it, and which checks of other tools it covers."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill, indent

from iacreview.catalog.catalog import Kind
from iacreview.engine.load import load_catalog, load_examples
from iacreview.engine.rule import Row, Rule
from iacreview.engine.wording import literal
from iacreview.languages import WRITTEN, language_named

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
    shown = [f"{title} ({language_named(dialect).title})\n{indent(text, '    ')}" for dialect, text in examples.items()]
    return "\n\n".join(shown)


def _listed(title: str, lines: tuple[str, ...] | list[str]) -> str:
    return "\n".join([title, *(_wrapped(line) for line in lines)]) if lines else ""


def _fixes(rule: Rule) -> str:
    catalog = load_catalog()
    fixes = dict.fromkeys(_fix(row, catalog.kind(row.kind)) for row in rule.rows)
    return "\n".join(_wrapped(f"- {text}") for text in fixes if text)


def _fix(row: Row, kind: Kind) -> str:
    if isinstance(row.fix, str):
        return row.fix
    return f"{kind.title}: " + "; ".join(_setting(kind, row.each, name, value) for name, value in row.fix.items())


def _setting(kind: Kind, collection: str, name: str, value: object) -> str:
    properties = kind.members(collection) if collection else None
    prop = properties[name] if properties and name in properties else kind.property(name)
    settings = [
        f"`{prop.native(each.name)}{each.separator}{literal(value)}`" for each in WRITTEN if prop.paths[each.name]
    ]
    return " or ".join(settings)
