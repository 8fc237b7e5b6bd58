"""`iacreview baseline`: accepts what there is, so that only what is new fails."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from iacreview.baseline import FILE, NEVER, entry, read_baseline, render_baseline
from iacreview.commands.check import Wishes, options_for, without_ignored_paths
from iacreview.commands.project import open_project
from iacreview.commands.writing import write
from iacreview.model.finding import Accepted
from iacreview.pipeline import check


def baseline(paths: Sequence[str], output: str, wishes: Wishes) -> int:
    """Writes the findings under the paths into the baseline, in place of its entries for these paths; returns 0."""
    project = open_project(paths)
    options = options_for(project, wishes)
    report = without_ignored_paths(check(project.tree, project.paths, options), project)
    if options.progress is not None:
        options.progress(0, 0)
    target = output or os.path.join(project.root, project.config.baseline or FILE)
    accepted = [entry(each) for each in report.findings if each.rule not in NEVER]
    kept = [] if output else _elsewhere(read_baseline(project.tree, project.config.baseline or FILE), project.paths)
    write(target, render_baseline([*kept, *accepted]), project.root)
    unread = sum(1 for each in report.findings if each.rule in NEVER) + len(report.errors)
    sys.stdout.write(f"{len(accepted)} findings accepted in {os.path.relpath(target)}.\n")
    if unread:
        sys.stdout.write(f"{unread} that cannot be read are not: correct them, or leave them out with `exclude`.\n")
    return 0


def _elsewhere(entries: Sequence[Accepted], paths: Sequence[str]) -> list[Accepted]:
    """The entries that are not about one of the paths."""
    return [
        each
        for each in entries
        if not any(path in ("", each.path) or each.path.startswith(f"{path}/") for path in paths)
    ]
