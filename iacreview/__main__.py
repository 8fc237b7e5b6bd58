"""`python -m iacreview` and the console script."""

from __future__ import annotations


def main() -> None:
    """Runs the command line; never returns."""
    from iacreview.cli import run

    run()


if __name__ == "__main__":
    main()
