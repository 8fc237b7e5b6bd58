"""Which files of a tree make up which unit."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from iacreview.errors import TooLargeError, TreeError
from iacreview.model.finding import InputError
from iacreview.model.graph import Skipped
from iacreview.model.source import Source
from iacreview.tree import Tree, normal_path

TERRAFORM_SUFFIXES = (".tf", ".tf.json", ".tofu", ".tofu.json")
VARIABLE_SUFFIXES = (".tfvars", ".tfvars.json")
TERRAGRUNT = ("terragrunt.hcl", ".terragrunt.hcl", "terragrunt.hcl.json")
TEMPLATE_SUFFIXES = (".yaml", ".yml", ".json", ".template")

_INPUT = re.compile(r'^[^\S\n]*"?variable"?[\s:{]', re.MULTILINE)
_ROOT = re.compile(r'^[^\S\n]*"?(?:backend|cloud|provider)"?[\s:{]', re.MULTILINE)
_LOCATION = re.compile(
    r"""(?:\bTemplateURL|\bTemplateBody|\bLocation|aws:asset:path)["']?\s*:\s*"""
    r"""(?:!Sub\s+|["']?Fn::Sub["']?\s*:\s*|\{\s*["']?Fn::Sub["']?\s*:\s*)?["']?(?:file://)?([^\s"',{}]+)"""
)
_NESTING = ("AWS::CloudFormation::Stack", "AWS::Serverless::Application", "AWS::Include")
# "File assets" (CDK): uploaded under the hash of their content.
_ASSET_KEY = re.compile(r"/([0-9a-f]{64}\.(?:json|template))\"")
PLAN = "plan"
_OBJECT = re.compile(r"\s*\{")
_HEAD = re.compile(r'\s*\{\s*"format_version"\s*:\s*"[^"]*"\s*,\s*"terraform_version"\s*:\s*"[^"]*"(?:\s*,\s*"(\w+)")?')
_VERSIONS = ('"format_version"', '"terraform_version"')
_PLANNED = ('"planned_values"', '"resource_changes"')


class Target(NamedTuple):
    """One unit to be evaluated: a directory of Terraform, the source of a CloudFormation template or of a plan.

    `within` are the directories or files that what is said of it is to be about; none: all. Of what is too large to be
    read, the source is the beginning, `cut_off`.
    """

    dialect: str
    path: str
    source: Source | None = None
    within: tuple[str, ...] = ()
    cut_off: bool = False


class Discovery(NamedTuple):
    """What there is to review, and what was left out.

    `calls` has, for each directory with Terraform, the directories that it calls as modules.
    """

    targets: Sequence[Target]
    skipped: Sequence[Skipped]
    errors: Sequence[InputError]
    calls: Mapping[str, set[str]] = {}


def discover(tree: Tree, paths: Sequence[str], excluded: Sequence[str] = ()) -> Discovery:
    """The units under the given paths (empty: the whole tree), Terraform first, each in the order of its path.

    A Terraform directory that another one calls as a module is reviewed through its callers, wherever in the tree they
    are, and a template through those nearby that nest it. A file given by name stands for its whole module or template.
    Files that `excluded` (glob patterns) covers are left out.
    """
    named = [path for path in paths if tree.exists(path)]
    folders = [path for path in paths if path not in named] if paths else [""]
    walked = [path for folder in folders for path in tree.files(folder)]
    walked = _without(walked, excluded)
    directories, calls = _terraform_directories(tree, walked)
    directories |= {_directory(path) for path in named if path.endswith(TERRAFORM_SUFFIXES + VARIABLE_SUFFIXES)}
    if any(paths):
        targets = _terraform_targets(tree, directories, calls, excluded)
    else:
        targets = [Target("terraform", directory) for directory in sorted(directories)]
    skipped: list[Skipped] = []
    errors: list[InputError] = []
    for path in sorted({*walked, *named}):
        if path.rpartition("/")[2] in TERRAGRUNT:
            skipped.append(Skipped(path, "Terragrunt makes its inputs when it runs: review the plan it makes instead"))
        if path.endswith(TERRAFORM_SUFFIXES + VARIABLE_SUFFIXES):
            continue
        if path.endswith(TEMPLATE_SUFFIXES) or path in named:
            _add_template(tree, path, path in named, targets, skipped, errors)
    if any(paths):
        targets = _through_parents(tree, targets, excluded)
    return Discovery(_without_nested(tree, targets), skipped, errors, calls)


def _terraform_targets(
    tree: Tree, directories: set[str], calls: dict[str, set[str]], excluded: Sequence[str]
) -> list[Target]:
    """The directories, but those that look like modules through the root modules that call them, if there are any."""
    outside = {directory for directory in directories if _may_be_called(tree, directory)}
    if not outside:
        return [Target("terraform", directory) for directory in sorted(directories)]
    roots, every = _terraform_directories(tree, _without(list(tree.files("")), excluded))
    through: dict[str, set[str]] = {}
    for directory in outside:
        for root in callers_of({directory}, every) & roots - {directory}:
            through.setdefault(root, set()).add(directory)
            directories = directories - {directory}
    calls.update(every)
    own = [Target("terraform", directory) for directory in directories]
    called = [
        Target("terraform", root, within=tuple(sorted(found)))
        for root, found in through.items()
        if root not in directories
    ]
    return sorted([*own, *called], key=lambda target: target.path)


def _may_be_called(tree: Tree, directory: str) -> bool:
    """Whether a directory may be a module of another one's: it has inputs, and says nothing that only a root says."""
    texts = []
    for name in tree.listing(directory):
        if name.endswith(TERRAFORM_SUFFIXES):
            try:
                texts.append(tree.read(f"{directory}/{name}" if directory else name))
            except TreeError:
                continue
    text = "\n".join(texts)
    return bool(directory) and _INPUT.search(text) is not None and _ROOT.search(text) is None


def _through_parents(tree: Tree, targets: list[Target], excluded: Sequence[str]) -> list[Target]:
    """The targets, but templates that take parameters through those that nest them, if there are any nearby.

    Nearby is below the directory around the template's own: no more of a large tree is read for one file.
    """
    own = {target.path: target for target in targets}
    wanted = {path for path, target in own.items() if _takes_parameters(target)}
    around = {_directory(_directory(path)) for path in wanted}
    names = {path for folder in around for path in tree.files(folder) if path.endswith(TEMPLATE_SUFFIXES)}
    parents = [*_nesting(tree, _without(sorted(names - set(own)), excluded)), *own.values()]
    calls = {target.path: nested_paths(tree, target) for target in parents if target.dialect == "cloudformation"}
    through: dict[str, set[str]] = {}
    for path in wanted:
        callers = callers_of({path}, calls) - {path}
        for root in callers - {nested for caller in callers for nested in calls[caller]} - set(own):
            through.setdefault(root, set()).add(path)
    reached = set().union(*through.values()) if through else set()
    called = [
        target._replace(within=tuple(sorted(through[target.path]))) for target in parents if target.path in through
    ]
    return [*(target for target in targets if target.path not in reached), *called]


def _takes_parameters(target: Target) -> bool:
    return target.dialect == "cloudformation" and target.source is not None and "Parameters" in target.source.text


def _nesting(tree: Tree, paths: Iterable[str]) -> Iterator[Target]:
    """The templates among some files that nest others."""
    for path in paths:
        try:
            source = Source(path, tree.read(path))
        except TreeError:
            continue
        target = Target("cloudformation", path, source)
        if nested_paths(tree, target):
            yield target


def _without_nested(tree: Tree, targets: Sequence[Target]) -> list[Target]:
    """The targets without the templates that others of them nest (all of a circle, where nobody else does)."""
    calls = {target.path: nested_paths(tree, target) for target in targets if target.dialect == "cloudformation"}
    nested = {path for caller, found in calls.items() for path in found if path != caller}
    roots = set(calls) - nested
    kept = roots | _unreached(set(calls), roots, calls)
    return [target for target in targets if target.path not in calls or target.path in kept]


def nested_paths(tree: Tree, target: Target) -> set[str]:
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


def callers_of(directories: Iterable[str], calls: Mapping[str, set[str]]) -> set[str]:
    """The directories and all that call them, however indirectly."""
    callers: dict[str, set[str]] = {}
    for caller, called in calls.items():
        for directory in called:
            callers.setdefault(directory, set()).add(caller)
    found = set(directories)
    pending = list(found)
    while pending:
        for caller in callers.get(pending.pop(), set()) - found:
            found.add(caller)
            pending.append(caller)
    return found


def _without(paths: list[str], excluded: Sequence[str]) -> list[str]:
    if not excluded:
        return paths
    from iacreview.globs import PathPatterns

    patterns = PathPatterns(excluded)
    return [path for path in paths if not patterns.matches(path)]


def _directory(path: str) -> str:
    return path.rpartition("/")[0]


def _terraform_directories(tree: Tree, walked: Iterable[str]) -> tuple[set[str], dict[str, set[str]]]:
    """The directories with configurations that no other one of them calls (all of a circle, where nobody else does)."""
    directories = {_directory(path) for path in walked if path.endswith(TERRAFORM_SUFFIXES)}
    if len(directories) < 2:
        return directories, {directory: set() for directory in directories}
    from iacreview.evaluate.terraform.configuration import called_directories

    calls = {directory: called_directories(tree, directory) & directories for directory in directories}
    roots = directories - {called for directory, found in calls.items() for called in found - {directory}}
    return roots | _unreached(directories, roots, calls), calls


def _unreached(directories: set[str], roots: set[str], calls: dict[str, set[str]]) -> set[str]:
    reached, pending = set(roots), list(roots)
    while pending:
        for called in calls.get(pending.pop(), set()) - reached:
            reached.add(called)
            pending.append(called)
    return directories - reached


def _add_template(
    tree: Tree, path: str, named: bool, targets: list[Target], skipped: list[Skipped], errors: list[InputError]
) -> None:
    from iacreview.parse.cloudformation.recognition import claims_to_be_template, looks_like_template

    try:
        text = tree.read(path)
    except TooLargeError as error:
        beginning = error.beginning
        is_claimed = looks_like_template(beginning) and claims_to_be_template(beginning)
        if is_claimed and not looks_like_plan(beginning):
            targets.append(Target("cloudformation", path, Source(path, beginning), cut_off=True))
        elif named or looks_like_plan(beginning):
            errors.append(InputError(path, error.message, error.hint))
        else:
            skipped.append(Skipped(path, f"{error.why} and does not begin like a template"))
        return
    except TreeError as error:
        if named or "not UTF-8" not in error.why:
            errors.append(InputError(path, error.message, error.hint))
        return
    if looks_like_plan(text):
        targets.append(Target(PLAN, path, Source(path, text)))
    elif looks_like_template(text):
        targets.append(Target("cloudformation", path, Source(path, text)))
    elif _HEAD.match(text):
        skipped.append(Skipped(path, "a Terraform state in JSON is not read: give the plan or the configuration"))
    elif named:
        skipped.append(Skipped(path, "neither Terraform nor a CloudFormation template"))


def looks_like_plan(text: str) -> bool:
    """Whether a text is, or begins like, what `terraform show -json` prints for a plan, told without parsing it.

    A state, which begins alike, goes on with `values`. Source: Terraform's documentation, "JSON Output Format".
    """
    if not _OBJECT.match(text):
        return False
    head = _HEAD.match(text)
    if head is not None:
        return head[1] != "values"
    return all(word in text for word in _VERSIONS) and any(word in text for word in _PLANNED)
