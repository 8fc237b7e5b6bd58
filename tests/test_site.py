"""The documentation as a site: every link leads somewhere, and each rule has the page that reports name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mkdocs")

ROOT = Path(__file__).parent.parent


def test_the_site_is_built(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    pages = {each.stem for each in (tmp_path / "rules").glob("*.html")}
    assert {each.stem for each in (ROOT / "docs" / "rules").glob("[A-Z]*[0-9].md")} <= pages
    assert "index" in pages
