#!/usr/bin/env python3
"""One small file in each language, whole command. Budget: 3 times `python -c "import yaml, click"`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from timing import FLOOR, IACREVIEW, ROOT, medians, peers, table, with_folder


def main() -> None:
    for source in ("examples/terraform/network.tf", "examples/cloudformation/orders.yaml"):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            copy = folder / Path(source).name
            copy.write_bytes((ROOT / source).read_bytes())
            quick = medians({"import yaml, click": FLOOR, "iacreview": [*IACREVIEW, copy.name]}, folder, 15)
            slow = {peer: with_folder(peer, command) for peer, command in peers().items()}
            print(source)
            table({**quick, **medians(slow, folder, 3)}, "import yaml, click")
            ratio = quick["iacreview"][0] / quick["import yaml, click"][0]
            print(f"budget 3.00, measured {ratio:.2f}: {'within' if ratio <= 3 else 'OVER'}\n")


if __name__ == "__main__":
    main()
