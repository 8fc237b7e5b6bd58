"""`iacreview controls`: what the files say of the controls of a framework."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from iacreview import __version__
from iacreview.commands.check import with_asked, without_ignored_paths
from iacreview.commands.project import Project, open_project
from iacreview.commands.wishes import Wishes, options_for
from iacreview.controls.assessment import Gathered, assessed
from iacreview.controls.evidence import evidence
from iacreview.controls.framework import Framework
from iacreview.controls.load import load_frameworks
from iacreview.discovery import discover
from iacreview.engine.judge import fingerprint
from iacreview.engine.rulefiles import near
from iacreview.errors import UsageError
from iacreview.gathering import Gathering
from iacreview.judging import SYNTAX_RULE, Judged
from iacreview.model.control import ControlReport, Evidence
from iacreview.model.finding import Protection, Report
from iacreview.model.record import NamedTuple
from iacreview.options import Options
from iacreview.pipeline import gathered, report_of
from iacreview.protection.load import load_protections, protection_kinds
from iacreview.report.controls import render
from iacreview.rounds import rounds
from iacreview.veil import veil_of, veiled, without_opaque

DEFAULT = "essential-eight-theme-3"


class _Seen(NamedTuple):
    """What was found in the files, and the evidence in them."""

    report: Report
    shown: tuple[Evidence, ...]


def controls(paths: Sequence[str], name: str, format: str, base: str) -> int:
    """Prints what the files say of each control. 1 where something could not be read: no state is sure then."""
    project = open_project(paths)
    framework = _framework(project, name or DEFAULT)
    codes = {code for each in framework.controls for code in (*each.rules, *each.against)}
    options = options_for(project, Wishes(profile="strict"))._replace(
        rules=[rule for rule in project.rules if rule.code in codes], protections=load_protections(project.rules)
    )
    options = with_asked(options, project)
    seen = _seen(project, options)
    lost = _lost(project, options, base) if base else ()
    elsewhere = project.config.operations.elsewhere
    known = Gathered(seen.shown, without_ignored_paths(seen.report, project), lost, elsewhere)
    report = ControlReport(
        framework.name,
        framework.title,
        framework.source,
        framework.note,
        assessed(framework, known),
        seen.report.units,
        seen.report.resources,
        base,
        tuple(_unread(seen.report)),
    )
    sys.stdout.write(render(format, report, __version__))
    sys.stdout.flush()
    return int(bool(report.unread))


def _framework(project: Project, name: str) -> Framework:
    """Raises UsageError for a name that no framework has."""
    found = load_frameworks(project.tree, project.config.frameworks, project.catalog, project.rules, protection_kinds())
    if name not in found:
        raise UsageError(f"there is no framework `{name}`{near(name, found)}")
    return found[name]


def _seen(project: Project, options: Options) -> _Seen:
    """Everything under the project's paths, judged, with what speaks for any control."""
    templates = options.inputs.templates
    discovery = discover(project.tree, project.paths, options.excluded, options.variants, templates)
    gathering = Gathering()
    shown: dict[Evidence, None] = {}

    def take(judged: Judged) -> None:
        assert options.protections is not None
        shown.update(dict.fromkeys(evidence(judged.world, options.rules, options.protections)))

    for targets in rounds(discovery, lambda: gathering.files):
        gathering.join(gathered(project.tree, targets, options, options.progress, take))
    if options.progress is not None:
        options.progress(0, 0)
    report = veiled(report_of(gathering, discovery, options), fingerprint)
    veil = veil_of(report.secrets, report.hidden)
    return _Seen(report, tuple(_veiled(each, veil) for each in shown))


def _veiled(each: Evidence, veil: object) -> Evidence:
    assert callable(veil)
    address = without_opaque(veil(each.resource.address))
    return each._replace(said=without_opaque(veil(each.said)), resource=each.resource._replace(address=address))


def _lost(project: Project, options: Options, base: str) -> tuple[Protection, ...]:
    """What the working tree has lost since a revision of what guards others."""
    from iacreview.commands.diff import sides_of
    from iacreview.git import Objects
    from iacreview.review.comparison import compare
    from iacreview.revisions import open_repository

    repository = open_repository(project.root)
    objects = Objects(repository)
    try:
        sides = sides_of(repository, objects, base, "", False)
        report = compare(sides.base, sides.head, sides.changed, [], options._replace(rules=[], progress=None))
    finally:
        objects.close()
    return report.change.protection_removed if report.change is not None else ()


def _unread(report: Report) -> list[tuple[str, str]]:
    found = [(each.span.path, each.message) for each in report.findings if each.rule == SYNTAX_RULE]
    return sorted({*found, *((each.path, each.message) for each in report.errors)})
