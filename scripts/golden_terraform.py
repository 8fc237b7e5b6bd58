#!/usr/bin/env python3
"""What Terraform plans for tests/evaluate/terraform/plan_cases.py, into plan_cases.json; `--check` compares only."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
GOLDEN = ROOT / "tests/evaluate/terraform/plan_cases.json"
UNKNOWN = "<unknown>"


def planned(files: dict[str, str]) -> dict[str, Any]:
    """Every resource's input by address, as Terraform plans it; UNKNOWN where only apply knows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        terraform(folder, "init", "-backend=false", "-input=false")
        terraform(folder, "plan", "-input=false", "-refresh=false", "-out=plan.out")
        plan = json.loads(terraform(folder, "show", "-json", "plan.out"))
    changes = [each for each in plan.get("resource_changes", []) if each["change"]["actions"] != ["delete"]]
    return {each["address"]: shown(each["change"]) for each in sorted(changes, key=lambda each: each["address"])}


def shown(change: dict[str, Any]) -> Any:
    return merged((change["after"] or {}).get("input"), change["after_unknown"].get("input"))


def merged(after: Any, unknown: Any) -> Any:
    if unknown is True:
        return UNKNOWN
    if isinstance(unknown, dict) and isinstance(after, dict):
        return {key: merged(after.get(key), unknown.get(key)) for key in sorted({*after, *unknown})}
    if isinstance(unknown, list) and isinstance(after, list):
        return [merged(one, other) for one, other in zip(after, unknown, strict=True)]
    return after


def terraform(folder: Path, *arguments: str) -> str:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TF_CLI_CONFIG_FILE": os.devnull,
        "CHECKPOINT_DISABLE": "1",
        "TF_IN_AUTOMATION": "1",
    }
    done = subprocess.run(
        [str(shutil.which("terraform")), *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"terraform {arguments[0]} failed: {done.stderr}")
    return done.stdout


def main() -> int:
    sys.path.insert(0, str(ROOT))
    from tests.evaluate.terraform.plan_cases import CASES

    if shutil.which("terraform") is None:
        print("terraform is not installed: nothing is compared")
        return 0
    text = json.dumps({name: planned(files) for name, files in CASES.items()}, indent=1, ensure_ascii=False) + "\n"
    if "--check" in sys.argv[1:]:
        same = GOLDEN.read_text(encoding="utf-8") == text
        print(
            "plan_cases.json is what Terraform says"
            if same
            else "plan_cases.json differs: run scripts/golden_terraform.py"
        )
        return int(not same)
    GOLDEN.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
