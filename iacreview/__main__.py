"""`python -m iacreview` and the console script."""

from __future__ import annotations

import gc

# A run is short and makes no cycles worth collecting; importing is faster without, too.
gc.disable()


def main() -> None:
    """Runs the command line; never returns."""
    import os
    import sys

    from iacreview.invocation import run

    status = run()
    sys.stdout.flush()
    sys.stderr.flush()
    # The system takes everything back at once: taking it apart object by object would cost as much as a small review.
    os._exit(status)


if __name__ == "__main__":
    main()
