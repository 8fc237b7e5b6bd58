"""Checks of logs that need more than one resource."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iacreview.catalog.occurrence import branches, doubt_reason, statement
from iacreview.catalog.view import View
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.value import Known, Unknown


def unlogged_bucket(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A bucket without access logs (`log_target`), unless it is itself where another bucket's logs go.

    "Enabling Amazon S3 server access logging": a bucket that logs into itself makes an endless stream of logs.
    """
    found = list(_unlogged(view))
    if found and not _is_log_bucket(view):
        yield from found


def _unlogged(view: View) -> Iterator[Outcome]:
    for occurrence in view.occurrences("log_target"):
        for each in branches(occurrence):
            if each.value is None or (isinstance(each.value, Known) and not each.value.data):
                yield Violation("log_target", each.span, statement(each), when=each.when)
            elif (isinstance(each.value, Unknown) and each.value.target is None) or not each.sure:
                yield Doubt("log_target", each.span, doubt_reason(each))


def _is_log_bucket(view: View) -> bool:
    acl = view.known("acl")
    if isinstance(acl, str) and acl.lower().replace("-", "") == "logdeliverywrite":
        return True
    own = {name for name in map(view.resource.attributes.entries.get, view.kind.names) if isinstance(name, Known)}
    names = {name.data for name in own}
    for other in view.world.of_kind("s3.bucket"):
        if other.resource is not view.resource:
            target = other.first("log_target")
            if view.resource in view.world.targets(target) or (isinstance(target, Known) and target.data in names):
                return True
    return False
