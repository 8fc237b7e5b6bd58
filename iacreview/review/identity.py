"""What a resource is, whatever it is called and wherever it is written."""

from __future__ import annotations

from iacreview.model.content import content
from iacreview.model.digest import digest as sha256_of
from iacreview.model.graph import Resource


def digest(resource: Resource) -> str:
    """Equal for two resources of one type with the same content, names of other resources and layout left aside."""
    return sha256_of(repr((resource.type, content(resource.attributes))))
