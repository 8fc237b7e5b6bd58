"""Rules that only tell where secrets are: what is not reported is masked all the same."""

from __future__ import annotations

import pytest

from iacreview.discovery import discover
from iacreview.engine.load import load_catalog, load_rules
from iacreview.gathering import Gathering
from iacreview.options import Options
from iacreview.pipeline import gathered
from tests.trees import MemoryTree

TEXT = """
variable "db_password" {
  default = "Tr0ub4dor-and-3"
}

resource "aws_db_instance" "db" {
  password = "Sw0rdfish-and-4"
}
"""


def gathering(select: str | None, profile: str) -> Gathering:
    rules = load_rules()
    chosen = [rule for rule in rules if select is None or rule.code.startswith(select)]
    options = Options(chosen, load_catalog(), [rule for rule in rules if rule.family == "secrets"], profile=profile)
    tree = MemoryTree({"main.tf": TEXT})
    return gathered(tree, discover(tree, ()).targets, options, None)


@pytest.mark.parametrize("select", [None, "STO", "SEC006", "none"])
@pytest.mark.parametrize("profile", ["default", "strict"])
def test_the_same_is_masked_whatever_is_reported(select: str | None, profile: str) -> None:
    found, whole = gathering(select, profile), gathering(None, "strict")
    assert whole.hidden == {"Tr0ub4dor-and-3", "Sw0rdfish-and-4"}
    assert (found.secrets.keys(), found.hidden) == (whole.secrets.keys(), whole.hidden)
