"""Protection files (YAML) to validated specifications; used when the compiled artefacts are made."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from iacreview.catalog.catalog import Catalog, Kind
from iacreview.engine.rulefiles import File, check_predicate, check_requirements, near, scope_of
from iacreview.protection.definition import ACCOUNT, ITSELF
from iacreview.protection.relations import PARAMETERS, RELATIONS


def protection_specs(files: Sequence[File], catalog: Catalog, codes: Collection[str]) -> dict[str, Any]:
    """All protections by name, checked against the schema, the catalog and the rules. Raises RuleError."""
    found: dict[str, Any] = {}
    for file in files:
        file.validate("protection")
        for name, spec in file.data["protections"].items():
            at: list[str | int] = ["protections", name]
            if name in found:
                raise file.error(at, "is defined twice")
            for code in spec.get("rules", ()):
                if code not in codes:
                    raise file.error([*at, "rules"], f"there is no rule {code}")
            for kind in spec.get("besides", ()):
                if kind not in catalog:
                    raise file.error([*at, "besides"], f"the catalog has no kind `{kind}`{near(kind, catalog)}")
            for index, row in enumerate(spec.get("rows", ())):
                _check_row(file, [*at, "rows", index], row, catalog)
            found[name] = spec
    for file in files:
        for name, spec in file.data["protections"].items():
            for other in spec.get("within", ()):
                if other not in found:
                    raise file.error(["protections", name, "within"], f"there is no `{other}`{near(other, found)}")
    return dict(sorted(found.items()))


def _check_row(file: File, at: list[str | int], row: Mapping[str, Any], catalog: Catalog) -> None:
    for name in _texts(row["kind"]):
        if name not in catalog:
            raise file.error([*at, "kind"], f"the catalog has no kind `{name}`{near(name, catalog)}")
        kind = catalog.kind(name)
        scope = scope_of(file, at, row, kind)
        check_requirements(file, [*at, "in_force"], row.get("in_force", {}), scope, kind)
        named = [each for key in ("subject", "like") for each in _texts(row.get(key, ()))]
        for each in named:
            if each not in scope and each not in (ACCOUNT, ITSELF):
                raise file.error(at, f"{name} has no property `{each}`{near(each, scope)}")
        for key, measure in row.get("measures", {}).items():
            _check_measure(file, [*at, "measures", key], measure.get("property", key), measure, scope, kind)
        if "by" in row:
            _check_relation(file, at, row, kind, catalog)


def _check_relation(file: File, at: list[str | int], row: Mapping[str, Any], kind: Kind, catalog: Catalog) -> None:
    """The relation is there, and its parameters name what there is."""
    given = row.get("with", {})
    if row["by"] not in RELATIONS:
        raise file.error([*at, "by"], f"there is no relation `{row['by']}`{near(row['by'], RELATIONS)}")
    known = PARAMETERS[row["by"]]
    for name in given:
        if name not in known:
            raise file.error([*at, "with", name], f"`{row['by']}` has no parameter `{name}`{near(name, known)}")
    other = given.get("kind", kind.name)
    if other not in catalog:
        raise file.error([*at, "with", "kind"], f"the catalog has no kind `{other}`{near(other, catalog)}")
    for name, of in (("property", kind), ("tags", kind), ("targets", catalog.kind(other))):
        if name in given and not of.has(given[name]):
            raise file.error([*at, "with", name], f"{of.name} has no property `{given[name]}`")
    check_requirements(
        file,
        [*at, "with", "in_force"],
        given.get("in_force", {}),
        scope_of(file, at, {}, catalog.kind(other)),
        catalog.kind(other),
    )


def _check_measure(
    file: File, at: list[str | int], name: str, measure: Mapping[str, Any], scope: Collection[str], kind: Kind
) -> None:
    if name not in scope:
        raise file.error(at, f"{kind.name} has no property `{name}`{near(name, scope)}")
    for predicate in measure.get("levels", ()):
        check_predicate(file, [*at, "levels"], predicate)
    for member in measure.get("members", ()):
        if not kind.has(name) or member not in kind.members(name):
            raise file.error([*at, "members"], f"`{name}` of {kind.name} has no property `{member}`")


def _texts(spec: Any) -> Sequence[str]:
    return (spec,) if isinstance(spec, str) else tuple(spec)
