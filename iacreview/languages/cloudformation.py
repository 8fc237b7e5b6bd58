"""CloudFormation and SAM: a template is a unit, with those that it nests."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from types import MappingProxyType

from iacreview.errors import TooLargeError, TreeError
from iacreview.languages.calls import around, callers_of, directory_of, named_from, names_in, uncalled
from iacreview.languages.language import Calls, CandidateFile, Claim, Given, Search, Target, Units
from iacreview.model.graph import Problem, Resource, Unit
from iacreview.model.patterns import later
from iacreview.model.source import Skipped, Source
from iacreview.tree import Tree, normal_path
from iacreview.uploaded import path_of

_SUFFIXES = (".yaml", ".yml", ".json", ".template", ".cfn")
# What people name a template that something else makes or keeps; and names without an end.
_OTHER_NAMES = later(
    r"\.(?:ya?ml|json|template|cfn)[.~]|\.(?:txt|text|cf|cft|cform|stack|j2|jinja2?|tpl|tmpl|erb|ejs|hbs|mustache|in|dist"
    r"|example|sample|bak|orig|old|tftpl|gotmpl|config)$|^[^.]+$",
    re.IGNORECASE,
)
_LOCATION = later(
    r"""(?:\bTemplateURL|\bTemplateBody|\bLocation|aws:asset:path)["']?\s*:\s*"""
    r"""(?:!Sub\s+|["']?Fn::Sub["']?\s*:\s*|\{\s*["']?Fn::Sub["']?\s*:\s*)?["']?(?:file://)?([^\s"',{}]+)"""
)
# What may name code that is packaged or run: a file or a folder.
_LOCAL = later(
    r"""\b(?:CodeUri|ContentUri|DefinitionUri|SchemaUri|Code|Content|BuildSpec|asset:path)["']?\s*:\s*["']?([^\s"',{}|>!]+)"""
)
_BUILD = "BuildSpec"
_VALUES = "has values for a template's parameters, which count where `--parameters` names the file"
_SAM_SETTINGS = ("samconfig.toml", "samconfig.yaml", "samconfig.yml")
_NAMES = (*_SUFFIXES, *_SAM_SETTINGS)
_CDK_SETTINGS = ("cdk.json", "cdk.context.json")
_CONTEXT = "its context decides what the CDK makes, which is reviewed in the templates that it makes"
_PROSE = ".md"
_NESTING = ("AWS::CloudFormation::Stack", "AWS::Serverless::Application", "AWS::Include")
# "File assets" (CDK): uploaded under the hash of their content.
_ASSET_KEY = later(r"/([0-9a-f]{64}\.(?:json|template))\"")


def _beside(file: CandidateFile) -> str:
    """Why a changed file with settings of a tool that deploys templates is not read; empty for others."""
    name = file.path.rpartition("/")[2]
    if name in _SAM_SETTINGS and "parameter_overrides" in file.text:
        return "`parameter_overrides` are not read here: name the values with `--parameters`"
    return _CONTEXT if name in _CDK_SETTINGS else ""


class _CloudFormation:
    name = "cloudformation"
    title = "CloudFormation"
    noun = "a CloudFormation template"
    suffixes = _SUFFIXES
    separator = ": "
    hiding = "NoEcho"
    guards_outputs = False

    def member(self, collection: str, told: str, setting: str) -> str:
        """See Language.member."""
        return f"put `{{{told}, {setting}}}` into `{collection}`"

    def claim(self, file: CandidateFile) -> Claim | None:
        """See Language.claim. A template in a file of another name is not read, and that is said."""
        if file.changed and (reason := _beside(file)):
            return Claim(skipped=Skipped(file.path, reason))
        own = _is_named_so(file.path)
        if not own and not file.named and not file.changed and not _may_hold_one(file.path):
            return None
        from iacreview.parse.cloudformation import recognition

        if own and recognition.has_parameters(file.text):
            return Claim(skipped=Skipped(file.path, _VALUES))
        if not recognition.may_be_template(file.text):
            return None
        if not own and not file.named:
            reason = f"begins like a template, but its name does not end in {', '.join(_SUFFIXES)}"
            return Claim(skipped=Skipped(file.path, reason)) if recognition.begins_like_template(file.text) else None
        if file.error is not None and not recognition.claims_to_be_template(file.text):
            return None
        source = Source(file.path, file.text)
        return Claim(Target(self.name, file.path, source, problem=_problem(source, file.error)))

    def units(self, search: Search, claimed: Sequence[Target]) -> Units:
        """See Language.units. Where not everything is looked through, those that nest a template are, if nearby."""
        nearby = _nearby(search, claimed) if search.narrowed else {}
        calls = {
            target.path: _nested_paths(search.tree, target, search.templates) for target in (*claimed, *nearby.values())
        }
        targets = [*claimed, *(_parents(claimed, nearby, calls) if nearby else ())]
        own = set(calls)
        kept = uncalled({path: found & own for path, found in calls.items()})
        waiting = [target for target in targets if target.path not in kept]
        return Units([target for target in targets if target.path in kept], calls, waiting)

    def target(self, tree: Tree, path: str) -> Target | None:
        """See Language.target."""
        try:
            return Target(self.name, path, Source(path, tree.read(path))) if tree.exists(path) else None
        except TreeError:
            return None

    def evaluate(self, tree: Tree, target: Target, given: Given, deployed: bool) -> Unit:
        """See Language.evaluate. As it is written, it has its serverless resources and what is never created."""
        from iacreview.evaluate.cloudformation.unit import evaluate_source
        from iacreview.evaluate.inside import with_templates_inside

        assert target.source is not None
        unit = evaluate_source(tree, target.source, given.parameter_files, target.problem, deployed, given.templates)
        return with_templates_inside(unit, tree)

    def calls(self, tree: Tree, target: Target, given: Given) -> Sequence[Resource]:
        """See Language.calls."""
        from iacreview.evaluate.cloudformation.nesting import LOCATIONS

        return [each for each in self.evaluate(tree, target, given, True).resources if each.type in LOCATIONS]

    def reached(self, tree: Tree, units: Units, touched: set[str]) -> set[str]:
        """See Language.reached. Those that changed, that nest or include, or that name a changed file, and those beside
        changed settings of SAM, which say the tags of their stacks."""
        targets = (*units.targets, *units.waiting)
        found = {target.path for target in targets if target.path in touched}
        found |= {target.path for target in targets if _may_nest(units.calls[target.path], touched)}
        settled = {path.rpartition("/")[0] for path in touched if path.endswith(_SAM_SETTINGS)}
        found |= {target.path for target in targets if target.path.rpartition("/")[0] in settled}
        names = {path.rpartition("/")[2] for path in touched if _is_named_so(path)}
        if others := {path for path in touched if not path.endswith(_PROSE)} - {target.path for target in targets}:
            found |= _packaging(targets, others, found)
        return found | _naming(targets, names, found)

    def covered(self, files: Iterable[str]) -> set[str]:
        """See Language.covered."""
        return set(files)

    def given_files(self, given: Given) -> Sequence[str]:
        """See Language.given_files."""
        return given.parameter_files

    def origin(self, tree: Tree, path: str) -> str:
        """See Language.origin. Nothing of it is installed."""
        return ""

    def syntax(self, source: Source) -> str:
        """See Language.syntax."""
        return "json" if source.text.lstrip().startswith("{") else "yaml"

    def has_type(self, type: str) -> bool:
        """See Language.has_type."""
        return "::" in type

    def replacement(self, old: str, new: str) -> str:
        """See Language.replacement. Source: "Update behaviors of stack resources" (CloudFormation User Guide)."""
        return f"{old} is deleted, and {new} is created in its place"

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


def _is_named_so(path: str) -> bool:
    return path.lower().endswith(_NAMES)


def _may_hold_one(path: str) -> bool:
    return _OTHER_NAMES.search(path.rpartition("/")[2]) is not None


def _problem(source: Source, error: TreeError | None) -> Problem | None:
    from iacreview.parse.cloudformation.recognition import too_large
    from iacreview.parse.unreadable import unreadable

    if isinstance(error, TooLargeError):
        return too_large(source)
    return unreadable(source.path, error) if error is not None else None


def _wanted(targets: Sequence[Target]) -> set[str]:
    """Those that are better judged through a template that nests them: they take parameters."""
    return {each.path for each in targets if each.source is not None and "Parameters" in each.source.text}


def _nearby(search: Search, targets: Sequence[Target]) -> dict[str, Target]:
    """Other templates that nest some, below the directory around a wanted one's own.

    No more of a large tree is read for one file.
    """
    around = {directory_of(directory_of(path)) for path in _wanted(targets)}
    names = {path for folder in around for path in search.around(folder) if _is_named_so(path)}
    own = {target.path for target in targets}
    return {target.path: target for target in _nesting(search.tree, sorted(names - own))}


def _parents(targets: Sequence[Target], nearby: Mapping[str, Target], calls: Calls) -> Iterator[Target]:
    """The outermost templates nearby that nest some of the wanted targets, each to be reviewed for these."""
    through = _callers(_wanted(targets), calls, {target.path for target in targets})
    for path in sorted(through):
        yield nearby[path]._replace(within=tuple(sorted(through[path])))


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


def _nested_paths(tree: Tree, target: Target, templates: Mapping[str, str] = MappingProxyType({})) -> set[str]:
    """The paths that a template names as the templates of nested stacks, or includes.

    Of a path with a parameter in it (`!Sub "${Stage}.yaml"`), what is before it and `$`.
    """
    assert target.source is not None
    text = target.source.text
    if not any(word in text for word in _NESTING):
        return set()
    found = set()
    for location in (*_LOCATION.findall(text), *_uploaded(tree, target)):
        uploaded = path_of(location, templates)
        try:
            found.add(normal_path(uploaded or posixpath.join(posixpath.dirname(target.path), location)))
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


def _packaging(templates: Sequence[Target], others: Set[str], found: Set[str]) -> set[str]:
    """The templates with local code, such as a folder that is packaged, in which one of the other files lies."""
    places = {place for path in others for place in around(path)}
    names = names_in(others)
    return {
        each.path
        for each in templates
        if each.source is not None and each.path not in found and _packages(each.source, places, names)
    }


def _packages(source: Source, paths: Set[str], names: Set[str]) -> bool:
    """Whether a template may have one of some paths packaged, as named from where it lies or from the root."""
    folder, text = posixpath.dirname(source.path), source.text
    if (folder or ".") not in paths and not (("../" in text or _BUILD in text) and any(name in text for name in names)):
        return False
    return not paths.isdisjoint(named_from([folder], _LOCAL.findall(text)))


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
