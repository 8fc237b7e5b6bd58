"""The catalog: which native types are which canonical kind, and where each dialect writes a property."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iacreview.catalog.path import Path, parse_path
from iacreview.model.graph import Resource
from iacreview.model.record import NamedTuple

# What has paths of its own; `awscc` has CloudFormation's in its own spelling.
DIALECTS = ("cloudformation", "terraform")
_DIALECT_KEYS = {"cloudformation": "cfn", "terraform": "tf"}


class _Paths(dict[str, tuple[Path, ...]]):
    """The paths of each dialect; those of `awscc` are made when they are asked for."""

    def __missing__(self, dialect: str) -> tuple[Path, ...]:
        from iacreview.catalog.awscc import awscc_path

        self[dialect] = tuple(awscc_path(path) for path in self["cloudformation"])
        return self[dialect]


def _paths_of(spec: Mapping[str, Any]) -> _Paths:
    """The paths that a part of the catalog has."""
    return _Paths(
        (dialect, tuple(parse_path(text) for text in _texts(spec.get(key)))) for dialect, key in _DIALECT_KEYS.items()
    )


def dialect_of(resource: Resource) -> str:
    """Whose paths lead to what a resource has: those of `awscc` are not Terraform's own."""
    return "awscc" if resource.type.startswith("awscc_") else resource.dialect


class Property:
    """One canonical property. `paths` per dialect, in order of preference; none where the dialect lacks it.

    `default` per dialect is what holds where it is not written: a scalar, a reason why nobody can know
    (`unknown`), or nothing. `versions` has it by versions of Terraform's provider, where it depends on them; `since` is
    when AWS made it the default, or, where there is none here, began to have one. `schema_default` is what
    CloudFormation's resource schema says: it holds where what would have the property is written. `setting` is the kind
    and property of the account's and Region's setting that decides instead, where the unit makes it. `items` are the
    properties of each member of a collection.
    """

    __slots__ = (
        "defaults",
        "items",
        "name",
        "paths",
        "schema_default",
        "setting",
        "since",
        "spec",
        "unknown",
        "versions",
    )

    def __init__(self, name: str, spec: Mapping[str, Any]) -> None:
        self.name = name
        self.spec = spec
        self.paths = _paths_of(spec)
        self.defaults: dict[str, Any] = {}
        self.unknown: dict[str, str] = {}
        self.versions: Mapping[str, Any] = {}
        self.since: str = spec.get("since", "")
        self.schema_default: Any = spec.get("schema_default")
        self.setting: str = spec.get("setting", "")
        for dialect in DIALECTS:
            self._read_default(dialect, spec.get("default"))
        self.items = {key: Property(key, sub) for key, sub in spec.get("items", {}).items()}

    def _read_default(self, dialect: str, default: Any) -> None:
        if isinstance(default, dict) and default.keys() <= {"cfn", "tf"}:
            default = default.get(_DIALECT_KEYS[dialect])
        if isinstance(default, dict) and "unknown" not in default:
            self.versions = default
        elif isinstance(default, dict):
            self.unknown[dialect] = default["unknown"]
        elif default is not None:
            self.defaults[dialect] = default

    def default(self, dialect: str, parent: bool = True) -> tuple[Any, str]:
        """What holds where it is not written, and why nobody can know; `None` and empty where neither is said.

        `parent` tells whether what would have the property is written.
        """
        key = dialect if dialect in DIALECTS else "cloudformation"
        found = self.defaults.get(key)
        if found is None and parent and key == "cloudformation":
            found = self.schema_default
        return found, self.unknown.get(key, "")

    def native(self, dialect: str) -> str:
        """How the dialect's users call it."""
        paths = self.paths[dialect]
        if not paths:
            return self.name
        first = paths[0]
        return ".".join(part for part in (first.satellite, first.native) if part) or self.name


class Kind:
    """One canonical kind of resource. Its properties are read when first asked for."""

    __slots__ = ("_code", "_properties", "name", "satellites", "spec", "title")

    def __init__(self, name: str, spec: Mapping[str, Any]) -> None:
        self.name = name
        self.title: str = spec.get("title", name)
        self.spec = spec
        self.satellites = {type: _satellite(each) for type, each in spec.get("satellites", {}).items()}
        self._properties: dict[str, Property] = {}
        self._code: CodePlaces | None = None

    def satellite(self, type: str) -> Satellite:
        """How resources of a type complete this kind; for a type of `awscc` in its spelling."""
        found = self.satellites.get(type)
        if found is not None:
            return found
        from iacreview.catalog.awscc import awscc_path, awscc_type

        found = next(each for name, each in self.satellites.items() if awscc_type(name) == type)
        return found._replace(links=tuple(awscc_path(path) for path in found.links), loose=True)

    @property
    def names(self) -> tuple[str, ...]:
        """The names that link a satellite to a resource of this kind by equal text (a bucket's name)."""
        return tuple(self.spec.get("names", ()))

    @property
    def subject(self) -> tuple[str, ...]:
        """The properties that say which resources are at risk where one of this kind only carries what is wrong."""
        return tuple(self.spec.get("subject", ()))

    @property
    def attached_by(self) -> Mapping[str, str]:
        """The kinds that hand a resource of this one on to others, each with its property that names it."""
        found: Mapping[str, str] = self.spec.get("attached_by", {})
        return found

    @property
    def code(self) -> CodePlaces | None:
        """Where a resource of this kind has or names code that runs; None where it does not."""
        if self._code is None and "code" in self.spec:
            self._code = CodePlaces(self.spec["code"])
        return self._code

    def has(self, name: str) -> bool:
        return name in self.spec["properties"]

    def property(self, name: str) -> Property:
        """Raises KeyError for a name the kind does not have."""
        found = self._properties.get(name)
        if found is None:
            found = self._properties[name] = Property(name, self.spec["properties"][name])
        return found

    def members(self, collection: str) -> Mapping[str, Property]:
        """The properties of a collection's members; `outer.inner` for a collection in a collection."""
        head, *rest = collection.split(".")
        found = self.property(head).items
        for part in rest:
            found = found[part].items
        return found


class CodePlaces:
    """Where a resource has or names code that runs, or what its `noun` says (a key, content): the paths per dialect,
    and those to what says with whose rights it runs.
    """

    __slots__ = ("noun", "paths", "runs_as")

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.noun = str(spec.get("noun", "code"))
        self.paths = _paths_of(spec)
        self.runs_as = _paths_of(spec.get("as", {}))


class Satellite(NamedTuple):
    """A resource type that completes another: its `links` are the paths to what names the parent.

    `any` tells that one which may belong to any parent leaves it undecided whether it belongs to this one.
    """

    links: tuple[Path, ...]
    any: bool = False
    loose: bool = False


def _satellite(spec: Mapping[str, Any]) -> Satellite:
    return Satellite(tuple(parse_path(text) for text in _texts(spec["link"])), spec.get("any", False))


def kinds_of_types(specs: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The canonical kind of every native type."""
    return {type: name for name, spec in specs.items() for types in spec["types"].values() for type in _texts(types)}


class Catalog:
    """All kinds, by name and by native type. `types` is what kinds_of_types says of them, where that is known."""

    __slots__ = ("_awscc", "_kinds", "_specs", "_types")

    def __init__(self, specs: Mapping[str, Mapping[str, Any]], types: Mapping[str, str] | None = None) -> None:
        self._specs = specs
        self._kinds: dict[str, Kind] = {}
        self._awscc: dict[str, str] | None = None
        self._types = kinds_of_types(specs) if types is None else types

    def __iter__(self) -> Iterator[str]:
        return iter(self._specs)

    def __contains__(self, name: str) -> bool:
        return name in self._specs

    def kind_of(self, type: str) -> str | None:
        """The canonical kind of a native type, or None. An `awscc` type has that of CloudFormation's.

        What AWS does not make has the kind of `*` or `*::*`, a provider other than AWS that of `provider.*`.
        """
        if type.startswith("awscc_"):
            return self._awscc_kinds().get(type)
        return self._types.get(type) or self._types.get(_general(type))

    def exact_kind_of(self, type: str) -> str | None:
        """The kind of which a native type is one; not that of a name that stands for many."""
        return self._types.get(type)

    def extended(self, specs: Mapping[str, Mapping[str, Any]]) -> Catalog:
        """The catalog with more kinds."""
        return Catalog({**self._specs, **specs})

    def _awscc_kinds(self) -> dict[str, str]:
        if self._awscc is None:
            from iacreview.catalog.awscc import awscc_type

            self._awscc = {awscc_type(type): name for type, name in self._types.items() if type.startswith("AWS::")}
        return self._awscc

    def kind(self, name: str) -> Kind:
        """Raises KeyError for an unknown kind."""
        found = self._kinds.get(name)
        if found is None:
            found = self._kinds[name] = Kind(name, self._specs[name])
        return found


def in_dialect(wanted: Any, dialect: str) -> Any:
    """A value of a rule, as it is in a dialect: `{cfn: DISABLED, tf: false}` differs, anything else does not."""
    return wanted[_DIALECT_KEYS.get(dialect, "cfn")] if isinstance(wanted, Mapping) else wanted


def _general(type: str) -> str:
    """The name that stands for all types of others than AWS; empty for a type of AWS and for what is declared."""
    if type.startswith(("aws_", "AWS::", "data.aws", "terraform.", "provider.aws")):
        return ""
    if "::" in type:
        return "*::*"
    return "provider.*" if type.startswith("provider.") else "*"


def _texts(spec: Any) -> tuple[str, ...]:
    if spec is None:
        return ()
    return (spec,) if isinstance(spec, str) else tuple(spec)
