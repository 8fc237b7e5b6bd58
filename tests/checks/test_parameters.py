"""What a check reads of a row's `with:` is what its schema has."""

from __future__ import annotations

import inspect
import re

from iacreview.checks import CHECKS, encryption, iam, logging, network, secrets
from iacreview.checks.parameters import PARAMETERS

READ = re.compile(r"params(?:\.get\(|\[)\"(\w+)\"|\"(\w+)\" in params\b(?!\.)")
MODULES = (encryption, iam, logging, network, secrets)


def test_every_check_has_a_schema() -> None:
    assert set(PARAMETERS) == set(CHECKS)


def test_what_is_read_is_declared_and_the_reverse() -> None:
    read = {name for module in MODULES for pair in READ.findall(inspect.getsource(module)) for name in pair if name}
    assert read == {name for schema in PARAMETERS.values() for name in schema["properties"]}
