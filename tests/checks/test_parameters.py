"""What a check reads of a row's `with:` is what its schema has."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from iacreview import checks
from iacreview.checks import CHECKS, find_check
from iacreview.checks.parameters import PARAMETERS

# A type checker does not see what is imported by name.
SIGNATURE = {"view": "View", "params": "Mapping[str, Any]", "return": "Iterator[Outcome]"}
READ = re.compile(r"params(?:\.get\(|\[)['\"](\w+)['\"]|['\"](\w+)['\"] in params\b(?!\.)")


def test_every_check_has_a_schema() -> None:
    assert set(PARAMETERS) == set(CHECKS)


def test_what_is_read_is_declared_and_the_reverse() -> None:
    sources = [path.read_text(encoding="utf-8") for path in Path(checks.__file__).parent.glob("*.py")]
    read = {name for text in sources for pair in READ.findall(text) for name in pair if name}
    assert read == {name for schema in PARAMETERS.values() for name in schema["properties"]}


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_is_found_by_its_name(name: str) -> None:
    check = find_check(name)
    assert check.__module__ == f"iacreview.checks.{CHECKS[name]}"
    assert dict(inspect.get_annotations(check)) == SIGNATURE
