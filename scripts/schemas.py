"""The resource schemas of both languages, walked: every property path of every type that someone can write."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TERRAFORM = ROOT / "tests" / "data" / "terraform-types.json"
REGION = "us-east-1"
MAX_DEPTH = 10
MAX_REFERENCES = 16

Schema = Mapping[str, Any]


def cloudformation_files() -> tuple[Path, dict[str, str]] | None:
    """The folder of the schemas and each type's file; None where no cfn-lint that has them is installed."""
    spec = importlib.util.find_spec("cfnlint")
    for location in (spec and spec.submodule_search_locations) or ():
        folder = Path(location) / "data" / "schemas"
        index = folder / "providers" / f"{REGION}.json"
        if index.exists():
            return folder / "resources", json.loads(index.read_text(encoding="utf-8"))
    return None


def target(root: Schema, reference: str) -> Schema:
    """What a `$ref` of a schema leads to."""
    found: Any = root
    for step in reference.lstrip("#/").split("/"):
        found = found[step]
    return found  # type: ignore[no-any-return]


def cloudformation_paths() -> dict[str, list[str]]:
    """Per type of CloudFormation, the paths of the properties that can be written; empty without cfn-lint."""
    folder, files = cloudformation_files() or (Path(), {})
    found: dict[str, list[str]] = {}
    for type, file in sorted(files.items()):
        if type.startswith("AWS::"):
            root = json.loads((folder / f"{file}.json").read_text(encoding="utf-8"))
            computed = {
                each.removeprefix("/properties/").replace("/", ".") for each in root.get("readOnlyProperties", ())
            }
            found[type] = [each for each in dict.fromkeys(_paths(root, root, "", ())) if each not in computed]
    return found


def _paths(root: Schema, part: Schema, before: str, seen: tuple[str, ...]) -> Iterator[str]:
    while "$ref" in part:
        if part["$ref"] in seen or len(seen) > MAX_REFERENCES:
            return
        seen = (*seen, part["$ref"])
        part = target(root, part["$ref"])
    for name, inner in part.get("properties", {}).items():
        path = f"{before}.{name}" if before else name
        yield path
        if path.count(".") < MAX_DEPTH:
            yield from _paths(root, inner, path, seen)
    inner = part.get("items")
    for each in (*((inner,) if isinstance(inner, Mapping) else ()), *_alternatives(part)):
        yield from _paths(root, each, before, seen)


def _alternatives(part: Schema) -> Iterator[Schema]:
    for key in ("oneOf", "anyOf", "allOf"):
        yield from part.get(key, ())


def terraform_paths() -> dict[str, list[str]]:
    """Per resource type of the Terraform provider, the paths of its arguments."""
    types = json.loads(TERRAFORM.read_text(encoding="utf-8"))["types"]
    return {type: list(_arguments(each, "")) for type, each in types.items() if not type.startswith("data.")}


def _arguments(level: Mapping[str, Any], before: str) -> Iterator[str]:
    for name, kind in level.items():
        path = f"{before}.{name}" if before else name
        yield path
        if isinstance(kind, dict):
            yield from _arguments(kind["of"], path)
