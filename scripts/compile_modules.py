#!/usr/bin/env python3
"""Compiles what is known of registry modules. `--check` only tells whether iacreview/compiled/ is up to date."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from iacreview.engine.rulefiles import File  # noqa: E402
from iacreview.errors import RuleError  # noqa: E402
from iacreview.model.source import Source  # noqa: E402
from iacreview.parse.terraform.json_syntax import parse_json_body  # noqa: E402

FOLDER = ROOT / "iacreview" / "catalog" / "modules"
TARGET = ROOT / "iacreview" / "compiled" / "modules.json"
MARK = re.compile(r"[<>]=?\d+(\.\d+)*(, [<>]=?\d+(\.\d+)*)*")
MENTION = re.compile(r"(?<![\w.])(?:data\.)?aws_\w+\.\w+(?=[\[.])")
LOCAL = re.compile(r"\blocal\.(\w+)")
ARGUMENT = re.compile(r"\bvar\.(\w+)")


def by_version(default: Any) -> bool:
    return isinstance(default, dict) and bool(default) and all(MARK.fullmatch(str(key)) for key in default)


def configuration(spec: dict[str, Any]) -> dict[str, Any]:
    """The JSON syntax of a module, without the defaults that depend on its version."""
    arguments = spec["arguments"]
    found: dict[str, Any] = {
        "variable": {name: {"default": default} for name, default in arguments.items() if not by_version(default)}
    }
    if "locals" in spec:
        found["locals"] = spec["locals"]
    for key in ("resources", "data"):
        blocks = found.setdefault("resource" if key == "resources" else key, {})
        for address, body in spec.get(key, {}).items():
            type, name = address.split(".")
            blocks.setdefault(type, {})[name] = body
    found["output"] = {name: {"value": value} for name, value in spec.get("outputs", {}).items()}
    return found


def hides_dynamic(part: Any) -> bool:
    """Whether there is a `dynamic` in an object that may be an argument: there it is nothing but a name."""
    if not isinstance(part, dict):
        return False
    if "for_each" in part and "content" in part:
        return any(map(hides_dynamic, part["content"].values()))
    return "dynamic" in part or any(map(hides_dynamic, part.values()))


def faults(spec: dict[str, Any], types: Any) -> Iterator[str]:
    """What is wrong in one file beside its form."""
    text = json.dumps(configuration(spec))
    for name in sorted(set(ARGUMENT.findall(text)) - set(spec["arguments"])):
        yield f"there is no argument {name}"
    for address in spec["resources"]:
        if address.split(".")[0] not in types:
            yield f"{address} is of no known type"
    there = {*spec["resources"], *(f"data.{address}" for address in spec.get("data", {}))}
    for name in sorted(set(MENTION.findall(text)) - there):
        yield f"there is no {name}"
    for name in sorted(set(LOCAL.findall(text)) - set(spec.get("locals", {}))):
        yield f"there is no local.{name}"
    for address, body in (*spec["resources"].items(), *spec.get("data", {}).items()):
        if any(map(hides_dynamic, body.values())):
            yield f"{address} has `dynamic` in what is read as an argument: make the block around it dynamic, too"
    for problem in parse_json_body(Source("module", text))[1]:
        yield f"{problem.message}: {problem.span.text[:60]}"


def outlines(spec: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is known of the module, and of those inside of it that differ in the defaults of arguments only."""
    versions = {name: default for name, default in spec["arguments"].items() if by_version(default)}
    yield spec["source"], {"beyond": spec["beyond"], "versions": versions, "configuration": configuration(spec)}
    for path, arguments in spec.get("inside", {}).items():
        yield f"{spec['source']}//{path}", {"like": spec["source"], "defaults": arguments}


def compiled(files: list[File]) -> dict[str, Any]:
    types = json.loads((ROOT / "tests" / "data" / "terraform-types.json").read_text(encoding="utf-8"))["types"]
    found: dict[str, Any] = {}
    for file in files:
        file.validate("module")
        spec = file.data
        for fault in faults(spec, types):
            raise file.error([], fault)
        for source, known in outlines(spec):
            if source in found:
                raise file.error(["source"], f"{source} is there twice")
            found[source] = known
    return dict(sorted(found.items()))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    try:
        files = [
            File(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
            for path in sorted(FOLDER.rglob("*.yaml"))
        ]
        text = json.dumps(compiled(files), ensure_ascii=False, separators=(",", ":"), indent=0) + "\n"
    except RuleError as error:
        print(error.message, file=sys.stderr)
        return 1
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    if options.check:
        print("iacreview/compiled/modules.json is out of date: run `make generate`", file=sys.stderr)
        return 1
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
