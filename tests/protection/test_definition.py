"""The protections that ship: which kinds they stand in."""

from __future__ import annotations

from iacreview.engine.load import load_catalog, load_rules
from iacreview.protection.load import load_protections, protection_kinds


def test_every_protection_stands_somewhere() -> None:
    codes = {rule.code for rule in load_rules()}
    for kind in protection_kinds():
        assert kind.wards or kind.rules, kind.name
        assert codes.issuperset(kind.rules), kind.name


def test_the_kinds_are_the_catalogs() -> None:
    found = load_protections(load_rules())
    catalog = load_catalog()
    for name in {*found.wards, *found.rows}:
        assert catalog.kind(name).name == name
        assert found.about(name)
    assert not found.about("no.kind")
    assert not found.about(None)
