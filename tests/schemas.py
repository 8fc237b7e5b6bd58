"""CloudFormation's resource schemas, as cfn-lint ships them."""

from __future__ import annotations

import importlib.util
import json
from functools import cache
from pathlib import Path
from typing import Any


@cache
def schemas() -> tuple[Path, dict[str, str]]:
    spec = importlib.util.find_spec("cfnlint")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    folder = Path(spec.submodule_search_locations[0]) / "data" / "schemas"
    return folder, json.loads((folder / "providers" / "us-east-1.json").read_text(encoding="utf-8"))


@cache
def schema(type: str) -> dict[str, Any] | None:
    folder, types = schemas()
    if type not in types:
        return None
    found: dict[str, Any] = json.loads((folder / "resources" / f"{types[type]}.json").read_text(encoding="utf-8"))
    return found


def resolved(root: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        target: Any = root
        for step in part["$ref"].lstrip("#/").split("/"):
            target = target[step]
        part = target
    return part
