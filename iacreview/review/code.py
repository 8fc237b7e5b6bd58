"""Code that runs, and that a change makes another one. Nothing judges it: what is said is that it changed, and with
whose rights it runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from iacreview.catalog.catalog import CodePlaces
from iacreview.catalog.path import Path, ends
from iacreview.catalog.world import World, bare_address
from iacreview.model.digest import digest
from iacreview.model.finding import CodeChange
from iacreview.model.graph import Resource
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.model.value import MapValue, Value
from iacreview.review.addresses import Addresses
from iacreview.semantics.items import items_of
from iacreview.semantics.parts import lines_of
from iacreview.unread import fingerprint

# What every resource may have: provisioners, and what the helper scripts of CloudFormation run.
_ANY = "any.resource"
_PROFILE, _ROLE = "iam.instance_profile", "role"
# As many look-ups are followed, each of which may be made of another one.
_DEEPEST = 4


class Code(NamedTuple):
    """The code of a resource: its parts by the names of their properties, each with what tells it from another one."""

    address: str
    span: Span
    noun: str
    parts: Mapping[str, str]
    runs_as: str


def codes_of(world: World) -> Iterator[Code]:
    """The code that a unit has or names, by resource."""
    every = world.catalog.kind(_ANY).code
    for resource in world.graph.resources.values():
        if resource.mode != "managed":
            continue
        own = world.catalog.kind(resource.kind).code if resource.kind is not None else None
        parts = {name: told for facts in (own, every) if facts for name, told in _parts(world, resource, facts)}
        if parts:
            noun = own.noun if own is not None else "code"
            runs_as = _runs_as(world, resource, own.runs_as(_dialect(resource))) if own is not None else ""
            yield Code(resource.address, resource.header, noun, parts, runs_as)


def _dialect(resource: Resource) -> str:
    return "awscc" if resource.type.startswith("awscc_") else resource.dialect


def _parts(world: World, resource: Resource, facts: CodePlaces) -> Iterator[tuple[str, str]]:
    beside = resource.extras.entries if resource.extras is not None else {}
    every = MapValue({**resource.attributes.entries, **beside}, resource.attributes.span)
    for path in facts.paths(_dialect(resource)):
        found = ends(every, path.segments, resource.header, world.follow)
        told = [text for each in found if each.value is not None for text in _told(world, each.value)]
        if told:
            yield path.native, digest("\0".join(told))


def _told(world: World, value: Value, depth: int = 0) -> Iterator[str]:
    """What tells a value from another one; of what is looked up or made by the run itself, what that is given."""
    yield fingerprint(value)
    for target in world.targets(value) if depth < _DEEPEST else ():
        if target.mode == "data" or target.type.startswith(tuple(lines_of("harmless.txt"))):
            yield from _told(world, target.attributes, depth + 1)


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
    base: Mapping[str, Iterable[Code]], head: Mapping[str, Iterable[Code]], addresses: Addresses
) -> tuple[CodeChange, ...]:
    """What of the head's code is not as it was, each place of the files once."""
    before: dict[tuple[str, str], list[Code]] = {}
    for unit, codes in base.items():
        for each in codes:
            address = addresses.address(unit, each.address)
            before.setdefault((addresses.unit(unit), bare_address(address)), []).append(each._replace(address=address))
    found: dict[tuple[object, ...], CodeChange] = {}
    for unit, codes in sorted(head.items()):
        for each in codes:
            change = _changed(before.get((unit, bare_address(each.address)), ()), each)
            if change.properties:
                found.setdefault((each.span.path, each.span.start, change.properties), change)
    return tuple(sorted(found.values(), key=lambda each: (each.new, each.span.path, each.span.start)))


def _changed(before: Iterable[Code], head: Code) -> CodeChange:
    """What is not as in the base, where the same instance stands for itself and else one that is alike."""
    known = sorted(before, key=lambda each: (each.address != head.address, each.parts != head.parts))
    old = known[0].parts if known else {}
    names = [name for name in dict.fromkeys((*head.parts, *old)) if head.parts.get(name) != old.get(name)]
    return CodeChange(head.address, head.span, head.noun, tuple(names), head.runs_as, not known)
