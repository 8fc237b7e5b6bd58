"""Which files of a tree make up which unit: every language is asked for its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from types import MappingProxyType

from iacreview.beside import left_beside
from iacreview.config import FILE as SETTINGS
from iacreview.config import MISSPELT, PYPROJECT, has_table
from iacreview.errors import TooLargeError, TooManyError
from iacreview.languages import LANGUAGES
from iacreview.languages.language import Calls, CandidateFile, Claim, Search, Target, Units
from iacreview.model.finding import InputError
from iacreview.model.record import NamedTuple
from iacreview.model.source import Skipped
from iacreview.tree import SKIPPED, Tree

_NOT_THE_ROOTS = "settings are those of the root of the project: this file is not read"
_SETTINGS = (SETTINGS, *MISSPELT)
_NAMES = (*_SETTINGS, PYPROJECT)
_ASIDE = "directories of this name are not searched: what is in there is reviewed only where something calls it"
# What calls the reviewed files is looked for among so many that no repository lists.
MOST_AROUND = 10_000
_CROWDED = "what calls or nests a file given by name was not looked for among them"
_SUFFIXES = tuple({suffix for language in LANGUAGES for suffix in language.suffixes})
_NOUNS = " nor ".join(language.noun for language in LANGUAGES if language.noun)


class Discovery(NamedTuple):
    """What there is to review, and what was left out. `units` has what each language found, by its name; `claims` what
    is said of each file.
    """

    targets: Sequence[Target]
    skipped: Sequence[Skipped]
    errors: Sequence[InputError]
    units: Mapping[str, Units]
    claims: Mapping[str, Claim] = MappingProxyType({})

    def inside(self, wanted: Callable[[str], bool]) -> Discovery:
        """What there is of it at the wanted paths."""
        units = {
            name: Units(
                [each for each in found.targets if wanted(each.path)],
                found.calls,
                [each for each in found.waiting if wanted(each.path)],
                named=found.named,
            )
            for name, found in self.units.items()
        }
        return Discovery(
            [each for each in self.targets if wanted(each.path)],
            [each for each in self.skipped if wanted(each.path)],
            [each for each in self.errors if wanted(each.path)],
            units,
            self.claims,
        )


class KnownFiles(NamedTuple):
    """What was found in another tree: what is said there of files that were not given by name counts for all but those
    that are `unlike`.
    """

    discovery: Discovery
    unlike: Set[str]

    def claim(self, path: str) -> Claim | None:
        """What was said of a file that is the same; None where that is not known."""
        return self.discovery.claims.get(path) if path not in self.unlike else None

    def named(self) -> dict[str, Calls]:
        """What directories with the same files name, by the language's name."""
        directories = {path.rpartition("/")[0] for path in self.unlike}
        return {
            language: {path: each for path, each in found.named.items() if path not in directories}
            for language, found in self.discovery.units.items()
        }


def discover(
    tree: Tree,
    paths: Sequence[str],
    excluded: Sequence[str] = (),
    variants: Sequence[str] = (),
    templates: Mapping[str, str] = MappingProxyType({}),
    known: KnownFiles | None = None,
) -> Discovery:
    """The units under the given paths (empty: the whole tree): directories first, each in the order of its path.

    What another unit calls is reviewed through that one, wherever it is. A file given by name stands for its whole
    unit. Files that `excluded` (glob patterns) covers are left out; files with values that `variants` covers are units.
    What is `known` of another tree, looked through by the same options, is not looked at again where both are alike.
    """
    named = {path: None for path in paths if tree.exists(path)}
    folders = [path for path in paths if path not in named] if paths else [""]
    walked = without([path for folder in folders for path in tree.files(folder)], excluded)
    own = _claims(tree, sorted({*walked, *named}) if paths else walked, named, known)
    around = _Surroundings(tree, excluded)
    search = Search(tree, walked, tuple(named), any(paths), around.files, _matcher(variants), templates)
    if known is not None:
        search = search._replace(known=known.named())
    claims = [*own.values()]
    claims += [
        Claim(skipped=Skipped(path, _NOT_THE_ROOTS))
        for path in walked
        if path.endswith(_NAMES) and _is_deeper_setting(tree, path)
    ]
    claims += [Claim(skipped=each) for each in _set_aside(tree, folders, excluded)]
    claims += [Claim(error=InputError(each.path, each.message, each.hint)) for each in tree.problems]
    targets = [claim.target for claim in claims if claim.target is not None]
    units = {
        language.name: language.units(search, [each for each in targets if each.language == language.name])
        for language in LANGUAGES
    }
    return Discovery(
        sorted((each for found in units.values() for each in found.targets), key=_order),
        [
            *(claim.skipped for claim in claims if claim.skipped is not None),
            *(each for found in units.values() for each in found.skipped),
            *around.crowded.values(),
        ],
        [claim.error for claim in claims if claim.error is not None],
        units,
        own,
    )


def _claims(tree: Tree, paths: Sequence[str], named: Collection[str], known: KnownFiles | None) -> dict[str, Claim]:
    """What is said of each file."""
    found: dict[str, Claim | None] = dict.fromkeys(paths)
    if known is not None:
        found.update((path, known.claim(path)) for path in paths if path not in named)
    tree.expect([path for path, claim in found.items() if claim is None and path.lower().endswith(_SUFFIXES)])
    return {path: claim or _claimed(CandidateFile(tree, path, path in named)) for path, claim in found.items()}


class _Surroundings:
    """What is around the reviewed files. `crowded` says of which directories that was too much to look through."""

    __slots__ = ("_excluded", "_tree", "crowded")

    def __init__(self, tree: Tree, excluded: Sequence[str]) -> None:
        self._tree = tree
        self._excluded = excluded
        self.crowded: dict[str, Skipped] = {}

    def files(self, folder: str) -> list[str]:
        """See Search.around."""
        try:
            return without(self._tree.files(folder, MOST_AROUND), self._excluded)
        except TooManyError as error:
            self.crowded[folder] = Skipped(folder or ".", f"{error.why}: {_CROWDED}")
            return []


def _order(target: Target) -> tuple[bool, bool, str]:
    return target.source is not None, bool(target.within) and target.source is not None, target.path


def is_reviewed(tree: Tree, path: str) -> bool:
    """Whether a file is one that is reviewed, by itself or with others."""
    claim = _own(CandidateFile(tree, path, named=False))
    return claim is not None and claim.skipped is None


def left_out(tree: Tree, path: str, is_read: bool) -> Skipped | None:
    """Why a changed file, whatever its name is, is not reviewed though it is a language's own, or decides what is
    deployed; None for all others. `is_read` tells that a unit has read it.
    """
    file = CandidateFile(tree, path, named=False, changed=True)
    claim = _own(file)
    return claim.skipped if claim is not None else left_beside(file, is_read)


def _own(file: CandidateFile) -> Claim | None:
    """What the first language says whose file it is."""
    return next((claim for each in LANGUAGES if (claim := each.claim(file)) is not None), None)


def _set_aside(tree: Tree, folders: Sequence[str], excluded: Sequence[str]) -> list[Skipped]:
    """The directories whose files are not listed, as far as the repository holds something to review in there."""
    found: dict[str, None] = {}
    for path in without(tree.aside, excluded):
        parts = path.split("/")
        at = next(index for index, part in enumerate(parts) if part in SKIPPED) + 1
        directory = "/".join(parts[:at])
        around = any(not folder or path.startswith(f"{folder}/") for folder in folders)
        if around and directory not in found and is_reviewed(tree, path):
            found[directory] = None
    return [Skipped(directory, _ASIDE) for directory in found]


def _claimed(file: CandidateFile) -> Claim:
    """What the first language says whose file it is; what is said of a file that is nobody's."""
    claim = _own(file)
    if claim is not None:
        return claim
    if not file.named and not file.path.lower().endswith(_SUFFIXES):
        return Claim()
    if (beside := left_beside(file)) is not None:
        return Claim(skipped=beside)
    if file.error is not None:
        return _unread(file)
    return Claim(skipped=Skipped(file.path, f"neither {_NOUNS}")) if file.named else Claim()


def _is_deeper_setting(tree: Tree, path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return bool(folder) and (name in _SETTINGS or (name == PYPROJECT and has_table(tree, path)))


def _unread(file: CandidateFile) -> Claim:
    assert file.error is not None
    if isinstance(file.error, TooLargeError) and not file.named:
        return Claim(skipped=Skipped(file.path, f"{file.error.why} and does not begin like a template"))
    if file.named or "not UTF-8" not in file.error.why:
        return Claim(error=InputError(file.path, file.error.message, file.error.hint))
    return Claim()


def without(paths: Iterable[str], excluded: Sequence[str]) -> list[str]:
    """The paths that no excluded pattern covers."""
    if not excluded:
        return list(paths)
    is_excluded = _matcher(excluded)
    return [path for path in paths if not is_excluded(path)]


def _matcher(patterns: Sequence[str]) -> Callable[[str], bool]:
    if not patterns:
        return lambda path: False
    from iacreview.globs import PathPatterns

    return PathPatterns(patterns).matches
