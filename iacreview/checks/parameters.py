"""What each check takes in a row's `with:`, as JSON Schema.

The format `property` is the name of a property that the row's kind, or a member of its collections, has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from iacreview.semantics.actions import LEVELS

Schema = Mapping[str, Any]

_PROPERTY = {"type": "string", "format": "property"}
_FLAG = {"type": "boolean"}
_PORTS = {"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 0, "maximum": 65535}}
_SCOPE = {"enum": ["all", "some"]}


def _schema(properties: Mapping[str, Schema], required: Sequence[str] = ()) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": dict(properties),
    }


_NOTHING = _schema({})
_POLICY = _schema({"property": _PROPERTY})
_SERVICE_POLICY = _schema({"property": _PROPERTY, "scope": _SCOPE, "named": _FLAG})
_LEVELS = _schema(
    {
        "property": _PROPERTY,
        "levels": {"type": "array", "minItems": 1, "items": {"enum": list(LEVELS)}},
        "taking": _FLAG,
    },
    ["levels"],
)
_RULE_OF_A_FIREWALL = _schema(
    {
        "ports": {**_PORTS, "type": ["array", "string"], "pattern": "^database-ports$"},
        "apart_from_all": _FLAG,
        "apart_from_everything": _FLAG,
        "apart_from_replies": _FLAG,
        "in_front": _PORTS,
        "all_ports": _FLAG,
        "except": _PORTS,
        "direction": {"enum": ["ingress from", "egress to"]},
        "of": {"enum": ["ingress", "egress"]},
    }
)

PARAMETERS: dict[str, Schema] = {
    "without_credentials": _NOTHING,
    "unsupported_software": _schema({"texts": {"type": "array", "minItems": 1, "items": _PROPERTY}}, ["texts"]),
    "missing_software": _NOTHING,
    "missing_tags": _NOTHING,
    "unwatched_filter": _NOTHING,
    "unheard_alarm": _schema({"security": _FLAG}, ["security"]),
    "unfed_filter": _NOTHING,
    "idle_root_rule": _NOTHING,
    "unbound_baseline": _NOTHING,
    "runs_once": _NOTHING,
    "never_installs": _NOTHING,
    "idle_window": _NOTHING,
    "approves_no_security": _NOTHING,
    "approved_late": _NOTHING,
    "default_group_rules": _NOTHING,
    "direct_login": _NOTHING,
    "outside_systems_manager": _schema({"lacking": {"enum": ["profile", "rights"]}}, ["lacking"]),
    "hides_everything": _NOTHING,
    "incomplete_recorder": _NOTHING,
    "stopped_recorder": _NOTHING,
    "unrecorded_types": _NOTHING,
    "unscanned_images": _NOTHING,
    "unsearched_kinds": _NOTHING,
    "all_actions": _schema({"property": _PROPERTY, "named": _FLAG}),
    "all_ports": _NOTHING,
    "allow_all_but": _schema({"property": _PROPERTY, "everything": _FLAG}),
    "confused_deputy": _schema(
        {
            "property": _PROPERTY,
            "on": {"enum": ["role", "resource"]},
            "services": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        },
    ),
    "credentials_exposure": _POLICY,
    "credentials_in_text": _schema(
        {"properties": {"type": "array", "minItems": 1, "items": _PROPERTY}, "userinfo": _FLAG}, ["properties"]
    ),
    "data_exfiltration": _POLICY,
    "foreign_account": _POLICY,
    "source_of_anyone": _NOTHING,
    "unknown_account": _POLICY,
    "insecure_transport": _schema({"property": _PROPERTY, "unless": {"type": "string"}, "action": {"type": "string"}}),
    "open_blocked": _NOTHING,
    "open_sources": _RULE_OF_A_FIREWALL,
    "open_together": _RULE_OF_A_FIREWALL,
    "joint_escalation": _NOTHING,
    "managed_for_people": _POLICY,
    "managed_policy": _schema(
        {
            "property": _PROPERTY,
            "sorts": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "enum": [
                        *("administration", "exclusion", "escalation"),
                        *("services", "plain_services", "permissions", "service_role"),
                    ]
                },
            },
        },
        ["sorts"],
    ),
    "pass_any_role": _POLICY,
    "people_may_change": _POLICY,
    "policy_mistakes": _schema(
        {
            "property": _PROPERTY,
            "grade": {"enum": ["refused", "inert", "misspelt", "unknown"]},
            "of": {"enum": ["identity", "resource", "trust", "scp", "rcp"]},
        },
        ["grade"],
    ),
    "policy_size": _schema({"property": _PROPERTY, "size": {"type": "string"}, "below": {"type": "string"}}),
    "inline_size": _schema({"size": {"type": "string"}}, ["size"]),
    "privilege_escalation": _POLICY,
    "public_principal": _schema({"property": _PROPERTY, "account": _FLAG}),
    "secret_default": _NOTHING,
    "secret_entry": _NOTHING,
    "secret_output": _NOTHING,
    "service_wildcard": _SERVICE_POLICY,
    "tokens_not_required": _NOTHING,
    "undeliverable_logs": _schema(
        {"property": _PROPERTY, "acl": _FLAG, "services": {"type": "array", "items": {"type": "string"}}},
        ["property"],
    ),
    "unlogged_bucket": _NOTHING,
    "unrestricted_resource": _schema(
        {
            "property": _PROPERTY,
            "levels": {"type": "array", "minItems": 1, "items": {"enum": list(LEVELS)}},
            "everything": _FLAG,
            "losing": _FLAG,
        },
        ["levels"],
    ),
    "unwritable_logs": _NOTHING,
    "visible_input": _schema({"property": _PROPERTY}, ["property"]),
    "web_identity": _schema({"property": _PROPERTY, "shared": _FLAG}, ["shared"]),
    "wide_range": _NOTHING,
    "wildcard_reach": _LEVELS,
    "written_input": _NOTHING,
    "written_reference": _NOTHING,
    "written_secret": _schema({"metadata": {"type": "array", "minItems": 1, "items": {"type": "string"}}}),
}
