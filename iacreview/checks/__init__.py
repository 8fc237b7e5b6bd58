"""What a table cannot say: functions that rules name with `check:`; their module is imported when one is asked.

A check takes the view of a resource (or of a member of a collection) and the row's `with:`, and yields violations
and doubts. It is pure, and sees canonical properties only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any, TypeAlias

from iacreview.catalog.view import View
from iacreview.model.operations import Operations
from iacreview.model.outcome import Outcome

Check: TypeAlias = "Callable[[View, Mapping[str, Any]], Iterator[Outcome]]"

# By module. Each check is the function of its name there, which is imported when it is asked for.
_MODULES = {
    "alarms": ("idle_root_rule", "unfed_filter", "unheard_alarm", "unwatched_filter"),
    "buckets": ("unlogged_bucket",),
    "default_groups": ("default_group_rules",),
    "encryption": ("insecure_transport",),
    "escalation": ("joint_escalation", "privilege_escalation"),
    "exposure": ("public_principal",),
    "hosts": ("tokens_not_required",),
    "logging": ("undeliverable_logs", "unwritable_logs"),
    "logins": ("direct_login",),
    "managed": ("managed_policy",),
    "management": ("outside_systems_manager", "without_credentials"),
    "mistakes": ("inline_size", "policy_mistakes", "policy_size"),
    "network": ("all_ports", "open_blocked", "open_sources", "open_together", "wide_range"),
    "patching": (
        "approved_late",
        "approves_no_security",
        "idle_window",
        "never_installs",
        "runs_once",
        "unbound_baseline",
    ),
    "people": ("managed_for_people", "people_may_change"),
    "recorders": ("hides_everything", "incomplete_recorder", "stopped_recorder", "unrecorded_types"),
    "resources": ("credentials_exposure", "data_exfiltration", "pass_any_role", "unrestricted_resource"),
    "scanning": ("unscanned_images", "unsearched_kinds"),
    "secrets": ("credentials_in_text", "secret_default", "secret_entry", "secret_output", "visible_input"),
    "software": ("missing_software", "unsupported_software"),
    "tags": ("missing_tags",),
    "trust": ("confused_deputy", "foreign_account", "source_of_anyone", "unknown_account", "web_identity"),
    "wildcards": ("all_actions", "allow_all_but", "service_wildcard", "wildcard_reach"),
    "written": ("written_input", "written_reference", "written_secret"),
}
# The module of every check.
CHECKS = {name: module for module, names in _MODULES.items() for name in names}

# Those of policies, which have nothing to say where there is none: what they are made of is large.
_OF_POLICIES = frozenset(
    name
    for module in ("exposure", "mistakes", "people", "resources", "trust", "wildcards")
    for name in _MODULES[module]
) - {"inline_size", "managed_for_people", "source_of_anyone"} | {"privilege_escalation"}


# Those that say something only where the settings or rules of the project ask for it, with what these then have.
_ASKED = {"missing_tags": "tags", "open_blocked": "ports"}


def is_asked(name: str, operations: Operations) -> bool:
    """Whether a check, of an empty name where there is none, can say anything where a project asks for these."""
    return name not in _ASKED or bool(getattr(operations, _ASKED[name]))


def may_speak(name: str, view: View, params: Mapping[str, Any]) -> bool:
    """Whether a check can say anything of a view; its module stays away where there is no policy to speak of."""
    return name not in _OF_POLICIES or _holds_policy(view, params.get("property", "policy"))


def _holds_policy(view: View, name: str) -> bool:
    """Whether something stands where a policy is, or the view is one that is written for others."""
    if view.resource.mode == "data":
        return True
    return view.kept(("policy", name), lambda whole: _may_have(whole, name))


def _may_have(view: View, name: str) -> bool:
    # Without the property, it is written in parts.
    return not view.has(name) or (view.applies(name) and any(each.value is not None for each in view.occurrences(name)))


@cache
def find_check(name: str) -> Check:
    """A check by its name; KeyError where there is none."""
    check: Check = getattr(import_module(f"iacreview.checks.{CHECKS[name]}"), name)
    return check
