"""`iacreview rules` and `iacreview explain`."""

from __future__ import annotations

from typing import Any

from iacreview.commands.project import Project, open_project, rules_named
from iacreview.engine.rule import Rule
from iacreview.errors import UsageError


def list_rules(format: str, family: str | None, control: str = "") -> str:
    """All rules, the project's own included; of a family, and those that stand for a control.

    Raises UsageError for a control that no framework has.
    """
    project = open_project(())
    rules = [rule for rule in project.rules if family in (None, rule.family)]
    if control:
        codes = _standing_for(control, project)
        rules = [rule for rule in rules if rule.code in codes]
    if format == "json":
        import json

        return json.dumps([as_data(rule) for rule in rules], ensure_ascii=False, indent=2) + "\n"
    wide = max((len(rule.name) for rule in rules), default=0)
    lines = [
        f"{rule.code}  {rule.name:<{wide}}  {rule.severity.label:<8}  {_profile(rule):<7}  {rule.title}"
        for rule in rules
    ]
    kinds = {row.kind for rule in rules for row in rule.rows}
    rows = sum(len(rule.rows) for rule in rules)
    return "\n".join([*lines, "", f"{len(rules)} rules, {rows} rows, {len(kinds)} kinds of resource"]) + "\n"


def _standing_for(control: str, project: Project) -> set[str]:
    from iacreview.controls.load import load_frameworks
    from iacreview.protection.load import protection_kinds

    frameworks = load_frameworks(
        project.tree, project.config.frameworks, project.catalog, project.rules, protection_kinds()
    )
    found = [each for framework in frameworks.values() for each in framework.controls if each.code == control]
    if not found:
        raise UsageError(f"no framework has a control `{control}`", "`iacreview controls --framework NAME` lists them.")
    return {code for each in found for code in (*each.rules, *each.against)}


def _profile(rule: Rule) -> str:
    return "default" if any(row.profile == "default" for row in rule.rows) else "strict"


def as_data(rule: Rule) -> dict[str, Any]:
    """A rule as machine output has it."""
    return {
        "code": rule.code,
        "name": rule.name,
        "family": rule.family,
        "title": rule.title,
        "severity": rule.severity.label,
        "profile": _profile(rule),
        "why": rule.why,
        "references": list(rule.references),
        "controls": {key: list(each) for key, each in rule.controls.items()},
        "kinds": sorted({row.kind for row in rule.rows}),
        "aliases": list(rule.aliases),
    }


def explain(word: str, everything: bool = False) -> str:
    """What a rule is about, or those that cover another tool's check; `everything` leaves no list short.

    Raises UsageError where there is none.
    """
    from iacreview.commands.finishing import rule_texts
    from iacreview.engine.explanation import explanation
    from iacreview.suppress.names import aliases_of, names_of

    for text in rule_texts(()).values():
        if word.lower() in (text.code.lower(), text.name):
            return f"{text.code} {text.name} ({text.severity}, always reported)\n\n{text.title}. {text.why}\n"

    project = open_project(())
    words = aliases_of("kics", word) | aliases_of("cdk_nag", word)
    found = [rule for rule in project.rules if not words.isdisjoint(map(str.lower, (rule.code, *rule.aliases)))]
    told = (
        explanation(rule, names_of(rule.code, rule.aliases), project.catalog, everything)
        for rule in found or rules_named(project.rules, word)
    )
    return "\n\n".join(told) + "\n"
