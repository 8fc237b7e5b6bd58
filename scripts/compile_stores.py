#!/usr/bin/env python3
"""Compiles what is known of resources that hold data, by native type.

    compile_stores.py           writes iacreview/semantics/data/stores.txt
    compile_stores.py --check   fails where the committed file is another one

What forces CloudFormation to replace a resource is in its resource schemas, as the installed cfn-lint ships them
(`createOnlyProperties`; some of `conditionalCreateOnlyProperties`, marked with `?`, may). The rest is
scripts/data/stores.txt.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from schemas import cloudformation_files  # noqa: E402

SOURCE = ROOT / "scripts" / "data" / "stores.txt"
TARGET = ROOT / "iacreview" / "semantics" / "data" / "stores.txt"
HEAD = "# Made by scripts/compile_stores.py: type | what is lost | what forces a new one (? it may) | what keeps it\n"


# Of the properties that force a new resource under conditions, those that usually do.
_WEIGHTY = ("AvailabilityZone", "Engine", "MasterUsername", "Snapshot")


def lines() -> Iterator[str]:
    folder, files = cloudformation_files() or (Path(), {})
    for line in SOURCE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        template, terraform, what, arguments, more, keepers = (part.strip() for part in line.split("|"))
        schema = json.loads((folder / f"{files[template]}.json").read_text(encoding="utf-8"))
        forcing = {*_top(schema.get("createOnlyProperties", ())), *more.split()}
        conditional = _top(schema.get("conditionalCreateOnlyProperties", ()))
        maybe = {f"?{each}" for each in conditional if each not in forcing and any(part in each for part in _WEIGHTY)}
        pairs = [each.split("=") for each in keepers.split()]
        policy = next((name for way, name in pairs if way == "default"), "Delete")
        own = [f"{way}={name}" for way, name in pairs if way != "default" and not name.islower()]
        yield f"{template} | {what} | {' '.join(sorted(forcing | maybe))} | {' '.join([f'policy={policy}', *own])}"
        if terraform != "-":
            theirs = " ".join(f"{way}={name}" for way, name in pairs if name.islower())
            yield f"{terraform} | {what} | {arguments} | {theirs}"


def _top(pointers: list[str]) -> list[str]:
    return [each.removeprefix("/properties/").split("/")[0] for each in pointers]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    if cloudformation_files() is None:
        print("cfn-lint is not installed")
        return 0 if check else 1
    text = HEAD + "\n".join(lines()) + "\n"
    if not check:
        TARGET.write_text(text, encoding="utf-8")
    elif TARGET.read_text(encoding="utf-8") != text:
        print(f"{TARGET.relative_to(ROOT)} is another one: run scripts/compile_stores.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
