"""Settings of an account and Region, and the resources of the same unit whose defaults they change."""

from __future__ import annotations

from collections.abc import Mapping

from iacreview.model.graph import Resource
from iacreview.model.logic import NO, UNKNOWN, YES, Truth
from iacreview.model.value import Known, Value


def holds_for(setting: Resource, resource: Resource, resources: Mapping[str, Resource]) -> Truth:
    """Whether a setting is made where a resource is: in its account and its Region.

    That is so for the same provider configuration and Region. Two configurations may be of different accounts, so of
    those nothing is sure but that known Regions differ. The Region is the resource's own argument or its provider's.
    Source: "Enhanced Region Support" (Terraform AWS Provider).
    """
    if setting.mode != "managed" or setting.dialect != resource.dialect:
        return NO
    if setting.dialect == "cloudformation":
        # A stack is of one account and Region, its nested stacks included.
        return YES if set(setting.conditions) <= set(resource.conditions) else UNKNOWN
    own = [each.attributes.entries.get("region") for each in (setting, resource)]
    regions = [
        _text(each) or _text(_of_provider(one, resources)) for each, one in zip(own, (setting, resource), strict=True)
    ]
    if all(regions) and regions[0] != regions[1]:
        return NO
    alike = own == [None, None] or bool(regions[0] and regions[0] == regions[1])
    same = bool(resource.provider) and setting.provider == resource.provider and alike
    return YES if same and set(setting.conditions) <= set(resource.conditions) else UNKNOWN


def _of_provider(resource: Resource, resources: Mapping[str, Resource]) -> Value | None:
    provider = resources.get(resource.provider)
    return provider.attributes.entries.get("region") if provider is not None else None


def _text(value: Value | None) -> str:
    return str(value.data or "") if isinstance(value, Known) else ""
