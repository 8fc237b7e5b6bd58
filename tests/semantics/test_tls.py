"""The oldest version of TLS behind the names of AWS's security policies."""

from __future__ import annotations

import pytest

from iacreview.semantics.tls import oldest_version


@pytest.mark.parametrize(
    ("policy", "oldest"),
    [
        ("ELBSecurityPolicy-2016-08", (1, 0)),
        ("ELBSecurityPolicy-2011-08", (0, 3)),
        ("ELBSecurityPolicy-TLS-1-1-2017-01", (1, 1)),
        ("ELBSecurityPolicy-TLS-1-2-Ext-2018-06", (1, 2)),
        ("ELBSecurityPolicy-FS-2018-06", (1, 0)),
        ("ELBSecurityPolicy-FS-1-2-Res-2020-10", (1, 2)),
        ("ELBSecurityPolicy-TLS13-1-0-2021-06", (1, 0)),
        ("ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", (1, 2)),
        ("ELBSecurityPolicy-TLS13-1-3-2031-01", (1, 3)),  # newer than the table
        ("TLSv1", (1, 0)),
        ("TLSv1_2016", (1, 0)),
        ("TLSv1.1_2016", (1, 1)),
        ("TLSv1.2_2021", (1, 2)),
        ("TLSv1.3_2025", (1, 3)),
        ("TLS_1_0", (1, 0)),
        ("TLS_1_2", (1, 2)),
        ("SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09", (1, 2)),
        ("TLS_V1", (1, 0)),
        ("TLS_V1_2_2021", (1, 2)),
        ("Policy-Min-TLS-1-0-2019-07", (1, 0)),
        ("Policy-Min-TLS-1-2-RFC9151-FIPS-2024-08", (1, 2)),
        ("IoTSecurityPolicy_TLS12_1_0_2016_01", (1, 0)),
        ("ELBSecurityPolicy-2031-01", None),
        ("recommended", None),
        ("", None),
    ],
)
def test_oldest_version(policy: str, oldest: tuple[int, int] | None) -> None:
    assert oldest_version(policy) == oldest
