"""Which finding of a base one of the head continues, where several come into question."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from iacreview.model.finding import Extent, Finding, ResourceName, Severity
from iacreview.model.source import Source, Span
from iacreview.review.match import matched
from iacreview.review.units import UnitFacts


def finding(rule: str, message: str, unit: str, line: str = "", values: Sequence[tuple[str, str]] = ()) -> Finding:
    span = Span(Source(f"{unit}/main.tf", line), 0, len(line))
    resource = ResourceName("aws_iam_policy.p", "aws_iam_policy", "iam_policy")
    extents = tuple(Extent(kind, text) for kind, text in values)
    return Finding(
        rule, rule.lower(), "iam", Severity.HIGH, message, resource, span, property="p", units=(unit,), values=extents
    )


def unit(path: str) -> dict[str, UnitFacts]:
    return {path: UnitFacts(path, {"aws_iam_policy.p": "aws_iam_policy"}, {"aws_iam_policy.p": "d"}, ())}


def continued(base: Sequence[Finding], head: Sequence[Finding]) -> list[str | None]:
    """What the findings of the head said in the base, where unit `old` has become unit `new`."""
    found = matched(base, head, unit("old"), unit("new"), lambda one, other: True)
    return [pair.base.message if pair.base is not None else None for pair in found.head]


BY_UNITS = (("one", ("old",)), ("one and more", ("old", "more")))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(["x = 1", "x = 2"], ["x = 1", "x = 2"], id="the same line"),
        pytest.param(["x = 1", "x = 2"], ["y = 1", "y = 2"], id="another line"),
    ],
)
def test_those_that_say_the_same_in_a_unit_that_moved(before: list[str], after: list[str]) -> None:
    base = [finding("IAM001", message, "old", line) for message, line in zip(("one", "two"), before, strict=True)]
    head = [finding("IAM001", message, "new", line) for message, line in zip(("two", "one"), after[::-1], strict=True)]
    assert continued(base, head) == ["two", "one"]


def test_the_line_tells_those_apart_that_say_the_same() -> None:
    base = [finding("IAM001", "same", "old", line) for line in ("x = 1", "x = 2")]
    head = [finding("IAM001", "same", "new", line) for line in ("x = 2", "x = 1")]
    found = matched(base, head, unit("old"), unit("new"))
    assert [pair.base and pair.base.span.text for pair in found.head] == ["x = 2", "x = 1"]


def test_the_same_units_come_before_some_of_them() -> None:
    """Of two at one place, the one that as many units say goes on as the one that as many units say."""
    facts = {name: unit(name)[name] for name in ("old", "new", "more")}
    base = [finding("IAM001", message, "old")._replace(units=units) for message, units in BY_UNITS]
    head = [finding("IAM001", f"now {message}", "new")._replace(units=units) for message, units in BY_UNITS[::-1]]
    head = [each._replace(units=tuple(name.replace("old", "new") for name in each.units)) for each in head]
    before, after = ({name: facts[name] for name in names} for names in (("old", "more"), ("new", "more")))
    found = matched(base, head, before, after)
    assert [pair.base and pair.base.message for pair in found.head] == ["one and more", "one"]


def test_what_is_narrower_continues_its_own_rule() -> None:
    """Another rule that measured as much is not asked before."""
    wide, narrow = [("action", "s3:*"), ("resource", "*")], [("action", "s3:Get*"), ("resource", "arn:aws:s3:::b/*")]
    base = [finding(rule, f"{rule} wide", "old", "a", wide) for rule in ("IAM002", "IAM003")]
    head = [finding(rule, f"{rule} narrow", "new", "b", narrow)._replace(property="q") for rule in ("IAM003", "IAM002")]
    assert continued(base, head) == ["IAM003 wide", "IAM002 wide"]
