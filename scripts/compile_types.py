#!/usr/bin/env python3
"""Which resource types there are in both languages, and which of them have tags: iacreview/compiled/types.json.

compile_types.py           writes it
compile_types.py --check   fails where it is another; without cfn-lint's schemas only Terraform's types are compared
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from schemas import cloudformation_paths, terraform_paths  # noqa: E402

TARGET = ROOT / "iacreview" / "compiled" / "types.json"
TAGS = ("tags", "tag", "Tags")


def has_tags(paths: Iterable[str]) -> bool:
    return not set(TAGS).isdisjoint(paths)


def types() -> dict[str, list[str]]:
    """The types with tags, and those without."""
    found = {type: has_tags(paths) for type, paths in {**cloudformation_paths(), **terraform_paths()}.items()}
    return {
        "tagged": sorted(type for type, tagged in found.items() if tagged),
        "others": sorted(type for type, tagged in found.items() if not tagged),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, fail where it differs")
    wanted = types()
    if not parser.parse_args().check:
        TARGET.write_text(json.dumps(wanted, indent=0, separators=(",", ":")) + "\n", encoding="utf-8")
        return 0
    there = json.loads(TARGET.read_text(encoding="utf-8"))
    if not any(type.startswith("AWS::") for types in wanted.values() for type in types):
        there = {key: [type for type in types if not type.startswith("AWS::")] for key, types in there.items()}
    if there != wanted:
        print("iacreview/compiled/types.json is not what the schemas say: run scripts/compile_types.py")
    return int(there != wanted)


if __name__ == "__main__":
    sys.exit(main())
