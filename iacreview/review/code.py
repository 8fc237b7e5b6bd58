"""What nothing judges of a change: code that runs and is another one, with whose rights it runs, and settings that no
path of the catalog leads to.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set

from iacreview.catalog.catalog import CodePlaces, Kind, dialect_of
from iacreview.catalog.path import Path, ends
from iacreview.catalog.unread import Places, letters, places_of, unread
from iacreview.catalog.world import World, bare_address
from iacreview.languages.calls import around, named_from
from iacreview.model.digest import digest
from iacreview.model.finding import SETTINGS, CodeChange
from iacreview.model.graph import Resource
from iacreview.model.parts import walk
from iacreview.model.patterns import later
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.model.value import Known, MapValue, Value
from iacreview.review.addresses import Addresses
from iacreview.semantics.items import items_of
from iacreview.semantics.parts import lines_of
from iacreview.semantics.stores import storages
from iacreview.unread import fingerprint, speaks_of_security

# What every resource may have: provisioners, and what the helper scripts of CloudFormation run.
_ANY = "any.resource"
_PROFILE, _ROLE = "iam.instance_profile", "role"
_FOREIGN = "foreign."
# What is looked up, or given from outside: who gives it another default gives what is made of it another value.
_GIVEN = ("data", "parameter")
# As many look-ups are followed, each of which may be made of another one.
_DEEPEST = 4
# What a resource has beside its arguments and what is told elsewhere of them ("DeletionPolicy attribute", "Metadata
# attribute" and others, AWS CloudFormation User Guide); of what holds data, see review.stores.
_TOLD = ("Metadata", "DependsOn")
_KEEPING = ("DeletionPolicy", "UpdateReplacePolicy", "prevent_destroy")
_IGNORED = "lifecycle.ignore_changes"
# What may be the path of a file: no URL, no script.
_PATH = later(r"[^:\s]{1,300}")


class Code(NamedTuple):
    """The code of a resource, and its settings that nothing reads: by the names of their properties, each with what
    tells it from another one. `files` are the paths that each part of the code may name.
    """

    address: str
    span: Span
    noun: str
    parts: Mapping[str, str]
    runs_as: str
    settings: Mapping[str, str]
    files: Mapping[str, Set[str]]


def codes_of(world: World, unasked: Collection[tuple[str, str]]) -> Iterator[Code]:
    """What of a unit nothing judges, by resource, also where that is nothing: so it is told from a new resource.

    `unasked` are properties of kinds that count as settings which nothing reads.
    """
    reader = _Reader(world, unasked)
    return (reader.read(each) for each in world.graph.resources.values() if each.mode == "managed")


class _Reader:
    """Reads the resources of one unit."""

    def __init__(self, world: World, unasked: Collection[tuple[str, str]]) -> None:
        self._world = world
        self._unasked = unasked
        self._every = world.catalog.kind(_ANY)
        self._places: dict[tuple[str, str], Places] = {}
        self._harmless = frozenset(lines_of("harmless_settings.txt"))
        self._made = tuple(lines_of("harmless.txt"))

    def read(self, resource: Resource) -> Code:
        """What nothing judges of a resource."""
        kind = self._world.catalog.kind(resource.kind) if resource.kind is not None else None
        own = kind.code if kind is not None else None
        places = [each for each in (own, self._every.code) if each is not None]
        parts = {name: found for each in places for name, found in self._parts(resource, each)}
        return Code(
            resource.address,
            resource.header,
            own.noun if own is not None else "code",
            {name: digest("\0".join(map(fingerprint, found))) for name, found in parts.items()},
            _runs_as(self._world, resource, own.runs_as[dialect_of(resource)]) if own is not None else "",
            dict(self._settings(resource, kind)) if kind is not None else {},
            {name: files for name, found in parts.items() if (files := self._files(resource, found))},
        )

    def _parts(self, resource: Resource, places: CodePlaces) -> Iterator[tuple[str, Sequence[Value]]]:
        """The values of the code by the names of its properties."""
        beside = resource.extras.entries if resource.extras is not None else {}
        every = MapValue({**resource.attributes.entries, **beside}, resource.attributes.span)
        for path in places.paths[dialect_of(resource)]:
            found = ends(every, path.segments, resource.header, self._world.follow)
            values = [value for each in found if each.value is not None for value in self._behind(each.value)]
            if values:
                yield path.native, values

    def _behind(self, value: Value) -> list[Value]:
        """A value, and what is given to whatever it is made of that is looked up or made by the run itself, each once:
        look-ups that are made of each other have more ways than anyone could go.
        """
        found: dict[str, Value] = {}
        level = [value]
        for _ in range(_DEEPEST):
            behind = [each for one in level for each in (*self._world.targets(one), *self._world.parameters(one))]
            given = {each.address: each for each in behind if each.mode in _GIVEN or each.type.startswith(self._made)}
            level = [each.attributes for address, each in given.items() if address not in found]
            found |= {address: each.attributes for address, each in given.items()}
        return [value, *found.values()]

    def _files(self, resource: Resource, values: Iterable[Value]) -> Set[str]:
        """The paths in the tree that texts may name: from where the unit or the resource lies, or from the root."""
        unit = self._world.graph.unit
        folders = (unit.variant_of or unit.path, posixpath.dirname(resource.header.path))
        texts = {each.data for value in values for each in walk(value) if isinstance(each, Known)}
        return named_from(folders, [text for text in texts if isinstance(text, str) and _PATH.fullmatch(text)])

    def _settings(self, resource: Resource, kind: Kind) -> Iterator[tuple[str, str]]:
        """What nothing reads of a resource; of one of other providers that is told as a whole: see iacreview.unread."""
        if kind.name.startswith(_FOREIGN) and not resource.type.startswith(self._made):
            return
        for name, value in unread(resource.attributes, self._read(kind, dialect_of(resource))):
            if self._harmless.isdisjoint((letters(name.rpartition(".")[2]), f"^{letters(name)}")):
                yield name, fingerprint(value)
        for name, value in resource.extras.entries.items() if resource.extras is not None else ():
            if name not in _TOLD and not (name in _KEEPING and resource.type in storages()):
                yield name, fingerprint(value)
        if resource.left_alone:
            yield _IGNORED, digest("\0".join(sorted(resource.left_alone)))

    def _read(self, kind: Kind, dialect: str) -> Places:
        """What is read of the resources of a kind."""
        key = kind.name, dialect
        if key not in self._places:
            unasked = {name for each, name in self._unasked if each == kind.name}
            self._places[key] = places_of((kind, self._every), dialect, unasked)
        return self._places[key]


def _runs_as(world: World, resource: Resource, paths: Sequence[Path]) -> str:
    """Whose rights it has: the address of a role of the unit, also behind an instance profile, else the name."""
    values = (
        end.value for path in paths for end in ends(resource.attributes, path.segments, resource.header, world.follow)
    )
    for item in (item for value in values for item in items_of(value)):
        target = world.target(item.value)
        if target is None or target.mode not in ("managed", "data"):
            return (item.pattern or "").rpartition(":")[2]
        profile = world.view(target) if target.kind == _PROFILE else None
        role = world.target(profile.first(_ROLE)) if profile is not None else None
        return (role or target).address
    return ""


def changed_code(
    base: Mapping[str, Iterable[Code]], head: Mapping[str, Iterable[Code]], addresses: Addresses, touched: Set[str]
) -> tuple[CodeChange, ...]:
    """What of the head's code is not as it was, each place of the files once; `touched` are names of files and folders
    that are not as they were.
    """
    before: dict[tuple[str, str], list[Code]] = {}
    for unit, codes in base.items():
        for each in codes:
            address = addresses.address(unit, each.address)
            before.setdefault((addresses.unit(unit), bare_address(address)), []).append(each._replace(address=address))
    found: dict[tuple[object, ...], CodeChange] = {}
    for unit, codes in sorted(head.items()):
        for each in codes:
            for change in _changes(before.get((unit, bare_address(each.address)), ()), each, touched):
                found.setdefault((each.span.path, each.span.start, change.properties), change)
    return tuple(sorted(found.values(), key=_order))


def _order(each: CodeChange) -> tuple[object, ...]:
    """What another thing runs as first, settings that do not speak of security last."""
    quiet = each.noun == SETTINGS and not any(map(speaks_of_security, each.properties))
    return quiet, each.noun == SETTINGS, each.new, each.span.path, each.span.start


def touched_names(
    head: Mapping[str, Iterable[Code]], changed: Iterable[str], tells: Callable[[str], bool]
) -> frozenset[str]:
    """The files and folders that code names, in which a changed file lies of which no value `tells`."""
    named = {path for codes in head.values() for each in codes for files in each.files.values() for path in files}
    found: set[str] = set()
    for path in changed if named else ():
        here = named.intersection(around(path))
        if here and not tells(path):
            found |= here
    return frozenset(found)


def _changes(before: Iterable[Code], head: Code, touched: Set[str]) -> Iterator[CodeChange]:
    """What is not as in the base, where the same instance stands for itself and else one that is alike."""
    known = sorted(before, key=lambda each: (each.address != head.address, each[3:] != head[3:]))
    base = known[0] if known else None
    other = {name for name, files in head.files.items() if not files.isdisjoint(touched)}
    if code := _different(base.parts if base is not None else {}, head.parts, other):
        yield CodeChange(head.address, head.span, head.noun, code, head.runs_as, base is None)
    if base is not None and (settings := _different(base.settings, head.settings)):
        yield CodeChange(head.address, head.span, SETTINGS, tuple(sorted(settings, key=_quiet)))


def _quiet(name: str) -> bool:
    return not speaks_of_security(name)


def _different(before: Mapping[str, str], after: Mapping[str, str], other: Set[str] = frozenset()) -> tuple[str, ...]:
    names = dict.fromkeys((*after, *before))
    return tuple(name for name in names if name in other or after.get(name) != before.get(name))
