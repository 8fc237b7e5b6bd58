"""`iacreview diff`: what a change introduces, worsens and fixes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from iacreview.baseline import FILE as BASELINE
from iacreview.baseline import REASON, compared, read_baseline
from iacreview.commands.check import without_ignored_paths
from iacreview.commands.finishing import finished
from iacreview.commands.project import Project, project_of
from iacreview.commands.wishes import Wishes, options_for
from iacreview.discovery import Discovery, KnownFiles
from iacreview.errors import ConfigError, UsageError
from iacreview.git import Objects, Repository
from iacreview.git_tree import Entry, ObjectTree, index_entries, revision_entries, with_installed
from iacreview.model.finding import FAILING, Finding, Report, Severity
from iacreview.model.record import NamedTuple
from iacreview.options import Options
from iacreview.protection.load import load_protections
from iacreview.review.comparison import compare
from iacreview.review.files import FileChanges, changed_paths, worktree
from iacreview.review.merging import new_to_all, of_all_parents
from iacreview.review.settings import settings_findings
from iacreview.review.sides import Side, discovered
from iacreview.revisions import NOTHING, Revision, commit, default_base, named_base, open_repository
from iacreview.submodules import Opened, checked_out, moved, objects_of, opened
from iacreview.tree import WorkingTree, normal_path, path_in
from iacreview.workers import Meanwhile


class ComparedTrees(NamedTuple):
    """Both sides of a change, and the paths that may differ.

    `before` and `after` are the sides' object ids, empty without one.
    """

    base: Side
    head: Side
    changed: set[str]
    before: str = ""
    after: str = ""


def diff(
    base: str, head: str, staged: bool, only: Sequence[str], everything: bool, wishes: Wishes, here: str = "."
) -> int:
    """Prints the report of a change and returns the exit status: 1 where it introduces or worsens a finding."""
    repository = open_repository(here)
    objects = Objects(repository)
    try:
        sides = sides_of(repository, objects, base, head, staged)
        project = _project(sides.base, repository)
        paths = [_inside(repository, here, path) for path in only]
        options = options_for(project, wishes)
        options = options._replace(protections=load_protections(project.rules))
        asking = _asking(options, sides, repository)
        merged = _merged(repository, base, head, staged)
        every = [sides, *(sides_of(repository, objects, each, head, staged) for each in merged)]
        found = [discovered(each.base, each.head, each.changed, paths, options) for each in every]
        options = _asked(options, sides, asking, found[0].base)
        report, *others = [
            compare(each.base, each.head, each.changed, paths, options, everything, there)
            for each, there in zip(every, found, strict=True)
        ]
        if options.progress is not None:
            options.progress(0, 0)
        report = _of_commit(of_all_parents(report, others), sides.after)
        changes = FileChanges(sides.base.tree, sides.head.tree, sides.changed)
        report = _without_accepted(without_ignored_paths(report, project), project, wishes, changes)
        own, *theirs = [_settings(each, project) for each in every]
        settings = new_to_all(own, theirs)
        weighed = (each._replace(severity=_weight(each.rule, options.severities, each.severity)) for each in settings)
        report = report._replace(findings=(*weighed, *report.findings))
        if wishes.fix or wishes.patch:
            if head or staged or not isinstance(sides.head.tree, WorkingTree):
                raise UsageError("--fix edits the working tree", "Leave --head and --staged out.")
            if _remedied(report, sides, options, repository, wishes.patch) and not wishes.patch:
                again = wishes._replace(fix=False)
                return diff(base, head, staged, only, everything, again, here)
            if wishes.patch:
                return int(any(each.edits for each in report.findings if each.status in FAILING))
        return finished(report, project, wishes._replace(everything=everything), "diff")
    finally:
        objects.close()


def _of_commit(report: Report, oid: str) -> Report:
    return report._replace(change=report.change._replace(commit=oid)) if report.change is not None else report


def _asking(options: Options, sides: ComparedTrees, repository: Repository) -> Meanwhile[set[str]] | None:
    """The base's files that may have Config rules, as far as any rule asks for these: git looks for them meanwhile."""
    from iacreview.asked import ASKED_OF
    from iacreview.commands.mentions import found_by_git

    if not sides.before or not any(rule.code in ASKED_OF for rule in options.rules):
        return None
    return Meanwhile(lambda: found_by_git(repository, sides.before))


def _asked(options: Options, sides: ComparedTrees, asking: Meanwhile[set[str]] | None, base: Discovery) -> Options:
    """The options with what the base's Config rules ask for: a change does not soften them."""
    from iacreview.asked import asked_by_tree

    if asking is None:
        return options
    known = KnownFiles(base, frozenset())
    return options._replace(operations=asked_by_tree(sides.base.tree, options, asking.result(), known))


def _remedied(report: Report, sides: ComparedTrees, options: Options, repository: Repository, as_patch: bool) -> bool:
    """Remedies what a change introduces or worsens, in the working tree."""
    from iacreview.commands.fix import remedied
    from iacreview.pipeline import check

    units = sorted({unit for each in report.findings if each.status in FAILING for unit in each.units})
    return remedied(report, sides.head.tree, lambda tree: check(tree, units, options), repository.directory, as_patch)


def _merged(repository: Repository, base: str, head: str, staged: bool) -> list[str]:
    """The other parents of the commit that is being made: a merge is in progress, and its index is reviewed."""
    if base or head or not staged or repository.bare:
        return []
    found = repository.line("rev-parse", "--verify", "--quiet", "MERGE_HEAD")
    return [found] if found else []


def _settings(sides: ComparedTrees, project: Project) -> list[Finding]:
    changes = FileChanges(sides.base.tree, sides.head.tree, sides.changed)
    return settings_findings(sides.base.tree, sides.head.tree, project.config, changes)


def _weight(rule: str, severities: object, otherwise: Severity) -> Severity:
    found = severities.get(rule) if isinstance(severities, dict) else None
    return found if isinstance(found, Severity) else otherwise


def _project(base: Side, repository: Repository) -> Project:
    """The project as the base has it: a change does not choose its own judge."""
    try:
        return project_of(base.tree, repository.directory, ())
    except ConfigError as error:
        raise UsageError(f"in the base, {base.label}: {error.message}", error.hint) from error


def _inside(repository: Repository, here: str, path: str) -> str:
    if repository.bare:
        return normal_path(path)
    absolute = os.path.join(os.path.realpath(here), path)
    return path_in(repository.directory, absolute)


def _without_accepted(report: Report, project: Project, wishes: Wishes, changes: FileChanges) -> Report:
    """A report without what the base's baseline accepts: what it has of the rest is not new, so it is left as it is.

    With `ratchet: touched` that counts again where the change touches its resource.
    """
    if not wishes.baseline:
        return report
    path = project.config.baseline
    accepted = read_baseline(project.tree, path or BASELINE, required=bool(path))
    if not accepted:
        return report
    old = [each for each in report.findings if each.status != "introduced"]
    new = [each for each in report.findings if each.status == "introduced"]
    before = compared(old, accepted)
    found = compared(new, before.stale)
    known = ((each, REASON) for each in found.known)
    if project.config.ratchet == "touched":
        counted = {id(each) for each in before.known if each.status == "unchanged" and _is_touched(each, changes)}
        old = [_counted_again(each) if id(each) in counted else each for each in old]
    return report._replace(findings=(*old, *found.new), suppressed=(*report.suppressed, *known))


def _is_touched(finding: Finding, changes: FileChanges) -> bool:
    """Whether a change alters a line of the finding's resource."""
    blocks = (block for block in finding.blocks[:1] if block.path in changes.paths)
    return any(changes.touches(each.path, each.first.line, each.source.position(each.end - 1).line) for each in blocks)


def _counted_again(finding: Finding) -> Finding:
    message = f"{finding.message}; the baseline accepts it until its resource is changed"
    return finding._replace(status="worsened", message=message)


def sides_of(repository: Repository, objects: Objects, base: str, head: str, staged: bool) -> ComparedTrees:
    """Both sides as the command line, CI or a hook names them."""
    base, separator, rest = _range(base)
    head = rest or head
    environment = os.environ
    if staged and not head and environment.get("PRE_COMMIT_FROM_REF") and environment.get("PRE_COMMIT_TO_REF"):
        base, separator = base or environment["PRE_COMMIT_FROM_REF"], separator or "..."
        head, staged = environment["PRE_COMMIT_TO_REF"], False
    if repository.bare and not head:
        if staged:
            raise UsageError("a bare repository has no index", "Name the head with --head.")
        head = "HEAD"
    last = _last_commit(repository, head)
    before = _base(repository, base + separator, last, staged, environment)
    old = revision_entries(repository, before.oid) if before.oid else {}
    new = revision_entries(repository, last.oid) if head else _index(repository, staged)
    sides = _opened(repository, objects, old, new)
    changed = changed_paths(sides.base, sides.head)
    trees = [ObjectTree(entries, objects) for entries in (sides.base, sides.head)]
    links = [tree.links() for tree in trees]
    working = None if repository.bare else WorkingTree(repository.directory)
    seen = with_installed(trees, working) if working is not None else trees
    lost = list(moved(sides.base, sides.head))
    base_side = Side(seen[0], before.label, links[0])
    if head or staged or working is None:
        side = Side(seen[1], last.label if head else "the index", links[1], (), lost)
        return ComparedTrees(base_side, side, changed, before.oid, last.oid if head else "")
    found = worktree(repository, new, sides.inside)
    side = Side(working, "the working tree", links[1], found.nested, lost)
    return ComparedTrees(
        base_side, side, changed | found.touched | changed_paths(sides.base, found.entries), before.oid
    )


def _opened(repository: Repository, objects: Objects, old: Mapping[str, Entry], new: Mapping[str, Entry]) -> Opened:
    """Both sides with the files of submodules, and of those in them, in their place, as far as they are there."""
    sides = Opened(old, new, {})
    while inside := checked_out(repository, sides.base, sides.head, known=sides.inside):
        others = objects_of({**sides.inside, **inside})
        objects.look_into(others)
        more = opened(repository._replace(others=others), inside, sides.base, sides.head)
        if not more.inside:
            break
        sides = more._replace(inside={**sides.inside, **more.inside})
    return sides


def _index(repository: Repository, staged: bool) -> dict[str, Entry]:
    index_file = os.environ.get("GIT_INDEX_FILE", "")
    if staged and index_file:
        repository = repository._replace(index_file=os.path.join(repository.directory, index_file))
    return index_entries(repository)


def _range(text: str) -> tuple[str, str, str]:
    """`a..b` is from a to b, `a...b` from where b left a."""
    for separator in ("...", ".."):
        first, found, second = text.partition(separator)
        if found:
            return first or "HEAD", "..." if separator == "..." else "", second
    return text, "", ""


def _last_commit(repository: Repository, head: str) -> Revision:
    if not head and repository.line("rev-parse", "--verify", "--quiet", "HEAD") is None:
        return NOTHING
    return commit(repository, head or "HEAD")


def _base(repository: Repository, name: str, head: Revision, staged: bool, environment: os._Environ[str]) -> Revision:
    if name:
        return named_base(repository, name, head)
    if staged or not head.oid:
        return head
    return default_base(repository, head, environment)
