"""Which types of resources an ARN pattern may be of.

Source: "Actions, resources, and condition keys for AWS services" (Service Authorization Reference).
"""

from __future__ import annotations

from iacreview.semantics.arn import parse_arn
from iacreview.semantics.facts import Action, service_resources
from iacreview.semantics.pattern import intersects

# Names of these types have no slash ("Bucket naming rules"; "Supported data types and naming rules in DynamoDB"), so
# that `bucket/*` is of another type.
_WITHOUT_SLASH = {("s3", "bucket"): "", ("dynamodb", "table"): "table/"}


def may_act(action: Action, pattern: str) -> bool:
    """Whether an action may work on something that the pattern has; never for an action that works on `*` alone."""
    return any(_may_be(pattern, action.service, type) for type in action.resource_types)


def _may_be(pattern: str, service: str, type: str) -> bool:
    """Whether something of the type may have such an ARN; a type that is not known may."""
    found = service_resources(service).get(type)
    if found is None:
        return True
    arn, before = parse_arn(pattern), _WITHOUT_SLASH.get((service, type))
    if arn is not None and before is not None and "/" in arn.resource.removeprefix(before):
        return False
    return any(_meets(each, pattern) for each in found.patterns())


def _meets(form: str, pattern: str) -> bool:
    """Whether some ARN may be of both patterns; wildcards do not span the parts before the last."""
    one, other = parse_arn(form), parse_arn(pattern)
    if one is None or other is None:
        return intersects(form, pattern, fold=False)
    return all(intersects(part, with_, fold=False) for part, with_ in zip(one, other, strict=True))
