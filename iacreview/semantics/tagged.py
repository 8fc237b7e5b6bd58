"""Which types of resources have tags: compiled from the schemas of both languages by scripts/compile_tags.py."""

from __future__ import annotations

from functools import cache

from iacreview.semantics.parts import lines_of


def is_tagged(type: str) -> bool:
    """Whether resources of a native type have tags."""
    return type in _types()


@cache
def _types() -> frozenset[str]:
    return frozenset(
        f"{prefix}{name}"
        for line in lines_of("tagged.txt")
        for prefix, names in [line.split("|")]
        for name in names.split()
    )
