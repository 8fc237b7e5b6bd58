"""A rule explained for people: what, why, bad, good, how to fix it, and which checks of other tools it covers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from textwrap import fill, indent

from iacreview.catalog.catalog import Catalog, Kind, Property
from iacreview.engine.load import load_examples
from iacreview.engine.rule import Row, Rule
from iacreview.engine.wording import literal
from iacreview.languages import WRITTEN, language_named

WIDTH = 100
# How many of a long list are shown, unless all is asked for.
SHOWN = 8

# Whose check an id is, by its form.
_TOOLS = (
    ("checkov", re.compile(r"CKV2?_")),
    ("trivy", re.compile(r"(AVD-)?AWS-\d")),
    ("cfn_nag", re.compile(r"[FW]\d+$")),
    ("KICS", re.compile(r"[0-9a-f]{8}-")),
    ("cfn-lint", re.compile(r"E\d+$")),
)


def explanation(rule: Rule, named: Mapping[str, Sequence[str]], catalog: Catalog, everything: bool = False) -> str:
    """The rule's page as plain text, without a final newline; long lists are cut unless `everything` is asked for.

    `named` are the names that other tools have for the rule as a whole, by tool.
    """
    most = None if everything else SHOWN
    parts = [
        f"{rule.code} {rule.name}: {rule.title}\n{rule.family}, severity {rule.severity.label}",
        "Why\n" + _wrapped(rule.why),
        *(f"{title}\n{indent(text, '    ')}" for title, _, text in _examples(rule)),
        _listed("How to fix it", [f"- {text}" for text in _few(fixes(rule, catalog), most)]),
        _listed("Applies to", [", ".join(_few(_kinds(rule), None if everything else 3 * SHOWN))]),
        _listed("Controls", controls(rule)),
        _listed("References", rule.references),
        _listed(
            "Covers of other tools", [f"{tool}: {', '.join(_few(ids, most))}" for tool, ids in covered(rule, named)]
        ),
    ]
    return "\n\n".join(part for part in parts if part)


def page(rule: Rule, named: Mapping[str, Sequence[str]], catalog: Catalog) -> str:
    """The rule's page as Markdown, with all there is, ending with a newline."""
    parts = [
        f"# {rule.code} {rule.name}",
        f"{rule.title}. Family {rule.family}, severity {rule.severity.label}.",
        " ".join(rule.why.split()),
        *(f"## {title}\n\n```{fence}\n{text}\n```" for title, fence, text in _examples(rule)),
        _bullets("How to fix it", fixes(rule, catalog)),
        _bullets("Controls", controls(rule)),
        _bullets("References", [f"<{each}>" if each.startswith("https://") else each for each in rule.references]),
        _bullets("Covers of other tools", [f"{tool}: {', '.join(ids)}" for tool, ids in covered(rule, named)]),
        "## Applies to\n\n" + _table(rule),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def covered(rule: Rule, named: Mapping[str, Sequence[str]]) -> list[tuple[str, list[str]]]:
    """The checks of other tools that the rule covers, by tool."""
    found: dict[str, list[str]] = {tool: [] for tool, _ in _TOOLS}
    for alias in rule.aliases:
        tool = next((tool for tool, form in _TOOLS if form.match(alias)), "others")
        found.setdefault(tool, []).append(alias)
    for tool, names in named.items():
        found[tool] = sorted({*found.get(tool, ()), *names})
    return [(tool, ids) for tool, ids in found.items() if ids]


def controls(rule: Rule) -> list[str]:
    """The controls of standards that the rule is about: `CIS: 2.1.1, 2.1.2`."""
    return [f"{key}: {', '.join(each)}" for key, each in rule.controls.items()]


def fixes(rule: Rule, catalog: Catalog) -> list[str]:
    """What to set where, each once."""
    found = dict.fromkeys(_fix(row, catalog.kind(row.kind)) for row in rule.rows)
    return [text for text in found if text]


def _few(items: Sequence[str], most: int | None) -> list[str]:
    if most is None or len(items) <= most:
        return list(items)
    return [*items[:most], f"and {len(items) - most} more (--all shows them)"]


def _kinds(rule: Rule) -> list[str]:
    return sorted({_named(row) or row.kind for row in rule.rows})


def _named(row: Row) -> str:
    """The modules or the types that a row in native words names."""
    return row.source or ", ".join(sorted(row.types))


def _wrapped(text: str) -> str:
    one = " ".join(text.split())
    return fill(one, WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False, break_long_words=False)


def _examples(rule: Rule) -> Iterator[tuple[str, str, str]]:
    """A title, what a code block of it is called, and the example."""
    examples = load_examples().get(rule.code, {})
    for title in ("Bad", "Good"):
        for dialect, text in examples.get(title.lower(), {}).items():
            language = language_named(dialect)
            yield f"{title} ({language.title})", _fence(language.separator), text.rstrip("\n")


def _fence(separator: str) -> str:
    """What a code block is called for it to be coloured, by what stands between a property and its value."""
    return "hcl" if "=" in separator else "yaml"


def _listed(title: str, lines: Sequence[str]) -> str:
    return "\n".join([title, *(_wrapped(line) for line in lines)]) if any(lines) else ""


def _bullets(title: str, lines: Sequence[str]) -> str:
    return "\n".join([f"## {title}", "", *(f"- {' '.join(line.split())}" for line in lines)]) if lines else ""


def _table(rule: Rule) -> str:
    """The kinds with what is asked of them."""
    lines = ["| kind | severity | profile | checks |", "| --- | --- | --- | --- |"]
    rows = sorted({(row.kind, row.severity, row.profile, row.aliases) for row in rule.rows})
    lines += [
        f"| `{kind}` | {severity.label} | {profile} | {', '.join(aliases)} |"
        for kind, severity, profile, aliases in rows
    ]
    return "\n".join(lines)


def _fix(row: Row, kind: Kind) -> str:
    if isinstance(row.fix, str):
        return row.fix
    return f"{_named(row) or kind.title}: " + "; ".join(
        _setting(row, kind, name, value) for name, value in row.fix.items()
    )


def _setting(row: Row, kind: Kind, name: str, value: object) -> str:
    properties = kind.members(row.each) if row.each else {}
    if name in row.properties:
        prop = Property(name, row.properties[name])
    else:
        prop = properties[name] if name in properties else kind.property(name)
    settings = [
        f"`{prop.native(each.name)}{each.separator}{literal(value)}`" for each in WRITTEN if prop.paths[each.name]
    ]
    return " or ".join(settings)
