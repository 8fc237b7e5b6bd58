#!/usr/bin/env python3
"""One template with more and more conditions, each resource's properties behind several of them; cfn-lint beside it.

Budget: 60 conditions in well under a second.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from timing import FLOOR, IACREVIEW, seconds

COUNTS = (4, 8, 15, 30, 60, 120)
RESOURCES = 60
# cfn-lint is stopped after this many seconds.
PATIENCE = 60


def condition(number: int) -> dict[str, Any]:
    """A comparison, its negation, or two conditions before it together."""
    own: dict[str, Any] = {"Fn::Equals": [{"Ref": f"P{number % 20}"}, "abc"[number % 3]]}
    if number < 4 or number % 4 < 2:
        return own if number % 2 else {"Fn::Not": [own]}
    both = [{"Condition": f"C{number - 1}"}, {"Condition": f"C{number - 3}"}]
    return {"Fn::Or": both} if number % 4 == 2 else {"Fn::And": both}


def template(count: int) -> str:
    def choice(number: int, one: Any, other: Any) -> dict[str, Any]:
        return {"Fn::If": [f"C{number % count}", one, other]}

    resources = {
        f"Group{number}": {
            "Type": "AWS::EC2::SecurityGroup",
            "Condition": f"C{number % count}",
            "Properties": {
                "GroupDescription": "x",
                "SecurityGroupIngress": [
                    {
                        "IpProtocol": "tcp",
                        "FromPort": choice(number * 7 + 1, 22, 443),
                        "ToPort": choice(number * 7 + 1, 22, 443),
                        "CidrIp": choice(number * 11 + 2, "0.0.0.0/0", choice(number * 5, "10.0.0.0/8", "::/0")),
                    }
                ],
            },
        }
        for number in range(RESOURCES)
    }
    parameters = {f"P{number}": {"Type": "String", "AllowedValues": ["a", "b", "c"]} for number in range(20)}
    conditions = {f"C{number}": condition(number) for number in range(count)}
    sections = {"Parameters": parameters, "Conditions": conditions, "Resources": resources}
    return json.dumps({"AWSTemplateFormatVersion": "2010-09-09", **sections}, indent=1)


def lint(folder: Path) -> float | None:
    """How long cfn-lint takes; None where it is stopped."""
    started = time.perf_counter()
    command = [str(Path(sys.executable).parent / "cfn-lint"), "template.json"]
    try:
        subprocess.run(command, cwd=folder, capture_output=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return None
    return time.perf_counter() - started


def main() -> None:
    print(f"{'conditions':>10} {'iacreview s':>12} {'ratio to floor':>15} {'cfn-lint s':>11}")
    for count in COUNTS:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "template.json").write_text(template(count), encoding="utf-8")
            floor, _ = seconds(FLOOR, folder)
            wall, _ = seconds([*IACREVIEW, "template.json"], folder)
            peer = lint(folder)
            print(f"{count:>10} {wall:>12.2f} {wall / floor:>15.1f} {f'{peer:.1f}' if peer else f'> {PATIENCE}':>11}")


if __name__ == "__main__":
    main()
