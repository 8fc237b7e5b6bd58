"""What a table cannot say: functions that rules name with `check:`; their module is imported when one is asked.

A check takes the view of a resource (or of a member of a collection) and the row's `with:`, and yields violations
and doubts. It is pure, and sees canonical properties only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from iacreview.catalog.view import View
from iacreview.model.outcome import Outcome

Check: TypeAlias = "Callable[[View, Mapping[str, Any]], Iterator[Outcome]]"

Table: TypeAlias = "dict[str, Check]"


def _alarms() -> Table:
    from iacreview.checks import alarms

    return {
        "idle_root_rule": alarms.idle_root_rule,
        "unfed_filter": alarms.unfed_filter,
        "unheard_alarm": alarms.unheard_alarm,
        "unwatched_filter": alarms.unwatched_filter,
    }


def _buckets() -> Table:
    from iacreview.checks import buckets

    return {
        "unlogged_bucket": buckets.unlogged_bucket,
    }


def _encryption() -> Table:
    from iacreview.checks import encryption

    return {
        "insecure_transport": encryption.insecure_transport,
    }


def _escalation() -> Table:
    from iacreview.checks import escalation

    return {
        "joint_escalation": escalation.joint_escalation,
        "privilege_escalation": escalation.privilege_escalation,
    }


def _exposure() -> Table:
    from iacreview.checks import exposure

    return {
        "public_principal": exposure.public_principal,
    }


def _hosts() -> Table:
    from iacreview.checks import hosts

    return {
        "tokens_not_required": hosts.tokens_not_required,
    }


def _logging() -> Table:
    from iacreview.checks import logging

    return {
        "undeliverable_logs": logging.undeliverable_logs,
        "unwritable_logs": logging.unwritable_logs,
    }


def _logins() -> Table:
    from iacreview.checks import logins

    return {
        "direct_login": logins.direct_login,
    }


def _managed() -> Table:
    from iacreview.checks import managed

    return {
        "managed_policy": managed.managed_policy_attached,
    }


def _management() -> Table:
    from iacreview.checks import management

    return {
        "outside_systems_manager": management.outside_systems_manager,
        "without_credentials": management.without_credentials,
    }


def _mistakes() -> Table:
    from iacreview.checks import mistakes

    return {
        "policy_mistakes": mistakes.policy_mistakes,
        "inline_size": mistakes.inline_size,
        "policy_size": mistakes.policy_size,
    }


def _network() -> Table:
    from iacreview.checks import network

    return {
        "all_ports": network.all_ports,
        "open_blocked": network.open_blocked,
        "open_sources": network.open_sources,
        "open_together": network.open_together,
        "wide_range": network.wide_range,
    }


def _patching() -> Table:
    from iacreview.checks import patching

    return {
        "approved_late": patching.approved_late,
        "approves_no_security": patching.approves_no_security,
        "idle_window": patching.idle_window,
        "never_installs": patching.never_installs,
        "runs_once": patching.runs_once,
        "unbound_baseline": patching.unbound_baseline,
    }


def _people() -> Table:
    from iacreview.checks import people

    return {
        "managed_for_people": people.managed_for_people,
        "people_may_change": people.people_may_change,
    }


def _recorders() -> Table:
    from iacreview.checks import recorders

    return {
        "hides_everything": recorders.hides_everything,
        "incomplete_recorder": recorders.incomplete_recorder,
        "stopped_recorder": recorders.stopped_recorder,
        "unrecorded_types": recorders.unrecorded_types,
    }


def _resources() -> Table:
    from iacreview.checks import resources

    return {
        "credentials_exposure": resources.credentials_exposure,
        "data_exfiltration": resources.data_exfiltration,
        "pass_any_role": resources.pass_any_role,
        "unrestricted_resource": resources.unrestricted_resources,
    }


def _scanning() -> Table:
    from iacreview.checks import scanning

    return {
        "unscanned_images": scanning.unscanned_images,
        "unsearched_kinds": scanning.unsearched_kinds,
    }


def _secrets() -> Table:
    from iacreview.checks import secrets

    return {
        "credentials_in_text": secrets.credentials_in_text,
        "secret_default": secrets.secret_default,
        "secret_entry": secrets.secret_entry,
        "secret_output": secrets.secret_output,
        "visible_input": secrets.visible_input,
    }


def _software() -> Table:
    from iacreview.checks import software

    return {
        "missing_software": software.missing_software,
        "unsupported_software": software.unsupported_software,
    }


def _tags() -> Table:
    from iacreview.checks import tags

    return {
        "missing_tags": tags.missing_tags,
    }


def _trust() -> Table:
    from iacreview.checks import trust

    return {
        "confused_deputy": trust.confused_deputy,
        "foreign_account": trust.foreign_account,
        "unknown_account": trust.unknown_account,
        "web_identity": trust.web_identity,
    }


def _wildcards() -> Table:
    from iacreview.checks import wildcards

    return {
        "all_actions": wildcards.all_actions,
        "allow_all_but": wildcards.allow_all_but,
        "service_wildcard": wildcards.service_wildcard,
        "wildcard_reach": wildcards.wildcard_reach,
    }


def _written() -> Table:
    from iacreview.checks import written

    return {
        "written_secret": written.written_secret,
    }


_TABLES: dict[str, tuple[Callable[[], Table], str]] = {
    "alarms": (
        _alarms,
        "idle_root_rule unfed_filter unheard_alarm unwatched_filter",
    ),
    "buckets": (
        _buckets,
        "unlogged_bucket",
    ),
    "encryption": (
        _encryption,
        "insecure_transport",
    ),
    "escalation": (
        _escalation,
        "joint_escalation privilege_escalation",
    ),
    "exposure": (
        _exposure,
        "public_principal",
    ),
    "hosts": (
        _hosts,
        "tokens_not_required",
    ),
    "logging": (
        _logging,
        "undeliverable_logs unwritable_logs",
    ),
    "logins": (
        _logins,
        "direct_login",
    ),
    "managed": (
        _managed,
        "managed_policy",
    ),
    "management": (
        _management,
        "outside_systems_manager without_credentials",
    ),
    "mistakes": (
        _mistakes,
        "inline_size policy_mistakes policy_size",
    ),
    "network": (
        _network,
        "all_ports open_blocked open_sources open_together wide_range",
    ),
    "patching": (
        _patching,
        "approved_late approves_no_security idle_window never_installs runs_once unbound_baseline",
    ),
    "people": (
        _people,
        "managed_for_people people_may_change",
    ),
    "recorders": (
        _recorders,
        "hides_everything incomplete_recorder stopped_recorder unrecorded_types",
    ),
    "resources": (
        _resources,
        "credentials_exposure data_exfiltration pass_any_role unrestricted_resource",
    ),
    "scanning": (
        _scanning,
        "unscanned_images unsearched_kinds",
    ),
    "secrets": (
        _secrets,
        "credentials_in_text secret_default secret_entry secret_output visible_input",
    ),
    "software": (
        _software,
        "missing_software unsupported_software",
    ),
    "tags": (
        _tags,
        "missing_tags",
    ),
    "trust": (
        _trust,
        "confused_deputy foreign_account unknown_account web_identity",
    ),
    "wildcards": (
        _wildcards,
        "all_actions allow_all_but service_wildcard wildcard_reach",
    ),
    "written": (
        _written,
        "written_secret",
    ),
}
# The module of every check by its name.
CHECKS = {name: module for module, (_, names) in _TABLES.items() for name in names.split()}


# Those of policies, which have nothing to say where there is none: what they are made of is large.
_OF_POLICIES = frozenset(
    name
    for module in ("exposure", "mistakes", "people", "resources", "trust", "wildcards")
    for name in _TABLES[module][1].split()
) - {"managed_for_people", "inline_size"} | {"privilege_escalation"}


def judged(name: str, view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """What a check says of a view; its module stays away where there is no policy that it could speak of."""
    if name in _OF_POLICIES and not _holds_policy(view, params.get("property", "policy")):
        return iter(())
    return find_check(name)(view, params)


def _holds_policy(view: View, name: str) -> bool:
    """Whether something stands where a policy is, or the view is one that is written for others."""
    if view.resource.mode == "data":
        return True
    return view.applies(name) and any(each.value is not None for each in view.occurrences(name))


def find_check(name: str) -> Check:
    """A check by its name; KeyError where there is none."""
    table, _ = _TABLES[CHECKS[name]]
    return table()[name]
