"""Compiles the AWS managed policies into iacreview/semantics/data/managed_policies.txt, one part for each.

The documents are those that the installed moto (Apache-2.0) has from `aws iam list-policies` and `get-policy-version`.
A part's name is the policy's path and name (`/service-role/AWSLambdaRole`), as it stands in its ARN; its text is the
document's statements as JSON.

    python scripts/compile_managed_policies.py           writes the file
    python scripts/compile_managed_policies.py --check   fails where the committed file differs
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import factfile

TARGET = Path(__file__).parent.parent / "iacreview" / "semantics" / "data" / "managed_policies.txt"


def main() -> int:
    parser = argparse.ArgumentParser(description="Compile the AWS managed policies.")
    parser.add_argument("--check", action="store_true", help="compare with the committed file")
    wanted = compiled(policies())
    if parser.parse_args().check:
        return factfile.compare(TARGET, wanted, "scripts/compile_managed_policies.py")
    return factfile.write(TARGET, wanted)


def policies() -> dict[str, Any]:
    """moto's table, read as text: importing moto imports half of it."""
    path = distribution("moto").locate_file("moto/iam/aws_managed_policies.py")
    tree = ast.parse(Path(str(path)).read_text(encoding="utf-8"))
    texts = [node.value for node in tree.body if isinstance(node, ast.Assign)]
    return dict(json.loads(ast.literal_eval(texts[0])))


def compiled(found: dict[str, Any]) -> bytes:
    parts = {f"{policy['Path']}{name}": document(policy["Document"]) for name, policy in found.items()}
    moto = distribution("moto").version
    comments = [
        "The AWS managed policies. Made by scripts/compile_managed_policies.py; do not edit.",
        f"Source: moto {moto} (Apache-2.0), which has them from the IAM API.",
    ]
    date = max(policy.get("UpdateDate", policy["CreateDate"]) for policy in found.values())[:10]
    return factfile.composed(comments, {"date": date, "moto": moto}, parts)


def document(policy: Any) -> str:
    """The statements, without what only people read."""
    statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    kept = [
        {key: short(value) if key in ("Action", "NotAction") else value for key, value in each.items() if key != "Sid"}
        for each in statements
    ]
    return json.dumps(kept, separators=(",", ":"), ensure_ascii=True) + "\n"


def short(actions: Any) -> Any:
    """A list of actions as one text, in which a name without a service is of the last one named."""
    if not isinstance(actions, list) or len(actions) < 2 or not all(":" in each for each in actions):
        return actions
    words, last = [], ""
    for action in actions:
        service, _, name = action.partition(":")
        words.append(name if service == last else action)
        last = service
    return " ".join(words)


if __name__ == "__main__":
    sys.exit(main())
