"""`iacreview baseline`: accepts what there is, so that only what is new fails."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from iacreview.baseline import FILE, NEVER, compared, entry, read_baseline, render_baseline, surroundings
from iacreview.commands.check import with_asked, without_ignored_paths
from iacreview.commands.project import open_project
from iacreview.commands.wishes import Wishes, options_for
from iacreview.commands.writing import write
from iacreview.decisions import decided
from iacreview.engine.judge import fingerprint
from iacreview.model.finding import Accepted
from iacreview.pipeline import check


def baseline(paths: Sequence[str], output: str, wishes: Wishes) -> int:
    """Writes the findings under the paths into the baseline, in place of its entries for these paths; returns 0.

    Entries that still hold stay as they are, and so do those of rules that did not run.
    """
    project = open_project(paths)
    options = with_asked(options_for(project, wishes), project)
    old = [] if output else read_baseline(project.tree, project.config.baseline or FILE)
    options = options._replace(naming={each.resource for each in old})
    report = without_ignored_paths(check(project.tree, project.paths, options), project)
    if options.progress is not None:
        options.progress(0, 0)
    target = output or os.path.join(project.root, project.config.baseline or FILE)
    ran = {rule.code for rule in options.rules}
    around = surroundings(report, old, project.paths, fingerprint)
    found = compared(report.findings, old, around)
    stale = [each for each in found.stale if each.rule in ran and not _is_elsewhere(each, project.paths)]
    kept = [each for each in old if each not in stale]
    accepted = [entry(each, around.name(each)) for each in found.new if each.rule not in NEVER]
    write(target, render_baseline([*kept, *accepted]), project.root)
    unread = sum(1 for each in report.findings if each.rule in NEVER) + len(report.errors)
    within = {rule.code: rule.within for rule in project.rules}
    told = [each for each in decided(report, within).findings if each.rule not in NEVER]
    sys.stdout.write(f"{len(told)} findings accepted in {os.path.relpath(target)}.\n")
    if unread:
        sys.stdout.write(f"{unread} that cannot be read are not: correct them, or leave them out with `exclude`.\n")
    return 0


def _is_elsewhere(each: Accepted, paths: Sequence[str]) -> bool:
    """Whether an entry is about none of the paths."""
    return not any(path in ("", each.path) or each.path.startswith(f"{path}/") for path in paths)
