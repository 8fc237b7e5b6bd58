"""What in a unit speaks for a control: places that meet its rules, and protections that are in force."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from iacreview.catalog.world import World
from iacreview.engine.met import met_by
from iacreview.engine.rule import Row, Rule
from iacreview.model.control import Evidence
from iacreview.model.finding import ResourceName
from iacreview.model.guard import spoken
from iacreview.model.logic import YES
from iacreview.model.words import called, say, vouched
from iacreview.protection.definition import Definitions
from iacreview.protection.standing import likeness, standing


def evidence(world: World, rules: Sequence[Rule], protections: Definitions) -> Iterator[Evidence]:
    """What speaks for any control, in the order of the graph."""
    yield from _places(world, rules)
    for each in standing(world, protections):
        if each.state is YES and not each.hides and each.tally is None and each.resource.kind:
            said = f"{each.said} ({' and '.join(each.when)})" if each.when else each.said
            yield Evidence(each.name, each.resource, said, each.span, likeness(each))


def _places(world: World, rules: Sequence[Rule]) -> Iterator[Evidence]:
    rows: dict[str, list[tuple[Rule, Row]]] = {}
    for rule in rules:
        for row in rule.rows:
            rows.setdefault(row.kind, []).append((rule, row))
    for resource in world.graph.resources.values():
        view = world.view(resource) if resource.mode == "managed" and resource.kind in rows else None
        for rule, row in rows[view.kind.name] if view is not None and view.kind.name in rows else ():
            found = met_by(view, row) if view is not None and rule.only in ("", resource.dialect) else None
            if found is not None and found.met and not found.failed and not found.open:
                name = ResourceName(resource.address, resource.type, resource.kind or "")
                when = say(" ({})", called(spoken(resource.conditions))) if resource.conditions else vouched("")
                said = found.said or say("nothing is found against it")
                yield Evidence(rule.code, name, say("{}{}", said, when), found.span)
