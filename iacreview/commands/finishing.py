"""The end of a run: its report in every format that is asked for, and the exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from iacreview import __version__
from iacreview.catalog.catalog import Catalog
from iacreview.commands.project import SETTINGS, Project, rules_named
from iacreview.commands.wishes import Wishes
from iacreview.commands.writing import write
from iacreview.decisions import decided
from iacreview.engine.rule import Rule
from iacreview.errors import UsageError
from iacreview.languages import WRITTEN, advice
from iacreview.model.finding import ELSEWHERE, FAILING, Finding, Report, Severity
from iacreview.model.patterns import later
from iacreview.report import Context, RuleText, render
from iacreview.semantics.credentials import mask
from iacreview.veil import without_opaque

if TYPE_CHECKING:
    from iacreview.allowed import Allowed
    from iacreview.model.delta import Deltas

_PAGE = later(r"https?://[\w.:-]+(?:/[\w.~-]+)+/blob/[0-9a-f]{40,64}")


def shown_line(line: str) -> str:
    """A line of source as reports show it, whatever else is known of its secrets."""
    return without_opaque(mask(line))


def finished(report: Report, project: Project, wishes: Wishes, command: str) -> int:
    """Prints and writes a report in every format asked for, and returns the exit status."""
    if project.config.unread_modules == "ignore":
        report = _without_unread(report)
    report = decided(report, {rule.code: rule.within for rule in project.rules})
    context = Context(
        __version__,
        rule_texts(project.rules),
        shown_line,
        wishes.colour,
        wishes.width,
        wishes.show_undecided,
        wishes.everything,
        command,
        " or ".join(each.title for each in WRITTEN),
        "" if report.units else advice(project.tree, project.paths),
        permalink(os.environ),
        project.config.rule_pages or (_published_pages() if wishes.writes("sarif") else ""),
        _page_of(project.rules, project.catalog),
    )
    for output in wishes.outputs:
        _write(output, report, context._replace(colour=False, width=100), project.root)
    sys.stdout.write(_statistics(report) if wishes.statistics else render(wishes.format, report, context))
    sys.stdout.flush()
    threshold = Severity[wishes.fail_on.upper()] if wishes.fail_on else project.config.fail_on
    if project.config.unread_modules == "fail" and has_unread(report):
        return 1
    if (wishes.expect_no_lost_guard or project.config.fail_on_lost_guards) and _loses_guards(report):
        return 1
    if report.change is not None and _adds_unexpected(report.change.deltas, project.config.allow, wishes):
        return 1
    return exit_status(report, threshold, undecided_codes(project))


def _adds_unexpected(deltas: Deltas, allowed: Allowed, wishes: Wishes) -> bool:
    """Whether a change adds access or reach, or may add some, that is neither expected nor accepted."""
    from iacreview.allowed import new_access, new_reach

    access = wishes.expect_no_new_access and bool(new_access(deltas.access_added, allowed))
    return access or (wishes.expect_no_new_reach and bool(new_reach(deltas.reach_added, allowed)))


def _loses_guards(report: Report) -> bool:
    """Whether a change takes away or weakens what guards others; what may be lost fails as well."""
    return report.change is not None and bool(report.change.protection_removed)


def _published_pages() -> str:
    """Where the rules' pages are, by the address of the documentation that the installed package names."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        addresses = metadata("iacreview").get_all("Project-URL") or []
    except PackageNotFoundError:
        return ""
    known = {label.strip().lower(): url.strip() for label, _, url in (each.partition(",") for each in addresses)}
    site = known.get("documentation", "").rstrip("/")
    return f"{site}/rules/{{code}}.html" if site.startswith("https://") else ""


def _page_of(rules: Sequence[Rule], catalog: Catalog) -> Callable[[str], str]:
    """What a rule is about, as Markdown, by its code; empty for what is always reported."""

    def page_of(code: str) -> str:
        from iacreview.engine.explanation import page
        from iacreview.suppress.names import names_of

        return next((page(rule, names_of(code, rule.aliases), catalog) for rule in rules if rule.code == code), "")

    return page_of


def permalink(environment: Mapping[str, str]) -> str:
    """Where a CI server shows the reviewed files, without a path; empty where it does not say.

    Sources: "Variables" (GitHub Docs, GITHUB_*), "Predefined CI/CD variables reference" (GitLab Docs, CI_*).
    """
    github = (environment.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "SHA"))
    gitlab = (environment.get(f"CI_{name}", "") for name in ("PROJECT_URL", "COMMIT_SHA"))
    pages = ("{}/{}/blob/{}".format(*github), "{}/-/blob/{}".format(*gitlab))
    return next((page for page in pages if _PAGE.fullmatch(page)), "")


def _statistics(report: Report) -> str:
    from iacreview.report.statistics import statistics

    return statistics(report)


def _without_unread(report: Report) -> Report:
    change = report.change
    if change is not None:
        change = change._replace(
            unread_modules=tuple(each for each in change.unread_modules if each.sort not in ELSEWHERE)
        )
    return report._replace(unread_modules=(), change=change)


def has_unread(report: Report) -> bool:
    """Whether there are calls of modules that are not in the tree; of a change, ones that it makes or changes."""
    found = report.unread_modules if report.change is None else report.change.unread_modules
    return any(each.sort in ELSEWHERE for each in found)


def _write(output: str, report: Report, context: Context, root: str) -> None:
    """Writes `FORMAT=FILE`. Raises UsageError for what cannot be written."""
    from iacreview.report import FORMATS

    format, separator, path = output.partition("=")
    if not separator or not path or format not in FORMATS:
        raise UsageError(f"`--output {output}` is not FORMAT=FILE", f"Formats are {', '.join(FORMATS)}.")
    write(path, render(format, report, context), root)


def exit_status(report: Report, threshold: Severity, undecided: AbstractSet[str] = frozenset()) -> int:
    """0 where nothing is at or above the threshold and everything could be read, else 1.

    What the rules with the codes in `undecided` leave undecided fails as well.
    """
    open = any(each.rule in undecided for each in report.undecided)
    return int(bool(report.errors) or open or _fails(report.findings, threshold))


def undecided_codes(project: Project) -> frozenset[str]:
    """The codes of the rules that may leave nothing undecided. Raises UsageError for a word that names no rule."""
    words = project.config.fail_on_undecided
    if "all" in words:
        return frozenset(rule.code for rule in project.rules)
    return frozenset(rule.code for word in words for rule in rules_named(project.rules, word))


def _fails(findings: Sequence[Finding], threshold: Severity) -> bool:
    return any(each.severity >= threshold and each.status in FAILING for each in findings)


def rule_texts(rules: Sequence[Rule]) -> dict[str, RuleText]:
    """What reports say of each rule, by code."""
    texts = {
        rule.code: RuleText(
            rule.code, rule.name, rule.family, rule.title, rule.why, rule.severity.label, rule.references
        )
        for rule in rules
    }
    for code, title in (
        ("CFG001", "A change softens the review"),
        ("CFG002", "A change alters the settings of the review"),
    ):
        name = dict(SETTINGS)[code]
        note = "A review follows the settings of the base, so that a change cannot soften its own judge."
        texts[code] = RuleText(code, name, "operations", title, note, "info")
    why = "What cannot be parsed cannot be reviewed, so it fails the check instead of passing it."
    texts["SYN001"] = RuleText("SYN001", "unreadable-source", "operations", "A source could not be read", why, "high")
    why = "What a macro, a module of the registry or a stack set makes is known at deployment: nothing here judges it."
    texts["SYN002"] = RuleText("SYN002", "known-at-deployment", "operations", "Resources that nobody sees", why, "info")
    return texts
