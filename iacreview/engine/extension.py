"""A resource seen with the properties that a row brings along."""

from __future__ import annotations

from iacreview.catalog.catalog import Property
from iacreview.catalog.view import View
from iacreview.engine.rule import Row
from iacreview.globs import starred
from iacreview.model.value import Known, scalar_text


def is_meant(row: Row, view: View) -> bool:
    """Whether a row in native words is about the resource: by its type, or by the source of the module it calls."""
    if row.source:
        source = view.resource.attributes.entries.get("source")
        return isinstance(source, Known) and starred(row.source, scalar_text(source.data))
    return not row.types or not row.types.isdisjoint(_types_of(view))


def _types_of(view: View) -> set[str]:
    """A resource's type; for one of `awscc` CloudFormation's as well."""
    type = view.resource.type
    kind = view.resource.kind if type.startswith("awscc_") else None
    found = view.world.catalog.kind(kind).spec["types"].get("cfn", ()) if kind is not None else ()
    return {type, *((found,) if isinstance(found, str) else found)}


def extended(row: Row, view: View) -> View:
    """The view with the row's own properties; what it has besides is as it was."""
    if not row.properties:
        return view
    properties = {name: Property(name, spec) for name, spec in row.properties.items()}
    return View(view.world, view.where, view.under, properties, view)
