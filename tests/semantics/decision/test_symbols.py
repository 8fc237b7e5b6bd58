"""Symbols for what nobody knows: the same thing has the same name, in every run."""

from __future__ import annotations

from iacreview.model.value import Known, Unknown
from iacreview.semantics.decision.symbols import anonymous, shown


def test_what_stands_in_no_file_is_named_by_its_text() -> None:
    one, other = Known("${aws:PrincipalAccount}"), Known("${aws:PrincipalAccount}")
    assert anonymous(one) == anonymous(other) != anonymous(Known("${aws:PrincipalArn}"))
    assert anonymous(Unknown("is decided later")) == anonymous(Unknown("is decided later"))
    assert shown((anonymous(one),)) == "${…}"
