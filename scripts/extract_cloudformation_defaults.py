#!/usr/bin/env python3
"""Extracts from CloudFormation's resource schemas the defaults of what the catalog names, for scripts/compile_rules.py.

    extract_cloudformation_defaults.py           writes iacreview/compiled/cloudformation_defaults.json
    extract_cloudformation_defaults.py --check   fails where the committed file has other defaults

The schemas are those that the installed cfn-lint ships. Empty texts, nulls and objects are left out: the first two
choose nothing, and an object's members are properties of their own.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "scripts"))

from schemas import MAX_REFERENCES, Schema, cloudformation_files, target  # noqa: E402

from iacreview.catalog.catalog import Kind, Property  # noqa: E402
from iacreview.catalog.defaults import full_path, read_from  # noqa: E402
from iacreview.engine.rulefiles import File, catalog_spec  # noqa: E402

CATALOG = ROOT / "iacreview" / "catalog" / "aws"
TARGET = ROOT / "iacreview" / "compiled" / "cloudformation_defaults.json"


def specs() -> dict[str, Any]:
    return catalog_spec(
        [
            File(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
            for path in sorted(CATALOG.glob("*.yaml"))
        ]
    )


def named(kinds: Mapping[str, Any]) -> dict[str, set[str]]:
    """Per CloudFormation type, the paths that the catalog reads."""
    found: dict[str, set[str]] = {}
    for name in kinds:
        kind = Kind(name, kinds[name])
        for path in _paths([kind.property(key) for key in kind.spec["properties"]], [""]):
            for type in read_from(kind, path):
                found.setdefault(type, set()).add(path.rpartition("/")[2])
    return found


def _paths(properties: Iterable[Property], outer: Sequence[str]) -> Iterator[str]:
    for prop in properties:
        own = [full_path(base, path) for path in prop.paths["cloudformation"] for base in outer]
        written = [path for path in own if path]
        yield from written
        yield from _paths(prop.items.values(), written)


def default_of(root: Schema, path: str) -> Any:
    """The default at a path of a schema; None where there is none, or alternatives have different ones."""
    found = [each for each in _defaults(root, root, path.split("."), MAX_REFERENCES) if _says_something(each)]
    return found[0] if found and all(each == found[0] for each in found) else None


def _says_something(default: Any) -> bool:
    if isinstance(default, list):
        return bool(default) and all(isinstance(each, (str, int, float)) for each in default)
    return isinstance(default, (str, int, float)) and default != ""


def _defaults(root: Schema, part: Schema, names: Sequence[str], references: int) -> Iterator[Any]:
    if not names and "default" in part:
        yield part["default"]
    elif "$ref" in part:
        if references:
            yield from _defaults(root, target(root, part["$ref"]), names, references - 1)
    else:
        for each in ("oneOf", "anyOf", "allOf"):
            for alternative in part.get(each, ()):
                yield from _defaults(root, alternative, names, references)
        if names and names[0] in part.get("properties", {}):
            yield from _defaults(root, part["properties"][names[0]], names[1:], references)
        elif names and isinstance(part.get("items"), Mapping):
            yield from _defaults(root, part["items"], names, references)


def extract(folder: Path, files: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Per type and path, the schema's default; only what has one."""
    found: dict[str, dict[str, Any]] = {}
    for type, paths in sorted(named(specs()).items()):
        if type in files:
            schema = json.loads((folder / f"{files[type]}.json").read_text(encoding="utf-8"))
            defaults = {path: default_of(schema, path) for path in sorted(paths)}
            found[type] = {path: default for path, default in defaults.items() if default is not None}
    return {type: defaults for type, defaults in found.items() if defaults}


def main() -> int:
    parser = argparse.ArgumentParser(description="Extract defaults from CloudFormation's resource schemas.")
    parser.add_argument("--check", action="store_true", help="compare with the committed file")
    options = parser.parse_args()
    found = cloudformation_files()
    if found is None:
        print("skipped: no cfn-lint with CloudFormation's resource schemas is installed", file=sys.stderr)
        return 0 if options.check else 1
    types = extract(*found)
    if not options.check:
        data = {"source": f"cfn-lint {version('cfn-lint')}", "types": types}
        TARGET.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
        return 0
    # NOTE: another version of cfn-lint with the same defaults is not a reason to change the file.
    if not TARGET.exists() or json.loads(TARGET.read_text(encoding="utf-8"))["types"] != types:
        print(f"{TARGET.name} is not what {Path(__file__).name} extracts: run `make generate`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
