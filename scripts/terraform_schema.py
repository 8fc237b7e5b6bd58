#!/usr/bin/env python3
"""Makes tests/data/terraform-types.json: all types of the Terraform AWS provider, with their arguments.

    terraform_schema.py                 fetches the package with `npm pack` and writes the table
    terraform_schema.py PACKAGE.tgz     the same from a package that is here already
    terraform_schema.py --check         tells, without a network, whether the table is what this script wrote

The source is the npm package of generated bindings that is pinned below: each resource's index.d.ts declares its
arguments and blocks, with the name of each in its link to the registry. For another version of the provider change
VERSION and INTEGRITY (`npm view @cdktn/provider-aws@VERSION dist.integrity`) and run the script.

A kind is a text such as `string` or `list of string`, with `!` where the argument is required. A nested object is
{"of": {...}}, with `block` where it is a block and not an attribute, `many` where there can be several, and `required`.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

PACKAGE = "@cdktn/provider-aws"
VERSION = "25.7.0"
INTEGRITY = "sha512-E/nhu0yVZE4mXMgIPuI8tEFt1BExLkA7ARjihdG+/HmfDfzLr+OEF3dkFRvI6glRt30lrrBWQLwXqCJBxcmyUg=="

TARGET = Path(__file__).resolve().parent.parent / "tests" / "data" / "terraform-types.json"

FILE = re.compile(r"package/lib/(?!ephemeral-|provider)[\w-]+/index\.d\.ts")
PROVIDER = re.compile(r"/hashicorp/aws/([0-9.]+)/docs")
TYPE = re.compile(r'static readonly tfResourceType = "(\w+)"')
INTERFACE = re.compile(r"^export interface (\w+)(?: extends ([\w.]+))? \{\n(.*?)^\}$", re.M | re.S)
MEMBER = re.compile(
    r"/\*\*(?P<comment>.*?)\*/\s*readonly \w+(?P<optional>\?)?: (?P<type>\{[^}]*\}[^;]*|[^;{]+);",
    re.S,
)
NAME = re.compile(r"#(\w+) \w+#\w+\}")
BLOCK = re.compile(r"^\s*\* \w+ block$", re.M)
MAP = re.compile(r"\{\s*\[key: string\]: \(?(\w+)(\[\])?")
SCALARS = {"string": "string", "number": "number", "boolean": "bool", "any": "any"}
# Of every resource, and of no interest to a catalog.
COMMON = ("id", "tags_all", "timeouts")
# Some blocks contain themselves, as far down as the provider allows.
MAX_DEPTH = 16


class Member(NamedTuple):
    """One declared argument; `type` is in TypeScript's words."""

    name: str
    type: str
    required: bool
    block: bool


Interfaces = Mapping[str, Sequence[Member]]


def members(body: str) -> Iterator[Member]:
    for found in MEMBER.finditer(body):
        name = NAME.search(found["comment"])
        if name is not None:
            yield Member(name[1], found["type"], not found["optional"], bool(BLOCK.search(found["comment"])))


def schema_of(text: str) -> tuple[str, Any]:
    """The type that a file of declarations is about, and its arguments."""
    found = INTERFACE.findall(text)
    interfaces = {name: list(members(body)) for name, _, body in found}
    config = next(name for name, base, _ in found if base.endswith("TerraformMetaArguments"))
    type = TYPE.search(text)
    assert type is not None, config
    arguments = _arguments(interfaces, config, 0)
    return type[1], {name: kind for name, kind in arguments.items() if name not in COMMON}


def _arguments(interfaces: Interfaces, name: str, depth: int) -> dict[str, Any]:
    found = {each.name: _kind(interfaces, each, depth) for each in interfaces[name]}
    return dict(sorted(found.items()))


def _kind(interfaces: Interfaces, member: Member, depth: int) -> Any:
    mark = "!" if member.required else ""
    if mapped := MAP.match(member.type):
        return f"map of {_scalar(mapped[1])}{mark}"
    name = member.type.split(" | ")[0].strip()
    element = name.rstrip("[]")
    if element not in interfaces:
        return "list of " * name.count("[]") + _scalar(element) + mark
    kind: dict[str, Any] = {"block": member.block, "many": name.endswith("[]"), "required": member.required}
    inner = _arguments(interfaces, element, depth + 1) if depth < MAX_DEPTH else {}
    return {**{key: value for key, value in kind.items() if value}, "of": inner}


def _scalar(name: str) -> str:
    return SCALARS.get(name, "any")


def read_package(package: Path) -> dict[str, Any]:
    """The table of a package. Raises SystemExit where it is not the pinned one."""
    digest = base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != INTEGRITY:
        raise SystemExit(f"{package} is not {PACKAGE} {VERSION}: its sha512 is another than INTEGRITY")
    types: dict[str, Any] = {}
    provider = ""
    with tarfile.open(package) as archive:
        for entry in archive:
            stream = archive.extractfile(entry) if FILE.fullmatch(entry.name) else None
            if stream is not None:
                text = stream.read().decode("utf-8")
                type, arguments = schema_of(text)
                types["data." * ("/data-aws-" in entry.name) + type] = arguments
                provider = provider or next(iter(PROVIDER.findall(text)), "")
    return {"source": f"{PACKAGE} {VERSION}", "provider": provider, "types": dict(sorted(types.items()))}


def text_of(table: Mapping[str, Any]) -> str:
    """The table as it is kept: a line for each type, so that differences can be read, and a digest of all of them."""
    lines = ",\n".join(
        f"{json.dumps(type)}:{json.dumps(each, separators=(',', ':'))}" for type, each in table["types"].items()
    )
    digest = hashlib.sha256(lines.encode()).hexdigest()
    head = {"source": table["source"], "provider": table["provider"], "sha256": digest}
    return f'{json.dumps(head)[:-1]}, "types": {{\n{lines}\n}}}}\n'


def problem_of(text: str) -> str:
    """What is wrong with a table's text as far as that can be told without the package; empty where nothing is."""
    table = json.loads(text)
    if table["source"] != f"{PACKAGE} {VERSION}":
        return f"is made from {table['source']}, and {PACKAGE} {VERSION} is pinned"
    return "" if text_of(table) == text else "was changed by hand"


def fetched(folder: Path) -> Path:
    """The pinned package, by npm."""
    subprocess.run(["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"], cwd=folder, check=True)
    return next(folder.glob("*.tgz"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", nargs="?", type=Path, help="the package, where it is here already")
    parser.add_argument("--check", action="store_true", help="only tell whether the table is what the script wrote")
    options = parser.parse_args()
    if options.check:
        problem = problem_of(TARGET.read_text(encoding="utf-8"))
        if problem:
            print(f"{TARGET.name} {problem}: run scripts/{Path(__file__).name}", file=sys.stderr)
        return 1 if problem else 0
    with tempfile.TemporaryDirectory() as folder:
        table = read_package(options.package or fetched(Path(folder)))
    TARGET.write_text(text_of(table), encoding="utf-8")
    print(f"{len(table['types'])} types of the provider {table['provider']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
