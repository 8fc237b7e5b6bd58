"""`iacreview kinds`: what rules can be written about."""

from __future__ import annotations

from collections.abc import Iterator

from iacreview.catalog.catalog import Catalog, Kind, Property
from iacreview.commands.project import open_project
from iacreview.errors import UsageError
from iacreview.languages import WRITTEN


def kinds(name: str) -> str:
    """All kinds with their native types; of one, by its name or a native type, the properties and where they stand.

    Raises UsageError with a suggestion where there is none.
    """
    catalog = open_project(()).catalog
    if not name:
        wide = max(map(len, catalog))
        lines = [f"{each:<{wide}}  {', '.join(_types(catalog.kind(each)))}" for each in sorted(catalog)]
        return "\n".join([*lines, "", f"{len(lines)} kinds"]) + "\n"
    return "\n".join(_page(catalog.kind(_named(catalog, name)))) + "\n"


def _named(catalog: Catalog, name: str) -> str:
    if name in catalog:
        return name
    found = catalog.kind_of(name)
    types = [type for each in catalog for type in _types(catalog.kind(each))]
    if found is not None and name in types:
        return found
    from difflib import get_close_matches

    near = get_close_matches(name, [*catalog, *types], n=1)
    hint = f"Did you mean `{near[0]}`?" if near else "`iacreview kinds` lists them."
    raise UsageError(
        f"there is no kind `{name}`",
        f"{hint} A rule may name a native type that is of no kind: see docs/rule-format.md.",
    )


def _types(kind: Kind) -> list[str]:
    found = kind.spec["types"].values()
    return [type for types in found for type in ([types] if isinstance(types, str) else types)]


def _page(kind: Kind) -> Iterator[str]:
    yield f"{kind.name}: {kind.title}"
    yield f"types: {', '.join(_types(kind))}"
    yield ""
    for name in sorted(kind.spec["properties"]):
        yield from _property(kind.property(name), "")


def _property(prop: Property, indent: str) -> Iterator[str]:
    yield f"{indent}{prop.name}{'  (a collection: `each`)' if prop.items else ''}"
    for language in WRITTEN:
        paths = prop.paths[language.name]
        if paths:
            said = f", default {_default(prop, language.name)}" if _default(prop, language.name) else ""
            yield f"{indent}  {language.title}: {', '.join(path.text for path in paths)}{said}"
    for item in prop.items.values():
        yield from _property(item, indent + "  ")


def _default(prop: Property, language: str) -> str:
    value, unknown = prop.default(language)
    if unknown:
        return f"not known: {unknown}"
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
