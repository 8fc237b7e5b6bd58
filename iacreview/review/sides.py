"""The two sides of a change: which units of each are to be evaluated, and what is known of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from iacreview.catalog.world import World
from iacreview.discovery import Discovery, KnownFiles, discover
from iacreview.errors import TreeError
from iacreview.gathering import Gathering
from iacreview.judging import Judged
from iacreview.languages import LANGUAGES
from iacreview.languages.language import Target
from iacreview.model.finding import (
    Report,
)
from iacreview.model.record import NamedTuple
from iacreview.model.source import Skipped
from iacreview.options import Options, Progress
from iacreview.pipeline import gathered, report_of
from iacreview.review.reach import reached, through_links
from iacreview.review.units import UnitFacts, facts
from iacreview.review.watched import WatchedTree
from iacreview.rounds import rounds
from iacreview.tree import Tree, WorkingTree
from iacreview.workers import in_parallel

if TYPE_CHECKING:
    from iacreview.protection.definition import Definitions
    from iacreview.protection.standing import Standing
    from iacreview.review.deltas import State


class Side(NamedTuple):
    """A tree, how people call it, and the links in it by where they lead.

    `outside` are paths that are not reviewed, `skipped` what else is not, with the reason.
    """

    tree: Tree
    label: str
    links: Mapping[str, str] = {}
    outside: Sequence[str] = ()
    skipped: Sequence[Skipped] = ()


class Discoveries(NamedTuple):
    """What there is to review in the base and in the head."""

    base: Discovery
    head: Discovery


class Reviewed(NamedTuple):
    """What is known of a side: its report, and of its units what comparing asks for."""

    report: Report
    units: Mapping[str, UnitFacts]
    standings: Mapping[str, Sequence[Standing]]
    states: Mapping[str, State]


def both_reviewed(
    base: Side,
    head: Side,
    changed: set[str],
    found: Discoveries,
    options: Options,
    everything: bool = False,
) -> tuple[Reviewed, Reviewed]:
    """The base and the head, each evaluated and judged as far as the changed paths reach; `everything` asks for all
    units.
    """
    sides = [(base, found.base), (head, found.head)]
    wanted = None if everything else _reached(sides, changed, options)
    sides = [(side, _about(discovery, wanted, changed)) for side, discovery in sides]
    return _both(sides, wanted, changed, options)


def discovered(base: Side, head: Side, changed: set[str], paths: Sequence[str], options: Options) -> Discoveries:
    """What there is under some paths (empty: the whole tree) in the base and in the head."""
    after = _discovered(head, paths, options)
    return Discoveries(_discovered(base, paths, options, _known(after, base, head, changed)), after)


def _known(after: Discovery, base: Side, head: Side, changed: set[str]) -> KnownFiles | None:
    """What of the head's counts for the base: in a working tree, filters may have made something else of a file."""
    if isinstance(head.tree, WorkingTree):
        return None
    unlike = (through_links(side.tree, changed, side.links) for side in (base, head))
    return KnownFiles(after, set().union(*unlike))


def _discovered(side: Side, paths: Sequence[str], options: Options, known: KnownFiles | None = None) -> Discovery:
    found = discover(
        side.tree,
        [path for path in paths if _is_there(side.tree, path)],
        options.excluded,
        options.variants,
        options.inputs.templates,
        known,
    )
    if paths and not any(_is_there(side.tree, path) for path in paths):
        return Discovery((), (), (), {})
    return found.inside(lambda path: not _below(path, side.outside)) if side.outside else found


def _is_there(tree: Tree, path: str) -> bool:
    return not path or tree.exists(path) or bool(next(iter(_files(tree, path)), ""))


def _files(tree: Tree, path: str) -> Iterable[str]:
    try:
        return tree.files(path)
    except TreeError:
        return ()


def _below(path: str, folders: Sequence[str]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


def _reached(sides: Sequence[tuple[Side, Discovery]], changed: set[str], options: Options) -> set[str]:
    """The units that the change reaches in either side, and those that only one side has."""
    found: set[str] = set()
    targets = []
    for side, discovery in sides:
        found |= reached(side.tree, discovery, changed, side.links)
        targets.append({target.path for target in discovery.targets})
        for language in LANGUAGES:
            if changed.intersection(language.given_files(options.inputs)):
                found |= {target.path for target in discovery.targets if target.language == language.name}
    return found | (targets[0] ^ targets[1])


class _Part(NamedTuple):
    """What is known of some units, before there is a report."""

    gathering: Gathering
    units: dict[str, UnitFacts]
    standings: dict[str, Sequence[Standing]]
    states: dict[str, State]

    def join(self, other: _Part) -> None:
        """Takes in what is known of other units."""
        self.gathering.join(other.gathering)
        self.units.update(other.units)
        self.standings.update(other.standings)
        self.states.update(other.states)


def _both(
    sides: Sequence[tuple[Side, Discovery]], wanted: set[str] | None, changed: set[str], options: Options
) -> tuple[Reviewed, Reviewed]:
    """Both sides. What a unit of the head read, and the base has as well, makes the same of it there: it is evaluated
    once. So is what the change does not reach, where everything is wanted.
    """
    (base, old), (head, new) = sides
    pairs = [each for each in _pairs(old, new) if wanted is None or each.head.path in wanted]
    reached_units = _reached(sides, changed, options) if wanted is None else wanted
    pairs = [each._replace(alike=each.head.path not in reached_units) for each in pairs]
    found = in_parallel(
        lambda: _compared(base.tree, head.tree, pairs[::2], changed, options, options.progress),
        lambda: _compared(base.tree, head.tree, pairs[1::2], changed, options, None),
        sum(1 if each.alike else 2 for each in pairs),
    )
    parts = [each for two in zip_longest(*found) for each in two if each is not None]
    before, after = _joined(base.tree, parts, 0, options), _joined(head.tree, parts, 1, options)
    known = {each.head.path for each in pairs}
    own = sum(1 for _, discovery in sides for each in discovery.targets if wanted is None or each.path in wanted)
    rest = in_parallel(
        lambda: _rest(head, new, wanted, known, after.gathering.files, options),
        lambda: _rest(base, old, wanted, known, before.gathering.files, options),
        own - 2 * len(pairs),
    )
    after.join(rest[0])
    before.join(rest[1])
    return _reviewed(base, old, before, options), _reviewed(head, new, after, options)


class _Pair(NamedTuple):
    """A unit of the head and the same one of the base; `alike` where it is known that nothing of it has changed."""

    base: Target
    head: Target
    alike: bool = False


def _pairs(base: Discovery, head: Discovery) -> list[_Pair]:
    """The units that both sides have."""
    old = {(each.path, each.language, each.within): each for each in base.targets}
    keys = [(each.path, each.language, each.within) for each in head.targets]
    return [_Pair(old[key], each) for key, each in zip(keys, head.targets, strict=True) if key in old]


def _compared(
    base: Tree, head: Tree, pairs: Sequence[_Pair], changed: set[str], options: Options, progress: Progress | None
) -> list[tuple[_Part, _Part]]:
    """What is known of each pair's unit in the base and in the head: the same where nothing that it reads differs."""
    found = []
    for done, pair in enumerate(pairs):
        if progress is not None:
            progress(done, len(pairs))
        watched = WatchedTree(head) if not pair.alike and _reads_alike(pair) else None
        after = _part(watched or head, [pair.head], options, pair.alike)
        is_same = pair.alike if watched is None else watched.answers_as(base, changed)
        found.append((after if is_same else _part(base, [pair.base], options), after))
    return found


def _joined(tree: Tree, parts: Sequence[tuple[_Part, _Part]], side: int, options: Options) -> _Part:
    found = _part(tree, [], options)
    for each in parts:
        found.join(each[side])
    return found


def _reads_alike(pair: _Pair) -> bool:
    """Whether what was read of a unit to find it is the same in both sides."""
    one, other = pair.base.source, pair.head.source
    texts = [each.text if each is not None else None for each in (one, other)]
    return texts[0] == texts[1] and pair.base.problem is pair.head.problem is None


def _rest(
    side: Side, discovery: Discovery, wanted: set[str] | None, known: set[str], files: set[str], options: Options
) -> _Part:
    """The units of one side that are not known yet; those that are have read the files."""
    read = set(files)
    found = _part(side.tree, [], options)
    for targets in rounds(discovery, lambda: read, wanted):
        found.join(_part(side.tree, [each for each in targets if each.path not in known], options))
        read.update(found.gathering.files)
    return found


def _part(tree: Tree, targets: Sequence[Target], options: Options, alike: bool = False) -> _Part:
    """Some units of one side; `alike` are those that both sides have."""
    from iacreview.review.deltas import state_of
    from iacreview.review.strict import strict_findings
    from iacreview.review.unasked import unasked

    units: dict[str, UnitFacts] = {}
    standings: dict[str, Sequence[Standing]] = {}
    states: dict[str, State] = {}

    def seen(judged: Judged) -> None:
        strict = strict_findings(judged, options) if not alike else ()
        # What companions will find is not known yet.
        known = (*judged.verdict.findings, *(each for each, _ in judged.suppressed), *strict)
        found = None if options.companions else known
        units[judged.unit.path] = facts(judged.world, found)
        if not alike and options.protections is not None and options.protections.stand_in(judged.unit):
            standings[judged.unit.path] = _standings(judged.world, options.protections)
        if not alike:
            kinds = {each.kind for each in judged.unit.resources if each.kind is not None}
            state = state_of(judged.world, unasked(options, kinds))
            states[judged.unit.path] = state._replace(strict=strict)

    return _Part(gathered(tree, targets, options, None, seen), units, standings, states)


def _standings(world: World, protections: Definitions) -> Sequence[Standing]:
    from iacreview.protection.standing import standing

    return list(standing(world, protections))


def _reviewed(side: Side, discovery: Discovery, part: _Part, options: Options) -> Reviewed:
    outside = [Skipped(path, "a repository of its own is reviewed there") for path in side.outside]
    part.gathering.skipped.update(dict.fromkeys((*outside, *side.skipped)))
    return Reviewed(report_of(part.gathering, discovery, options), part.units, part.standings, part.states)


def _about(discovery: Discovery, wanted: set[str] | None, changed: set[str]) -> Discovery:
    """What was skipped is said where everything is reviewed, or where it changed; what cannot be read always."""
    if wanted is None:
        return discovery
    around = {"/".join(parts[:at]) for parts in (path.split("/") for path in changed) for at in range(1, len(parts))}
    return discovery._replace(skipped=[each for each in discovery.skipped if each.path in changed | around])


def target_of(tree: Tree, unit: str) -> Target | None:
    """A unit of a tree by its path, as the language has it that claims it."""
    return next((found for each in LANGUAGES if (found := each.target(tree, unit)) is not None), None)
