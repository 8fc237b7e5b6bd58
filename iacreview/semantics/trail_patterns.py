"""What a filter of CloudTrail's records counts, by the meaning of its terms: in any order, spacing and quotation.

Sources: "Filter pattern syntax for metric filters" (CloudWatch Logs), "CloudTrail record contents", and the monitoring
section of the CIS AWS Foundations Benchmark.
"""

from __future__ import annotations

import re

from iacreview.model.record import NamedTuple

_TERM = re.compile(
    r"\$\.(?P<field>[\w.]+)\s*(?:(?P<operator>!?=)\s*(?:\"(?P<quoted>[^\"]*)\"|(?P<bare>[^\s\"()&|{}]+))|(?P<exists>NOT\s+EXISTS|EXISTS))",
    re.IGNORECASE,
)


class FilterTerm(NamedTuple):
    """One comparison: a field, `=` or `!=` or `EXISTS` or `NOT EXISTS`, and a value."""

    field: str
    operator: str
    value: str


# What is watched, with the terms of which one has to be there.
_ROOT = "use of the root user"
_EVENTS = {
    "changes to CloudTrail": ("CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"),
    "changes to permissions": (
        "DeleteGroupPolicy",
        "DeleteRolePolicy",
        "DeleteUserPolicy",
        "PutGroupPolicy",
        "PutRolePolicy",
        "PutUserPolicy",
        "CreatePolicy",
        "DeletePolicy",
        "CreatePolicyVersion",
        "AttachRolePolicy",
        "DetachRolePolicy",
        "AttachUserPolicy",
        "DetachUserPolicy",
    ),
    "keys that are disabled or deleted": ("DisableKey", "ScheduleKeyDeletion"),
    "changes to bucket policies": ("PutBucketPolicy", "DeleteBucketPolicy", "PutBucketAcl"),
    "changes to Config": ("StopConfigurationRecorder", "DeleteDeliveryChannel", "PutConfigurationRecorder"),
    "changes to security groups": (
        "AuthorizeSecurityGroupIngress",
        "RevokeSecurityGroupIngress",
        "CreateSecurityGroup",
    ),
    "changes to network ACLs": (
        "CreateNetworkAcl",
        "CreateNetworkAclEntry",
        "DeleteNetworkAcl",
        "ReplaceNetworkAclEntry",
    ),
    "changes to gateways": (
        "CreateCustomerGateway",
        "AttachInternetGateway",
        "CreateInternetGateway",
        "DeleteInternetGateway",
    ),
    "changes to route tables": ("CreateRoute", "CreateRouteTable", "ReplaceRoute", "DeleteRouteTable", "DeleteRoute"),
    "changes to VPCs": ("CreateVpc", "DeleteVpc", "ModifyVpcAttribute", "AcceptVpcPeeringConnection"),
    "changes to the organization": (
        "CreateOrganization",
        "LeaveOrganization",
        "InviteAccountToOrganization",
        "DetachPolicy",
    ),
}


def terms_of(pattern: str) -> list[FilterTerm]:
    """The comparisons of a pattern, in their order."""
    found = []
    for match in _TERM.finditer(pattern):
        operator = match["operator"] or " ".join(match["exists"].upper().split())
        found.append(FilterTerm(match["field"], operator, match["quoted"] or match["bare"] or ""))
    return found


def watched(pattern: str) -> str:
    """What a pattern watches for the sake of security; empty where it is something else."""
    terms = terms_of(pattern)
    equal = {(each.field.lower(), each.value.lower()) for each in terms if each.operator == "="}
    if ("useridentity.type", "root") in equal:
        return _ROOT
    if any(field == "errorcode" and re.search("unauthorized|accessdenied", value) for field, value in equal):
        return "calls that are denied"
    names = {value for field, value in equal if field == "eventname"}
    if "consolelogin" in names:
        return "logins to the console"
    for what, events in _EVENTS.items():
        if any(event.lower() in names for event in events):
            return what
    return ""
