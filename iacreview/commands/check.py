"""`iacreview check`: reviews files as they are."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager

from iacreview import __version__, pipeline
from iacreview.allowed import Allowed, new_access, new_reach
from iacreview.baseline import FILE as BASELINE
from iacreview.baseline import read_baseline, without_accepted
from iacreview.commands.project import SETTINGS, Project, open_project, project_of, rules_named, selected
from iacreview.commands.writing import write
from iacreview.decisions import decided
from iacreview.engine.judge import fingerprint
from iacreview.engine.rule import Rule
from iacreview.errors import ConfigError, UsageError
from iacreview.languages import WRITTEN, advice
from iacreview.languages.language import Given
from iacreview.model.delta import Deltas
from iacreview.model.finding import FAILING, Finding, Report, Severity
from iacreview.model.patterns import later
from iacreview.model.record import NamedTuple
from iacreview.options import Companions, Options
from iacreview.report import Context, RuleText, render
from iacreview.semantics.credentials import mask
from iacreview.tree import Tree
from iacreview.veil import without_opaque

_PAGE = later(r"https?://[\w.:-]+(?:/[\w.~-]+)+/blob/[0-9a-f]{40,64}")


class Wishes(NamedTuple):
    """What the command line asks for, whichever the command."""

    format: str = "text"
    outputs: Sequence[str] = ()
    profile: str | None = None
    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    fail_on: str | None = None
    settings_from: str = ""
    inline: bool = True
    foreign: bool = True
    baseline: bool = True
    companions: Sequence[str] = ()
    parameters: Sequence[str] = ()
    variable_files: Sequence[str] = ()
    variables: Sequence[str] = ()
    environment: bool = False
    show_undecided: bool = False
    everything: bool = False
    statistics: bool = False
    expect_no_lost_guard: bool = False
    expect_no_new_access: bool = False
    expect_no_new_reach: bool = False
    fix: bool = False
    patch: bool = False
    colour: bool = False
    width: int = 100


def check(paths: Sequence[str], wishes: Wishes) -> int:
    """Prints the report on stdout and returns the exit status: 1 where a finding is at or above the threshold.

    With `fix`, the report is of what is left after the sources were edited; with `patch`, the edits are printed
    instead, and the status is 1 where there are any.
    """
    with _judged_by(open_project(paths, configured=not wishes.settings_from), wishes.settings_from) as (project, judge):
        options = with_asked(options_for(project, wishes), judge)
        report = _report(project, judge, options, wishes)
        if wishes.fix or wishes.patch:
            from iacreview.commands.fix import remedied

            def review(tree: Tree) -> Report:
                return pipeline.check(tree, project.paths, options)

            if remedied(report, project.tree, review, project.root, wishes.patch):
                report = _report(project, judge, options._replace(fixing=False), wishes)
            elif wishes.patch:
                return 0
            if wishes.patch:
                return 1
    return finished(report, project, wishes, "check")


def _report(project: Project, judge: Tree, options: Options, wishes: Wishes) -> Report:
    """What is found in the project, without what it ignores and what its baseline accepts."""
    report = without_ignored_paths(pipeline.check(project.tree, project.paths, options), project)
    if options.progress is not None:
        options.progress(0, 0)
    path = project.config.baseline
    accepted = read_baseline(judge, path or BASELINE, required=bool(path)) if wishes.baseline else None
    if not accepted:
        return report
    ran = {rule.code for rule in options.rules}
    return without_accepted(report, accepted, project.paths, ran, fingerprint)


def with_asked(options: Options, judge: Tree) -> Options:
    """The options with what the Config rules of the project ask for."""
    from iacreview.asked import ASKED_OF, asked_by_tree

    if not any(rule.code in ASKED_OF for rule in options.rules):
        return options
    return options._replace(operations=asked_by_tree(judge, options))


@contextmanager
def _judged_by(project: Project, revision: str) -> Iterator[tuple[Project, Tree]]:
    """The project with the settings and rules that it has at a revision (none: its own), and the tree they are from."""
    if not revision:
        yield project, project.tree
        return
    from iacreview.git import Objects
    from iacreview.git_tree import ObjectTree, revision_entries
    from iacreview.revisions import commit, open_repository

    repository = open_repository(project.root)
    found = commit(repository, revision)
    objects = Objects(repository)
    try:
        judge = ObjectTree(revision_entries(repository, found.oid), objects)
        settings = project_of(judge, project.root, project.paths)
        yield settings._replace(tree=project.tree), judge
    except ConfigError as error:
        raise UsageError(f"in {found.label}: {error.message}", error.hint) from error
    finally:
        objects.close()


def options_for(project: Project, wishes: Wishes) -> Options:
    """What a run is to do, by the project's settings and the command line."""
    from datetime import date

    from iacreview.suppress.policy import policy_for

    config = project.config
    rules = selected(project.rules, wishes.select or config.select, (*config.ignore, *wishes.ignore))
    profile = wishes.profile or config.profile
    inline = wishes.inline and config.inline_suppressions
    foreign = wishes.foreign and config.foreign_suppressions
    today = date.today().isoformat()
    return Options(
        rules=rules,
        catalog=project.catalog,
        masking=[rule for rule in project.rules if rule.family == "secrets"],
        profile=profile,
        severities=_severities(project),
        excluded=config.exclude,
        variants=config.variants,
        inputs=_given(project, wishes),
        companions=_companions(project, wishes),
        suppression=policy_for(rules, project.rules, profile, today, inline, foreign, config.require_reasons),
        operations=config.operations._replace(
            accounts=frozenset(config.accounts), organization=frozenset(config.organization), people=config.people
        ),
        progress=_progress() if sys.stderr.isatty() else None,
        fixing=wishes.fix or wishes.patch or _carries_edits(wishes),
    )


def _carries_edits(wishes: Wishes) -> bool:
    """Whether the report is written in a format that says how to remedy what it finds."""
    return any(name == "json" for name in (wishes.format, *(each.partition("=")[0] for each in wishes.outputs)))


def _given(project: Project, wishes: Wishes) -> Given:
    """The values that the command line gives. Raises UsageError for files outside of the project and malformed ones."""
    variables: dict[str, str] = {}
    for each in wishes.variables:
        name, separator, text = each.partition("=")
        if not separator or not name.strip():
            raise UsageError(f"`--var {each}` is not of the form NAME=VALUE")
        variables[name.strip()] = text
    environment = {
        name.removeprefix("TF_VAR_"): text
        for name, text in (os.environ.items() if wishes.environment else ())
        if name.startswith("TF_VAR_")
    }
    return Given(
        [_file_of(project, path) for path in wishes.parameters],
        [_file_of(project, path) for path in wishes.variable_files],
        variables,
        environment,
        project.config.templates,
    )


def _file_of(project: Project, path: str) -> str:
    """The tree's path of a file with values. Raises UsageError where it is not there, or not in the project."""
    from iacreview.errors import TreeError
    from iacreview.tree import normal_path

    full = os.path.realpath(path)
    try:
        name = normal_path(os.path.relpath(full, project.root).replace(os.sep, "/"))
    except TreeError as error:
        raise UsageError(f"{path} is outside of the project", "Files with values are read from the project.") from error
    if not os.path.isfile(full) and not project.tree.exists(name):
        raise UsageError(f"there is no file `{path}`")
    return name


def _companions(project: Project, wishes: Wishes) -> Companions | None:
    if not wishes.companions:
        return None
    from iacreview.companions import companions

    rows = [
        (alias, rule.family, row.severity.label) for rule in project.rules for row in rule.rows for alias in row.aliases
    ]
    return companions(wishes.companions, {alias: (family, severity) for alias, family, severity in reversed(rows)})


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
        project.config.rule_pages,
        _page_of(project.rules),
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
    access = wishes.expect_no_new_access and bool(new_access(deltas.access_added, allowed))
    return access or (wishes.expect_no_new_reach and bool(new_reach(deltas.reach_added, allowed)))


def _loses_guards(report: Report) -> bool:
    """Whether a change takes away or weakens what guards others; what may be lost fails as well."""
    return report.change is not None and bool(report.change.protection_removed)


def _page_of(rules: Sequence[Rule]) -> Callable[[str], str]:
    """What a rule is about, as Markdown, by its code; empty for what is always reported."""

    def page_of(code: str) -> str:
        from iacreview.engine.explanation import page
        from iacreview.suppress.names import names_of

        return next((page(rule, names_of(code)) for rule in rules if rule.code == code), "")

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
    change = report.change._replace(unread_modules=()) if report.change is not None else None
    return report._replace(unread_modules=(), change=change)


def has_unread(report: Report) -> bool:
    """Whether there are calls of modules that are not in the tree; of a change, ones that it makes or changes."""
    return bool(report.unread_modules if report.change is None else report.change.unread_modules)


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


def _severities(project: Project) -> dict[str, Severity]:
    found: dict[str, Severity] = {}
    for word, severity in project.config.severity.items():
        own = next((code for code, name in SETTINGS if word in (code, name)), "")
        found.update({own: severity} if own else {rule.code: severity for rule in rules_named(project.rules, word)})
    return found


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
