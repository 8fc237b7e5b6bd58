#!/usr/bin/env python3
"""Compiles the catalog and the rules into iacreview/compiled/. `--check` only tells whether they are up to date."""

from __future__ import annotations

import argparse
import json
import re
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from iacreview.catalog.catalog import Catalog, kinds_of_types  # noqa: E402
from iacreview.catalog.defaults import with_schema_defaults  # noqa: E402
from iacreview.controls.files import framework_specs  # noqa: E402
from iacreview.engine.rule import Rule, parts_of, rule_from  # noqa: E402
from iacreview.engine.rulefiles import File, catalog_spec, rule_specs  # noqa: E402
from iacreview.errors import RuleError  # noqa: E402
from iacreview.model.graph import Resource  # noqa: E402
from iacreview.options import Options  # noqa: E402
from iacreview.pipeline import check, graphs  # noqa: E402
from iacreview.protection.files import protection_specs  # noqa: E402
from tests.trees import OWN, MemoryTree  # noqa: E402

COMPILED = ROOT / "iacreview" / "compiled"
STALE = "iacreview/compiled is out of date: run `make generate`"
EXPECTATION = re.compile(r"[ \t]*#[ \t]*expect:.*")


def files_below(folder: Path) -> list[File]:
    return [
        File(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.yaml"))
    ]


def text_of(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=0, separators=(",", ":")) + "\n"


def line_of(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def catalog_text(kinds: dict[str, Any]) -> str:
    """The kind of every type, and the kinds: an entry a line, so that a run reads those that it meets."""
    entries = {"": kinds_of_types(kinds), **kinds}
    return "{\n" + ",\n".join(f"{line_of(name)}:{line_of(spec)}" for name, spec in entries.items()) + "\n}\n"


def rules_text(rules: list[dict[str, Any]]) -> str:
    """Each rule and, after it, each of its rows: an entry a line."""
    return "[\n" + ",\n".join(line_of(part) for spec in rules for part in parts_of(spec)) + "\n]\n"


def fixture(code: str, name: str) -> MemoryTree | None:
    path = ROOT / "tests" / "fixtures" / code / name
    return MemoryTree({name: path.read_text(encoding="utf-8")}) if path.exists() else None


def resources(tree: MemoryTree | None, catalog: Catalog) -> dict[str, Resource]:
    return (
        {each.address: each for graph in graphs(tree, (), catalog) for each in graph.resources.values()} if tree else {}
    )


def reported(tree: MemoryTree, rule: Rule, catalog: Catalog) -> Resource | None:
    """The first resource that the rule reports."""
    report = check(tree, (), Options([rule], catalog, profile="strict", operations=OWN))
    found = resources(tree, catalog)
    return next(
        (found[each.resource.address] for each in report.findings if each.resource and each.resource.address in found),
        None,
    )


def examples_of(rules: list[Rule], catalog: Catalog) -> dict[str, Any]:
    """Per rule and dialect, the first resource of bad.* that is reported and the first good one of its kind."""
    examples: dict[str, Any] = {}
    for rule in rules:
        for suffix, dialect in (("tf", "terraform"), ("yaml", "cloudformation")):
            bad, good = (fixture(rule.code, f"{name}.{suffix}") for name in ("bad", "good"))
            first = reported(bad, rule, catalog) if bad else None
            if first is None:
                continue
            example = examples.setdefault(rule.code, {"bad": {}, "good": {}})
            example["bad"][dialect] = shown(first)
            twin = next((each for each in resources(good, catalog).values() if each.kind == first.kind), None)
            if twin is not None:
                example["good"][dialect] = shown(twin)
    return examples


def shown(resource: Resource) -> str:
    """A resource's own text, without the tests' expectations and the indentation of its surroundings."""
    block = resource.block
    start = block.source.text.rfind("\n", 0, block.start) + 1
    text = EXPECTATION.sub("", block.source.text[start : block.end])
    return textwrap.dedent(text).strip()


class Compiled(NamedTuple):
    """The catalog and the rules as they are compiled, the latter with all that goes by them."""

    catalog: Catalog
    rules: list[dict[str, Any]]
    files: dict[str, str]


def compiled() -> Compiled:
    """What the catalog and the rules are now; `files` are those of `iacreview/compiled`, without the examples.

    Raises RuleError for what is wrong in them.
    """
    defaults = json.loads((COMPILED / "cloudformation_defaults.json").read_text(encoding="utf-8"))["types"]
    kinds = with_schema_defaults(catalog_spec(files_below(ROOT / "iacreview" / "catalog" / "aws")), defaults)
    catalog = Catalog(kinds)
    rules = rule_specs(files_below(ROOT / "rules"), catalog)
    codes = {spec["id"] for spec in rules}
    protections = protection_specs(files_below(ROOT / "protections"), catalog, codes)
    frameworks = framework_specs(files_below(ROOT / "frameworks"), codes, set(protections), catalog)
    files = {
        "catalog.json": catalog_text(kinds),
        "rules.json": rules_text(rules),
        "protections.json": text_of(protections),
        "frameworks.json": text_of(frameworks),
    }
    return Compiled(catalog, rules, files)


def stale(files: Mapping[str, str]) -> list[str]:
    """The names of those that are not in `iacreview/compiled` as they are to be."""
    targets = {name: COMPILED / name for name in files}
    return [
        name
        for name, target in targets.items()
        if not target.exists() or target.read_text(encoding="utf-8") != files[name]
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    try:
        found = compiled()
        examples = examples_of([rule_from(spec) for spec in found.rules], found.catalog)
    except RuleError as error:
        print(error.message, file=sys.stderr)
        return 1
    files = {**found.files, "examples.json": text_of(examples)}
    names = stale(files)
    if options.check and names:
        print(STALE, file=sys.stderr)
        return 1
    for name in names:
        (COMPILED / name).write_text(files[name], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
