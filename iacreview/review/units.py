"""What has to be known of each unit to tell a resource of the base from one of the head."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence

from iacreview.catalog.world import World
from iacreview.engine.subject import SEPARATOR, wholes_of
from iacreview.model.finding import Finding
from iacreview.model.naming import physical_names
from iacreview.model.record import NamedTuple
from iacreview.review.identity import digest
from iacreview.review.pairing import pairs

_MAX_MOVES = 100
_SAME_UNIT = 0.5


class UnitFacts(NamedTuple):
    """`types` has every address with its type, `digests` those with findings, `moved` the `moved` blocks.

    `names` are the physical names that are literals, by address; what is imported is named by its id. `wholes` is what
    the resources are parts of that are nothing by themselves. `files` are those that were read.
    """

    path: str
    types: Mapping[str, str]
    digests: Mapping[str, str]
    moved: Sequence[tuple[str, str]]
    names: Mapping[str, str] = {}
    wholes: Mapping[str, str] = {}
    files: Collection[str] = ()


def facts(world: World, findings: Iterable[Finding] | None) -> UnitFacts:
    """The facts of one unit; digests are made for the resources that the findings are about (None: for all)."""
    unit = world.graph.unit
    found = {finding.resource.address for finding in findings or () if finding.resource is not None}
    judged = (*unit.resources, *unit.unread)
    return UnitFacts(
        unit.path,
        {each.address: each.type for each in judged if each.mode in ("managed", "data", "module")},
        {each.address: digest(each) for each in judged if findings is None or each.address in found},
        unit.moved,
        physical_names(unit),
        wholes_of(world),
        tuple(each.path for each in unit.sources),
    )


def moved_address(address: str, moves: Sequence[tuple[str, str]]) -> str:
    """The address after all `moved` blocks that apply to it (of resources, modules or instances).

    Source: "Refactor modules" (Terraform documentation).
    """
    for _ in range(_MAX_MOVES):
        for before, after in moves:
            rest = address[len(before) :]
            if address.startswith(before) and before != after and (not rest or rest[0] in ".["):
                if rest.startswith("[") and after.endswith("]"):
                    continue
                address = after + rest
                break
        else:
            return address
    return address


def successors(base: UnitFacts, head: UnitFacts) -> dict[str, str]:
    """What came in the place of what went: the address of a part of the base, and that of the part which the same whole
    has in the head, where each has one (a launch configuration, and the launch template of the same group).
    """
    gone = _parts({address: whole for address, whole in base.wholes.items() if address not in head.types}, head.moved)
    new = _parts({address: whole for address, whole in head.wholes.items() if address not in base.types}, ())
    return {gone[key][0]: new[key][0] for key in gone.keys() & new.keys() if len(gone[key]) == len(new[key]) == 1}


def _parts(wholes: Mapping[str, str], moves: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for address, whole in wholes.items():
        key = SEPARATOR.join(moved_address(each, moves) for each in whole.split(SEPARATOR))
        found.setdefault(key, []).append(address)
    return found


def renamed_units(base: Mapping[str, UnitFacts], head: Mapping[str, UnitFacts]) -> dict[str, str]:
    """For every unit of the base its path in the head: the same one, else that of the new unit most like it."""
    found = {path: path for path in base if path in head}
    gone = {path: _traits(unit) for path, unit in base.items() if path not in head}
    new = {path: _traits(unit) for path, unit in head.items() if path not in base}
    taken: set[str] = set()
    for _, old, path in sorted(pairs(gone, new, _SAME_UNIT), key=lambda pair: (-pair[0], pair[1], pair[2])):
        if old not in found and path not in taken:
            found[old] = path
            taken.add(path)
    return {path: found.get(path, "\0" + path) for path in base}


def _traits(unit: UnitFacts) -> Counter[Hashable]:
    return Counter(unit.types.items())
