#!/usr/bin/env python3
"""300 templates, and 300 Terraform directories, made from the examples. Budget: a fifth of trivy's time."""

from __future__ import annotations

import tempfile
from pathlib import Path

from timing import IACREVIEW, ROOT, medians, peers, table, with_folder

COUNT = 300


def templates(folder: Path) -> None:
    text = (ROOT / "examples/cloudformation/orders.yaml").read_text()
    for number in range(COUNT):
        (folder / f"stack-{number:03}.yaml").write_text(text.replace("orders", f"orders{number}"))


def directories(folder: Path) -> None:
    sources = sorted((ROOT / "examples/terraform").rglob("*.tf"))
    for number in range(COUNT):
        for source in sources:
            target = folder / f"root-{number:03}" / source.relative_to(ROOT / "examples/terraform")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(source.read_text().replace("orders", f"orders{number}"))


def main() -> None:
    for make in (templates, directories):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            make(folder)
            commands = {"iacreview": [*IACREVIEW, "."]}
            commands |= {peer: with_folder(peer, command) for peer, command in peers().items()}
            print(f"{COUNT} {make.__name__}")
            table(medians(commands, folder, 1 if len(commands) > 1 else 3), "iacreview")
            print()


if __name__ == "__main__":
    main()
