"""What a configuration deploys by other means than Terraform's own resources."""

from __future__ import annotations

from collections.abc import Iterator

from iacreview.model.graph import Open, Resource
from iacreview.model.value import Known, ListValue, Value

# Sources: the provider's pages of these resources.
_TYPES = ("aws_cloudformation_stack", "aws_cloudformation_stack_set")
_BODY = "template_body"
_PROVISIONER = "provisioner"
# What is deployed stands elsewhere, or in a form of its own: the argument that says what it is.
_ELSEWHERE = {
    "aws_cloudformation_stack": "template_url",
    "aws_cloudformation_stack_set": "template_url",
    "aws_cloudcontrolapi_resource": "desired_state",
    "aws_serverlessapplicationrepository_cloudformation_stack": "application_id",
    "aws_servicecatalog_provisioned_product": "name",
}


def stack_inside(resource: Resource) -> Open | None:
    """What a resource deploys that is not judged; none where it is a template in a file, which is a unit by itself."""
    body = resource.attributes.entries.get(_BODY) if resource.type in _TYPES else None
    if body is None or (isinstance(body, Known) and (body.data is None or _is_of_file(body))):
        return _elsewhere(resource)
    reason = "the template in `template_body` is not judged where it stands: put it into a file, which is"
    return Open(resource.address, resource.type, reason, body.span or resource.header, given=True)


def commands_of(resource: Resource) -> Iterator[Open]:
    """The provisioners of a resource: what they run may do anything to what is deployed.

    Source: "Perform post-apply operations" (Terraform documentation).
    """
    found = resource.attributes.entries.get(_PROVISIONER)
    for each in found.items if isinstance(found, ListValue) else ():
        reason = "what a provisioner does is not judged"
        yield Open(resource.address, resource.type, reason, each.span or resource.header)


def _elsewhere(resource: Resource) -> Open | None:
    name = _ELSEWHERE.get(resource.type, "")
    said = resource.attributes.entries.get(name)
    if said is None or (isinstance(said, Known) and said.data is None):
        return None
    reason = f"what it deploys is not judged: see its `{name}`"
    return Open(resource.address, resource.type, reason, said.span or resource.header, given=True)


def _is_of_file(body: Value) -> bool:
    return any(step.message.startswith("file ") for step in body.via)
