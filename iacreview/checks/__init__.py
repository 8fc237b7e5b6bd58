"""What a table cannot say: functions that rules name with `check:`.

A check takes the view of a resource (or of a member of a collection) and the row's `with:`, and yields violations
and doubts. It is pure, and sees canonical properties only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from iacreview.catalog.view import View
from iacreview.checks import (
    anywhere,
    encryption,
    exposure,
    identity,
    logging,
    managed,
    mistakes,
    network,
    people,
    secrets,
    trust,
)
from iacreview.model.outcome import Outcome

Check: TypeAlias = "Callable[[View, Mapping[str, Any]], Iterator[Outcome]]"

CHECKS: dict[str, Check] = {
    "insecure_transport": encryption.insecure_transport,
    "managed_policy": managed.managed_policy_attached,
    "all_actions": identity.all_actions,
    "all_ports": network.all_ports,
    "allow_all_but": identity.allow_all_but,
    "credentials_exposure": identity.credentials_exposure,
    "data_exfiltration": identity.data_exfiltration,
    "pass_any_role": identity.pass_any_role,
    "confused_deputy": trust.confused_deputy,
    "foreign_account": trust.foreign_account,
    "web_identity": trust.web_identity,
    "policy_mistakes": mistakes.policy_mistakes,
    "policy_size": mistakes.policy_size,
    "privilege_escalation": identity.privilege_escalation,
    "public_principal": exposure.public_principal,
    "joint_escalation": identity.joint_escalation,
    "wildcard_reach": identity.wildcard_reach,
    "people_may_change": people.people_may_change,
    "managed_for_people": people.managed_for_people,
    "service_wildcard": identity.service_wildcard,
    "unrestricted_resource": identity.unrestricted_resources,
    "open_sources": network.open_sources,
    "open_to_world": network.open_to_world,
    "open_together": network.open_together,
    "wide_range": network.wide_range,
    "credentials_in_text": secrets.credentials_in_text,
    "secret_anywhere": anywhere.secret_anywhere,
    "secret_default": secrets.secret_default,
    "secret_output": secrets.secret_output,
    "secret_entry": secrets.secret_entry,
    "undeliverable_logs": logging.undeliverable_logs,
    "unlogged_bucket": logging.unlogged_bucket,
    "unwritable_logs": logging.unwritable_logs,
    "visible_input": secrets.visible_input,
}
