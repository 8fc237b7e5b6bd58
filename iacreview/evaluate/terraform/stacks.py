"""Templates of CloudFormation that a configuration deploys."""

from __future__ import annotations

from iacreview.model.graph import Open, Resource
from iacreview.model.value import Known, Value

# Sources: the provider's pages of these resources.
_TYPES = ("aws_cloudformation_stack", "aws_cloudformation_stack_set")
_BODY = "template_body"


def stack_inside(resource: Resource) -> Open | None:
    """What a resource deploys by a template that is written into it; none where that is a file of its own.

    A template in a file of the tree is a unit by itself.
    """
    body = resource.attributes.entries.get(_BODY) if resource.type in _TYPES else None
    if body is None or (isinstance(body, Known) and (body.data is None or _is_of_file(body))):
        return None
    reason = "the template in `template_body` is not judged where it stands: put it into a file, which is"
    return Open(resource.address, resource.type, reason, body.span or resource.header)


def _is_of_file(body: Value) -> bool:
    return any(step.message.startswith("file ") for step in body.via)
