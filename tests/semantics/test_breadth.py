"""When a value goes further than another one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iacreview.model.finding import Extent
from iacreview.semantics.breadth import broader


@pytest.mark.parametrize(
    ("kind", "before", "after", "wider"),
    [
        ("network", ["10.0.0.0/8"], ["0.0.0.0/0"], True),
        ("network", ["0.0.0.0/0"], ["10.0.0.0/8"], False),
        ("network", ["0.0.0.0/0"], ["::/0"], True),
        ("network", ["0.0.0.0/1", "128.0.0.0/1"], ["0.0.0.0/0"], False),
        ("network", ["10.0.0.0/9"], ["10.0.0.0/8"], True),
        ("network", ["pl-1"], ["pl-2"], True),
        ("ports", ["tcp 22-22"], ["tcp 22-23"], True),
        ("ports", ["tcp 20-30"], ["tcp 22-22"], False),
        ("ports", ["tcp 22-22"], ["udp 22-22"], True),
        ("ports", ["all 0-65535"], ["udp 22-22"], False),
        ("action", ["s3:Get*"], ["s3:*"], True),
        ("action", ["s3:*"], ["S3:GetObject", "s3:Put*"], False),
        ("action", ["s3:*"], ["s3:*", "ec2:*"], True),
        ("resource", ["arn:aws:s3:::a/*"], ["arn:aws:s3:::A/x"], True),
        ("principal", ["*"], ["arn:aws:iam::1:root"], False),
        ("secret", ["a"], ["b"], True),
        ("secret", ["a", "b"], ["b"], False),
        ("value", ["TLSv1"], ["SSLv3"], False),
        ("action", [], ["*"], False),
    ],
)
def test_broader(kind: str, before: list[str], after: list[str], wider: bool) -> None:
    found = broader([Extent(kind, text) for text in after], [Extent(kind, text) for text in before])
    assert found == (kind if wider else "")


EXTENTS = st.lists(
    st.one_of(
        st.builds(lambda a, b: Extent("ports", f"tcp {min(a, b)}-{max(a, b)}"), st.integers(0, 99), st.integers(0, 99)),
        st.builds(lambda n: Extent("network", f"10.0.0.0/{n}"), st.integers(8, 32)),
        st.builds(lambda text: Extent("action", f"s3:{text}"), st.text("ab*?", max_size=4)),
    ),
    max_size=4,
)


@given(EXTENTS)
def test_nothing_goes_further_than_itself(extents: list[Extent]) -> None:
    assert not broader(extents, extents)


@given(EXTENTS, EXTENTS)
def test_less_is_never_more(some: list[Extent], more: list[Extent]) -> None:
    assert not broader(some, [*some, *more])
