#!/usr/bin/env python3
"""One template with thousands of resources, made from the rules' fixtures: time, memory, and how both grow.

Budget: a template of CloudFormation's own limit (500 resources) within a second; twice the resources, twice the time.
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.review.transforms import as_json  # noqa: E402

RESOURCES = (500, 1000, 2000, 4000)


def parts() -> list[dict[str, dict[str, object]]]:
    """The fixtures' templates, those with a transform left out."""
    found = []
    for path in sorted((ROOT / "tests/fixtures").glob("*/bad.yaml")):
        converted = as_json({"t.yaml": path.read_text(encoding="utf-8")})
        if converted is not None and "Transform" not in converted["t.json"]:
            found.append(json.loads(converted["t.json"]))
    return found


def template(count: int) -> str:
    """One template with that many resources: the parts over and over, every name with a number."""
    merged: dict[str, dict[str, object]] = {}
    number = 0
    everything = parts()
    while len(merged.get("Resources", {})) < count:
        part = everything[number % len(everything)]
        names = [name for section in ("Resources", "Parameters", "Conditions") for name in part.get(section, {})]
        pattern = re.compile(rf"\b({'|'.join(map(re.escape, names))})\b(?!:)")
        renamed = json.loads(pattern.sub(rf"\g<1>N{number}", json.dumps(part)))
        for section, entries in renamed.items():
            if isinstance(entries, dict) and section in ("Resources", "Parameters", "Conditions", "Mappings"):
                merged.setdefault(section, {}).update(entries)
        number += 1
    merged["Resources"] = dict(list(merged["Resources"].items())[:count])
    return json.dumps(merged, indent=1)


def main() -> None:
    print(f"{'resources':>10} {'MB':>6} {'wall s':>8} {'CPU s':>8} {'MB used':>8}")
    for count in RESOURCES:
        with tempfile.TemporaryDirectory() as name:
            text = template(count)
            (Path(name) / "template.json").write_text(text, encoding="utf-8")
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            started = time.perf_counter()
            command = [sys.executable, "-m", "iacreview", "check", "--profile", "strict", "--format", "json"]
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            subprocess.run(command, cwd=name, env=environment, stdout=subprocess.DEVNULL, check=False)
            wall = time.perf_counter() - started
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            print(f"{count:>10} {len(text) / 1e6:>6.2f} {wall:>8.2f} {cpu:>8.2f} {after.ru_maxrss / 1024:>8.0f}")


if __name__ == "__main__":
    main()
