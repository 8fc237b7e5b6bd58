"""The resources of a unit as rules see them: by kind, with their satellites, and along their references."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from iacreview.catalog.catalog import Catalog, Kind, Satellite
from iacreview.catalog.links import Links
from iacreview.catalog.path import Path, ends, entry, parse_path
from iacreview.catalog.settings import holds_for
from iacreview.catalog.view import View, Where
from iacreview.model.graph import Graph, Resource
from iacreview.model.logic import UNKNOWN, YES
from iacreview.model.operations import Operations
from iacreview.model.parts import references_within
from iacreview.model.patterns import later
from iacreview.model.provenance import Reference
from iacreview.model.source import Span
from iacreview.model.value import Known, MapValue, Unknown, Value

T = TypeVar("T")
V = TypeVar("V")


_NOTHING_ASKED = Operations()
_KEY = later(r"\[[^\[\]]*\]")


def parameter_address(address: str) -> str:
    """How a template's parameter stands in the graph: `Stack.Name` is `Stack.Parameters.Name`."""
    stack, _, name = address.rpartition(".")
    return f"{stack}.Parameters.{name}" if stack else f"Parameters.{name}"


class World:
    """A graph seen through the catalog: finds satellites and follows references."""

    def __init__(self, graph: Graph, catalog: Catalog, operations: Operations = _NOTHING_ASKED) -> None:
        self.graph = graph
        self.catalog = catalog
        # What the project asks of how hosts and accounts are run.
        self.operations = operations
        self._by_type: dict[str, list[Resource]] = {}
        self._by_kind: dict[str, list[Resource]] = {}
        self._bare: dict[str, list[Resource]] = {}
        self._satellites: dict[tuple[str, str], Links] = {}
        self._referrers: dict[tuple[str, str], Links] = {}
        self._users: dict[str, set[str]] | None = None
        # What checks have found out once for all rules; nothing in it refers to the world.
        self.notes: dict[Any, Any] = {}
        self._kept: dict[tuple[Hashable, int], tuple[object, Any]] = {}
        # What all views of a resource have found out. Not the views: a world that does not refer to itself goes as soon
        # as its unit is done.
        self._shown: dict[tuple[int, str], dict[object, Any]] = {}
        for resource in graph.resources.values():
            self._by_type.setdefault(resource.type, []).append(resource)
            if resource.kind is not None:
                self._by_kind.setdefault(resource.kind, []).append(resource)
            self._bare.setdefault(bare_address(resource.address), []).append(resource)

    def view(self, resource: Resource) -> View | None:
        """The resource in canonical terms; None where the catalog does not have its type."""
        return self.view_as(resource.kind, resource) if resource.kind is not None else None

    def view_as(self, kind: str, resource: Resource) -> View:
        """The resource as one of a kind."""
        notes = self._shown.setdefault((id(resource), kind), {})
        where = Where(resource, self.catalog.kind(kind), resource.attributes, resource.header)
        return View(self, where, notes=notes)

    def of_kind(self, *kinds: str) -> list[View]:
        """All resources of these kinds, in the order of the graph."""
        if len(kinds) == 1:
            return [self.view_as(kinds[0], each) for each in self._by_kind.get(kinds[0], ())]
        wanted = self._by_kind.keys() & kinds
        if len(wanted) < 2:
            return [view for kind in wanted for view in self.of_kind(kind)]
        found = (self.view(each) for each in self.graph.resources.values() if each.kind in wanted)
        return [view for view in found if view is not None]

    def target(self, value: Value | None) -> Resource | None:
        """The one resource that a value refers to, or None; the parameters that a name is made of are not it."""
        every = self.targets(value)
        found = [each for each in every if each.mode != "parameter"] or every
        return found[0] if len(found) == 1 else None

    def targets(self, value: Value | None) -> list[Resource]:
        """All resources that a value refers to, each once."""
        found: dict[str, Resource] = {}
        if value is not None:
            for reference in references_within(value):
                for resource in self._named(reference):
                    found.setdefault(resource.address, resource)
        return list(found.values())

    def parameters(self, value: Value | None) -> list[Resource]:
        """The parameters of templates that a value itself refers to: they stand apart from the resources."""
        names = (parameter_address(each.address) for each in value.references) if value is not None else ()
        return [self.graph.resources[name] for name in names if name in self.graph.resources]

    def _named(self, reference: Reference) -> Sequence[Resource]:
        exact = self.graph.resources.get(reference.address)
        if exact is not None:
            return (exact,)
        if "." not in reference.address:
            return ()
        return self._bare.get(bare_address(reference.address), ())

    def follow(self, value: Value) -> MapValue | None:
        """The attributes of the resource that a value refers to; None where that is not known.

        Of what is looked up, those that nothing is asked by are not known.
        """
        target = self.target(value)
        if target is None or target.mode not in ("managed", "data"):
            return None
        found = target.attributes
        return found if target.mode == "managed" else MapValue(found.entries, found.span, complete=False)

    def kept(self, purpose: Hashable, value: V, make: Callable[[V], T]) -> T:
        """What `make` makes of a value, or of what was made of one, made once for each purpose."""
        key = (purpose, id(value))
        if key not in self._kept:
            # The value is kept, too: the number of one that is gone may be another's.
            self._kept[key] = (value, make(value))
        found: T = self._kept[key][1]
        return found

    def users(self, resource: Resource) -> set[str]:
        """The kinds of the resources that mention this one; empty for one that the catalog does not know."""
        if self._users is None:
            self._users = {}
            for each in self.graph.resources.values():
                if each.mode != "output":
                    for address in {reference.address for reference in references_within(each.attributes)}:
                        if address != each.address:
                            self._users.setdefault(address, set()).add(each.kind or "")
        return self._users.get(resource.address, set()) | self._users.get(bare_address(resource.address), set())

    def is_used(self, resource: Resource) -> bool:
        """Whether another resource mentions this one."""
        return bool(self.users(resource))

    def decided(self, resource: Resource, setting: str, span: Span) -> Value | None:
        """What a setting of the account and Region makes of a resource's property; None where the unit makes none.

        `provider/PATH` is a place in the configuration of the resource's provider.
        """
        if setting.startswith("provider/"):
            return self._given_by_provider(resource, parse_path(setting.partition("/")[2]), span)
        kind, _, name = setting.rpartition(".")
        doubt: Value | None = None
        for view in self.of_kind(kind):
            holds = holds_for(view.resource, resource, self.graph.resources)
            if holds is YES:
                return view.first(name)
            if holds is UNKNOWN:
                doubt = Unknown(f"whether {view.resource.address} holds for it is not known", span)
        return doubt

    def _given_by_provider(self, resource: Resource, path: Path, span: Span) -> Value | None:
        provider = self.graph.resources.get(resource.provider)
        if provider is not None:
            found = ends(provider.attributes, path.segments, span, self.follow)
            return next((each.value for each in found if each.value is not None), None)
        if any(each.mode == "provider" for each in self.graph.resources.values()):
            return Unknown("which provider configuration makes it is not known", span)
        return None

    def satellites(self, parent: Resource, kind: Kind, type: str) -> list[Resource]:
        """The resources of a type that complete this one, by reference or by the same name."""
        how = kind.satellite(type)
        key = (kind.name, type)
        if key not in self._satellites:
            self._satellites[key] = Links()
            for each in self._by_type.get(type, ()):
                for value in self._linking(each, how):
                    targets = self.targets(value)
                    # One that refers to a resource of the kind is not another's that has the same name.
                    told = any(target.kind == kind.name for target in targets)
                    named = "" if told else self._named_by(value)
                    self._satellites[key].add(each, None if told else value, targets, named)
        return self._satellites[key].to(parent, self._names(parent, kind, how.loose))

    def stray(self, parent: Resource, kind: Kind, type: str) -> Unknown | None:
        """Where a resource of a type may complete any of a kind, and none certainly this one: why that is not known."""
        how = kind.satellite(type)
        if not how.any or self.satellites(parent, kind, type):
            return None
        for each in self._by_type.get(type, ()):
            for value in self._linking(each, how):
                inputs = all(found.mode == "parameter" for found in self.targets(value))
                if isinstance(value, Unknown) and value.target is None and inputs:
                    return Unknown(f"which {kind.title} {each.address} belongs to is not known", value.span)
        return None

    def _linking(self, satellite: Resource, how: Satellite) -> Iterator[Value]:
        """The values of a satellite that name its parent."""
        for path in how.links:
            for end in ends(satellite.attributes, path.segments, satellite.header, self.follow):
                if end.value is not None:
                    yield end.value

    def referrers(self, view: View, kind: str, property: str) -> list[Resource]:
        """The resources of a kind whose property is this resource, by reference or by its name."""
        names = self._names(view.resource, view.kind, view.dialect == "awscc")
        return self._links(kind, property).to(view.resource, names)

    def alike(self, view: View, kind: str, property: str) -> list[Resource]:
        """The resources of a kind whose property says the same as this one's: the same text, the same references."""
        value = view.first(property)
        return self._links(kind, property).saying(value, self._named_by(value))

    def _links(self, kind: str, property: str) -> Links:
        key = (kind, property)
        if key not in self._referrers:
            self._referrers[key] = Links()
            for each in self.of_kind(kind):
                value = each.first(property)
                self._referrers[key].add(each.resource, value, self.targets(value), self._named_by(value))
        return self._referrers[key]

    def _names(self, resource: Resource, kind: Kind, loose: bool) -> list[tuple[Value | None, str]]:
        values = (entry(resource.attributes, name, loose) for name in kind.names)
        return [(value, self._named_by(value)) for value in values]

    def _named_by(self, value: Value | None) -> str:
        """The address of the resource of which a value is one attribute and nothing else; empty where it is not."""
        if isinstance(value, Unknown):
            return value.target.address if value.target is not None else ""
        if not isinstance(value, Known):
            return ""
        for reference in value.references:
            resource = self.graph.resources.get(reference.address)
            attribute = resource.attributes.entries.get(reference.attribute) if resource is not None else None
            if isinstance(attribute, Known) and attribute.data == value.data:
                return reference.address
        return ""


@lru_cache(maxsize=4096)
def bare_address(address: str) -> str:
    """An address without its instance keys."""
    if "[" not in address:
        return address
    bare = _KEY.sub("", address)
    # As long as no key has brackets in it.
    if "[" not in bare and "]" not in bare:
        return bare
    out: list[str] = []
    depth = 0
    for char in address:
        depth += char == "["
        if depth == 0:
            out.append(char)
        depth -= char == "]"
    return "".join(out)
