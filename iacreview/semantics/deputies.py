"""Services that act for any of their customers, so that a policy has to say for whom (data/deputies.txt).

Source: "The confused deputy problem" (IAM User Guide), and the page on its prevention in each service's guide.
"""

from __future__ import annotations

from functools import cache

from iacreview.model.patterns import later
from iacreview.semantics.parts import lines_of

ROLE = "role"
RESOURCE = "resource"

_REGION = later(r"\.[a-z]{2}(-[a-z]+)+-\d(?=\.amazonaws\.com)")


def acts_for_others(service: str, on: str) -> bool:
    """Whether a service principal acts for any customer: with a role of another (ROLE), or on a resource (RESOURCE)."""
    return _REGION.sub("", service.lower()).removesuffix(".cn") in _services(on)


@cache
def _services(on: str) -> frozenset[str]:
    lines = (line.split() for line in lines_of("deputies.txt"))
    return frozenset(name for kind, *names in lines if kind == on for name in names)
