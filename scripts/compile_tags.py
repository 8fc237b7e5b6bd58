"""Compiles which types of resources have tags into iacreview/semantics/data/tagged.txt, from both languages' schemas.

python scripts/compile_tags.py           writes the file
python scripts/compile_tags.py --check   fails where the committed file differs
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from schemas import cloudformation_paths, terraform_paths

from iacreview.catalog.awscc import awscc_type

TARGET = Path(__file__).parent.parent / "iacreview" / "semantics" / "data" / "tagged.txt"
_HEAD = "# Types that have tags: how their names begin, and how they go on. Made by scripts/compile_tags.py.\n"


def main() -> int:
    parser = argparse.ArgumentParser(description="Compile which types have tags.")
    parser.add_argument("--check", action="store_true", help="compare with the committed file")
    templates = cloudformation_paths()
    if not templates:
        print("skipped: no cfn-lint with CloudFormation's resource schemas is installed")
        return 0
    types = [type for type, paths in templates.items() if "Tags" in paths]
    types += [awscc_type(type) for type in types]
    types += [type for type, paths in terraform_paths().items() if "tags" in paths]
    wanted = _HEAD + "".join(_lines(sorted(types)))
    if not parser.parse_args().check:
        TARGET.write_text(wanted, encoding="ascii")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="ascii") == wanted:
        return 0
    print("tagged.txt is not what scripts/compile_tags.py makes: run `make generate`", file=sys.stderr)
    return 1


def _lines(types: list[str]) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for type in types:
        head, mark, name = type.rpartition("::") if "::" in type else type.partition("_")
        groups.setdefault(head + mark, []).append(name)
    for prefix, names in groups.items():
        yield f"{prefix}|{' '.join(names)}\n"


if __name__ == "__main__":
    sys.exit(main())
