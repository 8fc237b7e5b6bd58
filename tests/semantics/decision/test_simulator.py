"""Requests against a simulator of IAM's, where node and its package are there (see simulated.py)."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.semantics.decision.simulated import differing, explained

FOLDER = Path(os.environ.get("IAM_SIMULATE", "."))


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
@pytest.mark.skipif(
    not (FOLDER / "node_modules" / "@cloud-copilot" / "iam-simulate").is_dir(),
    reason="needs `npm install @cloud-copilot/iam-simulate` in the folder that IAM_SIMULATE names",
)
def test_same_as_the_simulator() -> None:
    found, answered, allowed = differing(300, FOLDER)
    assert [text for question, text in found if not explained(question)] == []
    assert answered == 300
    assert 30 < allowed < 270
