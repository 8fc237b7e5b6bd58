"""Symbols for what nobody knows: the same thing has the same name, in every run."""

from __future__ import annotations

from iacreview.model.value import Known, Unknown
from iacreview.semantics.decision.comparison import resource_classes
from iacreview.semantics.decision.symbols import anonymous, shown, wild


def test_what_stands_in_no_file_is_named_by_its_text() -> None:
    one, other = Known("${aws:PrincipalAccount}"), Known("${aws:PrincipalAccount}")
    assert anonymous(one) == anonymous(other) != anonymous(Known("${aws:PrincipalArn}"))
    assert anonymous(Unknown("is decided later")) == anonymous(Unknown("is decided later"))
    assert shown((anonymous(one),)) == "${…}"


def test_the_classes_within_many_forms_are_those_within_all_of_them_together() -> None:
    """With more forms than automata are multiplied for, one form after another: still exactly."""
    forms = [f"arn:aws:iam::*:{kind}/*" for kind in ("role", "user", "group", "policy", "mfa", "server-certificate")]
    patterns = [wild(tuple(text)) for text in ("arn:aws:iam::*:role/*", "arn:aws:iam::*:*/admin", "arn:aws:s3:::*")]
    found = resource_classes(patterns, forms)
    assert found.certain
    assert found.examples.keys() == {
        (True, False, False),
        (True, True, False),
        (False, False, False),
        (False, True, False),
    }
