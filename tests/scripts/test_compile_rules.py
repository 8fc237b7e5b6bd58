"""What is compiled is compared with what is written."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

import compile_rules


def test_what_is_not_compiled_is_named() -> None:
    same = (compile_rules.COMPILED / "rules.json").read_text(encoding="utf-8")
    assert compile_rules.stale({"rules.json": same, "catalog.json": "{}", "none.json": "{}"}) == [
        "catalog.json",
        "none.json",
    ]
