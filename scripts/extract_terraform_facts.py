#!/usr/bin/env python3
"""Extracts from a table of the Terraform AWS provider's schema what the catalog names, for tests/catalog/test_facts.py.

    extract_terraform_facts.py TABLE.json

TABLE has {"source", "provider", "resources": {type: {argument: kind}}, "data": {...}}, where a kind is a text such as
`string` or `list of string`, and a nested object is {"block", "many", "of": {...}}.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from iacreview.catalog.catalog import Kind  # noqa: E402
from iacreview.engine.load import load_catalog  # noqa: E402

TARGET = ROOT / "tests" / "data" / "terraform-types.json"


def terraform_types() -> set[str]:
    """The Terraform types of the catalog, satellites included."""
    catalog = load_catalog()
    found: set[str] = set()
    for name in catalog:
        kind: Kind = catalog.kind(name)
        types = kind.spec["types"].get("tf", [])
        found |= {types} if isinstance(types, str) else set(types)
        found |= {each for each in kind.satellites if "::" not in each}
    return found


def main() -> None:
    table = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    known = {**table["resources"], **{f"data.{name}": each for name, each in table["data"].items()}}
    extract = {name: known[name] for name in sorted(terraform_types()) if name in known}
    provider = table["provider"]
    TARGET.write_text(json.dumps({"provider": provider, "types": extract}, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
