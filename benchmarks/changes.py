#!/usr/bin/env python3
"""A change in a repository that you have, by CPU: `changes.py REPOSITORY BASE [HEAD]`.

`diff` with what the change grants, opens and protects, beside `diff` without. Budget: 1.3 times.
"""

from __future__ import annotations

import sys
from pathlib import Path

from timing import least

ROUNDS = 3
RUN = "import sys; from iacreview.__main__ import main; "
# What a unit would have to be asked for stays unasked.
WITHOUT = (
    "from iacreview.model.delta import Deltas; import iacreview.review.deltas as deltas; "
    "deltas.state_of = lambda world: None; deltas.compared = lambda before, after: Deltas(); "
    "from iacreview.protection.definition import Definitions; Definitions.stand_in = lambda self, unit: False; "
)


def main() -> None:
    repository, base, *head = sys.argv[1:]
    arguments = ["diff", base, *(["--head", *head] if head else []), "--format", "json"]
    commands = {
        "without": [sys.executable, "-c", f"{RUN}{WITHOUT}main()", *arguments],
        "with": [sys.executable, "-c", f"{RUN}main()", *arguments],
    }
    found = least(commands, Path(repository), ROUNDS)
    print(f"without {found['without']:.2f} s, with {found['with']:.2f} s: {found['with'] / found['without']:.2f}")


if __name__ == "__main__":
    main()
