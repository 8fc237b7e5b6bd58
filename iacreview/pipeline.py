"""From files to a report, in one direction:

discover -> parse -> evaluate -> graph -> rules -> findings
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence

from iacreview.catalog.catalog import Catalog
from iacreview.catalog.world import World
from iacreview.discovery import Discovery, discover
from iacreview.engine.judge import fingerprint, judge
from iacreview.engine.rule import Rule
from iacreview.gathering import Gathering
from iacreview.graph import build_graph
from iacreview.judging import Judged, judged
from iacreview.languages import language_named
from iacreview.languages.language import Given, Target
from iacreview.model.finding import Report
from iacreview.model.graph import Graph, Unit
from iacreview.options import Options, Progress
from iacreview.rounds import rounds
from iacreview.tree import Tree
from iacreview.veil import veil_of, veiled, without_opaque
from iacreview.workers import in_parallel

# One in so many units.
_AHEAD = 20
# About 100 MB of them.
_MANY_OBJECTS = 1_000_000


def check(tree: Tree, paths: Sequence[str], options: Options) -> Report:
    """Reviews everything under the paths (tree-relative; empty: the whole tree) as it is.

    Pure in the tree and the options: same input, same report, in the same order.
    """
    discovery = discover(tree, paths, options.excluded, options.variants, options.inputs.templates)
    gathering = Gathering(keep_sources=options.companions is not None)
    for targets in rounds(discovery, lambda: gathering.files):
        for found in _two_at_a_time(tree, targets, options):
            gathering.join(found)
    return veiled(report_of(gathering, discovery, options), fingerprint)


def _two_at_a_time(tree: Tree, targets: Sequence[Target], options: Options) -> Iterator[Gathering]:
    """What is found in the units. The first of many are done before two processes part, so that what these make once
    for all (modules, rules, parsed files) is made once.
    """
    ahead = len(targets) // _AHEAD
    if ahead:
        yield gathered(tree, targets[:ahead], options, None)
    yield from in_parallel(
        lambda: gathered(tree, targets[ahead::2], options, options.progress),
        lambda: gathered(tree, targets[ahead + 1 :: 2], options, None),
        len(targets) - ahead,
    )


def gathered(
    tree: Tree,
    targets: Sequence[Target],
    options: Options,
    progress: Progress | None,
    seen: Callable[[Judged], None] | None = None,
) -> Gathering:
    """What all rules say of some units, evaluated and judged one after the other; each is shown to `seen`."""
    gathering = Gathering(keep_sources=options.companions is not None)
    for done, target in enumerate(targets):
        if progress is not None:
            progress(done, len(targets))
        each = evaluated_and_judged(tree, target, options)
        gathering.add(each)
        if seen is not None:
            seen(each)
        _collect_garbage()
    return gathering


def evaluated_and_judged(tree: Tree, target: Target, options: Options) -> Judged:
    """One unit with what the rules say of it."""
    return judged(evaluate(tree, target, options.inputs), options, target.within)


def evaluate(tree: Tree, target: Target, given: Given | None = None, deployed: bool = True) -> Unit:
    """Parses and evaluates one unit, with the values that are given for its inputs: see Language.evaluate."""
    return language_named(target.language).evaluate(tree, target, given or Given(), deployed)


def report_of(gathering: Gathering, discovery: Discovery, options: Options) -> Report:
    """The report of what was gathered and left out, with what companions add; nothing is veiled yet."""
    report = gathering.report(discovery.skipped, discovery.errors)
    return options.companions(report, gathering.sources, gathering.owners) if options.companions else report


def graphs(tree: Tree, paths: Sequence[str], catalog: Catalog, deployed: bool = False) -> list[Graph]:
    """The graph of every unit under the paths; of templates as they are written, or as they are `deployed`."""
    found: list[Graph] = []
    files: set[str] = set()
    for targets in rounds(discover(tree, paths), lambda: files):
        units = [evaluate(tree, target, deployed=deployed) for target in targets]
        files.update(path for unit in units for path in unit.files)
        found += [build_graph(unit, catalog) for unit in units if unit.recognised]
    return found


def veil_over(found: Sequence[Graph], catalog: Catalog, masking: Sequence[Rule]) -> Callable[[str], str]:
    """How texts of the graphs are shown: without the secrets that the rules find in them."""
    verdicts = [judge(World(graph, catalog), masking, {}, "strict") for graph in found]
    spans = [span for each in verdicts for span in each.secrets] + [s for graph in found for s in graph.unit.secrets]
    veil = veil_of(spans, {text for each in verdicts for text in each.hidden})
    return lambda text: without_opaque(veil(text))


def _collect_garbage() -> None:
    """Frees what the units that are done leave behind, now and then, where the process does not do so by itself.

    What survives is kept for the report: it is not looked at again.
    """
    if not gc.isenabled() and gc.get_count()[0] > _MANY_OBJECTS:
        gc.collect()
        gc.freeze()
