"""CloudFormation and SAM: a template is a unit, with those that it nests."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from iacreview.errors import TreeError
from iacreview.languages.calls import callers_of, directory_of, uncalled
from iacreview.languages.language import Calls, Claim, File, Given, Search, Target, Units
from iacreview.model.graph import Unit
from iacreview.model.source import Source
from iacreview.tree import Tree, normal_path

_SUFFIXES = (".yaml", ".yml", ".json", ".template")
_LOCATION = re.compile(
    r"""(?:\bTemplateURL|\bTemplateBody|\bLocation|aws:asset:path)["']?\s*:\s*"""
    r"""(?:!Sub\s+|["']?Fn::Sub["']?\s*:\s*|\{\s*["']?Fn::Sub["']?\s*:\s*)?["']?(?:file://)?([^\s"',{}]+)"""
)
_NESTING = ("AWS::CloudFormation::Stack", "AWS::Serverless::Application", "AWS::Include")
# "File assets" (CDK): uploaded under the hash of their content.
_ASSET_KEY = re.compile(r"/([0-9a-f]{64}\.(?:json|template))\"")


class _CloudFormation:
    name = "cloudformation"
    title = "CloudFormation"
    noun = "a CloudFormation template"
    suffixes = _SUFFIXES
    separator = ": "
    hiding = "NoEcho"
    guards_outputs = False

    def claim(self, file: File) -> Claim | None:
        """See Language.claim."""
        if not file.named and not file.path.endswith(_SUFFIXES):
            return None
        from iacreview.parse.cloudformation.recognition import claims_to_be_template, looks_like_template

        cut_off = file.error is not None
        if not looks_like_template(file.text) or (cut_off and not claims_to_be_template(file.text)):
            return None
        return Claim(Target(self.name, file.path, Source(file.path, file.text), cut_off=cut_off))

    def units(self, search: Search, claimed: Sequence[Target]) -> Units:
        """See Language.units. Where not everything is looked through, those that nest a template are, if nearby."""
        targets = _through_parents(search, claimed) if search.narrowed else list(claimed)
        calls = {target.path: _nested_paths(search.tree, target) for target in targets}
        kept = uncalled({path: found & set(calls) for path, found in calls.items()})
        return Units([target for target in targets if target.path in kept], calls)

    def target(self, tree: Tree, path: str) -> Target | None:
        """See Language.target."""
        try:
            return Target(self.name, path, Source(path, tree.read(path))) if tree.exists(path) else None
        except TreeError:
            return None

    def evaluate(self, tree: Tree, target: Target, given: Given, deployed: bool) -> Unit:
        """See Language.evaluate. As it is written, it has its serverless resources and what is never created."""
        from iacreview.evaluate.cloudformation.unit import evaluate_source

        assert target.source is not None
        return evaluate_source(tree, target.source, given.parameter_files, target.cut_off, deployed)

    def reached(self, tree: Tree, units: Units, touched: set[str]) -> set[str]:
        """See Language.reached. Those that changed, that nest or include, or that name a changed file."""
        found = {target.path for target in units.targets if target.path in touched}
        found |= {target.path for target in units.targets if _may_nest(_nested_paths(tree, target), touched)}
        names = {path.rpartition("/")[2] for path in touched if path.endswith(_SUFFIXES)}
        return found | _naming(units.targets, names, found)

    def given_files(self, given: Given) -> Sequence[str]:
        """See Language.given_files."""
        return given.parameter_files

    def spells(self, path: str) -> bool:
        """See Language.spells. A template's file may have any name."""
        return True

    def comments(self, source: Source, wanted: Callable[[str], bool]) -> list[tuple[int, int]]:
        """See Language.comments. JSON has none."""
        from iacreview.parse.data.comments import comments

        return [] if source.path.endswith(".json") else comments(source, wanted)

    def extent(self, source: Source, line: int) -> tuple[int, int]:
        """See Language.extent: as far as lines are indented more."""
        from iacreview.parse.data.comments import extent

        return extent(source, line)


def _through_parents(search: Search, targets: Sequence[Target]) -> list[Target]:
    """The targets, but templates that take parameters through those that nest them, if there are any nearby.

    Nearby is below the directory around the template's own: no more of a large tree is read for one file.
    """
    tree = search.tree
    own = {target.path: target for target in targets}
    wanted = {path for path, target in own.items() if target.source is not None and "Parameters" in target.source.text}
    around = {directory_of(directory_of(path)) for path in wanted}
    names = {path for folder in around for path in search.files(folder) if path.endswith(_SUFFIXES)}
    parents = [*_nesting(tree, sorted(names - set(own))), *own.values()]
    calls = {target.path: _nested_paths(tree, target) for target in parents}
    through = _callers(wanted, calls, set(own))
    reached = set().union(*through.values()) if through else set()
    called = [
        target._replace(within=tuple(sorted(through[target.path]))) for target in parents if target.path in through
    ]
    return [*(target for target in targets if target.path not in reached), *called]


def _callers(wanted: set[str], calls: Calls, own: set[str]) -> dict[str, set[str]]:
    """The outermost templates beside one's own that nest some of the wanted ones, with these."""
    through: dict[str, set[str]] = {}
    for path in wanted:
        callers = callers_of({path}, calls) - {path}
        for root in callers - {nested for caller in callers for nested in calls[caller]} - own:
            through.setdefault(root, set()).add(path)
    return through


def _nesting(tree: Tree, paths: Iterable[str]) -> Iterator[Target]:
    """The templates among some files that nest others."""
    for path in paths:
        target = CLOUDFORMATION.target(tree, path)
        if target is not None and _nested_paths(tree, target):
            yield target


def _nested_paths(tree: Tree, target: Target) -> set[str]:
    """The paths that a template names as the templates of nested stacks, or includes.

    Of a path with a parameter in it (`!Sub "${Stage}.yaml"`), what is before it and `$`.
    """
    assert target.source is not None
    text = target.source.text
    if not any(word in text for word in _NESTING):
        return set()
    found = set()
    for location in (*_LOCATION.findall(text), *_uploaded(tree, target)):
        try:
            found.add(normal_path(posixpath.join(posixpath.dirname(target.path), location)))
        except TreeError:
            continue
    return found


def _uploaded(tree: Tree, target: Target) -> Iterator[str]:
    """The templates among a CDK assembly's assets that a template names by the keys they are uploaded under."""
    assert target.source is not None
    keys = set(_ASSET_KEY.findall(target.source.text))
    if keys:
        from iacreview.evaluate.cloudformation.cdk import Assembly

        assets = Assembly(tree, target.path).assets()
        yield from (assets[key] for key in keys if key in assets)


def _may_nest(nested: Iterable[str], paths: Iterable[str]) -> bool:
    """Whether one of the paths is, or with a parameter in it may be, among those that a template nests."""
    whole = {name for name in nested if not name.endswith("$")}
    starts = tuple(name[:-1] for name in nested if name.endswith("$"))
    return any(path in whole or path.startswith(starts) for path in paths)


def _naming(templates: Sequence[Target], names: Iterable[str], found: set[str]) -> set[str]:
    """The templates that name a file, or a template that does, and so may include or nest it."""
    reached = set(found)
    wanted = {name for name in names if name}
    while wanted:
        named = re.compile("|".join(re.escape(name) for name in sorted(wanted)))
        more = {
            each.path
            for each in templates
            if each.source is not None and each.path not in reached and named.search(each.source.text)
        }
        reached |= more
        wanted = {path.rpartition("/")[2] for path in more}
    return reached


CLOUDFORMATION = _CloudFormation()
