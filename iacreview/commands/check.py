"""`iacreview check`: reviews files as they are."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence

from iacreview import __version__
from iacreview.commands.project import Project, open_project, rules_named, selected
from iacreview.engine.rule import Rule
from iacreview.model.finding import Finding, Report, Severity
from iacreview.pipeline import Options, review
from iacreview.report import Context, RuleText, render
from iacreview.semantics.secrets import mask


def check(
    paths: Sequence[str],
    format: str,
    profile: str | None,
    select: Sequence[str],
    ignore: Sequence[str],
    fail_on: str | None,
    show_undecided: bool,
    colour: bool,
    width: int,
) -> int:
    """Prints the report on stdout and returns the exit status: 1 where a finding is at or above the threshold."""
    project = open_project(paths)
    config = project.config
    rules = selected(project.rules, select or config.select, (*config.ignore, *ignore))
    options = Options(
        rules=rules,
        catalog=project.catalog,
        masking=[rule for rule in project.rules if rule.family == "secrets"],
        profile=profile or config.profile,
        severities=_severities(project),
        excluded=config.exclude,
        progress=_progress() if sys.stderr.isatty() else None,
    )
    report = without_ignored_paths(review(project.tree, project.paths, options), project)
    if options.progress is not None:
        options.progress(0, 0)
    context = Context(__version__, rule_texts(project.rules), mask, colour, width, show_undecided)
    sys.stdout.write(render(format, report, context))
    sys.stdout.flush()
    return exit_status(report, Severity[fail_on.upper()] if fail_on else config.fail_on)


def exit_status(report: Report, threshold: Severity) -> int:
    """0 where nothing is at or above the threshold and everything could be read, else 1."""
    return int(bool(report.errors) or any(each.severity >= threshold for each in report.findings))


def _severities(project: Project) -> dict[str, Severity]:
    return {
        rule.code: severity
        for word, severity in project.config.severity.items()
        for rule in rules_named(project.rules, word)
    }


def without_ignored_paths(report: Report, project: Project) -> Report:
    """The report with the findings that `per-path-ignores` covers moved to the suppressed ones."""
    ignores = {
        pattern: {rule.code for word in words for rule in rules_named(project.rules, word)}
        for pattern, words in project.config.per_path_ignores.items()
    }
    kept: list[Finding] = []
    suppressed = list(report.suppressed)
    for finding in report.findings:
        pattern = _ignoring(finding, ignores)
        if pattern is None:
            kept.append(finding)
        else:
            suppressed.append((finding, f"per-path-ignores has `{pattern}`"))
    return report._replace(findings=tuple(kept), suppressed=tuple(suppressed))


def _ignoring(finding: Finding, ignores: Mapping[str, set[str]]) -> str | None:
    if not ignores:
        return None
    from iacreview.globs import PathPatterns

    for pattern, codes in ignores.items():
        if finding.rule in codes and PathPatterns([pattern]).matches(finding.span.path):
            return pattern
    return None


def rule_texts(rules: Sequence[Rule]) -> dict[str, RuleText]:
    """What reports say of each rule, by code."""
    texts = {
        rule.code: RuleText(
            rule.code, rule.name, rule.family, rule.title, rule.why, rule.severity.label, rule.references
        )
        for rule in rules
    }
    why = "What cannot be parsed cannot be reviewed, so it fails the check instead of passing it."
    texts["SYN001"] = RuleText("SYN001", "unreadable-source", "operations", "A source could not be read", why, "high")
    return texts


def _progress() -> Callable[[int, int], None]:
    """A line on stderr when a run takes longer than a second; called with (0, 0) at the end."""
    started = time.monotonic()
    shown = False

    def show(done: int, total: int) -> None:
        nonlocal shown
        if total and time.monotonic() - started > 1:
            sys.stderr.write(f"\rreviewing {done + 1} of {total} ...")
            shown = True
        elif not total and shown:
            sys.stderr.write("\r\033[K")
        sys.stderr.flush()

    return show
