"""`iacreview check`: reviews files as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from iacreview import pipeline
from iacreview.baseline import FILE as BASELINE
from iacreview.baseline import read_baseline, without_accepted
from iacreview.commands.finishing import finished
from iacreview.commands.project import Project, open_project, project_of, rules_named
from iacreview.commands.wishes import Wishes, options_for
from iacreview.engine.judge import fingerprint
from iacreview.errors import ConfigError, UsageError
from iacreview.model.finding import Finding, Report
from iacreview.options import Options
from iacreview.tree import Tree


def check(paths: Sequence[str], wishes: Wishes) -> int:
    """Prints the report on stdout and returns the exit status: 1 where a finding is at or above the threshold.

    With `fix`, the report is of what is left after the sources were edited; with `patch`, the edits are printed
    instead, and the status is 1 where there are any.
    """
    opened = open_project(paths, configured=not wishes.settings_from)
    with _judged_by(opened, wishes.settings_from) as (project, judge, revision):
        options = with_asked(options_for(project, wishes), project, judge, revision)
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
    path = project.config.baseline
    accepted = read_baseline(judge, path or BASELINE, required=bool(path)) if wishes.baseline else None
    if accepted:
        options = options._replace(naming={each.resource for each in accepted if each.name})
    report = without_ignored_paths(pipeline.check(project.tree, project.paths, options), project)
    if options.progress is not None:
        options.progress(0, 0)
    if not accepted:
        return report
    ran = {rule.code for rule in options.rules}
    return without_accepted(report, accepted, project.paths, ran, fingerprint)


def with_asked(options: Options, project: Project, judge: Tree | None = None, revision: str = "") -> Options:
    """The options with what the Config rules of the project ask for, or of the tree that it has at a revision."""
    from iacreview.asked import ASKED_OF, asked_by_tree

    if not any(rule.code in ASKED_OF for rule in options.rules):
        return options
    from iacreview.commands.mentions import mentioned

    tree = judge or project.tree
    return options._replace(operations=asked_by_tree(tree, options, mentioned(project, tree, revision)))


@contextmanager
def _judged_by(project: Project, revision: str) -> Iterator[tuple[Project, Tree, str]]:
    """The project with the settings and rules that it has at a revision (none: its own), and the tree they are from,
    with its object id."""
    if not revision:
        yield project, project.tree, ""
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
        yield settings._replace(tree=project.tree), judge, found.oid
    except ConfigError as error:
        raise UsageError(f"in {found.label}: {error.message}", error.hint) from error
    finally:
        objects.close()


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
