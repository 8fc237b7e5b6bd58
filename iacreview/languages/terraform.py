"""Terraform and OpenTofu: a directory is a unit, with the modules that it calls."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Sequence

from iacreview.errors import TreeError
from iacreview.languages.calls import callers_of, directory_of, names_in, uncalled
from iacreview.languages.language import Calls, CandidateFile, Claim, Given, Search, Target, Units
from iacreview.model.graph import Resource, Unit
from iacreview.model.patterns import later
from iacreview.model.record import NamedTuple
from iacreview.model.source import Skipped, Source
from iacreview.tree import Tree, normal_path

_SUFFIXES = (".tf", ".tf.json", ".tofu", ".tofu.json")
_VARIABLE_SUFFIXES = (".tfvars", ".tfvars.json")
_OWN = _SUFFIXES + _VARIABLE_SUFFIXES
_OWN_FILE = Claim()
# What a name that Terraform passes over begins or ends with.
_MARKS = ".~#"
_LOCK = ".terraform.lock.hcl"
_NOT_LOADED = "its values are not loaded by themselves: name it under `variants` in the settings to review them"
# "Files and Directories" (Terraform documentation) and its loader: what editors keep beside a file.
_IGNORED = "Terraform reads no file whose name begins with a dot, ends in `~`, or stands between `#`"
_STACKS = (".tfcomponent.hcl", ".tfdeploy.hcl", ".tfstack.hcl")
# What only a change is told of, by how its path ends.
_BESIDE = {
    ".terraform/modules/modules.json": "it says where installed modules are, as Terraform itself believes it",
    ".tfbackend": "it says where the state is kept: the values are not read",
    ".tofutest.hcl": "tests of OpenTofu are not read: what they apply is deployed",
    ".tfmock.hcl": "tests of Terraform are not read: what they apply is deployed",
    ".tfquery.hcl": "queries of Terraform are not read",
    ".tftest.hcl": "tests of Terraform are not read: what they apply is deployed",
    ".tftest.json": "tests of Terraform are not read: what they apply is deployed",
    ".terraformrc": "settings of Terraform are not read: they decide which providers run",
    "terraform.rc": "settings of Terraform are not read: they decide which providers run",
}
# As many directories are looked at behind links.
_MOST_LINKED = 1000
_TERRAGRUNT = ("terragrunt.hcl", ".terragrunt.hcl", "terragrunt.hcl.json")

_INPUT = later(r'^[^\S\n]*"?variable"?[\s:{]', re.MULTILINE)
_ROOT = later(r'^[^\S\n]*"?(?:backend|cloud|provider)"?[\s:{]', re.MULTILINE)
# A call of a function that reads files, with its first argument as far as that is a literal.
_READS = later(
    r"\b(?:file|fileexists|fileset|filebase64|filemd5|filesha1|filesha256|filesha512|filebase64sha256|filebase64sha512"
    r"|templatefile)\s*\(\s*(?:\"((?:[^\"$\\\n]|\$\{path\.(?:module|root|cwd)\})*)(\")?)?"
)
# An argument that may name a file or a folder of which no function reads anything, such as a package of code.
_NAMES = later(
    r"\b(?:filename|source(?:_file|_dir)?|zip_file|buildspec)\s*=\s*"
    r"\"((?:[^\"$\\\n]|\$\{path\.(?:module|root|cwd)\})+)(\")"
)
_FOLDER, _PROSE = "source_dir", ".md"
_ANCHOR = later(r"^\$\{path\.(module|root|cwd)\}/?")


class _Terraform:
    name = "terraform"
    title = noun = "Terraform"
    suffixes: tuple[str, ...] = ()
    separator = " = "
    hiding = "sensitive"
    guards_outputs = True

    def member(self, collection: str, told: str, setting: str) -> str:
        """See Language.member."""
        return f"set `{setting}` in the `{collection}` block with `{told}`"

    def claim(self, file: CandidateFile) -> Claim | None:
        """See Language.claim. A file is reviewed with its directory: see units."""
        name = file.path.rpartition("/")[2]
        if name.endswith(_OWN) and name[0] not in _MARKS:
            return _OWN_FILE
        if name in _TERRAGRUNT:
            reason = "Terragrunt makes its inputs when it runs: review the plan it makes instead"
            return Claim(skipped=Skipped(file.path, reason))
        if _is_ignored(name):
            return Claim(skipped=Skipped(file.path, _IGNORED))
        if file.path.endswith(_STACKS):
            return Claim(
                skipped=Skipped(file.path, "Terraform Stacks are not read: what they give to modules is not judged")
            )
        if file.changed and (reason := next((each for end, each in _BESIDE.items() if file.path.endswith(end)), "")):
            return Claim(skipped=Skipped(file.path, reason))
        if file.path.endswith(_OWN):
            return _OWN_FILE
        if file.path.lower().endswith(_OWN):
            return Claim(skipped=Skipped(file.path, "Terraform reads no file whose name ends in capital letters"))
        return None

    def units(self, search: Search, claimed: Sequence[Target]) -> Units:
        """See Language.units. A module is reviewed through its callers, wherever in the tree they are.

        A file given by name, one with values as well, stands for its directory.
        """
        units = self._configured(search)
        values = [path for path in search.walked if path.endswith(_VARIABLE_SUFFIXES) and not _is_loaded(path)]
        variants = [path for path in values if search.is_variant(path)]
        skipped = [Skipped(path, _NOT_LOADED) for path in values if not search.is_variant(path)]
        return units._replace(targets=[*units.targets, *self._targets(variants)], skipped=skipped)

    def _configured(self, search: Search) -> Units:
        roots, calls, named = _directories(search, search.walked)
        walked = {directory_of(path) for path in search.walked}
        roots |= {directory_of(path) for path in search.named if path.endswith(_OWN)}
        if not search.narrowed:
            return Units(self._targets(roots), calls, self._targets((set(calls) & walked) - roots), named=named)
        return self._narrowed(search, roots, calls, (set(calls) & walked) - roots)

    def _targets(self, directories: Iterable[str]) -> list[Target]:
        return [Target(self.name, directory) for directory in sorted(directories)]

    def _narrowed(self, search: Search, directories: set[str], calls: Calls, waiting: set[str]) -> Units:
        """The directories; those that look like modules wait for the roots that call them, if there are any."""
        outside = {directory for directory in directories if _may_be_called(search.tree, directory)}
        if not outside:
            return Units(self._targets(directories), calls, self._targets(waiting))
        roots, every, named = _directories(search, search.around(""))
        through: dict[str, set[str]] = {}
        for directory in outside:
            for root in callers_of({directory}, every) & roots - {directory}:
                through.setdefault(root, set()).add(directory)
                directories = directories - {directory}
                waiting.add(directory)
        called = [
            Target(self.name, root, within=tuple(sorted(found)))
            for root, found in through.items()
            if root not in directories
        ]
        found = [*self._targets(directories), *called]
        targets = sorted(found, key=lambda target: target.path)
        return Units(targets, {**calls, **every}, self._targets(waiting), named=named)

    def target(self, tree: Tree, path: str) -> Target | None:
        """See Language.target."""
        is_variant = path.endswith(_VARIABLE_SUFFIXES) and tree.exists(path)
        is_own = is_variant or any(name.endswith(_SUFFIXES) for name in tree.listing(path))
        return Target(self.name, path) if is_own else None

    def evaluate(self, tree: Tree, target: Target, given: Given, deployed: bool) -> Unit:
        """See Language.evaluate."""
        from iacreview.evaluate.inside import with_templates_inside

        return with_templates_inside(self._evaluated(tree, target, given), tree)

    def calls(self, tree: Tree, target: Target, given: Given) -> Sequence[Resource]:
        """See Language.calls."""
        return self._evaluated(tree, target, given, every_call=True).unread

    def _evaluated(self, tree: Tree, target: Target, given: Given, every_call: bool = False) -> Unit:
        from iacreview.evaluate.terraform.root import evaluate_root
        from iacreview.evaluate.terraform.variables import Inputs

        inputs = Inputs(given.environment, given.variable_files, given.variables)
        if not target.path.endswith(_VARIABLE_SUFFIXES):
            return evaluate_root(tree, target.path, inputs=inputs, every_call=every_call)
        varied = inputs._replace(files=(*inputs.files, target.path))
        directory = _root_of(tree, target.path)
        unit = evaluate_root(tree, directory, inputs=varied, every_call=every_call)
        return unit._replace(path=target.path, variant_of=directory)

    def reached(self, tree: Tree, units: Units, touched: set[str]) -> set[str]:
        """See Language.reached. Told from the text of the files alone."""
        own = {path for path in touched if path.endswith((*_SUFFIXES, *_VARIABLE_SUFFIXES, _LOCK))}
        directories = {directory_of(path) for path in own}
        directories |= {path.partition(".terraform/")[0].rstrip("/") for path in touched if ".terraform/" in path}
        roots = {target.path for target in (*units.targets, *units.waiting)}
        found = callers_of(directories, units.calls) & roots
        others = sorted(touched - own)
        if others:
            found |= _readers(tree, units.calls, others, roots)
        variants = {path for path in roots if path.endswith(_VARIABLE_SUFFIXES)}
        return found | {path for path in variants if path in touched or _root_of(tree, path) in found}

    def covered(self, files: Iterable[str]) -> set[str]:
        """See Language.covered."""
        return {directory_of(path) for path in files if path.endswith(_SUFFIXES)}

    def given_files(self, given: Given) -> Sequence[str]:
        """See Language.given_files."""
        return given.variable_files

    def origin(self, tree: Tree, path: str) -> str:
        """See Language.origin."""
        from iacreview.evaluate.terraform.sources import origin

        return origin(tree, path)

    def syntax(self, source: Source) -> str:
        """See Language.syntax."""
        if source.path.endswith((".tf", ".tofu", ".tfvars")):
            return "hcl"
        return "json" if source.path.endswith((".tf.json", ".tofu.json", ".tfvars.json")) else ""

    def has_type(self, type: str) -> bool:
        """See Language.has_type."""
        return "::" not in type

    def replacement(self, old: str, new: str) -> str:
        """See Language.replacement. Source: "Refactor modules" (Terraform documentation)."""
        return f"Terraform destroys {old} and creates {new}; add a `moved` block if it is the same"

    def spells(self, path: str) -> bool:
        """See Language.spells."""
        return path.endswith((".tf", ".tofu", ".tfvars"))

    def comments(self, source: Source, wanted: Callable[[str], bool]) -> list[tuple[int, int]]:
        """See Language.comments."""
        from iacreview.parse.terraform.comments import comments

        return comments(source, wanted)

    def extent(self, source: Source, line: int) -> tuple[int, int]:
        """See Language.extent: up to the bracket that closes."""
        from iacreview.parse.terraform.comments import extent

        return extent(source, line)


def _directories(search: Search, walked: Iterable[str]) -> tuple[set[str], Calls, Calls]:
    """The directories with configurations that no other one of them calls, which call which, and what each names.

    What is called by the name of a link to a directory counts as called, and calls others itself: the walk does not
    enter it under that name.
    """
    directories = {directory_of(path) for path in walked if path.endswith(_SUFFIXES)}
    if len(directories) < 2:
        return directories, {directory: set() for directory in directories}, {}
    configured = _Configured(search)
    calls = configured.calls(sorted(directories))
    pending = sorted(set().union(*calls.values()) - directories)
    for directory in pending:
        # Links in a circle have ever longer names: beyond some, one of them may call anything.
        calls |= configured.calls([directory]) if len(pending) < _MOST_LINKED else {directory: directories}
        pending += sorted(calls[directory] - calls.keys() - set(pending))
    return uncalled(calls), calls, configured.named


class _Configured:
    """Which directories with configurations name which others; in `named`, whether there is something or not."""

    __slots__ = ("_there", "_tree", "named")

    def __init__(self, search: Search) -> None:
        self._tree = search.tree
        self._there: dict[str, bool] = {}
        self.named = dict(search.known.get(TERRAFORM.name, {}))

    def calls(self, directories: Sequence[str]) -> dict[str, set[str]]:
        """For each directory those that it calls, as far as Terraform files are there."""
        from iacreview.evaluate.terraform.configuration import named_directories

        new = [each for each in directories if each not in self.named]
        self._tree.expect([path for each in new for path in _files(self._tree, each)])
        self.named |= {each: named_directories(self._tree, each) for each in new}
        return {each: {name for name in self.named[each] if self._is_there(name)} for each in directories}

    def _is_there(self, directory: str) -> bool:
        found = self._there.get(directory)
        if found is None:
            from iacreview.evaluate.terraform.configuration import configuration_files

            found = self._there[directory] = bool(configuration_files(self._tree.listing(directory)))
        return found


def _is_ignored(name: str) -> bool:
    """Whether it would be a configuration, but for what its name begins or ends with."""
    stem = name.strip(_MARKS)
    if stem == name or not stem.endswith(_SUFFIXES):
        return False
    from iacreview.evaluate.terraform.configuration import is_ignored

    return is_ignored(name)


def _is_loaded(path: str) -> bool:
    """Whether Terraform loads a file with values by itself."""
    name = path.rpartition("/")[2]
    return name.startswith("terraform.tfvars") or name.endswith((".auto.tfvars", ".auto.tfvars.json"))


def _root_of(tree: Tree, path: str) -> str:
    """The directory with configurations that a file with values lies in, or the nearest around it."""
    directory = directory_of(path)
    while directory and not any(name.endswith(_SUFFIXES) for name in tree.listing(directory)):
        directory = directory_of(directory)
    return directory


def _may_be_called(tree: Tree, directory: str) -> bool:
    """Whether a directory may be a module of another one's: it has inputs, and says nothing that only a root says."""
    text = "\n".join(_texts(tree, directory))
    return bool(directory) and _INPUT.search(text) is not None and _ROOT.search(text) is None


def _texts(tree: Tree, directory: str) -> list[str]:
    found = []
    for path in _files(tree, directory):
        try:
            found.append(tree.read(path))
        except TreeError:
            continue
    return found


def _files(tree: Tree, directory: str) -> list[str]:
    names = (name for name in tree.listing(directory) if name.endswith(_SUFFIXES))
    return [f"{directory}/{name}" if directory else name for name in names]


class _Reading(NamedTuple):
    """What a module reads: a path, or with `open` anything that starts with it. `anchor` is what it is relative to."""

    anchor: str
    path: str
    open: bool


def _readers(tree: Tree, calls: Calls, others: Sequence[str], roots: set[str]) -> set[str]:
    """The root modules of which a function reads one of the paths, or an argument names it, their modules' included."""
    found: set[str] = set()
    code = [path for path in others if not path.endswith(_PROSE)]
    # A folder with configurations around others is not what is named, the one right around a file may be.
    names = (names_in(code) - names_in(calls)) | {name for path in code for name in path.split("/")[-2:]}
    for directory in calls:
        texts = _texts(tree, directory)
        naming = [text for text in texts if _FOLDER in text or any(name in text for name in names)]
        read, named = _all(texts, _readings), _all(naming, _NAMES.findall)
        above = callers_of([directory], calls) & roots if read or named else set()
        for readings, paths in ((read, others), (named, code)):
            if any(_reads(each, directory, paths) or _reads(each, "", code, "") for each in readings):
                found |= above
            elif readings:
                found |= {root for root in above if any(_reads(each, root, paths, root) for each in readings)}
    return found


def _all(texts: Iterable[str], find: Callable[[str], Sequence[tuple[str, str]]]) -> set[_Reading]:
    return {_reading(*match) for text in texts for match in find(text)}


def _readings(text: str) -> list[tuple[str, str]]:
    return _READS.findall(text) if "file" in text else []


def _reading(text: str, closed: str) -> _Reading:
    anchor = _ANCHOR.match(text)
    rest = text[anchor.end() :] if anchor else text
    if "${" in rest:
        rest, closed = rest.partition("${")[0], ""
    return _Reading(anchor[1] if anchor else "root", rest, not closed)


def _reads(reading: _Reading, directory: str, paths: Sequence[str], root: str | None = None) -> bool:
    """Whether one of the paths may be what is read by a module in a directory, or as seen from a root module."""
    if (reading.anchor == "module") != (root is None) and reading.path:
        return False
    if not reading.path:
        return reading.anchor != "module" or root is None
    joined = posixpath.normpath(posixpath.join(directory, reading.path)) if directory else reading.path
    try:
        start = normal_path(joined)
    except TreeError:
        return False
    if reading.open:
        return any(path.startswith(start) for path in paths)
    return any(path == start or path.startswith(f"{start}/") for path in paths)


TERRAFORM = _Terraform()
