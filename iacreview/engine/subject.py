"""What a finding is about: the resource that is at risk, whichever one carries the line."""

from __future__ import annotations

from collections.abc import Iterator

from iacreview.catalog.view import View
from iacreview.catalog.world import World
from iacreview.model.parts import is_sensitive
from iacreview.model.value import Known, ListValue, Value

SEPARATOR = ", "
NAME = "name "


def subject_of(view: View) -> str:
    """The addresses of the resources that a finding about this one puts at risk; empty where that is itself.

    A rule of a security group is about the group, an attachment about the role. What is named by a text, or by what
    nobody knows, is called by that; secrets are not.
    """
    if not view.kind.subject:
        return ""
    return SEPARATOR.join(sorted({*_named(view.world.view(view.resource) or view)}))


def wholes_of(world: World) -> dict[str, str]:
    """What the resources are parts of that are nothing by themselves: of launch templates, the groups that use them.

    By address; those that are about others, and those that nothing attaches, are left out.
    """
    kinds = (world.catalog.kind(name) for name in {each.kind for each in world.graph.resources.values()} if name)
    parts = [kind.name for kind in kinds if kind.attached_by and not kind.subject]
    found: dict[str, str] = {}
    for view in world.of_kind(*parts) if parts else ():
        users = (world.referrers(view, kind, name) for kind, name in view.kind.attached_by.items())
        if whole := SEPARATOR.join(sorted({each.address for some in users for each in some})):
            found[view.resource.address] = whole
    return found


def _named(view: View) -> Iterator[str]:
    for name in view.kind.subject:
        yield from _names(view, view.first(name) if view.applies(name) else None)
    for kind, name in view.kind.attached_by.items():
        for each in view.world.referrers(view, kind, name):
            carrier = view.world.view(each)
            found = list(_named(carrier)) if carrier is not None else []
            yield from found or [each.address]


def _names(view: View, value: Value | None) -> Iterator[str]:
    for item in value.items if isinstance(value, ListValue) else [value]:
        targets = view.world.targets(item)
        if targets:
            yield from (each.address for each in targets)
        elif isinstance(item, Known) and item.data is not None and not is_sensitive(item):
            yield f"{NAME}{item.data}"
        elif item is not None:
            yield from (str(reference) for reference in item.references)
