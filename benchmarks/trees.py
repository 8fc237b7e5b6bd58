#!/usr/bin/env python3
"""Whole trees that you have, by CPU, beside trivy and checkov: `trees.py FOLDER...`.

Budget: at least five times less than trivy and twenty times less than checkov on every tree, loops over decoded files
and libraries of modules included.
"""

from __future__ import annotations

import sys
from pathlib import Path

from timing import IACREVIEW, least, peers, with_folder

ROUNDS = 3


def main() -> None:
    found = peers()
    print(f"{'tree':<40} {'iacreview s':>11}" + "".join(f" {peer:>10} {'ratio':>6}" for peer in found))
    for folder in map(Path, sys.argv[1:]):
        own = least({"iacreview": [*IACREVIEW, "."]}, folder, ROUNDS)["iacreview"]
        others = least({peer: with_folder(peer, command) for peer, command in found.items()}, folder, 1)
        print(
            f"{folder.name:<40} {own:>11.2f}" + "".join(f" {cpu:>10.2f} {cpu / own:>6.1f}" for cpu in others.values()),
            flush=True,
        )


if __name__ == "__main__":
    main()
